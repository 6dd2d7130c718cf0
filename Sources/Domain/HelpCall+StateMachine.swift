extension HelpCall {
  /// What a call for help is told.
  public enum Input: Hashable, Sendable {
    /// Once more, at the same kiosk.
    case called(isAttended: Bool)
    case handled(by: Staff.ID)
    case ignored
    /// The visit at that kiosk ended as the customer wanted it to. One that failed or timed out is no end of
    /// needing help.
    case visitEnded
    case tick
  }

  public enum Refusal: String, Error, Hashable, Sendable {
    /// Somebody else comes.
    case handled = "HELP_HANDLED"
    case over = "HELP_OVER"
  }

  /// When the call wants `tick` next.
  public var wakeUp: Instant? {
    switch state {
    case .calling: calledAt + Self.lifetime
    case .coming: (handledAt ?? calledAt) + Self.arrival
    case .outsideHours: calledAt + Self.notice
    case .over: nil
    }
  }

  /// Applies one input. A refusal changes nothing.
  public mutating func apply(_ input: Input, at now: Instant) throws(Refusal) {
    switch state {
    case .calling: applyCalling(input, at: now)
    case .coming: try applyComing(input, at: now)
    case .outsideHours: try applyOutsideHours(input, at: now)
    case .over: try applyOver(input)
    }
  }

  private mutating func applyCalling(_ input: Input, at now: Instant) {
    switch input {
    case .handled(let staff):
      state = .coming
      handledBy = staff
      handledAt = now
    case .visitEnded: end(at: now)
    case .tick: expire(at: now)
    case .called, .ignored: break
    }
  }

  private mutating func applyComing(_ input: Input, at now: Instant) throws(Refusal) {
    switch input {
    case .handled(let staff): if staff != handledBy { throw .handled }
    case .ignored: throw .handled
    case .visitEnded: end(at: now)
    case .tick: expire(at: now)
    case .called: break
    }
  }

  private mutating func applyOutsideHours(_ input: Input, at now: Instant) throws(Refusal) {
    switch input {
    case .called(let isAttended):
      calledAt = now
      if isAttended { state = .calling }
    case .handled, .ignored: throw .over
    case .visitEnded: end(at: now)
    case .tick: expire(at: now)
    }
  }

  private func applyOver(_ input: Input) throws(Refusal) {
    switch input {
    case .called, .handled, .ignored: throw .over
    case .visitEnded, .tick: break
    }
  }

  private mutating func expire(at now: Instant) {
    if let wakeUp, now >= wakeUp { end(at: now) }
  }

  private mutating func end(at now: Instant) {
    state = .over
    endedAt = now
  }
}
