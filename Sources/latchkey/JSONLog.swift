import Foundation
import Logging

/// Writes each log line as a JSON object, to standard error: for programs that collect logs.
///
///     {"level":"info","message":"listening","time":"2027-03-01T08:00:00.000Z","address":"127.0.0.1:7447"}
struct JSONLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    let line = Self.line(event.level, "\(event.message)", all, at: .now)
    // At once, and as one piece: lines of several threads do not mix.
    line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// One line, with its end. What the program says of itself comes first; metadata of the same name come after an
  /// underscore.
  static func line(
    _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, at time: Date
  ) -> [UInt8] {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let own = [("time", time.formatted(style)), ("level", level.rawValue), ("message", message)]
    let names = Set(own.map(\.0))
    let others = metadata.sorted { $0.key < $1.key }.map {
      (names.contains($0.key) ? "_\($0.key)" : $0.key, "\($0.value)")
    }
    let fields = (own + others).map { "\(quoted($0.0)):\(quoted($0.1))" }
    return Array("{\(fields.joined(separator: ","))}\n".utf8)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.value < 0x20: quoted += "\\u" + String(format: "%04x", scalar.value)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
