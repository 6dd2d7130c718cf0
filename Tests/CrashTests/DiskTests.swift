import Foundation
import RPC
import TestSupport
import Testing

@Suite(.serialized) struct DiskTests {
  private static let megabytes = 24
  /// Writes that have to be refused before there is room again; and that have to succeed after it.
  private static let enough = 40

  /// Lends a body a folder and a small disk, and leaves neither.
  private static func withDisk(_ body: (URL, SmallDisk) async throws -> Void) async throws {
    try await Town.withFolder { folder in
      let disk = try await SmallDisk(in: folder, megabytes: megabytes)
      do {
        try await body(folder, disk)
      } catch {
        try await disk.unmount()
        throw error
      }
      try await disk.unmount()
    }
  }

  /// The same with a town whose server has its data on the disk.
  private static func withTown(
    lockers: Int, _ body: (Town, SmallDisk) async throws -> Void
  ) async throws {
    try await withDisk { folder, disk in
      let data = disk.folder.appending(path: "data")
      try await Town(locations: 1, lockersEach: lockers, in: folder, data: data).run { town in
        try await body(town, disk)
        let figures = try await town.close()
        print(
          "full disk: acknowledged \(figures.acknowledged), refused \(town.ledger.failures), commands "
            + "\(figures.commands), pulses \(figures.pulses)")
      }
    }
  }

  @Test func `S5 on a full disk calls fail with a reason, reads go on, and with room again writes do, too`()
    async throws
  {
    try await Self.withTown(lockers: 2) { town, disk in
      let process = town.server.processID
      try await town.live {
        let workOrder = try await town.offices[0].book().workOrderID
        try await Self.fillUp(disk, town)
        #expect(try await !town.desk.timeline(of: workOrder).isEmpty)
        #expect(try await town.desk.workOrder(workOrder).workOrderID == workOrder)
        let written = town.ledger.entries.count
        try disk.makeRoom()
        let isWritten = try await comesTrue { town.ledger.entries.count >= written + Self.enough }
        #expect(isWritten, "with room again nothing is written: \(town.server.log.suffix(1000))")
      }
      #expect(town.server.processID == process && town.server.isRunning)
    }
  }

  @Test
  func `S5 a server that is killed on a full disk starts when there is room, with all that it acknowledged`()
    async throws
  {
    try await Self.withTown(lockers: 1) { town, disk in
      try await town.live {
        try await Self.fillUp(disk, town)
        try await town.server.kill()
        try disk.fill()
        do {
          // It may make room for itself, by moving its log into the database.
          try await town.server.start()
          try disk.makeRoom()
        } catch let failure as ServerProcess.Failed {
          #expect(Self.saysFull(failure.description), "\(failure)")
          try disk.makeRoom()
          try await town.server.start()
        }
      }
    }
  }

  @Test func `a server does not start for the first time on a full disk, and says why`() async throws {
    try await Self.withDisk { _, disk in
      try disk.fill()
      let data = disk.folder.appending(path: "data").path()
      let (code, output) = try await ServerProcess.run([
        "serve", "--data", data, "--calls-per-second", "1000000", "--listen", "127.0.0.1:0", "--http",
        "127.0.0.1:0",
      ])
      #expect(code == 1 && Self.saysFull(output), "\(code): \(output)")
      try disk.makeRoom()
      let server = MortalServer(data: URL(filePath: data))
      defer { server.end() }
      try await server.start()
      #expect(await server.terminate() == 0)
    }
  }

  /// Takes all room while people come and go, until writes are refused.
  private static func fillUp(_ disk: SmallDisk, _ town: Town) async throws {
    try await Task.sleep(for: .seconds(1))
    let isRefused = try await comesTrue {
      try disk.fill()
      return town.ledger.failures["STORAGE_FAILED", default: 0] >= enough
    }
    #expect(isRefused, "no write was refused: \(town.ledger.failures)")
  }

  private static func saysFull(_ text: String) -> Bool {
    text.contains("No space left on device") || text.contains("enough space") || text.contains("disk is full")
  }
}
