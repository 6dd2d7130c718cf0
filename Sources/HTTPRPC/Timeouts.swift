import RPC

/// How long a caller waits, as it says it in a header field.
enum Timeouts {
  /// gRPC's `grpc-timeout`: one to eight digits and a unit. Longer than 292 years is for ever.
  static func grpc(_ text: String) throws(Failure) -> Duration {
    let digits = text.utf8.dropLast()
    guard (1...8).contains(digits.count), let nanoseconds = nanoseconds(of: text.utf8.last),
      let value = number(digits)
    else {
      throw .malformedField("grpc-timeout", text, "1 to 8 digits and one of H, M, S, m, u, n")
    }
    let (product, isTooLong) = value.multipliedReportingOverflow(by: nanoseconds)
    return .nanoseconds(isTooLong ? Int64.max : product)
  }

  /// Connect's `connect-timeout-ms`: one to ten digits.
  static func connect(_ text: String) throws(Failure) -> Duration {
    guard (1...10).contains(text.utf8.count), let value = number(text.utf8) else {
      throw .malformedField("connect-timeout-ms", text, "1 to 10 digits")
    }
    return .milliseconds(value)
  }

  private static func nanoseconds(of unit: UInt8?) -> Int64? {
    switch unit {
    case UInt8(ascii: "H"): 3_600_000_000_000
    case UInt8(ascii: "M"): 60_000_000_000
    case UInt8(ascii: "S"): 1_000_000_000
    case UInt8(ascii: "m"): 1_000_000
    case UInt8(ascii: "u"): 1_000
    case UInt8(ascii: "n"): 1
    default: nil
    }
  }

  private static func number(_ digits: some Sequence<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
  }
}

extension Failure {
  /// A header field that cannot be read.
  static func malformedField(_ name: String, _ value: String, _ wanted: String) -> Failure {
    Failure(
      .invalidArgument, reason: .malformedRequest,
      "The field \(name) is '\(value.prefix(64))'; write \(wanted).")
  }
}
