import API
import Foundation
import RPC
import SwiftProtobuf

/// A controller that lets every door open and close as soon as it is told to, on a thread of its own.
final class SelfClosingDoors: Sendable {
  private let connection: RawConnection

  init(_ device: TestDevice) throws {
    connection = try device.connect(patience: .zero)
    let settings: ProtoGetLockerSettingsResponse = try connection.call(
      "LockerService/GetLockerSettings", ProtoGetLockerSettingsRequest())
    var number = settings.acknowledgedNumber
    try Self.report(
      (1...settings.compartmentCount).map { box in
        .with {
          $0.compartment = box
          $0.event = .foundClosed
        }
      }, &number, over: connection)
    // One connection listens, another reports: answers and commands do not have to be told apart.
    let reporting = try device.connect(patience: .zero)
    let stream = connection.openStream(MethodName("LockerService/WatchCommands"))
    // The first answer after it says that the watch has begun: calls of a connection start in their order.
    let _: ProtoGetLockerSettingsResponse = try connection.call(
      "LockerService/GetLockerSettings", ProtoGetLockerSettingsRequest())
    let started = number
    Thread.detachNewThread { [connection] in
      var number = started
      while let message = connection.nextMessage(of: stream),
        let command = try? ProtoWatchCommandsResponse(serializedBytes: message).command
      {
        try? Self.report(Self.reports(of: command), &number, over: reporting)
      }
    }
  }

  /// The connection ends, and the thread with it.
  func stop() { connection.hangUp() }

  private static func reports(of command: ProtoUnlockCommand) -> [ProtoLockReport] {
    let happened: [ProtoLockEvent] = [.accepted, .fired, .doorOpened, .doorClosed]
    let lines = happened.map { event in
      ProtoLockReport.with {
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
    return lines + [outcome]
  }

  private static func report(
    _ lines: [ProtoLockReport], _ number: inout Int64, over connection: RawConnection
  ) throws {
    let numbered = lines.map { line in
      var line = line
      number += 1
      line.number = number
      return line
    }
    let _: ProtoReportResponse = try connection.call(
      "LockerService/Report", ProtoReportRequest.with { $0.reports = numbered })
  }
}
