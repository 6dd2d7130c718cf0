import API
import Foundation
import RPC
import TestSupport
import Testing

/// A5, S3: whatever stands in a field, the answer is clear and the server goes on.
@Suite(.timeLimit(.minutes(20))) struct FieldTests {
  /// How much more memory may be resident at the end than after the warm-up: caches and fragments, not requests. What
  /// comes after the warm-up is more than what came in it, by callers who were not there: with 81 methods 14 to 31 MiB
  /// were seen.
  static let residentGrowth = 48 << 20

  @Test func `A5 every method of the contract has a request to attack`() throws {
    let methods = Set(try Schema.committed().methods.map(\.name))
    #expect(methods.count > 40, "the contract was not read")
    let attacked = Set(Template.all.map(\.method))
    #expect(
      attacked == methods, "without a template: \(methods.subtracting(attacked).sorted { "\($0)" < "\($1)" })"
    )
  }

  @Test func `A5 S3 every field of every method, hostile in every way, is refused clearly or taken`()
    async throws
  {
    let server = try await ServerProcess.start()
    let process = server.processID
    let result = try await onThread { try Self.attack(server) }
    print(result.summary)
    #expect(result.faults == "", "\(result.faults)")
    #expect(result.growth <= Self.residentGrowth)
    #expect(server.isRunning && server.processID == process)
    #expect(await server.terminate() == 0)
    let verified = try await ServerProcess.run(["verify", "--data", server.data.path()])
    #expect(verified.code == 0, "\(verified.output)")
    let own = server.log.split(separator: "\n").filter { $0.contains(" error ") || $0.contains(" critical ") }
    #expect(own == [], "the server logged failures of its own")
  }

  private struct Result: Sendable {
    var summary: String
    var faults: String
    var growth: Int
  }

  /// Once over everything. The first lap has every kind of value, the huge ones many times: it warms the server up.
  private static func lap(_ attack: FieldAttack, _ server: ServerProcess, isFirst: Bool) {
    let clock = ContinuousClock()
    for template in Template.all {
      let start = clock.now
      attack.run(template, isFirst: isFirst)
      guard isVerbose else { continue }
      print(
        "\(template.method) \(template.label): \(clock.now - start), \(server.residentBytes >> 20) MiB, "
          + "\(attack.faults.count) faults")
    }
  }

  /// Says how far it is.
  private static let isVerbose = ProcessInfo.processInfo.environment["LATCHKEY_HOSTILE_VERBOSE"] != nil

  private static func attack(_ server: ServerProcess) throws -> Result {
    let clock = ContinuousClock()
    let began = clock.now
    let shop = try Shop(server)
    let states = StateAttack(shop.own)
    try states.run()
    let attack = FieldAttack(shop, try .committed())
    lap(attack, server, isFirst: true)
    let warm = server.residentBytes
    lap(attack, server, isFirst: false)
    let after = server.residentBytes
    let tally = attack.tally
    let summary = """
      hostile fields: \(tally.methods.count) methods × \(tally.fields.count) fields: \(tally.cases) cases, \
      \(tally.refused) refused, \(tally.taken) taken; \
      \(states.cases) right requests in states of visit, key and hand-over, \(states.refused) refused; \
      in \(clock.now - began); \
      resident \(warm >> 20) MiB after the first caller of each, \(after >> 20) MiB after the others
      """
    return Result(
      summary: summary, faults: states.faults.joined(separator: "\n") + attack.report, growth: after - warm)
  }
}

/// Runs what blocks on a thread of its own, so that it takes none from tasks.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
  }
}
