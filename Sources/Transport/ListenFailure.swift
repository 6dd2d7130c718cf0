/// Why a server cannot listen. For the one who starts it.
public enum ListenFailure: Error, Sendable, CustomStringConvertible {
  case plainTextBeyondLoopback(Address)
  case alreadyListening(Address)
  case notASocket(path: String)
  case pathTooLong(path: String, maximum: Int)
  case system(Address, String)
  case tls(TLS, String)
  /// The server is shutting down.
  case draining

  public var description: String {
    switch self {
    case .plainTextBeyondLoopback(let address):
      "\(address) can be reached from other machines, and plain text is allowed on loopback only: "
        + "give a certificate and key for TLS, or listen on 127.0.0.1."
    case .alreadyListening(let address):
      "Somebody answers on \(address) already: stop that server, or listen elsewhere."
    case .notASocket(let path):
      "'\(path)' exists and is no socket: remove it, or listen elsewhere."
    case .pathTooLong(let path, let maximum):
      "'\(path)' is too long for a Unix-domain socket: at most \(maximum) bytes."
    case .system(let address, let reason):
      "Cannot listen on \(address): \(reason)."
    case .tls(let tls, let reason):
      "Cannot use the certificate '\(tls.certificateChain)' with the key '\(tls.privateKey)'"
        + (tls.clientCertificates.map { ", for clients with those of '\($0.path)'" } ?? "") + ": \(reason)."
    case .draining:
      "The server is shutting down and listens no more."
    }
  }
}
