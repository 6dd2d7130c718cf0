import ArgumentParser
import Foundation
import Transport

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Show a whole key hand-over between separate processes on this machine.",
    discussion: """
      Starts a server with TLS, a lock controller and a simulated lock board in a temporary directory, and walks
      one key from drop-off over hand-over and return to pick-up; then things go wrong on purpose. Every step is
      checked; the first that is not as it must be ends the demonstration with exit code 1.

        make demo

      builds what is needed and runs it. Nothing is left behind, unless a step failed or --keep is given.
      """)

  @Option(help: "The lock controller, latchkey-locker.") var controller: String
  @Option(help: "The simulated lock board, latchkey-board.") var board: String
  @Option(help: "A Python that has zxing-cpp: it reads the QR as a tablet's camera would.")
  var python = "python3"
  @Option(
    help: "HOST:PORT of a server that runs already, to walk there as a dealer of its own; needs --data.")
  var server: String?
  @Option(help: "That server's data directory, whose socket makes one its operator.")
  var data: String?
  @Option(help: "The certificate that it shows, a PEM file. (default: it speaks plain text, on this machine)")
  var ca: String?
  @Flag(help: "Keep the directory with data, logs and pictures.") var keep = false
  @Flag(help: "Pause after each step, for an audience.") var slow = false

  func validate() throws {
    for program in [controller, board] where !FileManager.default.isExecutableFile(atPath: program) {
      throw ValidationError("'\(program)' is no program; build both with: make -C clients/locker")
    }
    guard (server == nil) == (data == nil) else { throw ValidationError("--server and --data go together.") }
    if let server, Address(parsing: server) == nil { throw ValidationError("'\(server)' is no HOST:PORT.") }
  }

  private var runningServer: Demo.RunningServer? {
    guard let data, let address = server.flatMap(Address.init(parsing:)) else { return nil }
    return Demo.RunningServer(address: address, data: DataDirectory(path: data), certificate: ca)
  }

  func run() async throws {
    try await Demo.run(
      Demo.Options(
        controller: controller, board: board, python: python, isKept: keep, isSlow: slow,
        server: runningServer))
  }
}
