import Foundation

/// The reasons of failures, read from the sources: constants cannot be listed at run time.
enum Reasons {
  /// Of the services alone.
  static func ofServices() throws -> Set<String> { try constants(in: "Sources/Services/Reasons.swift") }

  /// What every method may be refused with, whatever it does: not named in the contract but in docs/clients.md.
  static func ofLayers() throws -> Set<String> {
    var reasons: Set<String> = []
    for directory in layers {
      for file in try files(in: directory) { reasons.formUnion(try constants(in: file)) }
    }
    return reasons
  }

  private static let layers = [
    "Sources/RPC", "Sources/Transport", "Sources/TTRPC", "Sources/HTTPRPC", "Sources/Introspection",
  ]

  /// Of the services, the layers below them, and the state machines' refusals.
  static func inSources() throws -> Set<String> {
    var reasons = try ofServices().union(try ofLayers())
    for file in try files(in: "Sources/Domain") where file.hasSuffix("+StateMachine.swift") {
      reasons.formUnion(try refusals(in: file))
    }
    return reasons
  }

  /// `static let notFound: Self = "NOT_FOUND"`, public or not.
  private static func constants(in path: String) throws -> Set<String> {
    try literals(in: path) { $0.contains("static let ") && $0.contains(": Self = \"") }
  }

  /// `case wrongStep = "WRONG_STEP"`.
  private static func refusals(in path: String) throws -> Set<String> {
    try literals(in: path) { $0.contains("case ") && $0.contains(" = \"") }
  }

  /// The string literals in the lines for which `isWanted` holds.
  private static func literals(in path: String, where isWanted: (Substring) -> Bool) throws -> Set<String> {
    let text = try String(contentsOfFile: Contract.root + path, encoding: .utf8)
    return Set(text.split(separator: "\n").filter(isWanted).map { String($0.split(separator: "\"")[1]) })
  }

  private static func files(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Contract.root + directory)
      .filter { $0.hasSuffix(".swift") }.map { directory + "/" + $0 }
  }
}
