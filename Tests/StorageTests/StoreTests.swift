import Domain
import Foundation
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

@Suite struct StoreTests {
  @Test func `S5 the connection that writes has synchronous FULL and a WAL`() async throws {
    let temporary = try TemporaryStore(onDisk: "full")
    let (synchronous, journal, foreignKeys) = try await temporary.store.database.writeWithoutTransaction {
      db in
      (
        try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"),
        try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
      )
    }
    #expect(synchronous == 2)
    #expect(journal == "wal")
    #expect(foreignKeys == 1)
  }

  @Test func `S5 synchronous stays FULL after decisions and when an existing database is opened`()
    async throws
  {
    let temporary = try TemporaryStore(onDisk: "reopen")
    _ = try await temporary.store.decide { try World(in: $0) }
    try await temporary.store.close()
    let store = try SQLiteStore(.file(path: temporary.path!), hash: .blake2b)
    _ = try await store.decide { try $0.insert(Dealer(name: "Another")) }
    let synchronous = try await store.database.writeWithoutTransaction {
      try Int.fetchOne($0, sql: "PRAGMA synchronous")
    }
    #expect(synchronous == 2)
    try await store.close()
  }

  @Test(.timeLimit(.minutes(1)))
  func `reads that wait and reads that block their thread never wait for each other for ever`() async throws {
    let temporary = try TemporaryStore(onDisk: "threads")
    let store = temporary.store
    let dealer = try await store.decide { try $0.insert(Dealer(name: "One")) }
    try await withThrowingTaskGroup { group in
      for number in 0..<64 {
        group.addTask {
          for round in 0..<100 {
            let isBlocking = (number + round).isMultiple(of: 2)
            let name =
              isBlocking
              ? try store.readNow { try $0.dealer(dealer.id)?.name }
              : try await store.read { try $0.dealer(dealer.id)?.name }
            #expect(name == "One")
          }
        }
      }
      try await group.waitForAll()
    }
    try await store.close()
  }

  @Test func `the database and its WAL are for their owner alone`() async throws {
    let temporary = try TemporaryStore(onDisk: "mode")
    let path = try #require(temporary.path)
    _ = try await temporary.store.decide { try World(in: $0) }
    for name in [path, path + "-wal", path + "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
  }

  @Test func `a database that others could read is closed to them when it is opened`() async throws {
    let directory = try TemporaryStore.directory("loose")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/latchkey.db"
    try await SQLiteStore(.file(path: path), hash: .blake2b).close()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try await SQLiteStore(.file(path: path), hash: .blake2b).close()
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `a database of a newer schema is refused, and left as it is`() async throws {
    let temporary = try TemporaryStore(onDisk: "newer")
    let path = try #require(temporary.path)
    try await temporary.store.close()
    let newer = Migration.newest + 1
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = \(newer)") }
    try queue.close()
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(throws: StoreFailure.schemaIsNewer(found: newer, known: Migration.newest)) {
      try SQLiteStore(.file(path: path), hash: .blake2b)
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test func `another program's database is refused`() async throws {
    let directory = try TemporaryStore.directory("foreign")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/other.db"
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER)") }
    try queue.close()
    #expect(throws: StoreFailure.foreignDatabase(path: path)) {
      try SQLiteStore(.file(path: path), hash: .blake2b)
    }
  }

  @Test func `what is no database at all is refused with an error`() throws {
    let directory = try TemporaryStore.directory("garbage")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/garbage.db"
    try Data(repeating: 0x5A, count: 10_000).write(to: URL(filePath: path))
    #expect(throws: StoreFailure.self) { try SQLiteStore(.file(path: path), hash: .blake2b) }
  }

  @Test func `S5 a disk that fails is no fault of ours, also where SQLite calls its database corrupt`() {
    func failure(_ code: ResultCode) -> StoreFailure {
      StoreFailure(DatabaseError(resultCode: code, message: "it fails"))
    }
    #expect(failure(.SQLITE_IOERR) == .notCommitted(reason: "it fails"))
    #expect(failure(.SQLITE_FULL) == .notCommitted(reason: "it fails"))
    #expect(failure(.SQLITE_CORRUPT) == .damaged(reason: "it fails"))
  }

  @Test func `closing commits what waits, empties the WAL and refuses what comes later`() async throws {
    let temporary = try TemporaryStore(onDisk: "close")
    let path = try #require(temporary.path)
    let store = temporary.store
    let names = (0..<50).map { "Dealer \($0)" }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for name in names { group.addTask { _ = try await store.decide { try $0.insert(Dealer(name: name)) } } }
      try await group.waitForAll()
    }
    try await store.close()
    try await store.close()
    await #expect(throws: StoreFailure.closed) {
      try await store.decide { try $0.insert(Dealer(name: "late")) }
    }
    await #expect(throws: StoreFailure.closed) { try await store.read { try $0.dealer(named: "late") } }
    let wal = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
    #expect((wal ?? 0) == 0)
    let again = try SQLiteStore(.file(path: path), hash: .blake2b)
    for name in names { #expect(try await again.read { try $0.dealer(named: name) } != nil) }
    try await again.close()
  }

  @Test func `S7 an erased text leaves nothing behind in the file`() async throws {
    let temporary = try TemporaryStore(onDisk: "erase")
    let path = try #require(temporary.path)
    let secret = "The spare key is under the third flower pot."
    try await temporary.store.decide { tx in
      let world = try World(in: tx)
      _ = try tx.append(world.event(.remarkAdded), text: secret, salt: [UInt8](repeating: 1, count: 16))
    }
    func isInFile() throws -> Bool {
      try Data(contentsOf: URL(filePath: path)).firstRange(of: Data(secret.utf8)) != nil
    }
    _ = try await temporary.store.database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    #expect(try isInFile())
    try await temporary.store.decide { tx in try #require(tx as? SQLTransaction).run("DELETE FROM texts") }
    try await temporary.store.close()
    #expect(try !isInFile())
  }

  @Test func `an existing database opens within 200 ms`() async throws {
    let temporary = try TemporaryStore(onDisk: "quick")
    try await temporary.store.close()
    let clock = ContinuousClock()
    let durations = try (0..<5).map { _ in
      try clock.measure { _ = try SQLiteStore(.file(path: temporary.path!), hash: .blake2b) }
    }
    #expect(try #require(durations.min()) < .milliseconds(200))
  }

  @Test func `a read that starts after a decision was acknowledged sees it`() async throws {
    let temporary = try TemporaryStore(onDisk: "read")
    for number in 0..<200 {
      let dealer = try await temporary.store.decide { try $0.insert(Dealer(name: "Dealer \(number)")) }
      #expect(try await temporary.store.read { try $0.dealer(dealer.id) } == dealer)
    }
  }
}
