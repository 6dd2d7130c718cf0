/// What was seen at a lock. Raw values are stored.
public enum LockEvent: String, Hashable, Sendable, CaseIterable {
  /// A command was taken in work.
  case accepted
  /// A pulse was started.
  case fired
  /// The door opened, by the command.
  case doorOpened = "door_opened"
  /// The door closed after it was open, by command or forced.
  case doorClosed = "door_closed"
  case itemIn = "item_in"
  case itemOut = "item_out"
  /// Alarm: open for too long.
  case leftOpen = "left_open"
  /// Alarm: opened, or found open, without a command.
  case forced
  /// The board did not answer or answered nonsense: its sensors are unknown.
  case boardError = "board_error"
  /// The door was read for the first time since the start or a board error, and is closed.
  case foundClosed = "found_closed"
}

/// How a command ended: exactly one for each (L2). Raw values are stored.
public enum CommandOutcome: String, Hashable, Sendable, CaseIterable {
  case openedAndClosed = "opened_and_closed"
  /// Fired, never opened.
  case jammed
  /// Never fired; a `CommandRefusal` says why.
  case refused
  /// Its time was over before it was fired.
  case expired
  /// Fired, or perhaps fired, and nobody can say what followed.
  case unknown
}

/// Why a command was refused. Raw values are stored.
public enum CommandRefusal: String, Hashable, Sendable, CaseIterable {
  /// Another command is in work there, or the door is open.
  case busy
  /// Given at or after its expiry.
  case expired
  /// The compartment is out of service.
  case quarantined
  /// The door sensor cannot be read.
  case board
}

/// What an item sensor says. Raw values are stored.
public enum ItemState: String, Hashable, Sendable, CaseIterable {
  /// No sensor, or not read yet.
  case unknown
  case absent
  case present
}
