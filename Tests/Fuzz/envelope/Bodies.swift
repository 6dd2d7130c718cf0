import RPC

/// The messages in the body of a request.
enum Bodies {
  private static let forms: [Dialect.Form] = [
    .grpc, .grpcWeb, .grpcWebText, .connectUnary, .connectStream,
  ]

  /// What was read of a body.
  private struct Read: Equatable {
    var messages: [[UInt8]] = []
    /// Whether each was said to be compressed.
    var isGzip: [Bool] = []
    var failure: Failure.Code?
  }

  static func check(_ input: inout Input) {
    let choice = input.byte()
    let dialect = Dialect(forms[Int(choice) % forms.count], .binary)
    let limit = Int(input.byte()) * 4
    let piece = Int(input.byte()) % 32 + 1
    var intent = Intent(dialect: dialect)
    intent.isGzip = choice >= 0x80
    let body = input.take(.max >> 1)

    let whole = read(body, intent, limit, piece: max(body.count, 1))
    let cut = read(body, intent, limit, piece: piece)
    if dialect.form == .grpcWebText {
      // Base64 that is none may be seen before, or after, what stands in front of it.
      require((whole.failure == nil) == (cut.failure == nil), "what is cut otherwise is as good, or as bad")
      if whole.failure == nil {
        require(whole == cut && body.count % 4 == 0, "text is the same where it is cut")
      }
    } else {
      require(whole == cut, "\(whole) is \(cut) where it is cut")
      require(whole == expected(body, intent, limit), "\(whole) is read by the rules")
    }
    for (message, isGzip) in zip(whole.messages, whole.isGzip) {
      require(message.count <= limit, "messages are bounded")
      decompress(message, isGzip: isGzip, limit)
    }
    if let only = only(body, intent, limit) {
      require(only == whole, "the only message is read where it lies")
    }
    if whole.failure == nil { writeAgain(whole.messages, intent, limit) }
  }

  private static func read(_ body: [UInt8], _ intent: Intent, _ limit: Int, piece: Int) -> Read {
    var incoming = IncomingMessages(intent)
    var read = Read()
    func keep(_ message: IncomingMessage) {
      read.messages.append(message.bytes)
      read.isGzip.append(message.isGzip)
    }
    do {
      for start in stride(from: 0, to: body.count, by: piece) {
        try Array(body[start..<min(start + piece, body.count)]).withUnsafeBytes { piece in
          try incoming.read(piece, limit: limit) { message throws(Failure) in keep(message) }
        }
        require(incoming.waitingBytes <= limit + Envelope.headerBytes, "less than a message is kept")
      }
      if let last = try incoming.end() { keep(last) }
      require(incoming.isComplete, "what has ended is complete")
    } catch {
      guard let failure = error as? Failure else { fatalError("does not hold: failures are thrown") }
      read.failure = failure.code
    }
    return read
  }

  /// The short way; `nil` where there is none.
  private static func only(_ body: [UInt8], _ intent: Intent, _ limit: Int) -> Read? {
    var incoming = IncomingMessages(intent)
    do throws(Failure) {
      return try body.span.bytes.withUnsafeBytes { bytes throws(Failure) -> Read? in
        guard let message = try incoming.only(in: bytes, limit: limit) else { return nil }
        return Read(messages: [Array(message)], isGzip: [false])
      }
    } catch {
      return Read(failure: error.code)
    }
  }

  /// The rules, read slowly.
  private static func expected(_ body: [UInt8], _ intent: Intent, _ limit: Int) -> Read {
    guard intent.dialect.isEnveloped else {
      guard body.count <= limit else { return Read(failure: .resourceExhausted) }
      return Read(messages: [body], isGzip: [intent.isGzip])
    }
    var read = Read()
    var rest = body[...]
    while rest.count >= 5 {
      let flags = rest[rest.startIndex]
      let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length <= limit else {
        read.failure = .resourceExhausted
        return read
      }
      guard rest.count >= 5 + length else { break }
      guard flags == 0 || flags == 1 && intent.isGzip else {
        read.failure = .internal
        return read
      }
      read.messages.append(Array(rest.dropFirst(5).prefix(length)))
      read.isGzip.append(flags == 1)
      rest = rest.dropFirst(5 + length)
    }
    if !rest.isEmpty { read.failure = .invalidArgument }
    return read
  }

  private static func decompress(_ message: [UInt8], isGzip: Bool, _ limit: Int) {
    let incoming = IncomingMessage(bytes: message, isGzip: isGzip)
    guard let plain = try? incoming.decompressed(limit: limit) else {
      return require(isGzip, "what is not compressed is as it is")
    }
    require(plain.count <= limit, "what messages stand for is bounded")
    require(isGzip || plain == message, "what is not compressed is as it is")
  }

  /// Sends the same messages as an answer would, which a request may look like.
  private static func writeAgain(_ messages: [[UInt8]], _ intent: Intent, _ limit: Int) {
    guard intent.dialect.isEnveloped else { return }
    for compression in [ResponseMetadata.Compression.never, .always] {
      let answer = Answer(dialect: intent.dialect, domain: "", takesGzip: true)
      let body = messages.flatMap { answer.framed($0, compression: compression).bytes }
      var intent = intent
      intent.isGzip = true
      let again = read(body, intent, limit + 64, piece: 7)
      require(again.failure == nil && again.messages.count == messages.count, "what was written can be read")
      for (index, message) in again.messages.enumerated() {
        let plain = try? IncomingMessage(bytes: message, isGzip: again.isGzip[index])
          .decompressed(limit: limit)
        require(plain == messages[index], "messages come back")
      }
    }
  }
}
