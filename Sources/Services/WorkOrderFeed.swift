import API
import Domain
import RPC
import Synchronization

/// What the desks that watch one list are sent, read and encoded once for all of them. It holds nothing that the
/// database does not: what is lost is read again.
final class WorkOrderFeed: Sendable {
  /// Rows, or ids, in a message.
  static let maximumRows = 200
  /// Events after which something is read anew rather than given out once more.
  static let maximumAge: Int64 = 256
  static let shelves = 8
  /// Rows and ids that a shelf keeps: some hundred bytes each.
  static let shelfRows = 4096

  /// A part of a list, as of a day.
  struct Question: Hashable {
    let list: DeskList
    let day: LocalDate
    /// How the location shows plates and phones.
    let country: String
    let place: Place

    enum Place: Hashable {
      /// The rows after a position; `nil` for the first.
      case page(after: ListPosition?)
      /// What the events after this one did.
      case changes(after: Int64)
    }
  }

  struct Part: Sendable {
    /// `nil` where there is nothing to say.
    var message: SharedMessage<ProtoWatchWorkOrdersResponse>?
    /// The last event that it tells.
    var through: Int64
    /// Of a page after which more may follow.
    var last: ListPosition?
    /// The whole list has to be told anew.
    var concernsAll = false
    var rows = 0
  }

  private struct Shelf {
    var parts: [Question: Part] = [:]
    /// Oldest first.
    var order: [Question] = []
    var rows = 0

    mutating func keep(_ part: Part, for question: Question) {
      if let before = parts.updateValue(part, forKey: question) {
        rows -= before.rows + 1
      } else {
        order.append(question)
      }
      rows += part.rows + 1
      while rows > WorkOrderFeed.shelfRows, let oldest = order.first {
        order.removeFirst()
        rows -= (parts.removeValue(forKey: oldest)?.rows ?? 0) + 1
      }
    }
  }

  /// The lists of some locations. Who asks for what another is reading waits for it.
  private final class Locked: Sendable {
    let shelf = Mutex(Shelf())
  }

  private let environment: Environment
  private let shelves = (0..<WorkOrderFeed.shelves).map { _ in Locked() }

  init(_ environment: Environment) {
    self.environment = environment
  }

  /// - Parameters:
  ///   - head: the location's newest event, as the desk knows it.
  ///   - least: an event that the part has to be read after.
  func part(_ question: Question, at location: Location, head: Int64, least: Int64) throws -> Part {
    let shelf = shelves[abs(Int(truncatingIfNeeded: location.id.rawValue) % Self.shelves)]
    return try shelf.shelf.withLock { shelf in
      if let known = shelf.parts[question], known.through >= max(least, head - Self.maximumAge) {
        return known
      }
      let part = try read(question, at: location)
      shelf.keep(part, for: question)
      return part
    }
  }

  private func read(_ question: Question, at location: Location) throws -> Part {
    try environment.readNow { snapshot in
      switch question.place {
      case .page(let position): try page(of: question, after: position, at: location, in: snapshot)
      case .changes(let number): try changes(to: question, after: number, at: location, in: snapshot)
      }
    }
  }

  private func page(
    of question: Question, after position: ListPosition?, at location: Location, in snapshot: any Snapshot
  ) throws -> Part {
    let page = try snapshot.page(
      of: question.list, today: question.day, after: position, limit: Self.maximumRows)
    var part = Part(through: try snapshot.head(of: location.id).number, rows: page.count)
    part.last = page.count == Self.maximumRows ? page.last?.position : nil
    guard position == nil || !page.isEmpty else { return part }
    part.message = try SharedMessage(
      .with {
        $0.rows = try rows(page, question, at: location, in: snapshot)
        $0.restarted = position == nil
        $0.today = question.day.description
      })
    return part
  }

  private func changes(
    to question: Question, after number: Int64, at location: Location, in snapshot: any Snapshot
  ) throws -> Part {
    let changes = try snapshot.changes(
      to: question.list, today: question.day, after: number, limit: Self.maximumRows)
    var part = Part(through: changes.through, concernsAll: changes.concernsAll)
    guard !changes.concernsAll, !changes.rows.isEmpty || !changes.removed.isEmpty else { return part }
    part.rows = changes.rows.count + changes.removed.count
    part.message = try SharedMessage(
      .with {
        $0.rows = try rows(changes.rows, question, at: location, in: snapshot)
        $0.removedWorkOrderIds = changes.removed.map(\.rawValue)
        $0.complete = true
        $0.number = changes.through
        $0.today = question.day.description
      })
    return part
  }

  private func rows(
    _ listed: [ListedWorkOrder], _ question: Question, at location: Location, in snapshot: any Snapshot
  ) throws -> [ProtoWorkOrderRow] {
    try listed.map { try ProtoWorkOrderRow($0, at: location, today: question.day, in: snapshot) }
  }
}
