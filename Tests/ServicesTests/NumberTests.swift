import API
import Domain
import RPC
import TestSupport
import Testing

/// A registration or mobile number alone authenticates, where the locker asks no PIN (D4, D11).
@Suite struct NumberTests {
  @Test func `D4 a number leads straight to validation; nobody's details are shown on the way`() async throws
  {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.store(try await shop.book()) {
      $0.interventions = [
        .with { ($0.name, $0.remark, $0.priceCents) = ("Service", "Secret remark", 24_900) }
      ]
    }
    var views = [try await shop.start()]
    #expect(!views[0].pinToDrop)
    views.append(try await shop.touch(.number("AB-123-C")))
    #expect(views[1].lower.step == .validate)
    views.append(try await shop.touch(.validate(name: "Somebody", remark: "My own remark")))
    try await shop.lock.openDoor()
    views.append(try await shop.view())
    try await shop.lock.closeDoor(item: .unspecified)
    views.append(try await shop.view())
    views.append(try await shop.touch(.confirm))
    #expect(views.map(\.lower.step) == [.authenticate, .validate, .opening, .doorOpen, .doorClosed, .done])
    for view in views {
      let text = view.textFormatString()
      for secret in [
        "Driver", "driver@example.org", "12345678", "Secret remark", "24900", "Somebody", "My own",
      ] {
        #expect(!text.contains(secret), "\(secret) in step \(view.lower.step)")
      }
    }
    #expect(views[1].lower.appointment.interventions.map(\.name) == ["Service"])
    #expect(views[1].lower.appointment.interventions.map(\.priceHidden) == [true])
    #expect(try await shop.key(of: workOrder).holder == .compartment)
    #expect(try await shop.log(.visitIdentified).map(\.reason) == ["NUMBER"])
  }

