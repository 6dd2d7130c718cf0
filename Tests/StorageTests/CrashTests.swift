import Domain
import Foundation
import GRDB
import Services
import TestSupport
import Testing

@testable import Storage

/// S5: acknowledged means on disk, and what was not acknowledged leaves no half.
@Suite struct CrashTests {
  private static func dealers(at path: String) async throws -> Set<String> {
    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let names = try await store.database.read { try String.fetchSet($0, sql: "SELECT name FROM dealers") }
    try await store.close()
    return names
  }

  @Test func `S5 after kill -9 in a decision all before it is there, and nothing of it`() async throws {
    let directory = try TemporaryStore.directory("kill")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/latchkey.db"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let store = try SQLiteStore(.file(path: path), hash: .blake2b)
      for number in 0..<25 { _ = try await store.decide { try $0.insert(Dealer(name: "kept \(number)")) } }
      try await store.decide { tx in
        for number in 0..<25 { _ = try tx.insert(Dealer(name: "lost \(number)")) }
        kill(getpid(), SIGKILL)
      }
    }
    #expect(try Verification.run(path: path, hash: .blake2b) { _ in true } == [])
    #expect(try await Self.dealers(at: path) == Set((0..<25).map { "kept \($0)" }))
  }

  @Test(arguments: [3, 7, 20, 55, 110]) func `S5 kill -9 at any instant loses nothing acknowledged`(
    milliseconds: Int
  ) async throws {
    let directory = try TemporaryStore.directory("anytime")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (path, acknowledged) = (directory + "/latchkey.db", directory + "/acknowledged")
    try Data().write(to: URL(filePath: acknowledged))
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, acknowledged = acknowledged as String, milliseconds = milliseconds as Int] in
      let store = try SQLiteStore(.file(path: path), hash: .blake2b)
      let world = try await store.decide { try World(in: $0) }
      let file = open(acknowledged, O_WRONLY | O_APPEND)
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
        kill(getpid(), SIGKILL)
      }
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            while true {
              let event = try? await store.decide { tx in
                try tx.append(world.event(.visitStarted), text: nil, salt: [])
              }
              let line = Array("\(event?.number ?? 0)\n".utf8)
              write(file, line, line.count)
            }
          }
        }
      }
    }
    let lines = try String(contentsOfFile: acknowledged, encoding: .utf8).split(separator: "\n")
    let newest = lines.compactMap { Int64($0) }.max() ?? 0
    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let head = try await store.read { try $0.head(of: Location.ID(rawValue: 1)) }
    #expect(head.number >= newest)
    try await store.close()
    #expect(try Verification.run(path: path, hash: .blake2b) { _ in true } == [])
  }

  @Test func `S5 a power cut keeps what was acknowledged and nothing else`() async throws {
    let temporary = try TemporaryStore(onDisk: "power")
    let path = try #require(temporary.path)
    for number in 0..<10 {
      _ = try await temporary.store.decide { try $0.insert(Dealer(name: "kept \(number)")) }
    }
    let directory = try TemporaryStore.directory("copy")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let copy = directory + "/latchkey.db"
    try await temporary.store.decide { tx in
      _ = try tx.insert(Dealer(name: "lost"))
      // What the disk holds now is what a power cut would leave; the WAL's index is rebuilt from it.
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
    }
    #expect(try await Self.dealers(at: copy) == Set((0..<10).map { "kept \($0)" }))
  }

  @Test func `S5 a WAL that was cut off anywhere gives an earlier state, whole`() async throws {
    let temporary = try TemporaryStore(onDisk: "torn")
    let path = try #require(temporary.path)
    let world = try await temporary.store.decide { try World(in: $0) }
    for number in 0..<20 {
      try await temporary.store.decide { tx in
        _ = try tx.append(
          world.event(.remarkAdded, at: number), text: "text", salt: [UInt8](repeating: 1, count: 16))
      }
    }
    let database = try Data(contentsOf: URL(filePath: path))
    let wal = try Data(contentsOf: URL(filePath: path + "-wal"))
    var random = SeededGenerator(seed: 1)
    for _ in 0..<20 {
      let directory = try TemporaryStore.directory("cut")
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let copy = directory + "/latchkey.db"
      try database.write(to: URL(filePath: copy))
      try wal.prefix(Int.random(in: wal.count / 2...wal.count, using: &random)).write(
        to: URL(filePath: copy + "-wal"))
      let store = try SQLiteStore(.file(path: copy), hash: .blake2b)
      let (events, texts) = try await store.read { snapshot in
        (
          try snapshot.events(at: world.location.id, after: 0, limit: 99).count,
          try snapshot.remarks(on: world.workOrder.id).count
        )
      }
      #expect(events == texts)
      try await store.close()
      #expect(try Verification.run(path: copy, hash: .blake2b) { _ in true } == [])
    }
  }

  @Test func `S5 what a crash has left in the WAL is moved into the database before anybody reads it`()
    async throws
  {
    let temporary = try TemporaryStore(onDisk: "left")
    let path = try #require(temporary.path)
    _ = try await temporary.store.decide { try $0.insert(Dealer(name: "kept")) }
    let directory = try TemporaryStore.directory("left-copy")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let copy = directory + "/latchkey.db"
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    func bytesInWAL() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: copy + "-wal")[.size] as? Int
    }
    #expect(try bytesInWAL() != 0)
    let store = try SQLiteStore(.file(path: copy), hash: .blake2b)
    #expect(try bytesInWAL() == 0)
    #expect(try await store.read { try $0.dealer(named: "kept") } != nil)
    try await store.close()
  }

  @Test func `S5 a disk that is full fails the decision, and nothing of it is believed`() async throws {
    let directory = try TemporaryStore.directory("full")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/latchkey.db"
    await #expect(processExitsWith: .success) { [path = path as String] in
      let store = try SQLiteStore(.file(path: path), hash: .blake2b)
      _ = try await store.decide { try $0.insert(Dealer(name: "before")) }
      signal(SIGXFSZ, SIG_IGN)
      let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? UInt64 ?? 0
      var limit = rlimit(rlim_cur: rlim_t(size), rlim_max: rlim_t.max)
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }
      do {
        _ = try await store.decide { try $0.insert(Dealer(name: "lost")) }
        exit(3)
      } catch StoreFailure.notCommitted {}
      guard try await store.read({ try $0.dealer(named: "lost") }) == nil else { exit(4) }
      limit.rlim_cur = rlim_t.max
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(5) }
      _ = try await store.decide { try $0.insert(Dealer(name: "after")) }
    }
    #expect(try await Self.dealers(at: path) == ["before", "after"])
  }
}
