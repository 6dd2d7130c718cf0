import API
import Core
import Domain
import RPC

/// A lock controller, as `clients/locker` works: the real lock machine for each compartment, and a journal.
/// It can lose power between any two steps.
final class Controller {
  struct PowerCut: Error {}

  static let maximumReports = 16

  unowned let simulation: Simulation
  let peer: Peer
  let cabinet: Cabinet
  /// The planted bug: the coil before the journal.
  let firesFirst: Bool
  private(set) var journal = Journal()
  /// `nil` without power.
  private var locks: [Lock]?
  private var timing: LockTiming?
  /// Rises with each start: no life carries on what the last one had fired.
  private(set) var life: Int
  private var isReporting = false
  /// On this connection: the server has said what it knows.
  private var isLoaded = false
  private var nextReport: Int64 = 0
  /// Power goes after so many more steps; `nil` for not now.
  private var stepsToCut: Int?
  private var wakeUp: Int64 = .max
  private var isDiscarded = false

  init(_ simulation: Simulation, _ peer: Peer, _ cabinet: Cabinet, firesFirst: Bool) {
    self.simulation = simulation
    self.peer = peer
    self.cabinet = cabinet
    self.firesFirst = firesFirst
    life = simulation.nextLife()
    peer.onReady = { [unowned self] in loadSettings() }
    peer.onLost = { [unowned self] in
      isReporting = false
      isLoaded = false
    }
  }

  var isOn: Bool { locks != nil }
  var hasNothingToSay: Bool { journal.memory.waiting.isEmpty && journal.memory.open.isEmpty }

  // MARK: Power

  func switchOn() {
    guard locks == nil, !isDiscarded else { return }
    life = simulation.nextLife()
    locks = Array(repeating: Lock(), count: cabinet.boxes.count)
    perform {
      // What an earlier life may have fired is never fired again.
      for command in journal.memory.open where command.isFiring {
        record(
          .with {
            ($0.compartment, $0.commandSequence) = (Int32(command.box), command.sequence)
            $0.outcome = .unknown
          })
      }
    }
    peer.switchOn()
    simulation.after(150, "board is read") { [unowned self, life] in
      guard self.life == life, isOn else { return false }
      boardChanged()
      return true
    }
  }

  func cutPower(afterSteps steps: Int) { stepsToCut = steps }

  func loseVolatileState() {
    simulation.note("life \(life) ends")
    locks = nil
    stepsToCut = nil
    isReporting = false
    journal.reopen()
    peer.switchOff()
  }

  /// Another controller takes its place.
  func discard() {
    isDiscarded = true
    loseVolatileState()
  }

  /// A place between two steps, where power can go.
  private func point() throws {
    guard let steps = stepsToCut else { return }
    if steps == 0 { throw PowerCut() }
    stepsToCut = steps - 1
  }

  /// One turn of the loop: what is due, then the journal, then the report.
  private func perform(_ work: () throws -> Void) {
    guard isOn else { return }
    do {
      try work()
      try give()
      try point()
      journal.commit()
      try point()
      report()
      scheduleWakeUp()
    } catch {
      simulation.controllerLostPower(self)
    }
  }

  private func scheduleWakeUp() {
    guard let locks, let timing else { return }
    let next = locks.compactMap { $0.wakeUp(timing) }.min().map { $0.milliseconds } ?? .max
    guard next < .max, next != wakeUp || next <= simulation.now else { return }
    wakeUp = next
    simulation.at(max(next, simulation.now), "lock wakes up") { [unowned self, life] in
      guard self.life == life, isOn, wakeUp == next else { return false }
      wakeUp = .max
      perform {
        if simulation.dice.chance(40) { try poll() }
        for index in cabinet.boxes.indices {
          if let due = self.locks?[index].wakeUp(timing), due <= simulation.clock.now {
            try apply(.tick, to: index + 1)
          }
        }
      }
      return true
    }
  }

  // MARK: Locks

  private func apply(_ input: Lock.Input, to box: Int) throws {
    guard let timing, var lock = locks?[box - 1] else { return }
    let (before, itemBefore) = (lock.state, lock.item)
    simulation.coverage.lock(before, input)
    let outputs = lock.apply(input, config: timing, at: simulation.clock.now)
    locks?[box - 1] = lock
    if itemBefore == .unknown && lock.item != .unknown {
      record(
        .with {
          $0.compartment = Int32(box)
          $0.event = lock.item == .present ? .itemIn : .itemOut
          $0.item = ProtoItemState(lock.item)
        })
    }
    for output in outputs { try obey(output, of: box) }
    if before == .unread && lock.state == .closed {
      record(
        .with {
          $0.compartment = Int32(box)
          $0.event = .foundClosed
        })
    }
  }

  private func obey(_ output: Lock.Output, of box: Int) throws {
    switch output {
    case .pulse(let sequence, _):
      guard let index = journal.memory.open.firstIndex(where: { $0.sequence == sequence }) else { return }
      if !firesFirst {
        journal.memory.open[index].isFiring = true
        try point()
        journal.commit()
        try point()
      }
      cabinet.pulse(box, for: sequence, life: life)
      try point()
      journal.memory.open[index].isFiring = true
    case .event(let event, let sequence, let item):
      record(
        .with {
          $0.compartment = Int32(box)
          $0.commandSequence = sequence ?? 0
          $0.event = ProtoLockEvent(event)
          if event == .itemIn || event == .itemOut { $0.item = ProtoItemState(item) }
        })
    case .outcome(let outcome, let sequence, let refusal, let item):
      record(
        .with {
          ($0.compartment, $0.commandSequence) = (Int32(box), sequence)
          $0.outcome = ProtoCommandOutcome(outcome)
          $0.refusal = ProtoCommandRefusal(refusal)
          $0.item = ProtoItemState(item)
        })
    }
  }

