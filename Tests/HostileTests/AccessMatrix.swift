import API
import Foundation
import RPC
import TestSupport

/// Walks every method with every kind of caller, to what is theirs and to what is another's, over the wire.
final class AccessMatrix {
  /// What came of a call to what is the caller's own.
  enum Cell: Hashable {
    case refused(Visitor.Admission)
    case answered
    /// Admitted, and refused for a reason of the matter.
    case declined(Failure.Reason)
  }

  private static let unknownID: Int64 = 9_999_999
  private static let watchTime: Duration = .milliseconds(80)
  static let sisterMark = "yq8"
  /// These end or change what their connection stands on.
  private static let ending: Set<String> = [
    "Authenticate", "SignIn", "SignOut", "ChangePassword", "EndSession",
  ]

  let schema: Schema
  private let shop: Shop
  /// Ids of another location of the first dealer.
  private let sister: [String: Int64]
  private(set) var cells: [MethodName: [Visitor: Cell]] = [:]
  private(set) var faults: [String] = []
  /// Requests that named something that is not the caller's.
  private(set) var foreignCalls = 0

  init(_ shop: Shop, _ schema: Schema) throws {
    self.shop = shop
    self.schema = schema
    let place = try Place(dealer: "Ours", mark: Self.sisterMark, shop.server, shop.op)
    sisterPlace = place
    sister = try Shop.ids(of: place)
  }

  /// Its doors close by themselves as long as it is kept.
  private let sisterPlace: Place

  func walk() {
    for template in Template.all {
      guard let method = schema.methods.first(where: { $0.name == template.method }) else { continue }
      for visitor in Visitor.allCases {
        do {
          try visit(method, template, visitor)
        } catch {
          note(method, visitor, "could not be tried: \(error)")
        }
      }
    }
  }

  private func note(_ method: Schema.Method, _ visitor: Visitor, _ fault: String) {
    faults.append("\(method.name) as \(visitor.rawValue): \(fault)")
  }

  // MARK: One cell

  private func visit(_ method: Schema.Method, _ template: Template, _ visitor: Visitor) throws {
    let expected = visitor.admission(to: method)
    let isEnding = Self.ending.contains(method.name.method)
    let connection = try isEnding ? shop.newConnection(of: visitor) : shop.connection(of: visitor)
    guard expected == .admitted else {
      let own = refusal(of: send(method, [], on: connection))
      if own?.rawValue != expected.rawValue {
        note(
          method, visitor,
          "\(expected.rawValue) by the contract, and it is \(own.map { "\($0)" } ?? "admitted")")
      }
      return fill(method, visitor, .refused(expected))
    }
    let request = try template.build(shop, visitor.kind)
    if visitor != .operator, visitor != .stranger {
      try visitForeign(method, template, visitor, request, on: connection)
    }
    let answer = send(method, try template.build(shop, visitor.kind), on: connection)
    if let told = overheard(answer, by: visitor, on: connection) {
      note(method, visitor, "is told of what is not theirs: \(told)")
    }
    switch answer {
    case .response, .stream: fill(method, visitor, .answered)
    case .failure(let failure):
      if [.notSignedIn, "CALLER_NOT_ADMITTED"].contains(failure.reason) {
        note(method, visitor, "admitted by the contract, and refused: \(failure)")
      }
      fill(method, visitor, .declined(failure.reason))
    case .lost, .hung: note(method, visitor, "no answer")
    }
    giveUp(answer, to: method, on: connection)
    if !isEnding, connection.isClosed { shop.forgetConnections() }
  }

  /// A hand-over that stays asked for keeps everybody else from the locker.
  private func giveUp(_ answer: RawConnection.Answer, to method: Schema.Method, on connection: RawConnection)
  {
    guard method.name.method == "RequestHandover", case .response(let bytes) = answer,
      let made = try? ProtoRequestHandoverResponse(serializedBytes: bytes)
    else { return }
    _ = connection.call(
      MethodName("HandoverService/CancelHandover"), WireBytes.field(1, number: made.handover.handoverID))
  }

  /// An answer fills a cell for good: one of several requests of a method is enough.
  private func fill(_ method: Schema.Method, _ visitor: Visitor, _ cell: Cell) {
    if cells[method.name]?[visitor] == .answered { return }
    cells[method.name, default: [:]][visitor] = cell
  }

  /// S3: each id of another's, in its field, looks as one that does not exist.
  private func visitForeign(
    _ method: Schema.Method, _ template: Template, _ visitor: Visitor, _ request: [UInt8],
    on connection: RawConnection
  ) throws {
    for field in method.fields where !template.takesNoNotice(of: field) {
      guard let theirs = shop.foreign[field.descriptor.name] else { continue }
      let others =
        [theirs] + (visitor.isKeptToLocation ? sister[field.descriptor.name].map { [$0] } ?? [] : [])
      let unknown = send(method, changed(request, method, field, to: Self.unknownID), on: connection)
      for id in others {
        foreignCalls += 1
        let answer = send(method, changed(request, method, field, to: id), on: connection)
        if let told = overheard(answer, by: visitor, on: connection) {
          note(method, visitor, "\(field.name) of another tells: \(told)")
        }
        switch (answer, unknown) {
        case (.failure(let failure), .failure(let reference)) where failure == reference: continue
        case (.failure(let failure), _):
          note(method, visitor, "\(field.name) of another is told from none: \(failure), \(unknown)")
        default: note(method, visitor, "\(field.name) of another is taken")
        }
      }
    }
  }

  private func changed(_ request: [UInt8], _ method: Schema.Method, _ field: Schema.Field, to id: Int64)
    -> [UInt8]
  {
    var request = request
    if method.fields.first?.name == "request_id" {
      request = WireBytes.replacing([1], in: request, by: WireBytes.field(1, text: newID()))
    }
    return WireBytes.replacing(field.path, in: request, by: WireBytes.field(field.number, number: id))
  }

  private func send(_ method: Schema.Method, _ request: [UInt8], on connection: RawConnection)
    -> RawConnection.Answer
  {
    method.isStream
      ? connection.watch(method.name, request, for: Self.watchTime) : connection.call(method.name, request)
  }

  private func refusal(of answer: RawConnection.Answer) -> Failure.Reason? {
    switch answer {
    case .failure(let failure): failure.reason
    case .response, .stream: nil
    case .lost, .hung: "NO_ANSWER"
    }
  }

  /// What stands in an answer, or in its refusal, that only others have.
  private func overheard(
    _ answer: RawConnection.Answer, by visitor: Visitor, on connection: RawConnection
  ) -> String? {
    let bytes: [UInt8]
    switch answer {
    case .response(let response): bytes = response
    case .stream: bytes = connection.streamed
    case .failure(let failure): bytes = Array("\(failure)".utf8)
    case .lost, .hung: return nil
    }
    if visitor == .operator { return nil }
    if bytes.holds(Shop.theirMark) { return "another dealer's" }
    return visitor.isKeptToLocation && bytes.holds(Self.sisterMark) ? "another location's" : nil
  }
}
