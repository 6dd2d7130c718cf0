import API
import Core
import Domain
import RPC
import Services
import Storage
import TestSupport

/// The whole system under a manual clock: the real services over the real database, lock controllers with the
/// real lock machine, people, and links between them. Everything follows from the seed.
final class Simulation {
  let plan: Plan
  let theme: Theme
  let clock = ManualClock()
  var dice: Dice
  let coverage = CoverageRecorder()
  private(set) var steps = 0
  private(set) var server: ServerProcess?
  private(set) var faults: [Fault: Int] = [:]
  /// Nothing goes wrong any more, and nobody comes.
  private(set) var isHealed = false
  private(set) var site: Site!
  private(set) var network: Network!
  private(set) var watchdog: Watchdog!
  private let disk: Disk
  private let executor = DrivenExecutor()
  private let sayings = Sayings()
  private let surroundings: ServerSurroundings
  private var agenda = Agenda()
  private var trace = Trace()
  private var armedTimer: Int64?
  private var lives = 0
  private var hasTicked = false
  private var pausedUntil: Int64 = 0

  init(_ plan: Plan) throws {
    try Crypto.start()
    self.plan = plan
    theme = Theme(seed: plan.seed)
    dice = Dice(seed: plan.seed, stream: 1)
    disk = try Disk(plan)
    let entropy = SeededEntropy(seed: plan.seed)
    func key() -> SecretKey {
      guard let key = SecretKey(bytes: entropy.bytes(32)) else { preconditionFailure("32 bytes are a key") }
      return key
    }
    guard let signing = SigningKey(seed: entropy.bytes(32)) else {
      preconditionFailure("32 bytes are a seed")
    }
    let coverage = coverage
    surroundings = ServerSurroundings(
      clock: clock, entropy: entropy,
      secrets: ServerSecrets(pins: key(), codes: key(), outbox: key(), signing: signing),
      onTransition: { coverage.transition($0) })
    watchdog = Watchdog(self)
    network = Network(self)
    site = try Site(self, surroundings.secrets)
  }

  var database: SQLiteStore { disk.store }
  var secrets: ServerSecrets { surroundings.secrets }
  /// Milliseconds since 1970.
  var now: Int64 { clock.now.milliseconds }

  func nextLife() -> Int {
    lives += 1
    return lives
  }

  // MARK: Running

  func run() throws -> Outcome {
    startServer()
    site.open()
    let isEnough = { [self] in steps >= plan.steps && faults.values.reduce(0, +) >= plan.leastFaults }
    while watchdog.violation == nil, !isEnough(), steps < plan.steps * 4 { step() }
    if watchdog.violation == nil { try heal() }
    // What waits in it would be kept for ever.
    server?.crash()
    return Outcome(
      violation: watchdog.violation, steps: steps, faults: faults, trace: trace.value,
      coverage: coverage.coverage)
  }

  private func step() {
    guard let entry = agenda.removeFirst() else { return watchdog.bark("nothing is left to happen") }
    let ahead = entry.time - now
    if ahead > 0 { clock.advance(.milliseconds(ahead)) }
    guard entry.body() else { return }
    steps += 1
    trace.add(entry.label, now)
    settle()
  }

  /// After each step: what the server says goes its ways, and what it wrote is looked at.
  private func settle() {
    guard let server else { return }
    for saying in sayings.take() {
      trace.add(saying)
      if case .failure(let failure) = saying.content { watchdog.heard(failure, of: "a call") }
      network.send(saying)
    }
    for trouble in server.store.takeTroubles() { watchdog.bark("the database had to refuse: \(trouble)") }
    if server.store.takeCommits() {
      watchdog.look(isTimer: hasTicked)
      disk.committed()
      armTimer()
    }
    hasTicked = false
  }

  /// Everything works again, and time passes: then all is over, and everything acknowledged is there.
  private func heal() throws {
    isHealed = true
    site.heal()
    if server == nil { startServer() }
    pass(25 * 60_000)
    site.recheck()
    pass(60_000)
    if watchdog.violation == nil { watchdog.lookAtEnd() }
    if watchdog.violation == nil { try disk.verify(surroundings.secrets, watchdog) }
  }

  private func pass(_ duration: Int64) {
    let end = now + duration
    while watchdog.violation == nil, let next = agenda.nextTime, next <= end { step() }
    clock.advance(.milliseconds(end - now))
  }

