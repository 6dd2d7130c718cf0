import API
import Foundation
import RPC
import TestSupport
import Testing

/// S3: whoever attacks the server's connections does not keep others from theirs.
///
/// What is asserted is that nobody else is refused and the server stays whole: how long calls take says a machine
/// with nothing else to do, by `make hostile`.
@Suite(.serialized, .timeLimit(.minutes(30))) struct AttackTests {
  /// How much more memory may be resident under an attack than before all attacks.
  static let residentGrowth = 160 << 20
  /// How much worse the slowest hundredth of calls may become, where that is measured.
  static let slowestRatio = 3.0

  /// Set by `make hostile`: seconds of each attack, after which times are judged.
  private static let measured = ProcessInfo.processInfo.environment["LATCHKEY_HOSTILE_SECONDS"].flatMap(
    Int.init)
  /// Where times are measured the server has a core that the callers do not use.
  private static let ownCore = ["/usr/bin/taskset", "-c", "0"]
  private static var attackTime: Duration { .seconds(measured ?? 2) }
  private static var quietTime: Duration { attackTime / 2 }

  @Test func `S3 a caller who behaves is served while others attack in plain text`() async throws {
    try await run(
      [
        .slowDrip, .giantAnnouncements, .thousandsIdle, .deafPeers, .streamFlood, .requestFlood, .guessedKeys,
        .replay, .clockSkew, .randomBytes,
      ], .plain)
  }

  @Test func `S3 a caller who behaves is served while others leave TLS handshakes half open`() async throws {
    try await run([.halfOpenHandshakes, .randomBytes, .thousandsIdle], .tls)
  }

  @Test func `S3 a caller who behaves is served over HTTP while others attack HTTP 2`() async throws {
    try await run(
      [
        .rapidReset, .madeYouReset, .continuationFlood, .settingsFlood, .pingFlood, .tinyWindows,
        .closedWindows, .slowFrames,
        .zipBombs,
      ], .plain, over: .http)
  }

  @Test func `S3 a caller who behaves is served over HTTP while others attack HTTP 1`() async throws {
    try await run([.slowHeads, .slowBodies, .deafPipelines, .giantHeads], .plain, over: .http)
  }

  /// What the caller who behaves speaks.
  enum Wire: Sendable {
    case ttrpc
    case http
  }

  private func run(
    _ attacks: [ConnectionAttack], _ transport: ServerProcess.Transport, over wire: Wire = .ttrpc
  ) async throws {
    let server = try await ServerProcess.start(transport, under: Self.measured == nil ? [] : Self.ownCore)
    let process = server.processID
    let (code, attacker) = try await onThread { try Self.furnish(server) }
    let caller = try await GoodCaller(server, code: code, over: wire)
    _ = await caller.callAway(for: Self.quietTime)
    let restBytes = server.residentBytes
    print(Row.heading)
    for attack in attacks {
      let row = try await Self.run(attack, AttackScene(server: server, device: attacker), caller, transport)
      print(row)
      #expect(row.refusals == [], "\(attack.name): the good caller was refused")
      #expect(row.faults == [], "\(attack.name)")
      #expect(row.actions > 0, "\(attack.name): nothing was done")
      #expect(row.residentBytes - restBytes <= Self.residentGrowth, "\(attack.name)")
      if Self.measured != nil {
        #expect(
          row.slowestRatio <= Self.slowestRatio,
          "\(attack.name): the slowest calls are slower than they may be")
      }
    }
    print("resident: \(restBytes >> 20) MiB before, \(server.residentBytes >> 20) MiB after all attacks")
    #expect(server.isRunning && server.processID == process)
    #expect(await server.terminate() == 0)
    let verified = try await ServerProcess.run(["verify", "--data", server.data.path()])
    #expect(verified.code == 0, "\(verified.output)")
  }

  /// Quiet, attack, quiet: what the machine does besides falls on both.
  private static func run(
    _ attack: ConnectionAttack, _ scene: AttackScene, _ caller: GoodCaller,
    _ transport: ServerProcess.Transport
  ) async throws -> Row {
    let before = await caller.callAway(for: quietTime)
    async let attacking: Void = onThread { try attack.run(scene) }
    let during = await caller.callAway(for: attackTime)
    scene.stop()
    try await attacking
    let after = await caller.callAway(for: quietTime)
    return Row(
      name: "\(attack.name), \(transport.rawValue)", rate: attack.rate, actions: scene.actions,
      quiet: (before.asked.merging(after.asked), before.reported.merging(after.reported)),
      attacked: (during.asked, during.reported), residentBytes: during.residentBytes,
      refusals: Array((before.refusals + during.refusals + after.refusals).prefix(5)), faults: scene.faults)
  }

  /// A code for the controller that behaves, and a device of another dealer's for those who attack.
  private static func furnish(_ server: ServerProcess) throws -> (code: String, attacker: TestDevice) {
    let op = try server.rawOperator()
    let good = try Place.addLocation(dealer: "Good", op)
    let bad = try Place.addLocation(dealer: "Bad", op)
    let goodLocker = try Place.addLocker("Entrance", at: good, op)
    let badLocker = try Place.addLocker("Entrance", at: bad, op)
    let code = try TestDevice.code(.controller, at: (good, goodLocker), op)
    return (code, try TestDevice.enroll(.screen, at: (bad, badLocker), server, op))
  }

  /// One attack's figures.
  private struct Row: CustomStringConvertible {
    let name: String
    let rate: String
    let actions: Int
    let quiet: (asked: Latencies, reported: Latencies)
    let attacked: (asked: Latencies, reported: Latencies)
    let residentBytes: Int
    let refusals: [String]
    let faults: [String]

    static let heading =
      "attack: p50/p99 in ms of WhoAmI quiet → attacked, of Report (fsync) quiet → attacked; memory; rate"

    /// How many times slower the slowest hundredth became, of the kind of call that suffered more.
    var slowestRatio: Double {
      max(
        attacked.asked.p99.inMilliseconds / quiet.asked.p99.inMilliseconds,
        attacked.reported.p99.inMilliseconds / quiet.reported.p99.inMilliseconds)
    }

    var description: String {
      func text(_ latencies: Latencies) -> String {
        String(format: "%.2f/%.2f", latencies.p50.inMilliseconds, latencies.p99.inMilliseconds)
      }
      return "\(name): \(text(quiet.asked)) → \(text(attacked.asked)), "
        + "\(text(quiet.reported)) → \(text(attacked.reported)); "
        + String(format: "worst p99 ×%.1f; ", slowestRatio)
        + "\(residentBytes >> 20) MiB; \(actions) actions: \(rate)"
    }
  }
}
