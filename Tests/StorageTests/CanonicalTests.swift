import Domain
import Testing

/// S4: what an event's hash is taken over never changes; stored chains depend on it.
@Suite struct CanonicalTests {
  private static let full = Event(
    .keyDropped, at: Instant(milliseconds: 1_760_000_000_123), location: .init(rawValue: 1),
    workOrder: .init(rawValue: 2), key: .init(rawValue: 3), locker: .init(rawValue: 4), compartment: 5,
    visit: .init(rawValue: 6), handover: .init(rawValue: 7), commandSequence: 8, staff: .init(rawValue: 9),
    device: .init(rawValue: 10), reason: "VERIFIED_BY_SENSOR", number: 258, hash: [0xEE],
    commitment: [0xC0, 0xFF])

  @Test func `S4 the canonical bytes of a full event are these`() {
    let golden = """
      01 00000008 0000000000000001 00000008 0000000000000102 00000008 00000199c82cc07b \
      0000000b 4b45595f44524f50504544 00000008 0000000000000002 00000008 0000000000000003 \
      00000008 0000000000000004 00000008 0000000000000005 00000008 0000000000000006 \
      00000008 0000000000000007 00000008 0000000000000008 00000008 0000000000000009 \
      00000008 000000000000000a 00000012 56455249464945445f42595f53454e534f52 00000002 c0ff
      """
    #expect(hex(Self.full.canonicalBytes) == golden.filter { $0 != " " })
  }

  @Test func `S4 the canonical bytes of an event with nothing in it are these`() {
    let event = Event(
      .doorForced, at: Instant(milliseconds: -1), location: .init(rawValue: 1), number: 1)
    let golden = """
      01 00000008 0000000000000001 00000008 0000000000000001 00000008 ffffffffffffffff \
      0000000b 444f4f525f464f52434544 00000000 00000000 00000000 00000000 00000000 00000000 00000000 \
      00000000 00000000 00000000 00000000
      """
    #expect(hex(event.canonicalBytes) == golden.filter { $0 != " " })
  }

  @Test func `S4 each field changes the canonical bytes, and the hash does not`() {
    let changes: [@Sendable (inout Event) -> Void] = [
      { $0.location = .init(rawValue: 77) }, { $0.number = 77 }, { $0.time = Instant(milliseconds: 77) },
      { $0.kind = .keyCollected }, { $0.workOrder = nil }, { $0.key = nil }, { $0.locker = nil },
      { $0.compartment = nil }, { $0.visit = nil }, { $0.handover = nil }, { $0.commandSequence = nil },
      { $0.staff = nil }, { $0.device = nil }, { $0.reason = "" }, { $0.commitment = [] },
    ]
    var seen: Set<[UInt8]> = [Self.full.canonicalBytes]
    for change in changes {
      var event = Self.full
      change(&event)
      #expect(seen.insert(event.canonicalBytes).inserted)
    }
    #expect(Mirror(reflecting: Self.full).children.count == changes.count + 1)
    var event = Self.full
    event.hash = []
    #expect(event.canonicalBytes == Self.full.canonicalBytes)
  }

  @Test func `S4 a value in one field never looks like the same value in the next`() {
    let changes: [@Sendable (inout Event) -> Void] = [
      { $0.workOrder = .init(rawValue: 5) }, { $0.key = .init(rawValue: 5) },
      { $0.locker = .init(rawValue: 5) },
      { $0.compartment = 5 }, { $0.visit = .init(rawValue: 5) }, { $0.handover = .init(rawValue: 5) },
      { $0.commandSequence = 5 }, { $0.staff = .init(rawValue: 5) }, { $0.device = .init(rawValue: 5) },
    ]
    var seen: Set<[UInt8]> = []
    for change in changes {
      var event = Event(.doorForced, at: Instant(milliseconds: 0), location: .init(rawValue: 1))
      change(&event)
      #expect(seen.insert(event.canonicalBytes).inserted)
    }
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
