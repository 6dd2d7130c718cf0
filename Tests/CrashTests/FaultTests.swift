import Foundation
import RPC
import Testing

@Suite(.serialized) struct FaultTests {
  /// What SQLite calls for the database and its log. Each fails for a while, under load.
  static let serverPoints = [
    Faults.Point(name: "posix/io/sync/fdatasync", percent: 20),
    Faults.Point(name: "posix/io/sync/fsync", percent: 50),
    Faults.Point(name: "posix/io/rw/pwrite", percent: 5),
    Faults.Point(name: "posix/io/rw/pread", percent: 5),
    Faults.Point(name: "posix/io/rw/ftruncate", percent: 50),
    Faults.Point(name: "posix/io/oc/open", percent: 50),
  ]
  /// How each record of a journal comes to disk.
  static let journalPoint = "posix/io/sync/fdatasync"
  static let controllerPoints = [
    Faults.Point(name: journalPoint, percent: 10),
    Faults.Point(name: "posix/io/sync/fsync", percent: 50),
    Faults.Point(name: "posix/io/rw/write", percent: 5),
  ]
  private static let faultyTime: Duration = .milliseconds(1000)
  /// Writes that have to succeed once nothing fails any more.
  private static let enough = 20
  private static let controllerFaults = 12

  @Test func `S5 failing reads, writes and flushes of the server are told to callers, and lose nothing`()
    async throws
  {
    try await Town.withFolder { folder in
      let faults = try Faults(in: folder)
      try await Town(locations: 1, lockersEach: 2, in: folder, serverEnvironment: faults.environment)
        .run { town in
          try await town.live {
            for point in Self.serverPoints {
              for endsInCrash in [false, true] {
                try await Self.spoil(town, point, faults, endsInCrash: endsInCrash)
              }
            }
          }
          let refused = town.ledger.failures
          #expect(refused["STORAGE_FAILED", default: 0] > 0)
          let figures = try await town.close()
          print(
            "server's disk fails: acknowledged \(figures.acknowledged), refused \(refused), repeated "
              + "\(figures.repeats), commands \(figures.commands), pulses \(figures.pulses)")
        }
    }
  }

  private static func spoil(
    _ town: Town, _ point: Faults.Point, _ faults: Faults, endsInCrash: Bool
  ) async throws {
    let server = town.server.processID
    try await faults.enable(point, in: server)
    try await Task.sleep(for: faultyTime)
    if endsInCrash {
      // A flush that failed is forgotten by the system; what is read back from its cache is not on disk.
      try await town.server.kill()
      try await town.server.start()
    } else {
      try await faults.disable(point, in: server)
    }
    let written = town.ledger.entries.count
    let isWritten = try await comesTrue { town.ledger.entries.count >= written + enough }
    #expect(isWritten, "after \(point.name) nothing is written: \(town.server.log.suffix(1000))")
  }

  @Test func `S5, L2 a controller whose journal cannot be written ends, and opens nothing that is not in it`()
    async throws
  {
    try await Town.withFolder { folder in
      let faults = try Faults(in: folder)
      try await Town(locations: 1, lockersEach: 3, in: folder, controllerEnvironment: faults.environment)
        .run { town in
          try await town.live {
            for number in 0..<Self.controllerFaults {
              let point = Self.controllerPoints[number % Self.controllerPoints.count]
              try await Self.spoil(town.cabinets[number % town.cabinets.count].machine, point, faults)
            }
          }
          let figures = try await town.close()
          print(
            "controllers' disks fail: \(Self.controllerFaults) times, acknowledged \(figures.acknowledged), "
              + "commands \(figures.commands), pulses \(figures.pulses)")
        }
    }
  }

  private static func spoil(_ machine: LockerMachine, _ point: Faults.Point, _ faults: Faults) async throws {
    try await faults.enable(point, in: machine.controllerID)
    if point.name == journalPoint {
      let hasEnded = try await comesTrue { !machine.controllerIsRunning }
      let hasSaid = machine.log.contains("nothing may be done that is not recorded")
      #expect(hasEnded && hasSaid, "\(machine.log.suffix(1000))")
    } else {
      try await Task.sleep(for: faultyTime)
      // It may have ended by itself.
      try? await machine.killController()
    }
    try machine.startController()
  }
}
