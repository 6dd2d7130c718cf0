import Foundation
package import Transport

/// Self-signed certificates, made once for this process by the `openssl` command.
package enum Certificates {
  /// Good for `localhost` and 127.0.0.1.
  package static let server = make("server", names: "DNS:localhost,IP:127.0.0.1")
  /// Good for `localhost` by its name only.
  package static let named = make("named", names: "DNS:localhost")
  /// Good for another host.
  package static let other = make("other", names: "DNS:other.example")

  /// May sign no certificates.
  package static let leaf = make(
    "leaf", names: "DNS:client.example",
    "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=digitalSignature,keyEncipherment")

  private static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "transport-tests-\(UUID())")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      preconditionFailure("cannot make \(folder): \(error)")
    }
    return folder
  }()

  private static func make(_ name: String, names: String, _ more: String...) -> TLS {
    let certificate = folder.appending(path: "\(name).pem").path
    let key = folder.appending(path: "\(name).key").path
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/env")
    openssl.arguments =
      [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(names)", "-keyout", key, "-out",
        certificate,
      ] + more
    openssl.standardError = FileHandle.nullDevice
    do {
      try openssl.run()
    } catch {
      preconditionFailure("cannot run openssl: \(error)")
    }
    openssl.waitUntilExit()
    precondition(openssl.terminationStatus == 0, "openssl could not make a certificate")
    return TLS(certificateChain: certificate, privateKey: key)
  }
}
