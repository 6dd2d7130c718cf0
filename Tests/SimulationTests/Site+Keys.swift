import API
import Core
import Domain
import Services

/// Keys as things: hands, boxes, the desk's drawer.
extension Site {
  /// Whether a door stands open because of a visit or hand-over, as the screens say: nobody lays a key into a box
  /// that was forced open, or opened for somebody else. No sensor could tell whose it is.
  func isOpen(_ box: Int, at place: Place, visit: Int64 = 0, handover: Int64 = 0) -> Bool {
    guard place.cabinet[box].isOpen, let sequence = place.cabinet[box].openedBy,
      let command = simulation.watchdog.command(sequence, at: place.locker)
    else { return false }
    return (command.visit?.rawValue ?? 0, command.handover?.rawValue ?? 0) == (visit, handover)
  }

  /// Lays a car's key into an open box, out of somebody's hand.
  func put(_ car: Int, into box: Int, at place: Place, from holder: Car.Whereabouts) {
    guard cars[car].whereabouts == holder, place.cabinet[box].isOpen, place.cabinet[box].key == nil else {
      return
    }
    cars[car].whereabouts = .box
    place.cabinet.put(car, into: box)
  }

  /// Takes whatever key lies in an open box. A customer's hand is that of its own customer.
  func take(from box: Int, at place: Place, to holder: Car.Whereabouts) {
    guard let car = place.cabinet.take(from: box) else { return }
    cars[car].whereabouts = holder
  }

  /// Hands a key over outside any locker.
  func hand(_ car: Int, to holder: Car.Whereabouts) {
    guard cars[car].whereabouts != .box else { return }
    cars[car].whereabouts = holder
  }

  /// Whether the visit is about this car: who entered their own PIN knows.
  func isOwn(_ car: Int, visit: Int64) -> Bool {
    let key = try? simulation.database.readHere { try $0.visit(Visit.ID(rawValue: visit))?.key }
    return key.flatMap { $0 }?.rawValue == cars[car].key
  }

  /// The customer gets the message that waits for delivery, as a mailer would send it.
  func readMail(of car: Int) {
    let location = location
    let workOrder = cars[car].workOrder
    guard let all = try? simulation.database.readHere({ try $0.outbox(at: location) }),
      let message = all.last(where: { $0.workOrder.rawValue == workOrder }),
      let digits = try? Seal.unseal(
        message.sealedBody, context: "outbox/\(message.kind)/\(message.workOrder)",
        key: simulation.secrets.outbox)
    else { return }
    let pin = String(decoding: digits, as: UTF8.self)
    if cars[car].pickUpPins.last != pin { cars[car].pickUpPins.append(pin) }
  }
}
