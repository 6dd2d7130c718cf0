public import API
import Core
import Domain
public import RPC

/// What happened, in order, for ever (S4). The contract is `Protos/latchkey/v1/event.proto`.
public struct EventService: Sendable {
  /// Events read at a time while a watch catches up.
  static let batch = 256

  let environment: Environment

  public init(_ environment: Environment) {
    self.environment = environment
  }

  public func watchEvents(
    _ request: ProtoWatchEventsRequest, _ context: CallContext
  ) -> TopicWatch<ProtoWatchEventsResponse> {
    let caller = context.connection.caller
    let id = Location.ID(rawValue: request.locationID)
    return TopicWatch(environment.signals, .events(id), after: max(0, request.afterNumber)) { after, stream in
      var number = after
      var events: [Event]
      repeat {
        let after = number
        events = try environment.readNow { snapshot in
          _ = try snapshot.location(id, for: caller)
          let events = try snapshot.events(at: id, after: after, limit: Self.batch)
          if events.isEmpty { try snapshot.requireReached(after, at: id) }
          return events
        }
        for event in events {
          try await stream.send(.with { $0.event = ProtoEvent(event) })
          number = event.number
        }
      } while events.count == Self.batch
      return number
    }
  }

  public func listTimeline(
    _ request: ProtoListTimelineRequest, _ context: CallContext
  ) async throws -> ProtoListTimelineResponse {
    let caller = context.connection.caller
    return try await environment.read { snapshot in
      let (workOrder, _) = try snapshot.workOrder(request.workOrderID, for: caller)
      return try .with {
        $0.entries = try snapshot.timeline(of: workOrder.id).map { entry in
          .with {
            $0.event = ProtoEvent(entry.event)
            $0.title = entry.event.kind.title
            $0.text = entry.text ?? ""
          }
        }
      }
    }
  }

  public func exportChainHead(
    _ request: ProtoExportChainHeadRequest, _ context: CallContext
  ) async throws -> ProtoExportChainHeadResponse {
    let caller = context.connection.caller
    return try await environment.decide(at: environment.clock.now) { decision in
      let location = try decision.tx.location(request.locationID, for: caller)
      let head = try decision.signHead(of: location.id)
      return .with {
        $0.number = head.number
        $0.hash = .init(head.hash)
        $0.signedHead = head.token
      }
    }
  }
}

extension Decision {
  /// Signs the newest event's number and hash, once, and keeps what was signed.
  func signHead(of location: Location.ID) throws -> SignedHead {
    let (number, hash) = try tx.head(of: location)
    if let signed = try tx.signedHead(of: location), signed.number == number { return signed }
    let key = environment.secrets.signing
    let token = try key.sign(
      message: HeadClaims(location: location, number: number, hash: hash, signedAt: now).encoded,
      footer: Array(key.keyID.utf8), assertion: HeadClaims.assertion)
    let head = SignedHead(location: location, number: number, hash: hash, token: token, signedAt: now)
    try tx.insert(head)
    return head
  }
}

extension Snapshot {
  /// S8: whoever has seen later events than there are has seen them at a server that was lost. It would wait for ever,
  /// or take other events for those that it knows.
  fileprivate func requireReached(_ number: Int64, at location: Location.ID) throws {
    let newest = try head(of: location).number
    guard number > newest else { return }
    throw Failure(
      .outOfRange, reason: .cursorAhead,
      "There is no event \(number); the newest is \(newest). Where a backup was restored, what was seen from the number "
        + "of the first EPOCH_STARTED on that is not known yet is lost: go on after the number before it.")
  }
}

extension Event.Kind {
  /// How the timeline calls it: `KEY_DROPPED` is "key dropped".
  var title: String { rawValue.lowercased().split(separator: "_").joined(separator: " ") }
}
