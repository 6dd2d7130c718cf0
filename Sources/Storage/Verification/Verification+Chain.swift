import Domain
import GRDB
import Services

/// S4: the log is whole, in order, and as it was written.
extension Verification {
  /// Recomputes every chain from its first event.
  mutating func checkChains() throws {
    var location: Location.ID?
    var previous: (number: Int64, hash: [UInt8]) = (0, [])
    let rows = try db.makeStatement(
      sql: "SELECT location_id, number, \(Event.columns) FROM events ORDER BY location_id, number")
    try rows.forEachRow(in: db) { columns in
      let place = try "location \(columns.next(Int64.self)), event \(columns.next(Int64.self))"
      let event: Event
      do {
        event = try Event(&columns)
      } catch let failure as StoreFailure {
        report(.chain, at: place, "\(failure)")
        return true
      }
      if event.location != location {
        location = event.location
        previous = (0, [])
      }
      if event.number != previous.number + 1 {
        report(.chain, at: event.place, "follows event \(previous.number): events are missing before it")
      }
      if event.hash != chain.hash(previous.hash, event.canonicalBytes) {
        report(.chain, at: event.place, "is not what its hash was taken over")
      }
      previous = (event.number, event.hash)
      return true
    }
  }

  /// Holds every text that is still kept against its event's commitment.
  mutating func checkTexts() throws {
    let rows = try db.makeStatement(
      sql: """
        SELECT texts.location_id, texts.event_number, salt, text, commitment
        FROM texts JOIN events
          ON events.location_id = texts.location_id AND events.number = texts.event_number
        ORDER BY texts.location_id, texts.event_number
        """)
    try rows.forEachRow(in: db) { columns in
      let place = try "location \(columns.next(Int64.self)), event \(columns.next(Int64.self))"
      let (salt, text): ([UInt8], String) = try (columns.next(), columns.next())
      if try chain.commit(salt, text) != columns.next([UInt8].self) {
        report(.text, at: place, "is not the text that the event commits to")
      }
      return true
    }
  }

  /// Holds signed heads against the events that they name.
  mutating func checkHeads(exported: [SignedHead], isGenuine: (SignedHead) -> Bool) throws {
    let snapshot = SQLSnapshot(db)
    let stored = try snapshot.all(
      "SELECT \(SignedHead.columns) FROM signed_heads ORDER BY id"
    ) { try SignedHead(&$0) }
    for head in stored + exported {
      let place = "location \(head.location), head \(head.number)"
      let event = try snapshot.events(at: head.location, after: head.number - 1, limit: 1).first
      if let event, event.number == head.number {
        if event.hash != head.hash {
          report(.signedHead, at: place, "was signed over another hash than the event has now")
        }
      } else {
        report(.signedHead, at: place, "names an event that is gone")
      }
      if !isGenuine(head) { report(.signedHead, at: place, "does not bear this server's signature") }
    }
  }
}

extension Event {
  fileprivate var place: String { "location \(location), event \(number)" }
}
