import Domain
public import RPC

/// The procedure table, by hand: every method of the contract with its access rule and its handler. A test
/// holds it against the contract's descriptors.
public func addServices(to table: inout ProcedureTable, _ environment: Environment) {
  AuthService(environment).add(to: &table)
  KioskService(environment).add(to: &table)
  LockerService(environment).add(to: &table)
  HandoverService(environment).add(to: &table)
  WorkOrderService(environment).add(to: &table)
  EventService(environment).add(to: &table)
  AdminService(environment).add(to: &table)
  HelpService(environment).add(to: &table)
}

extension Environment {
  fileprivate func access(
    _ callers: Caller.Kind..., permission: Staff.Permission? = nil, isOnTablet: Bool = false
  ) -> Access {
    Access(Set(callers), permission, isOnTablet: isOnTablet, clock: clock, quotas: quotas)
  }
}

extension AuthService {
  fileprivate func add(to table: inout ProcedureTable) {
    let anyone = environment.access(.anyone)
    let tablets = environment.access(.tablet, .staff, isOnTablet: true)
    let tabletsAndSessions = environment.access(.tablet, .staff)
    let staff = environment.access(.staff)

    table.unary("latchkey.v1.AuthService/Enroll", access: anyone, enroll)
    table.immediate("latchkey.v1.AuthService/Challenge", access: anyone, challenge)
    table.unary("latchkey.v1.AuthService/Authenticate", access: anyone, authenticate)
    table.unary("latchkey.v1.AuthService/SignIn", access: tablets.weighing(Access.passwordWeight), signIn)
    table.unary("latchkey.v1.AuthService/SignOut", access: tabletsAndSessions, signOut)
    table.unary(
      "latchkey.v1.AuthService/StartSession", access: anyone.weighing(Access.passwordWeight), startSession)
    table.unary(
      "latchkey.v1.AuthService/ListSessions", access: staff.reading, isSideEffectFree: true, listSessions)
    table.unary("latchkey.v1.AuthService/EndSession", access: staff, endSession)
    table.unary(
      "latchkey.v1.AuthService/ChangePassword", access: staff.weighing(Access.passwordWeight), changePassword)
    table.immediate("latchkey.v1.AuthService/WhoAmI", access: anyone.reading, isSideEffectFree: true, whoAmI)
  }
}

extension KioskService {
  fileprivate func add(to table: inout ProcedureTable) {
    let bothScreens = environment.access(.screen, .controller)
    let screens = environment.access(.screen)

    table.watch("latchkey.v1.KioskService/WatchKiosk", access: bothScreens.reading, watchKiosk)
    table.unary("latchkey.v1.KioskService/StartVisit", access: screens, startVisit)
    table.unary("latchkey.v1.KioskService/EnterPin", access: screens, enterPin)
    table.unary("latchkey.v1.KioskService/EnterNumber", access: screens, enterNumber)
    table.unary("latchkey.v1.KioskService/ChooseAppointment", access: screens, chooseAppointment)
    table.unary("latchkey.v1.KioskService/SaveContact", access: screens, saveContact)
    table.unary("latchkey.v1.KioskService/ValidateAppointment", access: screens, validateAppointment)
    table.unary("latchkey.v1.KioskService/ConfirmDrop", access: screens, confirmDrop)
    table.unary("latchkey.v1.KioskService/ReopenCompartment", access: screens, reopenCompartment)
    table.unary("latchkey.v1.KioskService/AbortVisit", access: screens, abortVisit)
    table.unary("latchkey.v1.KioskService/ExtendVisit", access: screens, extendVisit)
  }
}

extension LockerService {
  fileprivate func add(to table: inout ProcedureTable) {
    let controllers = environment.access(.controller)

    table.watch("latchkey.v1.LockerService/WatchCommands", access: controllers.reading, watchCommands)
    table.unary("latchkey.v1.LockerService/Report", access: controllers, report)
    table.unary(
      "latchkey.v1.LockerService/GetLockerSettings", access: controllers.reading, isSideEffectFree: true,
      getLockerSettings)
  }
}

