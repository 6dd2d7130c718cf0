import API
import Foundation
import RPC
import TestSupport
import Testing

/// S3, H4: who may call what, over the wire, method by method and caller by caller.
@Suite(.timeLimit(.minutes(20))) struct AccessTests {
  private static let pagePath = ServerProcess.root.appending(path: "docs/access.md")
  /// Writes the page in place of comparing with it.
  private static let isWriting = ProcessInfo.processInfo.environment["LATCHKEY_WRITE_ACCESS"] != nil

  private struct Result: Sendable {
    var faults: [String]
    var page: String
    var unfilled: [String]
    var unanswered: [String]
    var foreignCalls: Int
  }

  @Test func `S3 H4 every method, by every kind of caller, to what is theirs and to what is another's`()
    async throws
  {
    let server = try await ServerProcess.start()
    let result = try await onThread { try Self.walk(server) }
    #expect(result.faults == [], "\(result.faults.joined(separator: "\n"))")
    #expect(result.unfilled == [], "cells that were not tried")
    #expect(result.unanswered == [], "methods that nobody was answered")
    #expect(result.foreignCalls > 250, "ids of others")
    if Self.isWriting {
      try result.page.write(to: Self.pagePath, atomically: true, encoding: .utf8)
    } else {
      let known = try String(contentsOf: Self.pagePath, encoding: .utf8)
      #expect(known == result.page, "docs/access.md is another; run make access, and read what has changed")
    }
  }

  /// These refuse what their request asks for, because what it asks would end what others stand on.
  private static let declining: Set<String> = ["EndSession", "ChangePassword"]

  private static func walk(_ server: ServerProcess) throws -> Result {
    let matrix = try AccessMatrix(Shop(server), .committed())
    matrix.walk()
    let methods = matrix.schema.methods
    return Result(
      faults: matrix.faults, page: matrix.page,
      unfilled: methods.flatMap { method in
        Visitor.allCases.filter { matrix.cells[method.name]?[$0] == nil }.map { "\(method.name) \($0)" }
      },
      unanswered: methods.map(\.name).filter { name in
        !declining.contains(name.method) && matrix.cells[name]?.values.contains(.answered) != true
      }.map { "\($0)" },
      foreignCalls: matrix.foreignCalls)
  }
}
