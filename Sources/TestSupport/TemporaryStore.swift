import Core
import Foundation
public import Services
public import Storage

/// A store for one test: in memory, or in a directory of its own that goes with it.
public final class TemporaryStore: Sendable {
  public let store: SQLiteStore
  /// Of the database's file; `nil` in memory.
  public let path: String?

  /// In memory.
  public init(onCommit: @escaping @Sendable (Set<Topic>) -> Void = { _ in }) throws {
    path = nil
    store = try SQLiteStore(.inMemory, hash: .blake2b, onCommit: onCommit)
  }

  /// In a file `latchkey.db` of a new directory below the system's temporary one.
  public init(onDisk name: String, onCommit: @escaping @Sendable (Set<Topic>) -> Void = { _ in }) throws {
    let directory = try TemporaryStore.directory(name)
    let path = directory + "/latchkey.db"
    self.path = path
    store = try SQLiteStore(.file(path: path), hash: .blake2b, onCommit: onCommit)
  }

  deinit {
    guard let path else { return }
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  /// Makes a new, empty directory.
  public static func directory(_ name: String) throws -> String {
    let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(name)-\(UUID())")
      .path()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    return directory
  }
}

extension ChainHash {
  /// As the program chains events.
  public static let blake2b = ChainHash(hash: EventHash.chain, commit: EventHash.commitment)
}
