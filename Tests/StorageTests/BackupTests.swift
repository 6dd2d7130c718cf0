import Domain
import Foundation
import Services
import TestSupport
import Testing

@testable import Storage

@Suite struct BackupTests {
  private static func findings(_ path: String) throws -> [Verification.Finding] {
    try Verification.run(path: path, hash: .blake2b) { _ in true }
  }

  @Test func `S8 a backup beside a busy writer is one consistent state of all that was acknowledged`()
    async throws
  {
    let temporary = try TemporaryStore(onDisk: "busy")
    let path = try #require(temporary.path)
    let store = temporary.store
    let location = try await store.decide { tx in
      let world = try World(in: tx)
      try Flow(tx: tx, world: world).run()
      return world.location.id
    }
    let writing = Task {
      var number: Int64 = 0
      while !Task.isCancelled {
        let event = Event(.workOrderUpdated, at: World.now, location: location)
        number = try await store.decide {
          try $0.append(event, text: "text", salt: Array(repeating: 1, count: 16)).number
        }
      }
      return number
    }
    for round in 0..<5 {
      try await Task.sleep(for: .milliseconds(20))
      let acknowledged = try await store.read { try $0.head(of: location).number }
      let copy = "\(path).backup-\(round)"
      try Backup.write(path, to: copy)
      #expect(try Self.findings(copy) == [])
      let opened = try SQLiteStore(.file(path: copy), hash: .blake2b)
      #expect(try await opened.read { try $0.head(of: location).number } >= acknowledged)
      try await opened.close()
    }
    writing.cancel()
    #expect(try await writing.value > 5)
  }

  @Test func `S1 no message that waits for delivery is in a backup, not even in its free pages`() async throws
  {
    let temporary = try TemporaryStore(onDisk: "sealed")
    let path = try #require(temporary.path)
    let sealed = Array("sealed digits of a PIN".utf8)
    let location = try await temporary.store.decide { tx in
      let world = try World(in: tx)
      for _ in 0..<200 {
        _ = try tx.insert(
          OutboxMessage(
            location: world.location.id, workOrder: world.workOrder.id, kind: "PICK_UP_PIN",
            sealedBody: sealed, createdAt: World.now, expiresAt: World.now + .seconds(60)))
      }
      return world.location.id
    }
    let copy = path + ".backup"
    try Backup.write(path, to: copy)
    #expect(try Data(contentsOf: URL(filePath: copy)).firstRange(of: Data(sealed)) == nil)
    // The server's own are left alone.
    #expect(try await temporary.store.read { try $0.outbox(at: location).count } == 200)
  }

  @Test func `S8 a backup is for its owner alone, and no file is written over`() async throws {
    let temporary = try TemporaryStore(onDisk: "owner")
    let path = try #require(temporary.path)
    let copy = path + ".backup"
    try Backup.write(path, to: copy)
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let before = try Data(contentsOf: URL(filePath: copy))
    _ = try await temporary.store.decide { try World(in: $0) }
    #expect(throws: StoreFailure.self) { try Backup.write(path, to: copy) }
    #expect(try Data(contentsOf: URL(filePath: copy)) == before)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: (path as NSString).deletingLastPathComponent)
    #expect(!left.contains { $0.contains(Backup.unfinished) })
  }

  @Test func `S8 where there is no room a backup leaves nothing behind`() async throws {
    let temporary = try TemporaryStore(onDisk: "nowhere")
    #expect(throws: StoreFailure.self) {
      try Backup.write(try #require(temporary.path), to: "/proc/nowhere/latchkey.db")
    }
  }
}
