import Foundation
import RPC
import TTRPC
import Testing
import TransportSupport

/// containerd's own Go client, in Debian's version 1.1.1, against a live server. Runs where Debian's packages
/// are installed (golang-go, golang-github-containerd-ttrpc-dev).
@Suite(.enabled(if: GoInterop.isPossible), .timeLimit(.minutes(5))) struct GoInteropTests {
  private let service = EchoService.name

  private func run(_ live: LiveServer, _ arguments: [String]) async throws {
    let address: [String] =
      switch (live.address, live.transport) {
      case (.unix(let path), _): ["-address", "unix://\(path)"]
      case (.tcp(let host, let port), .tls):
        ["-address", "tls://\(host):\(port)", "-ca", Certificates.server.certificateChain]
      case (.tcp(let host, let port), _): ["-address", "tcp://\(host):\(port)"]
      }
    let program = try await GoInterop.program.value
    let (status, output) = await Command.run([program] + address + arguments)
    #expect(status == 0, "\(arguments.joined(separator: " ")): \(output)")
  }

  @Test(arguments: Transport.allCases)
  func `A2 calls of the Go client are answered`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      for method in ["Echo", "EchoLater"] {
        try await run(
          live,
          [
            "-call", "\(service)/\(method)", "-payload-hex", "0a03616263", "-expect-payload-hex",
            "0a03616263",
            "-repeat", "50", "-parallel", "16",
          ]
        )
      }
      try await run(live, ["-call", "\(service)/Echo", "-expect-payload-hex", ""])
      try await run(
        live,
        [
          "-call", "\(service)/Metadata", "-payload-hex", "0a0178", "-metadata", "x=yes",
          "-expect-payload-hex", "0a03796573",
        ]
      )
    }
  }

  @Test func `A5 the Go client sees codes, messages and reasons`() async throws {
    try await LiveServer.with { live in
      try await run(
        live,
        [
          "-call", "\(service)/Refuse", "-expect-code", "FailedPrecondition", "-expect-reason", "NOT_TODAY",
          "-expect-message", "Closed on Sundays.", "-expect-domain", "test.example", "-repeat", "3",
        ]
      )
      try await run(
        live,
        [
          "-call", "no.such.Service/Do", "-expect-code", "Unimplemented", "-expect-reason",
          "UNKNOWN_PROCEDURE",
        ]
      )
      try await run(
        live,
        [
          "-call", "\(service)/Echo", "-payload-hex", "ff", "-expect-code", "InvalidArgument",
          "-expect-reason", "MALFORMED_REQUEST",
        ]
      )
      try await run(
        live,
        [
          "-call", "\(service)/Count", "-expect-code", "InvalidArgument", "-expect-reason",
          "STREAMING_PROCEDURE",
        ]
      )
    }
  }

  @Test func `the Go client's deadline is kept`() async throws {
    try await LiveServer.with { live in
      try await run(
        live,
        ["-call", "\(service)/Wait", "-timeout", "100ms", "-expect-code", "DeadlineExceeded"]
      )
      await live.probe.cancelled.wait()
    }
  }

  @Test(arguments: ["100ms", "-1ns"])
  func `the Go client is told by the server that a call's time is over`(timeout: String) async throws {
    try await LiveServer.with { live in
      try await run(
        live,
        [
          "-call", "\(service)/Wait", "-server-timeout", timeout, "-expect-code", "DeadlineExceeded",
          "-expect-reason", "DEADLINE_EXCEEDED",
        ]
      )
    }
  }

  @Test(arguments: Transport.allCases)
  func `the Go client is told of an oversized frame, then closed`(transport: Transport) async throws {
    try await LiveServer.with(transport) { live in
      try await run(
        live,
        [
          "-call", "\(service)/Echo", "-oversize", "\(5 << 20)", "-expect-code", "ResourceExhausted",
          "-expect-reason", "FRAME_TOO_LARGE", "-expect-closed",
        ]
      )
    }
  }

  @Test func `the Go program says so when a server does not do as expected`() async throws {
    try await LiveServer.with { live in
      let program = try await GoInterop.program.value
      let port = try #require(live.port)
      for wrong in [
        ["-expect-code", "NotFound"], ["-expect-payload-hex", "0a0178"], ["-expect-reason", "NOT_TODAY"],
      ] {
        let call = [program, "-address", "tcp://127.0.0.1:\(port)", "-call", "\(service)/Echo"]
        let (status, _) = await Command.run(call + wrong)
        #expect(status == 1)
      }
    }
  }
}

enum GoInterop {
  private static let path = "/usr/share/gocode"

  static let isPossible =
    FileManager.default.fileExists(atPath: "\(path)/src/github.com/containerd/ttrpc/client.go")
    && FileManager.default.fileExists(atPath: "/usr/bin/go")

  /// The program of Tests/Interop/go, built once for this process.
  static let program = Task {
    let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Interop/go")
    let output = FileManager.default.temporaryDirectory.appending(path: "ttrpc-interop-\(UUID())").path
    let (status, text) = await Command.run(
      ["/usr/bin/go", "build", "-o", output, "."],
      in: source,
      environment: ["GO111MODULE": "off", "GOPATH": path, "GOFLAGS": ""]
    )
    guard status == 0 else { throw BuildFailed(text: text) }
    return output
  }

  struct BuildFailed: Error {
    let text: String
  }
}
