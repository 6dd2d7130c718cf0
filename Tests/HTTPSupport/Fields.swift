/// Header or trailer fields, in their order. Names are lower case.
package struct Fields: Sendable, ExpressibleByArrayLiteral {
  package struct Field: Sendable, Hashable {
    package let name: String
    package let value: String
  }

  package private(set) var all: [Field] = []

  package init() {}

  package init(arrayLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  package mutating func append(_ name: String, _ value: String) {
    all.append(Field(name: name, value: value))
  }

  /// The first value of that name.
  package subscript(_ name: String) -> String? { all.first { $0.name == name }?.value }

  package func values(_ name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }

  package static func + (left: Fields, right: Fields) -> Fields {
    var sum = left
    sum.all += right.all
    return sum
  }
}

/// A whole answer.
package struct HTTPAnswer: Sendable {
  package var status: Int
  package var fields: Fields
  package var body: [UInt8] = []
  package var trailers = Fields()

  package var text: String { String(decoding: body, as: UTF8.self) }
}

/// The connection ended before what was waited for.
package struct ConnectionEnded: Error {
  package init() {}
}

/// A request, and its answer as it comes.
package protocol HTTPPeer: AnyObject {
  /// - Parameter body: all of it; `nil` sends none.
  func ask(_ method: String, _ target: String, _ fields: Fields, body: [UInt8]?) async throws
  /// Status and fields of the answer.
  func head() async throws -> HTTPAnswer
  /// The next bytes of the answer's body; `nil` after the last.
  func nextPiece() async throws -> [UInt8]?
  /// After the last piece.
  var trailers: Fields { get }
}

extension HTTPPeer {
  package func answer() async throws -> HTTPAnswer {
    var answer = try await head()
    while let piece = try await nextPiece() { answer.body += piece }
    answer.trailers = trailers
    return answer
  }

  /// POSTs a request, and waits for the whole answer.
  package func asking(
    _ target: String, _ fields: Fields = [], body: [UInt8]? = nil
  ) async throws -> HTTPAnswer {
    try await asking("POST", target, fields, body: body)
  }

  package func asking(
    _ method: String, _ target: String, _ fields: Fields = [], body: [UInt8]? = nil
  ) async throws -> HTTPAnswer {
    try await ask(method, target, fields, body: body)
    return try await answer()
  }
}
