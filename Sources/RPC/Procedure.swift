/// A procedure of the table, as the contract test and reflection see it.
public struct Procedure: Sendable {
  public enum Kind: Sendable, Hashable {
    /// One request, one response.
    case unary
    /// One request, any number of responses.
    case serverStreaming
    /// Any number of requests, one response. Not every wire carries it.
    case clientStreaming
    /// Any number of both. Not every wire carries it.
    case bidirectional
  }

  public let name: ProcedureName
  public let kind: Kind
  /// It only reads: callers may repeat it, and ask by HTTP GET.
  public let isSideEffectFree: Bool
  public let access: any AccessRule
  /// The full protobuf names of the message types, for example `google.protobuf.StringValue`.
  public let requestType: String
  public let responseType: String
}
