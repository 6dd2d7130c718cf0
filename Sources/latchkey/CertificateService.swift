import Foundation
import Logging
import ServiceLifecycle
import Transport

/// Takes a renewed certificate: when it is told to, by SIGHUP, and when it sees that the files are others. Connections
/// that there are go on with the old one; a pair that does not fit together changes nothing.
struct CertificateService: Service {
  /// How often to look at the files.
  static let interval: Duration = .seconds(10)

  let tls: TLS
  /// Reads them anew.
  let reload: @Sendable () throws -> Void
  let logger: Logger

  func run() async throws {
    let (signals, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    // `serve` ignores the signal otherwise, so that it ends nothing.
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    source.setEventHandler { continuation.yield() }
    source.activate()
    defer { source.cancel() }
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { for await _ in signals { take("told to") } }
        group.addTask { await watch() }
      }
    }
  }

  private func watch() async {
    var last = state
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      let now = state
      // Whoever replaces them writes one after the other: both are old enough, or the next look sees it.
      guard now != last, !Task.isCancelled else { continue }
      // What could not be read is tried again as it changes: whoever puts it there sets owner and mode afterwards.
      take("the files have changed")
      last = now
    }
  }

  private func take(_ why: String) {
    do {
      try reload()
      logger.notice("the certificate was read anew", metadata: ["why": "\(why)"])
    } catch {
      logger.error(
        "the certificate could not be read anew; the old one stays",
        metadata: ["why": "\(why)", "error": "\(error)"])
    }
  }

  /// What tells one state of the files from another.
  private var state: [String] {
    [tls.certificateChain, tls.privateKey].map { path in
      var status = stat()
      guard stat(path, &status) == 0 else { return "missing" }
      let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
      return "\(status.st_ino) \(status.st_size) \(times[0]) \(times[1])"
    }
  }
}
