import RPC
import SwiftProtobuf

/// What Connect says in JSON: how a call failed, and how a stream ended.
enum ConnectBody {
  /// The body of a unary call that failed.
  static func error(_ failure: Failure, domain: String) -> [UInt8] {
    encoded(object(failure, domain))
  }

  /// The last message of a stream.
  static func end(_ failure: Failure?, trailers: Metadata, domain: String) -> [UInt8] {
    var end = Google_Protobuf_Struct()
    if let failure { end.fields["error"] = .init(structValue: object(failure, domain)) }
    if !trailers.isEmpty {
      var metadata = Google_Protobuf_Struct()
      for (name, value) in trailers {
        var values = metadata.fields[name]?.listValue ?? .init()
        values.values.append(.init(stringValue: value))
        metadata.fields[name] = .init(listValue: values)
      }
      end.fields["metadata"] = .init(structValue: metadata)
    }
    return encoded(end)
  }

  private static func object(_ failure: Failure, _ domain: String) -> Google_Protobuf_Struct {
    var error = Google_Protobuf_Struct()
    error.fields["code"] = .init(stringValue: failure.code.connectName)
    if !failure.message.isEmpty { error.fields["message"] = .init(stringValue: failure.message) }
    let details = failure.packedDetails(domain: domain).map { detail -> Google_Protobuf_Value in
      var object = Google_Protobuf_Struct()
      object.fields["type"] = .init(stringValue: detail.type)
      object.fields["value"] = .init(stringValue: Base64.encoded(detail.value))
      return .init(structValue: object)
    }
    if !details.isEmpty {
      var list = Google_Protobuf_ListValue()
      list.values = details
      error.fields["details"] = .init(listValue: list)
    }
    return error
  }

  /// Objects of text only cannot fail to encode.
  private static func encoded(_ object: Google_Protobuf_Struct) -> [UInt8] {
    var options = JSONEncodingOptions()
    options.useDeterministicOrdering = true
    do {
      return try object.jsonUTF8Bytes(options: options)
    } catch {
      preconditionFailure("text always encodes: \(error)")
    }
  }
}
