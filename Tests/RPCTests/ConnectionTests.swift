import RPC
import Synchronization
import Testing

@Suite struct ConnectionTests {
  private enum Name: ConnectionKey { typealias Value = String }
  private enum Nonce: ConnectionKey { typealias Value = [UInt8] }

  @Test func `a connection keeps values by their keys`() {
    let connection = Connection(security: .tls, remoteAddress: "192.0.2.1")
    #expect(connection[Name.self] == nil)
    connection[Name.self] = "locker"
    connection[Nonce.self] = [1, 2]
    #expect(connection[Name.self] == "locker")
    #expect(connection[Nonce.self] == [1, 2])
    connection[Name.self] = nil
    #expect(connection[Name.self] == nil)
    #expect(connection[Nonce.self] == [1, 2])
  }

  @Test func `S3 only whoever comes by a Unix-domain socket is known from the start`() {
    for (security, isKnown) in [(Connection.Security.local, true), (.loopback, false), (.tls, false)] {
      let connection = Connection(security: security, remoteAddress: "x")
      #expect(connection.isKnown == isKnown)
      connection.isKnown = true
      #expect(connection.isKnown)
    }
  }

  @Test func `ids differ`() {
    let ids = (0..<100).map { _ in Connection(security: .local, remoteAddress: "local").id }
    #expect(Set(ids).count == 100)
  }

  @Test func `only the first close counts`() {
    let connection = Connection(security: .loopback, remoteAddress: "127.0.0.1")
    let closes = Mutex<[String]>([])
    connection.attach { failure, _ in closes.withLock { $0.append(failure.message) } }
    connection.close(Failure(.unauthenticated, reason: "REVOKED", "first"))
    connection.close(Failure(.unavailable, reason: "OTHER", "second"))
    #expect(closes.withLock { $0 } == ["first"])
  }

  @Test func `a connection that drains may be closed, but not the other way round`() {
    let told = Mutex<[String]>([])
    let connection = Connection(security: .loopback, remoteAddress: "127.0.0.1")
    connection.attach { failure, ending in
      told.withLock { $0.append("\(failure.reason.rawValue) \(ending)") }
    }
    connection.drain(Failure(.unauthenticated, reason: "SIGNED_OUT", ""))
    connection.drain(Failure(.unauthenticated, reason: "AGAIN", ""))
    connection.close(Failure(.unauthenticated, reason: "REVOKED", ""))
    connection.drain(Failure(.unauthenticated, reason: "LATE", ""))
    #expect(told.withLock { $0 } == ["SIGNED_OUT whenAnswered", "REVOKED atOnce"])
  }

  @Test func `the end is told once, also to those who ask late`() {
    let connection = Connection(security: .loopback, remoteAddress: "127.0.0.1")
    let told = Mutex(0)
    connection.whenClosed { told.withLock { $0 += 1 } }
    #expect(told.withLock { $0 } == 0)
    connection.ended()
    connection.ended()
    #expect(told.withLock { $0 } == 1)
    connection.whenClosed { told.withLock { $0 += 10 } }
    #expect(told.withLock { $0 } == 11)
  }

  @Test func `closing what has ended does nothing`() {
    let connection = Connection(security: .loopback, remoteAddress: "127.0.0.1")
    let closes = Mutex(0)
    connection.attach { _, _ in closes.withLock { $0 += 1 } }
    connection.ended()
    connection.close(Failure(.unavailable, reason: "LATE", ""))
    #expect(closes.withLock { $0 } == 0)
  }
}
