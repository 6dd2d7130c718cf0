import Domain
import RPC

/// Checks what people typed; every fault is collected, so that one answer names them all.
struct Form {
  private var violations: [Failure.Violation] = []

  init() {}

  var hasFaults: Bool { !violations.isEmpty }

  /// A text without white space at its ends, 1 to `maximum` characters; or none, where it is not required.
  mutating func text(
    _ typed: String, _ field: String, maximum: Int, isRequired: Bool = true, mayHaveLines: Bool = false
  ) -> String {
    let text = typed.trimmed
    if let fault = text.fault(maximum: maximum, isRequired: isRequired, mayHaveLines: mayHaveLines) {
      violations.append(.init(field: field, description: fault))
    }
    return text
  }

  mutating func value<Value>(_ value: Value?, _ field: String, _ description: String) -> Value? {
    require(value != nil, field, description)
    return value
  }

  mutating func require(_ holds: Bool, _ field: String, _ description: String) {
    if !holds { violations.append(.init(field: field, description: description)) }
  }

  func check() throws(Failure) {
    if !violations.isEmpty { throw .invalid(violations) }
  }

  /// Why something is done by hand: always asked, always kept.
  static func reason(_ typed: String) throws(Failure) -> String {
    var form = Form()
    let reason = form.text(
      typed, "reason", maximum: AdminService.maximumReasonCharacters, mayHaveLines: true)
    try form.check()
    return reason
  }
}
