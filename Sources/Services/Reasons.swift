import Domain
import RPC

/// Every reason that the services refuse with, as the contract's comments name them.
extension Failure.Reason {
  static let callerNotAdmitted: Self = "CALLER_NOT_ADMITTED"
  static let invalidField: Self = "INVALID_FIELD"
  static let notFound: Self = "NOT_FOUND"
  static let requestIDReused: Self = "REQUEST_ID_REUSED"
  static let alreadyDone: Self = "ALREADY_DONE"
  static let tooManyAttempts: Self = "TOO_MANY_ATTEMPTS"
  static let overloaded: Self = "OVERLOADED"
  static let cursorAhead: Self = "CURSOR_AHEAD"
  static let storageFailed: Self = "STORAGE_FAILED"

  static let enrollmentCodeInvalid: Self = "ENROLLMENT_CODE_INVALID"
  static let publicKeyInUse: Self = "PUBLIC_KEY_IN_USE"
  static let controllerEnrolled: Self = "CONTROLLER_ENROLLED"
  static let noChallenge: Self = "NO_CHALLENGE"
  static let alreadyAuthenticated: Self = "ALREADY_AUTHENTICATED"
  static let credentialRefused: Self = "CREDENTIAL_REFUSED"
  static let deviceRevoked: Self = "DEVICE_REVOKED"
  static let crossOrigin: Self = "CROSS_ORIGIN"

  static let visitInProgress: Self = "VISIT_IN_PROGRESS"
  static let visitOver: Self = "VISIT_OVER"
  static let wrongStep: Self = "WRONG_STEP"
  static let noFreeCompartment: Self = "NO_FREE_COMPARTMENT"
  static let doorLeftOpen: Self = "DOOR_LEFT_OPEN"
  static let lockerOffline: Self = "LOCKER_OFFLINE"
  static let lockerInactive: Self = "LOCKER_INACTIVE"
  static let lockerBusy: Self = "LOCKER_BUSY"
  static let handoverInProgress: Self = "HANDOVER_IN_PROGRESS"
  static let wrongPin: Self = "WRONG_PIN"
  static let pinInUse: Self = "PIN_IN_USE"
  static let pinRequired: Self = "PIN_REQUIRED"
  static let plateRequired: Self = "PLATE_REQUIRED"
  static let notToday: Self = "NOT_TODAY"
  static let noMatch: Self = "NO_MATCH"
  static let keyAlreadyDropped: Self = "KEY_ALREADY_DROPPED"
  static let keyElsewhere: Self = "KEY_ELSEWHERE"
  static let invalidPhone: Self = "INVALID_PHONE"
  static let nameRequired: Self = "NAME_REQUIRED"
  static let agreementRequired: Self = "AGREEMENT_REQUIRED"
  static let unknownIntervention: Self = "UNKNOWN_INTERVENTION"
  static let unknownAgreement: Self = "UNKNOWN_AGREEMENT"
  static let doorStillOpen: Self = "DOOR_STILL_OPEN"
  static let keyNotDetected: Self = "KEY_NOT_DETECTED"

  static let noKeyInLocker: Self = "NO_KEY_IN_LOCKER"
  static let noKeyWithStaff: Self = "NO_KEY_WITH_STAFF"
  static let compartmentQuarantined: Self = "COMPARTMENT_QUARANTINED"
  static let qrNotValid: Self = "QR_NOT_VALID"
  static let qrOtherTablet: Self = "QR_OTHER_TABLET"

  static let notYourCompartment: Self = "NOT_YOUR_COMPARTMENT"
  static let notYourCommand: Self = "NOT_YOUR_COMMAND"
  static let reportOutOfOrder: Self = "REPORT_OUT_OF_ORDER"

  static let workOrderCancelled: Self = "WORK_ORDER_CANCELLED"
  static let keyInLocker: Self = "KEY_IN_LOCKER"
  static let keyInMotion: Self = "KEY_IN_MOTION"
  static let appointmentOver: Self = "APPOINTMENT_OVER"
  static let invalidCSV: Self = "INVALID_CSV"
  static let tooManyPinned: Self = "TOO_MANY_PINNED"

  static let nameInUse: Self = "NAME_IN_USE"
  static let lastAdmin: Self = "LAST_ADMIN"
  static let agreementNotCurrent: Self = "AGREEMENT_NOT_CURRENT"
  static let serviceWithdrawn: Self = "SERVICE_WITHDRAWN"
  static let lockerNotEmpty: Self = "LOCKER_NOT_EMPTY"
  static let compartmentInUse: Self = "COMPARTMENT_IN_USE"
  static let compartmentOccupied: Self = "COMPARTMENT_OCCUPIED"
  static let passwordTooShort: Self = "PASSWORD_TOO_SHORT"

  static let tooManyLocations: Self = "TOO_MANY_LOCATIONS"
  static let tooManyLockers: Self = "TOO_MANY_LOCKERS"
  static let tooManyDevices: Self = "TOO_MANY_DEVICES"
  static let tooManyStaff: Self = "TOO_MANY_STAFF"
  static let tooManyAPIKeys: Self = "TOO_MANY_API_KEYS"
  static let tooManyAgreements: Self = "TOO_MANY_AGREEMENTS"
  static let tooManyServices: Self = "TOO_MANY_SERVICES"
}

extension Failure {
  /// What is unknown and what is another's look the same (S3).
  static func notFound(_ what: String) -> Failure {
    Failure(.notFound, reason: .notFound, "There is no such \(what), or it is not yours to see.")
  }

  static func invalid(_ violations: [Violation]) -> Failure {
    let fields = violations.map { "\($0.field): \($0.description)" }.joined(separator: "; ")
    return Failure(.invalidArgument, reason: .invalidField, fields, violations: violations)
  }

  static func invalid(_ field: String, _ description: String) -> Failure {
    invalid([Violation(field: field, description: description)])
  }

  static func precondition(_ reason: Reason, _ message: String) -> Failure {
    Failure(.failedPrecondition, reason: reason, message)
  }
}
