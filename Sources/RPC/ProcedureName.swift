/// `package.Service/Method`, as every wire spells it.
public struct ProcedureName: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  private let slash: String.Index

  /// Package and service, for example `grpc.health.v1.Health`.
  public var service: Substring { description[..<slash] }
  public var method: Substring { description[description.index(after: slash)...] }

  /// - Parameter name: exactly one `/` with something on either side. Names come from the program's text,
  ///   so another shape is a programmer's fault and stops the program.
  public init(_ name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    precondition(
      parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty,
      "'\(name)' is no procedure name: write package.Service/Method"
    )
    self.description = name
    self.slash = parts[0].endIndex
  }
}
