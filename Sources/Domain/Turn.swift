/// Whose turn it is at a locker or at one of its compartments (W4).
public enum Turn: Hashable, Sendable, CaseIterable {
  case nobody
  case customer
  /// Who may use the key locker.
  case staff
  case desk

  /// What lies in a compartment, and what is to become of it.
  public enum Content: Hashable, Sendable {
    case nothing
    /// Staff fetch it.
    case droppedOff
    /// - Parameter hasPin: a pick-up PIN for it is open.
    case forCustomer(hasPin: Bool)
  }

  /// What a compartment is being used for, or reserved for.
  public enum Use: Hashable, Sendable {
    case visit(Visit.Purpose)
    case handover

    var turn: Turn {
      switch self {
      case .visit(.dropOff), .visit(.pickUp): .customer
      // Only the desk gives box PINs (H6).
      case .visit(.openBox): .desk
      case .handover: .staff
      }
    }
  }

  /// At a compartment.
  ///
  /// - Parameter use: by whom it is in use now.
  public init(at box: Compartment, use: Use?, content: Content) {
    self =
      switch (use, content) {
      case (let use?, _): use.turn
      case (nil, _) where box.blocksLocker || box.quarantine != nil: .desk
      case (nil, .nothing): .nobody
      case (nil, .droppedOff): .staff
      case (nil, .forCustomer(let hasPin)): hasPin ? .customer : .desk
      }
  }

  /// At a locker as a whole.
  ///
  /// - Parameter use: the visit or hand-over under way.
  public init(at locker: Locker, _ boxes: [Compartment], isConnected: Bool, use: Use?) {
    if !locker.isActive {
      self = .nobody
    } else if !isConnected {
      self = .desk
    } else if let use {
      self = use.turn
    } else {
      self = boxes.contains(where: \.blocksLocker) ? .desk : .nobody
    }
  }
}
