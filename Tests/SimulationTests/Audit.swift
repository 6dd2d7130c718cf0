import Domain

/// S6, held against the log alone, event by event.
struct Audit {
  struct CommandID: Hashable {
    let locker: Locker.ID
    let sequence: Int64
  }

  struct Command {
    let box: Int
    let issuedAt: Instant
    let visit: Visit.ID?
    let handover: Handover.ID?
    var outcome: String?
    var endedAt: Instant?
    /// A person said that nobody waits for it any more.
    var wasGivenUp = false

    var isEnded: Bool { outcome != nil }
  }

  enum Holder: Hashable {
    case customer
    case box(Locker.ID, Int)
    /// With staff or at the desk.
    case house
    case uncertain
  }

  private(set) var broken: [String] = []
  private(set) var lastNumber: Int64 = 0
  private(set) var commands: [CommandID: Command] = [:]
  private(set) var holders: [Key.ID: Holder] = [:]
  /// Keys that were last moved by hand: as good as whoever looked.
  private(set) var byHand: Set<Key.ID> = []
  /// Asks for the PIN of a visit.
  var pins: ((Visit.ID) throws -> IssuedPin.ID?)?
  private var pending: [Locker.ID: Int64] = [:]
  private var visiting: [Locker.ID: Visit.ID] = [:]
  private var handing: [Locker.ID: Handover.ID] = [:]
  private var endedVisits: Set<Visit.ID> = []
  private var movesByVisit: [Visit.ID: Int] = [:]
  private var movesByHandover: [Handover.ID: Int] = [:]
  private var movesByPin: [IssuedPin.ID: Int] = [:]
  private var redeemed: Set<Handover.ID> = []
  private var opened: Set<Handover.ID> = []

  var underWay: [String] {
    pending.values.map { "command \($0)" } + visiting.values.map { "visit \($0)" }
      + handing.values.map { "hand-over \($0)" }
  }

  mutating func read(_ event: Event, isTimer: Bool) throws {
    if event.number != lastNumber + 1 { complain(event, "follows event \(lastNumber)") }
    lastNumber = event.number
    switch event.kind {
    case .keyDropped, .keyPutBack, .keyCollected, .keyReturned, .custodyUncertain, .custodyCorrected:
      try move(event)
    case .boxOpened: try usePin(event)
    case .commandIssued: issue(event, isTimer: isTimer)
    case .commandEnded: end(event)
    case .doorOverridden, .deviceRevoked: giveUp(event)
    case .visitStarted: startVisit(event)
    case .visitEnded: endVisit(event)
    case .handoverShown: show(event)
    case .handoverRedeemed: redeem(event)
    case .handoverEnded: endHandover(event)
    default: break
    }
  }

  /// What is stored of keys against what the log says.
  mutating func compare(custody keys: [Key]) throws {
    var stored: Set<Key.ID> = []
    for key in keys {
      stored.insert(key.id)
      let logged = holders[key.id] ?? .customer
      let fits =
        switch (key.custody.holder, logged) {
        case (.compartment, .box), (.staff, .house), (.desk, .house), (.uncertain, .uncertain): true
        default: false
        }
      if !fits { broken.append("key \(key.id) is stored at \(key.custody.holder), the log says \(logged)") }
    }
    for (key, holder) in holders where holder != .customer && !stored.contains(key) {
      broken.append("key \(key) is stored with its customer, the log says \(holder)")
    }
  }

  // MARK: Keys

  private mutating func move(_ event: Event) throws {
    guard let key = event.key else { return complain(event, "moves no key") }
    byHand.remove(key)
    switch event.kind {
    case .keyDropped, .keyPutBack: put(key, event)
    case .keyReturned: holders[key] = .customer
    case .keyCollected: holders[key] = .house
    case .custodyUncertain: holders[key] = .uncertain
    default:
      byHand.insert(key)
      switch event.reason {
      case "COMPARTMENT": put(key, event)
      case "CUSTOMER": holders[key] = .customer
      case "UNCERTAIN": holders[key] = .uncertain
      default: holders[key] = .house
      }
    }
    if let visit = event.visit {
      movesByVisit[visit, default: 0] += 1
      if movesByVisit[visit] != 1 { complain(event, "moves custody twice for visit \(visit)") }
      if event.kind != .custodyUncertain { try usePin(event) }
    }
    if let handover = event.handover {
      movesByHandover[handover, default: 0] += 1
      if movesByHandover[handover] != 1 { complain(event, "moves custody twice for hand-over \(handover)") }
      if event.kind != .custodyUncertain && !opened.contains(handover) {
        complain(event, "moves custody before the door of hand-over \(handover) has closed")
      }
    }
  }

