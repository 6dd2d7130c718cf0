import API
import Domain

// Enums of the contract and of the domain, both ways. An unknown or unspecified number from outside is `nil`:
// the caller says which field it was.

extension Visit.Purpose {
  init?(_ proto: ProtoVisitPurpose) {
    switch proto {
    case .dropOff: self = .dropOff
    case .pickUp: self = .pickUp
    case .openBox: self = .openBox
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoVisitPurpose {
  init(_ purpose: Visit.Purpose) {
    switch purpose {
    case .dropOff: self = .dropOff
    case .pickUp: self = .pickUp
    case .openBox: self = .openBox
    }
  }
}

extension ProtoKioskStep {
  init(_ state: Visit.State) {
    switch state {
    case .authenticating: self = .authenticate
    case .choosing: self = .chooseAppointment
    case .contact: self = .contact
    case .validating: self = .validate
    case .opening: self = .opening
    case .doorOpen: self = .doorOpen
    case .doorClosed: self = .doorClosed
    case .returnOpening, .returnOpen: self = .givingBack
    case .done: self = .done
    case .aborted: self = .aborted
    case .timedOut: self = .timedOut
    case .failed: self = .failed
    }
  }
}

extension ProtoKioskStep {
  init(_ screen: HelpCall.Screen) {
    switch screen {
    case .welcome: self = .welcome
    case .closeDoor: self = .closeDoor
    case .outOfService: self = .outOfService
    case .visit(let state): self.init(state)
    }
  }
}

extension ProtoHelpState {
  init(_ state: HelpCall.State) {
    switch state {
    case .calling: self = .calling
    case .coming: self = .coming
    case .outsideHours: self = .outsideHours
    case .over: self = .over
    }
  }
}

extension Agreement.Module {
  init?(_ proto: ProtoAgreementModule) {
    switch proto {
    case .checkIn: self = .checkIn
    case .kiosk: self = .kiosk
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoAgreementModule {
  init(_ module: Agreement.Module) {
    switch module {
    case .checkIn: self = .checkIn
    case .kiosk: self = .kiosk
    }
  }
}

extension Handover.Direction {
  init?(_ proto: ProtoHandoverDirection) {
    switch proto {
    case .takeOut: self = .takeOut
    case .putBack: self = .putBack
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoHandoverDirection {
  init(_ direction: Handover.Direction) {
    switch direction {
    case .takeOut: self = .takeOut
    case .putBack: self = .putBack
    }
  }
}

extension ProtoHandoverState {
  init(_ state: Handover.State) {
    switch state {
    case .queued: self = .queued
    case .shown: self = .shown
    case .opening: self = .opening
    case .open: self = .open
    case .completed: self = .completed
    case .keyNotMoved: self = .keyNotMoved
    case .expired: self = .expired
    case .cancelled: self = .cancelled
    case .jammed: self = .jammed
    case .failed: self = .failed
    case .unknown: self = .unknown
    }
  }
}

extension LockEvent {
  init?(_ proto: ProtoLockEvent) {
    switch proto {
    case .accepted: self = .accepted
    case .fired: self = .fired
    case .doorOpened: self = .doorOpened
    case .doorClosed: self = .doorClosed
    case .itemIn: self = .itemIn
    case .itemOut: self = .itemOut
    case .leftOpen: self = .leftOpen
    case .forced: self = .forced
    case .boardError: self = .boardError
    case .foundClosed: self = .foundClosed
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension CommandOutcome {
  init?(_ proto: ProtoCommandOutcome) {
    switch proto {
    case .openedAndClosed: self = .openedAndClosed
    case .jammed: self = .jammed
    case .refused: self = .refused
    case .expired: self = .expired
    case .unknown: self = .unknown
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension CommandRefusal {
  init?(_ proto: ProtoCommandRefusal) {
    switch proto {
    case .busy: self = .busy
    case .expired: self = .expired
    case .quarantined: self = .quarantined
    case .board: self = .board
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ItemState {
  init(_ proto: ProtoItemState) {
    switch proto {
    case .absent: self = .absent
    case .present: self = .present
    case .unspecified, .UNRECOGNIZED: self = .unknown
    }
  }
}

extension ProtoItemState {
  init(_ item: ItemState) {
    switch item {
    case .unknown: self = .unspecified
    case .absent: self = .absent
    case .present: self = .present
    }
  }
}

extension ProtoDoorState {
  init(_ door: Compartment.Door) {
    switch door {
    case .unread: self = .unspecified
    case .closed: self = .closed
    case .open: self = .open
    }
  }
}

extension Device.Kind {
  init?(_ proto: ProtoDeviceKind) {
    switch proto {
    case .controller: self = .controller
    case .screen: self = .screen
    case .tablet: self = .tablet
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoDeviceKind {
  init(_ kind: Device.Kind) {
    switch kind {
    case .controller: self = .controller
    case .screen: self = .screen
    case .tablet: self = .tablet
    }
  }
}

extension Staff.Role {
  init?(_ proto: ProtoStaffRole) {
    switch proto {
    case .dealerAdmin: self = .dealerAdmin
    case .receptionist: self = .receptionist
    case .chiefMechanic: self = .chiefMechanic
    case .mechanic: self = .mechanic
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoStaffRole {
  init(_ role: Staff.Role) {
    switch role {
    case .dealerAdmin: self = .dealerAdmin
    case .receptionist: self = .receptionist
    case .chiefMechanic: self = .chiefMechanic
    case .mechanic: self = .mechanic
    }
  }
}

extension ProtoPermission {
  init(_ permission: Staff.Permission) {
    switch permission {
    case .useKeyLocker: self = .useKeyLocker
    case .desk: self = .desk
    case .administer: self = .administer
    }
  }
}

extension ProtoCaller {
  init(_ kind: Caller.Kind) {
    switch kind {
    case .anyone: self = .anyone
    case .controller: self = .controller
    case .screen: self = .screen
    case .tablet: self = .tablet
    case .staff: self = .staff
    case .integration: self = .integration
    case .operator: self = .operator
    }
  }
}

extension ProtoWorkOrderStatus {
  init(_ status: WorkOrder.Status) {
    switch status {
    case .planned: self = .planned
    case .inShop: self = .inShop
    case .returned: self = .returned
    case .cancelled: self = .cancelled
    }
  }
}

extension WorkOrder.CancelReason {
  init?(_ proto: ProtoCancelReason) {
    switch proto {
    case .noShow: self = .noShow
    case .customer: self = .customer
    case .dealer: self = .dealer
    case .other: self = .other
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoCancelReason {
  init(_ reason: WorkOrder.CancelReason?) {
    switch reason {
    case .noShow: self = .noShow
    case .customer: self = .customer
    case .dealer: self = .dealer
    case .other: self = .other
    case nil: self = .unspecified
    }
  }
}

extension ContactRole {
  init?(_ proto: ProtoContactRole) {
    switch proto {
    case .driver: self = .driver
    case .owner: self = .owner
    case .contractor: self = .contractor
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension ProtoContactRole {
  init(_ role: ContactRole) {
    switch role {
    case .driver: self = .driver
    case .owner: self = .owner
    case .contractor: self = .contractor
    }
  }
}
