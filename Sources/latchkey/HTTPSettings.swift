import ArgumentParser
import Configuration
import Foundation
import HTTPRPC
import Transport

/// What is served to browsers and to clients of gRPC and Connect.
struct HTTPSettings {
  /// Where the pages are when nothing else is said, from where the server is started.
  static let standardFolder = "clients/web"

  var address: Address
  var cors: CORS
  /// With the web pages; `nil`: none are served.
  var folder: String?

  init(in config: ConfigReader) throws {
    let text = try config.requiredString(forKey: "http.address")
    guard let address = Address(parsing: text) else {
      throw ValidationError(
        "http.address '\(text)' is no HOST:PORT, e.g. \(Settings.standardHTTPAddress) or [::]:7480.")
    }
    self.address = address
    let origins = try config.requiredString(forKey: "http.origins").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    cors = CORS(
      origins.contains("*") ? .all : .these(Set(try origins.map { try Self.origin($0) })))
    let folder = try config.requiredString(forKey: "http.files")
    let isThere = FileManager.default.fileExists(atPath: Self.standardFolder)
    self.folder = !folder.isEmpty ? folder : isThere ? Self.standardFolder : nil
  }

  /// An origin as browsers write it: in small letters, without the port that its scheme has anyway. What they would
  /// never send is refused: it would let nobody in, and nobody would know why.
  static func origin(_ text: String) throws -> String {
    let small = text.lowercased()
    let usualPorts = ["https": 443, "http": 80]
    guard let parts = URLComponents(string: small), let scheme = parts.scheme, let usual = usualPorts[scheme],
      let host = parts.percentEncodedHost, !host.isEmpty
    else { throw refusal(text) }
    let port = parts.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
    // All else that an address may have stands behind the port, or before the host.
    guard small == "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")" else { throw refusal(text) }
    return "\(scheme)://\(host)\(port)"
  }

  private static func refusal(_ text: String) -> ValidationError {
    ValidationError(
      "http.origins has '\(text)'; write origins as browsers do, http or https and a host without path or slash: "
        + "https://desk.example.org")
  }
}
