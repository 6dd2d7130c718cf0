import RPC
import Testing

@testable import HTTPRPC

/// Connect's table of error codes: their names in JSON, and the HTTP status of each.
@Suite struct CodeTests {
  private static let table: [(Failure.Code, String, Int)] = [
    (.cancelled, "canceled", 499), (.unknown, "unknown", 500), (.invalidArgument, "invalid_argument", 400),
    (.deadlineExceeded, "deadline_exceeded", 504), (.notFound, "not_found", 404),
    (.alreadyExists, "already_exists", 409), (.permissionDenied, "permission_denied", 403),
    (.resourceExhausted, "resource_exhausted", 429), (.failedPrecondition, "failed_precondition", 400),
    (.aborted, "aborted", 409), (.outOfRange, "out_of_range", 400), (.unimplemented, "unimplemented", 501),
    (.internal, "internal", 500), (.unavailable, "unavailable", 503), (.dataLoss, "data_loss", 500),
    (.unauthenticated, "unauthenticated", 401),
  ]

  @Test func `every code has its name and its status`() {
    #expect(Set(Self.table.map(\.0)) == Set(Failure.Code.allCases))
    for (code, name, status) in Self.table {
      #expect(code.connectName == name)
      #expect(code.httpStatus == status)
    }
  }
}

/// How long a caller waits: gRPC's `Timeout` and Connect's `Connect-Timeout-Ms`.
@Suite struct TimeoutTests {
  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("30S", .seconds(30)),
    ("250m", .milliseconds(250)),
    ("7u", .microseconds(7)), ("99999999n", .nanoseconds(99_999_999)), ("0S", .zero),
    ("99999999H", .nanoseconds(Int64.max)),
  ])
  func `gRPC's have up to eight digits and a unit`(text: String, duration: Duration) throws {
    #expect(try Timeouts.grpc(text) == duration)
  }

  @Test(arguments: ["", "S", "1", "1s", "-1S", "123456789S", "1.5S", " 1S", "1S ", "1SS", "٣S"])
  func `what is no timeout of gRPC's is refused`(text: String) {
    #expect { try Timeouts.grpc(text) } throws: { ($0 as? Failure)?.code == .invalidArgument }
  }

  @Test func `Connect's has up to ten digits of milliseconds`() throws {
    #expect(try Timeouts.connect("5000") == .seconds(5))
    #expect(try Timeouts.connect("9999999999") == .milliseconds(9_999_999_999))
    for text in ["", "12345678901", "-1", "1.0", "1s", " 1"] {
      #expect { try Timeouts.connect(text) } throws: { ($0 as? Failure)?.code == .invalidArgument }
    }
  }
}
