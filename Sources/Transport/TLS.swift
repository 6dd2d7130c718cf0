import NIOCore
import NIOSSL
import RPC

/// What a server shows to its clients: TLS 1.3, and nothing older.
public struct TLS: Sendable, Hashable {
  /// Paths of PEM files. The chain begins with the server's own certificate.
  public var certificateChain: String
  public var privateKey: String

  public init(certificateChain: String, privateKey: String) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }

  /// - Parameter applicationProtocols: to choose from (ALPN), the favourite first; a client that asks for none
  ///   of them is served all the same.
  func context(
    _ limits: Limits,
    applicationProtocols: [String]
  ) throws(ListenFailure) -> NIOSSLContext {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificateChain)
      let key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(key)
      )
      configuration.minimumTLSVersion = .tlsv13
      configuration.applicationProtocols = applicationProtocols
      configuration.shutdownTimeout = limits.goodbyeTime
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .tls(self, "\(error)")
    }
  }
}

/// Whom a client trusts. The server's certificate must be good for the host that was asked for, or for the
/// IP address that was reached.
public struct ClientTLS: Sendable, Hashable {
  /// A PEM file with the certificates trusted: an authority's, or a self-signed one's. `nil`: the system's.
  public var trustedCertificates: String?
  /// The name that the certificate must be good for, where it is not the host of the address.
  public var hostName: String?

  public init(trustedCertificates: String? = nil, hostName: String? = nil) {
    self.trustedCertificates = trustedCertificates
    self.hostName = hostName
  }

  func context(_ limits: Limits) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .fullVerification
    configuration.shutdownTimeout = limits.goodbyeTime
    if let trustedCertificates {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trustedCertificates))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}

extension Limits {
  /// How long the closing of a TLS connection waits for the other side's good-bye.
  fileprivate var goodbyeTime: TimeAmount { .nanoseconds(lingerTime.wholeNanoseconds) }
}
