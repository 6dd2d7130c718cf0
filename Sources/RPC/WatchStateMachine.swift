/// When a watch does a round. Pure: its shell tells it what happens, and does what it answers.
struct WatchStateMachine {
  enum State: CaseIterable {
    /// Waits for a change.
    case idle
    /// A round is under way.
    case running
    /// A round is under way, and something has changed since it began.
    case dirty
    /// No round will follow.
    case ended
  }

  enum Action {
    /// Do a round, and tell `roundDone`.
    case round
    /// Tell the watch that it has ended.
    case end
  }

  /// A watch begins with a round.
  private(set) var state = State.running
  /// Nobody waits for it any more: a round under way is the last.
  private(set) var isCancelled = false

  /// Something may have changed.
  mutating func changed() -> Action? {
    switch state {
    case .idle:
      state = .running
      return .round
    case .running:
      state = .dirty
      return nil
    case .dirty, .ended: return nil
    }
  }

  mutating func roundDone(_ outcome: WatchOutcome) -> Action? {
    switch (state, outcome) {
    case (.running, .waits), (.dirty, .waits):
      if isCancelled { return end() }
      let mustLookAgain = state == .dirty
      state = mustLookAgain ? .running : .idle
      return mustLookAgain ? .round : nil
    case (.running, .over), (.dirty, .over): return end()
    case (.idle, _), (.ended, _): preconditionFailure("a round has ended that never began")
    }
  }

  mutating func cancel() -> Action? {
    isCancelled = true
    switch state {
    case .idle: return end()
    case .running, .dirty, .ended: return nil
    }
  }

  private mutating func end() -> Action {
    state = .ended
    return .end
  }
}
