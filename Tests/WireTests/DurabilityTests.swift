import API
import Client
import Foundation
import RPC
import TestSupport
import Testing

/// S5, shown and not assumed: a system-call trace of the running server.
@Suite struct DurabilityTests {
  @Test func `S5 the WAL's fdatasync returns before the reply is written`() async throws {
    let trace = FileManager.default.temporaryDirectory.appending(path: "latchkey-trace-\(UUID())").path()
    defer { try? FileManager.default.removeItem(atPath: trace) }
    let server = try await ServerProcess.start(under: [
      // -D: the server is our child, and the tracer its; signals go to the server.
      "/usr/bin/strace", "-D", "-f", "-yy", "-q", "-s", "16", "-e",
      "trace=pwrite64,fdatasync,write,writev,sendmsg",
      "-o", trace,
    ])
    let shop = try await WireWorkshop.open(server)
    let before = try Trace(trace).lines.count
    for _ in 0..<20 {
      let _: ProtoCreateAgreementResponse = try await shop.op.call(
        "AdminService/CreateAgreement",
        ProtoCreateAgreementRequest.with {
          $0.requestID = WireWorkshop.newID()
          $0.locationID = shop.location
          $0.title = "Terms"
          $0.text = "Terms"
        })
    }
    #expect(await server.terminate() == 0)
    await untilComplete(trace)
    let lines = try Trace(trace).lines.dropFirst(before)
    let replies = try Trace.check(lines)
    #expect(replies >= 20, "only \(replies) replies after a write to the WAL were seen")
  }

  /// The tracer writes its last line a moment after the server has gone.
  private func untilComplete(_ trace: String) async {
    for _ in 0..<500 {
      if (try? Trace(trace).lines.last?.contains("+++ exited")) == true { return }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }
}

/// Lines of strace, in the order in which calls began or, where they were interrupted, ended.
struct Trace {
  let lines: [Substring]

  init(_ path: String) throws {
    lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
  }

  struct ReplyBeforeSync: Error, CustomStringConvertible {
    var description: String
  }

  /// Walks through the trace: once the WAL has been written, no socket may be written until an `fdatasync` of
  /// the WAL has returned. Returns how many socket writes came right after such a sync.
  static func check(_ lines: some Sequence<Substring>) throws -> Int {
    var isDirty = false
    var isSynced = false
    var syncing: Set<Substring> = []
    var replies = 0
    for line in lines {
      let thread = line.prefix { $0 != " " }
      if line.contains("pwrite64(") && line.contains("latchkey.db-wal") {
        isDirty = true
      } else if line.contains("fdatasync(") && line.contains("latchkey.db-wal") {
        if line.contains("<unfinished") {
          syncing.insert(thread)
        } else {
          (isDirty, isSynced) = (false, true)
        }
      } else if line.contains("fdatasync resumed") && syncing.remove(thread) != nil {
        (isDirty, isSynced) = (false, true)
      } else if line.contains("UNIX-STREAM") || line.contains("UNIX:") || line.contains("TCP:") {
        // A write that was interrupted is counted where it began.
        guard !line.contains("resumed") else { continue }
        if isDirty { throw ReplyBeforeSync(description: String(line)) }
        if isSynced { replies += 1 }
        isSynced = false
      }
    }
    return replies
  }
}
