import ArgumentParser
import Core
import Domain
import Foundation
import Storage

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the database: event chains, signed heads, and every invariant of custody.",
    discussion: "Reads only, also beside a running server. Exit code 1 when anything was found.")

  @OptionGroup var data: DataOptions

  func run() async throws {
    let directory = data.directory
    guard FileManager.default.fileExists(atPath: directory.database) else {
      throw CommandFailure("There is no database at '\(directory.database)'.")
    }
    try Crypto.start()
    let key = try directory.signingKey()
    let findings = try Verification.run(
      path: directory.database, hash: ChainHash(hash: EventHash.chain, commit: EventHash.commitment)
    ) { head in
      let message = try? key.verify(
        token: head.token, footer: Array(key.keyID.utf8), assertion: HeadClaims.assertion)
      return message.flatMap(HeadClaims.init(decoding:))
        == HeadClaims(location: head.location, number: head.number, hash: head.hash, signedAt: head.signedAt)
    }
    for finding in findings { print(finding) }
    guard findings.isEmpty else { throw ExitCode.failure }
    print("clean")
  }
}
