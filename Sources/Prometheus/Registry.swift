public import CoreMetrics
import Synchronization

/// Keeps what this process counts, and shows it.
public final class Registry: Sendable {
  /// Series beyond this many are not kept: what labels may be, the program says, and no caller.
  public static let maximumSeries = 10_000

  private enum Instrument {
    case counter(CountingCell)
    case gauge(LatestCell)
    case histogram(Histogram)
  }

  private struct Family {
    let kind: Exposition.Kind
    var series: [(labels: Exposition.Labels, instrument: Instrument)] = []
  }

  private struct State {
    var families: [String: Family] = [:]
    var count = 0
    /// Series that were one too many.
    var refused: Int64 = 0
  }

  private let state = Mutex(State())
  private let help: [String: String]

  /// - Parameter help: what a metric is, by its name as it is shown.
  public init(help: [String: String] = [:]) {
    self.help = help
  }

  /// Lets everything in this process that counts do so here. Once, before anything is counted.
  public func install() { MetricsSystem.bootstrap(self) }

  /// A histogram of small numbers, as of batches.
  public func counts(_ name: String) -> Histogram { histogram(name, [], Histogram.counts, unit: 1) }

  /// A histogram of nanoseconds, shown as seconds.
  public func durations(_ name: String) -> Histogram { durations(name, []) }

  /// All that is kept, by name, and then what `more` adds.
  public func exposition(_ more: (inout Exposition) -> Void = { _ in }) -> Exposition {
    var exposition = Exposition()
    let (families, refused) = state.withLock { ($0.families, $0.refused) }
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      exposition.begin(name, family.kind, help[name] ?? name)
      for (labels, instrument) in family.series {
        switch instrument {
        case .counter(let handler): exposition.sample(name, labels, Double(handler.cell.value))
        case .gauge(let handler): exposition.sample(name, labels, handler.value)
        case .histogram(let histogram): exposition.histogram(name, labels, histogram)
        }
      }
    }
    exposition.add(
      "metrics_series_refused_total", .counter, "Series that were too many to keep.", Double(refused))
    more(&exposition)
    return exposition
  }

  private func durations(_ name: String, _ labels: Exposition.Labels) -> Histogram {
    histogram(name, labels, Histogram.durations, unit: 1e-9)
  }

  private func histogram(
    _ name: String, _ labels: Exposition.Labels, _ bounds: [Int64], unit: Double
  ) -> Histogram {
    let found = instrument(name, .histogram, labels) { .histogram(Histogram(bounds: bounds, unit: unit)) }
    // One that is not kept counts for itself.
    guard case .histogram(let histogram)? = found else { return Histogram(bounds: bounds, unit: unit) }
    return histogram
  }

  /// The same for the same name and labels; `nil` when it would be one too many, or the name is another kind's.
  private func instrument(
    _ name: String, _ kind: Exposition.Kind, _ labels: Exposition.Labels, _ make: () -> Instrument
  ) -> Instrument? {
    state.withLock { state in
      var family = state.families[name] ?? Family(kind: kind)
      if let known = family.series.first(where: { $0.labels.elementsEqual(labels, by: ==) }) {
        return family.kind == kind ? known.instrument : nil
      }
      guard family.kind == kind, state.count < Self.maximumSeries else {
        state.refused += 1
        return nil
      }
      let new = make()
      family.series.append((labels, new))
      state.families[name] = family
      state.count += 1
      return new
    }
  }
}

extension Registry: MetricsFactory {
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    let found = instrument("\(label)_total", .counter, dimensions) { .counter(CountingCell()) }
    guard case .counter(let handler)? = found else { return NOOPMetricsHandler.instance }
    return handler
  }

  /// One that aggregates is a histogram; one that does not, a gauge.
  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    guard !aggregate else {
      return HistogramHandler(histogram(label, dimensions, Histogram.counts, unit: 1))
    }
    let found = instrument(label, .gauge, dimensions) { .gauge(LatestCell()) }
    guard case .gauge(let handler)? = found else { return NOOPMetricsHandler.instance }
    return handler
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    HistogramHandler(durations("\(label)_seconds", dimensions))
  }

  // What was counted stays: whoever reads it compares it with what it was.
  public func destroyCounter(_: any CounterHandler) {}
  public func destroyFloatingPointCounter(_: any FloatingPointCounterHandler) {}
  public func destroyMeter(_: any MeterHandler) {}
  public func destroyRecorder(_: any RecorderHandler) {}
  public func destroyTimer(_: any TimerHandler) {}
}
