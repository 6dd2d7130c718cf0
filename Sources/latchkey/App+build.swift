import API
import Core
import Domain
import Foundation
import HTTPRPC
import Introspection
import Logging
import Prometheus
import RPC
import Services
import Storage
import TTRPC
import Transport

/// Everything that runs, wired together. This is the only place that does.
struct App {
  let environment: Services.Environment
  let store: SQLiteStore
  let server: TTRPCServer
  let http: HTTPRPCServer
  let health: Health
  /// With a server of its own; `nil` where nobody wants to know.
  let operations: (state: Operations, server: HTTPRPCServer)?

  /// - Parameter registry: keeps what is counted; `nil`: nothing is.
  static func build(
    data: DataDirectory, http options: HTTPSettings, quotas: Quotas, registry: Registry? = nil, logger: Logger
  ) throws -> App {
    try Crypto.start()
    try data.prepare()
    let secrets = try data.secrets()
    let signals = Signals()
    let store = try SQLiteStore(
      .file(path: data.database), hash: .standard, onCommit: { signals.changed($0) },
      measure: registry.map(Operations.measure))
    let environment = environment(store, secrets, signals, quotas)
    var table = ProcedureTable(
      domain: failureDomain, logger: logger, describeCaller: Caller.logged)
    addServices(to: &table, environment)
    let health = Health(services: Set(table.procedures.map { String($0.name.service) }))
    health.add(to: &table, access: Anyone())
    try Reflection(base64: ContractDescriptors.base64).add(to: &table, access: Anyone())
    var serving = HTTPRPCServer.Options()
    serving.authenticate = AuthService(environment).authentication
    serving.cors = options.cors
    serving.files = try options.folder.map { folder in try StaticFiles(folder: folder) }
    return App(
      environment: environment, store: store,
      server: TTRPCServer(table: table, group: sharedEventLoops, logger: logger),
      http: HTTPRPCServer(table: table, options: serving, group: sharedEventLoops, logger: logger),
      health: health, operations: registry.map { operations($0, environment, logger) })
  }

  /// Shows those who come from now on what stands in the files now.
  ///
  /// - Throws: what the first did that failed, after all were tried.
  @Sendable func reloadCertificates() throws {
    let all: [Result<Void, any Error>] = [
      Result { try server.reloadCertificates() }, Result { try http.reloadCertificates() },
      Result { try operations?.server.reloadCertificates() },
    ]
    for result in all { try result.get() }
  }

  private static func operations(
    _ registry: Registry, _ environment: Services.Environment, _ logger: Logger
  ) -> (state: Operations, server: HTTPRPCServer) {
    let state = Operations(registry: registry, environment: environment)
    var serving = HTTPRPCServer.Options()
    serving.name = "operations"
    serving.pages = state.pages
    return (
      state,
      HTTPRPCServer(
        table: ProcedureTable(logger: logger), options: serving, group: sharedEventLoops, logger: logger)
    )
  }

  /// What the services need from outside, on this machine.
  static func environment(
    _ store: SQLiteStore, _ secrets: ServerSecrets, _ signals: Signals, _ quotas: Quotas = Quotas()
  ) -> Services.Environment {
    Services.Environment(
      store: store, clock: SystemClock(), entropy: SystemEntropy(), secrets: secrets,
      audience: "latchkey/\(secrets.signing.keyID)", signals: signals, sessions: Sessions(),
      quotas: quotas)
  }
}

/// The rule of what is no secret: health, and the contract.
private struct Anyone: AccessRule {
  let description = "anyone"
  func check(_: CallContext) throws(Failure) {}
}

/// The wall clock of this machine.
struct SystemClock: WallClock {
  var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