extension HandoverService {
  fileprivate func add(to table: inout ProcedureTable) {
    let mechanics = environment.access(.staff, permission: .useKeyLocker, isOnTablet: true)

    table.unary("latchkey.v1.HandoverService/RequestHandover", access: mechanics, requestHandover)
    table.unary("latchkey.v1.HandoverService/RedeemHandover", access: mechanics, redeemHandover)
    table.unary("latchkey.v1.HandoverService/CancelHandover", access: mechanics, cancelHandover)
    table.watch("latchkey.v1.HandoverService/WatchHandover", access: mechanics.reading, watchHandover)
  }
}

extension WorkOrderService {
  fileprivate func add(to table: inout ProcedureTable) {
    let deskAndPrograms = environment.access(.integration, .staff, .operator, permission: .desk)
    let readers = environment.access(.integration, .staff, .operator)
    let admins = environment.access(.staff, .operator, permission: .administer)
    let desk = environment.access(.staff, .operator, permission: .desk)

    table.unary("latchkey.v1.WorkOrderService/UpsertWorkOrder", access: deskAndPrograms, upsertWorkOrder)
    table.unary(
      "latchkey.v1.WorkOrderService/ImportWorkOrders", access: deskAndPrograms.weighing(Access.fileWeight),
      importWorkOrders)
    table.unary(
      "latchkey.v1.WorkOrderService/GetWorkOrder", access: readers.reading, isSideEffectFree: true,
      getWorkOrder)
    table.unary(
      "latchkey.v1.WorkOrderService/ListWorkOrders", access: readers.reading, isSideEffectFree: true,
      listWorkOrders)
    table.watch("latchkey.v1.WorkOrderService/WatchWorkOrders", access: readers.reading, watchWorkOrders)
    table.unary("latchkey.v1.WorkOrderService/PinWorkOrder", access: desk, pinWorkOrder)
    table.unary("latchkey.v1.WorkOrderService/CancelWorkOrder", access: deskAndPrograms, cancelWorkOrder)
    table.unary("latchkey.v1.WorkOrderService/RestoreWorkOrder", access: admins, restoreWorkOrder)
    table.unary("latchkey.v1.WorkOrderService/IssuePin", access: desk, issuePin)
  }
}

extension EventService {
  fileprivate func add(to table: inout ProcedureTable) {
    let readers = environment.access(.integration, .staff, .operator)
    let adminsAndPrograms = environment.access(.integration, .staff, .operator, permission: .administer)

    table.watch("latchkey.v1.EventService/WatchEvents", access: readers.reading, watchEvents)
    table.unary(
      "latchkey.v1.EventService/ListTimeline", access: readers.reading, isSideEffectFree: true, listTimeline)
    table.unary("latchkey.v1.EventService/ExportChainHead", access: adminsAndPrograms, exportChainHead)
  }
}

