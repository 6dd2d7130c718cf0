import API
import Domain
import RPC
import TestSupport
import Testing

/// Who guesses is counted on disk (S2).
@Suite(.timeLimit(.minutes(2))) struct GuessingTests {
  /// More than any of the limits of one address, account or kiosk.
  private static let attempts = 150

  @Test func `S2 who guessed too often waits after a restart, too: passwords, enrolment codes and PINs`()
    async throws
  {
    let first = try await ServerProcess.start()
    let op = try await first.asOperator()
    let shop = try await Shop.open(.ttrpc, first)
    let screen = try await Shop.enrolled(.screen, at: (shop.location, shop.locker), .ttrpc, first, op)
    let code: ProtoCreateEnrollmentCodeResponse = try await op.call(
      "AdminService/CreateEnrollmentCode",
      ProtoCreateEnrollmentCodeRequest.with {
        $0.requestID = Shop.newID()
        $0.kind = .tablet
        $0.name = "Bay 1"
        $0.locationID = shop.location
      })
    let stranger = try await Wire.ttrpc.caller(.none, first)
    let doors = try await shop.connectLocker()
    defer { doors.cancel() }
    let visit = try await shop.start(.dropOff)
    let guesses = [
      await guess { try await signIn("wrong horse", stranger) },
      await guess { try await enroll("0000-0000-0000-0000", stranger) },
      await guess { try await enterPin(visit, shop.screen) },
    ]
    #expect(guesses == ["CREDENTIAL_REFUSED", "ENROLLMENT_CODE_INVALID", "WRONG_PIN"])
    #expect(await first.terminate() == 0)

    let second = try await ServerProcess.start(.plain, in: first.directory)
    let again = try await Wire.ttrpc.caller(.none, second)
    let kiosk = try await Wire.ttrpc.caller(.device(screen), second)
    let refusals = [
      await reason { try await signIn(Workshop.password, again) },
      await reason { try await enroll(code.code, again) },
      await reason { try await enterPin(visit, kiosk) },
    ]
    #expect(refusals == ["TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS"])
  }

  private func reason(_ attempt: () async throws -> Void) async -> Failure.Reason? {
    await #expect(throws: Failure.self) { try await attempt() }?.reason
  }

  /// Why the first attempt was refused, of as many as are taken until one is not looked at.
  private func guess(_ attempt: () async throws -> Void) async -> Failure.Reason? {
    let first = await reason(attempt)
    for _ in 0..<Self.attempts where await reason(attempt) == "TOO_MANY_ATTEMPTS" { return first }
    return "NEVER_REFUSED"
  }

  private func signIn(_ password: String, _ caller: any Caller) async throws {
    let _: ProtoStartSessionResponse = try await caller.call(
      "AuthService/StartSession",
      ProtoStartSessionRequest.with {
        $0.userName = "boss"
        $0.password = password
      })
  }

  private func enroll(_ code: String, _ caller: any Caller) async throws {
    let _: ProtoEnrollResponse = try await caller.call(
      "AuthService/Enroll",
      ProtoEnrollRequest.with {
        $0.requestID = Shop.newID()
        $0.code = code
        $0.publicKey = .init([UInt8](repeating: 9, count: 32))
      })
  }

  /// A PIN that nobody has, with a plate: from the fifth on it is asked for.
  private func enterPin(_ visit: Int64, _ screen: any Caller) async throws {
    let _: ProtoEnterPinResponse = try await screen.call(
      "KioskService/EnterPin",
      ProtoEnterPinRequest.with {
        $0.requestID = Shop.newID()
        $0.visitID = visit
        $0.pin = "000000"
        $0.plate = "AB123C"
      })
  }
}
