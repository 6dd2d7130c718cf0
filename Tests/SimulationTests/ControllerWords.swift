import API
import Domain

// What the lock machine says, in the words of the contract.

extension ProtoLockEvent {
  init(_ event: LockEvent) {
    self =
      switch event {
      case .accepted: .accepted
      case .fired: .fired
      case .doorOpened: .doorOpened
      case .doorClosed: .doorClosed
      case .itemIn: .itemIn
      case .itemOut: .itemOut
      case .leftOpen: .leftOpen
      case .forced: .forced
      case .boardError: .boardError
      case .foundClosed: .foundClosed
      }
  }
}

extension ProtoCommandOutcome {
  init(_ outcome: CommandOutcome) {
    self =
      switch outcome {
      case .openedAndClosed: .openedAndClosed
      case .jammed: .jammed
      case .refused: .refused
      case .expired: .expired
      case .unknown: .unknown
      }
  }
}

extension ProtoCommandRefusal {
  init(_ refusal: CommandRefusal?) {
    self =
      switch refusal {
      case nil: .unspecified
      case .busy: .busy
      case .expired: .expired
      case .quarantined: .quarantined
      case .board: .board
      }
  }
}

extension ProtoItemState {
  init(_ item: ItemState) {
    self =
      switch item {
      case .unknown: .unspecified
      case .absent: .absent
      case .present: .present
      }
  }
}

extension LockTiming {
  /// As a controller takes the server's settings.
  init(settings timing: ProtoLockTiming) {
    self.init(
      pulse: Int(timing.pulseMs), coolDown: Int(timing.coolDownMs), openWindow: Int(timing.openWindowMs),
      leftOpen: Int(timing.leftOpenMs), debounce: Int(timing.debounceMs))
  }
}
