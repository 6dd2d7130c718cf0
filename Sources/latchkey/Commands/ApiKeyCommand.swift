import API
import ArgumentParser
import Foundation

struct ApiKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api-key", abstract: "API keys for programs of others: add, revoke.",
    subcommands: [Add.self, Revoke.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an API key. It is printed once and kept nowhere.",
      discussion: """
        The key goes to standard output, its id to standard error, so that a script can take the key alone. It
        is good for all locations of the dealer until it is revoked. A program sends it with each request, in
        the field authorization: Bearer KEY.
        """)
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "What the key is for, 1 to 60 characters.") var name: String

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let response: ProtoCreateApiKeyResponse = try await op.call(
          "AdminService/CreateApiKey",
          ProtoCreateApiKeyRequest.with {
            $0.requestID = newRequestID
            $0.locationID = place.locationID
            $0.name = name
          })
        let facts = "API key \(response.apiKeyID) for '\(place.dealerName)'; it is not shown again:"
        FileHandle.standardError.write(Data((facts.printable + "\n").utf8))
        print(response.apiKey)
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