  private mutating func put(_ key: Key.ID, _ event: Event) {
    guard let locker = event.locker, let number = event.compartment else {
      return complain(event, "puts a key nowhere")
    }
    let box = Holder.box(locker, number)
    if holders.contains(where: { $0.value == box && $0.key != key }) {
      complain(event, "puts a second key into box \(number)")
    }
    holders[key] = box
  }

  private mutating func usePin(_ event: Event) throws {
    guard let pin = try event.visit.flatMap({ try pins?($0) }) else { return }
    movesByPin[pin, default: 0] += 1
    if movesByPin[pin] != 1 { complain(event, "uses PIN \(pin) a second time") }
  }

  // MARK: Commands

  private mutating func issue(_ event: Event, isTimer: Bool) {
    guard let locker = event.locker, let sequence = event.commandSequence, let box = event.compartment else {
      return complain(event, "is about no command")
    }
    if isTimer { complain(event, "opens a door because time has passed") }
    if pending[locker] != nil { complain(event, "opens a second door") }
    pending[locker] = sequence
    let id = CommandID(locker: locker, sequence: sequence)
    if commands[id] != nil { complain(event, "gives a number twice") }
    commands[id] = Command(box: box, issuedAt: event.time, visit: event.visit, handover: event.handover)
    if (event.visit == nil) == (event.handover == nil) { complain(event, "does not have one cause") }
    if event.handover != nil && event.staff == nil { complain(event, "does not have one person") }
    if let visit = event.visit, endedVisits.contains(visit) {
      complain(event, "opens for a visit that is over")
    }
    if let handover = event.handover, !redeemed.contains(handover) { complain(event, "opens without a QR") }
  }

  private mutating func end(_ event: Event) {
    guard let locker = event.locker, let sequence = event.commandSequence else {
      return complain(event, "is about no command")
    }
    if pending[locker] != sequence { complain(event, "ends a command that was not under way") }
    pending[locker] = nil
    let id = CommandID(locker: locker, sequence: sequence)
    if commands[id]?.outcome != nil { complain(event, "ends a command twice") }
    commands[id]?.outcome = event.reason
    commands[id]?.endedAt = event.time
    if event.reason == "OPENED_AND_CLOSED", let handover = event.handover { opened.insert(handover) }
  }

  /// Done by hand: what a controller still has in work, it may go on with until it is unplugged.
  private mutating func giveUp(_ event: Event) {
    for (id, command) in commands where id.locker == event.locker {
      let isMeant = event.compartment == nil || event.compartment == command.box
      if isMeant && (command.endedAt ?? event.time) == event.time { commands[id]?.wasGivenUp = true }
    }
  }

  // MARK: Visits and hand-overs

  private mutating func startVisit(_ event: Event) {
    guard let locker = event.locker else { return complain(event, "is at no locker") }
    if visiting[locker] != nil { complain(event, "starts a second visit") }
    if handing[locker] != nil { complain(event, "starts a visit beside a hand-over") }
    visiting[locker] = event.visit
  }

  private mutating func endVisit(_ event: Event) {
    guard let locker = event.locker, let visit = event.visit else { return complain(event, "ends no visit") }
    if !endedVisits.insert(visit).inserted { complain(event, "ends a visit twice") }
    visiting[locker] = nil
  }

  private mutating func show(_ event: Event) {
    guard let locker = event.locker else { return complain(event, "is at no locker") }
    if handing[locker] != nil { complain(event, "shows a second QR") }
    if visiting[locker] != nil { complain(event, "shows a QR beside a visit") }
    handing[locker] = event.handover
  }

  private mutating func redeem(_ event: Event) {
    guard let handover = event.handover else { return complain(event, "redeems nothing") }
    if !redeemed.insert(handover).inserted { complain(event, "redeems a QR twice") }
    if !handing.values.contains(handover) { complain(event, "redeems a QR that is not shown") }
  }

  private mutating func endHandover(_ event: Event) {
    guard let locker = event.locker, handing[locker] == event.handover else { return }
    handing[locker] = nil
  }

  private mutating func complain(_ event: Event, _ what: String) {
    broken.append("event \(event.number), \(event.kind.rawValue), \(what)")
  }
}
