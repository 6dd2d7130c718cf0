import Core
import Foundation

/// Why a command could not do what it was asked: exit code 1. A command line that makes no sense is a
/// `ValidationError`, with its own exit code and the usage.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension CommandFailure {
  /// What is there belongs to another user.
  static func notAllowed(_ path: String) -> CommandFailure {
    CommandFailure(
      "You may not open '\(path)': run this as the user whose it is, with the package: sudo -u latchkey latchkey …"
    )
  }
}

/// Whether a file is kept from this user, by its own mode or that of a folder on the way to it.
func isClosedToUs(_ path: String) -> Bool { access(path, R_OK | W_OK) != 0 && errno == EACCES }

/// An id for a new request.
var newRequestID: String { SystemEntropy().bytes(16).map { String(format: "%02x", $0) }.joined() }

/// Prints rows as columns that line up.
func printTable(_ header: [String], _ rows: [[String]]) {
  let all = ([header] + rows).map { $0.map(\.printable) }
  let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  for row in all {
    print(zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ").trimmingEnd)
  }
}

extension String {
  /// On one line, and without anything that a terminal would obey: customers' texts are printed too.
  var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  /// At least that many characters wide.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// Without the blanks at its end.
  var trimmingEnd: Substring {
    lastIndex { $0 != " " }.map { self[...$0] } ?? ""
  }
}

extension Int64 {
  /// Unix milliseconds as local time of the terminal, with its zone.
  var asTerminalTime: String {
    let date = Date(timeIntervalSince1970: Double(self) / 1000)
    let time = date.formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .current).year().month().day()
        .dateTimeSeparator(.space).time(includingFractionalSeconds: true))
    return "\(time) \(TimeZone.current.abbreviation(for: date) ?? TimeZone.current.identifier)"
  }
}
