import Logging
import RPC
import SwiftProtobuf
import Synchronization
import Testing

@Suite struct ProcedureTableTests {
  private typealias Text = Google_Protobuf_StringValue
  private let lines = RecordingLogHandler.Lines()

  private final class Messages: ResponseSink {
    let all = Mutex<[[UInt8]]>([])
    func put(_ message: UnsafeRawBufferPointer) -> Bool {
      all.withLock { $0.append(Array(message)) }
      return true
    }
    nonisolated(nonsending) func roomIsMade() async throws {}
  }

  private func makeTable() -> ProcedureTable {
    ProcedureTable(domain: "example.org", logger: .recording(lines))
  }

  @Test func `procedures are listed with their kinds, rules and types`() {
    var table = makeTable()
    table.immediate("a.v1.S/One", access: Anyone()) { (request: Text, _) in request }
    table.unary("a.v1.S/Two", access: Nobody()) { (request: Text, _) in Google_Protobuf_Empty() }
    table.stream("a.v1.S/Three", access: Anyone()) { (_: Google_Protobuf_Empty, _, _: ResponseStream<Text>) in
    }
    table.watch("a.v1.S/Four", access: Anyone()) { (_: Google_Protobuf_Empty, _) in Once(text: Text("")) }
    let listed = table.procedures.map {
      "\($0.name) \($0.kind) \($0.access) \($0.requestType) \($0.responseType)"
    }
    #expect(
      listed == [
        "a.v1.S/One unary anyone google.protobuf.StringValue google.protobuf.StringValue",
        "a.v1.S/Two unary nobody google.protobuf.StringValue google.protobuf.Empty",
        "a.v1.S/Three serverStreaming anyone google.protobuf.Empty google.protobuf.StringValue",
        "a.v1.S/Four serverStreaming anyone google.protobuf.Empty google.protobuf.StringValue",
      ]
    )
  }

  @Test func `each of many procedures is found by its bytes, and nothing else is`() {
    var table = makeTable()
    let names = (0..<20).flatMap { service in (0..<20).map { ("test.v1.Service\(service)", "Method\($0)") } }
    for (service, method) in names {
      table.immediate("\(service)/\(method)", access: Anyone()) { (request: Text, _) in request }
    }
    for (service, method) in names {
      let name = table.entry(service, method)?.procedure.name
      #expect(name == ProcedureName("\(service)/\(method)"))
    }
    #expect(table.entry("test.v1.Service0", "Method20") == nil)
    #expect(table.entry("test.v1.Service0Method0", "") == nil)
    #expect(table.entry("", "") == nil)
    #expect(table.entry("test.v1.Service1/Method1", "") == nil)
  }

  @Test func `naming a procedure twice stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var table = ProcedureTable(domain: "example.org", logger: Logger(label: "test"))
      for _ in 0..<2 {
        table.immediate("a.v1.S/One", access: Anyone()) { (request: Google_Protobuf_Empty, _) in request }
      }
    }
  }

  @Test func `a synchronous handler has answered when it was started`() throws {
    var table = makeTable()
    table.immediate("a.v1.S/Shout", access: Anyone()) { (request: Text, _) in Text(request.value.uppercased())
    }
    let entry = try #require(table.entry("a.v1.S", "Shout"))
    guard case .immediate(let answer) = try entry.start(encoded("key")) else {
      Issue.record("expected an answer")
      return
    }
    #expect(try text(answer) == "KEY")
  }

  @Test func `an asynchronous handler and a stream run when the wire runs them`() async throws {
    var table = makeTable()
    table.unary("a.v1.S/Later", access: Anyone()) { (request: Text, _) in
      await Task.yield()
      return Text(request.value + "!")
    }
    table.stream("a.v1.S/Letters", access: Anyone()) { (request: Text, _, stream: ResponseStream<Text>) in
      for letter in request.value { try await stream.send(Text(String(letter))) }
    }
    guard case .unary(let body) = try table.entry("a.v1.S", "Later")?.start(encoded("wait")) else {
      Issue.record("expected a unary body")
      return
    }
    #expect(try text(await body()) == "wait!")
    guard case .stream(let stream) = try table.entry("a.v1.S", "Letters")?.start(encoded("abc")) else {
      Issue.record("expected a stream body")
      return
    }
    let messages = Messages()
    try await stream(messages)
    #expect(try messages.all.withLock { $0 }.map { try text($0) } == ["a", "b", "c"])
  }

  /// Sends one text.
  private struct Once: Watch {
    let text: Text

    mutating func begin(wake: @escaping @Sendable () -> Void) {}
    mutating func round(_ stream: ResponseStream<Text>) async throws -> WatchOutcome {
      try await stream.send(text)
      return .over
    }
    mutating func end() async {}
  }

  @Test func `a watch is made when it was started, and runs when the wire runs it`() async throws {
    let refusal = Failure(.failedPrecondition, reason: "EMPTY", "Ask for something.")
    var table = makeTable()
    table.watch("a.v1.S/Once", access: Anyone()) { (request: Text, _) throws -> Once in
      guard !request.value.isEmpty else { throw refusal }
      return Once(text: request)
    }
    let entry = try #require(table.entry("a.v1.S", "Once"))
    #expect(throws: refusal) { _ = try entry.start(encoded("")) }
    guard case .watch(var watch) = try entry.start(encoded("key")) else {
      Issue.record("expected a watch")
      return
    }
    let messages = Messages()
    #expect(try await watch.round(into: messages) == .over)
    #expect(try messages.all.withLock { $0 }.map { try text($0) } == ["key"])
  }

  @Test func `S3 access is checked before the request is decoded`() throws {
    var table = makeTable()
    table.immediate("a.v1.S/Secret", access: Nobody()) { (request: Text, _) in request }
    let entry = try #require(table.entry("a.v1.S", "Secret"))
    #expect(throws: Nobody.failure) { _ = try entry.start([0xFF]) }
  }

  @Test func `a request that cannot be decoded is refused with its type's name`() throws {
    var table = makeTable()
    table.unary("a.v1.S/Text", access: Anyone()) { (request: Text, _) in request }
    let entry = try #require(table.entry("a.v1.S", "Text"))
    let failure = #expect(throws: Failure.self) { _ = try entry.start([0x0A, 5, 0x41]) }
    #expect(failure?.code == .invalidArgument)
    #expect(failure?.reason == .malformedRequest)
    #expect(failure?.message.contains("google.protobuf.StringValue") == true)
  }

  @Test func `a handler's failure passes through unchanged and is not logged`() throws {
    let refusal = Failure(.failedPrecondition, reason: "BUSY", "Later.", metadata: ["a": "b"])
    var table = makeTable()
    table.immediate("a.v1.S/Busy", access: Anyone()) { (_: Text, _) throws -> Text in throw refusal }
    let entry = try #require(table.entry("a.v1.S", "Busy"))
    #expect(throws: refusal) { _ = try entry.start([]) }
    #expect(lines.all.isEmpty)
  }

  @Test func `any other error is logged with the procedure and tells the caller nothing`() throws {
    struct Secret: Error { let text = "s3cret" }
    var table = makeTable()
    table.immediate("a.v1.S/Crash", access: Anyone()) { (_: Text, _) throws -> Text in throw Secret() }
    let entry = try #require(table.entry("a.v1.S", "Crash"))
    let failure = #expect(throws: Failure.self) { _ = try entry.start([]) }
    #expect(failure?.code == .internal)
    #expect(failure?.reason == .internalError)
    #expect("\(failure as Any)".contains("ecret") == false)
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.contains("a.v1.S/Crash") == true)
    #expect(lines.all.first?.hasPrefix("error ") == true)
  }

  @Test func `a cancelled handler is told of as cancelled, or as too late once its time is over`() throws {
    var table = makeTable()
    table.immediate("a.v1.S/Give", access: Anyone()) { (_: Text, _) throws -> Text in
      throw CancellationError()
    }
    let entry = try #require(table.entry("a.v1.S", "Give"))
    #expect(throws: Failure.cancelled) { _ = try entry.start([]) }
    #expect(throws: Failure.cancelled) { _ = try entry.start([], deadline: .now + .seconds(3600)) }
    #expect(throws: Failure.deadlineExceeded) { _ = try entry.start([], deadline: .now - .seconds(1)) }
  }
}
