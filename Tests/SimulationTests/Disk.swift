import Core
import Domain
import Foundation
import Services
import Storage
import Synchronization
import TestSupport

/// Where commits are told: the server process that lives.
final class Route: Sendable {
  private let signals = Mutex<Signals?>(nil)

  func lead(to signals: Signals) { self.signals.withLock { $0 = signals } }

  func changed(_ topics: Set<Topic>) { signals.withLock { $0 }?.changed(topics) }
}

/// The server's disk: what is left of the database when its power goes.
///
/// In memory the database is what was committed, since decisions are whole. On a file it is read anew from a
/// copy of database and WAL, taken when the power goes.
final class Disk {
  let route = Route()
  private(set) var store: SQLiteStore
  private let plan: Plan
  private var directory: String?
  private var generation = 0
  /// For the planted bug: the files before the last commit, and after it.
  private var lagging: [String] = []

  init(_ plan: Plan) throws {
    self.plan = plan
    guard plan.isOnDisk || plan.sabotage == .replyBeforeCommit else {
      store = try SQLiteStore(.inMemory, hash: .blake2b) { [route] in route.changed($0) }
      return
    }
    let directory = try TemporaryStore.directory("simulation")
    self.directory = directory
    store = try SQLiteStore(.file(path: directory + "/0.db"), hash: .blake2b) { [route] in route.changed($0) }
  }

  deinit {
    if let directory { try? FileManager.default.removeItem(atPath: directory) }
  }

  /// Called after each commit.
  func committed() {
    guard plan.sabotage == .replyBeforeCommit, let copy = copyFiles() else { return }
    lagging.append(copy)
    if lagging.count > 2 { remove(lagging.removeFirst()) }
  }

  /// What was not on disk is gone.
  func losePower() {
    guard directory != nil else { return }
    let kept = plan.sabotage == .replyBeforeCommit ? lagging.first : copyFiles()
    guard let kept else { return }
    lagging = []
    do {
      store = try SQLiteStore(.file(path: kept), hash: .blake2b) { [route] in route.changed($0) }
    } catch {
      preconditionFailure("the copied database cannot be opened: \(error)")
    }
  }

  /// Copies database and WAL. Returns the new database's path.
  private func copyFiles() -> String? {
    guard let directory else { return nil }
    let from = store.path
    generation += 1
    let copy = "\(directory)/\(generation).db"
    do {
      try FileManager.default.copyItem(atPath: from, toPath: copy)
      if FileManager.default.fileExists(atPath: from + "-wal") {
        try FileManager.default.copyItem(atPath: from + "-wal", toPath: copy + "-wal")
      }
    } catch {
      preconditionFailure("the database cannot be copied: \(error)")
    }
    return copy
  }

  private func remove(_ path: String) {
    for name in [path, path + "-wal", path + "-shm"] { try? FileManager.default.removeItem(atPath: name) }
  }

  /// `latchkey verify` on what is stored.
  func verify(_ secrets: ServerSecrets, _ watchdog: Watchdog) throws {
    let folder = try TemporaryStore.directory("verified")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/copy.db"
    try store.writeCopy(to: path)
    let findings = try Verification.run(path: path, hash: .blake2b) { head in
      let key = secrets.signing.publicKey
      let message = try? key.verify(
        token: head.token, footer: Array(key.keyID.utf8), assertion: HeadClaims.assertion)
      let claims = HeadClaims(
        location: head.location, number: head.number, hash: head.hash, signedAt: head.signedAt)
      return message == claims.encoded
    }
    // A planted bug may have taken the schema's own guards away.
    for finding in findings where plan.sabotage == nil || finding.check != .schema {
      watchdog.bark("verify: \(finding)")
    }
  }
}
