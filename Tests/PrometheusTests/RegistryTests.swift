import CoreMetrics
import Testing

@testable import Prometheus

@Suite struct RegistryTests {
  private static func lines(_ registry: Registry, _ name: String) -> [String] {
    registry.exposition().text.split(separator: "\n").map(String.init).filter { $0.contains(name) }
  }

  @Test func `S8 a counter is shown with its labels, its kind and what it is`() {
    let registry = Registry(help: ["calls_total": "Calls that have ended."])
    let counter = registry.makeCounter(label: "calls", dimensions: [("code", "OK"), ("procedure", "a.S/M")])
    counter.increment(by: 2)
    counter.increment(by: 1)
    #expect(
      Self.lines(registry, "calls") == [
        "# HELP calls_total Calls that have ended.", "# TYPE calls_total counter",
        "calls_total{code=\"OK\",procedure=\"a.S/M\"} 3",
      ])
  }

  @Test func `S8 the same name and labels are the same series`() {
    let registry = Registry()
    for _ in 0..<3 { registry.makeCounter(label: "c", dimensions: [("a", "1")]).increment(by: 1) }
    registry.makeCounter(label: "c", dimensions: [("a", "2")]).increment(by: 1)
    #expect(Self.lines(registry, "c_total{") == ["c_total{a=\"1\"} 3", "c_total{a=\"2\"} 1"])
  }

  @Test func `S8 a histogram counts each value in every bucket from its own on`() {
    let registry = Registry()
    let timer = registry.makeTimer(label: "t", dimensions: [])
    for duration in [1, 50_000, 50_001, 2_000_000, 20_000_000_000] as [Int64] {
      timer.recordNanoseconds(duration)
    }
    let lines = Self.lines(registry, "t_seconds")
    #expect(lines.contains("t_seconds_bucket{le=\"5e-05\"} 2"))
    #expect(lines.contains("t_seconds_bucket{le=\"0.0001\"} 3"))
    #expect(lines.contains("t_seconds_bucket{le=\"0.0025\"} 4"))
    #expect(lines.contains("t_seconds_bucket{le=\"10\"} 4"))
    #expect(lines.contains("t_seconds_bucket{le=\"+Inf\"} 5"))
    #expect(lines.contains("t_seconds_count 5"))
    #expect(lines.contains { $0.hasPrefix("t_seconds_sum 20.002100") })
  }

  @Test func `S8 a gauge shows what was recorded last, and batches are counted by size`() {
    let registry = Registry()
    let gauge = registry.makeRecorder(label: "open", dimensions: [("wire", "http")], aggregate: false)
    gauge.record(7 as Int64)
    gauge.record(2.5)
    registry.counts("batch").record(3)
    #expect(Self.lines(registry, "open{") == ["open{wire=\"http\"} 2.5"])
    #expect(Self.lines(registry, "batch_bucket{le=\"2\"") == ["batch_bucket{le=\"2\"} 0"])
    #expect(Self.lines(registry, "batch_bucket{le=\"4\"") == ["batch_bucket{le=\"4\"} 1"])
    #expect(Self.lines(registry, "batch_sum") == ["batch_sum 3"])
  }

  @Test func `S8 no caller can make more series than there may be, and those left out are counted`() {
    let registry = Registry()
    for number in 0..<(Registry.maximumSeries + 5) {
      registry.counts("h\(number)").record(1)
    }
    let text = registry.exposition().text
    #expect(text.contains("metrics_series_refused_total 5\n"))
    #expect(!text.contains("h\(Registry.maximumSeries)_count"))
  }

  @Test func `S8 a label's value cannot end its line`() {
    let registry = Registry()
    registry.makeCounter(label: "c", dimensions: [("a", "x\"} 1\nc_total 99\\")]).increment(by: 1)
    #expect(Self.lines(registry, "c_total{") == ["c_total{a=\"x\\\"} 1\\nc_total 99\\\\\"} 1"])
  }

  @Test func `S8 what many threads count at once is all there`() async {
    let registry = Registry()
    let counter = registry.makeCounter(label: "c", dimensions: [])
    let histogram = registry.durations("d")
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for value in 0..<10_000 {
            counter.increment(by: 1)
            histogram.record(Int64(value))
          }
        }
      }
    }
    #expect(Self.lines(registry, "c_total").last == "c_total 80000")
    #expect(Self.lines(registry, "d_count") == ["d_count 80000"])
  }
}
