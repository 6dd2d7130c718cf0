import Logging
import RPC
import SwiftProtobuf
import Testing

/// What is written of calls that were refused.
@Suite struct CallLogTests {
  private let lines = RecordingLogHandler.Lines()
  private let connection = Connection(security: .loopback, remoteAddress: "127.0.0.1")

  private func entry() throws -> ProcedureEntry {
    var table = ProcedureTable(
      domain: "d", logger: .recording(lines),
      describeCaller: { _ in ["caller": "tablet", "device": "7"] })
    table.immediate("log.v1.S/One", access: Anyone()) { (request: Google_Protobuf_Empty, _) in request }
    return try #require(table.entry("log.v1.S", "One"))
  }

  private func end(_ entry: ProcedureEntry, _ failure: Failure?, number: UInt32 = 5) {
    entry.ended(failure, from: .now, number: number, on: connection)
  }

  @Test func `S8 a refusal is written with call, method, reason, code and caller, and without its message`()
    throws
  {
    end(
      try entry(),
      Failure(.notFound, reason: "NO_MATCH", "There is no AB-123-C.", metadata: ["plate": "AB123C"]))
    let line = try #require(lines.all.first)
    for part in [
      "info a call was refused", "\"call\": \(connection.id)-5", "\"procedure\": log.v1.S/One",
      "\"code\": NOT_FOUND", "\"reason\": NO_MATCH", "\"caller\": tablet", "\"device\": 7",
      "\"microseconds\": ",
    ] { #expect(line.contains(part), "\(line)") }
    for text in ["AB-123-C", "AB123C"] { #expect(!line.contains(text)) }
  }

  @Test func `S8 what was answered, or given up by its caller, is no line`() throws {
    let entry = try entry()
    end(entry, nil)
    end(entry, .cancelled)
    #expect(lines.all.allSatisfy { $0.hasPrefix("debug") })
  }

  @Test func `S8 a fault of ours is a warning`() throws {
    end(try entry(), Failure(.internal, reason: .internalError, "no"))
    #expect(lines.all.map { $0.hasPrefix("warning") } == [true])
  }

  @Test func `S8 nobody fills a disk by being refused, and how many lines were left out is said`()
    async throws
  {
    let entry = try entry()
    let refused = Failure(.permissionDenied, reason: "CALLER_NOT_ADMITTED", "no")
    for _ in 0..<(CallLog.linesPerSecond * 4) { end(entry, refused) }
    let count = lines.all.count
    // The second may have changed once on the way.
    #expect(count >= CallLog.linesPerSecond && count <= 2 * CallLog.linesPerSecond)
    try await Task.sleep(for: .seconds(1))
    end(entry, refused)
    let leftOut = lines.all.compactMap { $0.firstMatch(of: /"left_out": (\d+)/).flatMap { Int($0.1) } }
      .reduce(0, +)
    #expect(leftOut + lines.all.count == CallLog.linesPerSecond * 4 + 1)
  }
}
