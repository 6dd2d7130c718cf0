import Foundation
import TestSupport

/// A small file system of its own, in a file, mounted for one test. Wants root, or sudo without a password.
final class SmallDisk: Sendable {
  private static let block = [UInt8](repeating: 0x5A, count: 64 << 10)

  let folder: URL
  private let image: URL
  private var filler: URL { folder.appending(path: "filler") }

  /// - Parameter folder: an existing one, in which image and mount point are made.
  init(in folder: URL, megabytes: Int) async throws {
    self.folder = folder.appending(path: "disk")
    image = folder.appending(path: "disk.img")
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    guard truncate(megabytes << 20) else {
      throw ServerProcess.Failed(description: "no room for '\(image.path())'")
    }
    // Blocks of 4 KiB, as larger disks have: with smaller ones a page that SQLite maps may be without room, though it has
    // written the page's last byte to make sure of it.
    try await Self.run(["mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", image.path()])
    do {
      try await Self.run(["mount", "-o", "loop", image.path(), self.folder.path()], asRoot: true)
    } catch {
      throw ServerProcess.Failed(
        description: "A small file system has to be mounted for this test: run it as root, or let sudo work "
          + "without a password, where loop devices may be mounted. \(error)")
    }
    try await Self.run(["chown", "\(getuid())", self.folder.path()], asRoot: true)
  }

  /// To be called whatever happens: nothing is left mounted.
  func unmount() async throws {
    try await Self.run(["umount", "--lazy", folder.path()], asRoot: true)
  }

  /// Takes all room that is left.
  func fill() throws {
    let file = open(filler.path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw ServerProcess.Failed(description: "no filler: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    // Down to the last byte: what is freed meanwhile is taken, too.
    var size = Self.block.count
    while size > 0 {
      if write(file, Self.block, size) != size { size /= 2 }
    }
  }

  func makeRoom() throws { try FileManager.default.removeItem(at: filler) }

  private func truncate(_ bytes: Int) -> Bool {
    FileManager.default.createFile(atPath: image.path(), contents: nil)
      && Foundation.truncate(image.path(), off_t(bytes)) == 0
  }

  private static func run(_ command: [String], asRoot: Bool = false) async throws {
    let sudo = asRoot && geteuid() != 0 ? ["sudo", "--non-interactive"] : []
    let process = try RunningProcess(
      ["/usr/bin/env"] + sudo + command,
      environment: ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"])
    let code = await process.waitUntilExit()
    guard code == 0 else {
      throw ServerProcess.Failed(description: "\(command.joined(separator: " ")): \(process.output)")
    }
  }
}
