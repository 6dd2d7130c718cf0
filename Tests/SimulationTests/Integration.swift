import API
import Services

/// The dealer's own program: sends work orders, follows the events.
final class Integration {
  unowned let site: Site
  let peer: Peer
  /// The newest event that has come.
  private var cursor: Int64 = 0

  private var simulation: Simulation { site.simulation }

  init(_ site: Site, _ peer: Peer) {
    self.site = site
    self.peer = peer
    peer.onReady = { [unowned self] in watch() }
  }

  func begin() {
    peer.connect()
    for index in site.cars.indices { send(index, brand: "Volvo") }
    change()
  }

  private func watch() {
    let request = ProtoWatchEventsRequest.with {
      $0.locationID = site.location.rawValue
      $0.afterNumber = cursor
    }
    peer.watch("EventService/WatchEvents", request) { [unowned self] (message: ProtoWatchEventsResponse) in
      simulation.watchdog.wasSent(message.event)
      cursor = max(cursor, message.event.number)
    }
  }

  private func change() {
    simulation.after(Int64(simulation.dice.int(8_000...40_000)), "program") { [unowned self] in
      guard !simulation.isHealed else { return false }
      change()
      send(
        simulation.dice.int(0...site.cars.count - 1), brand: simulation.dice.pick(["Volvo", "Fiat"]) ?? "")
      return true
    }
  }

  private func send(_ index: Int, brand: String) {
    let car = site.cars[index]
    let request = ProtoUpsertWorkOrderRequest.with {
      $0.requestID = site.requestID
      $0.workOrder.locationID = site.location.rawValue
      $0.workOrder.number = car.number
      $0.workOrder.localTime = "2027-03-01T1\(index):\(simulation.dice.chance(50) ? "00" : "30")"
      $0.workOrder.vehicle.plate = car.plate
      $0.workOrder.vehicle.brand = brand
      $0.workOrder.interventions = [.with { $0.name = "Service" }]
      $0.workOrder.contacts = [
        .with {
          ($0.role, $0.name, $0.privateMobile) = (.driver, "Driver", car.mobile)
          $0.privateEmail = "driver@example.org"
        }
      ]
    }
    peer.mutate("WorkOrderService/UpsertWorkOrder", request, tries: 8) { [unowned self] ending in
      guard case .answer(let bytes) = ending, let answer = try? ProtoUpsertWorkOrderResponse(wireBytes: bytes)
      else { return }
      site.cars[index].workOrder = answer.workOrder.workOrderID
      site.cars[index].key = answer.workOrder.keys.first?.keyID ?? 0
    }
  }
}
