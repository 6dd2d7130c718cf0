import Core
import Domain
import Foundation
import Services
import Storage

/// Backups (S8): the database is in them; its keys are kept apart.
extension DataDirectory {
  /// The keys that a restored server needs again: what programs and chain heads are known by. The other two, of PINs and
  /// of messages, are in no copy: both end with the epoch that they belong to, and the next draws its own.
  static let lastingKeys = ["codes", "signing"]
  static let keysOfAnEpoch = ["pins", "outbox"]

  /// Where a restore works until everything is there.
  var unfinishedRestore: String { path + "/restoring" }

  /// Writes a backup that is named after the moment into a folder. Returns its path.
  func backUp(into folder: String, at now: Date = .now) throws -> String {
    let style = Date.ISO8601FormatStyle(
      dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted, timeZone: .gmt)
    // What an interrupted backup has left may hold messages still.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasPrefix("latchkey-") && name.hasSuffix(".db" + Backup.unfinished) {
      unlink((folder as NSString).appendingPathComponent(name))
    }
    let file = (folder as NSString).appendingPathComponent("latchkey-\(now.formatted(style)).db")
    try Backup.write(database, to: file)
    return file
  }

  /// Copies the lasting keys into a folder, which is made where it is missing. Returns the files.
  func copyKeys(to folder: String) throws -> [String] {
    let other = DataDirectory(path: folder)
    try other.prepare()
    return try Self.lastingKeys.map { name in
      let bytes = try secret(key(name), mayDraw: false)
      if FileManager.default.fileExists(atPath: other.key(name)) {
        guard try other.secret(other.key(name), mayDraw: false) == bytes else {
          throw CommandFailure("'\(other.key(name))' is the key of another server; nothing was overwritten.")
        }
      } else {
        try other.write(bytes, to: other.key(name))
      }
      return other.key(name)
    }
  }

  /// Makes this empty directory the one of a server that goes on from a backup, in a new epoch. Nobody is served from
  /// it before all of it is on disk.
  func restore(_ backup: String, keys: DataDirectory) async throws -> Epoch {
    try prepare()
    let used = try FileManager.default.contentsOfDirectory(atPath: path).filter {
      $0.hasSuffix(".key") || $0.hasPrefix("latchkey.db") || path + "/" + $0 == unfinishedRestore
    }
    guard used.isEmpty else {
      throw CommandFailure(
        "'\(path)' is in use: \(used.sorted().joined(separator: ", ")). Name a directory without a database.")
    }
    let work = DataDirectory(path: unfinishedRestore)
    do {
      try work.prepare()
      for name in Self.lastingKeys {
        try work.write(try keys.secret(keys.key(name), mayDraw: false), to: work.key(name))
      }
      let secrets = try work.secrets()
      try Backup.copy(backup, to: work.database)
      let epoch = try await work.startEpoch(secrets)
      let findings = try work.verify()
      guard findings.isEmpty else {
        throw CommandFailure(
          "'\(backup)' is not sound; nothing was restored:\n"
            + findings.map(\.description).joined(separator: "\n"))
      }
      try work.move(to: self)
      return epoch
    } catch {
      try? FileManager.default.removeItem(atPath: work.path)
      throw error
    }
  }

  private func startEpoch(_ secrets: ServerSecrets) async throws -> Epoch {
    let store = try SQLiteStore(.file(path: database), hash: .standard)
    do {
      let epoch = try await App.environment(store, secrets, Signals()).startEpoch(.restored)
      try await store.close()
      return epoch
    } catch {
      try? await store.close()
      throw error
    }
  }

  /// The database last: without it there is no server here.
  private func move(to other: DataDirectory) throws {
    for name in Self.lastingKeys + Self.keysOfAnEpoch { try rename(key(name), to: other.key(name)) }
    try rename(database, to: other.database)
    other.flush()
    try FileManager.default.removeItem(atPath: path)
  }

  private func rename(_ file: String, to other: String) throws {
    guard Foundation.rename(file, other) == 0 else {
      throw Problem.cannotCreate(other, String(cString: strerror(errno)))
    }
  }

  /// Chains, heads and invariants. Reads only.
  func verify() throws -> [Verification.Finding] {
    let key = try signingKey()
    return try Verification.run(path: database, hash: .standard) { head in
      let message = try? key.verify(
        token: head.token, footer: Array(key.keyID.utf8), assertion: HeadClaims.assertion)
      return message.flatMap(HeadClaims.init(decoding:))
        == HeadClaims(location: head.location, number: head.number, hash: head.hash, signedAt: head.signedAt)
    }
  }
}

extension ChainHash {
  /// How events are chained.
  static let standard = ChainHash(hash: EventHash.chain, commit: EventHash.commitment)
}
