extension Coverage {
  /// For people: a line a state, a column an event; how often each pair was visited.
  var table: String {
    Machine.allCases.map { machine in
      let events = Self.events(of: machine)
      let width = 8
      let head = events.map { Self.cell(String($0.prefix(width - 1)), width) }.joined()
      let rows = Self.states(of: machine).map { state in
        Self.cell(state, 16, isLeft: true)
          + events.map { event in
            let count = counts[Pair(machine: machine, state: state, event: event)]
            return Self.cell(count.map(Self.short) ?? "·", width)
          }.joined()
      }
      return ([Self.cell(machine.rawValue, 16, isLeft: true) + head] + rows).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func short(_ count: Int) -> String { count < 100_000 ? String(count) : "\(count / 1000)k" }

  private static func cell(_ text: String, _ width: Int, isLeft: Bool = false) -> String {
    let padding = String(repeating: " ", count: max(0, width - text.count))
    return isLeft ? text + padding : padding + text
  }
}
