import API
import Client
import Foundation
import RPC
import Testing

/// A flush that failed, and what is said and found afterwards.
@Suite(.serialized) struct FlushTests {
  private static let flush = Faults.Point(name: "posix/io/sync/fdatasync", percent: 100)
  /// The server flushes for itself, too, and may meet the one failure first.
  private static let tries = 20

  private static func add(_ name: String, _ requestID: String, over link: ServerLink) async throws {
    let _: ProtoCreateLocationResponse = try await link.call(
      "AdminService/CreateLocation",
      ProtoCreateLocationRequest.with {
        $0.requestID = requestID
        $0.dealerName = name
        $0.name = name
        $0.timeZone = "Europe/Amsterdam"
        $0.country = "NL"
      })
  }

  private static func names(over link: ServerLink) async throws -> [String] {
    let found: ProtoListLocationsResponse = try await link.call(
      "AdminService/ListLocations", ProtoListLocationsRequest())
    return found.locations.map(\.name).sorted()
  }

  /// Adds a location, and returns the words with which that is refused.
  private static func refusal(of name: String, _ requestID: String, over link: ServerLink) async throws
    -> String?
  {
    do {
      try await add(name, requestID, over: link)
      return nil
    } catch let failure as Failure where failure.reason == "STORAGE_FAILED" {
      return failure.message
    }
  }

  private static func withServer(_ body: (MortalServer, Faults) async throws -> Void) async throws {
    try await Town.withFolder { folder in
      let faults = try Faults(in: folder)
      let server = MortalServer(data: folder.appending(path: "data"), environment: faults.environment)
      defer { server.end() }
      try await server.start()
      try await body(server, faults)
    }
  }

  @Test func `S5 what a caller was told is not stored does not come back after a crash`() async throws {
    try await Self.withServer { server, faults in
      let link = try await ServerLink.operator(socket: server.socket)
      var acknowledged: [String] = []
      var refused: String?
      for number in 0..<Self.tries where refused == nil {
        try await faults.enableOnce(Self.flush, in: server.processID)
        refused = try await Self.refusal(of: "Place \(number)", newID(), over: link)
        if refused == nil { acknowledged.append("Place \(number)") }
      }
      #expect(refused?.hasPrefix("Nothing was stored") == true, "\(refused ?? "no flush has failed")")
      try await server.kill()
      try await server.start()
      let again = try await ServerLink.operator(socket: server.socket)
      #expect(try await Self.names(over: again) == acknowledged.sorted())
      #expect(await server.terminate() == 0)
    }
  }

  @Test func `S5 where no flush succeeds a caller is told that nobody knows, and a repeat is done once`()
    async throws
  {
    try await Self.withServer { server, faults in
      let link = try await ServerLink.operator(socket: server.socket)
      let request = newID()
      try await faults.enable(Self.flush, in: server.processID)
      let refused = try await Self.refusal(of: "Place", request, over: link)
      #expect(refused?.contains("not known") == true, "\(refused ?? "no flush has failed")")
      try await server.kill()
      try await server.start()
      let again = try await ServerLink.operator(socket: server.socket)
      try await Self.add("Place", request, over: again)
      #expect(try await Self.names(over: again) == ["Place"])
      #expect(await server.terminate() == 0)
      #expect(try await server.verify().output == "clean\n")
    }
  }
}
