import API
import RPC

extension Template {
  static let kiosk: [Template] = [
    Template("KioskService/WatchKiosk", ignored: ["after_revision"]) {
      (_: inout ProtoWatchKioskRequest, _, _) in
    },
    Template("KioskService/StartVisit") { (request: inout ProtoStartVisitRequest, shop, _) in
      _ = try shop.own.prepare(.noVisit)
      request.requestID = newID()
      request.purpose = .dropOff
    },
    Template("KioskService/ChooseAppointment") { (request: inout ProtoChooseAppointmentRequest, shop, _) in
      let visit = try shop.own.prepare(.choosing)
      request.requestID = newID()
      request.visitID = visit.id
      request.workOrderID = visit.workOrder.workOrderID
    },
    Template("KioskService/SaveContact") { (request: inout ProtoSaveContactRequest, shop, _) in
      request.requestID = newID()
      request.visitID = try shop.own.prepare(.contact).id
      request.additionalPhone = "0612345678"
    },
    Template("KioskService/ValidateAppointment") {
      (request: inout ProtoValidateAppointmentRequest, shop, _) in
      let visit = try shop.own.prepare(.validating)
      request.requestID = newID()
      request.visitID = visit.id
      request.agreedInterventionIds = visit.workOrder.interventions.map(\.interventionID)
      request.name = "Driver"
      request.remark = "It rattles"
    },
    Template("KioskService/ConfirmDrop") { (request: inout ProtoConfirmDropRequest, shop, _) in
      request.requestID = newID()
      request.visitID = try shop.own.prepare(.doorClosed).id
    },
    Template("KioskService/ReopenCompartment") { (request: inout ProtoReopenCompartmentRequest, shop, _) in
      request.requestID = newID()
      request.visitID = try shop.own.prepare(.doorClosed).id
    },
    Template("KioskService/AbortVisit") { (request: inout ProtoAbortVisitRequest, shop, _) in
      request.requestID = newID()
      request.visitID = try shop.own.prepare(.authenticating).id
    },
    Template("KioskService/ExtendVisit") { (request: inout ProtoExtendVisitRequest, shop, _) in
      request.requestID = newID()
      request.visitID = try shop.own.prepare(.authenticating).id
    },
    // The last at the kiosk: wrong numbers and wrong PINs make everybody wait there.
    Template("KioskService/EnterNumber") { (request: inout ProtoEnterNumberRequest, shop, _) in
      let visit = try shop.own.prepare(.authenticating)
      request.requestID = newID()
      request.visitID = visit.id
      request.number = "H\(visit.workOrder.number)"
    },
    // Without wrong PINs before it the registration is not asked for, and not looked at.
    Template("KioskService/EnterPin", ignored: ["plate"]) { (request: inout ProtoEnterPinRequest, shop, _) in
      let visit = try shop.own.prepare(.authenticating)
      request.requestID = newID()
      request.visitID = visit.id
      request.pin = try shop.own.pin(for: visit.workOrder.workOrderID)
      request.plate = "H\(visit.workOrder.number)"
    },
  ]

  static let lockers: [Template] = [
    Template("LockerService/GetLockerSettings") { (_: inout ProtoGetLockerSettingsRequest, _, _) in },
    // An item's state means something with outcomes and item events only; the time is for people to read.
    Template("LockerService/Report", "event", ignored: ["reports.time", "reports.refusal", "reports.item"]) {
      (request: inout ProtoReportRequest, shop, _) in
      request.reports = [
        .with {
          $0.compartment = 1
          $0.event = .foundClosed
          $0.time.seconds = 1
        }
      ]
      request.reports[0].number = try shop.nextReport()
      request.controllerVersion = "1.0"
    },
    Template("LockerService/Report", "outcome of no command", succeeds: false) {
      (request: inout ProtoReportRequest, shop, _) in
      request.reports = [
        .with {
          $0.compartment = 1
          $0.commandSequence = 1
          $0.outcome = .refused
          $0.refusal = .busy
          $0.item = .absent
        }
      ]
      request.reports[0].number = try shop.nextReport()
    },
    // The last of the locker's: a second watch of a controller ends its first.
    Template("LockerService/WatchCommands", ignored: ["after_sequence"]) {
      (_: inout ProtoWatchCommandsRequest, _, _) in
    },
  ]
}

extension Shop {
  /// The number of the report that is due from the yard's controller.
  func nextReport() throws -> Int64 {
    let settings: ProtoGetLockerSettingsResponse = try connection(.controller).call(
      "LockerService/GetLockerSettings", ProtoGetLockerSettingsRequest())
    return settings.acknowledgedNumber + 1
  }
}
