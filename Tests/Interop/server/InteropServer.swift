import Foundation
import HTTPRPC
import Introspection
import Logging
import NIOPosix
import RPC
import Transport

/// Someone else's service on the public library: what clients written by others are tried with. Listens on ports
/// that the system chooses, in plain text and, with a certificate, over TLS; prints them in one line; runs until
/// it is ended.
///
///     interop-server [CERTIFICATE KEY]
@main
enum InteropServer {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.isEmpty || arguments.count == 2 else { throw Usage() }
    let logger = Logger(label: "interop")
    var table = ProcedureTable(domain: "interop.v1", logger: logger)
    InteropService().add(to: &table)
    Health(services: Set(table.procedures.map { String($0.name.service) })).add(
      to: &table, access: Everyone())
    try Reflection(base64: InteropDescriptors.base64).add(to: &table, access: Everyone())
    let server = HTTPRPCServer(table: table, group: .singletonMultiThreadedEventLoopGroup, logger: logger)
    var ports = [try await server.listen(.tcp(host: "127.0.0.1", port: 0)).port ?? 0]
    if arguments.count == 2 {
      let tls = TLS(certificateChain: arguments[0], privateKey: arguments[1])
      ports.append(try await server.listen(.tcp(host: "127.0.0.1", port: 0), tls: tls).port ?? 0)
    }
    print(ports.map(String.init).joined(separator: " "))
    // Standard output may be a pipe whose reader waits for the line.
    fflush(nil)
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  struct Usage: Error, CustomStringConvertible {
    let description = "usage: interop-server [CERTIFICATE KEY]"
  }
}

/// No call of this server is a secret.
struct Everyone: AccessRule {
  let description = "anyone"
  func check(_: CallContext) throws(Failure) {}
}
