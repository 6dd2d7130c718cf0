import API
import Foundation
import RPC
import TestSupport
import Testing

private let isAsked = ProcessInfo.processInfo.environment["LATCHKEY_HOSTILE_SECONDS"] != nil

/// S3: whether the time that a wrong sign-in takes tells a name that exists from one that does not. Only by
/// `make hostile`, on a machine that does nothing else.
@Suite(.timeLimit(.minutes(20)), .enabled(if: isAsked)) struct SignInTimingTests {
  private static let triesOfEach = 1000

  @Test func `S3 known and unknown names take the same time, over 2,000 tries`() async throws {
    let server = try await ServerProcess.start()
    let auc = try await onThread { try Self.measure(server) }
    print(
      "sign-in: known and unknown names are told apart with an AUC of \(auc) over \(2 * Self.triesOfEach) tries"
    )
    #expect((0.45...0.55).contains(auc))
  }

  /// How often a try of a known name takes longer than one of an unknown name; half says nothing.
  ///
  /// Each name is tried once and from an address of its own, by turns: what is counted keeps nobody from an answer,
  /// and what the machine does besides falls on both.
  private static func measure(_ server: ServerProcess) throws -> Double {
    let op = try server.rawOperator()
    let location = try Place.addLocation(dealer: "Dealer", op)
    for number in 0..<triesOfEach { _ = try Place.hire("known\(number)", .mechanic, at: location, op) }
    var known: [Duration] = []
    var unknown: [Duration] = []
    for number in 0..<triesOfEach {
      // Which of the two comes first does not matter either.
      if Bool.random() {
        known.append(try time("known\(number)", server))
        unknown.append(try time("stray\(number)", server))
      } else {
        unknown.append(try time("stray\(number)", server))
        known.append(try time("known\(number)", server))
      }
    }
    return areaUnderCurve(known, unknown)
  }

  private static func time(_ name: String, _ server: ServerProcess) throws -> Duration {
    let connection = try server.stranger()
    let request = ProtoStartSessionRequest.with {
      $0.userName = name
      $0.password = "wrong horse battery"
    }
    let bytes: [UInt8] = try request.serializedBytes()
    var answer = RawConnection.Answer.lost
    let time = ContinuousClock().measure {
      answer = connection.call(MethodName("AuthService/StartSession"), bytes)
    }
    guard answer.failure?.reason == "CREDENTIAL_REFUSED" else {
      throw ServerProcess.Failed(description: "\(name): \(answer)")
    }
    return time
  }

  /// Mann and Whitney's statistic over all pairs: equal ones count half.
  static func areaUnderCurve(_ longer: [Duration], _ shorter: [Duration]) -> Double {
    let sorted = shorter.sorted()
    let wins = longer.reduce(0.0) { wins, value in
      let below = sorted.partitioningIndex { $0 >= value }
      let notAbove = sorted.partitioningIndex { $0 > value }
      return wins + Double(below) + Double(notAbove - below) / 2
    }
    return wins / Double(longer.count * shorter.count)
  }
}

/// The measure itself: it runs always.
@Suite struct AreaUnderCurveTests {
  private func durations(_ milliseconds: Int...) -> [Duration] { milliseconds.map { .milliseconds($0) } }

  @Test func `S3 what always takes longer is told apart, what takes the same is not`() {
    #expect(SignInTimingTests.areaUnderCurve(durations(4, 5, 6), durations(1, 2, 3)) == 1)
    #expect(SignInTimingTests.areaUnderCurve(durations(1, 2, 3), durations(4, 5, 6)) == 0)
    #expect(SignInTimingTests.areaUnderCurve(durations(1, 2, 3), durations(1, 2, 3)) == 0.5)
    #expect(SignInTimingTests.areaUnderCurve(durations(2, 4), durations(1, 3)) == 0.75)
  }
}

extension [Duration] {
  /// Where the first stands that suits, in an array where all that do stand at the end.
  fileprivate func partitioningIndex(_ suits: (Duration) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if suits(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
