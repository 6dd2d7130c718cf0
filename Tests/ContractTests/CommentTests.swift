import SwiftProtobuf
import Testing

/// The comments of the contract: they are what callers read.
@Suite struct CommentTests {
  let contract: Contract

  init() throws { contract = try .committed() }

  @Test func `every service and every method says what it is for`() {
    for service in contract.services { #expect(service.comment != "", "\(service.name) has no comment") }
    for method in contract.methods { #expect(method.comment != "", "\(method.name) has no comment") }
  }

  /// A request or response that is one method's alone is described there.
  @Test func `every message says what it is, or its method does`() {
    let described = Set(
      contract.methods.flatMap { [$0.name + "Request", $0.name + "Response"] }.map(Self.lastPart))
    for message in contract.messages where !described.contains(Self.lastPart(message.name)) {
      #expect(message.comment != "", "\(message.name) has no comment")
    }
    for type in contract.enums { #expect(type.comment != "", "\(type.name) has no comment") }
  }

  @Test func `A5 every reason in a comment is one that the program gives`() throws {
    let known = try Reasons.inSources().union(names)
    #expect(known.count > 60, "the reasons were not found")
    for (name, comment) in contract.services.map({ ($0.name, $0.comment) })
      + contract.methods.map({ ($0.name, $0.comment) })
    {
      for word in Self.upperSnake(in: comment) where word.contains("_") {
        let isKnown = known.contains(word)
        #expect(isKnown, "\(name): nothing is refused with \(word)")
      }
    }
  }

  @Test func `A5 every reason that a service gives stands in the contract`() throws {
    let named = Set(contract.comments.flatMap(Self.upperSnake))
    for reason in try Reasons.ofServices() {
      let isNamed = named.contains(reason)
      #expect(isNamed, "\(reason): no comment of the contract names it")
    }
  }

  @Test func `A5 every reason that a layer below gives stands in a document`() throws {
    let documents = try ["docs/clients.md", "Protos/HTTP.md", "Protos/TTRPC.md"].map {
      try String(contentsOfFile: Contract.root + $0, encoding: .utf8)
    }
    let named = Set(documents.flatMap(Self.upperSnake))
    let reasons = try Reasons.ofLayers()
    #expect(reasons.count > 20, "the reasons were not found")
    for reason in reasons {
      let isNamed = named.contains(reason)
      #expect(isNamed, "\(reason): no document names it")
    }
  }

  /// Names of enum values and status codes, which comments use too.
  private var names: Set<String> {
    let values = contract.enums.flatMap { $0.descriptor.value.map(\.name) }
    return Set(values).union([
      "ALREADY_EXISTS", "PERMISSION_DENIED", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED",
    ])
  }

  /// Words in capitals, e.g. `NOT_FOUND`.
  static func upperSnake(in text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
      .filter { word in
        word.first?.isUppercase == true && word.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" }
      }
      .map(String.init)
  }

  private static func lastPart(_ name: String) -> String {
    String(name.split { $0 == "/" || $0 == "." }.last ?? "")
  }
}

/// The rules for requests that hold in all services.
@Suite struct RequestTests {
  let contract: Contract

  init() throws { contract = try .committed() }

  @Test func `a mutation carries a request_id, or says what a repeat does`() {
    for method in contract.methods where !method.descriptor.serverStreaming && !Self.isRead(method) {
      let isRepeatable = requestID(of: method) != nil || method.comment.lowercased().contains("repeat")
      #expect(isRepeatable, "\(method.name): what does a repeat do?")
    }
  }

  @Test func `a method that speaks of its request_id has one`() {
    for method in contract.methods where method.comment.contains("request_id") {
      #expect(requestID(of: method) != nil, "\(method.name): its request has no request_id")
    }
  }

  @Test func `request_id is the first field and a string wherever it is`() {
    for message in contract.messages {
      for field in message.descriptor.field where field.name == "request_id" {
        #expect(field.number == 1 && field.type == .string && field.label == .optional, "\(message.name)")
      }
    }
  }

  @Test func `a read carries no request_id`() {
    for method in contract.methods where method.descriptor.serverStreaming || Self.isRead(method) {
      #expect(requestID(of: method) == nil, "\(method.name): a read has nothing to repeat")
    }
  }

  @Test func `every watch carries a cursor`() {
    let watches = contract.methods.filter(\.descriptor.serverStreaming)
    #expect(!watches.isEmpty)
    for method in watches {
      let fields = contract.request(of: method.descriptor)?.field ?? []
      let hasCursor = fields.contains { $0.name.hasPrefix("after_") && $0.type == .int64 }
      #expect(hasCursor, "\(method.name): its request has no after_…")
    }
  }

  /// Changes nothing that another call sees.
  private static func isRead(_ method: Contract.Element<Google_Protobuf_MethodDescriptorProto>) -> Bool {
    let name = method.descriptor.name
    return ["Get", "List", "Export"].contains { name.hasPrefix($0) }
      || ["WhoAmI", "Challenge"].contains(name)
  }

  private func requestID(
    of method: Contract.Element<Google_Protobuf_MethodDescriptorProto>
  ) -> Google_Protobuf_FieldDescriptorProto? {
    contract.request(of: method.descriptor)?.field.first { $0.name == "request_id" }
  }
}
