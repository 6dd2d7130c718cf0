/// One run: what it follows from.
struct Plan: Sendable {
  /// Every so many seeds, one runs on a real file.
  static let seedsPerFile: UInt64 = 10

  var seed: UInt64
  var steps = 1_500
  /// The run goes on until so much has gone wrong.
  var leastFaults = 20
  var faults = Set(Fault.allCases)
  /// On a real file, which is read anew after each crash of the server.
  var isOnDisk: Bool
  var sabotage: Sabotage?
  /// Prints what happens.
  var isVerbose = false

  init(seed: UInt64, sabotage: Sabotage? = nil) {
    self.seed = seed
    self.sabotage = sabotage
    isOnDisk = seed.isMultiple(of: Self.seedsPerFile)
  }

  /// The line that runs it again.
  var command: String {
    var words = ["SIMULATION_SEED=\(seed)"]
    if leastFaults == 0 { words.append("SIMULATION_STEPS=\(steps)") }
    if faults.count < Fault.allCases.count {
      let names = Fault.allCases.filter(faults.contains).map(\.rawValue).joined(separator: ",")
      words.append("SIMULATION_FAULTS=\(names.isEmpty ? "none" : names)")
    }
    return words.joined(separator: " ") + " swift test --filter SimulationTests"
  }

  /// What such a line says in its environment; `nil` where it names no seed.
  init?(environment: [String: String]) {
    guard let seed = environment["SIMULATION_SEED"].flatMap(UInt64.init) else { return nil }
    self.init(seed: seed)
    if let steps = environment["SIMULATION_STEPS"].flatMap(Int.init) {
      self.steps = steps
      leastFaults = 0
    }
    if let names = environment["SIMULATION_FAULTS"] {
      faults = Set(names.split(separator: ",").compactMap { Fault(rawValue: String($0)) })
    }
    isVerbose = environment["SIMULATION_VERBOSE"] != nil
  }
}

/// What came of it.
struct Outcome: Sendable {
  var violation: Watchdog.Violation?
  var steps = 0
  var faults: [Fault: Int] = [:]
  /// Over everything that happened, in order: the same seed gives the same.
  var trace: UInt64 = 0
  var coverage = Coverage()
  var faultCount: Int { faults.values.reduce(0, +) }
}

extension Plan {
  func run() throws -> Outcome { try Simulation(self).run() }

  /// The smallest plan that still fails, of those that are tried: fewer steps, then fewer kinds of faults.
  func shrunk(_ violation: Watchdog.Violation) throws -> (plan: Plan, violation: Watchdog.Violation) {
    var best = (plan: self, violation: violation)
    func fails(_ change: (inout Plan) -> Void) throws -> Bool {
      var smaller = best.plan
      smaller.leastFaults = 0
      change(&smaller)
      guard let violation = try smaller.run().violation else { return false }
      smaller.steps = min(smaller.steps, violation.step)
      best = (smaller, violation)
      return true
    }
    func cut() throws {
      _ = try fails { $0.steps = min($0.steps, best.violation.step) }
      while best.plan.steps > 1, try fails({ $0.steps /= 2 }) {}
    }
    try cut()
    for fault in Fault.allCases where best.plan.faults.contains(fault) {
      _ = try fails { $0.faults.remove(fault) }
    }
    try cut()
    return best
  }
}
