extension Handover {
  /// What a hand-over is told.
  public enum Input: Hashable, Sendable {
    /// Its turn has come: the locker is free, and the QR is shown this long (H2).
    case turnCame(lifetime: Duration)
    /// The tablet that asked has shown a valid token.
    case redeemed
    case doorOpened
    case commandEnded(CommandOutcome, item: ItemState)
    case cancelled
    case tick
  }

  /// What has to be done, in the same transaction, in this order.
  public enum Effect: Hashable, Sendable {
    case open
    case quarantine(Quarantine)
    /// The key is with the staff member now.
    case keyTaken
    /// The key is in the compartment now; the customer gets a pick-up PIN.
    case keyPutBack(isVerifiedBySensor: Bool)
    case keyUncertain
    /// It is over: free what it holds, tell who waits.
    case end
  }

  public enum Refusal: String, Error, Hashable, Sendable {
    case notShown = "QR_NOT_SHOWN"
    case expired = "QR_EXPIRED"
    case alreadyRedeemed = "QR_ALREADY_REDEEMED"
    case over = "HANDOVER_OVER"
  }

  /// When the hand-over wants `tick` next.
  public var wakeUp: Instant? {
    switch state {
    case .queued: requestedAt + Self.queueLifetime
    case .shown: expiresAt
    case .opening, .open, .completed, .keyNotMoved, .expired, .cancelled, .jammed, .failed, .unknown: nil
    }
  }

  /// Applies one input. A refusal changes nothing.
  public mutating func apply(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    let before = state
    let effects =
      switch state {
      case .queued: try applyQueued(input, at: now)
      case .shown: try applyShown(input, at: now)
      case .opening: try applyOpening(input, at: now)
      case .open: try applyOpen(input, at: now)
      case .completed, .keyNotMoved, .expired, .cancelled, .jammed, .failed, .unknown: try applyOver(input)
      }
    if state != before { revision += 1 }
    return effects
  }

  private mutating func applyQueued(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .turnCame(let lifetime):
      state = .shown
      shownAt = now
      expiresAt = now + lifetime
      return []
    case .cancelled: return end(.cancelled, at: now)
    case .tick: return now >= requestedAt + Self.queueLifetime ? end(.expired, at: now) : []
    case .redeemed: throw .notShown
    case .doorOpened, .commandEnded: return []
    }
  }

  private mutating func applyShown(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .redeemed:
      guard let expiresAt, now < expiresAt else { throw .expired }
      state = .opening
      return [.open]
    case .cancelled: return end(.cancelled, at: now)
    case .tick:
      guard let expiresAt, now >= expiresAt else { return [] }
      return end(.expired, at: now)
    case .turnCame, .doorOpened, .commandEnded: return []
    }
  }

  private mutating func applyOpening(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .doorOpened:
      state = .open
      return []
    case .commandEnded(.openedAndClosed, let item): return closed(item: item, at: now)
    case .commandEnded(.jammed, _): return [.quarantine(.jammed)] + end(.jammed, at: now)
    case .commandEnded(.refused, _), .commandEnded(.expired, _): return end(.failed, at: now)
    case .commandEnded(.unknown, _): return lost(at: now)
    case .redeemed: throw .alreadyRedeemed
    case .cancelled: throw .over
    case .turnCame, .tick: return []
    }
  }

  private mutating func applyOpen(_ input: Input, at now: Instant) throws(Refusal) -> [Effect] {
    switch input {
    case .commandEnded(.openedAndClosed, let item): return closed(item: item, at: now)
    case .commandEnded(.unknown, _), .commandEnded(.jammed, _), .commandEnded(.refused, _),
      .commandEnded(.expired, _):
      // After an open door only "opened and closed" makes sense; anything else is no knowledge.
      return lost(at: now)
    case .redeemed: throw .alreadyRedeemed
    case .cancelled: throw .over
    case .turnCame, .doorOpened, .tick: return []
    }
  }

  private func applyOver(_ input: Input) throws(Refusal) -> [Effect] {
    switch input {
    case .redeemed:
      if state.isRedeemed { throw .alreadyRedeemed }
      throw state == .expired ? .expired : .over
    case .cancelled: throw .over
    case .turnCame, .doorOpened, .commandEnded, .tick: return []
    }
  }

  private mutating func end(_ last: State, at now: Instant) -> [Effect] {
    state = last
    endedAt = now
    return [.end]
  }

  /// H3: custody moves when the door has closed again, and only if the item sensor does not contradict.
  private mutating func closed(item: ItemState, at now: Instant) -> [Effect] {
    switch (direction, item) {
    case (.takeOut, .present), (.putBack, .absent): end(.keyNotMoved, at: now)
    case (.takeOut, .absent), (.takeOut, .unknown): [.keyTaken] + end(.completed, at: now)
    case (.putBack, .present), (.putBack, .unknown):
      [.keyPutBack(isVerifiedBySensor: item == .present)] + end(.completed, at: now)
    }
  }

  private mutating func lost(at now: Instant) -> [Effect] {
    [.quarantine(.outcomeUnknown), .keyUncertain] + end(.unknown, at: now)
  }
}
