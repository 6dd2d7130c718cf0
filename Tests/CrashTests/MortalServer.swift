import Client
import Foundation
import Synchronization
import TestSupport
import Transport

/// A real `latchkey serve` that is killed at will, and started again on the same data and the same port.
final class MortalServer: Sendable {
  private struct State {
    /// 0 until it has listened for the first time.
    var port = 0
    var process: RunningProcess?
    /// What earlier lives have complained of.
    var errors: [String] = []
  }

  let data: URL
  private let environment: [String: String]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - data: the data directory; its parent exists.
  ///   - environment: added to this process's own.
  init(data: URL, environment: [String: String] = [:]) {
    self.data = data
    self.environment = environment
  }

  var socket: String { data.appending(path: "latchkey.sock").path() }
  var address: Address { .tcp(host: "127.0.0.1", port: state.withLock(\.port)) }
  /// What it has said since it was started last.
  var log: String { state.withLock(\.process)?.output ?? "" }
  /// The lines in which it has complained, in all its lives.
  var errors: [String] { state.withLock { $0.errors + Self.errors(in: $0.process) } }
  var isRunning: Bool { state.withLock(\.process)?.isRunning ?? false }
  var processID: Int32 { state.withLock(\.process)?.id ?? 0 }

  private static func errors(in process: RunningProcess?) -> [String] {
    (process?.output ?? "").split(separator: "\n").filter { $0.contains(" error ") }.map(String.init)
  }

  /// Starts it, and waits until it listens.
  func start() async throws {
    try spawn()
    try await untilListening()
  }

  /// Starts it, and does not wait.
  func spawn() throws {
    let port = state.withLock(\.port)
    let process = try RunningProcess(
      [
        ServerProcess.executable, "serve", "--data", data.path(), "--calls-per-second", "1000000", "--listen",
        "127.0.0.1:\(port)", "--http",
        "127.0.0.1:0",
      ],
      environment: environment, transcript: KeptRun.newLog())
    state.withLock { state in
      state.errors += Self.errors(in: state.process)
      state.process = process
    }
  }

  func untilListening() async throws {
    let line = await state.withLock(\.process)?.waitForLine(containing: "address=")
    guard let found = line?.firstMatch(of: /address=127\.0\.0\.1:(\d+)/), let port = Int(found.1) else {
      throw ServerProcess.Failed(description: "the server does not listen: \(log.suffix(2000))")
    }
    state.withLock { $0.port = port }
  }

  /// Ends it as a power cut would end it, but for what the kernel already has. Returns when it is gone.
  ///
  /// Throws when it had ended before.
  func kill() async throws {
    guard let process = state.withLock(\.process) else { return }
    guard process.isRunning else {
      throw ServerProcess.Failed(description: "the server ended by itself: \(process.output.suffix(2000))")
    }
    process.kill()
    _ = await process.waitUntilExit()
  }

  /// Ends it as an operator does. Returns the exit code.
  func terminate() async -> Int32 {
    guard let process = state.withLock(\.process) else { return 0 }
    return await process.terminate()
  }

  /// Ends it at once, if it runs.
  func end() { state.withLock(\.process)?.kill() }

  /// `latchkey verify`, beside it or after it.
  func verify() async throws -> (code: Int32, output: String) {
    try await ServerProcess.run(["verify", "--data", data.path()])
  }
}
