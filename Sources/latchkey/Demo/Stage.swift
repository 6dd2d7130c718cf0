import API
import Client
import Core
import Domain
import Foundation
import Transport

extension Demo {
  /// Starts the programs and furnishes a workshop, until the first customer can come.
  struct Stage {
    static let compartments: Int32 = 16

    let options: Options
    let folder: Folder
    let processes: Processes
    let report: Report

    /// Whom everybody trusts.
    private var certificate: String? {
      guard let server = options.server else { return folder.certificate }
      return server.certificate
    }
    private var data: DataDirectory { options.server?.data ?? folder.data }

    func raise() async throws -> Story {
      report.chapter("Setting up", folder.path)
      let address: Address
      if let server = options.server {
        address = server.address
      } else {
        try await makeCertificate()
        address = try await startServer()
      }
      let operatorLink = try await ServerLink.operator(socket: data.socket)
      let setup = Setup(
        link: operatorLink, address: address, tls: certificate.map { ClientTLS(trustedCertificates: $0) })
      let (location, locker) = try await makeWorkshop(setup)
      try await startLocker(setup, locker, address)
      let kiosk = Kiosk(
        link: try await join(setup, .screen, "Lower screen", "kiosk") { $0.lockerID = locker.lockerID })
      func tablet(_ name: String, _ staff: String, _ role: ProtoStaffRole) async throws -> Tablet {
        try await self.tablet(setup, location, name, staff, role)
      }
      let first = try await tablet("Tablet 1", "Mechanic 1", .mechanic)
      let second = try await tablet("Tablet 2", "Mechanic 2", .mechanic)
      let desk = try await tablet("Desk", "Receptionist", .receptionist)
      let office = Office(
        link: try await setup.integrate(location), locationID: location.locationID, lockerID: locker.lockerID)
      try await importWorkOrders(office, location)
      return Story(
        folder: folder, data: data, processes: processes, report: report, setup: setup, kiosk: kiosk,
        first: first, second: second, desk: desk, office: office,
        board: BoardControl(path: folder.boardSocket),
        qr: QRPicture(path: folder.picture, python: options.python, processes: processes))
    }

    private func makeCertificate() async throws {
      try await report.step("openssl", "makes a certificate") { note in
        _ = try await processes.run(
          "openssl", "openssl",
          [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", folder.certificateKey, "-out", folder.certificate, "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
          ])
        note.text = "localhost, 127.0.0.1"
      }
    }

    /// Starts this very program as the server, on a port that the system chooses.
    private func startServer() async throws -> Address {
      try await report.step("server", "starts on an empty directory") { note in
        let server = try await processes.start(
          "server", try program(),
          [
            "serve", "--data", folder.data.path, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
            "--tls-certificate", folder.certificate, "--tls-key", folder.certificateKey,
          ])
        let address = try await eventually("the server to listen") { () -> Sight<Address> in
          try await expectRunning(server)
          let log = Folder.text(of: folder.log("server"))
          let words = log.split(whereSeparator: \.isWhitespace)
          guard log.contains("listening"), let word = words.first(where: { $0.hasPrefix("address=") }),
            let found = Address(parsing: String(word.dropFirst("address=".count)))
          else { return .waiting("no address in its log") }
          return .found(found)
        }
        note.text = "\(address), pid \(server.id)"
        return address
      }
    }

    private func makeWorkshop(_ setup: Setup) async throws -> (ProtoLocation, ProtoLocker) {
      try await report.step("operator", "adds a workshop and its locker") { note in
        let zone = Appointments.zone(at: SystemClock().now)
        // Of its own, beside what the server of somebody else has.
        let dealer = options.server == nil ? "Demo Garage" : "Demo Garage \(newRequestID.prefix(8))"
        let location = try await setup.makeLocation(of: dealer, zone)
        let locker = try await setup.makeLocker(at: location, compartments: Self.compartments)
        note.text = "\(locker.compartments.count) boxes, a PIN to drop"
        return (location, locker)
      }
    }

