/// What happens by itself: boards fail, doors are forced, power goes, somebody closes a door in passing.
final class Weather {
  unowned let site: Site

  private var simulation: Simulation { site.simulation }

  init(_ site: Site) {
    self.site = site
  }

  func begin() {
    blow()
    if simulation.theme == .lunch { waitForLunch() }
  }

  /// Lunch begins when a tablet waits its turn, and lasts longer than a tablet may wait.
  private func waitForLunch() {
    simulation.after(500, "lunch?") { [unowned self] in
      guard !simulation.isHealed else { return false }
      guard let place = site.places.first(where: { place in site.mechanics.contains { $0.waits(at: place) } })
      else {
        waitForLunch()
        return false
      }
      for box in 1...place.cabinet.boxes.count where place.cabinet[box].key == nil {
        place.cabinet.open(box, by: nil)
      }
      simulation.pause(12 * 60_000)
      return true
    }
  }

  private func blow() {
    simulation.after(1_000, "weather") { [unowned self] in
      guard !simulation.isHealed else { return false }
      blow()
      guard !simulation.isPaused else { return false }
      for place in site.places { blow(at: place) }
      return false
    }
  }

  private func blow(at place: Place) {
    let cabinet = place.cabinet
    let inUse = site.mechanics.compactMap { $0.boxInUse(at: place) }
    let box = simulation.dice.chance(50) ? inUse.first ?? anyBox(of: cabinet) : anyBox(of: cabinet)
    if simulation.occurs(.forcedDoor, perMille: 6), !cabinet[box].isOpen { force(box, at: place) }
    if simulation.dice.rarely(40), cabinet[box].isOpen { close(box, at: place) }
    if simulation.occurs(.boardError, perMille: 6) { loseBoard(of: place) }
    if place.controller.isOn, simulation.occurs(.controllerCrash, perMille: 10) {
      // Somewhere in what it does next.
      place.controller.cutPower(afterSteps: simulation.dice.int(0...12))
    }
  }

  private func anyBox(of cabinet: Cabinet) -> Int { simulation.dice.int(1...cabinet.boxes.count) }

  /// A burglar, or the mechanical key.
  func force(_ box: Int, at place: Place) {
    simulation.after(0, "door is forced") { [unowned self, unowned place] in
      guard !place.cabinet[box].isOpen else { return false }
      place.cabinet.open(box, by: nil)
      if simulation.dice.chance(40) { site.take(from: box, at: place, to: .desk) }
      if simulation.dice.chance(50) {
        place.cabinet.close(box)
      } else if simulation.dice.chance(60) {
        close(box, at: place)
      }
      return true
    }
  }

  private func close(_ box: Int, at place: Place) {
    simulation.after(Int64(simulation.dice.int(500...20_000)), "passer-by closes door") { [unowned place] in
      guard place.cabinet[box].isOpen else { return false }
      place.cabinet.close(box)
      return true
    }
  }

  private func loseBoard(of place: Place) {
    simulation.after(0, "board fails") { [unowned self, unowned place] in
      place.cabinet.setBoard(down: true)
      if simulation.dice.chance(40) { force(anyBox(of: place.cabinet), at: place) }
      return true
    }
    simulation.after(Int64(simulation.dice.int(200...15_000)), "board works again") { [unowned place] in
      place.cabinet.setBoard(down: false)
      return true
    }
  }
}
