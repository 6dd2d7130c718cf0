public import Foundation
import Glibc
import Synchronization

/// A child process whose output is collected, and that does not outlive its owner.
public final class RunningProcess: Sendable {
  private let process: Process
  private let collected = Mutex("")
  private let pipe = Pipe()

  /// - Parameters:
  ///   - command: the executable's path and its arguments.
  ///   - environment: added to this process's own.
  ///   - transcript: a file that gets its output as it comes.
  public init(
    _ command: [String], input: String = "", environment: [String: String] = [:], transcript: URL? = nil
  ) throws {
    let file = try transcript.map(FileHandle.init(forWritingTo:))
    process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = pipe
    let stdin = Pipe()
    process.standardInput = stdin
    pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      if data.isEmpty {
        handle.readabilityHandler = nil
      } else {
        self?.collected.withLock { $0 += String(decoding: data, as: UTF8.self) }
        try? file?.write(contentsOf: data)
      }
    }
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
  }

  deinit { kill() }

  public var id: Int32 { process.processIdentifier }
  public var isRunning: Bool { process.isRunning }
  public var output: String { collected.withLock { $0 } }

  /// Bytes of its memory that are in RAM now; 0 when it has ended.
  public var residentBytes: Int {
    let counts = (try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8))?.split(separator: " ")
    guard let counts, counts.count > 1, let pages = Int(counts[1]) else { return 0 }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The first line that contains `text`; `nil` when the process ends, or hangs, without it.
  public func waitForLine(containing text: String) async -> String? {
    for _ in 0..<3000 {
      if let line = output.split(separator: "\n").first(where: { $0.contains(text) }) { return String(line) }
      if !process.isRunning { return nil }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  public func waitUntilExit() async -> Int32 {
    while process.isRunning { try? await Task.sleep(for: .milliseconds(10)) }
    // The rest of the output may still be on its way.
    for _ in 0..<100 where pipe.fileHandleForReading.readabilityHandler != nil {
      try? await Task.sleep(for: .milliseconds(5))
    }
    return process.terminationStatus
  }

  public func terminate() async -> Int32 {
    process.terminate()
    return await waitUntilExit()
  }

  public func kill() {
    if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
  }
}
