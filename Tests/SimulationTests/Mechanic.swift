import API
import Domain
import Services

/// A mechanic with a tablet, who takes keys out by QR and puts them back, and does not always do it right.
final class Mechanic {
  unowned let site: Site
  let tablet: Peer
  private let staff: Int64
  private var car = 0
  private var handover: ProtoHandover?
  /// The token of the hand-over in hand, once it was scanned, and what this tablet has seen before.
  private var token: String?
  private var seenTokens: [String] = []
  private var hasActed = false
  private var acts = 0

  private var simulation: Simulation { site.simulation }

  init(_ site: Site, _ tablet: Peer, _ staff: Int64) {
    self.site = site
    self.tablet = tablet
    self.staff = staff
    tablet.onReady = { [unowned self] in watch() }
  }

  func begin() {
    tablet.connect()
    think(1_000...6_000)
  }

  private func think(_ range: ClosedRange<Int> = 400...3_000) {
    simulation.at(simulation.whenPeopleAct(after: Int64(simulation.dice.int(range))), "mechanic") {
      [unowned self] in
      guard !simulation.isHealed else { return false }
      act()
      return true
    }
  }

  private func act() {
    acts += 1
    guard tablet.isReady else { return think(1_000...4_000) }
    guard let handover else { return ask() }
    if acts > 40 { return forget() }
    switch handover.state {
    case .queued:
      if simulation.dice.chance(6) { return cancel(handover) }
      if simulation.dice.chance(6) {
        return redeem(handover, simulation.dice.pick(seenTokens) ?? "v4.public.x")
      }
      think()
    case .shown: scan(handover)
    case .opening, .open: useDoor(handover)
    case .completed, .keyNotMoved, .expired, .cancelled, .jammed, .failed, .unknown:
      if simulation.dice.chance(45), let token { return redeem(handover, token) }
      if simulation.dice.chance(15) { return cancel(handover) }
      forget()
    case .unspecified, .UNRECOGNIZED: forget()
    }
  }

  private func forget() {
    handover = nil
    token = nil
    hasActed = false
    acts = 0
    think(1_000...6_000)
  }

  /// Whether its QR waits for its turn at a locker.
  func waits(at place: Place) -> Bool {
    handover?.state == .queued && handover?.lockerID == place.locker.rawValue
  }

  /// The box that its QR is for, while that is on the screen or under way.
  func boxInUse(at place: Place) -> Int? {
    guard let handover, handover.lockerID == place.locker.rawValue,
      [.shown, .opening].contains(handover.state)
    else { return nil }
    return Int(handover.compartment)
  }

  // MARK: Asking

  private func ask() {
    let held = site.cars.indices.filter { [.staff, .desk].contains(site.cars[$0].whereabouts) }
    let boxed = site.cars.indices.filter { site.cars[$0].whereabouts == .box }
    let putsBack = !held.isEmpty && simulation.dice.chance(boxed.isEmpty ? 90 : 45)
    let anyone = simulation.dice.chance(6) ? site.cars.indices.map { $0 } : putsBack ? held : boxed
    guard let chosen = simulation.dice.pick(anyone), site.cars[chosen].workOrder != 0,
      let place = simulation.dice.pick(site.places)
    else { return think(2_000...8_000) }
    car = chosen
    let request = ProtoRequestHandoverRequest.with {
      $0.requestID = site.requestID
      $0.workOrderID = site.cars[chosen].workOrder
      $0.direction = putsBack ? .putBack : .takeOut
      $0.lockerID = place.locker.rawValue
    }
    tablet.mutate("HandoverService/RequestHandover", request, tries: 3) { [unowned self] ending in
      if case .answer(let bytes) = ending, let answer = try? ProtoRequestHandoverResponse(wireBytes: bytes) {
        handover = answer.handover
        acts = 0
        watch()
        return think()
      }
      think(2_000...10_000)
    }
  }

  private func watch() {
    guard let handover else { return }
    let request = ProtoWatchHandoverRequest.with { $0.handoverID = handover.handoverID }
    tablet.watch("HandoverService/WatchHandover", request, endsByItself: true) {
      [unowned self] (message: ProtoWatchHandoverResponse) in
      note(message.handover)
    }
  }

  private func note(_ newer: ProtoHandover) {
    guard let known = handover, known.handoverID == newer.handoverID, newer.revision >= known.revision else {
      return
    }
    handover = newer
  }

  private func cancel(_ handover: ProtoHandover) {
    let request = ProtoCancelHandoverRequest.with { $0.handoverID = handover.handoverID }
    tablet.call("HandoverService/CancelHandover", request) { [unowned self] ending in
      if case .answer(let bytes) = ending, let answer = try? ProtoCancelHandoverResponse(wireBytes: bytes) {
        note(answer.handover)
      }
      think()
    }
  }

  // MARK: The QR

  private func scan(_ handover: ProtoHandover) {
    guard let place = site.place(of: handover.lockerID) else { return forget() }
    let shown = place.screens.compactMap { $0.view?.upper.handoverToken }.last { !$0.isEmpty }
    if let shown {
      token = shown
      seenTokens = (seenTokens + [shown]).suffix(4)
    }
    switch simulation.dice.int(1...100) {
    case 1...5: cancel(handover)
    case 6...15: think(5_000...40_000)
    case 16...20: redeem(handover, (shown ?? "v4.public.") + "A")
    case 21...27: redeem(handover, seenTokens.first ?? "")
    default: shown.map { redeem(handover, $0) } ?? think()
    }
  }

  private func redeem(_ handover: ProtoHandover, _ token: String) {
    let request = ProtoRedeemHandoverRequest.with {
      ($0.requestID, $0.handoverID, $0.token) = (site.requestID, handover.handoverID, token)
    }
    tablet.mutate("HandoverService/RedeemHandover", request, tries: 2) { [unowned self] ending in
      if case .answer(let bytes) = ending, let answer = try? ProtoRedeemHandoverResponse(wireBytes: bytes) {
        note(answer.handover)
        // Some scan twice.
        if simulation.dice.chance(15) { return redeem(handover, token) }
      }
      think()
    }
  }

  // MARK: The door

  private func useDoor(_ handover: ProtoHandover) {
    guard let place = site.place(of: handover.lockerID) else { return forget() }
    let box = Int(handover.compartment)
    if simulation.dice.chance(4) { return cancel(handover) }
    if simulation.dice.chance(6), let old = token { return redeem(handover, old) }
    guard box > 0, !hasActed, site.isOpen(box, at: place, handover: handover.handoverID) else {
      return think()
    }
    hasActed = true
    if simulation.dice.chance(88) {
      if handover.direction == .takeOut {
        site.take(from: box, at: place, to: .staff)
      } else {
        site.put(car, into: box, at: place, from: site.cars[car].whereabouts == .desk ? .desk : .staff)
      }
    }
    if simulation.occurs(.doorLeftOpen, perMille: 100) { return think(5_000...40_000) }
    simulation.after(Int64(simulation.dice.int(300...2_500)), "door is closed") { [unowned place] in
      place.cabinet.close(box)
      return true
    }
    think(2_600...6_000)
  }
}
