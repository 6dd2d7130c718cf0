import API
import Client
import Domain
import Foundation
import HTTPRPC
import HTTPSupport
import Prometheus
import RPC
import Storage
import TestSupport
import Testing

@testable import latchkey

/// What whoever runs the server sees of it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OperationsTests {
  static let shown = ["--operations", "127.0.0.1:0"]

  /// The page at a path of the operator's port.
  static func page(
    _ path: String, of server: ServerProcess, _ method: String = "GET"
  ) async throws -> (status: Int, body: String) {
    let peer = try await HTTP1Peer.connect(port: server.operationsPort)
    try await peer.ask(method, path, Fields(), body: nil)
    let head = try await peer.head()
    var body: [UInt8] = []
    while let piece = try await peer.nextPiece() { body += piece }
    return (head.status, String(decoding: body, as: UTF8.self))
  }

  @Test func `S8 calls, refusals, commits, lockers, messages and the process are counted`() async throws {
    let server = try await ServerProcess.start(.plain, Self.shown)
    let shop = try await Shop.open(.ttrpc, server)
    let locker = try await shop.connectLocker()
    defer { locker.cancel() }
    let stranger = try await Wire.connectJSON.caller(.none, server)
    await #expect(throws: Failure.self) {
      let _: ProtoListLocationsResponse = try await stranger.call(
        "AdminService/ListLocations", ProtoListLocationsRequest())
    }
    let (status, text) = try await Self.page("/metrics", of: server)
    #expect(status == 200)
    for line in [
      "rpc_refusals_total{procedure=\"latchkey.v1.AdminService/ListLocations\",reason=\"NOT_SIGNED_IN\"} 1",
      "rpc_calls_total{procedure=\"latchkey.v1.AdminService/CreateLocker\",code=\"OK\"} 1",
      "rpc_call_duration_seconds_count{procedure=\"latchkey.v1.AdminService/CreateLocker\"} 1",
      "rpc_connections{wire=\"operations\"} 1", "latchkey_lockers_connected 1", "latchkey_ready 1",
      "latchkey_outbox_age_seconds 0", "latchkey_info{version=\"\(Version.current)\"} 1",
    ] { #expect(text.contains("\n\(line)\n"), "\(line) is not in \(text)") }
    for name in [
      "rpc_calls_in_flight", "storage_commit_decisions_count", "storage_commit_duration_seconds_sum",
      "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total",
    ] {
      let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
      #expect((line?.split(separator: " ").last.flatMap { Double($0) } ?? 0) > 0, "\(name)")
    }
    // Each metric says what it is, once.
    let described = text.split(separator: "\n").filter { $0.hasPrefix("# HELP") }.map {
      $0.split(separator: " ")[2]
    }
    #expect(Set(described).count == described.count)
    #expect(!described.isEmpty && !text.contains("# HELP rpc_calls_total rpc_calls_total"))
  }

  @Test func `S8 the server says that it is well and ready, and nothing else on that port`() async throws {
    let server = try await ServerProcess.start(.plain, Self.shown)
    #expect(try await Self.page("/healthz", of: server) == (200, "ok\n"))
    var ready = try await Self.page("/readyz", of: server)
    // The disk is tried as soon as it listens.
    for _ in 0..<100 where ready.status != 200 {
      try await Task.sleep(for: .milliseconds(20))
      ready = try await Self.page("/readyz", of: server)
    }
    #expect(ready == (200, "ready\n"))
    #expect(try await Self.page("/", of: server).status == 404)
    #expect(try await Self.page("/latchkey.v1.AuthService/WhoAmI", of: server, "POST").status == 404)
    #expect(try await Self.page("/metrics", of: server, "DELETE").status == 405)
  }

  @Test func `S8 metrics are shown to nobody who was not told where`() async throws {
    let server = try await ServerProcess.start()
    #expect(server.operationsPort == 0)
    let peer = try await HTTP1Peer.connect(port: server.httpPort)
    try await peer.ask("GET", "/metrics", Fields(), body: nil)
    #expect(try await peer.head().status == 404)
  }

  @Test func `S8 a server that cannot write, does not listen yet or drains is not ready`() async throws {
    let world = try World()
    let operations = Operations(registry: Registry(), environment: world.environment)
    let ready = try #require(operations.pages["/readyz"])
    #expect(ready().status == 503 && ready().body.contains("not listening"))
    operations.listens()
    #expect(ready().body.contains("cannot be written"))
    await operations.look(at: world.store)
    #expect(ready().status == 200)
    try await world.store.close()
    await operations.look(at: world.store)
    #expect(ready().status == 503 && ready().body.contains("the database is closed"))
    operations.drains()
    #expect(ready().body == "not ready: draining\n")
  }

  @Test func `S8 the age of the oldest message is told`() async throws {
    let (shop, workOrder) = try await Workshop.withKey()
    try await shop.handOver(workOrder)
    try await shop.handOver(workOrder, .putBack)
    shop.world.clock.advance(.seconds(90))
    let operations = Operations(registry: Registry(), environment: shop.world.environment)
    await operations.look(at: shop.world.store)
    #expect(operations.pages["/metrics"]?().body.contains("latchkey_outbox_age_seconds 90\n") == true)
  }
}
