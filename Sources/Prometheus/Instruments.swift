import CoreMetrics
import Synchronization

/// A number that many threads add to, none waiting for another.
final class Cell: Sendable {
  private let content = Atomic<Int64>(0)

  var value: Int64 { content.load(ordering: .relaxed) }
  func add(_ amount: Int64) { content.wrappingAdd(amount, ordering: .relaxed) }
  func store(_ value: Int64) { content.store(value, ordering: .relaxed) }
}

/// Rises until the process ends.
final class CountingCell: CounterHandler, Sendable {
  let cell = Cell()

  func increment(by amount: Int64) { cell.add(amount) }
  func reset() { cell.store(0) }
}

/// What was recorded last.
final class LatestCell: RecorderHandler, Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
}

/// How often values were at most so large. Recording adds to two numbers, and allocates nothing.
public final class Histogram: Sendable {
  /// From 50 µs to 10 s: a synchronous call takes less than the first, and nobody waits longer than the last.
  static let durations: [Int64] = [
    50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
    100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
  ]
  /// Powers of two up to the largest batch.
  static let counts: [Int64] = [1, 2, 4, 8, 16, 32, 64, 128, 256]

  /// Rising.
  let bounds: [Int64]
  /// What one is worth in the unit that is shown: nanoseconds are shown as seconds.
  let unit: Double
  /// One for each bound, and one for what is larger.
  private let cells: [Cell]
  private let total = Cell()

  init(bounds: [Int64], unit: Double) {
    self.bounds = bounds
    self.unit = unit
    cells = (0...bounds.count).map { _ in Cell() }
  }

  /// Counts a value, in the unit of the bounds.
  public func record(_ value: Int64) {
    // The smallest are the most frequent.
    cells[bounds.firstIndex { value <= $0 } ?? bounds.count].add(1)
    total.add(value)
  }

  /// How many values there were in each, and their sum.
  var contents: (counts: [Int64], sum: Int64) { (cells.map(\.value), total.value) }
}

/// A timer, or a recorder of many values.
final class HistogramHandler: TimerHandler, RecorderHandler, Sendable {
  let histogram: Histogram

  init(_ histogram: Histogram) { self.histogram = histogram }

  func recordNanoseconds(_ duration: Int64) { histogram.record(duration) }
  func record(_ value: Int64) { histogram.record(value) }
  func record(_ value: Double) { histogram.record(Int64(exactly: value.rounded()) ?? 0) }
}
