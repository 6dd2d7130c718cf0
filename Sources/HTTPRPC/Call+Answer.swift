import RPC
import Transport

/// What goes back, as the handler brings it.
extension Call {
  /// A unary handler is done.
  func finish(_ outcome: AnswerSlot.Answer) {
    guard progress != .ended else { return }
    do {
      let message = try outcome.get()
      let maximum = service.limits.messageBytes
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
    for message in sink?.take() ?? [] { send(message) }
    send(end: failure)
    end(failure)
  }

  /// A stream has something to send. It goes out, or waits until the peer has read.
  func sendWhatWaits() {
    guard progress != .ended, let sink else { return }
    let limit = service.limits.streamQueuedBytes
    guard exchange.waitingBytes <= limit else { return exchange.askForRoom(limit / 2) }
    for message in sink.take() { send(message) }
  }

  /// The peer has read.
  func roomIsMade() { sendWhatWaits() }

  /// An answer of one message.
  func send(only message: [UInt8]) {
    let state = noteMetadata()
    let (bytes, isGzip) = answer.framed(message, compression: state?.compression ?? .automatic)
    let end = answer.body(atEnd: nil)
    let isAll = answer.trailersAreInBody
    let length = isAll ? bytes.count + end.count : nil
    if answer.hasOnlyUsualFields, exchange.addedFields.isEmpty {
      exchange.respond(PreparedFields.head(answer, isGzip: isGzip), length: length)
    } else {
      exchange.respond(200, answer.headFields(isGzip: isGzip), length: length)
    }
    exchange.write(bytes)
    if !end.isEmpty { exchange.write(end) }
    finish(nil)
  }

  /// Ends the answer with the trailer fields that belong to it.
  private func finish(_ failure: Failure?) {
    guard !answer.trailersAreInBody else { return exchange.finish([]) }
    if failure == nil, answer.trailers.isEmpty {
      exchange.finish(PreparedFields.success)
    } else {
      exchange.finish(answer.status(failure))
    }
  }

  /// - Parameter message: as it stands in the body.
  func send(_ message: [UInt8]) {
    sendHead()
    exchange.write(message)
  }

  private func sendHead() {
    guard !isHeadSent else { return }
    isHeadSent = true
    _ = noteMetadata()
    if answer.hasOnlyUsualFields, exchange.addedFields.isEmpty {
      exchange.respond(PreparedFields.head(answer, isGzip: false), length: nil)
    } else {
      exchange.respond(200, answer.headFields(isGzip: false), length: nil)
    }
  }

  func send(end failure: Failure?) {
    _ = noteMetadata()
    if let failure, !isHeadSent, answer.failsInHead {
      let failed = answer.failed(failure)
      exchange.respond(failed.status, failed.fields, length: failed.body.count)
      exchange.write(failed.body)
      return exchange.finish([])
    }
    sendHead()
    let end = answer.body(atEnd: failure)
    if !end.isEmpty { exchange.write(end) }
    finish(failure)
  }

  /// Takes over what the handler sends beside its messages.
  private func noteMetadata() -> ResponseMetadata.State? {
    guard let state = context.response?.state else { return nil }
    if !isHeadSent { answer.headers = state.headers }
    answer.trailers = state.trailers
    return state
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
    entry.meter.record(failure, from: exchange.begun, to: .now)
    context.connection.ended()
  }
}
