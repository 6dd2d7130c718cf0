import Foundation
import Logging
import NIOCore
import NIOPosix
import RPC
import SwiftProtobuf
import Synchronization
import TTRPC
import Testing
import Transport
import TransportSupport

typealias Text = Google_Protobuf_StringValue
typealias Number = Google_Protobuf_Int64Value
typealias Blob = Google_Protobuf_BytesValue
typealias Nothing = Google_Protobuf_Empty

enum Transport: CaseIterable {
  case tcp
  case unix
  case tls
}

struct Anyone: AccessRule {
  var description: String { "anyone" }
  func check(_ context: CallContext) {}
}

/// What handlers tell the tests.
final class Probe: Sendable {
  let started = Signal()
  let held = Signal()
  let cancelled = Signal()
  let release = Signal()
  let ended = Signal()
  let closed = Signal()
  let sent = Mutex(0)
  let followed = Followed()
  /// How the callers of `Record` came in.
  let securities = Mutex<[RPC.Connection.Security]>([])
  let connection = Mutex<RPC.Connection?>(nil)
}

/// A live server with the procedures of `EchoService`.
struct LiveServer {
  let server: TTRPCServer
  let address: Address
  let port: Int?
  let transport: Transport
  let group: MultiThreadedEventLoopGroup
  let probe: Probe

  var trust: ClientTLS? {
    transport == .tls ? ClientTLS(trustedCertificates: Certificates.server.certificateChain) : nil
  }

  func connect(limits: Limits = Limits()) async throws -> TTRPCClient {
    try await TTRPCClient.connect(address, tls: trust, group: group, limits: limits)
  }

  /// Runs `body` with a server, and stops it.
  ///
  /// - Parameter strangerMessageBytes: `nil` lets strangers send what anybody may: nobody signs in here.
  static func with(
    _ transport: Transport = .tcp,
    limits: Limits = Limits(),
    strangerMessageBytes: Int? = nil,
    threads: Int = 2,
    _ body: (LiveServer) async throws -> Void
  ) async throws {
    var limits = limits
    limits.strangerMessageBytes = strangerMessageBytes ?? limits.messageBytes
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let probe = Probe()
    let server = TTRPCServer(
      table: EchoService.table(probe),
      limits: limits,
      group: group,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let path = FileManager.default.temporaryDirectory.appending(path: "ttrpc-\(UUID()).sock").path
    let asked: Address = transport == .unix ? .unix(path: path) : .tcp(host: "127.0.0.1", port: 0)
    let listener = try await server.listen(asked, tls: transport == .tls ? Certificates.server : nil)
    let address = listener.port.map { Address.tcp(host: "127.0.0.1", port: $0) } ?? asked
    let live = LiveServer(
      server: server,
      address: address,
      port: listener.port,
      transport: transport,
      group: group,
      probe: probe
    )
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(live))
    } catch {
      outcome = .failure(error)
    }
    probe.release.fire()
    await server.drain(within: .seconds(5))
    try await group.shutdownGracefully()
    try outcome.get()
  }
}

/// Runs `body` and gives back the failure it throws.
func failure(_ body: () async throws -> Void) async -> Failure? {
  do {
    try await body()
    return nil
  } catch {
    return error as? Failure
  }
}

enum EchoService {
  static let name = "test.v1.EchoService"
  static let refusal = Failure(
    .failedPrecondition,
    reason: "NOT_TODAY",
    "Closed on Sundays.",
    metadata: ["day": "Sunday"],
    violations: [.init(field: "value", description: "is refused")],
    retryDelay: .seconds(86_400)
  )

  private enum Visits: ConnectionKey { typealias Value = Int64 }

