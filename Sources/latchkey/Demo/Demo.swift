import ArgumentParser
import Core
import Foundation
import Transport

/// The demonstration: separate programs, one key, and every step checked by what machines read.
enum Demo {
  struct Options: Sendable {
    /// Paths of programs; the last may be a name that is looked for in PATH.
    let controller: String
    let board: String
    let python: String
    let isKept: Bool
    let isSlow: Bool
    /// One that runs already; `nil`: the demonstration starts its own.
    let server: RunningServer?
  }

  /// A server of somebody else, whose operator one is.
  struct RunningServer: Sendable {
    let address: Address
    let data: DataDirectory
    /// Whom to trust; `nil`: it speaks plain text, on this machine.
    let certificate: String?
  }

  /// How long anything may take that happens at once: generous, for a busy machine.
  static let patience: Duration = .seconds(20)
  /// How often to look at what cannot tell of itself: files, processes.
  static let glance: Duration = .milliseconds(5)
  /// What shells report of a program that was interrupted.
  static let interruptedExitCode = ExitCode(130)

  /// Runs the demonstration, ends all its processes and removes its directory, however it goes.
  static func run(_ options: Options) async throws {
    try Crypto.start()
    // Whoever reads our output may go; the processes still have to be ended.
    signal(SIGPIPE, SIG_IGN)
    let folder = try Folder.make()
    let processes = Processes(folder: folder)
    let ending = await untilInterrupted { await play(options, folder, processes) }
    await processes.endAll()
    switch ending {
    case .completed:
      options.isKept ? print("  Kept: \(folder.path)\n") : folder.remove()
    case .failed:
      throw ExitCode.failure
    case .interrupted:
      folder.remove()
      print("\n  Interrupted: every process is ended, the directory removed.")
      throw interruptedExitCode
    }
  }

  /// The path of this very program: it is server and verifier, too.
  static func program() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  private enum Ending {
    case completed, failed, interrupted
  }

  private static func play(_ options: Options, _ folder: Folder, _ processes: Processes) async -> Ending {
    let report = Report(isSlow: options.isSlow)
    do {
      report.opening()
      let story = try await Stage(options: options, folder: folder, processes: processes, report: report)
        .raise()
      try await story.tell()
      return .completed
    } catch {
      if Task.isCancelled { return .interrupted }
      report.failure(error, states: await processes.states(), logs: folder.path)
      return .failed
    }
  }

  /// Runs `body` in a task that SIGINT, SIGTERM and SIGHUP cancel.
  private static func untilInterrupted(_ body: @escaping @Sendable () async -> Ending) async -> Ending {
    let task = Task { await body() }
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { task.cancel() }
      source.activate()
      return source
    }
    let ending = await task.value
    // They stay ignored: what follows is ending what was started.
    for source in sources { source.cancel() }
    return ending
  }
}