  /// A line for whoever reruns a seed.
  func note(_ line: @autoclosure () -> String) {
    if plan.isVerbose { print("\(now - ManualClock.start.milliseconds) ms, step \(steps): \(line())") }
  }

  // MARK: Time

  func at(_ time: Int64, _ label: StaticString, _ body: @escaping () -> Bool) {
    agenda.add(at: time, label, body)
  }

  func after(_ delay: Int64, _ label: StaticString, _ body: @escaping () -> Bool) {
    agenda.add(at: now + delay, label, body)
  }

  /// Whether something goes wrong now.
  func occurs(_ fault: Fault, perMille: Int) -> Bool {
    guard !isHealed, dice.rarely(perMille * theme.factor(of: fault)), plan.faults.contains(fault) else {
      return false
    }
    faults[fault, default: 0] += 1
    note("fault: \(fault.rawValue)")
    return true
  }

  /// When people act next: nobody does in a pause.
  func whenPeopleAct(after delay: Int64) -> Int64 { max(now, pausedUntil) + delay }

  var isPaused: Bool { now < pausedUntil }

  /// Nobody does anything for a while.
  func pause(_ duration: Int64) { pausedUntil = now + duration }

  // MARK: Server

  private func startServer() {
    let process = ServerProcess(
      ProcessStore(disk.store, sabotage: plan.sabotage), surroundings, executor: executor, sayings: sayings)
    disk.route.lead(to: process.signals)
    process.start()
    server = process
    watchdog.lookAtRestart()
    armedTimer = nil
    armTimer()
    scheduleSweep(of: process)
  }

  /// A message reaches the server, which may lose power over it.
  func deliver(_ link: Int, _ call: Int, _ procedure: String, _ payload: [UInt8]) {
    guard let server else { return }
    let crashes = armCrash(of: server)
    server.receive(link, call: call, procedure, payload)
    if crashes { crashServer() }
  }

  /// Whether the server is about to lose power, over the next thing that it decides.
  private func armCrash(of server: ServerProcess) -> Bool {
    guard occurs(.serverCrash, perMille: 4) else { return false }
    server.store.arm(dice.chance(50) ? .beforeCommit : .afterCommit)
    return true
  }

  private func crashServer() {
    guard let process = server else { return }
    process.crash()
    server = nil
    disk.losePower()
    network.breakAll()
    after(Int64(dice.int(100...12_000)), "server starts") { [unowned self] in
      guard server == nil else { return false }
      startServer()
      return true
    }
  }

  private func armTimer() {
    guard let due = watchdog.nextWakeUp, due != armedTimer else { return }
    armedTimer = due
    at(max(due, now) + Int64(dice.int(0...200)), "timer") { [unowned self] in
      guard let server, armedTimer == due else { return false }
      armedTimer = nil
      hasTicked = true
      let crashes = armCrash(of: server)
      server.tick { timers in if try await timers.isDue() { try await timers.tick() } }
      watchdog.look(isTimer: true)
      if crashes { crashServer() } else { armTimer() }
      return true
    }
  }

  private func scheduleSweep(of process: ServerProcess) {
    after(3 * 60_000, "sweep") { [unowned self] in
      guard server === process else { return false }
      hasTicked = true
      process.tick { timers in
        try await timers.sweep()
        try await timers.signHeads()
      }
      scheduleSweep(of: process)
      return true
    }
  }

  // MARK: Controllers

  func controllerLostPower(_ controller: Controller) {
    controller.loseVolatileState()
    site.lostPower(controller)
    after(Int64(dice.int(500...(dice.chance(20) ? 60_000 : 15_000))), "controller starts") {
      [unowned controller] in
      guard !controller.isOn else { return false }
      controller.switchOn()
      return true
    }
  }
}

/// A digest of all that happened, in order (FNV-1a).
struct Trace {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ label: StaticString, _ time: Int64) {
    label.withUTF8Buffer { for byte in $0 { add(byte) } }
    for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: time >> shift)) }
  }

  mutating func add(_ saying: Saying) {
    switch saying.content {
    case .answer(let bytes), .item(let bytes): for byte in bytes { add(byte) }
    case .failure(let failure), .hangUp(let failure): for byte in failure.reason.rawValue.utf8 { add(byte) }
    case .end: add(1)
    }
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
