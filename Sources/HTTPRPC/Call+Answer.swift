import NIOCore
import RPC
import Transport

/// What goes back, as the handler brings it.
extension Call {
  /// A unary handler is done.
  func finish(_ outcome: AnswerSlot.Answer) {
    guard progress != .ended else { return }
    do {
      let message = try outcome.get()
      let maximum = service.limits.largestResponse
      guard message.count <= maximum else { throw Failure.responseTooLarge(message.count, maximum) }
      send(only: message)
      end(nil)
    } catch {
      fail(entry.failure(from: error, in: context))
    }
  }

  /// A streaming handler is done: what it sent goes out, then the end.
  func finishStream(_ failure: Failure?) {
    guard progress != .ended else { return }
    send(sink?.take() ?? ByteBuffer())
    send(end: failure)
    end(failure)
  }

  /// A stream has something to send. It goes out, or waits until the peer has read.
  func sendWhatWaits() {
    guard progress != .ended, let sink else { return }
    let limit = service.limits.streamQueuedBytes
    guard exchange.waitingBytes <= limit else { return exchange.askForRoom(limit / 2) }
    send(sink.take())
  }

  /// The peer has read.
  func roomIsMade() { sendWhatWaits() }

  /// An answer of one message.
  func send(only message: [UInt8]) {
    let (answer, compression) = currentAnswer
    let (prefix, bytes, isGzip) = answer.pieces(message, compression: compression)
    let end = answer.body(atEnd: nil)
    let length = (prefix == nil ? 0 : Envelope.headerBytes) + bytes.count + end.count
    respond(answer, isGzip: isGzip, length: answer.trailersAreInBody ? length : nil)
    exchange.write(prefix, bytes)
    if !end.isEmpty { exchange.write(nil, end) }
    finish(answer, nil)
  }

  /// Sends the head of an answer that brings messages.
  private func respond(_ answer: Answer, isGzip: Bool, length: Int?) {
    isHeadSent = true
    if answer.hasOnlyUsualFields, exchange.addedFields.isEmpty {
      exchange.respond(PreparedFields.head(answer, isGzip: isGzip), length: length)
    } else {
      exchange.respond(200, answer.headFields(isGzip: isGzip), length: length)
    }
  }

  /// Ends the answer with the trailer fields that belong to it.
  private func finish(_ answer: Answer, _ failure: Failure?) {
    if answer.trailersAreInBody {
      exchange.finish([])
    } else if failure == nil, answer.trailers.isEmpty {
      exchange.finish(PreparedFields.success)
    } else {
      exchange.finish(answer.status(failure))
    }
  }

  /// With what the handler sends beside its messages.
  private var currentAnswer: (Answer, ResponseMetadata.Compression) {
    guard let used = context.connection.usedResponse else { return (bareAnswer, .automatic) }
    var answer = bareAnswer
    answer.headers = used.headers
    answer.trailers = used.trailers
    return (answer, used.compression)
  }

  /// - Parameter messages: as they stand in the body.
  func send(_ messages: ByteBuffer) {
    guard messages.readableBytes > 0 else { return }
    if !isHeadSent { respond(currentAnswer.0, isGzip: false, length: nil) }
    exchange.write(messages)
  }

  func send(end failure: Failure?) {
    let answer = currentAnswer.0
    if let failure, !isHeadSent, answer.failsInHead {
      let failed = answer.failed(failure)
      exchange.respond(failed.status, failed.fields, length: failed.body.count)
      exchange.write(nil, failed.body)
      return exchange.finish([])
    }
    if !isHeadSent { respond(answer, isGzip: false, length: nil) }
    let end = answer.body(atEnd: failure)
    if !end.isEmpty { exchange.write(nil, end) }
    finish(answer, failure)
  }

  /// Nothing more is sent or received.
  func end(_ failure: Failure?) {
    progress = .ended
    deadline?.cancel()
    deadline = nil
    if failure != nil {
      task?.cancel()
      watch?.cancel()
    }
    // A handler may have given them to a task that goes on.
    sink?.end(failure ?? .connectionClosed)
    requests?.finish(failure ?? .connectionClosed)
    requests = nil
    credit()
    task = nil
    watch = nil
    sink = nil
    exchange.unfinished.remove(unfinished)
    unfinished = 0
    CallsInFlight.end()
    entry.ended(failure, from: exchange.begun, number: context.number, on: context.connection)
    context.connection.ended()
  }
}
