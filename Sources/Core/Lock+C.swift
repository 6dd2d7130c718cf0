internal import CCore
internal import Domain

// What the machine of `lock.h` says, in the words of `Domain`, and the other way round.

extension Instant {
  /// The machine's clock: milliseconds since 1970; it has no earlier moments.
  var lockTime: UInt64 { UInt64(clamping: milliseconds) }
}

extension lk_lock_config {
  /// `nil` when a time is out of range.
  init?(_ timing: LockTiming) {
    guard let pulse = UInt32(exactly: timing.pulse), let coolDown = UInt32(exactly: timing.coolDown),
      let openWindow = UInt32(exactly: timing.openWindow), let leftOpen = UInt32(exactly: timing.leftOpen),
      let debounce = UInt32(exactly: timing.debounce)
    else { return nil }
    self.init(
      pulse_ms: pulse, cool_down_ms: coolDown, open_window_ms: openWindow, left_open_ms: leftOpen,
      debounce_ms: debounce)
    guard lk_lock_config_is_valid(&self) else { return nil }
  }
}

extension LockTiming {
  /// The defaults of `lock.h`.
  static var ofCore: LockTiming {
    let config = lk_lock_config_default()
    return LockTiming(
      pulse: Int(config.pulse_ms), coolDown: Int(config.cool_down_ms), openWindow: Int(config.open_window_ms),
      leftOpen: Int(config.left_open_ms), debounce: Int(config.debounce_ms))
  }
}

extension lk_input {
  init(_ input: Lock.Input) {
    self.init()
    switch input {
    case .unlock(let command, let expiresAt):
      kind = LK_INPUT_UNLOCK
      command_id = UInt64(clamping: command)
      expire_ms = expiresAt.lockTime
    case .door(let isOpen):
      kind = LK_INPUT_DOOR
      flag = isOpen
    case .item(let isPresent):
      kind = LK_INPUT_ITEM
      flag = isPresent
    case .tick: kind = LK_INPUT_TICK
    case .boardError: kind = LK_INPUT_BOARD_ERROR
    }
  }
}

extension Lock.Output {
  init(_ output: lk_output) {
    // Commands come in as `Int64`; only a saved machine that somebody forged holds a greater one.
    let command = Int64(clamping: output.command_id)
    switch output.kind {
    case LK_OUTPUT_PULSE:
      self = .pulse(command: command, milliseconds: Int(output.pulse_ms))
    case LK_OUTPUT_EVENT:
      let event = LockEvent(output.event)
      self = .event(event, command: command == 0 ? nil : command, item: ItemState(output.item))
    case LK_OUTPUT_OUTCOME:
      let outcome = CommandOutcome(output.outcome)
      self = .outcome(
        outcome, command: command, refusal: CommandRefusal(output.refusal), item: ItemState(output.item))
    default: preconditionFailure("lock.h has no output \(output.kind.rawValue)")
    }
  }
}

extension Lock.State {
  init(_ state: lk_lock_state) {
    switch state {
    case LK_LOCK_UNREAD: self = .unread
    case LK_LOCK_CLOSED: self = .closed
    case LK_LOCK_COOLING: self = .cooling
    case LK_LOCK_PULSING: self = .pulsing
    case LK_LOCK_WAITING: self = .waiting
    case LK_LOCK_OPEN: self = .open
    case LK_LOCK_LEFT_OPEN: self = .leftOpen
    case LK_LOCK_FORCED: self = .forced
    default: preconditionFailure("lock.h has no state \(state.rawValue)")
    }
  }
}

extension LockEvent {
  fileprivate init(_ event: lk_event) {
    switch event {
    case LK_EVENT_ACCEPTED: self = .accepted
    case LK_EVENT_FIRED: self = .fired
    case LK_EVENT_DOOR_OPENED: self = .doorOpened
    case LK_EVENT_DOOR_CLOSED: self = .doorClosed
    case LK_EVENT_ITEM_IN: self = .itemIn
    case LK_EVENT_ITEM_OUT: self = .itemOut
    case LK_EVENT_LEFT_OPEN: self = .leftOpen
    case LK_EVENT_FORCED: self = .forced
    case LK_EVENT_BOARD_ERROR: self = .boardError
    default: preconditionFailure("lock.h has no event \(event.rawValue)")
    }
  }
}

extension CommandOutcome {
  fileprivate init(_ outcome: lk_outcome) {
    switch outcome {
    case LK_OUTCOME_OPENED_AND_CLOSED: self = .openedAndClosed
    case LK_OUTCOME_JAMMED: self = .jammed
    case LK_OUTCOME_REFUSED: self = .refused
    case LK_OUTCOME_EXPIRED: self = .expired
    case LK_OUTCOME_UNKNOWN: self = .unknown
    default: preconditionFailure("lock.h has no outcome \(outcome.rawValue)")
    }
  }
}

extension CommandRefusal {
  fileprivate init?(_ refusal: lk_refusal) {
    switch refusal {
    case LK_REFUSAL_NONE: return nil
    case LK_REFUSAL_BUSY: self = .busy
    case LK_REFUSAL_EXPIRED: self = .expired
    case LK_REFUSAL_BOARD: self = .board
    default: preconditionFailure("lock.h has no refusal \(refusal.rawValue)")
    }
  }
}

extension ItemState {
  init(_ item: lk_item) {
    switch item {
    case LK_ITEM_UNKNOWN: self = .unknown
    case LK_ITEM_ABSENT: self = .absent
    case LK_ITEM_PRESENT: self = .present
    default: preconditionFailure("lock.h has no item state \(item.rawValue)")
    }
  }
}
