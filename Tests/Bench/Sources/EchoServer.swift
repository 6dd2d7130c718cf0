import Logging
import NIOPosix
import RPC
import SwiftProtobuf
import TTRPC

/// Serves three procedures that give back what they are sent, through the same table, access check, deadlines
/// and default limits as any method. Prints the port that the system chose, and runs until it is ended.
enum EchoServer {
  /// What a connection is given by `Admit`, as devices are when they authenticate.
  private enum Admitted: ConnectionKey {
    struct Value: Sendable {
      let kind: String
    }
  }

  /// For connections that have been admitted.
  private struct AdmittedOnly: AccessRule {
    let kinds: Set<String> = ["peer"]
    let description = "peer"

    func check(_ context: CallContext) throws(Failure) {
      guard let caller = context.connection[Admitted.self], kinds.contains(caller.kind) else {
        throw Failure(.unauthenticated, reason: .notSignedIn, "Call Admit first.")
      }
    }
  }

  private struct Everyone: AccessRule {
    let description = "anyone"
    func check(_: CallContext) throws(Failure) {}
  }

  static func run() async throws {
    var table = ProcedureTable(domain: "bench", logger: Logger(label: "bench"))
    table.immediate("bench.Echo/Admit", access: Everyone()) { (request: Bytes, context) in
      context.connection[Admitted.self] = Admitted.Value(kind: "peer")
      return request
    }
    table.unary("bench.Echo/Async", access: AdmittedOnly()) { (request: Bytes, _) async in request }
    table.immediate("bench.Echo/Loop", access: AdmittedOnly()) { (request: Bytes, _) in request }
    // One core, one event loop: the peer has one processor too.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = TTRPCServer(table: table, group: group, logger: Logger(label: "bench"))
    let listener = try await server.listen(.tcp(host: "127.0.0.1", port: 0))
    print(listener.port ?? 0)
    fflushAll()
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  private typealias Bytes = Google_Protobuf_BytesValue
}
