import Foundation
import HTTPRPC
import Introspection
import Logging
import RPC
import SwiftProtobuf
import Synchronization
import TransportSupport

typealias Text = Google_Protobuf_StringValue
typealias Number = Google_Protobuf_Int64Value
typealias Blob = Google_Protobuf_BytesValue
typealias Nothing = Google_Protobuf_Empty

struct Anyone: AccessRule {
  var description: String { "anyone" }
  func check(_ context: CallContext) {}
}

/// What handlers tell the tests.
final class Probe: Sendable {
  let started = Signal()
  let cancelled = Signal()
  let release = Signal()
  let ended = Signal()
  /// Messages that a stream's handler could send, or read.
  let passed = Mutex(0)
  let health = Health(services: [EchoService.name])

  var count: Int { passed.withLock { $0 } }
}

enum EchoService {
  static let name = "test.v1.EchoService"
  static let domain = "test.example"
  static let refusal = Failure(
    .failedPrecondition, reason: "NOT_TODAY", "Closed on Sundays.", metadata: ["day": "Sunday"],
    violations: [.init(field: "value", description: "is refused")], retryDelay: .seconds(86_400))
  /// Bytes that need every kind of Base64's care.
  static let bytes: [UInt8] = [0, 0xFF, 0xFE, 0x3F]

