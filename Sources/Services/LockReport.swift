import API
import Domain
import RPC

/// One line of a controller's report, checked for form.
struct LockReport: Hashable, Sendable {
  enum Content: Hashable, Sendable {
    case event(LockEvent)
    case outcome(CommandOutcome, CommandRefusal?)
  }

  var number: Int64
  var compartment: Int
  /// `nil` where no command is the cause.
  var command: Int64?
  var content: Content
  var item: ItemState

  /// All lines of a report, or every fault of it.
  static func all(in lines: [ProtoLockReport]) throws -> [LockReport] {
    var violations: [Failure.Violation] = []
    let reports = lines.enumerated().compactMap { index, line -> LockReport? in
      let faults = line.faults
      violations += faults.map { .init(field: "reports[\(index)].\($0.field)", description: $0.description) }
      return faults.isEmpty ? LockReport(line) : nil
    }
    guard violations.isEmpty else { throw Failure.invalid(violations) }
    return reports
  }

  private init?(_ line: ProtoLockReport) {
    let outcome = CommandOutcome(line.outcome)
    guard
      let content = outcome.map({ .outcome($0, CommandRefusal(line.refusal)) })
        ?? LockEvent(line.event).map(Content.event)
    else { return nil }
    number = line.number
    compartment = Int(line.compartment)
    command = line.commandSequence == 0 ? nil : line.commandSequence
    self.content = content
    item = ItemState(line.item)
  }
}

extension ProtoLockReport {
  fileprivate var faults: [Failure.Violation] {
    var faults: [Failure.Violation] = []
    if number < 1 { faults.append(.init(field: "number", description: "from 1")) }
    if !Locker.compartmentCounts.contains(Int(compartment)) {
      faults.append(.init(field: "compartment", description: "1 to 64"))
    }
    if commandSequence < 0 { faults.append(.init(field: "command_sequence", description: "0 or more")) }
    if (event == .unspecified) == (outcome == .unspecified) {
      faults.append(.init(field: "event", description: "exactly one of event and outcome"))
    } else if outcome == .unspecified, LockEvent(event) == nil {
      faults.append(.init(field: "event", description: "an event that this server knows"))
    } else if event == .unspecified, CommandOutcome(outcome) == nil {
      faults.append(.init(field: "outcome", description: "an outcome that this server knows"))
    }
    if outcome != .unspecified && commandSequence == 0 {
      faults.append(.init(field: "command_sequence", description: "an outcome is of a command"))
    }
    return faults
  }
}
