import Domain
import RPC

/// How many of each thing there may be (W5): whoever wants one more is told what to do first.
extension Decision {
  func requireRoomForLocation(of dealer: Dealer) throws {
    try require(
      tx.locations(of: dealer.id).count, below: Location.maximumPerDealer, .tooManyLocations,
      "locations of '\(dealer.name)'", "ask the operator for another dealer")
  }

  func requireRoomForLocker(at location: Location) throws {
    try require(
      tx.lockers(at: location.id).count, below: Locker.maximumPerLocation, .tooManyLockers,
      "lockers at '\(location.name)'", "make another location for the next ones")
  }

  /// A code takes the place of the device that it may enrol, so that nobody who has one is sent away.
  func requireRoomForDevice(at id: Location.ID) throws {
    let location = try expect(try tx.location(id), "location")
    try require(
      tx.unrevokedDevices(at: id) + tx.openEnrollmentCodes(at: id, now: now),
      below: Device.maximumPerLocation, .tooManyDevices,
      "devices and enrolment codes at '\(location.name)'",
      "revoke devices that are not used, or wait until codes are over")
  }

  func requireRoomForStaff(of id: Dealer.ID) throws {
    let dealer = try expect(try tx.dealer(id), "dealer")
    try require(
      tx.enabledStaff(of: id), below: Staff.maximumPerDealer, .tooManyStaff, "staff of '\(dealer.name)'",
      "disable those who have left")
  }

  func requireRoomForAPIKey(of id: Dealer.ID) throws {
    let dealer = try expect(try tx.dealer(id), "dealer")
    try require(
      tx.unrevokedAPIKeys(of: id), below: APIKey.maximumPerDealer, .tooManyAPIKeys,
      "API keys of '\(dealer.name)'", "revoke those that are not used")
  }

  func requireRoomForAgreement(at location: Location) throws {
    let maximum = Agreement.maximumPerLocation
    try require(
      tx.agreements(at: location.id, includingEnded: false, after: .unassigned, limit: maximum).count,
      below: maximum, .tooManyAgreements, "agreements at '\(location.name)'", "withdraw one of them")
  }

  func requireRoomForOptionalService(at location: Location) throws {
    let maximum = OptionalService.maximumPerLocation
    try require(
      tx.optionalServices(at: location.id, includingWithdrawn: false, after: .unassigned, limit: maximum)
        .count, below: maximum, .tooManyServices, "services at '\(location.name)'", "withdraw one of them")
  }

  private func require(
    _ count: Int, below maximum: Int, _ reason: Failure.Reason, _ things: String, _ wayOut: String
  ) throws(Failure) {
    guard count >= maximum else { return }
    throw Failure(
      .resourceExhausted, reason: reason, "There are \(count) \(things), as many as may be; \(wayOut).")
  }
}
