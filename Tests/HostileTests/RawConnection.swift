import Foundation
import Glibc
import RPC
import SwiftProtobuf

/// A blocking socket to the server that speaks what it is told to, well-formed or not.
///
/// SAFETY: one thread at a time uses it, but for `hangUp`, which is a system call on a descriptor that stays open
/// as long as this lives.
final class RawConnection: @unchecked Sendable {
  /// How long an answer may take before the server counts as hanging.
  static let patience: Duration = .seconds(20)

  enum Target: Sendable, Hashable {
    /// From an address of 127.0.0.0/8, so that limits per address can be told apart.
    case tcp(port: Int, from: String)
    case unix(path: String)
  }

  /// What came back to a call.
  enum Answer {
    case response([UInt8])
    case failure(Failure)
    /// A stream that was open until its deadline, with this many messages.
    case stream(messages: Int)
    /// The server closed the connection without answering.
    case lost
    /// No answer within `patience`.
    case hung
  }

  struct Frame {
    var stream: UInt32
    var type: UInt8
    var flags: UInt8
    var data: [UInt8]
  }

  private enum Received {
    case frame(Frame)
    case lost
    case hung
  }

  let descriptor: CInt
  private var nextStream: UInt32 = 1
  /// All messages of the last stream.
  private(set) var streamed: [UInt8] = []
  private var buffer: [UInt8] = []
  private var position = 0

