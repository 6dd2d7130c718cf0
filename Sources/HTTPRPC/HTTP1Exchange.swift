import NIOCore
import NIOHTTP1
import RPC
import Transport

/// One request of HTTP/1.1 and its answer.
final class HTTP1Exchange: Exchange {
  /// Gone with its connection, which a handler that still reads may outlive.
  private weak var handler: HTTP1ChannelHandler?
  private let request: HTTPRequestHead
  let loop: any EventLoop
  let unfinished: UnfinishedBytes
  private var call: Call?
  var addedFields: [Field] = []
  let begun = MonotonicInstant.now
  private var isRequestComplete = false
  private var isAnswerComplete = false
  /// The answer's end is the connection's.
  private var mustClose: Bool

  init(_ handler: HTTP1ChannelHandler, _ request: HTTPRequestHead) {
    self.handler = handler
    self.request = request
    loop = handler.loop
    unfinished = handler.unfinished
    mustClose = !request.isKeepAlive
  }

  private var isHTTP10: Bool { request.version == .http1_0 }

  // MARK: The request

  func begin(_ service: HTTPService, _ peer: ListeningServer.Peer) {
    call = service.call(RequestHead(request), from: peer, on: self)
    // One that was refused has no call, and no use for its body.
    guard !isAnswerComplete, !isHTTP10,
      request.headers.first(name: "expect")?.lowercased() == "100-continue"
    else { return }
    handler?.write(.head(HTTPResponseHead(version: request.version, status: .continue)))
  }

  func received(_ buffer: ByteBuffer) {
    guard let call else { return consumed(buffer.readableBytes) }
    buffer.withUnsafeReadableBytes { call.received($0) }
  }

  func receivedEnd() {
    isRequestComplete = true
    call?.receivedEnd()
    if isAnswerComplete { handler?.ended(self) }
  }

  func awaitRest() { call?.awaitRest() }
  func roomIsMade() { call?.roomIsMade() }
  func drain() { call?.drain(.serverDraining) }

  /// Its client should be done by some time; those who send many messages may take theirs.
  var isWaitedFor: Bool {
    !isRequestComplete && (isAnswerComplete || call?.isRequestComplete != true)
  }

  /// Gives a request up that began before `limit` and is not complete. What follows it could not be told from its
  /// rest, so the connection ends with the answer.
  func giveUpUnlessComplete(since limit: MonotonicInstant) {
    guard isWaitedFor, begun <= limit else { return }
    mustClose = true
    if isAnswerComplete {
      handler?.ended(self)
      handler?.close()
    } else {
      call?.fail(.requestTooSlow)
    }
  }

  func cancelled() {
    isAnswerComplete = true
    call?.cancel(.cancelled)
    call = nil
  }

  // MARK: The answer

  func respond(_ status: Int, _ fields: [Field], length: Int?) {
    respond(status, HTTPHeaders((fields + addedFields).map { ($0.name, $0.value) }), length)
  }

  func respond(_ fields: PreparedFields, length: Int?) { respond(200, fields.headers, length) }

  private func respond(_ status: Int, _ fields: HTTPHeaders, _ length: Int?) {
    guard !isAnswerComplete, let handler else { return }
    // HTTP/1.0 has no chunks: the end of the connection is the answer's.
    if length == nil, isHTTP10 { mustClose = true }
    var headers = fields
    if let length { headers.add(name: "content-length", value: String(length)) }
    if handler.isDraining || mustClose { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: request.version, status: HTTPResponseStatus(statusCode: status), headers: headers)
    handler.write(.head(head))
  }

  func write(_ prefix: Envelope.Prefix?, _ bytes: [UInt8]) {
    let bytes = prefix.map { $0.followed(by: bytes) } ?? bytes
    guard !isAnswerComplete, !bytes.isEmpty else { return }
    handler?.write(bytes)
  }

  func write(_ bytes: ByteBuffer) {
    if !isAnswerComplete { handler?.write(bytes) }
  }

  func finish(_ trailers: [Field]) {
    finish(trailers.isEmpty ? nil : HTTPHeaders(trailers.map { ($0.name, $0.value) }))
  }

  func finish(_ trailers: PreparedFields) { finish(trailers.headers) }

  private func finish(_ trailers: HTTPHeaders?) {
    guard !isAnswerComplete, let handler else { return }
    isAnswerComplete = true
    let isOver = isRequestComplete || mustClose
    if isOver { handler.ended(self) }
    call = nil
    // NIO may hand on the next request from within this.
    handler.write(.end(trailers))
    if isOver, mustClose || handler.isDraining { handler.close() }
  }

  func consumed(_ count: Int) {
    // After the end the connection has settled for all of it.
    guard !isAnswerComplete || !isRequestComplete else { return }
    handler?.consumed(count)
  }

  /// NIO does not say how many: more than its mark, or few.
  var waitingBytes: Int { handler?.isWritable ?? true ? 0 : Int.max }

  /// It is told without being asked.
  func askForRoom(_ bytes: Int) {}
}

extension RequestHead {
  fileprivate init(_ head: HTTPRequestHead) {
    self.init(head.method.rawValue, head.uri, head.headers)
  }
}
