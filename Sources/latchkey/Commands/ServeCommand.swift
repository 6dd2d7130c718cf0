import ArgumentParser
import Configuration
import Domain
import Glibc
import Logging
import Prometheus
import ServiceLifecycle
import Services
import Transport

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the server until SIGTERM or SIGINT, then drain.",
    discussion: """
      Lockers, kiosks and tablets connect to --listen; browsers and all who speak gRPC, gRPC-Web or Connect to
      --http. Other machines are only let in with TLS 1.3:

        latchkey serve --listen '[::]:7447' --tls-certificate server.pem --tls-key server.key

      The same settings are read from the environment, and from a file; flags come first:

        LATCHKEY_HTTP_ORIGINS=https://desk.example.org
        {"http": {"address": "[::]:7480", "origins": "https://desk.example.org", "files": "/srv/desk"},
         "listen": {"address": "[::]:7447"}, "tls": {"certificate": "server.pem", "key": "server.key"},
         "log": {"level": "info", "format": "json"}, "operations": {"address": "127.0.0.1:7481"},
         "drain": {"seconds": 10},
         "calls": {"perSecond": 500}}

      A certificate that is renewed is taken without a restart: when its files change, or at SIGHUP.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "Settings file (JSON). (default: latchkey.json in the data directory, where there is one)")
  var config: String?
  @Option(
    help: "HOST:PORT to listen on; port 0 lets the system choose. (default: \(Settings.standardAddress))")
  var listen: String?
  @Option(
    help: """
      HOST:PORT for browsers, gRPC and Connect; port 0 lets the system choose. \
      (default: \(Settings.standardHTTPAddress))
      """)
  var http: String?
  @Option(
    help: """
      Origins whose pages may call from a browser, with commas between: https://desk.example.org. * is every one. \
      (default: none but this server's own)
      """)
  var httpOrigins: String?
  @Option(
    help: """
      Folder with web pages, shown at / of --http. (default: \(HTTPSettings.standardFolder) in the working \
      directory, where there is one)
      """)
  var httpFiles: String?
  @Option(help: "Certificate chain for TLS, a PEM file.")
  var tlsCertificate: String?
  @Option(help: "Private key for TLS, a PEM file.")
  var tlsKey: String?
  @Option(
    help: """
      HOST:PORT for whoever runs the server: /metrics, /healthz and /readyz. Keep it from others. (default: none)
      """)
  var operations: String?
  @Option(
    help: "Calls a second that each caller may make; strangers from one address a tenth. (default: 500)")
  var callsPerSecond: Int?
  @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
  var logLevel: String?
  @Option(help: "text, or json: an object a line. (default: text)")
  var logFormat: String?

  func run() async throws {
    // It asks for renewed certificates, and ends no server that has none to read, or not yet.
    signal(SIGHUP, SIG_IGN)
    var flags: [AbsoluteConfigKey: ConfigValue] = [:]
    for (key, value) in [
      ("listen.address", listen), ("http.address", http), ("http.origins", httpOrigins),
      ("http.files", httpFiles), ("tls.certificate", tlsCertificate), ("tls.key", tlsKey),
      ("log.level", logLevel), ("log.format", logFormat), ("operations.address", operations),
    ] {
      if let value {
        flags[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = ConfigValue(
          .string(value), isSecret: false)
      }
    }
    if let callsPerSecond {
      flags[["calls", "perSecond"]] = ConfigValue(.int(callsPerSecond), isSecret: false)
    }
    let directory = data.directory
    let settings = try await Settings.read(flags: flags, file: config, data: directory)
    let logger = settings.logFormat.logger(settings.logLevel)
    Self.raiseDescriptorLimit(logger)
    let registry = settings.operations.map { _ in Registry(help: Operations.help) }
    registry?.install()
    let app = try App.build(
      data: directory, http: settings.http, quotas: Quotas(.init(callsPerSecond: settings.callsPerSecond)),
      registry: registry, logger: logger)
    var services: [any Service] = [
      TimerService(environment: app.environment, logger: logger),
      RightsService(environment: app.environment, logger: logger),
    ]
    if let operations = app.operations {
      services.append(OperationsService(operations: operations.state, store: app.store))
    }
    if let tls = settings.tls {
      services.append(CertificateService(tls: tls, reload: app.reloadCertificates, logger: logger))
    }
    services.append(ListenService(app: app, directory: directory, settings: settings, logger: logger))
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger))
    try await group.run()
    try await app.store.close()
    logger.info("stopped")
  }

  /// Lets this process have as many files and connections open as the system allows it: the soft limit that it
  /// starts with is often 1024. The server takes no more connections than that leaves room for.
  private static func raiseDescriptorLimit(_ logger: Logger) {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    let isKnown = getrlimit(resource, &limit) == 0
    guard isKnown, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    guard setrlimit(resource, &limit) != 0 else { return }
    logger.warning(
      "the limit of open files stays as it is", metadata: ["reason": "\(String(cString: strerror(errno)))"])
  }
}

/// Listens until shutdown, then drains: calls in flight end, streams are told, connections close.
private struct ListenService: Service {
  let app: App
  let directory: DataDirectory
  let settings: Settings
  let logger: Logger

  func run() async throws {
    try await Timers(app.environment).start()
    _ = try await app.server.listen(.unix(path: directory.socket))
    let http = try await app.http.listen(settings.http.address, tls: settings.tls)
    let listener = try await app.server.listen(settings.listenAddress, tls: settings.tls)
    var metadata: Logger.Metadata = [
      "address": "\(settings.listenAddress.withPort(listener.port))", "tls": "\(settings.tls != nil)",
      "http": "\(settings.http.address.withPort(http.port))", "data": "\(directory.path)",
    ]
    if let operations = app.operations, let address = settings.operations {
      let shown = try await operations.server.listen(address, tls: settings.tls(for: address))
      metadata["operations"] = "\(address.withPort(shown.port))"
      operations.state.listens()
    }
    logger.info("listening", metadata: metadata)
    try? await gracefulShutdown()
    logger.info("draining")
    app.operations?.state.drains()
    await app.health.end()
    async let isDrained: Void = app.http.drain(within: .seconds(settings.drainSeconds))
    await app.server.drain(within: .seconds(settings.drainSeconds))
    await isDrained
    // Last, so that it can be seen that the others drain.
    await app.operations?.server.drain(within: .zero)
  }
}

extension Address {
  /// The port that the system chose, in place of 0.
  fileprivate func withPort(_ chosen: Int?) -> Address {
    switch self {
    case .tcp(let host, let port): .tcp(host: host, port: chosen ?? port)
    case .unix: self
    }
  }
}

/// Lets time pass: what is due is done, old things go, chain heads are signed.
private struct TimerService: Service {
  let environment: Environment
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown { await letTimePass() }
  }

  private func letTimePass() async {
    let timers = Timers(environment)
    var nextSweep = environment.clock.now
    var nextHeads = environment.clock.now
    while !Task.isCancelled {
      await attempt("what is due") { if try await timers.isDue() { try await timers.tick() } }
      let now = environment.clock.now
      if now >= nextSweep {
        nextSweep = now + Timers.sweepInterval
        await attempt("sweep") { try await timers.sweep() }
      }
      if now >= nextHeads {
        nextHeads = now + Timers.headInterval
        await attempt("chain heads") { try await timers.signHeads() }
      }
      try? await Task.sleep(for: Timers.interval)
    }
  }

  /// One that fails keeps no other from its turn. A full disk may have room again: what was due stays due.
  private func attempt(_ what: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch {
      if Task.isCancelled { return }
      logger.error("timers failed", metadata: ["timer": "\(what)", "error": "\(error)"])
      try? await Task.sleep(for: .seconds(1))
    }
  }
}

/// Looks at connections again when rights have changed: what is revoked ends at once (S3).
private struct RightsService: Service {
  let environment: Environment
  let logger: Logger

  func run() async throws {
    let changes = environment.signals.changes(of: .rights)
    await cancelWhenGracefulShutdown {
      for await _ in changes {
        do {
          try await environment.reviewRights()
        } catch is CancellationError {
          // The server goes down, and its connections with it.
          return
        } catch {
          logger.error("rights could not be reviewed", metadata: ["error": "\(error)"])
        }
      }
    }
  }
}