  /// - Parameter patience: how long to wait for an answer; zero: for ever.
  init?(_ target: Target, patience: Duration = patience) {
    switch target {
    case .tcp(let port, let source): descriptor = Self.open(port: port, from: source)
    case .unix(let path): descriptor = Self.open(path: path)
    }
    guard descriptor >= 0 else { return nil }
    var wait = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(descriptor, SOL_SOCKET, option, &wait, size) }
  }

  deinit { Glibc.close(descriptor) }

  /// Ends the connection from any thread; whoever waits for an answer hears of it.
  func hangUp() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  // MARK: Calls

  /// Calls a method with whatever bytes as its request, and waits for what comes back.
  func call(_ method: MethodName, _ payload: [UInt8]) -> Answer {
    let stream = send(WireBytes.envelope(method, payload))
    while true {
      switch receive() {
      case .lost: return .lost
      case .hung: return .hung
      case .frame(let frame) where frame.stream == stream && frame.type == 2: return Self.answer(frame.data)
      case .frame: continue
      }
    }
  }

  /// Opens a stream for a while. It ends by a failure, by itself, or at that deadline, which is a success.
  func watch(_ method: MethodName, _ payload: [UInt8], for duration: Duration = .milliseconds(150)) -> Answer
  {
    let nanoseconds = duration.components.attoseconds / 1_000_000_000
    let stream = send(WireBytes.envelope(method, payload, nanoseconds: nanoseconds), flags: 0x01)
    var messages = 0
    streamed = []
    while true {
      switch receive() {
      case .lost: return .lost
      case .hung: return .hung
      case .frame(let frame) where frame.stream == stream && frame.type == 2:
        let answer = Self.answer(frame.data)
        if case .failure(let failure) = answer, failure.reason == .deadlineExceeded {
          return .stream(messages: messages)
        }
        return answer
      case .frame(let frame) where frame.stream == stream && frame.flags & 0x01 != 0:
        return .stream(messages: messages)
      case .frame(let frame) where frame.stream == stream:
        messages += 1
        streamed += frame.data
      case .frame: continue
      }
    }
  }

  /// Opens a stream and leaves it open. Returns its id.
  func openStream(_ method: MethodName, _ payload: [UInt8] = []) -> UInt32 {
    send(WireBytes.envelope(method, payload), flags: 0x01)
  }

  /// The next message of an open stream; `nil` when it ends, or nothing comes.
  func nextMessage(of stream: UInt32) -> [UInt8]? {
    while case .frame(let frame) = receive() {
      if frame.stream == stream { return frame.type == 3 && frame.flags == 0 ? frame.data : nil }
    }
    return nil
  }

  /// Calls a method with a message. Throws `Failure`, also for what is no answer.
  func call<Response: SwiftProtobuf.Message>(
    _ method: String, _ request: some SwiftProtobuf.Message, as: Response.Type = Response.self
  ) throws -> Response {
    switch call(MethodName(method), try request.serializedBytes()) {
    case .response(let bytes): return try Response(serializedBytes: bytes)
    case .failure(let failure): throw failure
    case .stream, .lost, .hung: throw Failure(.unavailable, reason: "NO_ANSWER", "\(method): no answer")
    }
  }

  /// Sends one request frame with a new stream id.
  @discardableResult
  func send(_ data: [UInt8], flags: UInt8 = 0) -> UInt32 {
    let stream = takeStream()
    write(WireBytes.frame(1, stream, flags: flags, data))
    return stream
  }

  func takeStream() -> UInt32 {
    defer { nextStream += 2 }
    return nextStream
  }

  // MARK: Bytes

  /// Writes everything, or stops when the server takes no more. Returns how much was taken.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Int {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    return sent
  }

  /// Writes if the server takes it now; what it does not take is dropped. False when it has closed.
  func offer(_ bytes: [UInt8]) -> Bool {
    let count = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
    return count >= 0 || errno == EAGAIN
  }

  /// Whatever has come, without waiting; `nil` when the server has closed.
  func drain() -> Int? {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var total = 0
    while true {
      let count = recv(descriptor, &chunk, chunk.count, CInt(MSG_DONTWAIT))
      if count > 0 {
        total += count
      } else if count < 0, errno == EAGAIN {
        return total
      } else {
        return nil
      }
    }
  }

  /// Whether the server has closed. What has come and was not read stays.
  var isClosed: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 0
  }

  /// Waits until the server closes. False when it does not.
  func waitUntilClosed() -> Bool {
    while true {
      switch receive() {
      case .lost: return true
      case .hung: return false
      case .frame: continue
      }
    }
  }

  /// The next frame; `nil` when the server has closed or says nothing.
  func nextFrame() -> Frame? {
    if case .frame(let frame) = receive() { frame } else { nil }
  }

  private func receive() -> Received {
    while true {
      if let frame = takeFrame() { return .frame(frame) }
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return .hung }
      guard count > 0 else { return .lost }
      buffer.append(contentsOf: chunk[..<count])
    }
  }

  private func takeFrame() -> Frame? {
    func be32(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 << 8 | UInt32(buffer[position + at + $1]) } }
    guard buffer.count - position >= 10 else { return nil }
    let end = position + 10 + Int(be32(0))
    guard buffer.count >= end else { return nil }
    let frame = Frame(
      stream: be32(4), type: buffer[position + 8], flags: buffer[position + 9],
      data: Array(buffer[(position + 10)..<end]))
    position = end
    if position == buffer.count { (buffer, position) = ([], 0) }
    return frame
  }

  /// A response's envelope: an encoded status, or the answer.
  private static func answer(_ data: [UInt8]) -> Answer {
    let records = WireBytes.records(of: data)
    if let status = records.last(where: { $0.field == 1 }),
      let failure = Failure(encodedStatus: Array(data[status.content]))
    {
      return .failure(failure)
    }
    return .response(records.last { $0.field == 2 }.map { Array(data[$0.content]) } ?? [])
  }

  // MARK: Opening

  private static func open(port: Int, from source: String) -> CInt {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var here = address(source, port: 0)
    var there = address("127.0.0.1", port: port)
    let isOpen = withSocketAddress(&here, bind, descriptor) && withSocketAddress(&there, connect, descriptor)
    return closed(descriptor, unless: isOpen)
  }

  private static func open(path: String) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return closed(descriptor, unless: withSocketAddress(&address, connect, descriptor))
  }

  private static func address(_ host: String, port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return address
  }

  private static func withSocketAddress<Address>(
    _ address: inout Address, _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt
  ) -> Bool {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
      }
    }
  }

  private static func closed(_ descriptor: CInt, unless isOpen: Bool) -> CInt {
    if isOpen { return descriptor }
    Glibc.close(descriptor)
    return -1
  }
}
