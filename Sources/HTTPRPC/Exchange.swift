import RPC

/// A header or trailer field. The name is lower case.
struct Field: Hashable {
  let name: String
  let value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One HTTP request's way back: what HTTP/1.1 and HTTP/2 have in common. On the connection's event loop.
///
/// The head goes out once, then the body, then the end. What comes after the end, or after the peer is gone, is
/// dropped.
protocol Exchange: AnyObject {
  /// Fields of the head beside those that are given with it.
  var addedFields: [Field] { get set }
  /// Sends status and header fields.
  ///
  /// - Parameter length: the bytes that `write` will bring in all, where that is known. An answer of none is complete
  ///   with its head.
  func respond(_ status: Int, _ fields: [Field], length: Int?)
  func write(_ bytes: [UInt8])
  /// Ends the answer, with trailer fields where the protocol has any.
  func finish(_ trailers: [Field])
  /// So many more bytes of the request's body have been taken; the peer may send as many again.
  func consumed(_ count: Int)
  /// Bytes written that the peer has not taken yet.
  var waitingBytes: Int { get }
  /// Asks to be told, by `Call.roomIsMade`, when no more than so many bytes wait.
  func askForRoom(_ bytes: Int)
}

/// What a call is told of the head of its request.
struct RequestHead {
  enum Method: Hashable {
    case get
    case head
    case post
    case options
    case other

    init(_ name: String) {
      switch name {
      case "GET": self = .get
      case "HEAD": self = .head
      case "POST": self = .post
      case "OPTIONS": self = .options
      default: self = .other
      }
    }
  }

  var method = Method.other
  /// With the query, as it came.
  var target = ""
  var fields = Metadata()
  /// HTTP/1.1 and older carry no two directions at once.
  var isHTTP2 = true

  var path: Substring { target.prefix { $0 != "?" } }
  var query: Substring { target.drop { $0 != "?" }.dropFirst() }
}
