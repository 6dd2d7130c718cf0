import API
import TestSupport

extension Template {
  static let places: [Template] = [
    Template("AdminService/CreateLocation") { (request: inout ProtoCreateLocationRequest, _, caller) in
      request.requestID = newID()
      // A dealer admin's is its own.
      if caller == .operator { request.dealerName = "Third" }
      request.name = "Street \(newNumber())"
      request.timeZone = "Europe/Brussels"
      request.country = "BE"
      request.languages = ["nl", "fr"]
      request.currency = "EUR"
    },
    Template("AdminService/UpdateLimits") { (request: inout ProtoUpdateLimitsRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.own.location
      request.limits.qrSeconds = 60
      request.limits.warningSeconds = 40
      request.limits.endSeconds = 60
    },
    Template("AdminService/ListLocations") { (_: inout ProtoListLocationsRequest, _, _) in },
    Template("AdminService/CreateLocker") { (request: inout ProtoCreateLockerRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.own.location
      request.name = "Locker \(newNumber())"
      request.compartmentCount = 2
      request.pinToDrop = true
      request.hasItemSensors_p = true
      request.timing.pulseMs = 300
      request.timing.coolDownMs = 1000
      request.timing.openWindowMs = 3000
      request.timing.leftOpenMs = 60_000
      request.timing.debounceMs = 50
    },
    Template("AdminService/ListLockers") { (request: inout ProtoListLockersRequest, shop, _) in
      request.locationID = shop.own.location
    },
    Template("AdminService/WatchLockers", ignored: ["after_revision"]) {
      (request: inout ProtoWatchLockersRequest, shop, _) in
      request.locationID = shop.own.location
      request.afterRevision = 1
    },
    Template("AdminService/UpdateLocker") { (request: inout ProtoUpdateLockerRequest, shop, _) in
      request.requestID = newID()
      request.lockerID = shop.yard
      request.active = true
      request.pinToDrop = false
      request.name = "Yard \(newNumber())"
    },
    Template("AdminService/SetCompartmentService") {
      (request: inout ProtoSetCompartmentServiceRequest, shop, _) in
      request.requestID = newID()
      request.lockerID = shop.yard
      request.compartment = 1
      request.inService = true
      request.reason = "Repaired"
    },
    Template("AdminService/OverrideDoor") { (request: inout ProtoOverrideDoorRequest, shop, _) in
      request.requestID = newID()
      request.lockerID = shop.yard
      request.compartment = 1
      request.reason = "Looked at"
    },
    Template("AdminService/CreateAgreement") { (request: inout ProtoCreateAgreementRequest, shop, _) in
      try shop.makeRoomForAgreement()
      request.requestID = newID()
      request.locationID = shop.annex
      request.title = "Terms"
      request.text = "Text"
      request.mandatory = false
    },
    Template("AdminService/IssueBoxPin") { (request: inout ProtoIssueBoxPinRequest, shop, _) in
      request.requestID = newID()
      request.lockerID = shop.yard
      request.compartment = 1
      request.reason = "Forgotten glove"
    },
    Template("AdminService/ListCustody") { (request: inout ProtoListCustodyRequest, shop, _) in
      request.locationID = shop.own.location
    },
    Template(
      "AdminService/CorrectCustody", "desk", ignored: ["locker_id", "compartment", "staff_id"]
    ) { (request: inout ProtoCorrectCustodyRequest, shop, _) in
      request.requestID = newID()
      request.keyID = try shop.own.book().keys[0].keyID
      request.holder = .desk
      request.reason = "Handed over"
    },
    Template("AdminService/CorrectCustody", "compartment", ignored: ["staff_id"]) {
      (request: inout ProtoCorrectCustodyRequest, shop, _) in
      let workOrder = try shop.own.bookInLocker()
      request.requestID = newID()
      request.keyID = workOrder.keys[0].keyID
      request.holder = .compartment
      request.lockerID = shop.own.locker
      request.compartment = try shop.own.box(of: workOrder.workOrderID)
      request.reason = "Found there"
    },
    Template("AdminService/CorrectCustody", "staff", ignored: ["locker_id", "compartment"]) {
      (request: inout ProtoCorrectCustodyRequest, shop, _) in
      request.requestID = newID()
      request.keyID = try shop.own.book().keys[0].keyID
      request.holder = .staff
      request.staffID = shop.own.admin
      request.reason = "Has it"
    },
  ]

  static let people: [Template] = [
    Template("AdminService/CreateEnrollmentCode", "screen", ignored: ["location_id"]) {
      (request: inout ProtoCreateEnrollmentCodeRequest, shop, _) in
      request.requestID = newID()
      request.kind = .screen
      request.name = "New screen"
      request.lockerID = shop.own.locker
      request.locationID = shop.own.location
    },
    Template("AdminService/CreateEnrollmentCode", "tablet", ignored: ["locker_id"]) {
      (request: inout ProtoCreateEnrollmentCodeRequest, shop, _) in
      request.requestID = newID()
      request.kind = .tablet
      request.name = "New tablet"
      request.locationID = shop.own.location
    },
    Template("AdminService/ListDevices") { (request: inout ProtoListDevicesRequest, shop, _) in
      request.locationID = shop.own.location
    },
    Template("AdminService/RevokeDevice") { (request: inout ProtoRevokeDeviceRequest, shop, _) in
      request.requestID = newID()
      request.deviceID = shop.spareTablet.id
    },
    Template("AdminService/CreateStaff") { (request: inout ProtoCreateStaffRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.own.location
      request.userName = "user\(newNumber())"
      request.displayName = "User"
      request.role = .mechanic
      request.useKeyLocker = true
      request.password = Workshop.password
      request.worksAt.locationIds = [shop.own.location]
    },
    Template("AdminService/UpdateStaff") { (request: inout ProtoUpdateStaffRequest, shop, _) in
      request.requestID = newID()
      request.staffID = shop.spareStaff
      request.role = .mechanic
      request.useKeyLocker = false
      request.disabled = false
      request.password = Workshop.password
      request.displayName = "Spare"
    },
    Template("AdminService/ListStaff") { (request: inout ProtoListStaffRequest, shop, _) in
      request.locationID = shop.own.location
    },
    // Most moments are in the future.
    Template("AdminService/CreateApiKey", ignored: ["expire_time"]) {
      (request: inout ProtoCreateApiKeyRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.own.location
      request.name = "Program"
      request.reach.locationIds = [shop.own.location]
      request.readOnly = true
      request.services = ["EventService"]
      request.expireTime.seconds = 4_000_000_000
    },
    Template("AdminService/ListApiKeys") { (request: inout ProtoListApiKeysRequest, shop, _) in
      request.locationID = shop.own.location
    },
    Template("AdminService/ListStaffSessions") { (request: inout ProtoListStaffSessionsRequest, shop, _) in
      request.staffID = shop.spareStaff
    },
    Template("AdminService/EndStaffSessions") { (request: inout ProtoEndStaffSessionsRequest, shop, _) in
      request.requestID = newID()
      request.staffID = shop.spareStaff
    },
    Template("AdminService/RevokeApiKey") { (request: inout ProtoRevokeApiKeyRequest, shop, _) in
      let key: ProtoCreateApiKeyResponse = try shop.op.call(
        "AdminService/CreateApiKey",
        ProtoCreateApiKeyRequest.with {
          $0.requestID = newID()
          $0.locationID = shop.own.location
          $0.name = "Spare"
        })
      request.requestID = newID()
      request.apiKeyID = key.apiKeyID
    },
  ]

  static let auth: [Template] = [
    Template("AuthService/Enroll") { (request: inout ProtoEnrollRequest, shop, _) in
      request.requestID = newID()
      request.code = try TestDevice.code(.tablet, at: (shop.own.location, 0), shop.op)
      request.publicKey = .init(TestDevice.newKey().publicKey.bytes)
    },
    Template("AuthService/Challenge") { (_: inout ProtoChallengeRequest, _, _) in },
    // The connection that it is sent on has drawn no challenge: the assertion is another's.
    Template("AuthService/Authenticate", "assertion", succeeds: false) {
      (request: inout ProtoAuthenticateRequest, shop, _) in
      let device = shop.own.screenDevice
      request.assertion = try device.assertion(for: device.challenge(on: shop.server.stranger()))
    },
    Template("AuthService/Authenticate", "API key") {
      (request: inout ProtoAuthenticateRequest, shop, _) in
      request.apiKey = shop.own.apiKeyText
    },
    Template(
      "AuthService/SignIn", connect: tabletOfItsOwn("SignIn")
    ) { (request: inout ProtoSignInRequest, _, _) in
      request.userName = "boss"
      request.password = Workshop.password
    },
    // This wire has no cookies.
    Template("AuthService/StartSession") { (request: inout ProtoStartSessionRequest, shop, _) in
      request.dealerName = try shop.dealerName()
      request.userName = "boss"
      request.password = Workshop.password
    },
    Template("AuthService/ListSessions") { (_: inout ProtoListSessionsRequest, _, _) in },
    // A session that is nobody's; and a password that is not theirs, so that all other sign-ins go on.
    Template("AuthService/EndSession", succeeds: false) { (request: inout ProtoEndSessionRequest, _, _) in
      request.sessionID = 999
    },
    Template("AuthService/ChangePassword", succeeds: false) {
      (request: inout ProtoChangePasswordRequest, _, _) in
      request.requestID = newID()
      request.oldPassword = "wrong horse battery"
      request.newPassword = Workshop.password
    },
    Template(
      "AuthService/SignOut", connect: tabletOfItsOwn("SignOut")
    ) { (_: inout ProtoSignOutRequest, _, _) in },
    Template("AuthService/WhoAmI") { (_: inout ProtoWhoAmIRequest, _, _) in },
  ]
}
