import API
import Foundation
import RPC

/// What has to be true when everything has come to rest.
struct Audit {
  /// What was counted, for one line of figures.
  struct Figures {
    var acknowledged = 0
    var repeats = 0
    var events = 0
    var commands = 0
    var pulses = 0
  }

  /// Mutations that are asked for again at once.
  private static let askedAtOnce = 16

  let town: Town
  private(set) var figures = Figures()
  /// What is wrong; empty when nothing is.
  private(set) var faults: [String] = []

  /// Looks at everything. The server runs, and nobody calls it.
  static func run(_ town: Town) async throws -> Audit {
    var audit = Audit(town)
    audit.faults += town.ledger.faults
    let entries = town.ledger.entries
    audit.figures.acknowledged = entries.count
    audit.figures.repeats = town.ledger.repeats
    var events: [ProtoEvent] = []
    for office in town.offices { events += try await town.desk.events(of: office.location) }
    audit.figures.events = events.count
    audit.checkCounts(events)
    audit.checkMoves(events)
    for cabinet in town.cabinets { try await audit.checkDoors(of: cabinet, events) }
    try await audit.checkAnswers(entries)
    let (code, output) = try await town.server.verify()
    if code != 0 || output != "clean\n" { audit.faults.append("latchkey verify: \(code) \(output)") }
    return audit
  }

  private init(_ town: Town) { self.town = town }

  /// S5: what was acknowledged is asked for again under its request id. The answer is the same, and nothing new
  /// happens: an answer that was lost would be made anew.
  private mutating func checkAnswers(_ entries: [Ledger.Entry]) async throws {
    let before = try await heads()
    faults += await withTaskGroup(of: String?.self) { group in
      var found: [String] = []
      for (index, entry) in entries.enumerated() {
        if index >= Self.askedAtOnce, let fault = await group.next() ?? nil { found.append(fault) }
        group.addTask { await entry.repeated() }
      }
      for await fault in group { if let fault { found.append(fault) } }
      return found
    }
    let after = try await heads()
    if before != after { faults.append("acknowledged and gone: events \(before) became \(after)") }
  }

  private func heads() async throws -> [Int64] {
    var numbers: [Int64] = []
    for office in town.offices { numbers.append(try await town.desk.head(of: office.location).number) }
    return numbers
  }

  /// Every call was repeated until it was answered: each has happened, and none twice.
  private mutating func checkCounts(_ events: [ProtoEvent]) {
    for (method, kind) in [
      ("WorkOrderService/UpsertWorkOrder", "WORK_ORDER_CREATED"),
      ("HandoverService/RequestHandover", "HANDOVER_REQUESTED"),
      ("KioskService/StartVisit", "VISIT_STARTED"),
      ("KioskService/ConfirmDrop", "KEY_DROPPED"),
    ] {
      let acknowledged = town.ledger.count(method)
      let happened = events.count { $0.kind == kind }
      if acknowledged != happened {
        faults.append("\(method): \(acknowledged) acknowledged, \(happened) events \(kind)")
      }
    }
  }

  /// S6: custody that was said to have moved has moved, once for each visit and hand-over.
  private mutating func checkMoves(_ events: [ProtoEvent]) {
    var moves: [Ledger.Move: Int] = [:]
    for event in events {
      switch event.kind {
      case "KEY_DROPPED": moves[.dropped(visit: event.visitID), default: 0] += 1
      case "KEY_RETURNED": moves[.returned(visit: event.visitID), default: 0] += 1
      case "KEY_COLLECTED": moves[.collected(handover: event.handoverID), default: 0] += 1
      case "KEY_PUT_BACK": moves[.putBack(handover: event.handoverID), default: 0] += 1
      default: break
      }
    }
    for (move, count) in moves where count != 1 { faults.append("\(move) happened \(count) times") }
    for move in town.ledger.moves where moves[move] == nil {
      faults.append("\(move) was acknowledged and is not in the log")
    }
  }

  /// S6, L2: by the board's own log, a door opens for a command only, and for each at most once.
  private mutating func checkDoors(of cabinet: Cabinet, _ events: [ProtoEvent]) async throws {
    let commands = Command.all(in: events, of: cabinet.locker)
    let openings = try cabinet.machine.openings()
    let doors = try await cabinet.machine.doors()
    figures.commands += commands.count
    figures.pulses += doors.values.reduce(0) { $0 + $1.pulses }
    for (box, door) in doors {
      let place = "locker \(cabinet.locker), box \(box)"
      let mine = commands.filter { $0.compartment == box }
      var opened: [Int64: Int] = [:]
      for opening in openings where opening.door == box {
        // The command under which it opened is the last that was given for this box by then.
        guard !opening.isForced, let command = mine.last(where: { $0.issued <= opening.time }) else {
          faults.append("\(place) opened at \(opening.time) without a command")
          continue
        }
        opened[command.sequence, default: 0] += 1
      }
      for command in mine {
        let count = opened[command.sequence, default: 0]
        if !command.allows(openings: count) {
          faults.append("\(place): command \(command.sequence), \(command.outcome), opened it \(count) times")
        }
      }
      if door.pulses != door.openings {
        faults.append("\(place): \(door.pulses) pulses for \(door.openings) openings")
      }
    }
  }
}

/// A command, as the server's log has it.
private struct Command {
  let sequence: Int64
  let compartment: Int32
  let issued: Date
  var outcome = "pending"

  static func all(in events: [ProtoEvent], of locker: Int64) -> [Command] {
    var commands: [Int64: Command] = [:]
    for event in events where event.lockerID == locker {
      switch event.kind {
      case "COMMAND_ISSUED":
        commands[event.commandSequence] = Command(
          sequence: event.commandSequence, compartment: event.compartment,
          issued: Date(timeIntervalSince1970: Double(event.time.milliseconds) / 1000))
      case "COMMAND_ENDED": commands[event.commandSequence]?.outcome = event.reason
      default: break
      }
    }
    return commands.values.sorted { $0.sequence < $1.sequence }
  }

  /// Whether its outcome fits what the board has seen.
  func allows(openings: Int) -> Bool {
    switch outcome {
    case "OPENED_AND_CLOSED": openings == 1
    case "UNKNOWN": openings <= 1
    case "JAMMED", "REFUSED", "EXPIRED": openings == 0
    default: false
    }
  }
}
