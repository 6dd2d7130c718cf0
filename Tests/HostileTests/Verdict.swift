import RPC

/// What the contract lets a server answer to something hostile.
struct Verdict {
  let template: Template
  /// The field that was changed; `nil` where the whole request was.
  let field: Schema.Field?
  /// Every field of the request.
  let fields: [Schema.Field]

  /// Violations that name another field than the one that was changed, because only the two together are wrong.
  private static let related: [String: Set<String>] = [
    "tablet_id": ["session_id"],
    "from_date": ["to_date"],
    "dealer_name": ["dealer_id"],
    "check_in.send_from": ["check_in.send_to"],
    "work_order_id": ["include_withdrawn"],
    "limits": ["limits.warning_seconds"],
    "limits.end_seconds": ["limits.warning_seconds"],
    "reports.outcome": ["reports.event", "reports.command_sequence"],
    "reports.event": ["reports.command_sequence"],
  ]

  /// Of these only letters and digits are looked at and kept.
  private static let normalized: Set<String> = ["work_order.vehicle.plate"]

  /// Failures of the request as a whole: no field of it is to blame.
  private static let wholeRequest: Set<Failure.Reason> = [.malformedRequest, "REQUEST_ID_REUSED"]

  /// What is wrong with an answer; `nil` when it is as the contract says.
  func fault(in answer: RawConnection.Answer, to expectation: HostileCase.Expectation) -> String? {
    switch answer {
    case .hung: "no answer within \(RawConnection.patience)"
    case .lost: "the connection was lost"
    case .response, .stream: isTakenWrongly(expectation) ? "taken, and should be refused" : nil
    case .failure(let failure): fault(in: failure, to: expectation).map { "\($0): \(failure)" }
    }
  }

  private func isTakenWrongly(_ expectation: HostileCase.Expectation) -> Bool {
    switch expectation {
    case .malformed: true
    case .refused: field.map { !template.takesNoNotice(of: $0) } ?? true
    case .refusedWhereKept:
      field.map { !template.takesNoNotice(of: $0) && !Self.normalized.contains($0.name) } ?? true
    case .foreign: true
    case .either: false
    }
  }

  private func fault(in failure: Failure, to expectation: HostileCase.Expectation) -> String? {
    if let fault = Self.unclear(failure) { return fault }
    let isMalformed = failure.reason == .malformedRequest && failure.code == .invalidArgument
    if case .malformed = expectation { return isMalformed ? nil : "malformed bytes were read" }
    if isMalformed { return "well-formed bytes were called malformed" }
    guard failure.code == .invalidArgument, !Self.wholeRequest.contains(failure.reason) else { return nil }
    return faultInViolations(of: failure)
  }

  /// What is wrong with any failure that says too little, or is the server's own.
  static func unclear(_ failure: Failure) -> String? {
    switch failure.code {
    case .internal, .unknown, .dataLoss, .unimplemented: return "the server's own failure"
    default: break
    }
    guard failure.reason.rawValue.wholeMatch(of: /[A-Z][A-Z0-9]*(_[A-Z0-9]+)*/) != nil,
      failure.reason != .unspecified, failure.reason != "STORAGE_FAILED"
    else { return "no reason for programs" }
    return failure.message.isEmpty ? "no message for people" : nil
  }

  private func faultInViolations(of failure: Failure) -> String? {
    guard !failure.violations.isEmpty else { return "no field is named" }
    let names = Set(fields.map(\.name) + Self.oneofs)
    var isNamed = field == nil
    for violation in failure.violations {
      let path = violation.field.replacing(/\[\d+\]/, with: "")
      guard names.contains(path) else { return "there is no field '\(path)'" }
      guard !violation.description.isEmpty else { return "'\(path)' is wrong, but not why" }
      guard let field else { continue }
      isNamed =
        isNamed || path == field.name || path.hasPrefix(field.name + ".") || field.name.hasPrefix(path + ".")
        || Self.related[field.name]?.contains(path) == true || Self.oneofs.contains(path)
    }
    return isNamed ? nil : "another field is blamed"
  }

  /// Names under which several fields are one.
  private static let oneofs = ["credential"]
}
