public import SwiftProtobuf

/// A failure as `google.rpc.Status`: what wires send, and what is stored to repeat an answer.
extension Failure {
  /// The failure as an encoded `google.rpc.Status`.
  ///
  /// - Parameter domain: whose reasons these are; goes into `ErrorInfo.domain`. Empty: there is no `ErrorInfo`.
  public func encodedStatus(domain: String) -> [UInt8] {
    var status = Google_Rpc_Status()
    status.code = code.rawValue
    status.message = message
    status.details = details(domain: domain)
    return Self.encoded(status)
  }

  /// The failure that an encoded `google.rpc.Status` tells of; `nil` when the bytes are no status, or say
  /// success. A code outside the canonical ones reads as `UNKNOWN`.
  public init?(encodedStatus: [UInt8]) {
    guard let status = try? Google_Rpc_Status(serializedBytes: encodedStatus), status.code != 0 else {
      return nil
    }
    self.init(Code(rawValue: status.code) ?? .unknown, reason: .unspecified, status.message)
    for detail in status.details {
      if let info = try? Google_Rpc_ErrorInfo(unpackingAny: detail) {
        if !info.reason.isEmpty { reason = Reason(rawValue: info.reason) }
        metadata = info.metadata
      } else if let badRequest = try? Google_Rpc_BadRequest(unpackingAny: detail) {
        violations = badRequest.fieldViolations.map {
          Violation(field: $0.field, description: $0.description_p)
        }
      } else if let retry = try? Google_Rpc_RetryInfo(unpackingAny: detail) {
        retryDelay = Duration(
          secondsComponent: retry.retryDelay.seconds,
          attosecondsComponent: Int64(retry.retryDelay.nanos) * 1_000_000_000
        )
      } else {
        details.append(Self.encoded(detail))
      }
    }
  }

  /// Adds a message of any type to what the caller is told. One that is packed already, as `google.protobuf.Any`, goes
  /// out as it is.
  public mutating func add(detail: some SwiftProtobuf.Message) {
    details.append(Self.encoded((detail as? Google_Protobuf_Any) ?? Self.packed(detail)))
  }

  /// There is more to tell than code and message.
  ///
  /// - Parameter domain: as that of `encodedStatus`.
  package func hasDetails(domain: String) -> Bool { !details(domain: domain).isEmpty }

  /// What the caller is told besides code and message.
  ///
  /// - Parameter domain: as that of `encodedStatus`.
  package func packedDetails(domain: String) -> [(type: String, value: [UInt8])] {
    details(domain: domain).map { (String($0.typeURL.split(separator: "/").last ?? ""), [UInt8]($0.value)) }
  }

  /// The same as it stands in `google.rpc.Status`.
  private func details(domain: String) -> [Google_Protobuf_Any] {
    var packed: [Google_Protobuf_Any] = []
    if !domain.isEmpty, reason != .unspecified || !metadata.isEmpty {
      var info = Google_Rpc_ErrorInfo()
      info.reason = reason.rawValue
      info.domain = domain
      info.metadata = metadata
      packed.append(Self.packed(info))
    }
    if !violations.isEmpty {
      var badRequest = Google_Rpc_BadRequest()
      badRequest.fieldViolations = violations.map { violation in
        var field = Google_Rpc_BadRequest.FieldViolation()
        field.field = violation.field
        field.description_p = violation.description
        return field
      }
      packed.append(Self.packed(badRequest))
    }
    if let retryDelay {
      var retry = Google_Rpc_RetryInfo()
      retry.retryDelay = Google_Protobuf_Duration(clamping: retryDelay)
      packed.append(Self.packed(retry))
    }
    return packed + details.compactMap { try? Google_Protobuf_Any(serializedBytes: $0) }
  }

  private static func packed(_ message: some SwiftProtobuf.Message) -> Google_Protobuf_Any {
    do {
      return try Google_Protobuf_Any(message: message)
    } catch {
      preconditionFailure("google.rpc messages always encode: \(error)")
    }
  }

  /// Encoding these messages cannot fail: no required fields, and strings are valid UTF-8 by type.
  private static func encoded(_ message: some SwiftProtobuf.Message) -> [UInt8] {
    do {
      return try message.serializedBytes()
    } catch {
      preconditionFailure("google.rpc messages always encode: \(error)")
    }
  }
}

extension Google_Protobuf_Duration {
  /// Bounds of the published type: ±315,576,000,000 s (10,000 years). Longer delays are cut to that.
  fileprivate init(clamping duration: Duration) {
    let bound: Int64 = 315_576_000_000
    let (seconds, attoseconds) = duration.components
    let inRange = min(max(seconds, -bound), bound)
    self.init(seconds: inRange, nanos: inRange == seconds ? Int32(attoseconds / 1_000_000_000) : 0)
  }
}
