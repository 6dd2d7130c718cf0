import API
import Foundation

extension Demo.Story {
  /// What the first key's timeline has to tell, in this order.
  private static let custody = [
    "car in shop", "key dropped", "key collected", "key put back", "key returned",
  ]
  /// H2, S2: every refusal of a secret is in the log.
  private static let refusals = [
    "PIN_REFUSED", "HANDOVER_REFUSED QR_OTHER_TABLET", "HANDOVER_REFUSED QR_ALREADY_REDEEMED",
    "HANDOVER_REFUSED QR_EXPIRED",
  ]

  /// C13, D9: the timeline of the key that was walked around.
  func review(_ workOrder: ProtoWorkOrder) async throws {
    let timeline = try await report.step("office", "reads the timeline of \(workOrder.number)") { note in
      let timeline = try await office.timeline(of: workOrder)
      try Demo.expect("custody", timeline.map(\.title).filter(Self.custody.contains), is: Self.custody)
      note.text = "\(timeline.count) events"
      return timeline
    }
    report.show(timeline, titled: "\(workOrder.number), \(workOrder.vehicle.plate)", marked: Self.custody)
  }

  /// Compares what was commanded with what the doors did, ends every process, and checks what is on disk.
  func end() async throws {
    let events = try await report.step("office", "resumes the event stream from 1") { note in
      let events = try await office.allEvents()
      note.text = "\(events.count) events, no gap"
      return events
    }
    try await report.step("office", "finds every refusal in it") { note in
      let refused = events.filter { ["PIN_REFUSED", "HANDOVER_REFUSED"].contains($0.kind) }
      let found = refused.map { $0.reason.isEmpty ? $0.kind : "\($0.kind) \($0.reason)" }
      try Demo.expect("refusals", found, is: Self.refusals)
      note.text = "\(found.count) of \(Self.refusals.count)"
    }
    try await report.step("board", "its own log equals the commands") { note in
      let done = try openings()
      try Demo.expect("openings", done, is: Self.openings(in: events))
      let forced = done.filter { $0.hasSuffix("forced") }
      try Demo.expect("openings without a command", forced, is: ["door \(Self.forcedBox) forced"])
      let issued = events.count { $0.kind == "COMMAND_ISSUED" }
      let jams = events.count { $0.kind == "COMMAND_ENDED" && $0.reason == "JAMMED" }
      // A jammed door got one pulse more: the retry.
      try Demo.expect("unlock frames", try await board.counted("unlocks"), is: issued + jams)
      try Demo.expect("unlock-all frames", try await board.counted("unlocks_of_all"), is: 0)
      note.text = "\(done.count) openings, \(forced.count) of them forced"
    }
    try await report.step("processes", "end on SIGTERM, the server drained") { note in
      hangUp()
      let endings = await processes.endAll()
      for ending in endings {
        try Demo.expect("end of the \(ending.name)", ending.status, is: .exited(0))
        try Demo.expect("\(ending.name) had to be killed", ending.wasKilled, is: false)
      }
      note.text = endings.map(\.name).joined(separator: ", ")
    }
    try await report.step("latchkey", "verify: chains, heads, custody") { note in
      let found = try await processes.run(
        "verify", try Demo.program(), ["verify", "--data", data.path])
      note.text = found.trimmingCharacters(in: .whitespacesAndNewlines)
      try Demo.expect("findings", note.text, is: "clean")
    }
  }

  private func hangUp() {
    for link in [kiosk.link, first.link, second.link, desk.link, office.link, setup.link] { link.close() }
  }

  /// What the doors did, by the board's own log: `door N unlock` or `door N forced`.
  private func openings() throws -> [String] {
    Demo.Folder.text(of: folder.openings).split(separator: "\n").map { line in
      line.split(separator: " ").dropFirst().joined(separator: " ")
    }
  }

  /// What the doors should have done, by the server's log. One door is open at a time, so the order is theirs.
  private static func openings(in events: [ProtoEvent]) -> [String] {
    events.compactMap { event in
      switch (event.kind, event.reason) {
      case ("COMMAND_ENDED", "OPENED_AND_CLOSED"): "door \(event.compartment) unlock"
      case ("DOOR_FORCED", _): "door \(event.compartment) forced"
      default: nil
      }
    }
  }
}
