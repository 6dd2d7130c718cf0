import Domain
import RPC

/// One page of a list, as its request asks for it.
///
/// The token is a place in the order of ids, which only grow: what is made between two pages comes on a later one,
/// and nothing comes twice. To callers it is opaque.
struct Page {
  static let defaultSize = 100
  static let maximumSize = 500

  /// Base 36: letters and digits.
  private static let radix = 36

  private let list: String
  private let size: Int
  private let after: Int64

  /// - Parameter list: what tells its tokens from those of other lists.
  init(of list: String, size: Int32, token: String) throws(Failure) {
    var form = Form()
    form.require(
      (0...Self.maximumSize).contains(Int(size)), "page_size",
      "1 to \(Self.maximumSize), or 0 for \(Self.defaultSize)")
    let after = form.value(
      token.isEmpty ? 0 : Self.place(in: token, of: list), "page_token",
      "the next_page_token of an earlier page of this list, or nothing")
    try form.check()
    self.list = list
    self.size = size == 0 ? Self.defaultSize : Int(size)
    self.after = after ?? 0
  }

  /// The things of this page, and the token of the next; empty where nothing follows.
  ///
  /// - Parameters:
  ///   - read: the things whose ids are greater than the first number, in the order of their ids; as many as the
  ///     second number says, or all there are.
  ///   - isWanted: others are passed over.
  func items<Subject, Item>(
    id: (Item) -> Identifier<Subject>, where isWanted: (Item) -> Bool = { _ in true },
    _ read: (_ after: Identifier<Subject>, _ limit: Int) throws -> [Item]
  ) rethrows -> (items: [Item], nextToken: String) {
    var items: [Item] = []
    var place = Identifier<Subject>(rawValue: after)
    while true {
      let batch = try read(place, size + 1)
      for item in batch {
        if isWanted(item) {
          guard items.count < size else { return (items, token(of: place.rawValue)) }
          items.append(item)
        }
        place = id(item)
      }
      if batch.count <= size { return (items, "") }
    }
  }

  private func token(of place: Int64) -> String { "\(list).\(String(place, radix: Self.radix))" }

  private static func place(in token: String, of list: String) -> Int64? {
    guard token.hasPrefix(list + ".") else { return nil }
    let digits = token.dropFirst(list.count + 1)
    guard let place = Int64(digits, radix: radix), place > 0, String(place, radix: radix) == digits else {
      return nil
    }
    return place
  }
}
