import FoundationEssentials
import RPC

/// A folder of files as a browser gets them: pages, scripts, styles, images.
///
/// All of it is read once, when the program starts: a request never touches the disk, and no path leads outside.
/// Symbolic links below the folder are left out, and what else is no file. A file may have precompressed variants beside
/// it, `name.br` and `name.gz`.
public struct StaticFiles: Sendable {
  /// Bytes of all files together.
  public static let maximumBytes = 64 << 20
  /// Files in the folder and all below it.
  public static let maximumFiles = 4096

  /// Why a folder cannot be served. For the one who starts the server.
  public enum Failure: Error, Hashable, CustomStringConvertible {
    /// The path is none of a folder that can be read.
    case noFolder(String)
    /// `maximumFiles` or `maximumBytes` is exceeded.
    case tooMuch(String)

    public var description: String {
      switch self {
      case .noFolder(let path): "'\(path)' is no folder that can be read."
      case .tooMuch(let path):
        "'\(path)' has more than \(StaticFiles.maximumFiles) files or \(StaticFiles.maximumBytes >> 20) MiB; keep "
          + "what is no page elsewhere."
      }
    }
  }

  private struct File {
    var content: [UInt8]
    var type: String
    var tag: String
    /// By content coding.
    var variants: [(coding: String, content: [UInt8])] = []
  }

  private let files: [String: File]

  /// - Parameter folder: its `index.html` is what `/` shows. Names that begin with a dot are left out.
  public init(folder: String) throws(Failure) {
    guard let found = FileManager.default.files(below: folder) else { throw .noFolder(folder) }
    // Nothing is read before it is known how much it is.
    guard found.count <= Self.maximumFiles,
      found.reduce(0.0, { $0 + Double($1.bytes) }) <= Double(Self.maximumBytes)
    else { throw .tooMuch(folder) }
    var contents: [String: [UInt8]] = [:]
    for (name, _) in found {
      guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
      contents["/" + name] = [UInt8](data)
    }
    files = Self.arranged(contents)
  }

  private static func arranged(_ contents: [String: [UInt8]]) -> [String: File] {
    var files: [String: File] = [:]
    for (path, content) in contents where !isVariant(path, contents) {
      var file = File(content: content, type: type(of: path), tag: tag(of: content))
      for (coding, suffix) in codings {
        if let variant = contents[path + suffix] { file.variants.append((coding, variant)) }
      }
      files[path] = file
      if path.hasSuffix("/index.html") { files[String(path.dropLast("index.html".count))] = file }
    }
    return files
  }

  /// Better ones first.
  private static let codings = [(coding: "br", suffix: ".br"), (coding: "gzip", suffix: ".gz")]

  private static func isVariant(_ path: String, _ contents: [String: [UInt8]]) -> Bool {
    codings.contains { path.hasSuffix($0.suffix) && contents[String(path.dropLast($0.suffix.count))] != nil }
  }

  /// The same content has the same tag, and hardly any other has it: 64 bits, and the length.
  private static func tag(of content: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\"\(String(hash, radix: 16))-\(String(content.count, radix: 16))\""
  }

  private static let types: [String: String] = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8", "json": "application/json",
    "webmanifest": "application/manifest+json", "svg": "image/svg+xml", "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "ico": "image/x-icon",
    "woff2": "font/woff2",
    "wasm": "application/wasm", "txt": "text/plain; charset=utf-8", "pdf": "application/pdf",
    "map": "application/json",
  ]

  private static func type(of path: String) -> String {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    return types[ending] ?? "application/octet-stream"
  }

  // MARK: Answering

  /// What every page is told: to run only what comes from here, to be in no frame, to guess no types.
  private static let security = [
    Field(
      "content-security-policy",
      "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    Field("x-content-type-options", "nosniff"), Field("referrer-policy", "no-referrer"),
    Field("cross-origin-opener-policy", "same-origin"), Field("x-frame-options", "DENY"),
  ]
  /// A browser that has spoken TLS here does not try without for a year.
  private static let strictTransport = Field("strict-transport-security", "max-age=31536000")

  /// The answer to a request for a file; `nil` when there is none of that name.
  ///
  /// - Parameter isSecured: by TLS.
  func answer(_ head: RequestHead, isSecured: Bool) -> PlainAnswer? {
    guard let path = PercentEncoding.decodedPath(head.path[...]), let file = files[path] else { return nil }
    guard head.method == .get || head.method == .head else {
      return PlainAnswer(status: 405, fields: [Field("allow", "GET, HEAD")])
    }
    let accepted = head.fields.first(named: "accept-encoding") ?? ""
    let variant = file.variants.first { Intent.accepts($0.coding, accepted) }
    // Variants are different bytes, so they have different tags.
    let tag = variant.map { "\(file.tag.dropLast())-\($0.coding)\"" } ?? file.tag
    var fields = Self.security + [Field("etag", tag), Field("cache-control", "no-cache")]
    if isSecured { fields.append(Self.strictTransport) }
    if !file.variants.isEmpty { fields.append(Field("vary", "accept-encoding")) }
    if head.fields.first(named: "if-none-match").map({ Self.names(tag, $0) }) ?? false {
      return PlainAnswer(status: 304, fields: fields)
    }
    fields.append(Field("content-type", file.type))
    if let variant { fields.append(Field("content-encoding", variant.coding)) }
    let content = variant?.content ?? file.content
    return PlainAnswer(status: 200, fields: fields, body: content)
  }

  /// Whether a list of tags has one. Those that differ in form only are the same here.
  private static func names(_ tag: String, _ list: String) -> Bool {
    list.split(separator: ",").contains { entry in
      let entry = entry.trimmingSpaces
      return entry == "*" || entry == tag || entry.dropFirst(2) == tag && entry.hasPrefix("W/")
    }
  }
}

extension FileManager {
  /// All files below a folder, by their names relative to it; `nil` when it cannot be read.
  fileprivate func files(below folder: String) -> [(name: String, bytes: Int)]? {
    guard let names = try? contentsOfDirectory(atPath: folder) else { return nil }
    return names.filter { !$0.hasPrefix(".") }.flatMap { name -> [(name: String, bytes: Int)] in
      let path = folder + "/" + name
      // Attributes are those of a link, not of what it leads to.
      guard let attributes = try? attributesOfItem(atPath: path) else { return [] }
      switch attributes[.type] as? FileAttributeType {
      case .typeRegular: return (attributes[.size] as? UInt).map { [(name, Int(clamping: $0))] } ?? []
      case .typeDirectory: return (files(below: path) ?? []).map { ("\(name)/\($0.name)", $0.bytes) }
      default: return []
      }
    }
  }
}
