import API
import ArgumentParser
import Domain
import Foundation

struct LockerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "locker", abstract: "Key lockers: add, list, put boxes into service or take them out.",
    subcommands: [Add.self, List.self, Service.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a locker.")

    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Option(help: "Name of the locker, shown to customers.") var name: String
    @Option(help: "Number of compartments, 1 to 64.") var compartments: Int32 = 16
    @Flag(help: "Ask a PIN to drop off a key (2FA).") var pinToDrop = false
    @Flag(help: "The compartments have item sensors.") var itemSensors = false
    @Option(help: "Milliseconds in which a door must open. (default: 5000)") var openWindow: Int32?
    @Option(help: "Milliseconds until an open door is an alarm. (default: 60000)") var leftOpen: Int32?
    @Option(help: "Milliseconds between two pulses. (default: 2000)") var coolDown: Int32?

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let response: ProtoCreateLockerResponse = try await op.call(
          "AdminService/CreateLocker",
          ProtoCreateLockerRequest.with {
            $0.requestID = newRequestID
            $0.locationID = place.locationID
            $0.name = name
            $0.compartmentCount = compartments
            $0.pinToDrop = pinToDrop
            $0.hasItemSensors_p = itemSensors
            $0.timing.openWindowMs = openWindow ?? 0
            $0.timing.leftOpenMs = leftOpen ?? 0
            $0.timing.coolDownMs = coolDown ?? 0
          })
        print("Locker \(response.locker.lockerID): \(response.locker.name)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the lockers of a location and their boxes.")

    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions

    func run() async throws {
      try await Operator.run(data) { op in
        for locker in try await op.lockers(at: try await op.location(location.name)) {
          print(
            "\(locker.name) (\(locker.lockerID)): \(locker.connected ? "connected" : "not connected")"
              + (locker.active ? "" : ", switched off"))
          printTable(
            ["BOX", "DOOR", "ITEM", "KEY", "OPENINGS", "SERVICE"],
            locker.compartments.map {
              [
                "\($0.number)", "\($0.door)", "\($0.item)", $0.keyID == 0 ? "" : "\($0.keyID)",
                "\($0.openings)",
                $0.inService ? "" : $0.outOfServiceReason,
              ]
            })
        }
      }
    }
  }

  struct Service: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put boxes into service, or take them out.",
      discussion: """
        Who puts a box into service has looked into it: the next customer's key is put there.

          latchkey locker service "Entrance" --boxes 1-16 --in --reason "Looked into after the restore"
          latchkey locker service "Entrance" --boxes 3,7 --out --reason "The door sticks"
        """)

    enum Direction: String, EnumerableFlag {
      case `in`, out
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "Name of the locker.") var locker: String
    @Option(help: "Numbers of boxes: 1-16, or 3,7.", transform: Self.boxes) var boxes: [Int32]
    @Flag(help: "Into service, or out of it.") var direction: Direction
    @Option(help: "Why; it stands in the log.") var reason: String

    /// Numbers and ranges, as people write them.
    static func boxes(_ text: String) throws -> [Int32] {
      try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
          Int($0.trimmingCharacters(in: .whitespaces))
        }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
          Locker.compartmentCounts.contains(first), Locker.compartmentCounts.contains(last)
        else { throw ValidationError("'\(text)' is no list of boxes; write 1-16, or 3,7.") }
        return (first...last).map(Int32.init)
      }
    }

    func run() async throws {
      try await Operator.run(data) { op in
        let found = try await op.locker(locker, at: try await op.location(location.name))
        for box in boxes {
          let _: ProtoSetCompartmentServiceResponse = try await op.call(
            "AdminService/SetCompartmentService",
            ProtoSetCompartmentServiceRequest.with {
              $0.requestID = newRequestID
              $0.lockerID = found.lockerID
              $0.compartment = box
              $0.inService = direction == .in
              $0.reason = reason
            })
          print("Box \(box) is \(direction == .in ? "in" : "out of") service.")
        }
      }
    }
  }
}
