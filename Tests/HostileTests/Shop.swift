import API
import Foundation
import RPC
import TestSupport

/// Two dealers on one server, and a connection for every kind of caller of the first.
final class Shop {
  let server: ServerProcess
  let op: RawConnection
  let own: Place
  /// Another dealer's: its ids are the foreign ones.
  let other: Place
  /// A locker of ours whose state nobody relies on, with a controller that says what it likes.
  let yard: Int64
  let yardController: TestDevice
  /// A location of ours where nobody drops a key: what is made there binds nobody.
  let annex: Int64
  let dealer: Int64
  let spareStaff: Int64
  let spareTablet: TestDevice
  let foreign: [String: Int64]
  /// Stands in whatever the other dealer has, and nowhere else.
  static let theirMark = "zq9"
  private var connections: [String: RawConnection] = [:]

  init(_ server: ServerProcess) throws {
    self.server = server
    op = try server.rawOperator()
    own = try Place(dealer: "Ours", server, op)
    other = try Place(dealer: Self.theirMark + "Dealer", mark: Self.theirMark, server, op)
    yard = try Place.addLocker("Yard", at: own.location, op)
    annex = try Place.addLocation(dealer: "Ours", named: "Annex", op)
    dealer = try Self.dealer(of: own.location, op)
    let place = (own.location, yard)
    yardController = try TestDevice.enroll(.controller, at: place, server, op)
    spareTablet = try TestDevice.enroll(.tablet, at: place, server, op)
    spareStaff = try Place.hire("spare", at: own.location, op)
    foreign = try Self.ids(of: other)
  }

  /// The ids of everything that a dealer has, by the name of the field that takes them.
  static func ids(of place: Place) throws -> [String: Int64] {
    let handover = try place.requestHandover()
    let workOrder = try place.book()
    let agreement = try addAgreement(place.mark + "Terms", at: place.location, place.op)
    return [
      "location_id": place.location, "locker_id": place.locker, "work_order_id": workOrder.workOrderID,
      "key_id": workOrder.keys[0].keyID, "handover_id": handover.handoverID, "staff_id": place.admin,
      "device_id": place.screenDevice.id, "api_key_id": place.apiKey,
      "agreed_intervention_ids": workOrder.interventions[0].interventionID,
      "accepted_agreement_ids": agreement, "agreement_id": agreement,
      "dealer_id": try dealer(of: place.location, place.op),
      "service_id": try addService(place.mark + "Wash", at: place.location, place.op),
      "help_call_id": try place.callForHelp(), "visit_id": try place.prepareForeignVisit(),
    ]
  }

  // MARK: Callers

  /// A connection of that kind, which has proved what it is.
  func connection(_ caller: ProtoCaller) throws -> RawConnection {
    switch caller {
    case .anyone: try server.stranger()
    case .controller: try kept("controller") { try yardController.connect() }
    case .screen: own.screen
    case .staff: own.tablet
    case .operator: op
    case .integration:
      try kept("integration") {
        let connection = try server.stranger()
        let _: ProtoAuthenticateResponse = try connection.call(
          "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = own.apiKeyText })
        return connection
      }
    case .tablet: try tablet(named: "tablet", signedIn: false)
    case .unspecified, .UNRECOGNIZED: throw ServerProcess.Failed(description: "no such caller: \(caller)")
    }
  }

  /// A tablet of its own: wrong passwords are counted for it alone.
  func tablet(named name: String, signedIn: Bool) throws -> RawConnection {
    try kept("\(name), \(signedIn)") {
      let device = try TestDevice.enroll(.tablet, at: (own.location, 0), server, op)
      let connection = try device.connect()
      if signedIn { try Place.signIn("boss", on: connection) }
      return connection
    }
  }

  /// What has ended is opened anew.
  func forgetConnections() { connections = [:] }

  /// The connection of that name, opened where there is none.
  func kept(_ name: String, _ open: () throws -> RawConnection) throws -> RawConnection {
    if let connection = connections[name] { return connection }
    let connection = try open()
    connections[name] = connection
    return connection
  }
}

extension Place {
  /// A visit that goes on while others attack. Starts once the hand-over that was asked for is given up.
  fileprivate func prepareForeignVisit() throws -> Int64 { try prepare(.authenticating).id }
}
