package import Foundation

/// Programs of others.
package enum Command {
  /// Runs a program to its end, without input; its status and what it said. No thread waits for it.
  package static func run(
    _ arguments: [String],
    in folder: URL? = nil,
    environment: [String: String] = [:]
  ) async -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: arguments[0])
    process.arguments = Array(arguments.dropFirst())
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    let status: Int32 = await withCheckedContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(returning: -1) }
    }
    // What these programs say fits a pipe's buffer: reading afterwards does not hold them up.
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    return (status, String(decoding: output, as: UTF8.self))
  }
}

extension Command {
  /// Lets the `openssl` command shake hands with a port of this machine, and leave.
  package static func openssl(port: Int, _ arguments: [String]) async -> (status: Int32, output: String) {
    await run(["/usr/bin/env", "openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + arguments)
  }
}
