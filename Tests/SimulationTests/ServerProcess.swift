import Core
import Domain
import Logging
import RPC
import Services
import Storage
import Synchronization
import TestSupport

/// What a server says to whom, collected while a message is decided.
struct Saying: Sendable {
  enum Content: Sendable {
    case answer([UInt8])
    case failure(Failure)
    /// A message of a stream.
    case item([UInt8])
    /// A stream has ended by itself.
    case end
    /// The server closes the connection.
    case hangUp(Failure)
  }

  let connection: Int
  let call: Int
  let content: Content
}

final class Sayings: Sendable {
  private let waiting = Mutex<[Saying]>([])

  func add(_ saying: Saying) { waiting.withLock { $0.append(saying) } }

  /// In an order that does not hang on which watch was woken first: by connection and call, each in its own order.
  func take() -> [Saying] {
    let all = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    return all.enumerated().sorted { left, right in
      (left.element.connection, left.element.call, left.offset)
        < (right.element.connection, right.element.call, right.offset)
    }.map(\.element)
  }
}

/// What one life of the server has from outside, and what stays the same from one life to the next.
struct ServerSurroundings: Sendable {
  let clock: ManualClock
  let entropy: SeededEntropy
  let secrets: ServerSecrets
  let onTransition: @Sendable (Transition) -> Void
}

/// One life of the server: the real services over the real procedure table, from start to crash.
final class ServerProcess {
  /// One connection, and what runs for it.
  private struct Channel {
    let connection: RPC.Connection
    var tasks: [Task<Void, Never>] = []
    var watches: [RunningWatch] = []
  }

  static let audience = "latchkey/simulation"

  let store: ProcessStore
  let signals = Signals()
  private let environment: Environment
  private let table: ProcedureTable
  private let executor: DrivenExecutor
  private let sayings: Sayings
  private var channels: [Int: Channel] = [:]
  private var rights: Task<Void, Never>?

  init(
    _ store: ProcessStore, _ surroundings: ServerSurroundings, executor: DrivenExecutor, sayings: Sayings
  ) {
    self.store = store
    self.executor = executor
    self.sayings = sayings
    environment = Environment(
      store: store, clock: surroundings.clock, entropy: surroundings.entropy, secrets: surroundings.secrets,
      audience: Self.audience, signals: signals, sessions: Sessions(),
      onTransition: surroundings.onTransition)
    var table = ProcedureTable(
      domain: failureDomain,
      logger: Logger(label: "simulation") { _ in
        SwiftLogNoOpLogHandler()
      })
    addServices(to: &table, environment)
    self.table = table
  }

  /// As the program does when it starts.
  func start() {
    let environment = environment
    _ = executor.start { try? await Timers(environment).start() }
    rights = executor.watch {
      for await _ in environment.signals.changes(of: .rights) { try? await environment.reviewRights() }
    }
    executor.drain()
  }

  /// Lets the server look at the time.
  func tick(_ work: @escaping @Sendable (Timers) async throws -> Void) {
    let timers = Timers(environment)
    let store = store
    _ = executor.start {
      do { try await work(timers) } catch { store.note("timers: \(error)") }
    }
    executor.drain()
  }

  /// Nothing of this life is heard of any more.
  func crash() {
    store.die()
    rights?.cancel()
    for id in channels.keys { close(id) }
    executor.drain()
    _ = sayings.take()
  }

  // MARK: Connections

  func open(_ id: Int, security: RPC.Connection.Security) {
    let connection = Connection(security: security, remoteAddress: "127.0.0.1")
    connection.attach { [sayings] failure, _ in
      sayings.add(Saying(connection: id, call: 0, content: .hangUp(failure)))
    }
    channels[id] = Channel(connection: connection)
  }

  /// Ends a connection as a wire does: first its calls, then it is over.
  func close(_ id: Int) {
    guard let channel = channels.removeValue(forKey: id) else { return }
    for task in channel.tasks { task.cancel() }
    for watch in channel.watches { watch.cancel() }
    executor.drain()
    channel.connection.ended()
  }

  func receive(_ id: Int, call: Int, _ procedure: String, _ payload: [UInt8]) {
    guard let channel = channels[id] else { return }
    let name = ProcedureName(procedure)
    let context = CallContext(procedure: name, connection: channel.connection)
    let say: @Sendable (Saying.Content) -> Void = { [sayings] in
      sayings.add(Saying(connection: id, call: call, content: $0))
    }
    guard let entry = table.entry(named: name) else { preconditionFailure("no procedure \(procedure)") }
    switch start(entry, payload, context) {
    case .success(.immediate(let answer)): say(.answer(answer))
    case .success(.unary(let handler)):
      let task = executor.start {
        do { say(.answer(try await handler())) } catch {
          say(.failure(entry.failure(from: error, in: context)))
        }
      }
      channels[id]?.tasks.append(task)
    case .success(.watch(let watch)):
      let running = RunningWatch(watch, sink: StreamSink(say: say)) { [executor] body in
        _ = executor.start(body)
      } finish: { error in
        say(error.map { .failure(entry.failure(from: $0, in: context)) } ?? .end)
      }
      channels[id]?.watches.append(running)
      running.start()
    case .success(.stream): preconditionFailure("\(procedure): the services' streams are watches")
    case .failure(let failure): say(.failure(failure))
    }
    executor.drain()
  }

  private func start(
    _ entry: ProcedureEntry, _ payload: [UInt8], _ context: CallContext
  ) -> Result<ProcedureEntry.Started, Failure> {
    payload.withUnsafeBytes { bytes in
      do throws(Failure) { return .success(try entry.start(bytes, context)) } catch { return .failure(error) }
    }
  }
}

private struct StreamSink: ResponseSink {
  let say: @Sendable (Saying.Content) -> Void

  func put(_ message: UnsafeRawBufferPointer) -> Bool {
    say(.item(Array(message)))
    return true
  }

  nonisolated(nonsending) func roomIsMade() async throws {}
}

extension ProcedureTable {
  fileprivate func entry(named name: ProcedureName) -> ProcedureEntry? {
    Array(name.service.utf8).withUnsafeBytes { service in
      Array(name.method.utf8).withUnsafeBytes { method in entry(service: service, method: method) }
    }
  }
}
