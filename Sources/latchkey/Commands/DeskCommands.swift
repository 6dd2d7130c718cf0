import API
import ArgumentParser
import RPC

struct PinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pin", abstract: "Give a PIN for a work order; it takes the place of earlier ones.")

  @OptionGroup var data: DataOptions
  @OptionGroup var location: LocationOptions
  @Argument(help: "The work order's number.") var number: String
  @Flag(help: "To pick the key up. (default: to drop it off)") var pickUp = false

  func run() async throws {
    try await Operator.run(data) { op in
      let workOrder = try await op.workOrder(number, at: try await op.location(location.name))
      let response: ProtoIssuePinResponse = try await op.call(
        "WorkOrderService/IssuePin",
        ProtoIssuePinRequest.with {
          $0.requestID = newRequestID
          $0.workOrderID = workOrder.workOrderID
          $0.purpose = pickUp ? .pickUp : .dropOff
        })
      print("\(response.pin)  (until \(response.expireTime.milliseconds.asTerminalTime))")
    }
  }
}

struct TimelineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline", abstract: "Show what happened to a work order.")

  @OptionGroup var data: DataOptions
  @OptionGroup var location: LocationOptions
  @Argument(help: "The work order's number.") var number: String

  func run() async throws {
    try await Operator.run(data) { op in
      let workOrder = try await op.workOrder(number, at: try await op.location(location.name))
      let response: ProtoListTimelineResponse = try await op.call(
        "EventService/ListTimeline", ProtoListTimelineRequest.with { $0.workOrderID = workOrder.workOrderID })
      printTimeline(response.entries)
    }
  }
}

/// One line an event: when, what, where, why, and the text that goes with it.
func printTimeline(_ entries: [ProtoTimelineEntry]) {
  for entry in entries {
    let event = entry.event
    var line = "\(event.time.milliseconds.asTerminalTime)  \(entry.title)"
    if event.compartment != 0 { line += ", box \(event.compartment)" }
    if !event.reason.isEmpty { line += " (\(event.reason))" }
    if !entry.text.isEmpty { line += ": \(entry.text)" }
    print(line.printable)
  }
}

struct CustodyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "custody", abstract: "Where the keys are; put it right by hand.",
    subcommands: [List.self, Correct.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every key that is not with its customer.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions

    func run() async throws {
      try await Operator.run(data) { op in
        let place = try await op.location(location.name)
        printTable(
          ["KEY", "LABEL", "WHERE", "LOCKER", "BOX", "STAFF", "SINCE", "SENSOR"],
          try await op.custody(at: place).map {
            [
              "\($0.keyID)", $0.label, "\($0.holder)", $0.lockerID == 0 ? "" : "\($0.lockerID)",
              $0.compartment == 0 ? "" : "\($0.compartment)", $0.staffID == 0 ? "" : "\($0.staffID)",
              $0.sinceTime.milliseconds.asTerminalTime, $0.sensorVerified ? "verified" : "",
            ]
          })
      }
    }
  }

  enum Place: String, ExpressibleByArgument, CaseIterable {
    case customer, compartment, staff, desk, uncertain

    var proto: ProtoHolder {
      switch self {
      case .customer: .customer
      case .compartment: .compartment
      case .staff: .staff
      case .desk: .desk
      case .uncertain: .uncertain
      }
    }
  }

  struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say where a key is. The reason is kept for ever.")
    @OptionGroup var data: DataOptions
    @OptionGroup var location: LocationOptions
    @Argument(help: "Id of the key, as 'latchkey custody' shows it.") var key: Int64
    @Option(help: "customer, compartment, staff, desk or uncertain.") var place: Place
    @Option(help: "With compartment: name of the locker.") var locker: String?
    @Option(help: "With compartment: number of the box.") var box: Int32 = 0
    @Option(help: "With staff: user name.") var staff: String?
    @Option(help: "Why.") var reason: String

    func run() async throws {
      try await Operator.run(data) { op in
        let here = try await op.location(location.name)
        var request = ProtoCorrectCustodyRequest()
        request.requestID = newRequestID
        request.keyID = key
        request.holder = place.proto
        request.reason = reason
        request.compartment = box
        if let locker { request.lockerID = try await op.locker(locker, at: here).lockerID }
        if let staff { request.staffID = try await op.staff(staff, at: here).staffID }
        let response: ProtoCorrectCustodyResponse = try await op.call("AdminService/CorrectCustody", request)
        print("Key \(response.key.keyID): \(response.key.holder)")
      }
    }
  }
}
