import Foundation

/// The project's own files: what git would keep, whether it is committed yet or not.
struct Repository: Sendable {
  static let here = Repository(root: directory(of: #filePath, levels: 3))

  let root: String
  /// Paths from the root, sorted.
  let paths: [String]

  private init(root: String) {
    self.root = root
    self.paths = (Self.listedByGit(root) ?? Self.found(below: root)).sorted()
  }

  /// Whether this is a git checkout, and not an unpacked archive.
  var isCheckout: Bool { FileManager.default.fileExists(atPath: root + "/.git") }

  /// The text files among the project's files for which `isIncluded` holds.
  func files(where isIncluded: (String) -> Bool = { _ in true }) -> [SourceFile] {
    paths.filter(isIncluded).compactMap { SourceFile(path: $0, in: root) }
  }

  /// One file; `nil` when it is absent or no UTF-8 text.
  func file(_ path: String) -> SourceFile? { SourceFile(path: path, in: root) }

  /// The lines that git prints, or `nil` when this is no checkout or git is missing.
  static func git(_ arguments: [String], in root: String) -> [String]? {
    guard FileManager.default.fileExists(atPath: root + "/.git") else { return nil }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["git", "-c", "safe.directory=*", "-C", root] + arguments
    process.standardOutput = output
    guard (try? process.run()) != nil else { return nil }
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func listedByGit(_ root: String) -> [String]? {
    let listed = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], in: root)
    return listed?.filter { FileManager.default.fileExists(atPath: root + "/" + $0) }
  }

  /// Without git: everything but what is built, fetched or installed.
  private static func found(below root: String) -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
    var paths: [String] = []
    while let path = walk.nextObject() as? String {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if name.hasPrefix(".build") || [".git", ".venv", "__pycache__"].contains(name) {
        walk.skipDescendants()
      } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
        paths.append(path)
      }
    }
    return paths
  }

  private static func directory(of path: String, levels: Int) -> String {
    (0..<levels).reduce(URL(filePath: path)) { url, _ in url.deletingLastPathComponent() }
      .standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/")
  }
}

/// A text file of the project.
struct SourceFile: Sendable {
  /// From the repository's root.
  let path: String
  let lines: [Substring]

  init(_ path: String, _ text: String) {
    self.path = path
    self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  init?(path: String, in root: String) {
    guard let bytes = FileManager.default.contents(atPath: root + "/" + path),
      let text = String(bytes: bytes, encoding: .utf8)
    else { return nil }
    self.init(path, text)
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  var isC: Bool { [".c", ".h", ".cpp"].contains { path.hasSuffix($0) } }

  /// Written by a program, so not ours to style.
  var isGenerated: Bool {
    path.hasPrefix("Sources/API/") || path.contains("/Generated/") || path.contains("/generated/")
  }

  /// `path:line`, as editors open it. Lines count from 0 here and from 1 there.
  func place(_ line: Int) -> String { "\(path):\(line + 1)" }
}

extension StringProtocol {
  var trimmed: Substring {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
  }
}
