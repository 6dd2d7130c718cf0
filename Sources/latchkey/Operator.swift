import API
import ArgumentParser
import Client
import Core
import Domain
import Foundation
import RPC

/// The operator's connection to the running server, and the look-ups by name that commands share.
struct Operator {
  let link: ServerLink

  static func connect(_ data: DataOptions) async throws -> Operator {
    let directory = data.directory
    do {
      return Operator(link: try await .operator(socket: directory.socket))
    } catch {
      throw ValidationError(
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
      throw ValidationError("\(failure.message) [\(failure.reason.rawValue)]")
    }
  }

  func call<Request: WireMessage, Response: WireMessage>(_ method: String, _ request: Request) async throws
    -> Response
  {
    try await link.call(method, request)
  }

  /// New for each request.
  var newRequestID: String {
    SystemEntropy().bytes(16).map { String($0, radix: 16) }.joined()
  }

  /// The location of that name; without a name the only one there is.
  func location(_ name: String?) async throws -> ProtoLocation {
    let response: ProtoListLocationsResponse = try await call(
      "AdminService/ListLocations", ProtoListLocationsRequest())
    let known = response.locations.map(\.name).joined(separator: ", ")
    guard let name else {
      guard let only = response.locations.first, response.locations.count == 1 else {
        throw ValidationError(
          response.locations.isEmpty
            ? "There is no location yet; make one with: latchkey location add"
            : "Name one with --location: \(known)")
      }
      return only
    }
    guard let found = response.locations.first(where: { $0.name == name }) else {
      throw ValidationError("There is no location '\(name)'; there are: \(known)")
    }
    return found
  }

  func lockers(at location: ProtoLocation) async throws -> [ProtoLocker] {
    let response: ProtoListLockersResponse = try await call(
      "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = location.locationID })
    return response.lockers
  }

  func locker(_ name: String, at location: ProtoLocation) async throws -> ProtoLocker {
    let all = try await lockers(at: location)
    guard let found = all.first(where: { $0.name == name }) else {
      throw ValidationError(
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
    let response: ProtoListStaffResponse = try await call(
      "AdminService/ListStaff", ProtoListStaffRequest.with { $0.locationID = location.locationID })
    guard let found = response.staff.first(where: { $0.userName == userName.lowercased() }) else {
      throw ValidationError("There is no staff member '\(userName)'.")
    }
    return found
  }
}

/// The location that a command is about.
struct LocationOptions: ParsableArguments {
  @Option(name: .customLong("location"), help: "Name of the location. (default: the only one)")
  var name: String?
}

/// Prints rows as columns that line up.
func printTable(_ header: [String], _ rows: [[String]]) {
  let all = [header] + rows
  let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  for row in all {
    let line = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(
      separator: "  ")
    print(line.trimmingSuffix(" "))
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> Substring {
    var end = self[...]
    while end.last == character { end.removeLast() }
    return end
  }
}

extension Int64 {
  /// Unix milliseconds as local time of the terminal.
  var asTerminalTime: String {
    let date = Date(timeIntervalSince1970: Double(self) / 1000)
    return date.formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .current).year().month().day()
        .dateTimeSeparator(.space).time(includingFractionalSeconds: true))
  }
}
