import Foundation
import Synchronization

/// Runs many seeds, two at a time, each by itself.
struct Seeds {
  struct Summary: Sendable {
    var seeds = 0
    var steps = 0
    var faults: [Fault: Int] = [:]
    var fewestFaults = Int.max
    var fewestSteps = Int.max
    var onFiles = 0
    var coverage = Coverage()
    var duration = Duration.zero
    /// The lowest seed that fails, and its plan.
    var failure: (plan: Plan, violation: Watchdog.Violation)?

    var stepsPerSecond: Int { Int(Double(steps) / (Double(duration.components.seconds) + 0.001)) }
  }

  /// A thread each: a simulation blocks its own.
  static func run(_ plans: [Plan]) throws -> Summary {
    let start = ContinuousClock.now
    let summary = Mutex(Summary())
    let next = Atomic<Int>(0)
    let problem = Mutex<(any Error)?>(nil)
    let threads = max(1, min(plans.count, ProcessInfo.processInfo.activeProcessorCount))
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while problem.withLock({ $0 == nil }), summary.withLock({ $0.failure == nil }) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < plans.count else { return }
        do {
          let outcome = try Simulation(plans[index]).run()
          summary.withLock { $0.add(outcome, of: plans[index]) }
        } catch {
          problem.withLock { $0 = error }
        }
      }
    }
    if let error = problem.withLock({ $0 }) { throw error }
    var result = summary.withLock { $0 }
    result.duration = ContinuousClock.now - start
    return result
  }
}

extension Seeds.Summary {
  mutating func add(_ outcome: Outcome, of plan: Plan) {
    seeds += 1
    steps += outcome.steps
    fewestSteps = min(fewestSteps, outcome.steps)
    if plan.isOnDisk { onFiles += 1 }
    faults.merge(outcome.faults, uniquingKeysWith: +)
    fewestFaults = min(fewestFaults, outcome.faultCount)
    coverage.merge(outcome.coverage)
    if let violation = outcome.violation, failure.map({ plan.seed < $0.plan.seed }) ?? true {
      failure = (plan, violation)
    }
  }
}

extension Seeds.Summary: CustomStringConvertible {
  var description: String {
    let faultCount = faults.values.reduce(0, +)
    let kinds = faults.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
    return """
      simulation: \(seeds) seeds, \(onFiles) of them on files; \(steps) steps, at least \(fewestSteps) a seed; \
      \(stepsPerSecond) steps/s
      \(faultCount) faults, at least \(fewestFaults) a seed: \(kinds)

      \(coverage.table)
      """
  }
}
