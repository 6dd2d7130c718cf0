import NIOCore
import NIOSSL
import RPC
import Synchronization

/// What a server shows to its clients: TLS 1.3, and nothing older.
public struct TLS: Sendable, Hashable {
  /// Paths of PEM files. The chain begins with the server's own certificate.
  public var certificateChain: String
  public var privateKey: String
  /// Which certificate a client must show to be served. What name it is for does not matter, and handlers are not
  /// told. `nil`: clients are asked for none.
  public var clientCertificates: ClientCertificates?

  /// Paths of PEM files.
  public enum ClientCertificates: Sendable, Hashable {
    /// One that these authorities vouch for.
    case issued(by: String)
    /// One of these, whoever issued it, and as long as it is among them.
    case these(String)

    var path: String {
      switch self {
      case .issued(let path), .these(let path): path
      }
    }
  }

  public init(
    certificateChain: String, privateKey: String, clientCertificates: ClientCertificates? = nil
  ) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
    self.clientCertificates = clientCertificates
  }

  /// - Parameter applicationProtocols: to choose from (ALPN), the favourite first; a client that asks for none
  ///   of them is served all the same.
  func context(
    _ limits: Limits,
    applicationProtocols: [String]
  ) throws(ListenFailure) -> ServerTLSContext {
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
      var accepted: [NIOSSLCertificate]?
      if let clientCertificates {
        let certificates = try NIOSSLCertificate.fromPEMFile(clientCertificates.path)
        configuration.certificateVerification = .noHostnameVerification
        switch clientCertificates {
        case .issued: configuration.trustRoots = .certificates(certificates)
        case .these: accepted = certificates
        }
      }
      return ServerTLSContext(context: try NIOSSLContext(configuration: configuration), accepted: accepted)
    } catch {
      throw .tls(self, "\(error)")
    }
  }
}

/// What the TLS connections that a listener accepts are made with, until its files are read anew.
final class CurrentTLS: Sendable {
  private let files: TLS
  private let make: @Sendable (TLS) throws(ListenFailure) -> ServerTLSContext
  private let current: Mutex<ServerTLSContext>

  init(_ files: TLS, _ limits: Limits, applicationProtocols: [String]) throws(ListenFailure) {
    self.files = files
    make = { files throws(ListenFailure) in
      try files.context(limits, applicationProtocols: applicationProtocols)
    }
    current = Mutex(try make(files))
  }

  func handler() -> NIOSSLServerHandler { current.withLock { $0 }.handler() }

  /// Connections that there are keep what they began with. What cannot be used changes nothing.
  func reload() throws(ListenFailure) {
    let new = try make(files)
    current.withLock { $0 = new }
  }
}

/// What a server's TLS connections are made with.
struct ServerTLSContext {
  fileprivate let context: NIOSSLContext
  /// The certificates of clients that are served, whoever issued them; `nil` where the context judges.
  fileprivate let accepted: [NIOSSLCertificate]?

  func handler() -> NIOSSLServerHandler {
    guard let accepted else { return NIOSSLServerHandler(context: context) }
    // It takes the place of all other judgement. That the client has the certificate's key the handshake shows.
    return NIOSSLServerHandler(context: context) { shown, verdict in
      verdict.succeed(shown.first.map(accepted.contains) == true ? .certificateVerified : .failed)
    }
  }
}

/// Whom a client trusts, and what it shows. The server's certificate must be good for the host that was asked for, or for the
/// IP address that was reached.
public struct ClientTLS: Sendable, Hashable {
  /// A PEM file with the certificates trusted: an authority's, or a self-signed one's. `nil`: the system's.
  public var trustedCertificates: String?
  /// The name that the certificate must be good for, where it is not the host of the address.
  public var hostName: String?
  /// What the client shows where the server asks for a certificate; `nil`: nothing.
  public var identity: Identity?

  public init(trustedCertificates: String? = nil, hostName: String? = nil, identity: Identity? = nil) {
    self.trustedCertificates = trustedCertificates
    self.hostName = hostName
    self.identity = identity
  }

  /// A certificate and its key, as paths of PEM files. The chain begins with the client's own certificate.
  public struct Identity: Sendable, Hashable {
    public var certificateChain: String
    public var privateKey: String

    public init(certificateChain: String, privateKey: String) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
    }
  }

  func context(_ limits: Limits) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .fullVerification
    configuration.shutdownTimeout = limits.goodbyeTime
    if let trustedCertificates {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trustedCertificates))
    }
    if let identity {
      let chain = try NIOSSLCertificate.fromPEMFile(identity.certificateChain)
      configuration.certificateChain = chain.map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.privateKey, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}

extension Limits {
  /// How long the closing of a TLS connection waits for the other side's good-bye.
  fileprivate var goodbyeTime: TimeAmount { .nanoseconds(lingerTime.wholeNanoseconds) }
}