    /// The board on its pseudo-terminal, and the controller that drives it.
    private func startLocker(_ setup: Setup, _ locker: ProtoLocker, _ address: Address) async throws {
      try await report.step("board", "simulates a KR-CU16, its doors, its keys") { note in
        let board = try await processes.start(
          "board", options.board,
          ["--link", folder.boardLine, "--control", folder.boardSocket, "--log", folder.openings])
        try await eventually("the board's serial line") {
          try await expectRunning(board)
          return access(folder.boardLine, F_OK) == 0 ? .found(()) : .waiting("no '\(folder.boardLine)'")
        }
        note.text = "a pseudo-terminal, pid \(board.id)"
      }
      let trust = certificate.map { ["--ca", $0] } ?? []
      let server = ["--server", "\(address)", "--state", folder.controllerState] + trust
      try await report.step("controller", "enrols with a one-time code") { note in
        let code = try await setup.enrollmentCode(.controller, "Controller") { $0.lockerID = locker.lockerID }
        _ = try await processes.run("enrolment", options.controller, ["enroll"] + server + ["--code", code])
        note.text = "a key pair of its own"
      }
      try await report.step("controller", "connects and reads the doors") { note in
        let controller = try await processes.start(
          "controller", options.controller,
          ["run"] + server + ["--port", folder.boardLine, "--qr-file", folder.picture])
        try await eventually("\(Self.compartments) closed doors") {
          try await expectRunning(controller)
          let now = try await setup.locker(like: locker)
          let closed = now.compartments.count { $0.door == .closed }
          return now.connected && closed == Int(Self.compartments) ? .found(()) : .waiting("\(closed)")
        }
        note.text = "\(Self.compartments) closed, pid \(controller.id)"
      }
    }

    /// Waiting for a program that has ended is pointless.
    private func expectRunning(_ child: ChildProcess) async throws {
      guard let status = await processes.status(of: child) else { return }
      let said = Folder.text(of: folder.log(child.name)).split(separator: "\n").last ?? "it said nothing"
      throw Unexpected("the \(child.name) to run", came: "\(status): \(said)")
    }

    private func join(
      _ setup: Setup, _ kind: ProtoDeviceKind, _ name: String, _ who: String,
      _ place: (inout ProtoCreateEnrollmentCodeRequest) -> Void
    ) async throws -> ServerLink {
      try await report.step(who, "enrols and proves its key over a nonce") { note in
        let (link, identity) = try await setup.join(kind, name, place)
        note.text = "'\(identity.displayName)'"
        return link
      }
    }

    private func tablet(
      _ setup: Setup, _ location: ProtoLocation, _ name: String, _ staff: String, _ role: ProtoStaffRole
    ) async throws -> Tablet {
      try await report.step(name.lowercased(), "enrols; staff sign in by password") { note in
        let (link, _) = try await setup.join(.tablet, name) { $0.locationID = location.locationID }
        let usesKeyLocker = role == .mechanic
        let identity = try await setup.signIn(
          staff, role, usesKeyLocker: usesKeyLocker, at: location, on: link)
        try expect(
          "\(staff) may use the key locker", identity.permissions.contains(.useKeyLocker), is: usesKeyLocker)
        note.text = identity.displayName + (usesKeyLocker ? ", use key locker" : "")
        return Tablet(name: name, link: link, staffID: identity.staffID)
      }
    }

    private func importWorkOrders(_ office: Office, _ location: ProtoLocation) async throws {
      guard let zone = Zone(identifier: location.timeZone) else {
        throw Unexpected("a time zone", came: location.timeZone)
      }
      let csv = Appointments.csv(on: LocalDate(SystemClock().now, in: zone))
      try csv.write(toFile: folder.workOrders, atomically: false, encoding: .utf8)
      try await report.step("office", "imports the day's appointments (CSV)") { note in
        let response = try await office.importWorkOrders(csv)
        try expect("errors", response.errors.map(\.description_p), is: [])
        try expect("created work orders", response.createdCount, is: Int32(Appointments.count))
        note.text = "\(response.createdCount) work orders"
      }
      try await report.step("office", "imports them again") { note in
        let response = try await office.importWorkOrders(csv)
        try expect("unchanged work orders", response.unchangedCount, is: Int32(Appointments.count))
        note.text = "\(response.unchangedCount) unchanged"
      }
    }
  }
}
