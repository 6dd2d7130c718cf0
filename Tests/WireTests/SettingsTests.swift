import Foundation
import HTTPSupport
import TestSupport
import Testing

/// Flags win over the environment, the environment over the file, the file over the defaults.
@Suite struct SettingsTests {
  private let directory = FileManager.default.temporaryDirectory.appending(
    path: "latchkey-settings-\(UUID())")
  private var data: String { directory.appending(path: "data").path() }

  private func serve(
    _ flags: [String] = [], environment: [String: String] = [:], file: String? = nil
  ) throws -> RunningProcess {
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    if let file { try file.write(toFile: data + "/latchkey.json", atomically: true, encoding: .utf8) }
    let command = [ServerProcess.executable, "serve", "--data", data, "--http", "127.0.0.1:0"] + flags
    return try RunningProcess(command, environment: environment)
  }

  /// The address that the server says it listens on.
  private func address(of server: RunningProcess) async -> String? {
    let line = await server.waitForLine(containing: "address=")
    _ = await server.terminate()
    return line?.firstMatch(of: /address=([^ ]+)/).map { String($0.1) }
  }

  /// The exit code of a server that does not start; of one that does there is none, and it is ended.
  private func refusal(of server: RunningProcess) async -> Int32? {
    if await server.waitForLine(containing: "listening") != nil {
      _ = await server.terminate()
      return nil
    }
    return await server.waitUntilExit()
  }

  @Test func `the file in the data directory is read`() async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(file: #"{"listen": {"address": "127.0.0.2:0"}}"#)
    #expect(await address(of: server)?.hasPrefix("127.0.0.2:") == true, "\(server.output)")
  }

  @Test func `the environment wins over the file`() async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(
      environment: ["LATCHKEY_LISTEN_ADDRESS": "127.0.0.3:0"],
      file: #"{"listen": {"address": "127.0.0.2:0"}}"#)
    #expect(await address(of: server)?.hasPrefix("127.0.0.3:") == true, "\(server.output)")
  }

  @Test func `a flag wins over the environment`() async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(
      ["--listen", "127.0.0.4:0"], environment: ["LATCHKEY_LISTEN_ADDRESS": "127.0.0.3:0"])
    #expect(await address(of: server)?.hasPrefix("127.0.0.4:") == true, "\(server.output)")
  }

  @Test(arguments: [
    (#"{"listen": {"adress": "127.0.0.2:0"}}"#, "listen.adress"), (#"{"log": "info"}"#, "'log'"),
    (#"{"quiet": true}"#, "'quiet'"),
  ])
  func `a setting that there is not is refused by its name`(_ file: String, _ name: String) async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(file: file)
    #expect(await refusal(of: server) ?? 0 != 0)
    #expect(server.output.contains(name) && server.output.contains("listen.address"), "\(server.output)")
  }

  @Test(arguments: [
    (["--listen", "nowhere"], "is no HOST:PORT"),
    (["--log-level", "loud"], "choose one of"),
    (["--tls-certificate", "server.pem"], "both tls.certificate and tls.key"),
    (["--config", "/does/not/exist.json"], "Cannot read the settings"),
    (["--http-files", "/does/not/exist"], "is no folder"),
    (["--http-origins", "https://a.example.org, https://desk.example.org/"], "'https://desk.example.org/'"),
    (["--http-origins", "https://desk.example.org/app"], "https://desk.example.org/app"),
    (["--http-origins", "https://desk.example.org?a"], "write origins as browsers do"),
    (["--http-origins", "https://user@desk.example.org"], "write origins as browsers do"),
    (["--http-origins", "file://desk.example.org"], "write origins as browsers do"),
    (["--http-origins", "desk.example.org"], "write origins as browsers do"),
    (["--http-origins", "https://"], "write origins as browsers do"),
  ])
  func `a setting that makes no sense is refused with the way out`(
    _ flags: [String], _ saying: String
  ) async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(flags)
    #expect(await refusal(of: server) ?? 0 != 0)
    #expect(server.output.contains(saying), "\(server.output)")
  }

  @Test(arguments: [
    ("https://Desk.Example.ORG:443, http://[::1]:8080", "https://desk.example.org", true),
    ("https://Desk.Example.ORG:443, http://[::1]:8080", "http://[::1]:8080", true),
    ("https://desk.example.org", "https://evil.example.org", false), ("*", "https://evil.example.org", true),
  ])
  func `pages of the origins that are named may call, however they are spelt`(
    _ origins: String, _ origin: String, _ isAllowed: Bool
  ) async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let pages = directory.appending(path: "pages").path()
    try FileManager.default.createDirectory(atPath: pages, withIntermediateDirectories: true)
    try "<p>".write(toFile: pages + "/index.html", atomically: true, encoding: .utf8)
    let server = try serve(
      ["--listen", "127.0.0.1:0", "--http-origins", origins], environment: ["LATCHKEY_HTTP_FILES": pages])
    let line = await server.waitForLine(containing: "address=")
    let port = try #require(line?.firstMatch(of: /http=127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) })
    let peer = HTTP1Peer(try await .connect(port: port))
    peer.say(
      "OPTIONS /latchkey.v1.AuthService/WhoAmI HTTP/1.1\r\nhost: a\r\norigin: \(origin)\r\n"
        + "access-control-request-method: POST\r\n\r\n")
    #expect(try await peer.answer().status == (isAllowed ? 204 : 403))
    peer.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    #expect(try await peer.answer().text == "<p>")
    _ = await server.terminate()
  }

  @Test func `a setting of the wrong kind is refused, and named`() async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = try serve(environment: ["LATCHKEY_DRAIN_SECONDS": "1m"])
    #expect(await refusal(of: server) ?? 0 != 0)
    #expect(server.output.contains("DRAIN_SECONDS"), "\(server.output)")
    let other = try serve(file: #"{"listen": {"address": 7447}}"#)
    #expect(await other.waitUntilExit() != 0)
    #expect(other.output.contains("listen.address"), "\(other.output)")
  }

  @Test func `a command without a server says how to start one`() async throws {
    let refused = try await ServerProcess.run(["custody", "--data", data])
    #expect(refused.code == 1 && refused.output.contains("latchkey serve --data"))
    #expect(!refused.output.contains("Usage"), "the command line was right")
  }

  @Test func `help names every command`() async throws {
    let help = try await ServerProcess.run(["--help"])
    #expect(help.code == 0)
    for command in [
      "serve", "import", "enroll", "staff", "api-key", "pin", "timeline", "custody", "verify", "demo",
    ] {
      #expect(help.output.contains("  \(command) "), "\(command)")
    }
  }
}
