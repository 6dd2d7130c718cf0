import NIOCore

/// ttrpc's frame: ten bytes of header, then the data.
///
/// `u32be length of the data | u32be stream id | u8 type | u8 flags`. Pure: bytes in, frames out.
struct Frame: Equatable {
  static let headerBytes = 10

  enum Kind: UInt8 {
    case request = 1
    case response = 2
    case data = 3
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// The sender says no more on this stream.
    static let remoteClosed = Flags(rawValue: 1 << 0)
    /// The sender has more to say on this stream.
    static let remoteOpen = Flags(rawValue: 1 << 1)
    /// A data frame that carries no message, which is not an empty message.
    static let noData = Flags(rawValue: 1 << 2)
  }

  struct Header: Equatable {
    var length: Int
    var streamID: UInt32
    /// As it stands on the wire: a type that this side does not know is skipped.
    var type: UInt8
    var flags: Flags
  }

  var header: Header
  var data: ByteBuffer

  var streamID: UInt32 { header.streamID }
  var kind: Kind? { Kind(rawValue: header.type) }
  var flags: Flags { header.flags }
}

/// Cuts a stream of bytes into frames. Holds at most one unfinished frame beside what was read at once.
struct FrameDecoder {
  /// A frame that announces more data than allowed; found before its data is awaited.
  struct Oversized: Error, Equatable {
    let header: Frame.Header
  }

  private var buffer = ByteBuffer()

  /// Bytes of a frame that is not whole yet, or of frames not asked for yet.
  var bufferedBytes: Int { buffer.readableBytes }

  mutating func append(_ bytes: ByteBuffer) {
    if buffer.readableBytes == 0 {
      buffer = bytes
    } else {
      buffer.writeImmutableBuffer(bytes)
    }
  }

  /// The next whole frame. After `Oversized` the decoder is of no further use: where the next frame would
  /// begin is not waited for.
  ///
  /// - Parameter maximumLength: of a frame's data, in bytes.
  mutating func next(maximumLength: Int) throws(Oversized) -> Frame? {
    guard let header = peekHeader() else { return nil }
    guard header.length <= maximumLength else { throw Oversized(header: header) }
    guard buffer.readableBytes >= Frame.headerBytes + header.length else {
      if buffer.readerIndex > 0 { buffer.discardReadBytes() }
      return nil
    }
    buffer.moveReaderIndex(forwardBy: Frame.headerBytes)
    guard let data = buffer.readSlice(length: header.length) else { return nil }
    if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    return Frame(header: header, data: data)
  }

  /// Forgets everything, when the connection will be closed.
  mutating func discard() { buffer = ByteBuffer() }

  private func peekHeader() -> Frame.Header? {
    guard buffer.readableBytes >= Frame.headerBytes else { return nil }
    return buffer.withUnsafeReadableBytes { bytes in
      Frame.Header(
        length: Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))),
        streamID: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
        type: bytes[8],
        flags: Frame.Flags(rawValue: bytes[9])
      )
    }
  }
}

extension ByteBuffer {
  /// Writes the header of a frame whose data follows.
  mutating func writeFrameHeader(
    _ kind: Frame.Kind,
    streamID: UInt32,
    flags: Frame.Flags = [],
    length: Int
  ) {
    writeMultipleIntegers(UInt32(length), streamID, kind.rawValue, flags.rawValue)
  }

  /// Writes a whole frame of type data.
  mutating func writeDataFrame(_ message: UnsafeRawBufferPointer, streamID: UInt32) {
    writeFrameHeader(.data, streamID: streamID, length: message.count)
    writeBytes(message)
  }

  /// Writes the frame that ends a side of a stream without a message.
  mutating func writeEndFrame(streamID: UInt32) {
    writeFrameHeader(.data, streamID: streamID, flags: [.remoteClosed, .noData], length: 0)
  }
}
