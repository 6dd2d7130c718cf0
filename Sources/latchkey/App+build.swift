import Core
import Domain
import Foundation
import Logging
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

  static func build(data: DataDirectory, logger: Logger) throws -> App {
    try Crypto.start()
    try data.prepare()
    let secrets = try data.secrets()
    let signals = Signals()
    let store = try SQLiteStore(
      .file(path: data.database), hash: ChainHash(hash: EventHash.chain, commit: EventHash.commitment)
    ) { signals.changed($0) }
    let environment = Services.Environment(
      store: store, clock: SystemClock(), entropy: SystemEntropy(), secrets: secrets,
      audience: "latchkey/\(secrets.signing.keyID)", signals: signals, sessions: Sessions())
    var table = ProcedureTable(domain: failureDomain, logger: logger)
    addServices(to: &table, environment)
    let server = TTRPCServer(table: table, group: sharedEventLoops, logger: logger)
    return App(environment: environment, store: store, server: server)
  }
}

/// The wall clock of this machine.
struct SystemClock: WallClock {
  var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