  @Test func `D4 a PIN is welcome too, and shows what a PIN may show`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let view = try await shop.identify(try await shop.pin(for: try await shop.book()))
    #expect(view.lower.step == .contact)
    #expect(view.lower.contact.name == "Driver")
    #expect(try await shop.log(.visitIdentified).map(\.reason) == ["PIN"])
  }

  @Test func `D2 D4 where a PIN is asked, a number is refused, known or not`() async throws {
    let shop = try await Workshop.open()
    _ = try await shop.book()
    _ = try await shop.start()
    for number in ["AB-123-C", "ZZ-999-Z", "0612345678"] {
      #expect(try await shop.refusal { try await shop.touch(.number(number)) }?.reason == "PIN_REQUIRED")
    }
    #expect(try await shop.wrongPins() == 0)
  }

  @Test(arguments: ["AB-123-C", "ab123c", " a b 1 2 3 c ", "AB.123.C", "Äb-123-ç", "ab–123–c"])
  func `D11 a plate matches in any notation`(typed: String) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.book(plate: "ab 123 C")
    _ = try await shop.start()
    let view = try await shop.touch(.number(typed))
    #expect(view.lower.appointment.registration == "AB-123-C")
  }

  @Test(arguments: ["AB-123-D", "AB-123", "123", "*", "%", "AB_123_C%"])
  func `D11 another plate does not match`(typed: String) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.book(plate: "AB-123-CX")
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number(typed)) }?.reason == "NO_MATCH")
    #expect(try await shop.view().lower.step == .authenticate)
  }

  @Test(arguments: ["0612345678", "06-12 34 56 78", "+31612345678", "+31 (0)6 12345678", "0031612345678"])
  func `D11 the driver's mobile matches in any notation`(typed: String) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.book(mobile: "06 1234 5678")
    _ = try await shop.start()
    #expect(try await shop.touch(.number(typed)).lower.step == .validate)
  }

  @Test func `D4 the driver's business mobile matches, another contact's does not`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.store(try await shop.book()) {
      $0.contacts[0].businessMobile = "0687654321"
      $0.contacts.append(.with { ($0.role, $0.name, $0.privateMobile) = (.owner, "Owner", "0611112222") })
    }
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number("0611112222")) }?.reason == "NO_MATCH")
    #expect(try await shop.touch(.number("0687654321")).lower.step == .validate)
  }

  @Test(arguments: ["", String(repeating: "A", count: 33)])
  func `D4 a number has 1 to 32 characters`(typed: String) async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.start()
    let refusal = try await shop.refusal { try await shop.touch(.number(typed)) }
    #expect(refusal?.reason == "INVALID_FIELD")
    #expect(refusal?.violations.map(\.field) == ["number"])
  }

  @Test func `D11 of two work orders with one plate the customer picks by time`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let morning = try await shop.book()
    let afternoon = try await shop.book("4712", at: "2027-03-01T15:30")
    _ = try await shop.book("4713", plate: "XX-999-X", at: "2027-03-01T12:00")
    _ = try await shop.start()
    let view = try await shop.touch(.number("AB-123-C"))
    #expect(view.lower.step == .chooseAppointment)
    #expect(view.lower.choices.map(\.workOrderID) == [morning.workOrderID, afternoon.workOrderID])
    #expect(view.lower.choices.map(\.localTime) == ["10:00", "15:30"])
    #expect(!view.lower.hasAppointment)
    let chosen = try await shop.touch(.choose(afternoon))
    #expect(chosen.lower.step == .validate)
    #expect(chosen.lower.appointment.localTime == "2027-03-01T15:30")
    #expect(chosen.lower.choices.isEmpty)
    try await shop.touch(.validate())
    try await shop.lock.openDoor()
    try await shop.lock.closeDoor(item: .unspecified)
    try await shop.touch(.confirm)
    #expect(try await shop.key(of: afternoon).holder == .compartment)
    #expect(try await shop.key(of: morning).holder == .customer)
    // The other one is the only one left: nothing to choose.
    _ = try await shop.start()
    #expect(try await shop.touch(.number("AB-123-C")).lower.appointment.localTime == "2027-03-01T10:00")
  }

  @Test func `D11 only what is on the screen can be picked`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let first = try await shop.book()
    _ = try await shop.book("4712", at: "2027-03-01T15:30")
    let other = try await shop.book("4713", plate: "XX-999-X")
    _ = try await shop.walk(first, to: .choose)
    for choice in [other, .init(), .with { $0.workOrderID = -1 }] {
      #expect(try await shop.refusal { try await shop.touch(.choose(choice)) }?.reason == "NO_MATCH")
    }
    #expect(try await shop.view().lower.step == .chooseAppointment)
  }

  @Test func `D11 a PIN names its work order: nothing to choose`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let first = try await shop.book()
    let second = try await shop.book("4712", at: "2027-03-01T15:30")
    try await shop.identify(try await shop.pin(for: second))
    #expect(try await shop.touch(.contact()).lower.appointment.localTime == "2027-03-01T15:30")
    try await shop.touch(.abort)
    try await shop.identify(try await shop.pin(for: first))
    #expect(try await shop.touch(.contact()).lower.appointment.localTime == "2027-03-01T10:00")
  }

  @Test func `D4 a cancelled work order does not match, a restored one does`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    try await shop.cancel(workOrder)
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number("AB-123-C")) }?.reason == "NO_MATCH")
    _ = try await shop.world.workOrders.restoreWorkOrder(
      .with { ($0.requestID, $0.workOrderID) = (shop.world.requestID, workOrder.workOrderID) },
      shop.world.operatorContext)
    #expect(try await shop.touch(.number("AB-123-C")).lower.step == .validate)
  }

  @Test func `D4 a key that is in the locker already is not dropped again`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let workOrder = try await shop.book()
    _ = try await shop.walk(workOrder, to: .done)
    let before = try await shop.key(of: workOrder)
    _ = try await shop.start()
    #expect(try await shop.refusal { try await shop.touch(.number("AB-123-C")) }?.reason == "NO_MATCH")
    #expect(try await shop.key(of: workOrder) == before)
  }

  @Test func `D4 a work order of another location does not match`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    let harbour = try await shop.addLocation(pinToDrop: false)
    _ = try await shop.book()
    _ = try await harbour.start()
    for number in ["AB-123-C", "0612345678"] {
      #expect(try await harbour.refusal { try await harbour.touch(.number(number)) }?.reason == "NO_MATCH")
    }
  }
}
