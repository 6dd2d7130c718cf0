public import NIOCore
public import RPC
public import SwiftProtobuf
public import Transport

/// A connection to a ttrpc server. Any number of tasks may call through it at once. It closes when nobody
/// holds on to it, nor to a stream of it.
public final class TTRPCClient: Sendable {
  private let channel: any Channel
  private let handler: NIOLoopBound<ClientChannelHandler>
  private let limits: Limits

  private init(channel: any Channel, handler: NIOLoopBound<ClientChannelHandler>, limits: Limits) {
    self.channel = channel
    self.handler = handler
    self.limits = limits
  }

  deinit {
    // Where it has ended already its loop may be gone.
    if channel.isActive { channel.close(promise: nil) }
  }

  /// Connects, with TLS where `tls` is given: without it to addresses of this machine only. Throws when that is
  /// not done within `Limits.connectTime`.
  public static func connect(
    _ address: Address,
    tls: ClientTLS? = nil,
    group: any EventLoopGroup,
    limits: Limits = Limits()
  ) async throws -> TTRPCClient {
    let (channel, handler) = try await Dialer.connect(
      address,
      tls: tls,
      group: group,
      limits: limits,
      setUp: { channel in
        let handler = ClientChannelHandler(limits: limits, isSecured: tls != nil)
        try channel.pipeline.syncOperations.addHandler(handler)
      },
      whenReady: { channel in
        // A server that is gone again has left no handler.
        guard let handler = try? channel.pipeline.syncOperations.handler(type: ClientChannelHandler.self)
        else { throw Failure.connectionLost }
        return handler.whenReady.map { (channel, $0) }
      }
    )
    return TTRPCClient(channel: channel, handler: handler, limits: limits)
  }

  /// Calls a unary procedure. Throws `Failure`.
  ///
  /// - Parameters:
  ///   - name: `package.Service/Method`.
  ///   - timeout: sent to the server, and kept here too; `nil`: as long as it takes.
  public func call<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    _ request: I,
    timeout: Duration? = nil,
    metadata: Metadata = []
  ) async throws -> O {
    let request = try encode(name, request, timeout, metadata)
    let call = ClientCall()
    let result: Result<[UInt8], Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        channel.eventLoop.execute { self.handler.value.open(call, request, .unary(continuation, call)) }
      }
    } onCancel: {
      guard call.cancel() else { return }
      channel.eventLoop.execute { self.handler.value.cancel(call) }
    }
    return try Self.decode(try result.get())
  }

  /// Opens a server-streaming procedure's stream, at once. Ending the iteration, cancelling its task or
  /// dropping the sequence tells the server to stop.
  ///
  /// ttrpc has no flow control of a single stream. A slow consumer makes this client stop reading, and with
  /// it the server, while nothing else on the connection is waited for; otherwise its stream fails when
  /// `Limits.streamHeldBytes` have piled up. A stream of bulk is best given a connection of its own.
  public func stream<I: SwiftProtobuf.Message, O: SwiftProtobuf.Message>(
    _ name: String,
    _ request: I,
    as response: O.Type = O.self,
    timeout: Duration? = nil,
    metadata: Metadata = []
  ) throws -> ResponseSequence<O> {
    let request = try encode(name, request, timeout, metadata)
    let call = ClientCall()
    let loop = channel.eventLoop
    let (messages, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    let handler = handler
    let leave = { @Sendable in
      guard call.cancel() else { return }
      loop.execute { handler.value.cancel(call) }
    }
    continuation.onTermination = { _ in leave() }
    loop.execute { handler.value.open(call, request, .stream(continuation, call)) }
    // The consumer has caught up when it holds half of what makes it slow.
    let resumeBytes = limits.streamQueuedBytes / 2
    // Holds on to the client: its connection lives as long as a stream of it is read.
    let taken = { @Sendable (message: [UInt8]) in
      guard call.take(message.count, limit: resumeBytes) else { return }
      self.channel.eventLoop.execute { handler.value.resume(call) }
    }
    return ResponseSequence(messages: messages, taken: taken, leave: leave)
  }

  /// Closes the connection; what is in flight fails with `CONNECTION_CLOSED`.
  public func close() { channel.eventLoop.execute { self.handler.value.close() } }

  /// Returns when the connection has ended, whoever ended it.
  public func whenClosed() async {
    // A channel's close future does not fail.
    try? await channel.closeFuture.get()
  }

  // MARK: Details

  private func encode(
    _ name: String,
    _ request: some SwiftProtobuf.Message,
    _ timeout: Duration?,
    _ metadata: Metadata
  ) throws -> ClientChannelHandler.Request {
    if let timeout, timeout <= .zero { throw Failure.deadlineExceeded }
    return ClientChannelHandler.Request(
      name: ProcedureName(name),
      payload: try request.serializedBytes(),
      timeout: timeout,
      deadline: timeout.map { .now + $0 },
      metadata: metadata
    )
  }

  fileprivate static func decode<O: SwiftProtobuf.Message>(_ payload: [UInt8]) throws(Failure) -> O {
    do {
      return try O(serializedBytes: payload)
    } catch {
      throw .serverMalformed("its answer is no valid \(O.protoMessageName)")
    }
  }
}

/// The messages of a stream, in order. May be iterated once. Its end without an error is the server's, or the
/// iterating task's own cancellation; errors are `Failure`s.
public struct ResponseSequence<Response: SwiftProtobuf.Message>: AsyncSequence, Sendable {
  let messages: AsyncThrowingStream<[UInt8], any Error>
  /// Told of each message that the consumer takes.
  let taken: @Sendable ([UInt8]) -> Void
  /// Told when the consumer is done, with whatever was left. A stream that has ended takes no notice.
  let leave: @Sendable () -> Void

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(messages: messages.makeAsyncIterator(), taken: taken, life: Life(end: leave))
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    var messages: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator
    let taken: @Sendable ([UInt8]) -> Void
    let life: Life

    public mutating func next() async throws -> Response? {
      guard let message = try await messages.next() else { return nil }
      taken(message)
      return try TTRPCClient.decode(message)
    }
  }

  /// Ends with the last copy of an iterator.
  final class Life: Sendable {
    private let end: @Sendable () -> Void
    init(end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
