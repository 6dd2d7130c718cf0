import API
import ArgumentParser
import Client
import Domain
import RPC

/// The operator's connection to the running server, and the look-ups by name that commands share.
struct Operator {
  let link: ServerLink

  static func connect(_ data: DataOptions) async throws -> Operator {
    let directory = data.directory
    do {
      return Operator(link: try await .operator(socket: directory.socket))
    } catch {
      guard !isClosedToUs(directory.socket) else { throw CommandFailure.notAllowed(directory.socket) }
      throw CommandFailure(
        "No server answers at '\(directory.socket)'. Start it with: latchkey serve --data '\(directory.path)'"
      )
    }
  }

  /// Runs a command and says what the server refused, as people read it.
  static func run(_ data: DataOptions, _ body: (Operator) async throws -> Void) async throws {
    let connected = try await connect(data)
    defer { connected.link.close() }
    do {
      try await body(connected)
    } catch let failure as Failure {
      throw CommandFailure("\(failure.message) [\(failure.reason.rawValue)]")
    }
  }

  func call<Request: WireMessage, Response: WireMessage>(_ method: String, _ request: Request) async throws
    -> Response
  {
    try await link.call(method, request)
  }

  /// The location of that name; without a name the only one there is.
  func location(_ name: String?) async throws -> ProtoLocation {
    let all = try await locations()
    let known = all.map(\.name).joined(separator: ", ")
    guard let name else {
      guard let only = all.first, all.count == 1 else {
        throw CommandFailure(
          all.isEmpty
            ? "There is no location yet; make one with: latchkey setup"
            : "Name one with --location: \(known)")
      }
      return only
    }
    guard let found = all.first(where: { $0.name == name }) else {
      throw CommandFailure("There is no location '\(name)'; there are: \(known)")
    }
    return found
  }

  func locker(_ name: String, at location: ProtoLocation) async throws -> ProtoLocker {
    let all = try await lockers(at: location)
    guard let found = all.first(where: { $0.name == name }) else {
      throw CommandFailure(
        "There is no locker '\(name)' at '\(location.name)'; there are: \(all.map(\.name).joined(separator: ", "))"
      )
    }
    return found
  }

  func workOrder(_ number: String, at location: ProtoLocation) async throws -> ProtoWorkOrder {
    let response: ProtoGetWorkOrderResponse = try await call(
      "WorkOrderService/GetWorkOrder",
      ProtoGetWorkOrderRequest.with {
        $0.locationID = location.locationID
        $0.number = number
      })
    return response.workOrder
  }

  func staff(_ userName: String, at location: ProtoLocation) async throws -> ProtoStaff {
    guard let found = try await staff(at: location).first(where: { $0.userName == userName.lowercased() })
    else {
      throw CommandFailure("There is no staff member '\(userName)'.")
    }
    return found
  }
}

/// The location that a command is about.
struct LocationOptions: ParsableArguments {
  @Option(name: .customLong("location"), help: "Name of the location. (default: the only one)")
  var name: String?
}
