import Domain

/// S6, held against the log alone: what the database's own constraints forbid is looked for a second time.
extension Workshop {
  /// Every invariant that the location's log breaks; empty when all hold.
  public func brokenInvariants() async throws -> [String] {
    var audit = Audit()
    for event in try await log() { audit.read(event) }
    return audit.broken
  }
}

private struct Audit {
  private struct Box: Hashable {
    var locker: Locker.ID
    var number: Int
  }

  var broken: [String] = []
  private var keyInBox: [Box: Key.ID] = [:]
  private var boxOfKey: [Key.ID: Box] = [:]
  private var movesByVisit: [Visit.ID: Int] = [:]
  private var movesByHandover: [Handover.ID: Int] = [:]
  private var pending: [Locker.ID: Int64] = [:]
  private var causes: [Locker.ID: Set<Int64>] = [:]
  private var visiting: [Locker.ID: Visit.ID] = [:]
  private var handing: [Locker.ID: Handover.ID] = [:]

  mutating func read(_ event: Event) {
    switch event.kind {
    case .keyDropped, .keyPutBack: put(event)
    case .keyCollected, .keyReturned, .custodyUncertain: take(event)
    case .custodyCorrected: event.reason == "COMPARTMENT" ? put(event) : take(event)
    case .commandIssued, .commandEnded: command(event)
    case .visitStarted: start(event)
    case .visitEnded: if let locker = event.locker { visiting[locker] = nil }
    case .handoverShown: show(event)
    case .handoverEnded: endHandover(event)
    default: break
    }
  }

  private mutating func put(_ event: Event) {
    guard let key = event.key, let locker = event.locker, let number = event.compartment else {
      return complain(event, "puts a key nowhere")
    }
    let box = Box(locker: locker, number: number)
    if let other = keyInBox[box], other != key { complain(event, "puts a second key into box \(number)") }
    if let old = boxOfKey[key] { keyInBox[old] = nil }
    keyInBox[box] = key
    boxOfKey[key] = box
    countMove(event)
  }

  private mutating func take(_ event: Event) {
    guard let key = event.key else { return complain(event, "takes no key") }
    if let box = boxOfKey.removeValue(forKey: key) { keyInBox[box] = nil }
    countMove(event)
  }

  private mutating func countMove(_ event: Event) {
    if let visit = event.visit {
      movesByVisit[visit, default: 0] += 1
      if movesByVisit[visit, default: 0] > 1 { complain(event, "moves custody twice for visit \(visit)") }
    }
    if let handover = event.handover {
      movesByHandover[handover, default: 0] += 1
      if movesByHandover[handover, default: 0] > 1 {
        complain(event, "moves custody twice for hand-over \(handover)")
      }
    }
  }

  private mutating func command(_ event: Event) {
    guard let locker = event.locker, let sequence = event.commandSequence else {
      return complain(event, "is about no command")
    }
    if event.kind == .commandEnded {
      if pending[locker] != sequence { complain(event, "ends a command that was not pending") }
      pending[locker] = nil
      return
    }
    if pending[locker] != nil { complain(event, "opens a second door") }
    pending[locker] = sequence
    if !causes[locker, default: []].insert(sequence).inserted { complain(event, "gives a number twice") }
    if (event.visit == nil) == (event.handover == nil) { complain(event, "does not have one cause") }
    if (event.handover == nil) != (event.staff == nil) { complain(event, "does not have one person") }
  }

  private mutating func start(_ event: Event) {
    guard let locker = event.locker else { return complain(event, "is at no locker") }
    if visiting[locker] != nil { complain(event, "starts a second visit") }
    if handing[locker] != nil { complain(event, "starts a visit beside a hand-over") }
    visiting[locker] = event.visit
  }

  private mutating func show(_ event: Event) {
    guard let locker = event.locker else { return complain(event, "is at no locker") }
    if handing[locker] != nil { complain(event, "shows a second QR") }
    if visiting[locker] != nil { complain(event, "shows a QR beside a visit") }
    handing[locker] = event.handover
  }

  private mutating func endHandover(_ event: Event) {
    guard let locker = event.locker, handing[locker] == event.handover else { return }
    handing[locker] = nil
  }

  private mutating func complain(_ event: Event, _ what: String) {
    broken.append("event \(event.number), \(event.kind.rawValue), \(what)")
  }
}
