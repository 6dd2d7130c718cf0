import API
import ArgumentParser

struct EnrollCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll",
    abstract: "Make a one-time code that enrols a device; list and revoke devices.",
    subcommands: [Controller.self, Screen.self, Tablet.self, List.self, Revoke.self])

  struct Controller: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A code for the lock controller of a locker.")
    @OptionGroup var options: LockerDevice
    func run() async throws { try await options.run(.controller) }
  }

  struct Screen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A code for a kiosk screen of a locker.")
    @OptionGroup var options: LockerDevice
    func run() async throws { try await options.run(.screen) }
  }

  struct LockerDevice: ParsableArguments {
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Option(help: "Name of the locker.") var locker: String
    @Option(help: "Name of the device, shown to staff.") var name: String

    func run(_ kind: ProtoDeviceKind) async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let found = try await op.locker(locker, at: place)
        try await EnrollCommand.makeCode(op) {
          $0.kind = kind
          $0.name = name
          $0.lockerID = found.lockerID
        }
      }
    }
  }

  struct Tablet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A code for a mechanic's tablet.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Option(help: "Name of the tablet, shown on the locker's screen.") var name: String

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        try await EnrollCommand.makeCode(op) {
          $0.kind = .tablet
          $0.name = name
          $0.locationID = place.locationID
        }
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the devices of a location.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        printTable(
          ["ID", "KIND", "NAME", "KEY", "REVOKED"],
          try await op.devices(at: place).map {
            [
              "\($0.deviceID)", "\($0.kind)", $0.name, String($0.keyID.prefix(20)),
              $0.revoked ? "revoked" : "",
            ]
          })
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a device for good; its connections end at once.")
    @OptionGroup var data: DataOptions
    @Argument(help: "Id of the device, as 'latchkey enroll list' shows it.") var device: Int64

    func run() async throws {
      try await Operator.run(data) { op in
        let _: ProtoRevokeDeviceResponse = try await op.call(
          "AdminService/RevokeDevice",
          ProtoRevokeDeviceRequest.with {
            $0.requestID = newRequestID
            $0.deviceID = device
          })
        print("Device \(device) is revoked.")
      }
    }
  }

  private static func makeCode(
    _ op: Operator, _ fill: (inout ProtoCreateEnrollmentCodeRequest) -> Void
  ) async throws {
    var request = ProtoCreateEnrollmentCodeRequest()
    request.requestID = newRequestID
    fill(&request)
    let response: ProtoCreateEnrollmentCodeResponse = try await op.call(
      "AdminService/CreateEnrollmentCode", request)
    print(response.code)
  }
}
