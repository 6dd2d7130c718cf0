import Foundation
import TestSupport

/// Failing system calls in a process that runs under libfiu, switched on and off while it runs.
struct Faults: Sendable {
  /// A function of the C library that is made to fail with EIO.
  struct Point: Sendable {
    let name: String
    /// Of a hundred calls so many fail.
    let percent: Int
  }

  private static let libraries = "/usr/lib/fiu/fiu_run_preload.so /usr/lib/fiu/fiu_posix_preload.so"
  private static let control = "/usr/bin/fiu-ctrl"

  /// The beginning of the names of the pipes; the process's id follows.
  private let prefix: String

  init(in folder: URL) throws {
    guard FileManager.default.isExecutableFile(atPath: Self.control) else {
      throw ServerProcess.Failed(
        description: "libfiu is not there; install the package fiu-utils (make setup does)")
    }
    prefix = folder.appending(path: "fiu").path()
  }

  /// What makes a process obey.
  var environment: [String: String] {
    ["LD_PRELOAD": Self.libraries, "FIU_CTRL_FIFO": prefix, "FIU_ENABLE": ""]
  }

  func enable(_ point: Point, in process: Int32) async throws {
    let probability = Double(point.percent) / 100
    try await tell("enable_random name=\(point.name),probability=\(probability),failinfo=\(EIO)", process)
  }

  /// Lets the next call fail, and no other.
  func enableOnce(_ point: Point, in process: Int32) async throws {
    try await tell("enable name=\(point.name),onetime,failinfo=\(EIO)", process)
  }

  func disable(_ point: Point, in process: Int32) async throws {
    try await tell("disable name=\(point.name)", process)
  }

  private func tell(_ command: String, _ process: Int32) async throws {
    // A process that has just started does not listen yet.
    let listens = try await comesTrue { FileManager.default.fileExists(atPath: "\(prefix)-\(process).out") }
    guard listens else {
      throw ServerProcess.Failed(description: "process \(process) does not listen to libfiu")
    }
    let told = try RunningProcess([Self.control, "-f", prefix, "-c", command, "\(process)"])
    let code = await told.waitUntilExit()
    guard code == 0, told.output.isEmpty else {
      throw ServerProcess.Failed(description: "\(command): \(code) \(told.output)")
    }
  }
}