  static func table(_ probe: Probe) throws -> ProcedureTable {
    var table = ProcedureTable(
      domain: domain, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    addImmediate(&table)
    addMetadata(&table)
    addUnary(&table, probe)
    addStreams(&table, probe)
    addMany(&table, probe)
    probe.health.add(to: &table, access: Anyone())
    try Reflection(descriptors: Contract.descriptors()).add(to: &table, access: Anyone())
    return table
  }

  private static func addImmediate(_ table: inout ProcedureTable) {
    table.immediate("\(name)/Echo", access: Anyone(), isSideEffectFree: true) { (request: Text, _) in
      request
    }
    table.immediate("\(name)/Write", access: Anyone()) { (request: Text, _) in request }
    table.immediate("\(name)/Refuse", access: Anyone()) { (_: Text, _) throws -> Text in throw refusal }
    table.immediate("\(name)/Fail", access: Anyone(), isSideEffectFree: true) {
      (request: Number, _) throws -> Text in
      let code = Failure.Code(rawValue: Int32(request.value)) ?? .unknown
      throw Failure(code, reason: "ASKED_FOR", "\(code.name) was asked for.")
    }
    table.immediate("\(name)/Complain", access: Anyone()) { (request: Text, _) throws -> Text in
      throw Failure(.unknown, request.value)
    }
    table.immediate("\(name)/Size", access: Anyone()) { (request: Number, _) in
      Blob(Data(repeating: 7, count: Int(request.value)))
    }
    table.immediate("\(name)/Length", access: Anyone()) { (request: Blob, _) in
      Number(Int64(request.value.count))
    }
  }

  private static func addMetadata(_ table: inout ProcedureTable) {
    table.immediate("\(name)/Metadata", access: Anyone()) { (request: Text, context) in
      Text(context.metadata.filter { $0.key == request.value }.map(\.value).joined(separator: "|"))
    }
    table.immediate("\(name)/TimeLeft", access: Anyone()) { (_: Nothing, context) in
      guard let deadline = context.deadline else { return Number(-1) }
      return Number(deadline.nanoseconds(since: .now) / 1_000_000)
    }
    table.immediate("\(name)/Say", access: Anyone(), isSideEffectFree: true) { (request: Text, context) in
      try say(context)
      return request
    }
    table.immediate("\(name)/SayAndRefuse", access: Anyone()) { (_: Text, context) throws -> Text in
      try say(context)
      throw refusal
    }
    table.immediate("\(name)/Boast", access: Anyone()) { (request: Number, context) in
      try context.response?.addHeader("x-long", String(repeating: "a", count: Int(request.value)))
      return request
    }
    table.immediate("\(name)/BoastAtLast", access: Anyone()) { (request: Number, context) in
      try context.response?.addTrailer("x-long", String(repeating: "a", count: Int(request.value)))
      return request
    }
    table.stream("\(name)/SayMuch", access: Anyone()) {
      (request: Number, context, stream: ResponseStream<Number>) in
      try say(context)
      for number in 0..<request.value { try await stream.send(Number(number)) }
    }
    table.stream("\(name)/SayMuchAndRefuse", access: Anyone()) {
      (request: Number, context, stream: ResponseStream<Number>) in
      try say(context)
      for number in 0..<request.value { try await stream.send(Number(number)) }
      throw refusal
    }
  }

  private static func say(_ context: CallContext) throws {
    try context.response?.addHeader("x-head", "one")
    try context.response?.addHeader("x-head", "two")
    try context.response?.addHeader("x-head-bin", Data(bytes).base64EncodedString().filter { $0 != "=" })
    try context.response?.addTrailer("x-tail", "three")
    try context.response?.addTrailer("x-tail-bin", Data(bytes).base64EncodedString().filter { $0 != "=" })
  }

  private static func addUnary(_ table: inout ProcedureTable, _ probe: Probe) {
    table.unary("\(name)/EchoLater", access: Anyone()) { (request: Text, _) in
      await Task.yield()
      return request
    }
    table.unary("\(name)/Wait", access: Anyone(), isSideEffectFree: true) { (request: Text, _) in
      probe.started.fire()
      await probe.release.waitUnlessCancelled(probe.cancelled)
      try Task.checkCancellation()
      return request
    }
  }

  private static func addStreams(_ table: inout ProcedureTable, _ probe: Probe) {
    table.stream("\(name)/Count", access: Anyone()) { (request: Number, _, stream: ResponseStream<Number>) in
      for number in 0..<request.value { try await stream.send(Number(number)) }
    }
    table.stream("\(name)/CountThenRefuse", access: Anyone()) {
      (request: Number, _, stream: ResponseStream<Number>) in
      for number in 0..<request.value { try await stream.send(Number(number)) }
      throw refusal
    }
    table.stream("\(name)/Flood", access: Anyone()) { (request: Number, _, stream: ResponseStream<Blob>) in
      let blob = Blob(Data(repeating: 1, count: Int(request.value)))
      probe.started.fire()
      defer { probe.ended.fire() }
      while true {
        try await stream.send(blob)
        probe.passed.withLock { $0 += 1 }
      }
    }
    table.stream("\(name)/Hold", access: Anyone()) { (request: Number, _, stream: ResponseStream<Number>) in
      defer { probe.ended.fire() }
      try await stream.send(request)
      probe.started.fire()
      await probe.release.waitUnlessCancelled(probe.cancelled)
    }
  }

  private static func addMany(_ table: inout ProcedureTable, _ probe: Probe) {
    table.clientStream("\(name)/Sum", access: Anyone()) { (requests: RequestStream<Number>, _) in
      var sum: Int64 = 0
      for try await request in requests { sum += request.value }
      return Number(sum)
    }
    table.clientStream("\(name)/First", access: Anyone()) { (requests: RequestStream<Number>, _) in
      for try await request in requests { return request }
      return Number(-1)
    }
    table.clientStream("\(name)/Collect", access: Anyone()) { (requests: RequestStream<Blob>, _) in
      probe.started.fire()
      defer { probe.ended.fire() }
      await probe.release.waitUnlessCancelled(probe.cancelled)
      var count: Int64 = 0
      for try await request in requests {
        count += Int64(request.value.count)
        probe.passed.withLock { $0 += 1 }
      }
      return Number(count)
    }
    table.bidirectional("\(name)/Chat", access: Anyone()) {
      (requests: RequestStream<Number>, _, responses: ResponseStream<Number>) in
      defer { probe.ended.fire() }
      for try await request in requests {
        guard request.value >= 0 else { throw refusal }
        try await responses.send(request)
      }
    }
  }
}

extension String {
  /// The path of a procedure of `EchoService`.
  static func echo(_ method: String) -> String { "/\(EchoService.name)/\(method)" }
}
