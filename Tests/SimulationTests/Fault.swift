/// What goes wrong in the world.
enum Fault: String, CaseIterable, Sendable {
  case lose
  case `repeat`
  case delay
  case reorder
  case cut
  case serverCrash
  case controllerCrash
  case boardError
  case jam
  case lateLatch
  case forcedDoor
  case doorLeftOpen
  case walkAway
}
