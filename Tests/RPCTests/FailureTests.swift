import RPC
import SwiftProtobuf
import Testing

@Suite struct FailureTests {
  @Test func `A5 a failure with every detail comes back from the wire as it was`() {
    let failure = Failure(
      .resourceExhausted,
      reason: "NO_FREE_COMPARTMENT",
      "All 16 compartments are taken.",
      metadata: ["locker": "main entrance", "compartments": "16"],
      violations: [
        .init(field: "locker.name", description: "is full"), .init(field: "size", description: "too large"),
      ],
      retryDelay: .milliseconds(1500)
    )
    #expect(Failure(encodedStatus: failure.encodedStatus(domain: "example.org")) == failure)
  }

  @Test func `a detail that is packed already goes out as it is, and is not packed again`() throws {
    let text = Google_Protobuf_StringValue("more")
    var (plain, packed) = (Failure(.aborted, ""), Failure(.aborted, ""))
    plain.add(detail: text)
    packed.add(detail: try Google_Protobuf_Any(message: text))
    #expect(packed == plain)
    let details = packed.packedDetails(domain: "")
    #expect(details.map(\.type) == ["google.protobuf.StringValue"])
    #expect(details.map(\.value) == [try text.serializedBytes()])
    #expect(Failure(encodedStatus: packed.encodedStatus(domain: "d")) == plain)
  }

  @Test func `there are details where there is more to tell than code and message`() {
    let bare = Failure(.aborted, reason: .unspecified, "no")
    #expect(!bare.hasDetails(domain: "d"))
    let reasoned = Failure(.aborted, reason: "GONE", "no")
    #expect(reasoned.hasDetails(domain: "d"))
    #expect(!reasoned.hasDetails(domain: ""), "nobody's reasons are none")
    #expect(reasoned.packedDetails(domain: "d").map(\.type) == ["google.rpc.ErrorInfo"])
    let late = Failure(
      .aborted, "no", violations: [.init(field: "a", description: "b")], retryDelay: .seconds(1))
    #expect(
      late.packedDetails(domain: "").map(\.type) == ["google.rpc.BadRequest", "google.rpc.RetryInfo"])
  }

  @Test(arguments: Failure.Code.allCases)
  func `each code comes back as itself`(code: Failure.Code) {
    let failure = Failure(code, reason: "SOME_REASON", "text")
    #expect(Failure(encodedStatus: failure.encodedStatus(domain: "example.org")) == failure)
  }

  @Test func `the codes have the numbers and names that all wires share`() {
    let names = Failure.Code.allCases.map { "\($0.rawValue) \($0.name)" }
    #expect(
      names == [
        "1 CANCELLED", "2 UNKNOWN", "3 INVALID_ARGUMENT", "4 DEADLINE_EXCEEDED", "5 NOT_FOUND",
        "6 ALREADY_EXISTS", "7 PERMISSION_DENIED", "8 RESOURCE_EXHAUSTED", "9 FAILED_PRECONDITION",
        "10 ABORTED", "11 OUT_OF_RANGE", "12 UNIMPLEMENTED", "13 INTERNAL", "14 UNAVAILABLE",
        "15 DATA_LOSS", "16 UNAUTHENTICATED",
      ]
    )
  }

  @Test func `a plain failure is exactly these bytes`() {
    let bytes = Failure(.notFound, reason: "GONE", "no").encodedStatus(domain: "d")
    let info: [UInt8] = [0x0A, 4] + Array("GONE".utf8) + [0x12, 1] + Array("d".utf8)
    let url = Array("type.googleapis.com/google.rpc.ErrorInfo".utf8)
    let any: [UInt8] = [0x0A, UInt8(url.count)] + url + [0x12, UInt8(info.count)] + info
    #expect(bytes == [0x08, 5, 0x12, 2] + Array("no".utf8) + [0x1A, UInt8(any.count)] + any)
  }

  @Test func `a status without details has no reason`() {
    let failure = Failure(encodedStatus: [0x08, 5, 0x12, 2] + Array("no".utf8))
    #expect(failure == Failure(.notFound, reason: .unspecified, "no"))
  }

  @Test func `a code that nobody knows reads as UNKNOWN`() {
    #expect(Failure(encodedStatus: [0x08, 99])?.code == .unknown)
  }

  @Test func `success, nothing and garbage are no failure`() {
    #expect(Failure(encodedStatus: []) == nil)
    #expect(Failure(encodedStatus: [0x08, 0]) == nil)
    #expect(Failure(encodedStatus: [0x08]) == nil)
    #expect(Failure(encodedStatus: [0xFF, 0xFF, 0xFF]) == nil)
  }

  @Test func `a retry delay beyond ten thousand years is cut to that`() {
    var failure = Failure(.unavailable, reason: "LATER", "", retryDelay: .seconds(Int64.max))
    failure = Failure(encodedStatus: failure.encodedStatus(domain: "d")) ?? failure
    #expect(failure.retryDelay == .seconds(315_576_000_000))
  }
}
