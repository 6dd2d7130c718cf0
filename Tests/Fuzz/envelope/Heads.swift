@testable import RPC

/// What the head of a request says.
enum Heads {
  private struct Anyone: AccessRule {
    let description = "anyone"
    func check(_: CallContext) throws(Failure) {}
  }

  private static let methods = ["POST", "GET", "HEAD", "OPTIONS", "PUT"]
  private static let kinds: [Procedure.Kind] = [.unary, .serverStreaming, .clientStreaming, .bidirectional]
  private static let names = [
    "content-type", "grpc-timeout", "connect-timeout-ms", "grpc-encoding", "content-encoding",
    "connect-content-encoding", "accept-encoding", "grpc-accept-encoding", "connect-accept-encoding",
    "connect-protocol-version",
  ]
  private static let types = [
    "application/grpc", "application/grpc-web-text", "application/json", "application/connect+proto",
  ]

  static func check(_ input: inout Input) {
    let method = methods[Int(input.byte()) % methods.count]
    let kind = kinds[Int(input.byte()) % kinds.count]
    let target = text(&input)
    var fields: [(name: String, value: String)] = []
    while !input.isOver, fields.count < 16 {
      let name = names[Int(input.byte()) % names.count]
      let known = Int(input.byte())
      let value = name == "content-type" && known < types.count ? types[known] : text(&input)
      fields.append((name, value))
    }
    var packed = PackedPairs()
    packed.append(":method", method)
    packed.append(":path", target)
    for field in fields { packed.append(field.name, field.value) }
    let head = RequestHead(packed)
    let mark = target.utf8.contains(UInt8(ascii: "?")) ? "?" : ""
    require(head.path + mark + head.query == target, "a target is path and query")
    require(
      head.fields.elementsEqual(fields) { $0.key == $1.name && $0.value == $1.value }, "fields come back")
    let procedure = Procedure(
      name: ProcedureName("a.v1.S/M"), kind: kind, isSideEffectFree: true, access: Anyone(),
      requestType: "a.v1.Q", responseType: "a.v1.A")
    do {
      var intent = try Intent.of(head, for: procedure)
      require(intent.dialect.suits(kind), "a dialect suits its procedure")
      try intent.read(head)
      check(intent, head)
    } catch let refusal as PlainAnswer {
      require([405, 415].contains(refusal.status), "what is no call is refused by HTTP")
    } catch let failure as Failure {
      require([.invalidArgument, .unimplemented].contains(failure.code), "\(failure) is the caller's fault")
    } catch {
      fatalError("does not hold: refusals are known, and this is \(error)")
    }
  }

  private static func check(_ intent: Intent, _ head: RequestHead) {
    require(
      (intent.message != nil) == (intent.dialect.form == .connectGet), "GET has its message in the query")
    require((head.method == .get) == (intent.dialect.form == .connectGet), "GET is Connect's")
    require(intent.timeout.map { $0 >= .zero } ?? true, "time does not run backwards")
    require(intent.timeout.map { $0.wholeNanoseconds >= 0 } ?? true, "time fits")
    let isAccepted = head.fields.contains { $0.value.lowercased().contains("gzip") }
    require(!intent.takesGzip || isAccepted, "nobody is sent gzip unasked")
  }

  private static func text(_ input: inout Input) -> String {
    String(decoding: input.take(Int(input.byte()) % 64), as: UTF8.self)
  }
}
