import ArgumentParser
import Core

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the database: event chains, signed heads, and every invariant of custody.",
    discussion: "Reads only, also beside a running server. Exit code 1 when anything was found.")

  @OptionGroup var data: DataOptions

  func run() async throws {
    let directory = data.directory
    try directory.requireDatabase()
    try Crypto.start()
    let findings = try directory.verify()
    for finding in findings { print(finding) }
    guard findings.isEmpty else { throw ExitCode.failure }
    print("clean")
  }
}
