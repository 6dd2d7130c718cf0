public import API
import Domain
public import RPC

/// A desk that waits for changes of its list at `WorkOrderService/WatchWorkOrders` (W1). All that it keeps is how far
/// the desk was told; a desk that stops reading so holds one message, and is later told the newest.
public struct WorkOrderWatch: Watch {
  /// Events after which the whole list is told anew, rather than what they did to it.
  static let maximumBehind: Int64 = 2048
  /// For so long after a restore nobody resumes: the number may be one of the server that was lost (S8).
  static let epochShadow: Duration = .seconds(7 * 24 * 60 * 60)

  private enum Stand {
    /// The client knows the list as of this event.
    case toResume(after: Int64)
    /// The rows up to a position are told, as of an event or later ones.
    case telling(after: ListPosition?, from: Int64?)
    /// All is told up to this event.
    case told(Int64)
  }

  private let environment: Environment
  private let feed: WorkOrderFeed
  private let list: DeskList
  private let caller: Caller
  private var stand: Stand
  /// What all rows were told anew for: none is told as of an earlier event.
  private var least: Int64 = 0
  /// Who has connected again waits to hear that the list is whole.
  private var owesWord = false
  /// What all rows were told by.
  private var day: LocalDate?
  private var country = ""
  private var subscription: Signals.Subscription?

  init(
    _ environment: Environment, _ feed: WorkOrderFeed, of list: DeskList, for caller: Caller,
    after number: Int64
  ) {
    self.environment = environment
    self.feed = feed
    self.list = list
    self.caller = caller
    stand = number > 0 ? .toResume(after: number) : .telling(after: nil, from: nil)
  }

  public mutating func begin(wake: @escaping @Sendable () -> Void) {
    subscription = environment.signals.subscribe(.events(list.location), wake: wake)
  }

  public mutating func round(
    _ stream: ResponseStream<ProtoWatchWorkOrdersResponse>
  ) async throws -> WatchOutcome {
    while true {
      let (location, today, head) = try look()
      func part(_ place: WorkOrderFeed.Question.Place) throws -> WorkOrderFeed.Part {
        try feed.part(
          .init(list: list, day: today, country: location.country, place: place), at: location, head: head,
          least: least)
      }
      switch stand {
      case .telling(let position, let number):
        let page = try part(.page(after: position))
        if let message = page.message { try await stream.send(message) }
        // What happened while the pages were read is told afterwards, as of the earliest of them.
        let from = min(number ?? page.through, page.through)
        if let last = page.last {
          stand = .telling(after: last, from: from)
        } else {
          stand = .told(from)
          try await sayWhole(today, from, stream)
        }
      case .told(let number) where number < head:
        let changes = try part(.changes(after: number))
        if changes.concernsAll {
          least = changes.through
          stand = .telling(after: nil, from: nil)
        } else {
          stand = .told(changes.through)
          guard let message = changes.message else { continue }
          owesWord = false
          try await stream.send(message)
        }
      case .told(let number):
        if owesWord { try await sayWhole(today, number, stream) }
        return .waits
      case .toResume: preconditionFailure("looking says whether a client may go on")
      }
    }
  }

  public mutating func end() async {
    if let subscription { environment.signals.unsubscribe(subscription) }
  }

  private mutating func sayWhole(
    _ today: LocalDate, _ number: Int64, _ stream: ResponseStream<ProtoWatchWorkOrdersResponse>
  ) async throws {
    owesWord = false
    try await stream.send(
      .with {
        $0.complete = true
        $0.number = number
        $0.today = today.description
      })
  }

  /// What day it is and what has happened; whether the desk has to be told the whole list.
  private mutating func look() throws -> (location: Location, today: LocalDate, head: Int64) {
    let now = environment.clock.now
    let (location, head, resumed) = try environment.readNow { snapshot in
      let location = try snapshot.location(list.location, for: caller)
      let head = try snapshot.head(of: location.id).number
      guard case .toResume(let number) = stand, number <= head,
        try snapshot.latestEpoch().map({ now - $0.startedAt > Self.epochShadow }) ?? true
      else { return (location, head, nil as Event?) }
      return (location, head, try snapshot.events(at: location.id, after: number - 1, limit: 1).first)
    }
    let today = LocalDate(now, in: location.zone)
    environment.midnights.expect(today.endOfDay(in: location.zone), at: location.id)
    switch stand {
    case .toResume(let number):
      // What was told on an earlier day reckons from another today.
      let isOfToday = resumed.map { LocalDate($0.time, in: location.zone) == today } ?? false
      owesWord = isOfToday
      stand = isOfToday ? .told(number) : .telling(after: nil, from: nil)
    case .telling, .told:
      if let day, day != today || country != location.country { stand = .telling(after: nil, from: nil) }
    }
    if case .told(let number) = stand, head - number > Self.maximumBehind {
      stand = .telling(after: nil, from: nil)
    }
    day = today
    country = location.country
    return (location, today, head)
  }
}
