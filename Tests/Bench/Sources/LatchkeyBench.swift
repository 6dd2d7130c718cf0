import Foundation
import Transport

/// The Swift side of the benchmarks. `Tests/Bench/run` starts it; each command prints one line of JSON, or
/// what the load generators read.
@main
enum LatchkeyBench {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("echo", 1): try await EchoServer.run()
    case ("echo-http", 1): try await HTTPEchoServer.run()
    case ("echo-http", 3):
      try await HTTPEchoServer.run(tls: TLS(certificateChain: arguments[1], privateKey: arguments[2]))
    case ("furnish", 5):
      try await Furnishing(
        locations: try number(arguments[2]), lockersPerLocation: try number(arguments[3]),
        compartments: try number(arguments[4])
      ).furnish(arguments[1])
    case ("decisions", 5):
      try await GrowthBenchmark(
        directory: arguments[1], workOrders: try number(arguments[2]), rounds: try number(arguments[3]),
        handoversPerRound: try number(arguments[4])
      ).run()
    default:
      throw Usage()
    }
  }

  private static func number(_ text: String) throws -> Int {
    guard let number = Int(text), number > 0 else { throw Usage() }
    return number
  }

  struct Usage: Error, CustomStringConvertible {
    let description = """
      usage: latchkey-bench echo
             latchkey-bench echo-http [CERTIFICATE KEY]
             latchkey-bench furnish DATA LOCATIONS LOCKERS-PER-LOCATION COMPARTMENTS-PER-LOCKER
             latchkey-bench decisions DIRECTORY WORK-ORDERS ROUNDS HAND-OVERS-PER-ROUND
      """
  }
}
