import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import NIOPosix
import SwiftProtobuf

/// An echo server on grpc-swift-2. Prints the port of 127.0.0.1 that the system chose, and runs until it is ended.
@main
enum EchoServer {
  static func main() async throws {
    let server = GRPCServer(
      transport: .http2NIOPosix(
        address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
        // It has one core.
        eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1)),
      services: [Echo()])
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await server.serve() }
      print(try await server.listeningAddress?.ipv4?.port ?? 0)
      fflush(nil)
    }
  }
}

/// Registered by hand, as generated code would do it.
private struct Echo: RegistrableRPCService {
  private typealias Bytes = Google_Protobuf_BytesValue

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: MethodDescriptor(fullyQualifiedService: "bench.Echo", method: "Async"),
      deserializer: ProtobufDeserializer<Bytes>(),
      serializer: ProtobufSerializer<Bytes>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse(single: ServerResponse(message: request.message))
    }
  }
}
