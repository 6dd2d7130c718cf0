internal import CCore
public import Domain

/// The lock of one compartment: the C core's state machine (L2, L3), the very one that the controller drives
/// its board with. The server feeds it what it is told, to judge that and to expire what stays silent.
///
/// It has no clock: moments come in, and one that is earlier than the last counts as the last.
public struct Lock: Sendable {
  public enum Input: Hashable, Sendable {
    /// A command, by its sequence number (from 1); no pulse starts at or after `expiresAt`.
    case unlock(command: Int64, expiresAt: Instant)
    /// What the door sensor reads.
    case door(isOpen: Bool)
    /// What the item sensor reads.
    case item(isPresent: Bool)
    /// Time has passed.
    case tick
    /// The board did not answer or answered nonsense.
    case boardError
  }

  /// Causes come before what follows from them.
  public enum Output: Hashable, Sendable {
    /// Energise the coil this long; the board ends the pulse.
    case pulse(command: Int64, milliseconds: Int)
    /// `command` is `nil` where none is the cause; `item` is known with item events only.
    case event(LockEvent, command: Int64?, item: ItemState)
    /// The one end of a command. `refusal` comes with `.refused` only.
    case outcome(CommandOutcome, command: Int64, refusal: CommandRefusal?, item: ItemState)
  }

  /// What a lock is at; `lock.h` draws the whole machine.
  public enum State: String, Hashable, Sendable, CaseIterable {
    case unread
    case closed
    case cooling
    case pulsing
    case waiting
    case open
    case leftOpen = "left_open"
    case forced
  }

  private var machine: lk_lock

  /// A lock of which nothing is known yet.
  public init() {
    machine = lk_lock()
    lk_lock_init(&machine)
  }

  /// The machine that `saved` was taken of; `nil` when the bytes are damaged or of no such machine.
  public init?(saved: [UInt8]) {
    self.init()
    guard lk_lock_load(&machine, saved, saved.count) == 0 else { return nil }
  }

  public var state: State { State(machine.state) }

  /// What the item sensor says, debounced; unknown until it was read after a start or a board error.
  public var item: ItemState { ItemState(machine.item) }

  /// 80 bytes to keep it in.
  public var saved: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(LK_LOCK_SAVED_BYTES)) { buffer, initialized in
      withUnsafePointer(to: machine) { machine in
        if let start = buffer.baseAddress { lk_lock_save(machine, start) }
      }
      initialized = Int(LK_LOCK_SAVED_BYTES)
    }
  }

  /// What follows from an input at a moment.
  ///
  /// - Parameter config: valid (`LockTiming.isValid`), and the same while a command is in work.
  public mutating func apply(_ input: Input, config: LockTiming, at now: Instant) -> [Output] {
    var config = Self.checked(config)
    var outputs = lk_outputs()
    lk_lock_apply(&machine, &config, lk_input(input), now.lockTime, &outputs)
    return withUnsafeBytes(of: &outputs.list) { list in
      list.bindMemory(to: lk_output.self).prefix(outputs.count).map(Output.init)
    }
  }

  /// When it next wants a tick; `nil` when only an input can change it.
  public func wakeUp(_ config: LockTiming) -> Instant? {
    var config = Self.checked(config)
    let time = withUnsafePointer(to: machine) { lk_lock_wake_up($0, &config) }
    return time == .max ? nil : Instant(milliseconds: Int64(clamping: time))
  }

  private static func checked(_ timing: LockTiming) -> lk_lock_config {
    guard let config = lk_lock_config(timing) else {
      preconditionFailure("a time of the lock is out of range")
    }
    return config
  }
}

extension LockTiming {
  /// Whether every time is in its range.
  public var isValid: Bool { lk_lock_config(self) != nil }
}
