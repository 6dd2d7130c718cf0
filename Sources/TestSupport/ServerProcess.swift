public import Client
public import Foundation
public import Transport

/// A real `latchkey serve` on a data directory of its own.
public final class ServerProcess: Sendable {
  public enum Transport: String, CaseIterable, Sendable {
    case plain
    case tls
  }

  public struct Failed: Error, CustomStringConvertible {
    public var description: String

    public init(description: String) { self.description = description }
  }

  public let directory: URL
  public let address: Address
  /// Where it speaks HTTP, on 127.0.0.1.
  public let httpPort: Int
  /// Where it shows metrics and health, on 127.0.0.1, when it was told to; else 0.
  public let operationsPort: Int
  public let clientTLS: ClientTLS?
  private let process: RunningProcess
  /// How long it took from the start of the process to "listening".
  public let startUp: Duration

  public var socket: String { data.appending(path: "latchkey.sock").path() }
  public var data: URL { directory.appending(path: "data") }
  public var log: String { process.output }
  public var processID: Int32 { process.id }
  public var isRunning: Bool { process.isRunning }
  /// Bytes of its memory that are in RAM now.
  public var residentBytes: Int { process.residentBytes }

  /// - Parameters:
  ///   - directory: of an earlier server, to start again on its data.
  ///   - wrapper: a command that the server is run under, e.g. strace.
  ///   - more: arguments besides.
  public static func start(
    _ transport: Transport = .plain, in directory: URL? = nil, under wrapper: [String] = [],
    _ more: [String] = []
  ) async throws -> ServerProcess {
    let directory =
      try directory
      ?? {
        let new = FileManager.default.temporaryDirectory.appending(path: "latchkey-wire-\(UUID())")
        try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
        return new
      }()
    var arguments =
      [
        executable, "serve", "--data", directory.appending(path: "data").path(), "--listen", "127.0.0.1:0",
        // One caller of a test does what many do elsewhere.
        "--calls-per-second", "1000000",
        "--http", "127.0.0.1:0",
      ] + more
    var clientTLS: ClientTLS?
    if transport == .tls {
      let (certificate, key) = try await makeCertificate(in: directory)
      arguments += ["--tls-certificate", certificate, "--tls-key", key]
      clientTLS = ClientTLS(trustedCertificates: certificate, hostName: "localhost")
    }
    let clock = ContinuousClock()
    let began = clock.now
    let process = try RunningProcess(wrapper + arguments, transcript: KeptRun.newLog())
    guard let line = await process.waitForLine(containing: "listening") else {
      throw Failed(description: "the server did not start: \(process.output)")
    }
    let startUp = clock.now - began
    guard let port = Self.port(of: "address", in: line), let httpPort = Self.port(of: "http", in: line)
    else {
      throw Failed(description: "no addresses in '\(line)'")
    }
    return ServerProcess(
      directory: directory, address: .tcp(host: "127.0.0.1", port: port), httpPort: httpPort,
      operationsPort: Self.port(of: "operations", in: line) ?? 0, clientTLS: clientTLS, process: process,
      startUp: startUp)
  }

  /// As the line says it, for people or as JSON.
  private static func port(of name: String, in line: String) -> Int? {
    let words = line.split { " ,{}\"=".contains($0) }
    guard let index = words.firstIndex(of: Substring(name)) else { return nil }
    return words[(index + 1)...].first { $0 != ":" }.flatMap { $0.split(separator: ":").last }.flatMap {
      Int($0)
    }
  }

  private init(
    directory: URL, address: Address, httpPort: Int, operationsPort: Int, clientTLS: ClientTLS?,
    process: RunningProcess,
    startUp: Duration
  ) {
    self.directory = directory
    self.address = address
    self.httpPort = httpPort
    self.operationsPort = operationsPort
    self.clientTLS = clientTLS
    self.process = process
    self.startUp = startUp
  }

  deinit {
    process.kill()
    KeptRun.keep(directory)
    try? FileManager.default.removeItem(at: directory)
  }

  /// Ends it as an operator does. Returns the exit code.
  public func terminate() async -> Int32 { await process.terminate() }

  public func connect() async throws -> ServerLink { try await .connect(address, tls: clientTLS) }

  public func asOperator() async throws -> ServerLink { try await .operator(socket: socket) }

  /// Runs another command of the executable to its end.
  public static func run(_ arguments: [String], input: String = "") async throws -> (
    code: Int32, output: String
  ) {
    let process = try RunningProcess([executable] + arguments, input: input)
    let code = await process.waitUntilExit()
    return (code, process.output)
  }

  public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// Another build of the server can be named, by its path from the root.
  public static let executable = root.appending(
    path: ProcessInfo.processInfo.environment["LATCHKEY_EXECUTABLE"] ?? ".build/debug/latchkey"
  ).path()

  /// Puts another certificate and key in the place of those that it was started with.
  public func renewCertificate() async throws { _ = try await Self.makeCertificate(in: directory) }

  private static func makeCertificate(in directory: URL) async throws -> (certificate: String, key: String) {
    let certificate = directory.appending(path: "server.pem").path()
    let key = directory.appending(path: "server.key").path()
    let openssl = try RunningProcess([
      "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout", key, "-out", certificate,
    ])
    guard await openssl.waitUntilExit() == 0 else { throw Failed(description: openssl.output) }
    return (certificate, key)
  }
}
