import Foundation

extension Demo {
  /// The hands of people at the simulated board: a line to its control socket, a line back.
  struct BoardControl: Sendable {
    let path: String

    /// How long the board may think about one line.
    private static let answerSeconds = 5
    private static let maximumAnswerBytes = 32 * 1024

    /// What the board says of one door.
    struct Door: Equatable {
      let isOpen: Bool
      let hasKey: Bool
      /// How often the coil was energised.
      let pulses: Int
    }

    /// Says one line. Returns what follows `ok`.
    @discardableResult
    func say(_ line: String) async throws -> String {
      let answer = try await withCheckedThrowingContinuation { continuation in
        // Sockets block; the tasks' own threads are for those who do not.
        DispatchQueue.global().async { continuation.resume(with: Result { try exchange(line) }) }
      }
      guard answer.hasPrefix("ok") else { throw Unexpected("the board to obey '\(line)'", came: answer) }
      return answer.dropFirst(2).trimmingCharacters(in: .whitespaces)
    }

    func layKey(into box: Int32) async throws {
      try await say("key \(box) in")
      try await say("close \(box)")
    }

    func takeKey(from box: Int32) async throws {
      try await say("key \(box) out")
      try await say("close \(box)")
    }

    func door(_ box: Int32) async throws -> Door {
      let state = try await say("state")
      guard let text = state.split(separator: " ").first(where: { $0.hasPrefix("\(box)=") }) else {
        throw Unexpected("the board to know door \(box)", came: state)
      }
      let words = text.dropFirst("\(box)=".count).split(separator: ",")
      return Door(
        isOpen: words.contains("open"), hasKey: words.contains("key"),
        pulses: Self.number("pulses:", in: words))
    }

    /// One of the numbers that the board counts, by its name.
    func counted(_ name: String) async throws -> Int {
      Self.number("\(name)=", in: try await say("log").split(separator: " "))
    }

    private static func number(_ prefix: String, in words: [Substring]) -> Int {
      words.first { $0.hasPrefix(prefix) }.flatMap { Int($0.dropFirst(prefix.count)) } ?? 0
    }

    private func exchange(_ line: String) throws -> String {
      let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard file >= 0 else { throw Unexpected("a socket", came: Folder.lastError()) }
      defer { close(file) }
      var limit = timeval(tv_sec: Self.answerSeconds, tv_usec: 0)
      setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      guard connected == 0 else { throw Unexpected("the board to listen", came: Folder.lastError()) }
      let request = Array("\(line)\n".utf8)
      guard send(file, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
        throw Unexpected("the board to read", came: Folder.lastError())
      }
      var answer: [UInt8] = []
      while answer.last != UInt8(ascii: "\n") && answer.count <= Self.maximumAnswerBytes {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(file, &bytes, bytes.count, 0)
        guard count > 0 else {
          throw Unexpected(
            "the board to answer '\(line)'", came: count == 0 ? "it hung up" : Folder.lastError())
        }
        answer += bytes.prefix(count)
      }
      return String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
  }
}
