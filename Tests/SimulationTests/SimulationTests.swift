import Foundation
import Testing

/// The whole system from one seed: nothing acknowledged is lost, no door opens by itself, no key is in two places.
@Suite(.serialized) struct SimulationTests {
  static let environment = ProcessInfo.processInfo.environment
  /// Somebody reruns one seed.
  static let rerun = Plan(environment: environment)
  static let seeds = environment["SIMULATION_SEEDS"].flatMap(UInt64.init) ?? 200

  @Test(.enabled(if: rerun == nil))
  func `S6 many seeds keep every invariant and visit every pair of state and event`() throws {
    let plans = (1...Self.seeds).map { Plan(seed: $0) }
    let summary = try Seeds.run(plans)
    print(summary.description)
    if let failure = summary.failure {
      let smallest = try failure.plan.shrunk(failure.violation)
      Issue.record("\(failure.violation)\nrun it again: \(failure.plan.command)")
      Issue.record("\(smallest.violation)\nthe smallest that fails: \(smallest.plan.command)")
      return
    }
    #expect(summary.fewestSteps >= 1_000)
    #expect(summary.fewestFaults >= 20)
    guard Self.seeds >= 200 else { return }
    let unreachable = Coverage.unreachable
    for pair in Coverage.allPairs {
      let isVisited = summary.coverage.counts[pair] != nil
      if let reason = unreachable[pair] {
        #expect(!isVisited, "\(pair.description) was visited, though it is said that it cannot be: \(reason)")
      } else {
        #expect(isVisited, "\(pair.description) was not visited; let the people do more of it")
      }
    }
  }

  @Test(.enabled("SIMULATION_SEED names no seed") { rerun != nil })
  func `the seed that was asked for keeps every invariant`() throws {
    let plan = try #require(Self.rerun)
    let outcome = try plan.run()
    print("seed \(plan.seed): \(outcome.steps) steps, \(outcome.faultCount) faults, trace \(outcome.trace)")
    if let violation = outcome.violation {
      let smallest = try plan.shrunk(violation)
      Issue.record("\(violation)\nthe smallest that fails: \(smallest.plan.command)")
    }
  }

  @Test(.enabled(if: rerun == nil))
  func `the same seed gives the same run, in memory and on a file`() throws {
    for seed: UInt64 in [1, 2, Plan.seedsPerFile] {
      let first = try Plan(seed: seed).run()
      let second = try Plan(seed: seed).run()
      #expect(first.trace == second.trace, "seed \(seed)")
      #expect(first.steps == second.steps)
    }
    #expect(try Plan(seed: 1).run().trace != Plan(seed: 2).run().trace)
  }

  @Test(.enabled(if: rerun == nil), arguments: Sabotage.allCases)
  func `a planted bug is found`(_ bug: Sabotage) throws {
    let most: UInt64 = 400
    for seed in 1...most {
      let plan = Plan(seed: seed, sabotage: bug)
      if let violation = try plan.run().violation {
        print("planted: \(bug.rawValue) was found by seed \(seed): \(violation)")
        return
      }
    }
    Issue.record("\(bug.rawValue) was not found in \(most) seeds")
  }

  @Test(.enabled(if: rerun == nil))
  func `a failing seed shrinks to fewer steps and faults, and its line says how to run it again`() throws {
    let failing = try #require(
      try (1...20).lazy.map { Plan(seed: $0, sabotage: .timeOutOpensDoor) }
        .compactMap { plan in try plan.run().violation.map { (plan, $0) } }.first { _ in true })
    let smallest = try failing.0.shrunk(failing.1)
    #expect(smallest.plan.steps < failing.0.steps)
    #expect(smallest.plan.faults.count < failing.0.faults.count)
    #expect(try smallest.plan.run().violation?.what == smallest.violation.what)

    let words = smallest.plan.command.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
    let environment = Dictionary(
      words.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }, uniquingKeysWith: { $1 })
    let again = try #require(Plan(environment: environment))
    #expect(again.seed == smallest.plan.seed)
    #expect(again.steps == smallest.plan.steps)
    #expect(again.faults == smallest.plan.faults)
  }
}