extension AdminService {
  fileprivate func add(to table: inout ProcedureTable) {
    let operators = environment.access(.operator)
    let readers = environment.access(.staff, .operator, .integration)
    let admins = environment.access(.staff, .operator, permission: .administer)
    let desk = environment.access(.staff, .operator, permission: .desk)

    table.unary("latchkey.v1.AdminService/CreateDealer", access: operators, createDealer)
    table.unary(
      "latchkey.v1.AdminService/ListDealers", access: admins.reading, isSideEffectFree: true, listDealers)
    table.unary("latchkey.v1.AdminService/UpdateDealer", access: admins, updateDealer)
    table.unary("latchkey.v1.AdminService/CreateLocation", access: admins, createLocation)
    table.unary("latchkey.v1.AdminService/UpdateLocation", access: admins, updateLocation)
    table.unary("latchkey.v1.AdminService/UpdateLimits", access: admins, updateLimits)
    table.unary(
      "latchkey.v1.AdminService/ListLocations", access: readers.reading, isSideEffectFree: true, listLocations
    )
    table.unary("latchkey.v1.AdminService/CreateLocker", access: admins, createLocker)
    table.unary(
      "latchkey.v1.AdminService/ListLockers", access: readers.reading, isSideEffectFree: true, listLockers)
    table.watch("latchkey.v1.AdminService/WatchLockers", access: readers.reading, watchLockers)
    table.unary("latchkey.v1.AdminService/UpdateLocker", access: admins, updateLocker)
    table.unary("latchkey.v1.AdminService/SetCompartmentService", access: desk, setCompartmentService)
    table.unary("latchkey.v1.AdminService/OverrideDoor", access: desk, overrideDoor)
    table.unary("latchkey.v1.AdminService/CreateAgreement", access: admins, createAgreement)
    table.unary("latchkey.v1.AdminService/PublishAgreement", access: admins, publishAgreement)
    table.unary("latchkey.v1.AdminService/WithdrawAgreement", access: admins, withdrawAgreement)
    table.unary(
      "latchkey.v1.AdminService/GetAgreement", access: readers.reading, isSideEffectFree: true, getAgreement)
    table.unary(
      "latchkey.v1.AdminService/ListAgreements", access: readers.reading, isSideEffectFree: true,
      listAgreements)
    table.unary("latchkey.v1.AdminService/CreateOptionalService", access: admins, createOptionalService)
    table.unary("latchkey.v1.AdminService/UpdateOptionalService", access: admins, updateOptionalService)
    table.unary("latchkey.v1.AdminService/WithdrawOptionalService", access: admins, withdrawOptionalService)
    table.unary(
      "latchkey.v1.AdminService/ListOptionalServices", access: readers.reading, isSideEffectFree: true,
      listOptionalServices)
    table.unary("latchkey.v1.AdminService/CreateEnrollmentCode", access: admins, createEnrollmentCode)
    table.unary(
      "latchkey.v1.AdminService/ListDevices", access: admins.reading, isSideEffectFree: true, listDevices)
    table.unary("latchkey.v1.AdminService/UpdateDevice", access: admins, updateDevice)
    table.unary("latchkey.v1.AdminService/RevokeDevice", access: admins, revokeDevice)
    table.unary(
      "latchkey.v1.AdminService/CreateStaff", access: admins.weighing(Access.passwordWeight), createStaff)
    table.unary(
      "latchkey.v1.AdminService/UpdateStaff", access: admins.weighing(Access.passwordWeight), updateStaff)
    table.unary(
      "latchkey.v1.AdminService/ListStaff", access: admins.reading, isSideEffectFree: true, listStaff)
    table.unary(
      "latchkey.v1.AdminService/ListStaffSessions", access: admins.reading, isSideEffectFree: true,
      listStaffSessions)
    table.unary("latchkey.v1.AdminService/EndStaffSessions", access: admins, endStaffSessions)
    table.unary("latchkey.v1.AdminService/CreateApiKey", access: admins, createApiKey)
    table.unary(
      "latchkey.v1.AdminService/ListApiKeys", access: admins.reading, isSideEffectFree: true, listApiKeys)
    table.unary("latchkey.v1.AdminService/RevokeApiKey", access: admins, revokeApiKey)
    table.unary("latchkey.v1.AdminService/CorrectCustody", access: admins, correctCustody)
    table.unary("latchkey.v1.AdminService/IssueBoxPin", access: admins, issueBoxPin)
    table.unary(
      "latchkey.v1.AdminService/ListCustody", access: readers.reading, isSideEffectFree: true, listCustody)
  }
}

extension HelpService {
  fileprivate func add(to table: inout ProcedureTable) {
    let screens = environment.access(.screen)
    let desk = environment.access(.staff, permission: .desk)

    table.unary("latchkey.v1.HelpService/CallForHelp", access: screens, callForHelp)
    table.watch("latchkey.v1.HelpService/WatchHelp", access: desk.reading, watchHelp)
    table.unary("latchkey.v1.HelpService/HandleHelp", access: desk, handleHelp)
    table.unary("latchkey.v1.HelpService/IgnoreHelp", access: desk, ignoreHelp)
  }
}
