import API
import ArgumentParser

struct LocationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "location", abstract: "Workshops: add, list, set limits.",
    subcommands: [Add.self, List.self, Limits.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a location, and its dealer where it is new.")

    @OptionGroup var data: DataOptions
    @Option(help: "Name of the dealer.") var dealer: String
    @Option(help: "Name of the location.") var name: String
    @Option(help: "IANA time zone, e.g. Europe/Amsterdam.") var zone: String
    @Option(help: "ISO country, e.g. NL: how plates and phone numbers are read.") var country: String
    @Option(
      name: .customLong("language"), help: "en, nl, fr or de; the first is the default. May be repeated.")
    var languages: [String] = ["en"]

    func run() async throws {
      try await Operator.run(data) { op in
        let response: ProtoCreateLocationResponse = try await op.call(
          "AdminService/CreateLocation",
          ProtoCreateLocationRequest.with {
            $0.requestID = newRequestID
            $0.dealerName = dealer
            $0.name = name
            $0.timeZone = zone
            $0.country = country
            $0.languages = languages
          })
        print("Location \(response.location.locationID): \(response.location.name)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the locations.")

    @OptionGroup var data: DataOptions

    func run() async throws {
      try await Operator.run(data) { op in
        printTable(
          ["ID", "DEALER", "NAME", "ZONE", "COUNTRY", "LANGUAGES"],
          try await op.locations().map {
            [
              "\($0.locationID)", $0.dealerName, $0.name, $0.timeZone, $0.country,
              $0.languages.joined(separator: ","),
            ]
          })
      }
    }
  }

  struct Limits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set how long people are given.")

    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Option(help: "Seconds that a hand-over's QR lives.") var qr: Int32 = 60
    @Option(help: "Seconds without a touch until a visit is warned.") var warning: Int32 = 40
    @Option(help: "Seconds without a touch until a visit ends.") var end: Int32 = 60

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let response: ProtoUpdateLimitsResponse = try await op.call(
          "AdminService/UpdateLimits",
          ProtoUpdateLimitsRequest.with {
            $0.requestID = newRequestID
            $0.locationID = place.locationID
            $0.limits.qrSeconds = qr
            $0.limits.warningSeconds = warning
            $0.limits.endSeconds = end
          })
        let limits = response.location.limits
        print("QR \(limits.qrSeconds) s, warning \(limits.warningSeconds) s, end \(limits.endSeconds) s")
      }
    }
  }
}

struct LockerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "locker", abstract: "Key lockers: add, list.", subcommands: [Add.self, List.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a locker.")

    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Option(help: "Name of the locker, shown to customers.") var name: String
    @Option(help: "Number of compartments, 1 to 64.") var compartments: Int32 = 16
    @Flag(help: "Ask a PIN to drop off a key (2FA).") var pinToDrop = false
    @Flag(help: "The compartments have item sensors.") var itemSensors = false
    @Option(help: "Milliseconds in which a door must open. (default: 5000)") var openWindow: Int32 = 0
    @Option(help: "Milliseconds until an open door is an alarm. (default: 60000)") var leftOpen: Int32 = 0
    @Option(help: "Milliseconds between two pulses. (default: 2000)") var coolDown: Int32 = 0

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
            $0.timing.openWindowMs = openWindow
            $0.timing.leftOpenMs = leftOpen
            $0.timing.coolDownMs = coolDown
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
}
