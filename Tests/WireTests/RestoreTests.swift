import API
import Foundation
import TestSupport
import Testing

/// `latchkey backup` and `latchkey restore`, as an operator runs them. The drill under load is in CrashTests.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RestoreTests {
  /// A server that was backed up, and where everything is.
  private struct BackedUp {
    let server: ServerProcess
    let backup: String
    let keys: String

    /// A place beside the others.
    func place(_ name: String) -> String { server.directory.appending(path: name).path() }

    func restore(into place: String, keys: String? = nil) async throws -> (code: Int32, output: String) {
      try await ServerProcess.run(["restore", backup, "--keys", keys ?? self.keys, "--data", place])
    }
  }

  private static func backUp() async throws -> BackedUp {
    let server = try await ServerProcess.start()
    let shop = try await WireWorkshop.open(server)
    // A head that only this server's key verifies.
    let _: ProtoExportChainHeadResponse = try await shop.op.call(
      "EventService/ExportChainHead", ProtoExportChainHeadRequest.with { $0.locationID = shop.location })
    let keys = server.directory.appending(path: "safe").path()
    let backup = server.directory.appending(path: "backup.db").path()
    let done = try await ServerProcess.run([
      "backup", "--data", server.data.path(), "--to", backup, "--keys-to", keys,
    ])
    #expect(done.code == 0 && done.output.hasSuffix("\(backup)\n"), "\(done.output)")
    return BackedUp(server: server, backup: backup, keys: keys)
  }

  private static func files(_ place: String) -> Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [])
  }

  @Test func `S1, S8 the keys of PINs and messages are in no copy, and a restored server draws its own`()
    async throws
  {
    let backedUp = try await Self.backUp()
    #expect(Self.files(backedUp.keys) == ["codes.key", "signing.key"])
    let place = backedUp.place("restored")
    let (code, output) = try await backedUp.restore(into: place)
    #expect(code == 0 && output.contains("epoch 2"), "\(output)")
    #expect(
      Self.files(place) == ["latchkey.db", "pins.key", "outbox.key", "codes.key", "signing.key"],
      "\(Self.files(place))")
    for name in ["pins", "outbox", "codes", "signing"] {
      let mine = try Data(contentsOf: URL(filePath: "\(place)/\(name).key"))
      let theirs = try Data(contentsOf: backedUp.server.data.appending(path: "\(name).key"))
      #expect((mine == theirs) == ["codes", "signing"].contains(name), "\(name)")
    }
  }

  @Test func `S8 a directory that is in use is left as it is`() async throws {
    let backedUp = try await Self.backUp()
    let data = backedUp.server.data.path()
    let before = Self.files(data)
    let (code, output) = try await backedUp.restore(into: data)
    #expect(code != 0 && output.contains("is in use"), "\(output)")
    #expect(Self.files(data) == before)
    let again = try await ServerProcess.run(["backup", "--data", data, "--to", backedUp.backup])
    #expect(again.code != 0 && again.output.contains("nothing was overwritten"), "\(again.output)")
  }

  @Test func `S8 with the keys of another server nothing is restored`() async throws {
    let backedUp = try await Self.backUp()
    let other = try await Self.backUp()
    let place = backedUp.place("restored")
    let (code, output) = try await backedUp.restore(into: place, keys: other.keys)
    #expect(code != 0 && output.contains("does not bear this server's signature"), "\(output)")
    #expect(Self.files(place) == [])
    let mixed = try await ServerProcess.run([
      "backup", "--data", backedUp.server.data.path(), "--keys-to", other.keys,
    ])
    #expect(mixed.code != 0 && mixed.output.contains("the key of another server"), "\(mixed.output)")
  }

  @Test func `S8 what is left of a restore that was interrupted is no server`() async throws {
    let backedUp = try await Self.backUp()
    let place = backedUp.place("restored")
    try FileManager.default.createDirectory(atPath: place + "/restoring", withIntermediateDirectories: true)
    for command in [
      ["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", place],
      ["restore", backedUp.backup, "--keys", backedUp.keys, "--data", place],
    ] {
      let (code, output) = try await ServerProcess.run(command)
      #expect(
        code != 0 && (output.contains("restore did not end") || output.contains("is in use")), "\(output)")
    }
  }

  @Test func `the program says which version it is`() async throws {
    let (code, output) = try await ServerProcess.run(["--version"])
    #expect(code == 0 && output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(output)")
  }
}
