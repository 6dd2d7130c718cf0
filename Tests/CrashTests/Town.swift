import API
import Client
import Core
import Domain
import Foundation
import RPC
import TestSupport
import Testing

/// Workshops with lockers, all on one server, in one folder that goes with them: real server, real controllers on
/// simulated boards, and a connection for every screen, tablet and program.
final class Town: Sendable {
  static let boxes: Int32 = 16
  static let userName = "mechanic"

  let folder: URL
  let server: MortalServer
  let ledger: Ledger
  let desk: Desk
  let offices: [Office]
  let cabinets: [Cabinet]

  /// Lends a body a folder, which goes afterwards.
  static func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "latchkey-crash-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      KeptRun.keep(folder)
      try? FileManager.default.removeItem(at: folder)
    }
    try await body(folder)
  }

  /// Runs a body, and then ends every process of the town that is left, however the body went.
  func run(_ body: (Town) async throws -> Void) async throws {
    defer {
      server.end()
      for cabinet in cabinets { cabinet.machine.end() }
    }
    try await body(self)
  }

  /// Looks at everything, records what is wrong, and ends the server. Returns the figures.
  func close() async throws -> Audit.Figures {
    let audit = try await Audit.run(self)
    for fault in audit.faults { Issue.record("\(fault)") }
    if !audit.faults.isEmpty { print(server.errors.suffix(20).joined(separator: "\n")) }
    for cabinet in cabinets {
      #expect(await cabinet.machine.stopController() == 0, "\(cabinet.machine.log.suffix(1000))")
    }
    #expect(await server.terminate() == 0, "\(server.log.suffix(1000))")
    let (code, output) = try await server.verify()
    #expect(code == 0 && output == "clean\n", "\(output)")
    return audit.figures
  }

  /// - Parameters:
  ///   - data: the server's data directory; `nil` makes one in the folder.
  ///   - controllerEnvironment: of every controller.
  init(
    locations: Int = 2, lockersEach: Int = 3, in folder: URL, data: URL? = nil,
    serverEnvironment: [String: String] = [:], controllerEnvironment: [String: String] = [:]
  ) async throws {
    self.folder = folder
    let ledger = Ledger()
    let server = MortalServer(data: data ?? folder.appending(path: "data"), environment: serverEnvironment)
    (self.ledger, self.server) = (ledger, server)
    desk = Desk(Caller("desk", .operator, server, ledger))
    var offices: [Office] = []
    var cabinets: [Cabinet] = []
    do {
      try await server.start()
      for _ in 0..<locations {
        let location = try await desk.addLocation()
        try await desk.hire(Self.userName, at: location)
        let proof = Caller.Proof.apiKey(try await desk.apiKey(at: location))
        let office = Office(Caller("office", proof, server, ledger), location: location)
        offices.append(office)
        for _ in 0..<lockersEach {
          let locker = try await desk.addLocker(at: location, boxes: Self.boxes)
          let machine = try await LockerMachine(
            in: folder.appending(path: "locker-\(locker)"), server, environment: controllerEnvironment)
          cabinets.append(try await Self.cabinet(location, locker, machine, office, desk, server, ledger))
        }
      }
    } catch {
      server.end()
      throw error
    }
    (self.offices, self.cabinets) = (offices, cabinets)
  }

  /// Enrols what belongs to a locker.
  private static func cabinet(
    _ location: Int64, _ locker: Int64, _ machine: LockerMachine, _ office: Office, _ desk: Desk,
    _ server: MortalServer, _ ledger: Ledger
  ) async throws -> Cabinet {
    let place = (location, locker)
    try await machine.enroll(code: try await desk.code(.controller, at: place))
    try machine.startController()
    let screen = try await enroll(.screen, at: place, desk, server)
    let tablet = try await enroll(.tablet, at: place, desk, server)
    try await signIn(tablet, server)
    return Cabinet(
      location: location, locker: locker, machine: machine,
      screen: Caller("screen \(locker)", .device(screen), server, ledger),
      tablet: Caller("tablet \(locker)", .device(tablet), server, ledger), office: office, desk: desk,
      ledger: ledger)
  }

  private static func enroll(
    _ kind: ProtoDeviceKind, at place: (location: Int64, locker: Int64), _ desk: Desk, _ server: MortalServer
  ) async throws -> EnrolledDevice {
    let code = try await desk.code(kind, at: place)
    let link = try await ServerLink.connect(server.address, tls: nil)
    defer { link.close() }
    let seed = SystemEntropy().bytes(SigningKey.seedByteCount)
    return try await EnrolledDevice.enroll(code: code, seed: seed, over: link)
  }

  /// A tablet remembers who is signed in, over new connections too.
  private static func signIn(_ tablet: EnrolledDevice, _ server: MortalServer) async throws {
    let link = try await ServerLink.connect(server.address, tls: nil)
    defer { link.close() }
    try await tablet.authenticate(over: link)
    let _: ProtoSignInResponse = try await link.call(
      "AuthService/SignIn",
      ProtoSignInRequest.with {
        $0.userName = userName
        $0.password = Workshop.password
      })
  }

  /// Lets people come and go at every locker, and programs book, until `trouble` is over; then waits until
  /// everything has come to rest.
  func live(during trouble: @escaping @Sendable () async throws -> Void) async throws {
    let life = Life()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for office in offices { group.addTask { try await office.bookAway(life) } }
      for cabinet in cabinets { group.addTask { try await cabinet.receiveCustomers(life) } }
      group.addTask {
        defer { life.end() }
        try await trouble()
      }
      // The first that fails ends the others.
      while try await group.next() != nil {}
    }
  }
}
