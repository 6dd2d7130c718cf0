import API
import HTTPRPC
import Introspection
import Logging
import NIOPosix
import RPC
import SwiftProtobuf
import Transport

/// Serves procedures of every kind over HTTP that give back what they are sent, through the same table, access check,
/// deadlines and default limits as any method. Prints the port that the system chose, and runs until it is ended.
enum HTTPEchoServer {
  private struct Everyone: AccessRule {
    let description = "anyone"
    func check(_: CallContext) throws(Failure) {}
  }

  private typealias Bytes = Google_Protobuf_BytesValue

  /// - Parameter tls: `nil` for plain text.
  static func run(tls: TLS? = nil) async throws {
    var table = ProcedureTable(domain: "bench", logger: Logger(label: "bench"))
    table.unary("bench.Echo/Async", access: Everyone(), isSideEffectFree: true) { (request: Bytes, _) async in
      request
    }
    table.immediate("bench.Echo/Loop", access: Everyone()) { (request: Bytes, _) in request }
    table.stream("bench.Echo/Many", access: Everyone()) { (request: Google_Protobuf_Int64Value, _, stream) in
      for number in 0..<request.value {
        try await stream.send(Bytes.with { $0.value = .init("message \(number)".utf8) })
      }
    }
    table.stream("bench.Echo/Repeat", access: Everyone()) { (request: Bytes, _, stream) in
      // Until the caller has enough.
      while true { try await stream.send(request) }
    }
    table.unary("bench.Echo/Enroll", access: Everyone()) { (request: ProtoEnrollRequest, _) async in request }
    table.clientStream("bench.Echo/Join", access: Everyone()) { (requests: RequestStream<Bytes>, _) in
      var all = Bytes()
      for try await request in requests { all.value += request.value }
      return all
    }
    table.bidirectional("bench.Echo/Both", access: Everyone()) {
      (requests: RequestStream<Bytes>, _, stream: ResponseStream<Bytes>) in
      for try await request in requests { try await stream.send(request) }
    }
    table.unary("bench.Echo/Fail", access: Everyone()) { (request: Bytes, _) async throws -> Bytes in
      throw Failure(
        .failedPrecondition, reason: "TOO_EARLY", "Come back at 7 o’clock.",
        violations: [.init(field: "value", description: "empty")])
    }
    table.unary("bench.Echo/Sleep", access: Everyone()) {
      (request: Google_Protobuf_Int64Value, _) async throws in
      try await Task.sleep(for: .milliseconds(request.value))
      return request
    }
    Health(services: Set(table.procedures.map { String($0.name.service) })).add(
      to: &table, access: Everyone())
    try Reflection(base64: ContractDescriptors.base64).add(to: &table, access: Everyone())
    // One core, one event loop: the peers have one processor too.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = HTTPRPCServer(table: table, group: group, logger: Logger(label: "bench"))
    let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: tls)
    print(listener.port ?? 0)
    fflushAll()
    while true { try await Task.sleep(for: .seconds(3600)) }
  }
}
