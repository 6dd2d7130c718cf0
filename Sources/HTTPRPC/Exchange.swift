import NIOCore
import RPC

/// One HTTP request's way back: what HTTP/1.1 and HTTP/2 have in common. On the connection's event loop.
///
/// The head goes out once, then the body, then the end. What comes after the end, or after the peer is gone, is
/// dropped.
protocol Exchange: AnyObject {
  /// When the request's head was there.
  var begun: MonotonicInstant { get }
  var loop: any EventLoop { get }
  /// Bytes of the connection's requests that are not complete.
  var unfinished: UnfinishedBytes { get }
  /// Fields of the head beside those that are given with it.
  var addedFields: [Field] { get set }
  /// Sends status and header fields.
  ///
  /// - Parameter length: the bytes that `write` will bring in all, where that is known. An answer of none is complete
  ///   with its head.
  func respond(_ status: Int, _ fields: [Field], length: Int?)
  /// The same with status 200.
  func respond(_ fields: PreparedFields, length: Int?)
  /// Sends bytes of the body.
  func write(_ prefix: Envelope.Prefix?, _ bytes: [UInt8])
  func write(_ bytes: ByteBuffer)
  /// Ends the answer, with trailer fields where the protocol has any.
  func finish(_ trailers: [Field])
  func finish(_ trailers: PreparedFields)
  /// So many more bytes of the request's body have been taken; the peer may send as many again.
  func consumed(_ count: Int)
  /// Bytes written that the peer has not taken yet.
  var waitingBytes: Int { get }
  /// Asks to be told, by `Call.roomIsMade`, when no more than so many bytes wait.
  func askForRoom(_ bytes: Int)
}

/// Counts what a connection's requests hold of the server's memory before they are complete.
final class UnfinishedBytes {
  private let limit: Int
  private var count = 0

  init(_ limits: Limits) { limit = max(limits.unfinishedBytesPerConnection, limits.messageBytes) }

  /// Takes so many bytes more into account; false when that is too much.
  func add(_ bytes: Int) -> Bool {
    count += bytes
    return count <= limit
  }

  func remove(_ bytes: Int) { count -= bytes }
}
