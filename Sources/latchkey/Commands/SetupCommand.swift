import API
import ArgumentParser

/// The first dealer of a new server, up to somebody who can do the rest from a program or a browser.
struct SetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Make a dealer with a location and its first admin.",
    discussion: """
      The admin's password is asked for, or read from standard input. Should it be refused, run the same again: a
      location that is there already is left as it is.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "Name of the dealer.") var dealer: String
  @Option(name: .customLong("location"), help: "Name of its first location.") var name: String
  @Option(help: "IANA time zone, e.g. Europe/Amsterdam.") var zone: String
  @Option(help: "ISO country, e.g. NL: how plates and phone numbers are read.") var country: String
  @Option(
    name: .customLong("language"), help: "en, nl, fr or de; the first is the default. May be repeated.")
  var languages: [String] = ["en"]
  @Option(help: "User name of the dealer's first admin.") var admin: String

  func run() async throws {
    let password = try readPassword()
    try await Operator.run(data) { op in
      let location = try await location(op)
      print("Location \(location.locationID): \(location.name)")
      let response: ProtoCreateStaffResponse = try await op.call(
        "AdminService/CreateStaff",
        ProtoCreateStaffRequest.with {
          $0.requestID = newRequestID
          $0.locationID = location.locationID
          $0.userName = admin
          $0.displayName = admin
          $0.role = .dealerAdmin
          $0.password = password
        })
      print("Dealer admin \(response.staff.staffID): \(response.staff.userName)")
    }
  }

  private func location(_ op: Operator) async throws -> ProtoLocation {
    let known = try await op.locations().first { $0.dealerName == dealer && $0.name == name }
    if let known { return known }
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
    return response.location
  }
}
