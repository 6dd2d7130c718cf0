import API
import ArgumentParser
import Foundation

struct ApiKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api-key", abstract: "API keys for programs of others: add, list, revoke.",
    subcommands: [Add.self, List.self, Revoke.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an API key. It is printed once and kept nowhere.",
      discussion: """
        The key goes to standard output, its id to standard error, so that a script can take the key alone. It
        is good for all locations of the dealer until it is revoked, unless options keep it to less. A program
        sends it with each request, in the field authorization: Bearer KEY.
        """)
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "What the key is for, 1 to 60 characters.") var name: String
    @Flag(help: "It may read and watch, and change nothing.") var readOnly = false
    @Flag(help: "It sees this location, and no other of the dealer.") var onlyHere = false
    @Option(help: "It calls this service only, as WorkOrderService; may be given several times.")
    var service: [String] = []
    @Option(help: "It ends by itself after so many days, 1 to 3650.") var days: Int?

    func validate() throws {
      if let days, !(1...3650).contains(days) { throw ValidationError("--days is 1 to 3650.") }
    }

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let response: ProtoCreateApiKeyResponse = try await op.call(
          "AdminService/CreateApiKey",
          ProtoCreateApiKeyRequest.with {
            $0.requestID = newRequestID
            $0.locationID = place.locationID
            $0.name = name
            $0.readOnly = readOnly
            if onlyHere { $0.reach.locationIds = [place.locationID] }
            $0.services = service
            if let days { $0.expireTime = .init(date: .now + Double(days) * 24 * 60 * 60) }
          })
        let facts = "API key \(response.apiKeyID) for '\(place.dealerName)'; it is not shown again:"
        FileHandle.standardError.write(Data((facts.printable + "\n").utf8))
        print(response.apiKey)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the API keys of a location's dealer.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        printTable(
          ["ID", "NAME", "BEGINS", "MAY", "SERVICES", "LOCATIONS", "USED", "ENDS", "STATE"],
          try await op.apiKeys(at: place).map {
            [
              "\($0.apiKeyID)", $0.name, $0.prefix, $0.readOnly ? "read" : "read, write",
              $0.services.isEmpty ? "all" : $0.services.joined(separator: " "),
              $0.locationIds.isEmpty ? "all" : $0.locationIds.map(String.init).joined(separator: " "),
              $0.hasUseTime ? $0.useTime.date.formatted(.iso8601) : "never",
              $0.hasExpireTime ? $0.expireTime.date.formatted(.iso8601) : "", $0.revoked ? "revoked" : "",
            ]
          })
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End an API key for good; its connections end at once.")
    @OptionGroup var data: DataOptions
    @Argument(help: "Id of the key, as 'latchkey api-key add' said it.") var key: Int64

    func run() async throws {
      try await Operator.run(data) { op in
        let _: ProtoRevokeApiKeyResponse = try await op.call(
          "AdminService/RevokeApiKey",
          ProtoRevokeApiKeyRequest.with {
            $0.requestID = newRequestID
            $0.apiKeyID = key
          })
        print("API key \(key) is revoked.")
      }
    }
  }
}
