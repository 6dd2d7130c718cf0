/// Times of a lock machine (L3), in milliseconds. The ranges are the C core's; `Core` checks them.
public struct LockTiming: Hashable, Sendable {
  /// How long the coil is energised: 200–600.
  public var pulse: Int
  /// From the end of a pulse to the start of the next: 500–60,000.
  public var coolDown: Int
  /// From the start of a pulse until the door must be open: more than `pulse`, at most 10,000.
  public var openWindow: Int
  /// From opening until the alarm: 1,000–3,600,000.
  public var leftOpen: Int
  /// How long a sensor's change must hold before it counts: 0–1,000.
  public var debounce: Int

  public init(
    pulse: Int = 400, coolDown: Int = 2000, openWindow: Int = 5000, leftOpen: Int = 60_000, debounce: Int = 50
  ) {
    self.pulse = pulse
    self.coolDown = coolDown
    self.openWindow = openWindow
    self.leftOpen = leftOpen
    self.debounce = debounce
  }
}
