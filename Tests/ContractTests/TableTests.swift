import API
import Core
import Domain
import Logging
import RPC
import Services
import SwiftProtobuf
import TestSupport
import Testing

/// The procedure table, as the server builds it, against the contract.
@Suite struct TableTests {
  let contract: Contract
  let table: [String: Procedure]

  init() throws {
    contract = try .committed()
    table = try Self.procedures()
  }

  @Test func `every method of the contract has a handler, and no handler is without a method`() {
    let methods = Set(contract.methods.map(\.name))
    #expect(methods.count > 40, "the contract was not read")
    #expect(methods.subtracting(table.keys).sorted() == [], "methods without a handler")
    #expect(Set(table.keys).subtracting(methods).sorted() == [], "handlers without a method")
  }

  @Test func `a handler takes and gives the messages of its method`() {
    for method in contract.methods {
      guard let procedure = table[method.name] else { continue }
      #expect("." + procedure.requestType == method.descriptor.inputType, "\(method.name): request")
      #expect("." + procedure.responseType == method.descriptor.outputType, "\(method.name): response")
    }
  }

  @Test func `A2 a method is unary or server-streaming, as its handler is`() {
    for method in contract.methods {
      #expect(!method.descriptor.clientStreaming, "\(method.name): does not work over every wire")
      let kind: Procedure.Kind = method.descriptor.serverStreaming ? .serverStreaming : .unary
      #expect(table[method.name].map { $0.kind == kind } ?? true, "\(method.name): is \(kind) by contract")
      let onlyReads = method.descriptor.options.idempotencyLevel == .noSideEffects
      #expect(
        table[method.name].map { $0.isSideEffectFree == onlyReads } ?? true,
        "\(method.name): only reads, by contract: \(onlyReads)")
    }
  }

  @Test func `S3 the table admits whom the contract names, and nobody else`() throws {
    for method in contract.methods {
      let stated = method.descriptor.options.hasProtoaccess ? method.descriptor.options.Protoaccess : nil
      guard let stated, !stated.callers.isEmpty else {
        Issue.record("\(method.name): no access option, so nobody may call it")
        continue
      }
      guard let procedure = table[method.name] else { continue }
      let enforced = try #require(procedure.access as? Access, "\(method.name): not one of our access rules")
      let callers = try stated.callers.map { try Caller.Kind($0) }
      #expect(enforced.callers == Set(callers), "\(method.name): callers")
      #expect(callers.count == Set(callers).count, "\(method.name): a caller twice")
      #expect(
        try enforced.permission == Staff.Permission.named(stated.permission), "\(method.name): permission")
      #expect(enforced.isOnTablet == stated.onTablet, "\(method.name): on a tablet")
      let onlyReads =
        method.descriptor.options.idempotencyLevel == .noSideEffects || method.descriptor.serverStreaming
      #expect(
        enforced.isReading == onlyReads || enforced.callers == [.anyone],
        "\(method.name): open to keys that only read")
    }
  }

  @Test func `a permission is asked only where staff may call, and what anyone may call asks nothing`() {
    for method in contract.methods {
      let access = method.descriptor.options.Protoaccess
      if access.permission != .unspecified {
        #expect(access.callers.contains(.staff), "\(method.name): nobody who calls could hold the permission")
      }
      #expect(!access.onTablet || access.callers.contains(.staff), "\(method.name): no staff on a tablet")
      if access.callers.contains(.anyone) {
        #expect(access.callers == [.anyone], "\(method.name): anyone includes everybody")
      }
    }
  }

  @Test func `S3 an API key can be kept to each service that programs may call, and to no other`() {
    let services = contract.methods.filter {
      $0.descriptor.options.Protoaccess.callers.contains(.integration)
    }
    .compactMap { $0.name.split(separator: "/").first?.split(separator: ".").last.map(String.init) }
    #expect(Set(services) == AdminService.servicesForPrograms)
  }

  /// The server's own table, over a store in memory. No handler runs.
  private static func procedures() throws -> [String: Procedure] {
    try Crypto.start()
    let zeros = [UInt8](repeating: 0, count: SecretKey.byteCount)
    let key = try #require(SecretKey(bytes: zeros))
    let signing = try #require(SigningKey(seed: [UInt8](repeating: 0, count: SigningKey.seedByteCount)))
    let environment = Environment(
      store: try TemporaryStore().store, clock: StoppedClock(), entropy: SystemEntropy(),
      secrets: ServerSecrets(pins: key, codes: key, outbox: key, signing: signing), audience: "contract test",
      signals: Signals(), sessions: Sessions())
    var table = ProcedureTable(domain: "contract test", logger: Logger(label: "contract test"))
    addServices(to: &table, environment)
    return Dictionary(uniqueKeysWithValues: table.procedures.map { ($0.name.description, $0) })
  }
}

private struct StoppedClock: WallClock {
  let now = Instant(milliseconds: 0)
}

/// The contract names something that the program does not know.
private struct Unknown: Error {
  let name: String
}

extension Caller.Kind {
  fileprivate init(_ caller: ProtoCaller) throws {
    switch caller {
    case .anyone: self = .anyone
    case .controller: self = .controller
    case .screen: self = .screen
    case .tablet: self = .tablet
    case .staff: self = .staff
    case .integration: self = .integration
    case .operator: self = .operator
    case .unspecified, .UNRECOGNIZED: throw Unknown(name: "\(caller)")
    }
  }
}

extension Staff.Permission {
  fileprivate static func named(_ permission: ProtoPermission) throws -> Self? {
    switch permission {
    case .unspecified: nil
    case .useKeyLocker: .useKeyLocker
    case .desk: .desk
    case .administer: .administer
    case .UNRECOGNIZED: throw Unknown(name: "\(permission)")
    }
  }
}
