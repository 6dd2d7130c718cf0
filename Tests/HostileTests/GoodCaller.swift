import API
import Client
import Core
import Domain
import Foundation
import RPC
import TestSupport

/// A controller that behaves: it asks who it is, and reports what it sees, at a steady rate.
actor GoodCaller {
  static let callsPerSecond = 200

  /// What it met with in one stretch of time.
  struct Stretch: Sendable {
    /// Answered from memory.
    var asked = Latencies()
    /// Answered after fsync.
    var reported = Latencies()
    /// Largest memory of the server that was seen.
    var residentBytes = 0
    var refusals: [String] = []
  }

  private let server: ServerProcess
  private let link: ServerLink
  private var number: Int64 = 0

  /// - Parameter code: of a new controller.
  init(_ server: ServerProcess, code: String) async throws {
    self.server = server
    link = try await server.connect()
    let seed = SystemEntropy().bytes(SigningKey.seedByteCount)
    let device = try await EnrolledDevice.enroll(code: code, seed: seed, over: link)
    try await device.authenticate(over: link)
  }

  func callAway(for duration: Duration) async -> Stretch {
    let clock = ContinuousClock()
    let interval = Duration.seconds(1) / Self.callsPerSecond
    let end = clock.now + duration
    var stretch = Stretch()
    var next = clock.now
    var isReport = false
    while clock.now < end {
      let began = clock.now
      do {
        if isReport {
          try await report()
          stretch.reported.append(clock.now - began)
        } else {
          let _: ProtoWhoAmIResponse = try await link.call("AuthService/WhoAmI", ProtoWhoAmIRequest())
          stretch.asked.append(clock.now - began)
        }
      } catch {
        stretch.refusals.append("\(error)")
      }
      isReport.toggle()
      if isReport { stretch.residentBytes = max(stretch.residentBytes, server.residentBytes) }
      next = max(next + interval, clock.now - interval)
      try? await Task.sleep(until: next, clock: clock)
    }
    return stretch
  }

  private func report() async throws {
    number += 1
    let line = ProtoLockReport.with {
      $0.number = number
      $0.compartment = 1
      $0.event = .foundClosed
    }
    let _: ProtoReportResponse = try await link.call(
      "LockerService/Report", ProtoReportRequest.with { $0.reports = [line] })
  }
}
