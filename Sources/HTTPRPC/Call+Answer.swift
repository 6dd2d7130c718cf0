import RPC
import Transport

/// What goes back, as the handler brings it.
extension Call {
  /// A unary handler is done.
  func finish(_ outcome: AnswerSlot.Answer) {
    guard progress != .ended else { return }
    do {
      let message = try outcome.get()
      let maximum = surroundings.limits.messageBytes
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
    let limit = surroundings.limits.streamQueuedBytes
    guard exchange.waitingBytes <= limit else { return exchange.askForRoom(limit / 2) }
    for message in sink.take() { send(message) }
  }

  /// The peer has read.
  func roomIsMade() { sendWhatWaits() }

  /// An answer of one message.
  func send(only message: [UInt8]) {
    noteMetadata()
    let (bytes, isGzip) = answer.framed(message, compression: compression)
    let end = answer.end(nil)
    let isAll = end.trailers.isEmpty
    exchange.respond(
      200, answer.headFields(isGzip: isGzip), length: isAll ? bytes.count + end.body.count : nil)
    exchange.write(bytes)
    if !end.body.isEmpty { exchange.write(end.body) }
    exchange.finish(end.trailers)
  }

  /// - Parameter message: as it stands in the body.
  func send(_ message: [UInt8]) {
    sendHead()
    exchange.write(message)
  }

  func sendHead() {
    guard !isHeadSent else { return }
    noteMetadata()
    isHeadSent = true
    exchange.respond(200, answer.headFields(isGzip: false), length: nil)
  }

  func send(end failure: Failure?) {
    noteMetadata()
    if let failure, !isHeadSent, answer.failsInHead {
      let failed = answer.failed(failure)
      exchange.respond(failed.status, failed.fields, length: failed.body.count)
      exchange.write(failed.body)
      return exchange.finish([])
    }
    sendHead()
    let end = answer.end(failure)
    if !end.body.isEmpty { exchange.write(end.body) }
    exchange.finish(end.trailers)
  }

  func noteMetadata() {
    guard let response = context.response else { return }
    if !isHeadSent { answer.headers = response.headers }
    answer.trailers = response.trailers
  }

  var compression: ResponseMetadata.Compression { context.response?.compression ?? .automatic }

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
    entry.meter.record(failure, from: started, to: .now)
    context.connection.ended()
  }
}
