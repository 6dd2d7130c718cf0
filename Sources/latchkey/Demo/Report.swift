import Foundation
import RPC

extension Demo {
  /// What the demonstration says: a line a step, in columns. Used by one task.
  final class Report {
    /// Widths of the columns, in characters.
    private static let whoWidth = 11
    private static let whatWidth = 41
    private static let noteWidth = 33
    private static let latencyWidth = 11
    private static let pause: Duration = .milliseconds(1500)

    /// What a step says about its result.
    struct Note {
      var text = ""
      fileprivate(set) var isRefusal = false

      mutating func refused(_ reason: Failure.Reason) {
        text = reason.rawValue
        isRefusal = true
      }
    }

    let style = Style()
    private let isSlow: Bool
    private let start = ContinuousClock.now
    private var steps = 0
    private var refusals = 0
    private var isBlank = false

    init(isSlow: Bool) {
      self.isSlow = isSlow
    }

    func opening() {
      say("")
      say(
        "  " + style.bold("Latchkey")
          + "   one key, from hand to hand, between separate processes over TCP and TLS 1.3")
    }

    func chapter(_ title: String, _ explanation: String) {
      say("")
      say("  " + style.bold(title) + "  " + style.faint(explanation))
    }

    /// Does one step, measures and prints it.
    @discardableResult
    func step<Result>(
      _ who: String, _ what: String, _ body: (inout Note) async throws -> Result
    ) async throws -> Result {
      var note = Note()
      let began = ContinuousClock.now
      do {
        let result = try await body(&note)
        line(style.good("✓"), who, what, note, ContinuousClock.now - began)
        steps += 1
        if note.isRefusal { refusals += 1 }
        if isSlow { try await Task.sleep(for: Self.pause) }
        return result
      } catch {
        if !Task.isCancelled { line(style.bad("✗"), who, what, note, ContinuousClock.now - began) }
        throw error
      }
    }

    /// Lines that are drawn, not told: a picture, a table.
    func show(_ lines: [String]) {
      say("")
      for line in lines { say("      " + line) }
      say("")
    }

    func closing() {
      let seconds = (ContinuousClock.now - start).seconds(digits: 1)
      say("")
      let summary =
        "\(steps) steps, each as it must be; \(refusals) refusals, each for its reason; \(seconds) s."
      say("  " + style.good("✓ ") + style.bold(summary))
      say("")
    }

    func failure(_ error: any Error, states: [String], logs: String) {
      let (expected, came) =
        switch error {
        case let unexpected as Unexpected: (unexpected.expected, unexpected.came)
        case let failure as Failure: ("the call to be accepted", "\(failure)")
        default: ("no error", "\(error)")
        }
      say("")
      say("    " + style.bold("expected  ") + expected)
      say("    " + style.bold("came      ") + style.bad(came))
      for state in states { say("              " + style.faint(state)) }
      say("    " + style.bold("logs      ") + logs)
      say("")
    }

    private func line(_ mark: String, _ who: String, _ what: String, _ note: Note, _ latency: Duration) {
      let padded = note.text.padded(to: Self.noteWidth)
      let text = "\(latency.milliseconds(digits: 1)) ms"
      let indent = String(repeating: " ", count: max(0, Self.latencyWidth - text.count))
      say(
        "  \(mark) " + style.faint(who.padded(to: Self.whoWidth)) + what.padded(to: Self.whatWidth) + " "
          + (note.isRefusal ? style.warning(padded) : padded) + style.faint(indent + text))
    }

    /// One empty line at a time, and nothing invisible at the end of a line.
    private func say(_ text: String) {
      if text.isEmpty && isBlank { return }
      isBlank = text.isEmpty
      print(style.isColoured ? text : text.trimmingEnd)
      // Also where nobody reads but a file or a pipe.
      fflush(nil)
    }
  }

  /// Colours, where a terminal can show them and its user wants them.
  struct Style: Sendable {
    let isColoured: Bool

    init() {
      let environment = ProcessInfo.processInfo.environment
      let isDumb = ["", "dumb"].contains(environment["TERM"] ?? "")
      isColoured = isatty(STDOUT_FILENO) == 1 && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty
    }

    func bold(_ text: String) -> String { paint("1", text) }
    func faint(_ text: String) -> String { paint("2", text) }
    func good(_ text: String) -> String { paint("32", text) }
    func bad(_ text: String) -> String { paint("31", text) }
    func warning(_ text: String) -> String { paint("33", text) }
    /// Dark on light, as a camera wants a QR.
    func paper(_ text: String) -> String { paint("30;107", text) }

    private func paint(_ code: String, _ text: String) -> String {
      isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
  }
}

extension Duration {
  func milliseconds(digits: Int) -> String { String(format: "%.\(digits)f", self / .milliseconds(1)) }
  func seconds(digits: Int) -> String { String(format: "%.\(digits)f", self / .seconds(1)) }
}
