import API
import RPC

/// A controller whose doors open and close at once, over the wire.
actor WireLocker {
  private let caller: any Caller
  private var number: Int64 = 0

  init(_ caller: any Caller) { self.caller = caller }

  /// Reports closed doors, then carries out every command that comes until the stream ends.
  func serve(boxes: Int32, _ reported: AsyncStream<Void>.Continuation) async throws {
    let commands = try caller.stream(
      "LockerService/WatchCommands", ProtoWatchCommandsRequest(), as: ProtoWatchCommandsResponse.self)
    for box in 1...boxes {
      try await report([
        .with {
          $0.compartment = box
          $0.event = .foundClosed
        }
      ])
    }
    reported.finish()
    for try await message in commands {
      let command = message.command
      let happened: [ProtoLockEvent] = [.accepted, .fired, .doorOpened, .doorClosed]
      let lines: [ProtoLockReport] = happened.map { event in
        .with {
          $0.compartment = command.compartment
          $0.commandSequence = command.sequence
          $0.event = event
        }
      }
      let outcome = ProtoLockReport.with {
        $0.compartment = command.compartment
        $0.commandSequence = command.sequence
        $0.outcome = .openedAndClosed
      }
      try await report(lines + [outcome])
    }
  }

  private func report(_ lines: [ProtoLockReport]) async throws {
    let numbered = lines.map { line in
      var line = line
      number += 1
      line.number = number
      return line
    }
    let _: ProtoReportResponse = try await caller.call(
      "LockerService/Report", ProtoReportRequest.with { $0.reports = numbered })
  }
}
