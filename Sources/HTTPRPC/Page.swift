/// Something that is made anew each time that it is asked for, as the state of a server.
public struct Page: Sendable {
  /// HTTP's, e.g. 200.
  public var status: Int
  public var contentType: String
  public var body: String

  public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", _ body: String) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  var answer: PlainAnswer {
    PlainAnswer(
      status: status,
      fields: [Field("content-type", contentType), Field("cache-control", "no-store")], body: Array(body.utf8)
    )
  }
}
