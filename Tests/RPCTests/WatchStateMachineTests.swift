import Testing

@testable import RPC

@Suite struct WatchStateMachineTests {
  private enum Input: CaseIterable {
    case changed
    case waits
    case over
    case cancel

    func apply(to machine: inout WatchStateMachine) -> WatchStateMachine.Action? {
      switch self {
      case .changed: machine.changed()
      case .waits: machine.roundDone(.waits)
      case .over: machine.roundDone(.over)
      case .cancel: machine.cancel()
      }
    }
  }

  private func machine(after inputs: [Input]) -> WatchStateMachine {
    var machine = WatchStateMachine()
    for input in inputs { _ = input.apply(to: &machine) }
    return machine
  }

  private func describe(_ machine: WatchStateMachine) -> String {
    "\(machine.state)\(machine.isCancelled ? " cancelled" : "")"
  }

  @Test func `a watch begins with a round`() {
    #expect(describe(WatchStateMachine()) == "running")
  }

  @Test func `every state answers every input that it can get`() {
    let ways: [[Input]] = [
      [.waits], [], [.changed], [.over], [.cancel], [.changed, .cancel], [.waits, .cancel],
    ]
    var rows: [String] = []
    for way in ways {
      let before = machine(after: way)
      let hasRound = before.state == .running || before.state == .dirty
      for input in Input.allCases where hasRound || (input != .waits && input != .over) {
        var after = before
        let action = input.apply(to: &after).map { ", \($0)" } ?? ""
        rows.append("\(describe(before)) \(input): \(describe(after))\(action)")
      }
    }
    #expect(
      rows == [
        "idle changed: running, round",
        "idle cancel: ended cancelled, end",
        "running changed: dirty",
        "running waits: idle",
        "running over: ended, end",
        "running cancel: running cancelled",
        "dirty changed: dirty",
        "dirty waits: running, round",
        "dirty over: ended, end",
        "dirty cancel: dirty cancelled",
        "ended changed: ended",
        "ended cancel: ended cancelled",
        "running cancelled changed: dirty cancelled",
        "running cancelled waits: ended cancelled, end",
        "running cancelled over: ended cancelled, end",
        "running cancelled cancel: running cancelled",
        "dirty cancelled changed: dirty cancelled",
        "dirty cancelled waits: ended cancelled, end",
        "dirty cancelled over: ended cancelled, end",
        "dirty cancelled cancel: dirty cancelled",
        "ended cancelled changed: ended cancelled",
        "ended cancelled cancel: ended cancelled",
      ])
  }

  @Test func `the end of a round that never began stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var machine = WatchStateMachine()
      _ = machine.roundDone(.waits)
      _ = machine.roundDone(.waits)
    }
  }
}
