import Foundation
import Synchronization
import TestSupport

@testable import latchkey

/// A simulated board, whose own log is the truth about doors, and the real controller that drives it. The board
/// lives as long as the test; the controller is killed at will and started again on the same journal.
final class LockerMachine: Sendable {
  private static let programs = ServerProcess.root.appending(path: ".build-c/locker")
  private static let boardProgram = programs.appending(path: "latchkey-board").path()
  private static let controllerProgram = programs.appending(path: "latchkey-locker").path()
  /// The controller's longest wait before it tries a server again.
  private static let longestRetryMilliseconds = 300

  let folder: URL
  let board: Demo.BoardControl
  private let server: MortalServer
  private let boardProcess: RunningProcess
  private let environment: [String: String]
  private let controller = Mutex<RunningProcess?>(nil)

  /// - Parameter environment: of the controller.
  init(in folder: URL, _ server: MortalServer, environment: [String: String] = [:]) async throws {
    for program in [Self.boardProgram, Self.controllerProgram] {
      guard FileManager.default.isExecutableFile(atPath: program) else {
        throw ServerProcess.Failed(description: "'\(program)' is not built; run make locker")
      }
    }
    self.folder = folder
    self.server = server
    self.environment = environment
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    board = Demo.BoardControl(path: folder.appending(path: "control").path())
    boardProcess = try RunningProcess([
      Self.boardProgram, "--link", folder.appending(path: "tty").path(), "--control", board.path,
      "--log", folder.appending(path: "openings").path(),
    ])
    guard await boardProcess.waitForLine(containing: "/dev/pts") != nil else {
      throw ServerProcess.Failed(description: "the board does not start: \(boardProcess.output)")
    }
    for _ in 0..<500 where (try? await board.say("state")) == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private var state: String { folder.appending(path: "state").path() }
  private var serverAddress: String { "\(server.address)" }

  func enroll(code: String) async throws {
    let process = try RunningProcess(
      [Self.controllerProgram, "enroll", "--server", serverAddress, "--state", state, "--code", code])
    guard await process.waitUntilExit() == 0 else {
      throw ServerProcess.Failed(description: "the controller does not enrol: \(process.output)")
    }
  }

  func startController() throws {
    let process = try RunningProcess(
      [
        Self.controllerProgram, "run", "--server", serverAddress, "--state", state,
        "--port", folder.appending(path: "tty").path(),
        "--longest-retry", "\(Self.longestRetryMilliseconds)",
      ], environment: environment)
    controller.withLock { $0 = process }
  }

  /// Throws when it had ended by itself.
  func killController() async throws {
    guard let process = controller.withLock({ $0 }) else { return }
    guard process.isRunning else {
      throw ServerProcess.Failed(description: "a controller ended by itself: \(log)")
    }
    process.kill()
    _ = await process.waitUntilExit()
  }

  /// A file in which something is written just then.
  enum Trace: String, Sendable {
    /// The board's record: a door has sprung open.
    case openings
    /// The controller's journal: it is about to do something, or has just done it.
    case journal = "state/journal"
  }

  /// Kills the controller so long after a file has grown, or without that when its time is over. Throws as above.
  func killController(after trace: Trace, microseconds: UInt32) async throws {
    let path = folder.appending(path: trace.rawValue).path()
    await withCheckedContinuation { continuation in
      // Looks as often as the system lets it sleep: not for the tasks' own threads.
      Thread.detachNewThread { [self] in
        let before = Self.bytes(of: path)
        for _ in 0..<Self.mostGlances where Self.bytes(of: path) == before { usleep(Self.glanceMicroseconds) }
        usleep(microseconds)
        controller.withLock { $0 }?.kill()
        continuation.resume()
      }
    }
    guard let process = controller.withLock({ $0 }) else { return }
    let code = await process.waitUntilExit()
    guard code == SIGKILL else {
      throw ServerProcess.Failed(description: "a controller ended by itself, \(code): \(log)")
    }
  }

  private static let glanceMicroseconds: UInt32 = 20
  /// Two to three seconds.
  private static let mostGlances = 30_000

  private static func bytes(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  func stopController() async -> Int32 {
    guard let process = controller.withLock({ $0 }) else { return 0 }
    return await process.terminate()
  }

  /// Ends controller and board at once, where they run.
  func end() {
    controller.withLock { $0 }?.kill()
    boardProcess.kill()
  }

  var controllerIsRunning: Bool { controller.withLock { $0 }?.isRunning ?? false }
  var controllerID: Int32 { controller.withLock { $0 }?.id ?? 0 }
  /// What the controller has said since it was started last.
  var log: String { controller.withLock { $0 }?.output ?? "" }

  // MARK: What the board says

  struct Opening: Sendable {
    let time: Date
    let door: Int32
    let isForced: Bool
  }

  /// The board's own record, oldest first.
  func openings() throws -> [Opening] {
    let path = folder.appending(path: "openings")
    guard FileManager.default.fileExists(atPath: path.path()) else { return [] }
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      guard words.count == 4, let door = Int32(words[2]) else {
        throw ServerProcess.Failed(description: "the board's log says '\(line)'")
      }
      return Opening(time: try format.parse(String(words[0])), door: door, isForced: words[3] == "forced")
    }
  }

  /// One door, as the board has it.
  struct Door: Sendable {
    let isOpen: Bool
    let hasKey: Bool
    /// How often its coil was energised, and how often it sprang open.
    let pulses: Int
    let openings: Int
  }

  /// All doors, by number.
  func doors() async throws -> [Int32: Door] {
    var doors: [Int32: Door] = [:]
    for text in try await board.say("state").split(separator: " ") {
      guard let found = text.firstMatch(of: /(\d+)=(open|closed),(key|empty),pulses:(\d+),openings:(\d+)/),
        let number = Int32(found.1)
      else { throw ServerProcess.Failed(description: "the board says '\(text)'") }
      doors[number] = Door(
        isOpen: found.2 == "open", hasKey: found.3 == "key", pulses: Int(found.4) ?? 0,
        openings: Int(found.5) ?? 0)
    }
    return doors
  }
}
