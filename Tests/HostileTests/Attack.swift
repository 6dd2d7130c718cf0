import Foundation
import Glibc
import RPC
import Synchronization
import TestSupport

/// Something that is done to a server's connections at a steady rate, until it is told to stop.
struct ConnectionAttack: Sendable {
  let name: String
  /// How much, and how often, for people.
  let rate: String
  /// Runs on a thread of its own.
  let run: @Sendable (AttackScene) throws -> Void
}

/// Where an attack happens, and what it saw.
final class AttackScene: Sendable {
  private struct State {
    var isOver = false
    var actions = 0
    var faults: [String] = []
  }

  let server: ServerProcess
  /// A device of another dealer's, in the attacker's hands.
  let device: TestDevice
  private let state = Mutex(State())

  init(server: ServerProcess, device: TestDevice) {
    self.server = server
    self.device = device
  }

  var goesOn: Bool { state.withLock { !$0.isOver } }
  var actions: Int { state.withLock(\.actions) }
  /// Answers that the contract does not allow.
  var faults: [String] { state.withLock(\.faults) }

  func stop() { state.withLock { $0.isOver = true } }

  func did(_ count: Int = 1) { state.withLock { $0.actions += count } }

  func fault(_ text: String) { state.withLock { if $0.faults.count < 10 { $0.faults.append(text) } } }

  /// Runs `action` so many times a second, as far as the machine keeps up, until the attack is over. What was
  /// missed is not made up for.
  func pace(_ perSecond: Int, _ action: (Int) throws -> Void) rethrows {
    // Below whoever behaves: on a small machine the attackers would take their time away, not the server's.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    let clock = ContinuousClock()
    let interval = Duration.seconds(1) / perSecond
    var next = clock.now
    var number = 0
    while goesOn {
      try action(number)
      did()
      number += 1
      next = max(next + interval, clock.now - .milliseconds(20))
      let wait = next - clock.now
      if wait > .zero { Thread.sleep(forTimeInterval: wait.inMilliseconds / 1000) }
    }
  }

  /// A connection from one of the attackers' addresses.
  func connect(_ number: Int) -> RawConnection? { connect(number, to: server.port) }

  /// The same, to where HTTP is spoken.
  func connectHTTP(_ number: Int) -> RawConnection? { connect(number, to: server.httpPort) }

  private func connect(_ number: Int, to port: Int) -> RawConnection? {
    let source = "127.\(1 + number / 50_000 % 8).\(number / 200 % 250).\(1 + number % 200)"
    return RawConnection(.tcp(port: port, from: source))
  }
}

/// The figures of one run of calls.
struct Latencies: Sendable {
  private(set) var values: [Duration] = []

  mutating func append(_ value: Duration) { values.append(value) }

  func merging(_ other: Latencies) -> Latencies {
    var all = self
    all.values += other.values
    return all
  }

  /// - Parameter share: 0.5 for the median.
  func percentile(_ share: Double) -> Duration {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .zero }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  var p50: Duration { percentile(0.5) }
  var p99: Duration { percentile(0.99) }
}

extension Duration {
  var inMilliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1000 + Double(attoseconds) / 1e15
  }
}
