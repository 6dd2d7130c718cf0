import Foundation

extension Demo {
  /// The directory of one demonstration, for its owner's eyes only.
  struct Folder: Sendable {
    let path: String

    /// Of a Unix-domain socket's path, on Linux, its end included.
    private static let maximumSocketPathBytes = 108

    var data: DataDirectory { DataDirectory(path: path + "/data") }
    var controllerState: String { path + "/controller" }
    var certificate: String { path + "/tls.pem" }
    var certificateKey: String { path + "/tls.key" }
    var boardSocket: String { path + "/board.sock" }
    var boardLine: String { path + "/board.tty" }
    var openings: String { path + "/openings.txt" }
    var picture: String { path + "/qr.png" }
    var workOrders: String { path + "/work-orders.csv" }

    func log(_ name: String) -> String { path + "/\(name).log" }
    func output(_ name: String) -> String { path + "/\(name).out" }

    static func make() throws -> Folder {
      var template = Array(
        (FileManager.default.temporaryDirectory.path + "/latchkey-demo-XXXXXX").utf8CString)
      guard let made = mkdtemp(&template) else {
        throw Unexpected(
          "a new directory in \(FileManager.default.temporaryDirectory.path)", came: lastError())
      }
      let folder = Folder(path: String(cString: made))
      guard folder.data.socket.utf8.count < maximumSocketPathBytes else {
        folder.remove()
        throw Unexpected("a temporary directory with a shorter path (set TMPDIR)", came: folder.path)
      }
      return folder
    }

    func remove() {
      do {
        try FileManager.default.removeItem(atPath: path)
      } catch {
        print("  '\(path)' could not be removed: \(error.localizedDescription)")
      }
    }

    /// What a file holds; nothing where there is none.
    static func text(of file: String) -> String {
      String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// What `errno` says.
    static func lastError() -> String { String(cString: strerror(errno)) }
  }
}
