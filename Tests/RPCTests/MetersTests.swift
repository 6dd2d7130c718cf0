import CoreMetrics
import RPC
import SwiftProtobuf
import Synchronization
import Testing

@Suite struct MetersTests {
  /// Counts by label and dimensions. Metrics are global: made once for this process.
  private final class Recorder: MetricsFactory, Sendable {
    static let shared: Recorder = {
      let recorder = Recorder()
      MetricsSystem.bootstrap(recorder)
      return recorder
    }()

    private let values = Mutex<[String: [Int64]]>([:])

    subscript(_ name: String) -> [Int64] { values.withLock { $0[name] ?? [] } }

    fileprivate func add(_ name: String, _ value: Int64) {
      values.withLock { $0[name, default: []].append(value) }
    }

    private func name(_ label: String, _ dimensions: [(String, String)]) -> String {
      label + dimensions.map { " \($0.0)=\($0.1)" }.joined()
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      Handler(recorder: self, name: name(label, dimensions))
    }
    func makeFloatingPointCounter(
      label: String,
      dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { NOOPMetricsHandler.instance }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
      Handler(recorder: self, name: name(label, dimensions))
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      NOOPMetricsHandler.instance
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      Handler(recorder: self, name: name(label, dimensions))
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
  }

  private final class Handler: CounterHandler, RecorderHandler, TimerHandler, Sendable {
    let recorder: Recorder
    let name: String
    init(recorder: Recorder, name: String) {
      self.recorder = recorder
      self.name = name
    }
    func increment(by amount: Int64) { recorder.add(name, amount) }
    func reset() {}
    func record(_ value: Int64) { recorder.add(name, value) }
    func record(_ value: Double) { recorder.add(name, Int64(value)) }
    func recordNanoseconds(_ duration: Int64) { recorder.add(name, duration) }
  }

  @Test func `S8 calls are counted by procedure and code, with their durations`() throws {
    let recorder = Recorder.shared
    var table = ProcedureTable(domain: "d", logger: .recording(.init()))
    table.immediate("meter.v1.S/One", access: Anyone()) { (request: Google_Protobuf_Empty, _) in request }
    let meter = try #require(table.entry("meter.v1.S", "One")).meter
    let start = MonotonicInstant.now
    meter.record(nil, from: start, to: start + .milliseconds(3))
    meter.record(.cancelled, from: start, to: start + .nanoseconds(7))
    meter.record(nil, from: start, to: start)
    #expect(recorder["rpc_calls procedure=meter.v1.S/One code=OK"] == [1, 1])
    #expect(recorder["rpc_calls procedure=meter.v1.S/One code=CANCELLED"] == [1])
    #expect(recorder["rpc_call_duration procedure=meter.v1.S/One"] == [3_000_000, 7, 0])
  }

  @Test func `connections open and refused are counted by wire`() {
    let recorder = Recorder.shared
    let meter = ConnectionMeter(wire: "meters-test")
    meter.record(open: 2)
    meter.record(open: 1)
    meter.recordRefused()
    #expect(recorder["rpc_connections wire=meters-test"] == [2, 1])
    #expect(recorder["rpc_connections_refused wire=meters-test"] == [1])
  }

  @Test func `a duration beyond 64 bits of nanoseconds is cut to them`() {
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    #expect(Duration.nanoseconds(-5).wholeNanoseconds == -5)
  }
}
