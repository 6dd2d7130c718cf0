package import Transport

/// A client of HTTP/2 whose frames are put together by hand, well-formed or not. One task uses it.
///
/// Unless told otherwise it behaves: it acknowledges SETTINGS and PINGs, and gives credit for what it was sent.
package final class HTTP2Peer {
  /// What came back on one stream.
  package struct Answer: Sendable {
    package var fields = Fields()
    package var body: [UInt8] = []
    package var trailers = Fields()
    package var hasHead = false
    /// DATA frames that brought the body.
    package var frames = 0
    package var isEnded = false
    package var reset: UInt32?

    package var status: Int? { fields[":status"].flatMap(Int.init) }
    package var isOver: Bool { isEnded || reset != nil }
  }

  package struct GoAway: Sendable, Hashable {
    package let last: UInt32
    package let code: UInt32
    package let text: String

    package init(last: UInt32, code: UInt32, text: String = "") {
      self.last = last
      self.code = code
      self.text = text
    }
  }

  package static let defaultWindow = 65_535
  private static let longestFrame = 16_384

  package let bytes: BytePeer
  private let reader = HeaderReader()
  private var buffer: [UInt8] = []
  private var position = 0
  private var block: (stream: UInt32, bytes: [UInt8], isEnd: Bool)?
  private var nextStream: UInt32 = 1
  package private(set) var answers: [UInt32: Answer] = [:]
  /// What the server said in its SETTINGS, by number.
  package private(set) var settings: [UInt16: UInt32] = [:]
  package private(set) var goAways: [GoAway] = []
  /// Answers to PINGs.
  package private(set) var pongs = 0
  package private(set) var settingsAcknowledged = 0
  /// Bytes that the server lets us send: on a stream, and, under 0, in all.
  package private(set) var credit: [UInt32: Int] = [0: defaultWindow]
  package var givesCredit = true
  package var answersPings = true
  /// SETTINGS of the server.
  package var acknowledges = true

  package init(_ bytes: BytePeer) { self.bytes = bytes }

  /// Connects, and says what a client says first.
  package static func connect(
    port: Int, tls: ClientTLS? = nil, settings: [(UInt16, UInt32)] = []
  ) async throws -> HTTP2Peer {
    let peer = HTTP2Peer(try await .connect(port: port, tls: tls, offering: tls == nil ? [] : ["h2"]))
    peer.bytes.post(HTTP2Frame.preface)
    peer.post(.settings(settings))
    return peer
  }

  // MARK: Sending

  package func post(_ frame: HTTP2Frame) { bytes.post(frame.encoded()) }

  package func takeStream() -> UInt32 {
    defer { nextStream += 2 }
    return nextStream
  }

  /// The fields that each request begins with.
  package static func pseudo(_ method: String, _ target: String) -> Fields {
    [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", target)]
  }

  /// Listens to what comes back on a stream.
  package func expect(_ stream: UInt32) {
    answers[stream] = Answer()
    credit[stream] = Int(settings[4] ?? UInt32(Self.defaultWindow))
  }

  /// What came back on a stream is of no more interest.
  package func forget(_ stream: UInt32) {
    answers[stream] = nil
    credit[stream] = nil
  }

  /// Begins a request.
  package func open(
    _ target: String, _ fields: Fields = [], method: String = "POST", end: Bool = false
  ) -> UInt32 {
    let stream = takeStream()
    expect(stream)
    post(.request(stream, Self.pseudo(method, target) + fields, end: end))
    return stream
  }

  /// Sends a piece of a body without asking whether the server has room for it.
  package func push(_ stream: UInt32, _ bytes: [UInt8], end: Bool = false) {
    credit[stream, default: 0] -= bytes.count
    credit[0, default: 0] -= bytes.count
    post(
      HTTP2Frame(HTTP2Frame.Kind.data, flags: end ? HTTP2Frame.Flag.endStream : 0, stream: stream, bytes))
  }

  /// Sends a body as fast as the server has room for it. Ends early when the server answers before.
  package func write(_ stream: UInt32, _ bytes: [UInt8], end: Bool) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let isOpen = try await pump {
        self.room(stream) > 0 || self.answers[stream]?.isOver == true
      }
      guard isOpen, answers[stream]?.isOver == false else { return }
      let piece = rest.prefix(min(room(stream), Self.longestFrame))
      rest = rest.dropFirst(piece.count)
      push(stream, Array(piece), end: end && rest.isEmpty)
    }
    if bytes.isEmpty, end { push(stream, [], end: true) }
  }

  package func room(_ stream: UInt32) -> Int { min(credit[0, default: 0], credit[stream, default: 0]) }

  // MARK: Receiving

  /// Reads until something is so. False when the connection ends before.
  @discardableResult
  package func pump(until isDone: () -> Bool) async throws -> Bool {
    while !isDone() {
      guard try await nextFrame() != nil else { return false }
    }
    return true
  }

  /// The whole answer on a stream, or as much as came before it was reset.
  package func answer(_ stream: UInt32) async throws -> Answer {
    try await pump { self.answers[stream]?.isOver == true }
    guard let answer = answers[stream], answer.isOver else { throw ConnectionEnded() }
    return answer
  }

  /// What has come of an answer's body, and is not given out again; empty when it is over.
  package func takeBody(_ stream: UInt32) async throws -> [UInt8] {
    try await pump {
      guard let answer = self.answers[stream] else { return true }
      return answer.isOver || !answer.body.isEmpty
    }
    guard var answer = answers[stream] else { throw ConnectionEnded() }
    defer { answers[stream] = answer }
    let body = answer.body
    if body.isEmpty, !answer.isOver { throw ConnectionEnded() }
    answer.body = []
    return body
  }

  /// Reads until the server closes.
  package func untilClosed() async throws {
    while try await nextFrame() != nil {}
  }

  /// Knows that all that was sent before has been seen.
  package func roundTrip() async throws {
    let before = pongs
    post(.ping())
    guard try await pump(until: { self.pongs > before }) else { throw ConnectionEnded() }
  }

  /// The next frame, which was looked at; `nil` when the server has closed.
  @discardableResult
  package func nextFrame() async throws -> HTTP2Frame? {
    while true {
      if let frame = takeFrame() {
        try handle(frame)
        return frame
      }
      guard let more = try await bytes.receive() else { return nil }
      buffer.removeFirst(position)
      position = 0
      buffer += more
    }
  }

  private func takeFrame() -> HTTP2Frame? {
    guard buffer.count - position >= HTTP2Frame.headerBytes else { return nil }
    let header = Array(buffer[position..<position + HTTP2Frame.headerBytes])
    let length = Int(HTTP2Frame.number([0] + header[..<3]))
    let start = position + HTTP2Frame.headerBytes
    guard buffer.count >= start + length else { return nil }
    position = start + length
    return HTTP2Frame(
      header[3], flags: header[4], stream: HTTP2Frame.number(header[5...]) & 0x7FFF_FFFF,
      Array(buffer[start..<start + length]))
  }

  private func handle(_ frame: HTTP2Frame) throws {
    typealias Kind = HTTP2Frame.Kind
    switch frame.kind {
    case Kind.data: data(frame)
    case Kind.headers:
      block = (frame.stream, frame.payload, frame.flags & HTTP2Frame.Flag.endStream != 0)
      if frame.flags & HTTP2Frame.Flag.endHeaders != 0 { try endBlock() }
    case Kind.continuation:
      block?.bytes += frame.payload
      if frame.flags & HTTP2Frame.Flag.endHeaders != 0 { try endBlock() }
    case Kind.reset: answers[frame.stream]?.reset = HTTP2Frame.number(frame.payload)
    case Kind.settings: settings(frame)
    case Kind.ping:
      if frame.flags & HTTP2Frame.Flag.acknowledged != 0 {
        pongs += 1
      } else if answersPings {
        post(HTTP2Frame(Kind.ping, flags: HTTP2Frame.Flag.acknowledged, frame.payload))
      }
    case Kind.goAway:
      goAways.append(
        GoAway(
          last: HTTP2Frame.number(frame.payload) & 0x7FFF_FFFF,
          code: HTTP2Frame.number(frame.payload.dropFirst(4)),
          text: String(decoding: frame.payload.dropFirst(8), as: UTF8.self)))
    case Kind.windowUpdate: credit[frame.stream, default: 0] += Int(HTTP2Frame.number(frame.payload))
    default: break
    }
  }

  private func data(_ frame: HTTP2Frame) {
    answers[frame.stream]?.body += frame.payload
    answers[frame.stream]?.frames += 1
    if frame.flags & HTTP2Frame.Flag.endStream != 0 { answers[frame.stream]?.isEnded = true }
    guard givesCredit, !frame.payload.isEmpty else { return }
    post(.windowUpdate(0, UInt32(frame.payload.count)))
    if answers[frame.stream]?.isOver == false {
      post(.windowUpdate(frame.stream, UInt32(frame.payload.count)))
    }
  }

  private func endBlock() throws {
    guard let block else { return }
    self.block = nil
    let fields = try reader.decoded(block.bytes)
    guard var answer = answers[block.stream] else { return }
    if answer.hasHead {
      answer.trailers = fields
    } else {
      answer.fields = fields
      answer.hasHead = true
    }
    if block.isEnd { answer.isEnded = true }
    answers[block.stream] = answer
  }

  private func settings(_ frame: HTTP2Frame) {
    guard frame.flags & HTTP2Frame.Flag.acknowledged == 0 else {
      settingsAcknowledged += 1
      return
    }
    for start in stride(from: 0, to: frame.payload.count - 5, by: 6) {
      let name = UInt16(frame.payload[start]) << 8 | UInt16(frame.payload[start + 1])
      let value = HTTP2Frame.number(frame.payload[(start + 2)...])
      if name == 4 {
        let change = Int(value) - Int(settings[4] ?? UInt32(Self.defaultWindow))
        for stream in credit.keys where stream != 0 { credit[stream, default: 0] += change }
      }
      settings[name] = value
    }
    if acknowledges { post(HTTP2Frame(HTTP2Frame.Kind.settings, flags: HTTP2Frame.Flag.acknowledged)) }
  }
}

extension HTTP2Peer {
  /// Sends a request of these fields and nothing else. Gives the stream back.
  @discardableResult
  package func openRaw(_ stream: UInt32, _ fields: Fields) -> UInt32 {
    expect(stream)
    post(.request(stream, fields, end: true))
    return stream
  }

  /// The same in frames that are no longer than agreed.
  package func openParts(_ stream: UInt32, _ fields: Fields) {
    expect(stream)
    var rest = HTTP2Frame.block(fields)[...]
    var kind = HTTP2Frame.Kind.headers
    var flags = HTTP2Frame.Flag.endStream
    while !rest.isEmpty {
      let piece = rest.prefix(16_000)
      rest = rest.dropFirst(piece.count)
      let isLast = rest.isEmpty ? HTTP2Frame.Flag.endHeaders : 0
      post(HTTP2Frame(kind, flags: flags | isLast, stream: stream, Array(piece)))
      (kind, flags) = (HTTP2Frame.Kind.continuation, 0)
    }
  }
}
