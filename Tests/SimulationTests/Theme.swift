/// What there is more of on some days, so that few seeds suffice to see everything.
enum Theme: UInt64, CaseIterable {
  case plain
  case burglars
  case badLinks
  case stuckLatches
  /// Coils that cool for longer than a command lives.
  case slowCoils
  /// A door stands open through the lunch hour, and nobody is there.
  case lunch
  case carelessPeople
  case badPower

  init(seed: UInt64) { self = Theme.allCases[Int(seed % UInt64(Theme.allCases.count))] }

  /// How much more often something goes wrong.
  func factor(of fault: Fault) -> Int {
    switch (self, fault) {
    case (.burglars, .forcedDoor): 8
    case (.burglars, .delay), (.badLinks, .delay): 4
    case (.badLinks, .lose), (.badLinks, .cut), (.badLinks, .repeat), (.badLinks, .reorder): 3
    case (.stuckLatches, .jam), (.stuckLatches, .lateLatch): 4
    case (.carelessPeople, .doorLeftOpen), (.carelessPeople, .walkAway): 4
    case (.badPower, .serverCrash), (.badPower, .controllerCrash), (.badPower, .boardError): 3
    default: 1
    }
  }
}
