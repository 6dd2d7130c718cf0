import RPC

/// Which pages of other origins may call from a browser, as the Fetch standard lets a server say it. Without any,
/// browsers keep all of them away.
public struct CORS: Sendable, Hashable {
  /// Where pages come from.
  public enum Origins: Sendable, Hashable {
    /// As browsers write them: `https://desk.example.org`, in small letters and without a slash at the end; with the
    /// port where it is not the usual one.
    case these(Set<String>)
    /// Every page. Callers prove themselves by what they send, and cookies are never asked for, so this shows a page
    /// nothing that its reader could not fetch without it.
    case all
  }

  /// Whose pages may call. They are compared letter by letter.
  public var origins: Origins

  /// - Parameter origins: without any, no page of another origin may call.
  public init(_ origins: Origins = .these([])) { self.origins = origins }

  /// How long a browser need not ask again, in seconds. None remembers for longer.
  private static let maximumAge = "7200"
  /// What the three protocols send, and who calls.
  private static let allowedHeaders = """
    authorization, content-type, content-encoding, connect-protocol-version, connect-timeout-ms, \
    connect-accept-encoding, connect-content-encoding, grpc-timeout, grpc-encoding, grpc-accept-encoding, \
    x-grpc-web, x-user-agent
    """
  /// What a page may read of an answer.
  private static let exposedHeaders = """
    content-encoding, connect-content-encoding, connect-accept-encoding, grpc-status, grpc-message, \
    grpc-status-details-bin, grpc-encoding
    """

  /// Fields of every answer to a request.
  func fields(for head: RequestHead) -> [Field] {
    guard let origin = allowed(head) else {
      // Other pages may read it, so a cache must not take this answer for theirs.
      return head.method == .get && origins != .these([]) ? [Field("vary", "origin")] : []
    }
    return [
      Field("access-control-allow-origin", origin),
      Field("access-control-expose-headers", Self.exposedHeaders),
      Field("vary", "origin"),
    ]
  }

  /// The answer to a browser that asks before it calls; `nil` for other requests.
  func preflight(_ head: RequestHead) -> PlainAnswer? {
    guard head.method == .options, head.fields.first(named: "access-control-request-method") != nil else {
      return nil
    }
    guard let origin = allowed(head) else {
      return PlainAnswer(status: 403, fields: [Field("vary", "origin")])
    }
    return PlainAnswer(
      status: 204,
      fields: [
        Field("access-control-allow-origin", origin), Field("access-control-allow-methods", "GET, POST"),
        Field("access-control-allow-headers", Self.allowedHeaders),
        Field("access-control-max-age", Self.maximumAge), Field("vary", "origin"),
      ])
  }

  private func allowed(_ head: RequestHead) -> String? {
    guard origins != .these([]), let origin = head.fields.first(named: "origin") else { return nil }
    switch origins {
    case .all: return "*"
    case .these(let known): return known.contains(origin) ? origin : nil
    }
  }
}
