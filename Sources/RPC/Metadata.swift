/// What a caller sends beside its request: pairs in the order of the wire; a key may repeat.
///
/// They stay packed as they came, and are read where they lie: most calls ask for one of them, or for none.
public struct Metadata: Sendable {
  private var packed = PackedPairs()
  /// Where the first pair begins: what stands before belongs to the wire.
  public let startIndex: Int

  public struct Pair: Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(_ pairs: [Pair] = []) {
    startIndex = 0
    for pair in pairs { append(key: pair.key, value: pair.value) }
  }

  /// - Parameter start: of a pair.
  package init(_ packed: PackedPairs, from start: Int) {
    self.packed = packed
    startIndex = start
  }

  public mutating func append(key: String, value: String) { packed.append(key, value) }

  /// The value of the first pair with that name; upper and lower case ASCII letters are the same.
  public func first(named name: String) -> String? {
    value(named: name) { String(decoding: $0, as: UTF8.self) }
  }

  /// The same as bytes, which last as long as `body`.
  @inlinable
  package func value<R>(named name: String, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
    var result: R?
    _ = hasValue(named: name) {
      result = body($0)
      return true
    }
    return result
  }

  /// Whether any pair with that name has a value, as bytes, that suits.
  @usableFromInline
  package func hasValue(named name: String, where suits: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    var name = name
    return name.withUTF8 { name in
      packed.bytes.withUnsafeBytes { bytes in
        var position = startIndex
        while position < bytes.count {
          let pair = PackedPairs.Place(in: bytes, at: position)
          if pair.keyBytes == name.count, Self.isSame(pair.key(in: bytes), name), suits(pair.value(in: bytes))
          {
            return true
          }
          position = pair.end
        }
        return false
      }
    }
  }

  /// - Precondition: both are of one length.
  private static func isSame(_ key: UnsafeRawBufferPointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    for (byte, other) in zip(key, name) where byte != other && lowercased(byte) != lowercased(other) {
      return false
    }
    return true
  }

  fileprivate static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension Metadata: Collection {
  public var endIndex: Int { packed.bytes.count }

  public func index(after position: Int) -> Int {
    packed.bytes.withUnsafeBytes { PackedPairs.Place(in: $0, at: position).end }
  }

  public subscript(position: Int) -> (key: String, value: String) {
    packed.bytes.withUnsafeBytes { bytes in
      let pair = PackedPairs.Place(in: bytes, at: position)
      return (
        String(decoding: pair.key(in: bytes), as: UTF8.self),
        String(decoding: pair.value(in: bytes), as: UTF8.self)
      )
    }
  }
}

extension Metadata: Hashable {
  public static func == (left: Metadata, right: Metadata) -> Bool { left.elementsEqual(right, by: ==) }

  public func hash(into hasher: inout Hasher) {
    for (key, value) in self {
      hasher.combine(key)
      hasher.combine(value)
    }
  }
}

extension Metadata: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  public init(arrayLiteral elements: (key: String, value: String)...) {
    self.init(elements.map { Pair(key: $0.key, value: $0.value) })
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements.map { Pair(key: $0.0, value: $0.1) })
  }
}

/// Pairs of texts in one piece of memory: of each the lengths of key and value, four bytes each, then both.
package struct PackedPairs: Sendable {
  package private(set) var bytes: [UInt8]

  private static let lengthBytes = 4

  package init() { bytes = [] }

  /// - Parameter bytes: packed as this is.
  package init(copying bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

  package mutating func append(_ key: String, _ value: String) {
    var (key, value) = (key, value)
    key.withUTF8 { key in
      value.withUTF8 { append(UnsafeRawBufferPointer(key), UnsafeRawBufferPointer($0)) }
    }
  }

  package mutating func append(_ key: StaticString, _ value: UnsafeRawBufferPointer) {
    key.withUTF8Buffer { append(UnsafeRawBufferPointer($0), value) }
  }

  /// The same, with the key's ASCII letters as small ones.
  package mutating func append(lowercasing key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    let start = bytes.count + 2 * Self.lengthBytes
    append(key, value)
    bytes.withUnsafeMutableBytes { bytes in
      for position in start..<start + key.count { bytes[position] = Metadata.lowercased(bytes[position]) }
    }
  }

  private mutating func append(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: (UInt32(key.count), UInt32(value.count))) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: key)
    bytes.append(contentsOf: value)
  }

  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Where a pair lies.
  package struct Place {
    private let start: Int
    let keyBytes: Int
    /// Where the next begins.
    package let end: Int

    package init(in bytes: UnsafeRawBufferPointer, at position: Int) {
      keyBytes = Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      let valueBytes = bytes.loadUnaligned(fromByteOffset: position + lengthBytes, as: UInt32.self)
      start = position + 2 * lengthBytes
      end = start + keyBytes + Int(valueBytes)
    }

    package func key(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[start..<start + keyBytes])
    }

    package func value(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[start + keyBytes..<end])
    }
  }
}
