import API
import Domain
import TestSupport

extension Template {
  static let settings: [Template] = dealers + agreements + services

  private static let dealers: [Template] = [
    Template("AdminService/CreateDealer") { (request: inout ProtoCreateDealerRequest, _, _) in
      request.requestID = newID()
      request.name = "Dealer \(newNumber())"
    },
    Template("AdminService/ListDealers") { (request: inout ProtoListDealersRequest, _, _) in
      request.pageSize = 1
    },
    Template("AdminService/UpdateDealer") { (request: inout ProtoUpdateDealerRequest, shop, _) in
      request.requestID = newID()
      request.dealerID = shop.dealer
      request.name = "Ours"
    },
    Template("AdminService/UpdateLocation") { (request: inout ProtoUpdateLocationRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.annex
      request.name = "Annex \(newNumber())"
      request.timeZone = "Europe/Berlin"
      request.country = "DE"
      request.languages = ["de", "en"]
      request.currency = "EUR"
      request.limits.qrSeconds = 60
      request.limits.warningSeconds = 40
      request.limits.endSeconds = 60
      request.openingHours.week = [
        .with {
          $0.weekday = 1
          $0.fromTime = "08:00"
          $0.toTime = "17:30"
        }
      ]
      request.openingHours.exceptions = [
        .with {
          $0.date = "2030-12-24"
          $0.intervals = [
            .with {
              $0.fromTime = "08:00"
              $0.toTime = "12:00"
            }
          ]
        }
      ]
      request.emergencyPhone = "+493012345678"
      request.checkIn.daysAhead = 3
      request.checkIn.sendFrom = "18:00"
      request.checkIn.sendTo = "20:00"
    },
    Template("AdminService/UpdateDevice") { (request: inout ProtoUpdateDeviceRequest, shop, _) in
      request.requestID = newID()
      request.deviceID = shop.spareTablet.id
      request.name = "Spare"
    },
  ]

  private static let agreements: [Template] = [
    Template("AdminService/GetAgreement") { (request: inout ProtoGetAgreementRequest, shop, _) in
      request.agreementID = try shop.addAgreement()
    },
    Template("AdminService/ListAgreements") { (request: inout ProtoListAgreementsRequest, shop, _) in
      request.locationID = shop.annex
      request.includeEnded = true
    },
    Template("AdminService/PublishAgreement") { (request: inout ProtoPublishAgreementRequest, shop, _) in
      request.requestID = newID()
      request.agreementID = try shop.addAgreement()
      request.title = "Terms"
      request.text = "New text"
      request.mandatory = false
      request.modules = [.kiosk]
    },
    Template("AdminService/WithdrawAgreement") { (request: inout ProtoWithdrawAgreementRequest, shop, _) in
      request.requestID = newID()
      request.agreementID = try shop.addAgreement()
    },
  ]

  private static let services: [Template] = [
    Template("AdminService/CreateOptionalService") {
      (request: inout ProtoCreateOptionalServiceRequest, shop, _) in
      request.requestID = newID()
      request.locationID = shop.annex
      request.name = "Wash"
      request.description_p = "By hand"
      request.priceCents = 1995
      request.url = "https://example.org/wash"
      request.brands = ["Volvo"]
    },
    Template("AdminService/UpdateOptionalService") {
      (request: inout ProtoUpdateOptionalServiceRequest, shop, _) in
      request.requestID = newID()
      request.serviceID = try shop.addService()
      request.name = "Wash"
      request.description_p = "By hand"
      request.priceCents = 1995
      request.url = "https://example.org/wash"
      request.brands.names = ["Volvo"]
    },
    Template("AdminService/WithdrawOptionalService") {
      (request: inout ProtoWithdrawOptionalServiceRequest, shop, _) in
      request.requestID = newID()
      request.serviceID = try shop.addService()
    },
    Template("AdminService/ListOptionalServices") {
      (request: inout ProtoListOptionalServicesRequest, shop, _) in
      request.locationID = shop.own.location
      request.workOrderID = try shop.own.book().workOrderID
    },
  ]

  static let help: [Template] = [
    Template("HelpService/CallForHelp") { (request: inout ProtoCallForHelpRequest, _, _) in
      request.requestID = newID()
    },
    Template("HelpService/WatchHelp", ignored: ["after_revision"]) {
      (request: inout ProtoWatchHelpRequest, shop, _) in
      request.locationID = shop.own.location
    },
    Template("HelpService/HandleHelp") { (request: inout ProtoHandleHelpRequest, shop, _) in
      request.requestID = newID()
      request.helpCallID = try shop.own.callForHelp()
    },
    Template("HelpService/IgnoreHelp") { (request: inout ProtoIgnoreHelpRequest, shop, _) in
      request.requestID = newID()
      request.helpCallID = try shop.own.callForHelp()
    },
  ]
}

extension Shop {
  /// An agreement of ours that nobody has to accept.
  func addAgreement() throws -> Int64 {
    try makeRoomForAgreement()
    return try Self.addAgreement("Terms", at: annex, op)
  }

  /// Withdraws what the annex shows before it is as much as may be.
  func makeRoomForAgreement() throws {
    let shown: ProtoListAgreementsResponse = try op.call(
      "AdminService/ListAgreements", ProtoListAgreementsRequest.with { $0.locationID = annex })
    guard shown.agreements.count > Agreement.maximumPerLocation / 2 else { return }
    for agreement in shown.agreements {
      let _: ProtoWithdrawAgreementResponse = try op.call(
        "AdminService/WithdrawAgreement",
        ProtoWithdrawAgreementRequest.with {
          $0.requestID = newID()
          $0.agreementID = agreement.agreementID
        })
    }
  }

  static func addAgreement(_ title: String, at location: Int64, _ op: RawConnection) throws -> Int64 {
    let made: ProtoCreateAgreementResponse = try op.call(
      "AdminService/CreateAgreement",
      ProtoCreateAgreementRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.title = title
        $0.text = title
      })
    return made.agreementID
  }

  func addService() throws -> Int64 { try Self.addService("Wash", at: annex, op) }

  static func addService(_ name: String, at location: Int64, _ op: RawConnection) throws -> Int64 {
    let made: ProtoCreateOptionalServiceResponse = try op.call(
      "AdminService/CreateOptionalService",
      ProtoCreateOptionalServiceRequest.with {
        $0.requestID = newID()
        $0.locationID = location
        $0.name = name
      })
    return made.service.serviceID
  }

  /// Ours, whatever an attack on it has made of it.
  func dealerName() throws -> String {
    let first: ProtoListDealersResponse = try op.call("AdminService/ListDealers", ProtoListDealersRequest())
    return first.dealers.first { $0.dealerID == dealer }?.name ?? ""
  }

  /// The dealer of a location.
  static func dealer(of location: Int64, _ op: RawConnection) throws -> Int64 {
    let all: ProtoListLocationsResponse = try op.call(
      "AdminService/ListLocations", ProtoListLocationsRequest.with { $0.pageSize = 500 })
    return all.locations.first { $0.locationID == location }?.dealerID ?? 0
  }
}
