import API
import Client
import Core
import Domain
import Transport

extension Demo {
  /// What the operator does over the socket in the data directory, and how everybody else comes in: over TCP
  /// and TLS, each on a connection of their own.
  struct Setup: Sendable {
    let link: ServerLink
    let address: Address
    let tls: ClientTLS?

    func makeLocation(of dealer: String, _ zone: Zone) async throws -> ProtoLocation {
      let response: ProtoCreateLocationResponse = try await link.call(
        "AdminService/CreateLocation",
        ProtoCreateLocationRequest.with {
          $0.requestID = newRequestID
          $0.dealerName = dealer
          $0.name = "Main street"
          $0.timeZone = zone.identifier
          $0.country = "NL"
          $0.languages = ["en"]
        })
      return response.location
    }

    /// With short times, so that a jam is over soon.
    func makeLocker(at location: ProtoLocation, compartments: Int32) async throws -> ProtoLocker {
      let response: ProtoCreateLockerResponse = try await link.call(
        "AdminService/CreateLocker",
        ProtoCreateLockerRequest.with {
          $0.requestID = newRequestID
          $0.locationID = location.locationID
          $0.name = "Entrance"
          $0.compartmentCount = compartments
          $0.pinToDrop = true
          $0.hasItemSensors_p = true
          $0.timing.openWindowMs = 1000
          $0.timing.coolDownMs = 500
        })
      return response.locker
    }

    func locker(like known: ProtoLocker) async throws -> ProtoLocker {
      let response: ProtoListLockersResponse = try await link.call(
        "AdminService/ListLockers", ProtoListLockersRequest.with { $0.locationID = known.locationID })
      return response.lockers.first { $0.lockerID == known.lockerID } ?? known
    }

    /// - Parameter qrSeconds: 0 for the default.
    func limitQR(to qrSeconds: Int32, at locationID: Int64) async throws -> Int32 {
      let response: ProtoUpdateLimitsResponse = try await link.call(
        "AdminService/UpdateLimits",
        ProtoUpdateLimitsRequest.with {
          $0.requestID = newRequestID
          $0.locationID = locationID
          $0.limits.qrSeconds = qrSeconds
        })
      return response.location.limits.qrSeconds
    }

    func enrollmentCode(
      _ kind: ProtoDeviceKind, _ name: String, _ place: (inout ProtoCreateEnrollmentCodeRequest) -> Void
    ) async throws -> String {
      var request = ProtoCreateEnrollmentCodeRequest()
      request.requestID = newRequestID
      request.kind = kind
      request.name = name
      place(&request)
      let response: ProtoCreateEnrollmentCodeResponse = try await link.call(
        "AdminService/CreateEnrollmentCode", request)
      return response.code
    }

    /// A new device with a key pair of its own, on a connection of its own.
    func join(
      _ kind: ProtoDeviceKind, _ name: String, _ place: (inout ProtoCreateEnrollmentCodeRequest) -> Void
    ) async throws -> (ServerLink, ProtoIdentity) {
      let code = try await enrollmentCode(kind, name, place)
      let own = try await ServerLink.connect(address, tls: tls)
      let seed = SystemEntropy().bytes(SecretKey.byteCount)
      let device = try await EnrolledDevice.enroll(code: code, seed: seed, over: own)
      return (own, try await device.authenticate(over: own))
    }

    func signIn(
      _ name: String, _ role: ProtoStaffRole, usesKeyLocker: Bool, at location: ProtoLocation,
      on own: ServerLink
    ) async throws -> ProtoIdentity {
      let password = newRequestID
      let _: ProtoCreateStaffResponse = try await link.call(
        "AdminService/CreateStaff",
        ProtoCreateStaffRequest.with {
          $0.requestID = newRequestID
          $0.locationID = location.locationID
          $0.userName = name
          $0.displayName = name
          $0.role = role
          $0.useKeyLocker = usesKeyLocker
          $0.password = password
        })
      let response: ProtoSignInResponse = try await own.call(
        "AuthService/SignIn",
        ProtoSignInRequest.with {
          $0.userName = name
          $0.password = password
        })
      return response.identity
    }

    /// The dealer's own program, with a new API key.
    func integrate(_ location: ProtoLocation) async throws -> ServerLink {
      let made: ProtoCreateApiKeyResponse = try await link.call(
        "AdminService/CreateApiKey",
        ProtoCreateApiKeyRequest.with {
          $0.requestID = newRequestID
          $0.locationID = location.locationID
          $0.name = "Office"
        })
      let own = try await ServerLink.connect(address, tls: tls)
      let _: ProtoAuthenticateResponse = try await own.call(
        "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = made.apiKey })
      return own
    }
  }
}
