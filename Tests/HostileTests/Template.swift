import API
import RPC
import SwiftProtobuf

/// A request that its caller may make, right in every field: what is hostile is done to one field of it.
struct Template: Sendable {
  typealias Caller = ProtoCaller

  let method: MethodName
  /// What tells it from others of its method.
  let label: String
  /// Fields that this request takes no notice of, by name; what is below them too. Whatever stands there may
  /// succeed.
  let ignored: Set<String>
  /// Whether it is answered as it stands; otherwise it is refused for a reason that the fields do not show.
  let succeeds: Bool
  let build: @Sendable (Shop, Caller) throws -> [UInt8]
  let connect: @Sendable (Shop, Caller) throws -> RawConnection

  init<Request: SwiftProtobuf.Message>(
    _ method: String, _ label: String = "", ignored: Set<String> = [], succeeds: Bool = true,
    connect: @escaping @Sendable (Shop, Caller) throws -> RawConnection = { try $0.connection($1) },
    _ fill: @escaping @Sendable (inout Request, Shop, Caller) throws -> Void
  ) {
    self.method = MethodName(method)
    self.label = label
    self.ignored = ignored
    self.succeeds = succeeds
    self.connect = connect
    build = { shop, caller in
      var request = Request()
      try fill(&request, shop, caller)
      return try request.serializedBytes()
    }
  }

  func takesNoNotice(of field: Schema.Field) -> Bool {
    ignored.contains { field.name == $0 || field.name.hasPrefix($0 + ".") }
  }

  /// Connects a tablet that no other request uses, signed in where staff calls.
  static func tabletOfItsOwn(_ name: String) -> @Sendable (Shop, Caller) throws -> RawConnection {
    { shop, caller in try shop.tablet(named: name, signedIn: caller == .staff) }
  }

  static let all =
    places + settings + people + auth + events + handovers + help + kiosk + lockers + workOrders
}
