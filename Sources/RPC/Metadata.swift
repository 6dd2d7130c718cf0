/// What a caller sends beside its request: pairs in the order of the wire; a key may repeat.
public struct Metadata: Sendable, Hashable {
  public var pairs: [Pair]

  public struct Pair: Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(_ pairs: [Pair] = []) { self.pairs = pairs }

  /// The value of the first pair with that name; upper and lower case ASCII letters are the same.
  public func first(named name: String) -> String? {
    pairs.first { Self.isSame($0.key, name) }?.value
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.elementsEqual(other.utf8) { lowercased($0) == lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension Metadata: RandomAccessCollection {
  public var startIndex: Int { pairs.startIndex }
  public var endIndex: Int { pairs.endIndex }
  public subscript(position: Int) -> (key: String, value: String) {
    (pairs[position].key, pairs[position].value)
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
