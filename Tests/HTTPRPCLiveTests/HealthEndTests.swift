import Introspection
import Logging
import RPC
import SwiftProtobuf
import Synchronization
import Testing

/// A server that goes down says so to all who watch, before it takes leave of them.
@Suite(.timeLimit(.minutes(1))) struct HealthEndTests {
  /// Takes messages; room for another there is when the test makes it.
  private final class Reader: ResponseSink {
    struct Gone: Error {}

    let messages = Mutex<[[UInt8]]>([])
    let hasRoom = Mutex(true)

    var count: Int { messages.withLock(\.count) }

    func put(_ message: UnsafeRawBufferPointer) -> Bool {
      messages.withLock { $0.append(Array(message)) }
      return hasRoom.withLock { $0 }
    }

    nonisolated(nonsending) func roomIsMade() async throws {
      while !hasRoom.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    }
  }

  private static let (serving, notServing): ([UInt8], [UInt8]) = ([8, 1], [8, 2])

  /// Watches the whole server, or a service that is not there; each round begins late.
  private func watch(_ health: Health, _ reader: Reader, request: [UInt8] = []) throws -> RunningWatch {
    var table = ProcedureTable(
      domain: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    health.add(to: &table, access: Anyone())
    let context = CallContext(
      procedure: ProcedureName("grpc.health.v1.Health/Watch"),
      connection: Connection(security: .local, remoteAddress: "local"))
    let entry = Array("grpc.health.v1.Health".utf8).withUnsafeBytes { service in
      Array("Watch".utf8).withUnsafeBytes { table.entry(service: service, method: $0) }
    }
    let started = try request.withUnsafeBytes { try entry?.start($0, context) }
    guard case .watch(let watch)? = started else { throw Reader.Gone() }
    let running = RunningWatch(
      watch, sink: reader,
      spawn: { body in
        Task {
          try? await Task.sleep(for: .milliseconds(20))
          await body()
        }
      }, finish: { _ in })
    running.start()
    return running
  }

  @Test func `who watches has been told when the end returns, also who has only just begun`() async throws {
    let health = Health(services: [])
    let (early, late) = (Reader(), Reader())
    let first = try watch(health, early)
    try await eventually { early.count == 1 }
    let second = try watch(health, late)
    await health.end()
    #expect(early.messages.withLock { $0 } == [Self.serving, Self.notServing])
    #expect(late.messages.withLock { $0 } == [Self.notServing])
    for running in [first, second] { running.cancel() }
  }

  @Test func `who does not read is waited for no longer than allowed`() async throws {
    let health = Health(services: [])
    let (deaf, listening) = (Reader(), Reader())
    deaf.hasRoom.withLock { $0 = false }
    let watches = [try watch(health, deaf), try watch(health, listening)]
    try await eventually { deaf.count == 1 && listening.count == 1 }
    let start = ContinuousClock.now
    await health.end()
    #expect(ContinuousClock.now - start >= Health.tellingTime)
    #expect(listening.messages.withLock { $0 } == [Self.serving, Self.notServing])
    #expect(deaf.count == 1)
    deaf.hasRoom.withLock { $0 = true }
    try await eventually { deaf.count == 2 }
    for running in watches { running.cancel() }
  }

  @Test func `nobody is waited for who has gone, or has nothing to be told`() async throws {
    let health = Health(services: [])
    let (gone, unknown) = (Reader(), Reader())
    let first = try watch(health, gone)
    // The field `service` with the text "a".
    let second = try watch(health, unknown, request: [10, 1, 97])
    try await eventually { gone.count == 1 && unknown.count == 1 }
    first.cancel()
    let start = ContinuousClock.now
    await health.end()
    #expect(ContinuousClock.now - start < Health.tellingTime)
    #expect(gone.count == 1 && unknown.count == 1)
    second.cancel()
  }
}
