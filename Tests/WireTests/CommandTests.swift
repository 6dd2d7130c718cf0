import API
import Client
import Foundation
import RPC
import TestSupport
import Testing

/// What the operator does at the command line, beside a server that runs.
@Suite struct CommandTests {
  private func run(
    _ server: ServerProcess, _ words: String..., input: String = ""
  ) async throws -> (code: Int32, output: String) {
    try await ServerProcess.run(words + ["--data", server.data.path()], input: input)
  }

  @Test func `W4 boxes are put out of service and into it again, by number and range`() async throws {
    let server = try await ServerProcess.start()
    let shop = try await Shop.open(.ttrpc, server)
    let out = try await run(
      server, "locker", "service", "Entrance", "--boxes", "1-2,4", "--out", "--reason", "They stick")
    #expect(out.code == 0, "\(out.output)")
    #expect(try await boxesInService(shop) == [3])
    let back = try await run(
      server, "locker", "service", "Entrance", "--boxes", "2", "--in", "--reason", "Mended")
    #expect(back.output == "Box 2 is in service.\n")
    #expect(try await boxesInService(shop) == [2, 3])
    for wrong in ["3-1", "1-65", "0", "1,", "one", "-1"] {
      let refused = try await run(
        server, "locker", "service", "Entrance", "--boxes=\(wrong)", "--in", "--reason", "Mended")
      #expect(refused.code != 0 && refused.output.contains("write 1-16, or 3,7"), "\(refused.output)")
    }
  }

  private func boxesInService(_ shop: Shop) async throws -> [Int32] {
    let found: ProtoListLockersResponse = try await shop.program.call(
      "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = shop.location })
    return found.lockers[0].compartments.filter(\.inService).map(\.number)
  }

  @Test func `S3 a password that was forgotten is replaced, and the old one is dead`() async throws {
    let server = try await ServerProcess.start()
    _ = try await Shop.open(.ttrpc, server)
    let set = try await run(server, "staff", "password", "boss", input: "another horse\n")
    #expect(set.code == 0 && set.output == "'boss' has a new password.\n", "\(set.output)")
    let stranger = try await Wire.ttrpc.caller(.none, server)
    func signIn(_ password: String) async throws {
      let _: ProtoStartSessionResponse = try await stranger.call(
        "AuthService/StartSession",
        ProtoStartSessionRequest.with {
          $0.userName = "boss"
          $0.password = password
        })
    }
    let refused = await #expect(throws: Failure.self) { try await signIn(Workshop.password) }
    #expect(refused?.reason == "CREDENTIAL_REFUSED")
    try await signIn("another horse")
  }

  @Test func `S8 a folder for backups is made where it is missing, and holds one after the other`()
    async throws
  {
    let server = try await ServerProcess.start()
    let folder = server.directory.appending(path: "backups")
    for _ in 1...2 {
      let made = try await run(server, "backup", "--to", folder.path())
      #expect(made.code == 0 && made.output.hasPrefix(folder.path()), "\(made.output)")
      // They are named after the second.
      try await Task.sleep(for: .milliseconds(1100))
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
    #expect(files.count == 2 && files.allSatisfy { $0.hasSuffix(".db") }, "\(files)")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path())
    #expect(attributes[.posixPermissions] as? Int == 0o700)
  }

  @Test func `without a server a command says how to start one`() async throws {
    let data = FileManager.default.temporaryDirectory.appending(path: "latchkey-none-\(UUID())").path()
    let refused = try await ServerProcess.run(["custody", "--data", data])
    #expect(refused.code == 1)
    #expect(refused.output.contains("Start it with: latchkey serve --data '\(data)'"), "\(refused.output)")
  }
}
