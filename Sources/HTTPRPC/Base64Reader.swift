import RPC

/// Reads Base64 that comes in pieces, each of which may be padded by itself: gRPC-Web's text form.
struct Base64Reader {
  /// What does not make four characters yet.
  private var rest: [UInt8] = []

  /// The bytes that are complete with this piece.
  mutating func read(_ piece: UnsafeRawBufferPointer) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity((rest.count + piece.count) / 4 * 3)
    for character in piece {
      rest.append(character)
      guard rest.count == 4 else { continue }
      guard let decoded = Base64.decoded(String(decoding: rest, as: UTF8.self)) else {
        throw .malformedBase64
      }
      bytes += decoded
      rest.removeAll(keepingCapacity: true)
    }
    return bytes
  }

  /// It ended within four characters.
  var isInside: Bool { !rest.isEmpty }
}

extension Failure {
  static let malformedBase64 = Failure(
    .invalidArgument, reason: .malformedRequest, "The body is said to be Base64, and is none.")
}
