import Domain
import Testing

@Suite struct HandoverTests {
  private let asked = Handover.story
  private let shown = Handover.story + .seconds(30)

  /// Asked for, and shown half a minute later for a minute.
  private func shownHandover(_ direction: Handover.Direction) throws -> Handover {
    var handover = Handover.example(direction)
    _ = try handover.apply(.turnCame(lifetime: .seconds(60)), at: shown)
    return handover
  }

  /// Redeemed a second after it was shown.
  private func redeemed(_ direction: Handover.Direction) throws -> Handover {
    var handover = try shownHandover(direction)
    _ = try handover.apply(.redeemed, at: shown + .seconds(1))
    return handover
  }

  @Test(arguments: [ItemState.absent, .unknown])
  func `H3 custody moves when the door has closed, never at redeeming`(item: ItemState) throws {
    var handover = try shownHandover(.takeOut)
    #expect(try handover.apply(.redeemed, at: shown + .seconds(5)) == [.open])
    #expect(handover.state == .opening)
    #expect(try handover.apply(.doorOpened, at: shown + .seconds(6)) == [])
    #expect(handover.state == .open)
    let closed = shown + .seconds(9)
    #expect(try handover.apply(.commandEnded(.openedAndClosed, item: item), at: closed) == [.keyTaken, .end])
    #expect(handover.state == .completed)
    #expect(handover.endedAt == closed)
  }

