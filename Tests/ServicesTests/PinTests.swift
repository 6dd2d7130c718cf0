import API
import Core
import Domain
import RPC
import Services
import Synchronization
import TestSupport
import Testing

/// PINs that the desk gives: lifetimes, successors, and whose they are (S1).
@Suite struct PinTests {
  private func issue(
    _ workOrder: ProtoWorkOrder, _ purpose: ProtoPinPurpose, at shop: Workshop, requestID: String? = nil
  ) async throws -> ProtoIssuePinResponse {
    try await shop.world.workOrders.issuePin(
      .with {
        $0.requestID = requestID ?? shop.world.requestID
        $0.workOrderID = workOrder.workOrderID
        $0.purpose = purpose
      }, shop.world.operatorContext)
  }

  @Test func `S1 the digits are in the first answer only`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let first = try await issue(workOrder, .dropOff, at: shop, requestID: "again")
    #expect(first.pin.count == 6 && first.pin.allSatisfy(\.isNumber))
    for _ in 1...2 {
      let refusal = try await shop.refusal {
        try await issue(workOrder, .dropOff, at: shop, requestID: "again")
      }
      #expect(refusal?.reason == "ALREADY_DONE")
      #expect(refusal?.code == .alreadyExists)
      #expect("\(String(describing: refusal))".contains(first.pin) == false)
    }
    // The repeat has changed nothing: the first PIN is still the one.
    #expect(try await shop.state(ofPin: first.pin) == .live)
    #expect(try await shop.log(.pinIssued).count == 1)
  }

  @Test func `S1 no PIN is trivial, and no two live ones of a location are alike`() async throws {
    let shop = try await Workshop.open()
    var pins: Set<String> = []
    for number in 1...40 {
      let workOrder = try await shop.book("\(number)", plate: "AA-\(100 + number)-A")
      pins.insert(try await shop.pin(for: workOrder))
    }
    for box in 1...4 as ClosedRange<Int32> { pins.insert(try await shop.boxPin(box)) }
    #expect(pins.count == 44)
    #expect(pins.allSatisfy { PIN(digits: $0)?.isTrivial == false })
  }

  @Test func `S1 a PIN that is drawn twice is drawn anew, for any purpose`() async throws {
    let shop = try await Workshop.open()
    let (first, second) = (try await shop.book(), try await shop.book("4712", plate: "XX-999-X"))
    let stuck = Environment(shop.world.environment, entropy: RepeatingEntropy(sames: 4))
    let workOrders = WorkOrderService(stuck)
    func issue(_ workOrder: ProtoWorkOrder) async throws -> String {
      try await workOrders.issuePin(
        .with {
          ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID)
          $0.purpose = .dropOff
        }, shop.world.operatorContext
      ).pin
    }
    let one = try await issue(first)
    let two = try await issue(second)
    #expect(one != two)
    // At another location the same digits may be live: its digests are others.
    let harbour = try await shop.addLocation()
    let same = Environment(shop.world.environment, entropy: RepeatingEntropy(sames: 1))
    let elsewhere = try await harbour.book()
    let there = try await WorkOrderService(same).issuePin(
      .with {
        $0.requestID = shop.world.requestID
        $0.workOrderID = elsewhere.workOrderID
        $0.purpose = .dropOff
      }, shop.world.operatorContext
    ).pin
    #expect(there == one)
  }

  @Test func `S1 where every draw is taken the desk is told to wait`() async throws {
    let shop = try await Workshop.open()
    let stuck = Environment(shop.world.environment, entropy: RepeatingEntropy(sames: .max))
    let workOrders = WorkOrderService(stuck)
    var refusals: [Failure.Reason?] = []
    for number in ["1", "2"] {
      let workOrder = try await shop.book(number, plate: "AA-11\(number)-A")
      let refusal = try await shop.refusal {
        try await workOrders.issuePin(
          .with {
            ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID)
            $0.purpose = .dropOff
          }, shop.world.operatorContext)
      }
      refusals.append(refusal?.reason)
    }
    #expect(refusals == [nil, "OVERLOADED"])
  }

  @Test(arguments: [ProtoPinPurpose.dropOff, .pickUp])
  func `S1 a newer PIN supersedes an older one of its purpose`(purpose: ProtoPinPurpose) async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    if purpose == .pickUp { try await shop.drop(workOrder) }
    let older = try await shop.pin(for: workOrder, purpose)
    let newer = try await shop.pin(for: workOrder, purpose)
    #expect(older != newer)
    #expect(try await shop.state(ofPin: older) == .superseded)
    let visit: ProtoVisitPurpose = purpose == .pickUp ? .pickUp : .dropOff
    #expect(try await shop.refusal { try await shop.identify(older, for: visit) }?.reason == "WRONG_PIN")
    #expect(try await shop.touch(.pin(newer)).lower.step == (purpose == .pickUp ? .opening : .contact))
  }

  @Test func `S1 a PIN of one purpose leaves those of others alone`() async throws {
    let shop = try await Workshop.open()
    let (workOrder, other) = (try await shop.book(), try await shop.book("4712", plate: "XX-999-X"))
    let drop = try await shop.pin(for: other)
    let box = try await shop.drop(workOrder)
    let boxPin = try await shop.boxPin(box)
    let pickUp = try await shop.pin(for: workOrder, .pickUp)
    for pin in [drop, boxPin, pickUp] { #expect(try await shop.state(ofPin: pin) == .live) }
  }

  @Test func `S1 a PIN that was superseded while a visit had it is not given back`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let older = try await shop.pin(for: workOrder)
    try await shop.identify(older)
    let newer = try await shop.pin(for: workOrder)
    #expect(try await shop.state(ofPin: older) == .claimed)
    try await shop.touch(.abort)
    #expect(try await shop.state(ofPin: older) == .superseded)
    #expect(try await shop.refusal { try await shop.identify(older) }?.reason == "WRONG_PIN")
    #expect(try await shop.touch(.pin(newer)).lower.step == .contact)
  }

  @Test func `S1 a pick-up PIN lives seven days`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await shop.drop(workOrder)
    let issued = try await issue(workOrder, .pickUp, at: shop)
    let week: Int64 = 7 * 24 * 60 * 60
    #expect(issued.expireTime.seconds == ManualClock.start.milliseconds / 1000 + week)
    try await shop.world.pass(.seconds(week) - .milliseconds(1))
    try await shop.world.timers.sweep()
    #expect(try await shop.identify(issued.pin, for: .pickUp).lower.step == .opening)
    try await shop.lock.jam()
    try await shop.world.pass(.milliseconds(1))
    #expect(
      try await shop.refusal { try await shop.identify(issued.pin, for: .pickUp) }?.reason == "WRONG_PIN")
    try await shop.world.timers.sweep()
    #expect(try await shop.state(ofPin: issued.pin) == .expired)
    #expect(try await shop.refusal { try await shop.touch(.pin(issued.pin)) }?.reason == "WRONG_PIN")
  }

  @Test func `S1 a PIN is used up when the key is in, and not before`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    _ = try await shop.walkToOpenBox(pin: pin)
    try await shop.lock.closeDoor(item: .unspecified)
    #expect(try await shop.state(ofPin: pin) == .claimed)
    try await shop.touch(.confirm)
    #expect(try await shop.state(ofPin: pin) == .used)
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "WRONG_PIN")
  }

  @Test func `S1 C1 an appointment that moves takes its PIN along`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    try await shop.store(workOrder) { $0.localTime = "2027-03-03T10:00" }
    try await shop.world.pass(.seconds(2 * 24 * 60 * 60))
    try await shop.world.timers.sweep()
    #expect(try await shop.identify(pin).lower.step == .contact)
    try await shop.touch(.abort)
    try await shop.store(workOrder) { $0.localTime = "2027-03-02T10:00" }
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "NOT_TODAY")
  }

  @Test func `C14 S1 the PINs of a cancelled work order die, and stay dead when it is restored`() async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let pin = try await shop.pin(for: workOrder)
    try await shop.cancel(workOrder)
    #expect(try await shop.state(ofPin: pin) == .revoked)
    #expect(try await shop.refusal { try await shop.identify(pin) }?.reason == "WRONG_PIN")
    #expect(
      try await shop.refusal { try await issue(workOrder, .dropOff, at: shop) }?.reason
        == "WORK_ORDER_CANCELLED")
    _ = try await shop.world.workOrders.restoreWorkOrder(
      .with { ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID) },
      shop.world.operatorContext)
    #expect(try await shop.refusal { try await shop.touch(.pin(pin)) }?.reason == "WRONG_PIN")
    let new = try await shop.pin(for: workOrder)
    #expect(try await shop.touch(.pin(new)).lower.step == .contact)
  }

  @Test func `D2 P1 a PIN is refused to the desk for what it could not open`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let yesterday = try await shop.book("4712", at: "2027-02-28T10:00")
    func reason(_ workOrder: ProtoWorkOrder, _ purpose: ProtoPinPurpose) async throws -> Failure.Reason? {
      try await shop.refusal { try await issue(workOrder, purpose, at: shop) }?.reason
    }
    #expect(try await reason(workOrder, .pickUp) == "NO_KEY_IN_LOCKER")
    #expect(try await reason(yesterday, .dropOff) == "APPOINTMENT_OVER")
    #expect(try await reason(workOrder, .unspecified) == "INVALID_FIELD")
    #expect(try await reason(.with { $0.workOrderID = 999 }, .dropOff) == "NOT_FOUND")
    try await shop.drop(workOrder)
    #expect(try await reason(workOrder, .dropOff) == "KEY_IN_LOCKER")
    #expect(try await reason(workOrder, .pickUp) == nil)
  }

  @Test(arguments: ["", "123", "12345678901", "12345a", "١٢٣٤٥٦", "12 456", "-12345"])
  func `S1 what cannot be a PIN is an invalid field, and no guess`(typed: String) async throws {
    let shop = try await Workshop.open()
    _ = try await shop.start()
    let refusal = try await shop.refusal { try await shop.touch(.pin(typed)) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["pin"])
    #expect(try await shop.wrongPins() == 0)
  }

  @Test func `S1 a PIN for another purpose, an unknown and a used one look the same`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let drop = try await shop.pin(for: workOrder)
    _ = try await shop.start(.pickUp)
    let other = try await shop.refusal { try await shop.touch(.pin(drop)) }
    let unknown = try await shop.refusal { try await shop.touch(.pin("135790")) }
    #expect(other?.reason == "WRONG_PIN")
    #expect(other == unknown)
    #expect(try await shop.wrongPins() == 2)
    #expect(try await shop.state(ofPin: drop) == .live)
  }
}

/// Gives the same bytes for the first draws of a PIN, then others.
private struct RepeatingEntropy: Entropy {
  private let drawn = SeededEntropy(seed: 77)
  private let same = SeededEntropy(seed: 99).bytes(PIN.seedByteCount)
  private let sames: Counter

  init(sames: Int) { self.sames = Counter(sames) }

  func bytes(_ count: Int) -> [UInt8] {
    count == PIN.seedByteCount && sames.takeOne() ? same : drawn.bytes(count)
  }
}

/// Counts down to nothing.
private final class Counter: Sendable {
  private let left: Mutex<Int>

  init(_ count: Int) { left = Mutex(count) }

  func takeOne() -> Bool {
    left.withLock { left in
      defer { left -= left > 0 ? 1 : 0 }
      return left > 0
    }
  }
}

extension Environment {
  /// The same server with other dice.
  fileprivate convenience init(_ environment: Environment, entropy: any Entropy) {
    self.init(
      store: environment.store, clock: environment.clock, entropy: entropy, secrets: environment.secrets,
      audience: environment.audience, signals: environment.signals, sessions: environment.sessions)
  }
}
