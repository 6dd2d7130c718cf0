import API
import ArgumentParser
import Foundation

/// From the terminal without echo, or the first line of standard input: never from an argument, which everybody
/// on the machine could read.
func readPassword() throws -> String {
  if isatty(STDIN_FILENO) == 0 {
    guard let line = readLine() else { throw ValidationError("No password came on standard input.") }
    return line
  }
  guard let typed = getpass("Password (at least 10 characters): ") else {
    throw ValidationError("No password was typed.")
  }
  return String(cString: typed)
}

struct StaffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "staff", abstract: "Staff: add, list, set a password, sign out, disable.",
    subcommands: [Add.self, List.self, Password.self, SignOut.self, Disable.self])

  enum Role: String, ExpressibleByArgument, CaseIterable {
    case admin, receptionist
    case chiefMechanic = "chief-mechanic"
    case mechanic

    var proto: ProtoStaffRole {
      switch self {
      case .admin: .dealerAdmin
      case .receptionist: .receptionist
      case .chiefMechanic: .chiefMechanic
      case .mechanic: .mechanic
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a staff member. The password is asked for, or read from standard input.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "User name.") var userName: String
    @Option(help: "Name that others see. (default: the user name)") var name: String?
    @Option(help: "admin, receptionist, chief-mechanic or mechanic.") var role: Role
    @Flag(help: "May take keys out of lockers and put them back.") var useKeyLocker = false
    @Flag(help: "Works at this location, and at no other of the dealer.") var onlyHere = false

    func run() async throws {
      let password = try readPassword()
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        let response: ProtoCreateStaffResponse = try await op.call(
          "AdminService/CreateStaff",
          ProtoCreateStaffRequest.with {
            $0.requestID = newRequestID
            $0.locationID = place.locationID
            $0.userName = userName
            $0.displayName = name ?? userName
            $0.role = role.proto
            $0.useKeyLocker = useKeyLocker
            $0.password = password
            if onlyHere { $0.worksAt.locationIds = [place.locationID] }
          })
        print("Staff member \(response.staff.staffID): \(response.staff.userName)")
      }
    }

  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the staff of a location's dealer.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        printTable(
          ["ID", "USER", "NAME", "ROLE", "KEY LOCKER", "STATE"],
          try await op.staff(at: place).map {
            [
              "\($0.staffID)", $0.userName, $0.displayName, "\($0.role)", $0.useKeyLocker ? "yes" : "",
              $0.disabled ? "disabled" : "",
            ]
          })
      }
    }
  }

  struct Password: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set a new password, e.g. one that was forgotten. Sign-ins end at once.",
      discussion: "The password is asked for, or read from standard input.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "User name.") var userName: String

    func run() async throws {
      let password = try readPassword()
      try await Operator.run(data) { op in
        let staff = try await op.staff(userName, at: try await op.location(location.name))
        try await op.update(staff) { $0.password = password }
        print("'\(staff.userName)' has a new password.")
      }
    }
  }

  struct SignOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign-out", abstract: "End all sessions and tablets' sign-ins of a staff member.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "User name.") var userName: String

    func run() async throws {
      try await Operator.run(data) { op in
        let staff = try await op.staff(userName, at: try await op.location(location.name))
        let _: ProtoEndStaffSessionsResponse = try await op.call(
          "AdminService/EndStaffSessions",
          ProtoEndStaffSessionsRequest.with {
            $0.requestID = newRequestID
            $0.staffID = staff.staffID
          })
        print("'\(staff.userName)' is signed out everywhere.")
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Disable a staff member; sign-ins end at once.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "User name.") var userName: String

    func run() async throws {
      try await Operator.run(data) { op in
        let staff = try await op.staff(userName, at: try await op.location(location.name))
        try await op.update(staff) { $0.disabled = true }
        print("'\(staff.userName)' is disabled.")
      }
    }
  }
}

extension Operator {
  fileprivate func update(
    _ staff: ProtoStaff, _ change: (inout ProtoUpdateStaffRequest) -> Void
  ) async throws {
    var request = ProtoUpdateStaffRequest.with {
      $0.requestID = newRequestID
      $0.staffID = staff.staffID
    }
    change(&request)
    let _: ProtoUpdateStaffResponse = try await call("AdminService/UpdateStaff", request)
  }
}