  @Test(arguments: [(Handover.Direction.takeOut, ItemState.present), (.putBack, .absent)])
  func `H3 custody does not move where the item sensor says that the key did not`(
    direction: Handover.Direction, item: ItemState
  ) throws {
    var handover = try redeemed(direction)
    _ = try handover.apply(.doorOpened, at: shown + .seconds(2))
    #expect(
      try handover.apply(.commandEnded(.openedAndClosed, item: item), at: shown + .seconds(3)) == [.end])
    #expect(handover.state == .keyNotMoved)
  }

  @Test(arguments: [ItemState.present, .unknown])
  func `H5 a key is put back when the door has closed over it`(item: ItemState) throws {
    var handover = try redeemed(.putBack)
    #expect(try handover.apply(.doorOpened, at: shown + .seconds(2)) == [])
    #expect(
      try handover.apply(.commandEnded(.openedAndClosed, item: item), at: shown + .seconds(3))
        == [.keyPutBack(isVerifiedBySensor: item == .present), .end])
    #expect(handover.state == .completed)
  }

  @Test(arguments: Handover.Direction.allCases)
  func `H3 a jam leaves custody unchanged and opens no other box`(direction: Handover.Direction) throws {
    for item in ItemState.allCases {
      var handover = try redeemed(direction)
      #expect(
        try handover.apply(.commandEnded(.jammed, item: item), at: shown + .seconds(9))
          == [.quarantine(.jammed), .end])
      #expect(handover.state == .jammed)
    }
  }

  @Test(arguments: [CommandOutcome.refused, .expired])
  func `L2 a locker that does not fire leaves custody unchanged and the box in service`(
    outcome: CommandOutcome
  )
    throws
  {
    var handover = try redeemed(.takeOut)
    #expect(try handover.apply(.commandEnded(outcome, item: .absent), at: shown + .seconds(9)) == [.end])
    #expect(handover.state == .failed)
  }

  @Test(arguments: [CommandOutcome.unknown, .jammed, .refused, .expired])
  func `L2 after an open door anything but closed is no knowledge`(outcome: CommandOutcome) throws {
    var handover = try redeemed(.takeOut)
    _ = try handover.apply(.doorOpened, at: shown + .seconds(2))
    #expect(
      try handover.apply(.commandEnded(outcome, item: .absent), at: shown + .seconds(9))
        == [.quarantine(.outcomeUnknown), .keyUncertain, .end])
    #expect(handover.state == .unknown)
  }

  @Test func `H2 the QR lives from being shown, not from being asked for`() throws {
    var handover = Handover.example(.takeOut)
    #expect(handover.expiresAt == nil)
    let turn = asked + .seconds(9 * 60)
    _ = try handover.apply(.turnCame(lifetime: .seconds(60)), at: turn)
    #expect(handover.shownAt == turn)
    #expect(handover.expiresAt == turn + .seconds(60))
    #expect(handover.wakeUp == turn + .seconds(60))
    #expect(try handover.apply(.redeemed, at: turn + .milliseconds(59_999)) == [.open])
  }

  @Test func `H2 a QR is not redeemed at its end or later`() throws {
    for late: Duration in [.seconds(60), .milliseconds(60_001), .seconds(86_400)] {
      var handover = try shownHandover(.takeOut)
      let before = handover
      #expect(throws: Handover.Refusal.expired) { try handover.apply(.redeemed, at: shown + late) }
      #expect(handover == before)
      #expect(try handover.apply(.tick, at: shown + late) == [.end])
      #expect(handover.state == .expired)
      #expect(throws: Handover.Refusal.expired) { try handover.apply(.redeemed, at: shown + late) }
    }
  }

  @Test func `H2 a QR is redeemed once`() throws {
    var handover = try redeemed(.takeOut)
    let moments: [(Handover.Input, Handover.State)] = [
      (.tick, .opening), (.doorOpened, .open), (.commandEnded(.openedAndClosed, item: .absent), .completed),
    ]
    for (input, state) in moments {
      _ = try handover.apply(input, at: shown + .seconds(2))
      #expect(handover.state == state)
      let before = handover
      #expect(throws: Handover.Refusal.alreadyRedeemed) {
        try handover.apply(.redeemed, at: shown + .seconds(2))
      }
      #expect(handover == before)
    }
  }

  @Test func `H4 a tablet that waits its turn cannot redeem, and waits ten minutes at most`() throws {
    var handover = Handover.example(.takeOut)
    #expect(throws: Handover.Refusal.notShown) { try handover.apply(.redeemed, at: asked) }
    #expect(handover.wakeUp == asked + .seconds(600))
    #expect(try handover.apply(.tick, at: asked + .milliseconds(599_999)) == [])
    #expect(try handover.apply(.tick, at: asked + .seconds(600)) == [.end])
    #expect(handover.state == .expired)
    #expect(handover.wakeUp == nil)
  }

  @Test func `H1 a hand-over can be given up until it is redeemed`() throws {
    var queued = Handover.example(.takeOut)
    #expect(try queued.apply(.cancelled, at: asked) == [.end])
    var shownOne = try shownHandover(.takeOut)
    #expect(try shownOne.apply(.cancelled, at: shown) == [.end])
    #expect(shownOne.state == .cancelled)
    #expect(throws: Handover.Refusal.over) { try shownOne.apply(.redeemed, at: shown) }
    #expect(throws: Handover.Refusal.over) { try shownOne.apply(.cancelled, at: shown) }
    var opening = try redeemed(.takeOut)
    #expect(throws: Handover.Refusal.over) { try opening.apply(.cancelled, at: shown + .seconds(2)) }
    #expect(opening.state == .opening)
  }

  @Test func `H3 an open door is not closed by time`() throws {
    var handover = try redeemed(.takeOut)
    for input: Handover.Input in [.doorOpened, .tick] {
      _ = try handover.apply(input, at: shown + .seconds(86_400))
      #expect(handover.state == .open)
      #expect(handover.wakeUp == nil)
    }
  }

  @Test func `H1 every change has its own revision, and nothing else has`() throws {
    var handover = Handover.example(.putBack)
    let steps: [(Handover.Input, Int64)] = [
      (.tick, 40), (.turnCame(lifetime: .seconds(60)), 41), (.tick, 41), (.redeemed, 42), (.doorOpened, 43),
      (.doorOpened, 43), (.commandEnded(.openedAndClosed, item: .present), 44), (.tick, 44),
      (.commandEnded(.unknown, item: .absent), 44),
    ]
    for (input, revision) in steps {
      _ = try handover.apply(input, at: shown)
      #expect(handover.revision == revision, "\(input)")
    }
  }

  @Test func `H2 what has been redeemed is what has opened or tried to`() {
    let redeemed = Handover.State.allCases.filter(\.isRedeemed)
    #expect(redeemed == [.opening, .open, .completed, .keyNotMoved, .jammed, .failed, .unknown])
  }
}
