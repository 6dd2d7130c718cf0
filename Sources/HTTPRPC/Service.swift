import Logging
import NIOCore
import RPC
import Transport

/// What a server serves on all of its connections: takes the head of a request to the call it asks for, or refuses
/// it.
final class HTTPService: Sendable {
  let table: ProcedureTable
  private let directory: ProcedureDirectory
  let limits: Limits
  let logger: Logger
  /// Says what is to be done before access is checked; `nil` for nothing.
  let authenticate: Authenticator?
  private let cors: CORS
  private let files: StaticFiles?
  private let pages: [String: @Sendable () -> Page]

  init(table: ProcedureTable, limits: Limits, options: HTTPRPCServer.Options, logger: Logger) {
    self.table = table
    directory = ProcedureDirectory(table)
    self.limits = limits
    self.logger = logger
    authenticate = options.authenticate
    cors = options.cors
    files = options.files
    pages = options.pages
  }

  /// The call that a request begins; `nil` when it was answered here.
  func call(_ head: RequestHead, from peer: ListeningServer.Peer, on exchange: any Exchange) -> Call? {
    let added = cors.fields(for: head)
    if !added.isEmpty { exchange.addedFields = added }
    do throws(PlainAnswer) {
      if let preflight = cors.preflight(head) {
        exchange.addedFields = []
        throw preflight
      }
      guard let entry = entry(for: head) else {
        throw page(head) ?? files?.answer(head, isSecured: peer.security == .tls) ?? unknown(head)
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
        connection: Connection(
          security: peer.security, remoteAddress: peer.address, remoteNetwork: peer.network,
          carriesMetadata: true),
        metadata: head.fields,
        deadline: intent.timeout.map { exchange.begun + $0 }
      )
      let call = Call(entry, intent, context, self, exchange: exchange)
      if let failure { call.fail(failure) } else { call.begin() }
      return call
    } catch {
      answer(error, isHead: head.method == .head, on: exchange)
      return nil
    }
  }

  /// The procedure that a path names: `/package.Service/Method`.
  private func entry(for head: RequestHead) -> ProcedureEntry? {
    head.withPath { path in
      let slash = UInt8(ascii: "/")
      guard path.first == slash, let last = path.lastIndex(of: slash), last > 0 else { return nil }
      return directory.entry(
        service: UnsafeRawBufferPointer(rebasing: path[1..<last]),
        method: UnsafeRawBufferPointer(rebasing: path[(last + 1)...]))
    }
  }

  /// What is made anew, for those who read.
  private func page(_ head: RequestHead) -> PlainAnswer? {
    guard !pages.isEmpty, let page = pages[String(head.path.prefix { $0 != "?" })] else { return nil }
    guard head.method == .get || head.method == .head else {
      return PlainAnswer(status: 405, fields: [Field("allow", "GET, HEAD")])
    }
    return page().answer
  }

  /// A path that is no procedure's. Those who speak gRPC are told so in gRPC, with HTTP's 200.
  private func unknown(_ head: RequestHead) -> PlainAnswer {
    let failure = Failure.unknownProcedure(String(head.path.dropFirst()))
    table.unknownMeter.record(failure, from: .now, to: .now)
    switch head.dialect {
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
    if isHead, hasContent {
      let length = Field("content-length", String(answer.body.count))
      exchange.respond(answer.status, answer.fields + [length], length: nil)
    } else {
      exchange.respond(answer.status, answer.fields, length: hasContent ? answer.body.count : nil)
      exchange.write(nil, answer.body)
    }
    exchange.finish([])
  }
}
