/// Steel and board: doors, latches, coils, sensors, and what lies in the boxes. Keeps the board's log: every
/// pulse, and every opening with what opened it.
final class Cabinet {
  struct Box {
    var isOpen = false
    /// The command whose pulse opened the door; `nil` when it was forced.
    var openedBy: Int64?
    /// Which customer's key lies in it.
    var key: Int?
    /// The latch is stuck until then.
    var jammedUntil: Int64 = 0
  }

  struct Pulse {
    let time: Int64
    let sequence: Int64
    /// Numbered from 1.
    let box: Int
    /// Which life of which controller asked for it.
    let life: Int
  }

  unowned let simulation: Simulation
  let hasItemSensors: Bool
  private(set) var boxes: [Box]
  private(set) var pulses: [Pulse] = []
  private(set) var isBoardDown = false
  var controller: Controller?

  init(_ simulation: Simulation, boxes: Int, hasItemSensors: Bool) {
    self.simulation = simulation
    self.boxes = Array(repeating: Box(), count: boxes)
    self.hasItemSensors = hasItemSensors
  }

  subscript(number: Int) -> Box { boxes[number - 1] }

  var openBoxes: [Int] { (1...boxes.count).filter { self[$0].isOpen } }

  /// Energises a coil.
  func pulse(_ number: Int, for sequence: Int64, life: Int) {
    let pulse = Pulse(time: simulation.now, sequence: sequence, box: number, life: life)
    pulses.append(pulse)
    simulation.note("pulse at box \(number) for command \(sequence), life \(life)")
    simulation.watchdog.saw(pulse, at: self)
    if simulation.occurs(.jam, perMille: 120) {
      boxes[number - 1].jammedUntil = simulation.now + Int64(simulation.dice.int(500...30_000))
    }
    guard boxes[number - 1].jammedUntil <= simulation.now else { return }
    let isLate = simulation.occurs(.lateLatch, perMille: 100)
    let delay = isLate ? simulation.dice.int(1_000...9_000) : simulation.dice.int(30...900)
    simulation.after(Int64(delay), "door springs open") { [unowned self] in
      guard !boxes[number - 1].isOpen else { return false }
      open(number, by: sequence)
      return true
    }
  }

  /// A door opens: by a command's pulse, or by force or the mechanical key.
  func open(_ number: Int, by sequence: Int64?) {
    guard !self[number].isOpen else { return }
    simulation.note("door \(number) opens by command \(sequence ?? 0)")
    boxes[number - 1].isOpen = true
    boxes[number - 1].openedBy = sequence
    controller?.sensesDoor(number)
  }

  func close(_ number: Int) {
    guard self[number].isOpen else { return }
    simulation.note("door \(number) closes, key \(self[number].key.map { "\($0)" } ?? "-") inside")
    boxes[number - 1].isOpen = false
    boxes[number - 1].openedBy = nil
    controller?.sensesDoor(number)
  }

  func put(_ key: Int, into number: Int) {
    guard self[number].isOpen, self[number].key == nil else { return }
    boxes[number - 1].key = key
    controller?.sensesItem(number)
  }

  func take(from number: Int) -> Int? {
    guard self[number].isOpen, let key = self[number].key else { return nil }
    boxes[number - 1].key = nil
    controller?.sensesItem(number)
    return key
  }

  func setBoard(down: Bool) {
    guard isBoardDown != down else { return }
    isBoardDown = down
    controller?.boardChanged()
  }

  func release(_ number: Int) { boxes[number - 1].jammedUntil = 0 }
}