  private func record(_ entry: ProtoLockReport) {
    simulation.note(
      "life \(life) records \(entry.event) \(entry.outcome) box \(entry.compartment) command \(entry.commandSequence)"
        + " item \(entry.item)")
    journal.add(entry)
  }

  func sensesDoor(_ box: Int) {
    guard !cabinet.isBoardDown else { return }
    perform { try apply(.door(isOpen: cabinet[box].isOpen), to: box) }
  }

  func sensesItem(_ box: Int) {
    guard !cabinet.isBoardDown, cabinet.hasItemSensors else { return }
    perform { try apply(.item(isPresent: cabinet[box].key != nil), to: box) }
  }

  /// Reads every sensor, changed or not.
  private func poll() throws {
    guard !cabinet.isBoardDown else { return }
    for box in 1...cabinet.boxes.count where locks?[box - 1].state != .unread {
      try read(box)
    }
  }

  /// The item first: a key that is there when its door shuts belongs to the outcome.
  private func read(_ box: Int) throws {
    if cabinet.hasItemSensors { try apply(.item(isPresent: cabinet[box].key != nil), to: box) }
    try apply(.door(isOpen: cabinet[box].isOpen), to: box)
  }

  /// The board is read again, or is lost.
  func boardChanged() {
    guard timing != nil else { return }
    perform {
      for box in 1...cabinet.boxes.count {
        if cabinet.isBoardDown {
          if locks?[box - 1].state == .unread {
            record(
              .with {
                $0.compartment = Int32(box)
                $0.event = .boardError
              })
          }
          try apply(.boardError, to: box)
        } else {
          try read(box)
        }
      }
    }
  }

  // MARK: Commands

  private func take(_ command: ProtoUnlockCommand) {
    guard isOn, command.sequence > journal.memory.highestSequence else { return }
    // Nothing is more worth a try than power that goes while a command is in work.
    if simulation.occurs(.controllerCrash, perMille: 60) {
      cutPower(afterSteps: simulation.dice.int(0...7))
    }
    journal.memory.highestSequence = command.sequence
    journal.memory.open.append(
      Journal.Open(
        sequence: command.sequence, box: Int(command.compartment),
        expiresAt: Instant(milliseconds: command.expireTime.milliseconds)))
    perform {}
  }

  /// Gives commands that are on disk to their locks, each once in a life, as soon as they can be judged.
  private func give() throws {
    guard timing != nil, journal.memory.open.contains(where: { !$0.isGiven }) else { return }
    if !firesFirst {
      try point()
      journal.commit()
      try point()
    }
    while let index = journal.memory.open.firstIndex(where: canBeGiven) {
      journal.memory.open[index].isGiven = true
      let command = journal.memory.open[index]
      try apply(.unlock(command: command.sequence, expiresAt: command.expiresAt), to: command.box)
    }
  }

  private func canBeGiven(_ command: Journal.Open) -> Bool {
    guard !command.isGiven, let lock = locks?[command.box - 1] else { return false }
    return lock.state != .unread || cabinet.isBoardDown || simulation.clock.now >= command.expiresAt
  }

  // MARK: Server

  private func loadSettings() {
    guard isOn else { return }
    peer.call("LockerService/GetLockerSettings", ProtoGetLockerSettingsRequest()) { [unowned self] ending in
      guard case .answer(let bytes) = ending,
        let settings = try? ProtoGetLockerSettingsResponse(wireBytes: bytes)
      else { return peer.lose() }
      isLoaded = true
      reconcile(settings.acknowledgedNumber)
      if timing == nil {
        timing = LockTiming(settings: settings.timing)
        boardChanged()
      }
      watch()
      perform {}
    }
  }

  private func watch() {
    let request = ProtoWatchCommandsRequest.with { $0.afterSequence = journal.memory.highestSequence }
    peer.watch("LockerService/WatchCommands", request) {
      [unowned self] (message: ProtoWatchCommandsResponse) in
      take(message.command)
    }
  }

  private func report() {
    guard isLoaded, timing != nil, !isReporting, simulation.now >= nextReport else { return }
    let entries = journal.disk.waiting.prefix(Self.maximumReports)
    guard !entries.isEmpty else { return }
    isReporting = true
    let request = ProtoReportRequest.with { $0.reports = Array(entries) }
    peer.call("LockerService/Report", request) { [unowned self] ending in
      isReporting = false
      switch ending {
      case .answer(let bytes):
        guard let answer = try? ProtoReportResponse(wireBytes: bytes) else { return peer.lose() }
        reconcile(answer.acknowledgedNumber)
      case .failure(let failure): refused(failure)
      case .lost: return
      }
      perform {}
    }
  }

  private func refused(_ failure: Failure) {
    if failure.reason == "REPORT_OUT_OF_ORDER",
      let number = failure.metadata["acknowledged_number"].flatMap(Int64.init)
    {
      reconcile(number)
    } else if failure.code != .unauthenticated && failure.reason != "DEVICE_REVOKED" {
      simulation.watchdog.bark("a report was refused: \(failure)")
    }
    nextReport = simulation.now + 500
    simulation.after(500, "report again") { [unowned self] in
      perform {}
      return true
    }
  }

  private func reconcile(_ number: Int64) {
    if number < journal.memory.acknowledged {
      simulation.watchdog.bark(
        "reports up to \(journal.memory.acknowledged) were acknowledged, and the server has \(number)")
    }
    if !journal.reconcile(number) {
      simulation.watchdog.bark("the server has report \(number), which was never made")
    }
  }
}
