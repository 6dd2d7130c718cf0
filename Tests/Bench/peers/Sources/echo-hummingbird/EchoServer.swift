import Foundation
import Hummingbird
import Logging
import NIOPosix

/// A server on Hummingbird that gives back the JSON it is sent, decoded and encoded anew. Prints the port of 127.0.0.1
/// that the system chose, and runs until it is ended.
@main
enum EchoServer {
  /// As `latchkey.v1.EnrollRequest` stands in JSON.
  struct Message: ResponseCodable {
    var requestId: String
    var code: String
    var publicKey: Data
  }

  static func main() async throws {
    let router = Router()
    router.post("bench.Echo/Enroll") { request, context in
      try await request.decode(as: Message.self, context: context)
    }
    var logger = Logger(label: "echo")
    logger.logLevel = .error
    let application = Application(
      router: router,
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        print(channel.localAddress?.port ?? 0)
        fflush(nil)
      },
      // It has one core.
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
      logger: logger)
    try await application.runService()
  }
}
