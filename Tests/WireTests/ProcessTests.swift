import API
import Client
import Foundation
import HTTPSupport
import RPC
import TTRPC
import TestSupport
import Testing

/// The server as a process: what it refuses, what it keeps, how it ends.
@Suite struct ProcessTests {
  @Test func `S3 plain text is refused beyond loopback`() async throws {
    let data = FileManager.default.temporaryDirectory.appending(path: "latchkey-wire-\(UUID())")
    defer { try? FileManager.default.removeItem(at: data) }
    let refused = try await ServerProcess.run(["serve", "--data", data.path(), "--listen", "0.0.0.0:0"])
    #expect(refused.code != 0)
    #expect(refused.output.contains("plain text is allowed on loopback only"))
  }

  @Test func `S1 secrets and database are the owner's alone, and secrets open to others are refused`()
    async throws
  {
    let server = try await ServerProcess.start()
    for name in ["latchkey.db", "pins.key", "codes.key", "outbox.key", "signing.key", "latchkey.sock"] {
      let file = server.data.appending(path: name).path()
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
    #expect(await server.terminate() == 0)
    let key = server.data.appending(path: "pins.key").path()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    let refused = try await ServerProcess.run([
      "serve", "--data", server.data.path(), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
    ])
    #expect(refused.code != 0 && refused.output.contains("chmod 600"))
  }

  @Test func `S5 what was acknowledged is there after kill -9`() async throws {
    let server = try await ServerProcess.start()
    let shop = try await WireWorkshop.open(server)
    kill(server.processID, SIGKILL)
    let again = try await ServerProcess.start(in: server.directory)
    let link = try await again.asOperator()
    let lockers: ProtoListLockersResponse = try await link.call(
      "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = shop.location })
    #expect(lockers.lockers.map(\.lockerID) == [shop.locker])
    print("start-up on an existing database: \(again.startUp)")
    #expect(await again.terminate() == 0)
    let verified = try await ServerProcess.run(["verify", "--data", again.data.path()])
    #expect(verified.code == 0, "\(verified.output)")
  }

  @Test func `S3 a revoked controller's open stream ends at once`() async throws {
    let server = try await ServerProcess.start()
    let shop = try await WireWorkshop.open(server)
    let commands = try shop.controller.stream(
      "LockerService/WatchCommands", ProtoWatchCommandsRequest(), as: ProtoWatchCommandsResponse.self)
    let settings: ProtoGetLockerSettingsResponse = try await shop.controller.call(
      "LockerService/GetLockerSettings", ProtoGetLockerSettingsRequest())
    #expect(settings.compartmentCount == 4)
    let _: ProtoRevokeDeviceResponse = try await shop.op.call(
      "AdminService/RevokeDevice",
      ProtoRevokeDeviceRequest.with {
        $0.requestID = WireWorkshop.newID()
        $0.deviceID = shop.controllerDevice.id.rawValue
      })
    await #expect(throws: Failure.self) { for try await _ in commands {} }
    let link = try await server.connect()
    let refused = await #expect(throws: Failure.self) {
      try await shop.controllerDevice.authenticate(over: link)
    }
    #expect(refused?.reason == "CREDENTIAL_REFUSED")
  }

  @Test(.timeLimit(.minutes(2)))
  func `S3 however many connect, and to whatever port, the server keeps descriptors for all else`()
    async throws
  {
    let limit = 128
    let server = try await ServerProcess.start(under: [
      "/bin/sh", "-c", "ulimit -n \(limit); exec \"$@\"", "sh",
    ])
    guard case .tcp(_, let port) = server.address else { return }
    let descriptors = "/proc/\(server.processID)/fd"
    let before = try FileManager.default.contentsOfDirectory(atPath: descriptors).count
    var peers: [BytePeer] = []
    for _ in 0..<limit {
      for port in [port, server.httpPort] {
        // Who is turned away while connecting has not connected.
        if let peer = try? await BytePeer.connect(port: port) { peers.append(peer) }
      }
    }
    // Whoever comes now is too many on either port, and told so: all before them have been looked at by then.
    for port in [port, server.httpPort] {
      guard let peer = try? await BytePeer.connect(port: port) else { continue }
      while (try? await peer.receive()) != nil {}
    }
    let open = try FileManager.default.contentsOfDirectory(atPath: descriptors).count
    #expect(open > before)
    #expect(open < limit - 20)
  }

  @Test func `A5 a stranger is told to authenticate, with code, reason and message`() async throws {
    let server = try await ServerProcess.start()
    let link = try await server.connect()
    let refused = await #expect(throws: Failure.self) {
      let _: ProtoListLocationsResponse = try await link.call(
        "AdminService/ListLocations", ProtoListLocationsRequest())
    }
    #expect(refused?.code == .unauthenticated && refused?.reason == "NOT_SIGNED_IN")
    #expect(refused?.message.isEmpty == false)
  }

  @Test func `SIGTERM drains: open streams are told, the process exits with 0`() async throws {
    let server = try await ServerProcess.start()
    let shop = try await WireWorkshop.open(server)
    let commands = try shop.controller.stream(
      "LockerService/WatchCommands", ProtoWatchCommandsRequest(), as: ProtoWatchCommandsResponse.self)
    let _: ProtoWhoAmIResponse = try await shop.controller.call("AuthService/WhoAmI", ProtoWhoAmIRequest())
    async let code = server.terminate()
    let ended = await #expect(throws: Failure.self) { for try await _ in commands {} }
    #expect(ended?.code == .unavailable)
    #expect(await code == 0)
  }
}
