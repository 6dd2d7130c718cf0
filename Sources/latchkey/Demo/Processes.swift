import Foundation

extension Demo {
  /// Every process of one demonstration, so that none is left running.
  actor Processes {
    /// How long a process may take to end after SIGTERM; then it is killed. Longer than the server drains.
    static let endingTime: Duration = .seconds(15)

    /// How a process came to its end.
    struct Ending: Sendable {
      let name: String
      let status: ChildProcess.Status
      /// SIGTERM was not enough.
      let wasKilled: Bool
    }

    private let folder: Folder
    private var running: [ChildProcess] = []
    private var ended: [pid_t: ChildProcess.Status] = [:]
    /// Those that are to run until they are ended.
    private var services: [ChildProcess] = []

    init(folder: Folder) {
      self.folder = folder
    }

    /// Starts a program that runs until it is ended. What it says goes to its log.
    func start(_ name: String, _ program: String, _ arguments: [String]) throws -> ChildProcess {
      let log = folder.log(name)
      let child = try ChildProcess(name, program, arguments, output: log, errors: log)
      running.append(child)
      services.append(child)
      return child
    }

    /// Runs a program to its end, which has to be good. Returns what it wrote to standard output.
    func run(_ name: String, _ program: String, _ arguments: [String]) async throws -> String {
      let (output, errors) = (folder.output(name), folder.log(name))
      let child = try ChildProcess(name, program, arguments, output: output, errors: errors)
      running.append(child)
      let status = try await end(of: child)
      let text = Folder.text(of: output)
      unlink(output)
      guard status == .exited(0) else {
        let said = (text + Folder.text(of: errors)).split(separator: "\n").last ?? "it said nothing"
        throw Unexpected("'\(name)' to succeed", came: "\(status): \(said)")
      }
      return text
    }

    /// How a process ended; `nil` while it runs.
    func status(of child: ChildProcess) -> ChildProcess.Status? {
      if let known = ended[child.id] { return known }
      guard let status = child.reap() else { return nil }
      ended[child.id] = status
      running.removeAll { $0.id == child.id }
      return status
    }

    private func end(of child: ChildProcess) async throws -> ChildProcess.Status {
      let deadline = ContinuousClock.now + patience
      while true {
        if let status = status(of: child) { return status }
        guard ContinuousClock.now < deadline else {
          throw Unexpected("'\(child.name)' to end within \(patience)", came: "it still runs")
        }
        try await Task.sleep(for: glance)
      }
    }

    /// What a person wants to know of each program when something went wrong.
    func states() -> [String] {
      services.map { child in
        let state = status(of: child).map { "ended: \($0)" } ?? "runs, pid \(child.id)"
        return "\(child.name) \(state)"
      }
    }

    /// Asks one process after another to end, the last one started first, and waits for each.
    @discardableResult
    func endAll() async -> [Ending] {
      var endings: [Ending] = []
      while let child = running.last { endings.append(await end(child)) }
      return endings
    }

    private func end(_ child: ChildProcess) async -> Ending {
      kill(child.id, SIGTERM)
      let deadline = ContinuousClock.now + Self.endingTime
      var wasKilled = false
      while true {
        if let status = status(of: child) {
          return Ending(name: child.name, status: status, wasKilled: wasKilled)
        }
        if !wasKilled && ContinuousClock.now >= deadline {
          // Its whole group: it may have started others.
          kill(-child.id, SIGKILL)
          wasKilled = true
        }
        // Also when cancelled: nobody is left behind.
        try? await Task.sleep(for: glance)
      }
    }
  }
}
