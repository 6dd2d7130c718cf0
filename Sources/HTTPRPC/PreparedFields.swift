import CHTTP2
import NIOHTTP1
import RPC

/// Fields that are the same in many answers, made once for each version of HTTP. They last as long as the program.
final class PreparedFields: Sendable {
  let headers: HTTPHeaders
  // SAFETY: written once, before it is shared; HTTP/2 only reads it.
  nonisolated(unsafe) let block: OpaquePointer

  /// - Parameter status: `nil` for trailers.
  init(status: Int?, _ fields: [Field]) {
    headers = HTTPHeaders(fields.map { ($0.name, $0.value) })
    var scratch = FieldScratch()
    block = scratch.fill(status, fields) { fields, count in
      guard let block = ch2_block_new(fields, count) else { preconditionFailure("no memory for fields") }
      return block
    }
  }

  deinit { ch2_block_free(block) }
}

extension PreparedFields {
  /// gRPC's trailers of a call that went well.
  static let success = PreparedFields(status: nil, [Field("grpc-status", "0")])

  /// The head of an answer to which its handler has added nothing.
  static func head(_ answer: Answer, isGzip: Bool) -> PreparedFields {
    heads[place(answer.dialect, takesGzip: answer.takesGzip, isGzip: isGzip)]
  }

  private static let heads: [PreparedFields] = {
    var heads: [Int: PreparedFields] = [:]
    for form in Dialect.Form.allCases {
      for codec in [Codec.binary, .json] {
        for (takesGzip, isGzip) in [(false, false), (false, true), (true, false), (true, true)] {
          let dialect = Dialect(form, codec)
          let fields = Answer(dialect: dialect, domain: "", takesGzip: takesGzip).headFields(isGzip: isGzip)
          heads[place(dialect, takesGzip: takesGzip, isGzip: isGzip)] = PreparedFields(status: 200, fields)
        }
      }
    }
    return heads.sorted { $0.key < $1.key }.map(\.value)
  }()

  private static func place(_ dialect: Dialect, takesGzip: Bool, isGzip: Bool) -> Int {
    dialect.form.rawValue << 3 | (dialect.codec == .json ? 4 : 0) | (takesGzip ? 2 : 0) | (isGzip ? 1 : 0)
  }
}

/// Fields as HTTP/2's session takes them. Their memory is used again.
struct FieldScratch {
  private var bytes: [UInt8] = []
  private var fields: [ch2_field] = []

  /// - Parameter status: comes first; `nil` for trailers.
  mutating func fill<R>(
    _ status: Int?, _ list: [Field], _ body: (UnsafePointer<ch2_field>?, Int) -> R
  ) -> R {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    if let status { append(":status", String(status)) }
    for field in list { append(field.name, field.value) }
    return bytes.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      for index in fields.indices {
        fields[index].name.start = next
        next = next.map { $0 + fields[index].name.count }
        fields[index].value.start = next
        next = next.map { $0 + fields[index].value.count }
      }
      return fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }

  private mutating func append(_ name: String, _ value: String) {
    bytes += name.utf8
    bytes += value.utf8
    fields.append(
      ch2_field(
        name: ch2_bytes(start: nil, count: name.utf8.count),
        value: ch2_bytes(start: nil, count: value.utf8.count)))
  }
}
