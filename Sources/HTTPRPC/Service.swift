import Logging
import NIOCore
import RPC
import Transport

/// What both versions of HTTP serve on a connection: takes the head of a request to the call it asks for, or refuses
/// it.
final class HTTPService {
  let table: ProcedureTable
  let limits: Limits
  let logger: Logger
  let loop: any EventLoop
  private let options: HTTPRPCServer.Options
  private let peer: ListeningServer.Peer

  init(
    table: ProcedureTable, limits: Limits, options: HTTPRPCServer.Options, peer: ListeningServer.Peer,
    loop: any EventLoop, logger: Logger
  ) {
    self.table = table
    self.limits = limits
    self.options = options
    self.peer = peer
    self.loop = loop
    self.logger = logger
  }

  /// The call that a request begins; `nil` when it was answered here.
  func call(_ head: RequestHead, on exchange: any Exchange) -> Call? {
    let started = MonotonicInstant.now
    exchange.addedFields = options.cors.fields(for: head)
    do throws(PlainAnswer) {
      if let preflight = options.cors.preflight(head) {
        exchange.addedFields = []
        throw preflight
      }
      guard let entry = entry(at: head.path) else {
        throw options.files?.answer(head, isSecured: peer.security == .tls) ?? unknown(head)
      }
      var intent = try Intent.of(head, for: entry.procedure)
      var failure: Failure?
      do throws(Failure) {
        try intent.read(head)
      } catch {
        failure = error
      }
      let context = CallContext(
        procedure: entry.procedure.name,
        connection: Connection(security: peer.security, remoteAddress: peer.address),
        metadata: head.fields,
        deadline: intent.timeout.map { started + $0 },
        response: ResponseMetadata()
      )
      let call = Call(
        entry, intent, context,
        Call.Surroundings(
          limits: limits, domain: table.domain, authenticate: options.authenticate, loop: loop),
        exchange: exchange, started: started)
      if let failure { call.fail(failure) } else { call.begin() }
      return call
    } catch {
      answer(error, isHead: head.method == .head, on: exchange)
      return nil
    }
  }

  /// The procedure that a path names: `/package.Service/Method`.
  private func entry(at path: Substring) -> ProcedureEntry? {
    guard path.first == "/", let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
    let service = path[path.index(after: path.startIndex)..<slash]
    let method = path[path.index(after: slash)...]
    return table.entry(service: service, method: method)
  }

  /// A path that is no procedure's. Those who speak gRPC are told so in gRPC, with HTTP's 200.
  private func unknown(_ head: RequestHead) -> PlainAnswer {
    let failure = Failure.unknownProcedure(String(head.path.dropFirst().prefix(256)))
    table.unknownMeter.record(failure, from: .now, to: .now)
    let dialect = head.fields.first(named: "content-type").flatMap(Dialect.init(contentType:))
    switch dialect {
    case let dialect? where !dialect.isConnect || dialect.form == .connectStream:
      let failed = Answer(dialect: dialect, domain: table.domain).failed(failure)
      return PlainAnswer(status: failed.status, fields: failed.fields, body: failed.body)
    case .some, nil:
      return PlainAnswer(
        status: 404, fields: [Field("content-type", "application/json")],
        body: ConnectBody.error(failure, domain: table.domain))
    }
  }

  private func answer(_ answer: PlainAnswer, isHead: Bool, on exchange: any Exchange) {
    // What has no content has no length either.
    let hasContent = answer.status != 204 && answer.status != 304
    if isHead {
      let length = Field("content-length", String(answer.body.count))
      exchange.respond(answer.status, answer.fields + [length], length: nil)
    } else {
      exchange.respond(answer.status, answer.fields, length: hasContent ? answer.body.count : nil)
      exchange.write(answer.body)
    }
    exchange.finish([])
  }
}

extension ProcedureTable {
  fileprivate func entry(service: Substring, method: Substring) -> ProcedureEntry? {
    var (service, method) = (String(service), String(method))
    return service.withUTF8 { service in
      method.withUTF8 { method in
        entry(service: UnsafeRawBufferPointer(service), method: UnsafeRawBufferPointer(method))
      }
    }
  }
}

extension Failure {
  fileprivate static func unknownProcedure(_ name: String) -> Failure {
    Failure(.unimplemented, reason: .unknownProcedure, "There is no procedure '\(name)' here.")
  }
}
