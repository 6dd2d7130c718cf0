public import SwiftProtobuf

/// How the messages of a call are written.
@usableFromInline
package enum Codec: Sendable {
  /// Protobuf's own encoding.
  case binary
  /// Its mapping to JSON. Fields that are not known are skipped, as binary skips them.
  case json
}

extension SwiftProtobuf.Message {
  /// Decodes a request where it lies.
  @inlinable
  init(borrowing payload: UnsafeRawBufferPointer, as codec: Codec) throws {
    do {
      switch codec {
      case .binary: try self.init(serializedBytes: BorrowedBytes(payload))
      case .json: self = try Self.fromJSON(payload)
      }
    } catch {
      throw Failure.malformed(Self.protoMessageName, payload.count, codec)
    }
  }

  @inlinable
  func encoded(as codec: Codec) throws -> [UInt8] {
    switch codec {
    case .binary: try serializedBytes()
    case .json: try jsonUTF8Bytes()
    }
  }

  /// Encodes a message for as long as `body` runs.
  @inlinable
  func withEncoded<R>(as codec: Codec, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    let bytes: EncodedBytes =
      switch codec {
      case .binary: try serializedBytes()
      case .json: try jsonUTF8Bytes()
      }
    return try bytes.withUnsafeBytes(body)
  }

  @usableFromInline
  static func fromJSON(_ payload: UnsafeRawBufferPointer) throws -> Self {
    var options = JSONDecodingOptions()
    options.ignoreUnknownFields = true
    return try Self(jsonUTF8Bytes: BorrowedBytes(payload), options: options)
  }
}

extension Failure {
  @usableFromInline
  static func malformed(_ type: String, _ count: Int, _ codec: Codec) -> Failure {
    let form =
      switch codec {
      case .binary: "valid"
      case .json: "valid JSON of a"
      }
    return Failure(
      .invalidArgument, reason: .malformedRequest, "The request's \(count) bytes are no \(form) \(type).")
  }
}
