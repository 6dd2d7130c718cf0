import ArgumentParser
import Core
import Foundation
import Storage

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the database, also while the server runs; or its keys, to keep apart.",
    discussion: """
      A backup is one file, of one moment, and on disk when its name is printed. PINs and hand-overs do not survive
      it, and no PIN is in it. A restore needs two keys besides, which never change: copy them once, and keep
      them where the backups are not.

        latchkey backup --keys-to /media/safe
        latchkey backup --to /var/backups/latchkey
      """)

  @OptionGroup var data: DataOptions
  @Option(
    help:
      "Folder for the backup, which is named after the moment, made where it is missing; or a new file, *.db."
  )
  var to: String?
  @Option(help: "Folder for the keys.")
  var keysTo: String?

  func validate() throws {
    guard to != nil || keysTo != nil else { throw ValidationError("Say --to, --keys-to, or both.") }
  }

  func run() async throws {
    let directory = data.directory
    try directory.requireDatabase()
    if let keysTo { for file in try directory.copyKeys(to: keysTo) { print(file) } }
    if let to { print(try directory.backUp(to: to)) }
  }
}

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Make a data directory from a backup, in a new epoch.",
    discussion: """
      Nothing that was under way goes on: PINs and hand-overs are dead, nobody is signed in, commands have an unknown
      outcome, and new ones have far higher numbers. Keys stay where they were last known to be; every empty
      compartment is out of service until somebody has looked into it.

        latchkey restore latchkey-20270301T080000Z.db --keys /media/safe --data /var/lib/latchkey
      """)

  @OptionGroup var data: DataOptions
  @Argument(help: "The backup.") var backup: String
  @Option(help: "Folder with the keys that `latchkey backup --keys-to` has copied.") var keys: String

  func run() async throws {
    guard FileManager.default.fileExists(atPath: backup) else {
      throw CommandFailure("There is no backup at '\(backup)'.")
    }
    try Crypto.start()
    let directory = data.directory
    let epoch = try await directory.restore(backup, keys: DataDirectory(path: keys))
    print(
      """
      Restored into '\(directory.path)': epoch \(epoch.number), verified.
      Before you let anybody in: revoke again what was revoked after the backup (devices, staff, API keys).
      Then start the server, restart the lock controllers, and look into every compartment: latchkey custody
      lists where keys should be.
      """)
  }
}

extension DataDirectory {
  func requireDatabase() throws {
    guard !isClosedToUs(database) else { throw CommandFailure.notAllowed(database) }
    guard FileManager.default.fileExists(atPath: database) else {
      throw CommandFailure("There is no database at '\(database)'.")
    }
  }

  /// Writes a backup to a file, or, named after the moment, into a folder. Returns its path.
  fileprivate func backUp(to place: String) throws -> String {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
    if isFolder.boolValue { return try backUp(into: place) }
    guard !isThere else { throw CommandFailure("'\(place)' is there already; nothing was overwritten.") }
    guard place.hasSuffix(".db") else {
      try DataDirectory(path: place).prepare()
      return try backUp(into: place)
    }
    try Backup.write(database, to: place)
    return place
  }
}
