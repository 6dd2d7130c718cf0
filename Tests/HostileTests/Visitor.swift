import API
import Foundation
import TestSupport

/// Every kind of caller that there is, as the columns of the access matrix: all of the first dealer.
enum Visitor: String, CaseIterable {
  case stranger = "anyone"
  case controller
  case screen
  case tablet = "tablet, nobody signed in"
  case mechanic = "mechanic on a tablet"
  case lockerMechanic = "mechanic on a tablet, use key locker"
  case chief = "chief mechanic on a tablet"
  case receptionist = "receptionist on a tablet"
  case admin = "dealer admin on a tablet"
  case lockerAdmin = "dealer admin on a tablet, use key locker"
  case mechanicInSession = "mechanic in a session, use key locker"
  case receptionistInSession = "receptionist in a session, kept to a location"
  case adminInSession = "dealer admin in a session"
  case program = "API key"
  case readingProgram = "API key, reading, kept to a location"
  case eventProgram = "API key, kept to EventService"
  case `operator`

  var kind: ProtoCaller {
    switch self {
    case .stranger: .anyone
    case .controller: .controller
    case .screen: .screen
    case .tablet: .tablet
    case .mechanic, .lockerMechanic, .chief, .receptionist, .admin, .lockerAdmin, .mechanicInSession,
      .receptionistInSession, .adminInSession:
      .staff
    case .program, .readingProgram, .eventProgram: .integration
    case .operator: .operator
    }
  }

  /// As product.md gives them to roles, and person by person.
  private var permissions: Set<ProtoPermission> {
    switch self {
    case .lockerMechanic, .mechanicInSession: [.useKeyLocker]
    case .receptionist, .receptionistInSession: [.desk]
    case .admin, .adminInSession: [.desk, .administer]
    case .lockerAdmin: [.useKeyLocker, .desk, .administer]
    default: []
    }
  }

  private var isInSession: Bool {
    [.mechanicInSession, .receptionistInSession, .adminInSession].contains(self)
  }

  /// Sees one location of its dealer, not all.
  var isKeptToLocation: Bool {
    switch self {
    case .stranger, .admin, .lockerAdmin, .mechanicInSession, .adminInSession, .program, .eventProgram,
      .operator:
      false
    case .controller, .screen, .tablet, .mechanic, .lockerMechanic, .chief, .receptionist,
      .receptionistInSession, .readingProgram:
      true
    }
  }

  /// What the contract says of a call of a method.
  enum Admission: String {
    case admitted
    case notSignedIn = "NOT_SIGNED_IN"
    case notAdmitted = "CALLER_NOT_ADMITTED"
  }

  func admission(to method: Schema.Method) -> Admission {
    let access = method.access
    if access.callers.contains(.anyone) { return .admitted }
    guard access.callers.contains(kind) else {
      return kind == .anyone || (kind == .tablet && access.callers.contains(.staff))
        ? .notSignedIn : .notAdmitted
    }
    switch kind {
    case .staff:
      let isPermitted = access.permission == .unspecified || permissions.contains(access.permission)
      return isPermitted && !(access.onTablet && isInSession) ? .admitted : .notAdmitted
    case .integration:
      if self == .readingProgram, !method.isReading { return .notAdmitted }
      return self == .eventProgram && method.name.service != "latchkey.v1.EventService"
        ? .notAdmitted : .admitted
    default: return .admitted
    }
  }
}

extension Shop {
  /// The visitor's connection, which nobody else uses.
  func connection(of visitor: Visitor) throws -> RawConnection {
    switch visitor {
    case .stranger: try server.stranger()
    case .controller, .screen, .operator: try connection(visitor.kind)
    case .lockerAdmin: own.tablet
    default: try kept(visitor.rawValue) { try newConnection(of: visitor) }
    }
  }

  /// Another connection of that kind of caller, with a tablet or session of its own.
  func newConnection(of visitor: Visitor) throws -> RawConnection {
    switch visitor {
    case .stranger: try server.stranger()
    case .controller: try yardController.connect()
    case .screen: try own.screenDevice.connect()
    case .operator: try server.rawOperator()
    case .tablet: try newTablet(nil)
    case .mechanic: try newTablet(.mechanic, usesKeyLocker: false)
    case .lockerMechanic: try newTablet(.mechanic, usesKeyLocker: true)
    case .chief: try newTablet(.chiefMechanic, usesKeyLocker: false)
    case .receptionist: try newTablet(.receptionist, usesKeyLocker: false)
    case .admin: try newTablet(.dealerAdmin, usesKeyLocker: false)
    case .lockerAdmin: try newTablet(.dealerAdmin, usesKeyLocker: true)
    case .mechanicInSession: try newSession(.mechanic, usesKeyLocker: true)
    case .receptionistInSession: try newSession(.receptionist, usesKeyLocker: false, onlyThere: true)
    case .adminInSession: try newSession(.dealerAdmin, usesKeyLocker: false)
    case .program: try newProgram { _ in }
    case .readingProgram:
      try newProgram {
        $0.readOnly = true
        $0.reach.locationIds = [own.location]
      }
    case .eventProgram: try newProgram { $0.services = ["EventService"] }
    }
  }

  private func newTablet(_ role: ProtoStaffRole?, usesKeyLocker: Bool = false) throws -> RawConnection {
    let connection = try TestDevice.enroll(.tablet, at: (own.location, 0), server, op).connect()
    if let role {
      let name = "user\(newNumber())"
      _ = try Place.hire(name, role, usesKeyLocker: usesKeyLocker, at: own.location, op)
      try Place.signIn(name, on: connection)
    }
    return connection
  }

  private func newSession(
    _ role: ProtoStaffRole, usesKeyLocker: Bool, onlyThere: Bool = false
  ) throws -> RawConnection {
    let name = "user\(newNumber())"
    _ = try Place.hire(name, role, usesKeyLocker: usesKeyLocker, onlyThere: onlyThere, at: own.location, op)
    let (connection, dealer) = (try server.stranger(), try dealerName())
    let session: ProtoStartSessionResponse = try connection.call(
      "AuthService/StartSession",
      ProtoStartSessionRequest.with {
        $0.dealerName = dealer
        $0.userName = name
        $0.password = Workshop.password
      })
    let _: ProtoAuthenticateResponse = try connection.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.sessionToken = session.token })
    return connection
  }

  private func newProgram(_ fill: (inout ProtoCreateApiKeyRequest) -> Void) throws -> RawConnection {
    var request = ProtoCreateApiKeyRequest.with {
      $0.requestID = newID()
      $0.locationID = own.location
      $0.name = "Program"
    }
    fill(&request)
    let key: ProtoCreateApiKeyResponse = try op.call("AdminService/CreateApiKey", request)
    let connection = try server.stranger()
    let _: ProtoAuthenticateResponse = try connection.call(
      "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = key.apiKey })
    return connection
  }
}
