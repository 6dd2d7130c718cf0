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
