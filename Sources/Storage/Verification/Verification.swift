import Domain
import GRDB
public import Services

/// Checks a database from outside: SQLite's own checks, the event chains with their texts and signed heads,
/// every invariant of S6 as a query, and where each key is against what the log says of it.
///
/// Runs on a connection that only reads, on one consistent state, whether or not the server is running. It
/// repeats what the schema holds, so that a database that was altered by other means does not pass.
public struct Verification {
  /// More are not looked for: a database with so many needs its backup, not a longer list.
  public static let maximumFindings = 1000

  /// Something that does not hold.
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Check: String, Sendable, CaseIterable {
      /// SQLite's `integrity_check`.
      case integrity
      /// Tables, indexes, triggers and CHECKs.
      case schema
      case foreignKeys = "foreign keys"
      case chain
      case text
      case signedHead = "signed head"
      /// S6.
      case invariant
      /// Keys against events.
      case custody
    }

    public let check: Check
    /// What it is about, e.g. `location 3, event 17`.
    public let place: String
    public let problem: String

    public var description: String { "\(check.rawValue): \(place): \(problem)" }
  }

  let db: Database
  let chain: ChainHash
  private(set) var findings: [Finding] = []

  /// Checks the database in a file. Returns what does not hold, nothing when all does.
  ///
  /// - Parameters:
  ///   - isGenuine: whether a signed head's token is this server's signature over its location, number
  ///     and hash.
  ///   - exported: heads that were exported and kept elsewhere: only these tell that the newest events have
  ///     been cut off together with the heads that are stored here.
  public static func run(
    path: String, hash: ChainHash, exported: [SignedHead] = [], isGenuine: (SignedHead) -> Bool
  ) throws -> [Finding] {
    do {
      var configuration = SQLiteStore.configuration
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      return try queue.read { db in
        try SQLiteStore.checkVersion(db, path: path)
        var verification = Verification(db, chain: hash)
        try verification.check(exported: exported, isGenuine: isGenuine)
        return verification.findings
      }
    } catch let error as DatabaseError {
      throw StoreFailure(error)
    }
  }

  init(_ db: Database, chain: ChainHash) {
    self.db = db
    self.chain = chain
  }

  private mutating func check(exported: [SignedHead], isGenuine: (SignedHead) -> Bool) throws {
    try checkIntegrity()
    // Rows of a damaged file cannot be believed.
    guard findings.isEmpty else { return }
    try checkSchema()
    try checkForeignKeys()
    try checkChains()
    try checkTexts()
    try checkHeads(exported: exported, isGenuine: isGenuine)
    try checkInvariants()
    try checkCustody()
  }

  mutating func report(_ check: Finding.Check, at place: String, _ problem: String) {
    guard findings.count < Self.maximumFindings else { return }
    findings.append(Finding(check: check, place: place, problem: problem))
  }

  private mutating func checkIntegrity() throws {
    let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(Self.maximumFindings))")
    for line in lines where line != "ok" { report(.integrity, at: "database", line) }
  }

  private mutating func checkForeignKeys() throws {
    for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
      let table: String = row["table"] ?? "?"
      let id: Int64? = row["rowid"]
      let parent: String = row["parent"] ?? "?"
      report(
        .foreignKeys, at: "\(table) \(id.map(String.init) ?? "")", "refers to a row of \(parent) that is gone"
      )
    }
  }
}
