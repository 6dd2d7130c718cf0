import ArgumentParser
import Configuration
import Foundation
import Logging
import Transport

/// Where the data directory is: asked of every command.
struct DataOptions: ParsableArguments {
  static let standardPath = "/var/lib/latchkey"

  @Option(
    name: .customLong("data"),
    help:
      "Data directory: database, secrets and the operator's socket. (LATCHKEY_DATA; default: \(standardPath))"
  )
  var path: String?

  var directory: DataDirectory {
    DataDirectory(path: path ?? ProcessInfo.processInfo.environment["LATCHKEY_DATA"] ?? Self.standardPath)
  }
}

/// How the server is set up: flags first, then environment, then file, then default.
struct Settings {
  static let standardAddress = "127.0.0.1:7447"
  static let standardHTTPAddress = "127.0.0.1:7480"
  private static let defaults: [AbsoluteConfigKey: ConfigValue] = [
    ["listen", "address"]: .init(.string(standardAddress), isSecret: false),
    ["http", "address"]: .init(.string(standardHTTPAddress), isSecret: false),
    ["http", "origins"]: "", ["http", "files"]: "",
    ["tls", "certificate"]: "", ["tls", "key"]: "", ["log", "level"]: "info",
    ["log", "format"]: .init(.string(LogFormat.text.rawValue), isSecret: false),
    ["operations", "address"]: "",
    ["drain", "seconds"]: 10, ["calls", "perSecond"]: 500,
  ]

  var listenAddress: Address
  var http: HTTPSettings
  var tls: TLS?
  /// Where metrics and health are shown; `nil`: nowhere.
  var operations: Address?
  var logLevel: Logger.Level
  var logFormat: LogFormat
  var drainSeconds: Int
  /// Of each caller who has proved who they are.
  var callsPerSecond: Int

  /// - Parameters:
  ///   - flags: keys and values given on the command line.
  ///   - file: named by --config; `nil` looks for latchkey.json in the data directory.
  static func read(flags: [AbsoluteConfigKey: ConfigValue], file: String?, data: DataDirectory) async throws
    -> Settings
  {
    var providers: [any ConfigProvider] = [
      InMemoryProvider(name: "flags", values: flags),
      KeyMappingProvider(upstream: EnvironmentVariablesProvider()) { $0.prepending(["latchkey"]) },
    ]
    if let file = file ?? data.standardSettingsFile {
      do {
        providers.append(try await FileProvider<JSONSnapshot>(filePath: .init(file)))
      } catch {
        throw ValidationError("Cannot read the settings in '\(file)': \(error)")
      }
      if let unknown = unknownSetting(in: file) {
        throw ValidationError("'\(unknown)' in '\(file)' is no setting; there are: \(known).")
      }
    }
    providers.append(InMemoryProvider(name: "defaults", values: defaults))
    let config = ConfigReader(providers: providers)
    // Each has a default, so that what throws is a value of the wrong kind.
    let address = try config.requiredString(forKey: "listen.address")
    let level = try config.requiredString(forKey: "log.level")
    let format = try config.requiredString(forKey: "log.format")
    let operations = try config.requiredString(forKey: "operations.address")
    let drain = try config.requiredInt(forKey: "drain.seconds")
    let calls = try config.requiredInt(forKey: "calls.perSecond")
    guard let listenAddress = Address(parsing: address) else {
      throw ValidationError(
        "listen.address '\(address)' is no HOST:PORT, e.g. \(standardAddress) or [::]:7447.")
    }
    let http = try HTTPSettings(in: config)
    guard let logLevel = Logger.Level(rawValue: level) else {
      let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("log.level '\(level)' is unknown; choose one of \(known).")
    }
    guard let logFormat = LogFormat(rawValue: format) else {
      throw ValidationError("log.format '\(format)' is unknown; choose text or json.")
    }
    let operationsAddress = Address(parsing: operations)
    guard operations.isEmpty || operationsAddress != nil else {
      throw ValidationError("operations.address '\(operations)' is no HOST:PORT, e.g. 127.0.0.1:7481.")
    }
    guard (1...10_000_000).contains(calls) else {
      throw ValidationError("calls.perSecond is \(calls); choose 1 to 10,000,000.")
    }
    guard (0...600).contains(drain) else {
      throw ValidationError("drain.seconds is \(drain); choose 0 to 600.")
    }
    return Settings(
      listenAddress: listenAddress, http: http, tls: try tls(in: config), operations: operationsAddress,
      logLevel: logLevel, logFormat: logFormat, drainSeconds: drain,
      callsPerSecond: calls)
  }

  /// All settings there are.
  private static var known: String {
    defaults.keys.map { $0.components.joined(separator: ".") }.sorted().joined(separator: ", ")
  }

  /// The first that a file gives a value and that there is not.
  private static func unknownSetting(in file: String) -> String? {
    guard let bytes = FileManager.default.contents(atPath: file),
      let groups = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    else { return nil }
    let names = groups.flatMap { group, value in
      (value as? [String: Any])?.keys.map { [group, $0] } ?? [[group]]
    }
    return names.filter { defaults[AbsoluteConfigKey($0)] == nil }.map { $0.joined(separator: ".") }.min()
  }

  /// Whoever runs the server looks from this machine, as a rule: without TLS, where nobody else can come.
  func tls(for operations: Address) -> TLS? {
    if case .tcp(let host, _) = operations, ["127.0.0.1", "::1", "localhost"].contains(host) { return nil }
    return tls
  }

  private static func tls(in config: ConfigReader) throws -> TLS? {
    let certificate = try config.requiredString(forKey: "tls.certificate")
    let key = try config.requiredString(forKey: "tls.key")
    switch (certificate.isEmpty, key.isEmpty) {
    case (true, true): return nil
    case (false, false): return TLS(certificateChain: certificate, privateKey: key)
    case (true, false), (false, true):
      throw ValidationError("TLS needs both tls.certificate and tls.key (PEM files); only one is given.")
    }
  }
}

/// How log lines are written, to standard error.
enum LogFormat: String {
  /// For people.
  case text
  /// For programs: an object a line.
  case json

  func logger(_ level: Logger.Level) -> Logger {
    var logger =
      switch self {
      case .text: Logger(label: "latchkey")
      case .json: Logger(label: "latchkey") { _ in JSONLog() }
      }
    logger.logLevel = level
    return logger
  }
}

extension Address {
  /// `host:port` or `[v6]:port`.
  init?(parsing text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { return nil }
    self = .tcp(host: host, port: port)
  }
}
