import Foundation

extension Demo {
  /// A program that was started, in a process group of its own: an interrupt at the terminal is for the
  /// demonstration, which then ends its programs itself.
  struct ChildProcess: Sendable {
    let name: String
    let id: pid_t

    /// How a program ended.
    enum Status: Equatable, CustomStringConvertible {
      case exited(Int32)
      case signalled(Int32)

      var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number) (\(String(cString: strsignal(number))))"
        }
      }
    }

    /// - Parameters:
    ///   - program: a path, or a name that is looked for in PATH.
    ///   - output: the file that standard output is appended to.
    ///   - errors: the same for standard error.
    init(_ name: String, _ program: String, _ arguments: [String], output: String, errors: String) throws {
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      let appending = O_WRONLY | O_CREAT | O_APPEND
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, appending, 0o600)
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, appending, 0o600)
      for file in Self.openFiles() where file > STDERR_FILENO {
        posix_spawn_file_actions_addclose(&actions, file)
      }
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      var every = sigset_t()
      sigfillset(&every)
      posix_spawnattr_setsigdefault(&attributes, &every)
      // The threads of tasks block signals; a program begins with none blocked.
      var none = sigset_t()
      sigemptyset(&none)
      posix_spawnattr_setsigmask(&attributes, &none)
      posix_spawnattr_setpgroup(&attributes, 0)
      posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

      var id: pid_t = 0
      let problem = Self.withStrings([program] + arguments) { arguments in
        Self.withStrings(Self.environment) { environment in
          posix_spawnp(&id, program, &actions, &attributes, arguments, environment)
        }
      }
      guard problem == 0 else {
        throw Unexpected("'\(program)' to start", came: String(cString: strerror(problem)))
      }
      self.name = name
      self.id = id
    }

    /// How it ended; `nil` while it runs. Answers once: the system forgets a process with it.
    func reap() -> Status? {
      var status: Int32 = 0
      guard waitpid(id, &status, WNOHANG) == id else { return nil }
      // What WIFEXITED and its relatives read out of a status.
      let number = status & 0x7F
      return number == 0 ? .exited((status >> 8) & 0xFF) : .signalled(number)
    }

    /// Ours, without the settings of a server that its user may run.
    private static var environment: [String] {
      ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LATCHKEY_") }.map {
        "\($0.key)=\($0.value)"
      }
    }

    /// Our connections are not for the programs; one that has been closed meanwhile does no harm.
    private static func openFiles() -> [Int32] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
      return names.compactMap(Int32.init)
    }

    private static func withStrings<Result>(
      _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
      let copies = strings.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      return body(copies + [nil])
    }
  }
}
