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
          let pair = PackedPairs.pair(in: bytes, at: position)
          if Self.isSame(pair.key, UnsafeRawBufferPointer(name)), suits(pair.value) { return true }
          position = pair.end
        }
        return false
      }
    }
  }

  private static func isSame(_ key: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) -> Bool {
    guard key.count == name.count else { return false }
    for position in 0..<key.count where lowercased(key[position]) != lowercased(name[position]) {
      return false
    }
    return true
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension Metadata: Collection {
  public var endIndex: Int { packed.bytes.count }

  public func index(after position: Int) -> Int {
    packed.bytes.withUnsafeBytes { PackedPairs.pair(in: $0, at: position).end }
  }

  public subscript(position: Int) -> (key: String, value: String) {
    packed.bytes.withUnsafeBytes { bytes in
      let pair = PackedPairs.pair(in: bytes, at: position)
      return (String(decoding: pair.key, as: UTF8.self), String(decoding: pair.value, as: UTF8.self))
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
    appendLengths(key, value)
    bytes.append(contentsOf: key.utf8)
    bytes.append(contentsOf: value.utf8)
  }

  /// The same, with the key's ASCII letters as small ones.
  package mutating func append(lowercasing key: String, _ value: String) {
    appendLengths(key, value)
    let start = bytes.count
    bytes.append(contentsOf: key.utf8)
    for position in start..<bytes.count
    where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[position]) {
      bytes[position] |= 0x20
    }
    bytes.append(contentsOf: value.utf8)
  }

  private mutating func appendLengths(_ key: String, _ value: String) {
    withUnsafeBytes(of: UInt32(key.utf8.count)) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(value.utf8.count)) { bytes.append(contentsOf: $0) }
  }

  /// The pair that begins at `start`, and where the next begins.
  package static func pair(
    in bytes: UnsafeRawBufferPointer, at start: Int
  ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, end: Int) {
    let keyBytes = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    let valueBytes = Int(bytes.loadUnaligned(fromByteOffset: start + lengthBytes, as: UInt32.self))
    let key = start + 2 * lengthBytes
    let value = key + keyBytes
    let end = value + valueBytes
    return (.init(rebasing: bytes[key..<value]), .init(rebasing: bytes[value..<end]), end)
  }
}
