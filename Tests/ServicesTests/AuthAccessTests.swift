import API
import Domain
import Foundation
import Logging
import RPC
import Services
import TestSupport
import Testing

/// A1, S3: the contract's access rules, held against the procedure table and every kind of caller.
@Suite(.timeLimit(.minutes(10))) struct AuthAccessTests {
  /// One line of the contract.
  private struct Rule: Hashable {
    var callers: Set<String>
    var permission: String?
    var isOnTablet: Bool
    var isStream: Bool
    var isSideEffectFree: Bool
  }

  /// The contract's rules, read from its files: `latchkey.v1.AuthService/Enroll` to who may call it.
  private static func contract() throws -> [String: Rule] {
    let method =
      #/
      rpc\s+(?<name>\w+)\(\w+\)\s+returns\s+\((?<stream>stream\s+)?\w+\)\s*\{\s*
      (?<free>option\s+idempotency_level\s*=\s*NO_SIDE_EFFECTS;\s*)?
      option\s+\(access\)\s*=\s*\{\s*callers:\s*\[(?<callers>[^\]]*)\]\s*
      (?:permission:\s*(?<permission>\w+)\s*)?(?<tablet>on_tablet:\s*true\s*)?\};
    /#
    var rules: [String: Rule] = [:]
    for (name, text) in try Contract.files() {
      guard let service = text.firstMatch(of: #/service\s+(\w+)\s*\{/#) else { continue }
      let declared = text.matches(of: #/^\s*rpc\s/#.anchorsMatchLineEndings()).count
      let found = text.matches(of: method)
      #expect(found.count == declared, "\(name): each method has an access rule")
      for match in found {
        rules["latchkey.v1.\(service.1)/\(match.name)"] = Rule(
          callers: Set(match.callers.matches(of: #/CALLER_(\w+)/#).map { $0.1.lowercased() }),
          permission: match.permission.map { $0.replacing("PERMISSION_", with: "").lowercased() },
          isOnTablet: match.tablet != nil,
          isStream: match.stream != nil, isSideEffectFree: match.free != nil)
      }
    }
    return rules
  }

  @Test func `A1 the procedure table is the contract, method by method`() async throws {
    let shop = try await Workshop.open(boxes: 1)
    let contract = try Self.contract()
    #expect(contract.count > 40)
    var table: [String: Rule] = [:]
    for procedure in shop.world.procedures().procedures {
      let access = try #require(procedure.access as? Access)
      table[procedure.name.description] = Rule(
        callers: Set(access.callers.map(\.rawValue)), permission: access.permission?.rawValue,
        isOnTablet: access.isOnTablet,
        isStream: procedure.kind == .serverStreaming, isSideEffectFree: procedure.isSideEffectFree)
    }
    #expect(Set(table.keys) == Set(contract.keys))
    for (name, rule) in contract { #expect(table[name] == rule, "\(name)") }
  }

  @Test func `S3 H4 every kind of caller is admitted where the contract says so, and nowhere else`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let world = shop.world
    let bare = try await world.enroll(.tablet, name: "Bare", location: shop.location.locationID)
    let staff: [(EnrolledPeer, Set<String>)] = [
      (shop.tablet, ["use_key_locker"]),
      (try await shop.tablet(of: "plain", .mechanic, usesKeyLocker: false), []),
      (try await shop.tablet(of: "chief", .chiefMechanic, usesKeyLocker: false), []),
      (try await shop.tablet(of: "desk", .receptionist, usesKeyLocker: false), ["desk"]),
      (try await shop.tablet(of: "boss", .dealerAdmin, usesKeyLocker: false), ["desk", "administer"]),
      (
        try await shop.tablet(of: "all", .dealerAdmin, usesKeyLocker: true),
        ["use_key_locker", "desk", "administer"]
      ),
    ]
    var callers: [(kind: String, connection: RPC.Connection, permissions: Set<String>)] = [
      ("anyone", world.stranger(), []), ("controller", shop.controller.connection, []),
      ("screen", shop.screen.connection, []), ("tablet", bare.connection, []),
      ("integration", try await shop.program().connection, []),
      ("operator", world.operatorContext.connection, []),
    ]
    for (peer, permissions) in staff { callers.append(("staff", peer.connection, permissions)) }
    let contract = try Self.contract()
    for procedure in world.procedures().procedures {
      let rule = try #require(contract[procedure.name.description])
      for caller in callers {
        let context = World.context(caller.connection, procedure.name.description)
        var refusal: Failure?
        do { try procedure.access.check(context) } catch { refusal = error }
        #expect(
          refusal?.reason == expected(rule, caller.kind, caller.permissions),
          "\(caller.kind) \(caller.permissions) at \(procedure.name)")
        if refusal?.reason == "NOT_SIGNED_IN" { #expect(refusal?.code == .unauthenticated) }
        if refusal?.reason == "CALLER_NOT_ADMITTED" { #expect(refusal?.code == .permissionDenied) }
      }
    }
  }

  private func expected(_ rule: Rule, _ kind: String, _ permissions: Set<String>) -> Failure.Reason? {
    if rule.callers.contains("anyone") { return nil }
    guard rule.callers.contains(kind) else {
      let mightSignIn = kind == "anyone" || (kind == "tablet" && rule.callers.contains("staff"))
      return mightSignIn ? "NOT_SIGNED_IN" : "CALLER_NOT_ADMITTED"
    }
    if let permission = rule.permission, kind == "staff", !permissions.contains(permission) {
      return "CALLER_NOT_ADMITTED"
    }
    return nil
  }

  @Test func `H4 a sign-in that has run out admits no more, before anybody looks at the connections`()
    async throws
  {
    let shop = try await Workshop.open(boxes: 1)
    let rule = try #require(
      shop.world.procedures().procedures.first {
        $0.name.description == "latchkey.v1.HandoverService/RequestHandover"
      })
    shop.world.clock.advance(.milliseconds(12 * 60 * 60 * 1000 - 1))
    try rule.access.check(shop.tablet.context)
    shop.world.clock.advance(.milliseconds(1))
    #expect(throws: Failure.self) { try rule.access.check(shop.tablet.context) }
  }
}

/// The contract's files.
enum Contract {
  static func files() throws -> [String: String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Protos/latchkey/v1")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter {
      $0.hasSuffix(".proto")
    }
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
      })
  }
}

extension World {
  /// The table as the program builds it.
  func procedures() -> ProcedureTable {
    var table = ProcedureTable(domain: failureDomain, logger: Logger(label: "test"))
    addServices(to: &table, environment)
    return table
  }

  /// Calls a method by its name, as a wire does: access rule, decoding, handler, encoding.
  func call<Request: WireMessage, Response: WireMessage>(
    _ name: String, _ request: Request, on connection: RPC.Connection,
    answering: Response.Type = Response.self
  ) async throws -> Response {
    let procedure = ProcedureName(name)
    let entry = try #require(
      Array(procedure.service.utf8).withUnsafeBytes { service in
        Array(procedure.method.utf8).withUnsafeBytes { method in
          procedures().entry(service: service, method: method)
        }
      })
    let context = World.context(connection, name)
    let started = try request.wireBytes().withUnsafeBytes { bytes throws in try entry.start(bytes, context) }
    switch started {
    case .immediate(let bytes): return try Response(wireBytes: bytes)
    case .unary(let body): return try Response(wireBytes: try await body())
    case .stream(let body):
      try await body(NoSink())
      return Response()
    case .watch(var watch):
      _ = try await watch.round(into: NoSink())
      return Response()
    }
  }
}

/// A stream that is opened only to see whether it is refused: its first message ends it.
private struct NoSink: ResponseSink {
  struct Answered: Error {}

  func put(_ message: UnsafeRawBufferPointer) throws -> Bool { throw Answered() }
  nonisolated(nonsending) func roomIsMade() async throws {}
}
