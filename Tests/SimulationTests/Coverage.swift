import Core
import Domain
import Services
import Synchronization

/// Which (state, event) pairs of the four machines were visited, and how often.
struct Coverage: Sendable {
  enum Machine: String, CaseIterable, Sendable {
    case visit
    case handover = "hand-over"
    case custody
    case lock
  }

  struct Pair: Hashable, Sendable {
    let machine: Machine
    let state: String
    let event: String

    var description: String { "\(machine.rawValue): \(event) in \(state)" }
  }

  private(set) var counts: [Pair: Int] = [:]

  mutating func add(_ machine: Machine, _ state: String, _ event: String) {
    counts[Pair(machine: machine, state: state, event: event), default: 0] += 1
  }

  mutating func merge(_ other: Coverage) { counts.merge(other.counts, uniquingKeysWith: +) }

  static func states(of machine: Machine) -> [String] {
    switch machine {
    case .visit: Visit.State.allCases.map(\.rawValue)
    case .handover: Handover.State.allCases.map(\.rawValue)
    case .custody: ["customer", "compartment", "staff", "desk", "uncertain"]
    case .lock: Lock.State.allCases.map(\.rawValue)
    }
  }

  static func events(of machine: Machine) -> [String] {
    switch machine {
    case .visit:
      [
        "identified", "admitted", "chose", "savedContact", "validated", "doorOpened",
      ] + CommandOutcome.allCases.map(\.rawValue) + [
        "noOtherCompartment", "confirmed", "reopened", "aborted", "touched", "tick",
      ]
    case .handover:
      ["turnCame", "redeemed", "doorOpened"] + CommandOutcome.allCases.map(\.rawValue) + [
        "cancelled", "tick",
      ]
    case .custody:
      [
        Event.Kind.keyDropped, .keyReturned, .keyCollected, .keyPutBack, .custodyUncertain, .custodyCorrected,
      ].map(\.rawValue)
    case .lock: ["unlock", "door opens", "door closes", "item in", "item out", "tick", "board error"]
    }
  }

  static var allPairs: [Pair] {
    Machine.allCases.flatMap { machine in
      states(of: machine).flatMap { state in
        events(of: machine).map { Pair(machine: machine, state: state, event: $0) }
      }
    }
  }
}

/// What one run collects, from whichever thread a decision runs on.
final class CoverageRecorder: Sendable {
  private let state = Mutex(Coverage())

  var coverage: Coverage { state.withLock { $0 } }

  func transition(_ transition: Transition) {
    state.withLock { coverage in
      switch transition {
      case .visit(let state, let input): coverage.add(.visit, state.rawValue, Self.name(input))
      case .handover(let state, let input): coverage.add(.handover, state.rawValue, Self.name(input))
      case .custody(let holder, let kind): coverage.add(.custody, Self.name(holder), kind.rawValue)
      }
    }
  }

  func lock(_ state: Lock.State, _ input: Lock.Input) {
    let event =
      switch input {
      case .unlock: "unlock"
      case .door(let isOpen): isOpen ? "door opens" : "door closes"
      case .item(let isPresent): isPresent ? "item in" : "item out"
      case .tick: "tick"
      case .boardError: "board error"
      }
    self.state.withLock { $0.add(.lock, state.rawValue, event) }
  }

  private static func name(_ input: Visit.Input) -> String {
    switch input {
    case .identified: "identified"
    case .admitted: "admitted"
    case .chose: "chose"
    case .savedContact: "savedContact"
    case .validated: "validated"
    case .doorOpened: "doorOpened"
    case .commandEnded(let outcome, _): outcome.rawValue
    case .noOtherCompartment: "noOtherCompartment"
    case .confirmed: "confirmed"
    case .reopened: "reopened"
    case .aborted: "aborted"
    case .touched: "touched"
    case .tick: "tick"
    }
  }

  private static func name(_ input: Handover.Input) -> String {
    switch input {
    case .turnCame: "turnCame"
    case .redeemed: "redeemed"
    case .doorOpened: "doorOpened"
    case .commandEnded(let outcome, _): outcome.rawValue
    case .cancelled: "cancelled"
    case .tick: "tick"
    }
  }

  private static func name(_ holder: Custody.Holder) -> String {
    switch holder {
    case .customer: "customer"
    case .compartment: "compartment"
    case .staff: "staff"
    case .desk: "desk"
    case .uncertain: "uncertain"
    }
  }
}
