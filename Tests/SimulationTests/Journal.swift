import API
import Domain

/// What a lock controller must remember across a power cut, as `clients/locker` keeps it: in memory, and as far
/// as it was brought to disk.
struct Journal {
  struct Open {
    let sequence: Int64
    let box: Int
    let expiresAt: Instant
    /// A pulse for it may have left.
    var isFiring = false
    /// Its lock has heard of it, in this life of the controller.
    var isGiven = false
  }

  struct Content {
    var highestSequence: Int64 = 0
    var open: [Open] = []
    /// Report entries that the server has not acknowledged, oldest first.
    var waiting: [ProtoLockReport] = []
    var acknowledged: Int64 = 0
  }

  private(set) var disk = Content()
  var memory = Content()

  /// fsync.
  mutating func commit() { disk = memory }

  /// Power is back: what was not on disk is gone.
  mutating func reopen() {
    memory = disk
    for index in memory.open.indices { memory.open[index].isGiven = false }
  }

  mutating func add(_ entry: ProtoLockReport) {
    var entry = entry
    entry.number = memory.acknowledged + Int64(memory.waiting.count) + 1
    memory.waiting.append(entry)
    if entry.outcome != .unspecified { memory.open.removeAll { $0.sequence == entry.commandSequence } }
  }

  /// Learns which entry is the last that the server has. Returns whether that is one of ours.
  mutating func reconcile(_ number: Int64) -> Bool {
    let count = number - memory.acknowledged
    guard count <= Int64(memory.waiting.count) else { return false }
    if count > 0 {
      memory.waiting.removeFirst(Int(count))
      memory.acknowledged = number
    }
    return true
  }
}
