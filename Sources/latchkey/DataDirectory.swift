import Core
import Foundation
import Services

/// What the server keeps: one directory, mode 0700; secrets in files of mode 0600, apart from the database (S1).
struct DataDirectory {
  let path: String

  var database: String { path + "/latchkey.db" }
  var socket: String { path + "/latchkey.sock" }
  /// The file of a secret: "pins", "codes", "outbox" or "signing".
  func key(_ name: String) -> String { path + "/\(name).key" }

  var standardSettingsFile: String? {
    let file = path + "/latchkey.json"
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }

  enum Problem: Error, CustomStringConvertible {
    case cannotCreate(String, String)
    case cannotRead(String, String)
    case secretOpenToOthers(String)
    case secretDamaged(String)
    case secretMissing(String)
    case restoreUnfinished(String)

    var description: String {
      switch self {
      case .cannotCreate(let path, let why): "Cannot create '\(path)': \(why)"
      case .cannotRead(let path, let why): "Cannot read '\(path)': \(why)"
      case .secretOpenToOthers(let path):
        "'\(path)' can be read by others; make it yours alone: chmod 600 '\(path)'"
      case .secretDamaged(let path):
        "'\(path)' is damaged: it must hold exactly 32 bytes; restore it from a backup."
      case .secretMissing(let path):
        "'\(path)' is missing although the database is there; restore it from the backup of the secrets: "
          + "without it no PIN and no device would be known again."
      case .restoreUnfinished(let path):
        "A restore did not end, '\(path)' is left of it; remove all that is in the data directory, and restore again."
      }
    }
  }

  /// Makes the directory, where it is missing.
  func prepare() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Problem.cannotCreate(path, "\(error.localizedDescription)")
    }
  }

  /// The server's keys; drawn at the very first start, read from then on.
  func secrets() throws -> ServerSecrets {
    guard !FileManager.default.fileExists(atPath: unfinishedRestore) else {
      throw Problem.restoreUnfinished(unfinishedRestore)
    }
    let isNew = !FileManager.default.fileExists(atPath: database)
    func read(_ name: String) throws -> SecretKey {
      let file = key(name)
      guard let key = SecretKey(bytes: try secret(file, mayDraw: isNew)) else {
        throw Problem.secretDamaged(file)
      }
      return key
    }
    let signing = key("signing")
    guard let signingKey = SigningKey(seed: try secret(signing, mayDraw: isNew)) else {
      throw Problem.secretDamaged(signing)
    }
    return ServerSecrets(
      pins: try read("pins"), codes: try read("codes"), outbox: try read("outbox"), signing: signingKey)
  }

  /// The public half of the signing key, for checking exported heads.
  func signingKey() throws -> PublicKey {
    let file = key("signing")
    guard let key = SigningKey(seed: try secret(file, mayDraw: false)) else {
      throw Problem.secretDamaged(file)
    }
    return key.publicKey
  }

  func secret(_ file: String, mayDraw: Bool) throws -> [UInt8] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw Problem.cannotRead(file, String(cString: strerror(errno))) }
      guard mayDraw else { throw Problem.secretMissing(file) }
      return try draw(file)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw Problem.cannotRead(file, String(cString: strerror(errno)))
    }
    guard status.st_mode & 0o077 == 0 else { throw Problem.secretOpenToOthers(file) }
    var bytes = [UInt8](repeating: 0, count: SecretKey.byteCount + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count == SecretKey.byteCount else { throw Problem.secretDamaged(file) }
    return Array(bytes.prefix(count))
  }

  /// Draws a secret and has it on disk before it is used.
  private func draw(_ file: String) throws -> [UInt8] {
    let bytes = SystemEntropy().bytes(SecretKey.byteCount)
    try write(bytes, to: file)
    return bytes
  }

  /// Writes a secret: a crash leaves a whole file or none.
  func write(_ bytes: [UInt8], to file: String) throws {
    let temporary = file + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Problem.cannotCreate(temporary, String(cString: strerror(errno))) }
    let isWritten = Foundation.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten, rename(temporary, file) == 0 else {
      throw Problem.cannotCreate(file, String(cString: strerror(errno)))
    }
    flush()
  }

  /// Has the names of the files on disk.
  func flush() {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }
}
