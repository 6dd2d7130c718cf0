import Domain
import Foundation
import HTTPRPC
import Prometheus
import RPC
import ServiceLifecycle
import Services
import Storage
import Synchronization
import Transport

/// What whoever runs the server sees of it: `/metrics`, `/healthz` and `/readyz`, on an address of their own that
/// nobody else is told of.
final class Operations: Sendable {
  /// How often what is not counted on the way is looked at, and the disk tried.
  static let interval: Duration = .seconds(5)
  /// How long the disk may take for that.
  static let patience: Duration = .seconds(15)

  private struct State {
    var isListening = false
    var isDraining = false
    /// `nil`: the disk takes what is written.
    var storageFailure: String? = "not tried yet"
    var oldestMessage: Instant?
    /// When the disk last took what was written.
    var lookedAt: ContinuousClock.Instant?
  }

  private let registry: Registry
  private let clock: any WallClock
  private let sessions: Sessions
  private let start = Date.now
  private let state = Mutex(State())

  init(registry: Registry, environment: Services.Environment) {
    self.registry = registry
    clock = environment.clock
    sessions = environment.sessions
  }

  /// What each metric is, by name. Those that are looked at when they are read stand below.
  static let help = [
    "rpc_calls_total": "Calls that have ended, by procedure and code.",
    "rpc_refusals_total": "Calls that were refused or failed, by procedure and reason.",
    "rpc_call_duration_seconds":
      "From a call's beginning to its end, by procedure; of a watch, all the time it was open.",
    "rpc_connections": "Connections open now, by wire.",
    "rpc_connections_refused_total":
      "Connections that were turned away because there were too many, by wire.",
    commitBatch: "Decisions that shared a commit.",
    commitDuration: "From a commit's first decision to the end of its flush.",
  ]
  static let commitBatch = "storage_commit_decisions"
  static let commitDuration = "storage_commit_duration_seconds"

  /// Counts commits. On the thread that writes.
  static func measure(in registry: Registry) -> @Sendable (SQLiteStore.Commit) -> Void {
    let (batch, duration) = (registry.counts(commitBatch), registry.durations(commitDuration))
    return { commit in
      batch.record(Int64(commit.batch))
      duration.record(commit.duration.wholeNanoseconds)
    }
  }

  func listens() { state.withLock { $0.isListening = true } }
  func drains() { state.withLock { $0.isDraining = true } }

  // MARK: Pages

  var pages: [String: @Sendable () -> Page] {
    [
      "/metrics": { [self] in Page(contentType: Exposition.contentType, metrics) },
      "/healthz": { Page("ok\n") },
      "/readyz": { [self] in
        guard let why = reasonNotReady else { return Page("ready\n") }
        return Page(status: 503, "not ready: \(why)\n")
      },
    ]
  }

  private var reasonNotReady: String? {
    state.withLock { state in
      if state.isDraining { return "draining" }
      guard state.isListening else { return "not listening yet" }
      if let failure = state.storageFailure { return "the database cannot be written: \(failure)" }
      return state.lookedAt.map { ContinuousClock.now - $0 > Self.patience } ?? false
        ? "the disk does not answer" : nil
    }
  }

  private var metrics: String {
    let (oldest, isReady) = (state.withLock(\.oldestMessage), reasonNotReady == nil)
    return registry.exposition { page in
      page.add(
        "rpc_calls_in_flight", .gauge, "Calls and watches that have begun and not ended.",
        Double(CallsInFlight.count))
      page.add(
        "latchkey_lockers_connected", .gauge, "Lockers whose controller listens.",
        Double(sessions.connectedLockers))
      let age = oldest.map { Double((clock.now - $0).milliseconds) / 1000 } ?? 0
      page.add(
        "latchkey_outbox_age_seconds", .gauge, "How long the oldest message has waited for delivery.",
        max(age, 0))
      page.add(
        "latchkey_ready", .gauge, "1: listens, does not drain, and the disk takes what is written.",
        isReady ? 1 : 0)
      page.begin("latchkey_info", .gauge, "The version that runs.")
      page.sample("latchkey_info", [("version", Version.current)], 1)
      ProcessFigures.now.write(to: &page, since: start)
    }.text
  }

  // MARK: Looking

  /// Tries the disk, and looks at what waits.
  func look(at store: SQLiteStore) async {
    do {
      try await store.probe()
      let oldest = try await store.read { try $0.oldestMessage() }
      state.withLock { state in
        state.storageFailure = nil
        state.lookedAt = .now
        state.oldestMessage = oldest
      }
    } catch {
      state.withLock { $0.storageFailure = "\(error)" }
    }
  }
}

/// Looks again and again, until the server goes down.
struct OperationsService: Service {
  let operations: Operations
  let store: SQLiteStore

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await operations.look(at: store)
        try? await Task.sleep(for: Operations.interval)
      }
    }
  }
}

/// What the system says of this process.
private struct ProcessFigures {
  var residentBytes = 0
  var openDescriptors = 0
  var mostDescriptors = 0
  var processorSeconds = 0.0

  static var now: ProcessFigures {
    var figures = ProcessFigures()
    let counts = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    if let counts, counts.count > 1 {
      figures.residentBytes = (Int(counts[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
    figures.openDescriptors =
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      figures.mostDescriptors = Int(clamping: limit.rlim_cur)
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    figures.processorSeconds = usage.ru_utime.seconds + usage.ru_stime.seconds
    return figures
  }

  func write(to page: inout Exposition, since start: Date) {
    page.add("process_resident_memory_bytes", .gauge, "Memory that is in RAM.", Double(residentBytes))
    page.add("process_open_fds", .gauge, "File descriptors that are open.", Double(openDescriptors))
    page.add("process_max_fds", .gauge, "File descriptors that may be open.", Double(mostDescriptors))
    page.add("process_cpu_seconds_total", .counter, "Processor time that was used.", processorSeconds)
    page.add(
      "process_start_time_seconds", .gauge, "When it was started, since 1970.", start.timeIntervalSince1970)
  }
}

extension timeval {
  fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}