  static func table(_ probe: Probe) -> ProcedureTable {
    var table = ProcedureTable(
      domain: "test.example",
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    addImmediate(&table, probe)
    addUnary(&table, probe)
    addStreams(&table, probe)
    return table
  }

  private static func addImmediate(_ table: inout ProcedureTable, _ probe: Probe) {
    table.immediate("\(name)/Echo", access: Anyone()) { (request: Text, _) in request }
    table.immediate("\(name)/Refuse", access: Anyone()) { (_: Text, _) throws -> Text in throw refusal }
    table.immediate("\(name)/Metadata", access: Anyone()) { (request: Text, context) in
      Text(context.metadata.first(named: request.value) ?? "none")
    }
    table.immediate("\(name)/Security", access: Anyone()) { (_: Nothing, context) in
      Text("\(context.connection.security) \(context.connection.remoteAddress)")
    }
    table.immediate("\(name)/Record", access: Anyone()) { (request: Nothing, context) in
      probe.securities.withLock { $0.append(context.connection.security) }
      return request
    }
    table.immediate("\(name)/Introduce", access: Anyone()) { (request: Nothing, context) in
      context.connection.isKnown = true
      return request
    }
    table.immediate("\(name)/Visit", access: Anyone()) { (_: Nothing, context) in
      let visits = (context.connection[Visits.self] ?? 0) + 1
      context.connection[Visits.self] = visits
      return Number(visits)
    }
    table.immediate("\(name)/HangUp", access: Anyone()) { (request: Text, context) in
      context.connection.close(Failure(.unauthenticated, reason: "HUNG_UP", "Go away."))
      return request
    }
    table.immediate("\(name)/Size", access: Anyone()) { (request: Number, _) in
      Blob(Data(repeating: 7, count: Int(request.value)))
    }
    table.immediate("\(name)/Watch", access: Anyone()) { (request: Nothing, context) in
      probe.connection.withLock { $0 = context.connection }
      context.connection.whenClosed { probe.closed.fire() }
      return request
    }
  }

  private static func addUnary(_ table: inout ProcedureTable, _ probe: Probe) {
    table.unary("\(name)/EchoLater", access: Anyone()) { (request: Text, _) in
      await Task.yield()
      return request
    }
    table.unary("\(name)/EchoAtOnce", access: Anyone()) { (request: Text, _) async in request }
    table.unary("\(name)/RefuseAtOnce", access: Anyone()) { (_: Text, _) async throws -> Text in
      throw refusal
    }
    table.unary("\(name)/Wait", access: Anyone()) { (request: Text, _) in
      probe.started.fire()
      await probe.release.waitUnlessCancelled(probe.cancelled)
      try Task.checkCancellation()
      return request
    }
    table.unary("\(name)/Stubborn", access: Anyone()) { (request: Text, _) in
      probe.started.fire()
      await probe.release.wait()
      probe.ended.fire()
      return request
    }
    table.unary("\(name)/HangUpLater", access: Anyone()) { (request: Text, context) in
      context.connection.close(Failure(.unauthenticated, reason: "HUNG_UP", "Go away."))
      await probe.release.wait()
      return request
    }
  }

  private static func addStreams(_ table: inout ProcedureTable, _ probe: Probe) {
    table.stream("\(name)/Count", access: Anyone()) { (request: Number, _, stream: ResponseStream<Number>) in
      for number in 0..<request.value { try await stream.send(Number(number)) }
    }
    table.stream("\(name)/CountThenRefuse", access: Anyone()) {
      (request: Number, _, stream: ResponseStream<Number>) in
      for number in 0..<request.value { try await stream.send(Number(number)) }
      throw refusal
    }
    table.stream("\(name)/Flood", access: Anyone()) { (request: Number, _, stream: ResponseStream<Blob>) in
      let blob = Blob(Data(repeating: 1, count: Int(request.value)))
      probe.started.fire()
      defer { probe.ended.fire() }
      while true {
        try await stream.send(blob)
        probe.sent.withLock { $0 += 1 }
      }
    }
    table.watch("\(name)/Follow", access: Anyone()) { (request: Number, _) in
      Following(probe.followed, to: request.value)
    }
    table.stream("\(name)/Hold", access: Anyone()) { (request: Number, _, stream: ResponseStream<Number>) in
      probe.held.fire()
      defer { probe.ended.fire() }
      do {
        try await stream.send(request)
      } catch {
        probe.cancelled.fire()
      }
      await probe.release.waitUnlessCancelled(probe.cancelled)
    }
  }
}
