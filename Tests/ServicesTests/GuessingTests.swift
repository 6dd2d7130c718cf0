import API
import Domain
import Foundation
import RPC
import Services
import Storage
import TestSupport
import Testing

/// Wrong PINs at a kiosk and over a location (S2).
@Suite struct GuessingTests {
  /// Enters wrong PINs, each another one, in a visit of its own. Returns the last refusal.
  @discardableResult
  private func guess(_ count: Int, plate: String = "", at shop: Workshop) async throws -> Failure? {
    var last: Failure?
    for _ in 0..<count {
      let visit = try await visit(at: shop)
      let wrong = String(100_000 + Int(visit) * 7919 % 900_000)
      last = try await shop.refusal { try await shop.touch(.pin(wrong, plate: plate), visit) }
    }
    return last
  }

  /// A new visit; the last one is given up.
  private func visit(at shop: Workshop) async throws -> Int64 {
    if try await shop.view().lower.step == .authenticate { try await shop.touch(.abort) }
    return try await shop.start().lower.visitID
  }

  @Test func `S2 after five wrong PINs in a row plate and PIN are asked`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    for _ in 1...5 {
      #expect(try await guess(1, at: shop)?.reason == "WRONG_PIN")
      #expect(try await !shop.view().lower.hasRetryTime)
    }
    #expect(try await shop.view().lower.plateRequired)
    // Without a plate nothing is looked at, and nothing is counted.
    #expect(try await shop.refusal { try await shop.touch(.pin(pin)) }?.reason == "PLATE_REQUIRED")
    #expect(try await guess(1, at: shop)?.reason == "PLATE_REQUIRED")
    #expect(try await shop.wrongPins() == 5)
    #expect(try await shop.touch(.pin(pin, plate: "ab 123-c")).lower.step == .contact)
  }

  @Test func `S2 a key that moves by a right PIN lets the count start from nothing`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    try await guess(4, at: shop)
    try await shop.touch(.abort)
    try await shop.drop(workOrder)
    #expect(try await shop.wrongPins() == 0)
    #expect(try await !shop.view().lower.plateRequired)
  }

  @Test func `S2 one's own PIN, entered and given up between guesses, resets nothing`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    try await guess(4, at: shop)
    #expect(try await shop.touch(.pin(pin)).lower.step == .contact)
    #expect(try await shop.wrongPins() == 4)
    try await shop.touch(.abort)
    try await guess(1, at: shop)
    #expect(try await shop.view().lower.plateRequired)
  }

  @Test func `S2 a right PIN with another car's plate is a wrong one, and is not told from it`() async throws
  {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    _ = try await shop.book("4712", plate: "XX-999-X")
    let pin = try await shop.pin(for: workOrder)
    try await guess(5, at: shop)
    let mismatch = try await shop.refusal { try await shop.touch(.pin(pin, plate: "XX-999-X")) }
    #expect(mismatch?.reason == "WRONG_PIN")
    #expect(try await shop.wrongPins() == 6)
    try await shop.world.pass(.seconds(30))
    #expect(try await guess(1, plate: "AB-123-C", at: shop) == mismatch)
    #expect(try await shop.state(ofPin: pin) == .live)
  }

  @Test func `S2 beyond that each wrong one is followed by a longer wait, from 30 s to an hour`() async throws
  {
    let shop = try await Workshop.open()
    let pin = try await shop.pin(for: try await shop.book())
    try await guess(5, at: shop)
    for wait in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] as [Int64] {
      #expect(try await guess(1, plate: "AB-123-C", at: shop)?.reason == "WRONG_PIN")
      let now = shop.world.clock.now
      #expect(try await shop.view().lower.retryTime.seconds == now.milliseconds / 1000 + wait)
      let refusal = try await shop.refusal { try await shop.touch(.pin(pin, plate: "AB-123-C")) }
      #expect(refusal?.reason == "TOO_MANY_ATTEMPTS")
      #expect(refusal?.code == .resourceExhausted)
      #expect(refusal?.retryDelay == .seconds(wait))
      try await shop.world.pass(.seconds(wait) - .milliseconds(1))
      _ = try await visit(at: shop)
      let last = try await shop.refusal { try await shop.touch(.pin(pin, plate: "AB-123-C")) }
      #expect(last?.retryDelay == .milliseconds(1))
      try await shop.world.pass(.milliseconds(1))
    }
    #expect(try await shop.wrongPins() == 14)
    #expect(try await shop.touch(.pin(pin, plate: "AB-123-C")).lower.step == .contact)
  }

  @Test func `S2 a wrong PIN that is repeated with its request id counts once`() async throws {
    let shop = try await Workshop.open()
    let visit = try await shop.start().lower.visitID
    var refusals: [Failure?] = []
    for _ in 1...4 {
      refusals.append(
        try await shop.refusal { try await shop.touch(.pin("846201"), visit, requestID: "same") })
    }
    #expect(refusals.allSatisfy { $0?.reason == "WRONG_PIN" && $0 == refusals[0] })
    #expect(try await shop.wrongPins() == 1)
    #expect(try await shop.log(.pinRefused).count == 1)
  }

  @Test func `S2 a superseded PIN is no guess, with or without a plate`() async throws {
    let shop = try await Workshop.open()
    let workOrder = try await shop.book()
    let older = try await shop.pin(for: workOrder)
    let newer = try await shop.pin(for: workOrder)
    try await guess(4, at: shop)
    for _ in 1...3 {
      #expect(try await shop.refusal { try await shop.touch(.pin(older)) }?.reason == "WRONG_PIN")
    }
    #expect(try await shop.wrongPins() == 4)
    try await guess(1, at: shop)
    let refusal = try await shop.refusal { try await shop.touch(.pin(older, plate: "AB-123-C")) }
    #expect(refusal?.reason == "WRONG_PIN")
    #expect(try await shop.wrongPins() == 5)
    #expect(try await shop.touch(.pin(newer, plate: "AB-123-C")).lower.step == .contact)
  }

  @Test func `S2 two kiosks count for themselves, and together for their location`() async throws {
    let shop = try await Workshop.open()
    let second = try await shop.addLocker()
    let harbour = try await shop.addLocation()
    let pin = try await shop.pin(for: try await shop.book())
    try await guess(5, at: shop)
    #expect(try await shop.view().lower.plateRequired)
    #expect(try await !second.start().lower.plateRequired)
    #expect(try await second.wrongPins() == 0)
    try await second.touch(.abort)
    // Fifteen more at the other kiosk, of which those beyond five are with a plate and a wait.
    try await guess(5, at: second)
    for _ in 1...10 {
      try await shop.world.pass(.seconds(3600))
      try await guess(1, plate: "AB-123-C", at: second)
    }
    let third = try await shop.addLocker("Third")
    #expect(try await third.start().lower.plateRequired)
    #expect(try await third.refusal { try await third.touch(.pin(pin)) }?.reason == "PLATE_REQUIRED")
    #expect(try await third.wrongPins() == 0)
    let elsewhere = try await harbour.start()
    #expect(!elsewhere.lower.plateRequired)
    // The 21st over the location makes every kiosk there wait.
    try await shop.world.pass(.seconds(3600))
    try await guess(1, plate: "AB-123-C", at: third)
    let refusal = try await shop.refusal {
      try await shop.touch(.pin("846201", plate: "AB-123-C"), try await visit(at: shop))
    }
    #expect(refusal?.reason == "TOO_MANY_ATTEMPTS")
    #expect(refusal?.retryDelay == .seconds(30))
    #expect(try await harbour.refusal { try await harbour.touch(.pin("846201")) }?.reason == "VISIT_OVER")
    #expect(try await guess(1, at: harbour)?.reason == "WRONG_PIN")
  }

  @Test func `S2 a restart resets nothing`() async throws {
    let directory = try TemporaryStore.directory("guessing")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/latchkey.db"
    let shop = try await Workshop.open(place: .file(path: path))
    let pin = try await shop.pin(for: try await shop.book())
    try await guess(5, at: shop)
    try await guess(1, plate: "AB-123-C", at: shop)
    let visit = try await shop.view().lower.visitID
    try await shop.world.store.close()

    let store = try SQLiteStore(.file(path: path), hash: .blake2b)
    let before = shop.world.environment
    let after = Environment(
      store: store, clock: before.clock, entropy: before.entropy, secrets: before.secrets,
      audience: before.audience,
      signals: Signals(), sessions: Sessions())
    let screen = try await shop.world.reconnect(shop.screen, to: after)
    let kiosk = KioskService(after)
    func enter(_ plate: String, requestID: String) async throws -> ProtoKioskView {
      try await kiosk.enterPin(
        .with { ($0.requestID, $0.visitID, $0.pin, $0.plate) = (requestID, visit, pin, plate) },
        screen.context
      ).view
    }
    let view = try kiosk.currentView(of: shop.lockerID)
    #expect(view.lower.plateRequired)
    #expect(view.lower.retryTime.seconds == before.clock.now.milliseconds / 1000 + 30)
    #expect(
      try await shop.refusal { try await enter("AB-123-C", requestID: "a1") }?.reason == "TOO_MANY_ATTEMPTS")
    shop.world.clock.advance(.seconds(30))
    #expect(try await shop.refusal { try await enter("", requestID: "a2") }?.reason == "PLATE_REQUIRED")
    #expect(try await enter("AB-123-C", requestID: "a3").lower.step == .contact)
    try await store.close()
  }

  @Test func `S2 a box PIN is about no car: no plate is asked, but it has to wait`() async throws {
    let shop = try await Workshop.open()
    let pin = try await shop.boxPin(1)
    try await guess(5, at: shop)
    try await shop.touch(.abort)
    #expect(try await !shop.start(.openBox).lower.plateRequired)
    #expect(try await shop.refusal { try await shop.touch(.pin("846201")) }?.reason == "WRONG_PIN")
    #expect(try await shop.refusal { try await shop.touch(.pin(pin)) }?.reason == "TOO_MANY_ATTEMPTS")
    try await shop.world.pass(.seconds(30))
    #expect(try await shop.touch(.pin(pin)).lower.step == .opening)
  }

  @Test func `S2 wrong numbers are followed by waits; a right number wipes no wrong PINs out`() async throws {
    let shop = try await Workshop.open(pinToDrop: false)
    _ = try await shop.book()
    try await guess(4, at: shop)
    try await shop.touch(.number("AB-123-C"))
    try await shop.touch(.abort)
    #expect(try await shop.wrongPins() == 4)
    for count in 1...6 {
      _ = try await shop.start()
      #expect(
        try await shop.refusal { try await shop.touch(.number("ZZ-99\(count)-Z")) }?.reason == "NO_MATCH")
      try await shop.touch(.abort)
    }
    let view = try await shop.start()
    #expect(view.lower.retryTime.seconds == shop.world.clock.now.milliseconds / 1000 + 30)
    let refusal = try await shop.refusal { try await shop.touch(.number("AB-123-C")) }
    #expect(refusal?.reason == "TOO_MANY_ATTEMPTS")
    #expect(refusal?.retryDelay == .seconds(30))
    #expect(try await shop.wrongPins() == 4)
    try await shop.world.pass(.seconds(30))
    #expect(try await shop.touch(.number("AB-123-C")).lower.step == .validate)
  }

  @Test func `S2 every wrong PIN is told to the desk, without its digits`() async throws {
    let shop = try await Workshop.open()
    try await guess(3, at: shop)
    let told = try await shop.log(.pinRefused)
    #expect(told.count == 3)
    #expect(told.allSatisfy { $0.locker == shop.lockerID && $0.visit != nil && $0.reason == "" })
  }
}
