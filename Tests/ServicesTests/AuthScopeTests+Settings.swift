import API
import TestSupport

extension AuthScopeTests {
  static let settings: [(String, Call)] = [
    call("AdminService/UpdateDealer", answering: ProtoUpdateDealerResponse.self) {
      (request: inout ProtoUpdateDealerRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.dealerID = ids.dealer
        $0.name = "Renamed"
      }
    },
    call("AdminService/CreateLocation", answering: ProtoCreateLocationResponse.self) {
      (request: inout ProtoCreateLocationRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.dealerID = ids.dealer
        $0.name = "New"
        $0.timeZone = "Europe/Amsterdam"
        $0.country = "NL"
      }
    },
    call("AdminService/UpdateLocation", answering: ProtoUpdateLocationResponse.self) {
      (request: inout ProtoUpdateLocationRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.name = "Renamed"
      }
    },
    call("AdminService/UpdateDevice", answering: ProtoUpdateDeviceResponse.self) {
      (request: inout ProtoUpdateDeviceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.deviceID = ids.device
        $0.name = "Renamed"
      }
    },
    call("AdminService/GetAgreement", answering: ProtoGetAgreementResponse.self) {
      (request: inout ProtoGetAgreementRequest, ids, _) in
      request = .with { $0.agreementID = ids.agreement }
    },
    call("AdminService/ListAgreements", answering: ProtoListAgreementsResponse.self) {
      (request: inout ProtoListAgreementsRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("AdminService/PublishAgreement", answering: ProtoPublishAgreementResponse.self) {
      (request: inout ProtoPublishAgreementRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.agreementID = ids.agreement
        $0.title = "Terms"
        $0.text = "New text"
      }
    },
    call("AdminService/WithdrawAgreement", answering: ProtoWithdrawAgreementResponse.self) {
      (request: inout ProtoWithdrawAgreementRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.agreementID = ids.agreement
      }
    },
    call("AdminService/CreateOptionalService", answering: ProtoCreateOptionalServiceResponse.self) {
      (request: inout ProtoCreateOptionalServiceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.locationID = ids.location
        $0.name = "Wash"
      }
    },
    call("AdminService/UpdateOptionalService", answering: ProtoUpdateOptionalServiceResponse.self) {
      (request: inout ProtoUpdateOptionalServiceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.serviceID = ids.service
        $0.name = "Renamed"
      }
    },
    call("AdminService/ListOptionalServices", answering: ProtoListOptionalServicesResponse.self) {
      (request: inout ProtoListOptionalServicesRequest, ids, _) in
      request = .with {
        $0.locationID = ids.location
        $0.workOrderID = ids.workOrder
      }
    },
    call("AdminService/WithdrawOptionalService", answering: ProtoWithdrawOptionalServiceResponse.self) {
      (request: inout ProtoWithdrawOptionalServiceRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.serviceID = ids.service
      }
    },
  ]

  static let help: [(String, Call)] = [
    call("HelpService/WatchHelp", answering: ProtoWatchHelpResponse.self) {
      (request: inout ProtoWatchHelpRequest, ids, _) in
      request = .with { $0.locationID = ids.location }
    },
    call("HelpService/IgnoreHelp", answering: ProtoIgnoreHelpResponse.self) {
      (request: inout ProtoIgnoreHelpRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.helpCallID = ids.helpCall
      }
    },
    call("HelpService/HandleHelp", answering: ProtoHandleHelpResponse.self) {
      (request: inout ProtoHandleHelpRequest, ids, id) in
      request = .with {
        $0.requestID = id
        $0.helpCallID = ids.helpCall
      }
    },
  ]
}
