import Logging
import RPC
import SwiftProtobuf
import Synchronization

struct Anyone: AccessRule {
  var description: String { "anyone" }
  func check(_ context: CallContext) {}
}

struct Nobody: AccessRule {
  static let failure = Failure(.unauthenticated, reason: .notSignedIn, "Sign in first.")
  var description: String { "nobody" }
  func check(_ context: CallContext) throws(Failure) { throw Self.failure }
}

/// Keeps what is logged.
struct RecordingLogHandler: LogHandler {
  final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
  }

  let lines: Lines
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .trace

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.append("\(event.level) \(event.message) \(event.metadata ?? [:])")
  }
}

extension Logger {
  static func recording(_ lines: RecordingLogHandler.Lines) -> Logger {
    Logger(label: "test") { _ in RecordingLogHandler(lines: lines) }
  }
}

extension ProcedureTable {
  /// The entry of that name, looked up by its bytes.
  func entry(_ service: String, _ method: String) -> ProcedureEntry? {
    Array(service.utf8).withUnsafeBytes { service in
      Array(method.utf8).withUnsafeBytes { method in entry(service: service, method: method) }
    }
  }
}

extension ProcedureEntry {
  /// Starts a call on a fresh connection.
  func start(_ request: [UInt8], deadline: MonotonicInstant? = nil) throws(Failure) -> Started {
    let outcome: Result<Started, Failure> = request.withUnsafeBytes { bytes in
      do throws(Failure) {
        return .success(try start(bytes, context(deadline: deadline)))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  func context(deadline: MonotonicInstant? = nil) -> CallContext {
    CallContext(
      procedure: procedure.name,
      connection: Connection(security: .loopback, remoteAddress: "127.0.0.1"),
      deadline: deadline
    )
  }
}

func encoded(_ text: String) throws -> [UInt8] { try Google_Protobuf_StringValue(text).serializedBytes() }

func text(_ bytes: [UInt8]) throws -> String { try Google_Protobuf_StringValue(serializedBytes: bytes).value }
