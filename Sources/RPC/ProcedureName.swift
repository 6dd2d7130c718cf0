/// `package.Service/Method`, as every wire spells it.
public struct ProcedureName: Hashable, Sendable, CustomStringConvertible {
  /// Package and service, for example `grpc.health.v1.Health`.
  public let service: String
  public let method: String

  /// - Parameter name: exactly one `/` with something on either side. Names come from the program's text,
  ///   so another shape is a programmer's fault and stops the program.
  public init(_ name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    precondition(
      parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty,
      "'\(name)' is no procedure name: write package.Service/Method"
    )
    self.service = String(parts[0])
    self.method = String(parts[1])
  }

  public var description: String { "\(service)/\(method)" }
}
