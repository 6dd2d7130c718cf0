import API
import RPC

/// Sends every hostile case of every field of every method, as every caller who may call it.
final class FieldAttack {
  /// What was done, in numbers.
  struct Tally {
    var methods: Set<MethodName> = []
    var fields: Set<String> = []
    var cases = 0
    var refused = 0
    var taken = 0
  }

  /// Faults that are written out; more are only counted.
  private static let shownFaults = 40
  private static let unknownID: Int64 = 9_999_999
  private static let watchTime: Duration = .milliseconds(60)

  private(set) var tally = Tally()
  private(set) var faults: [String] = []
  private let shop: Shop
  private let schema: Schema

  init(_ shop: Shop, _ schema: Schema) {
    self.shop = shop
    self.schema = schema
  }

  /// What was refused wrongly or not at all, for people.
  var report: String {
    let more = faults.count > Self.shownFaults ? ["… and \(faults.count - Self.shownFaults) more"] : []
    return (faults.prefix(Self.shownFaults) + more).joined(separator: "\n")
  }

  /// A request that could not be prepared is a fault as well: what is right was refused.
  ///
  /// - Parameter isFirst: as its first kind of caller only; otherwise as all the others. Bytes are decoded after the
  ///   caller is known and by the same code for all, so that broken ones come in the first lap.
  func run(_ template: Template, isFirst: Bool) {
    do {
      try attack(template, isFirst: isFirst)
    } catch {
      faults.append("\(template.method) \(template.label): \(error)")
    }
  }

  private func attack(_ template: Template, isFirst: Bool) throws {
    guard let method = schema.methods.first(where: { $0.name == template.method }) else {
      return faults.append("\(template.method): the contract has no such method")
    }
    tally.methods.insert(method.name)
    for caller in isFirst ? method.callers.prefix(1) : method.callers.dropFirst() {
      let attack = try Attack(shop: shop, method: method, template: template, caller: caller)
      let base = try attack.sendBase()
      let verdict = Verdict(template: template, field: nil, fields: method.fields)
      note("as it should be", template, caller, verdict.fault(in: base, to: .either))
      if template.succeeds, !base.isSuccess {
        faults.append(
          "\(template.method) \(template.label) as \(caller): the request itself is refused: \(base)")
      }
      for (name, bytes, expectation) in Self.wholeMessages(attack.hugeBytes) {
        note(name, template, caller, verdict.fault(in: try attack.send(bytes), to: expectation))
      }
      for field in method.fields { try run(attack, field, withBroken: isFirst) }
    }
  }

  private func run(_ attack: Attack, _ field: Schema.Field, withBroken: Bool) throws {
    let verdict = Verdict(template: attack.template, field: field, fields: attack.method.fields)
    tally.fields.insert("\(attack.method.name).\(field.name)")
    let broken = withBroken ? HostileCase.broken(field.number) : []
    for one in broken + HostileCase.values(of: field, huge: attack.hugeBytes) + foreign(field, attack) {
      let answer = try attack.send(field, one.bytes)
      var fault = verdict.fault(in: answer, to: one.expectation)
      if case .foreign(let unknown) = one.expectation {
        let reference = try attack.send(field, unknown)
        if answer.failure != reference.failure {
          fault = "told apart from an id that does not exist: \(answer), \(reference)"
        }
      }
      if answer.isSuccess { tally.taken += 1 } else { tally.refused += 1 }
      note("\(field.name) \(one.name)", attack.template, attack.caller, fault)
    }
  }

  /// S3: ids of another dealer. The operator sees everything, and a stranger has nothing that could be another's.
  private func foreign(_ field: Schema.Field, _ attack: Attack) -> [HostileCase] {
    guard attack.caller != .operator, attack.caller != .anyone, !attack.template.takesNoNotice(of: field),
      let id = shop.foreign[field.descriptor.name]
    else { return [] }
    let unknown = WireBytes.field(field.number, number: Self.unknownID)
    return [
      HostileCase(
        "foreign", WireBytes.field(field.number, number: id), .foreign(unknown: unknown))
    ]
  }

  private static func wholeMessages(_ huge: Int) -> [(String, [UInt8], HostileCase.Expectation)] {
    let unknown = WireBytes.field(536_870_911, bytes: [UInt8](repeating: 0x55, count: huge))
    return [
      ("empty", [], .either), ("zeros", [UInt8](repeating: 0, count: 64), .malformed),
      ("ones", [UInt8](repeating: 0xFF, count: 64), .malformed), ("huge unknown field", unknown, .either),
    ]
  }

  private func note(_ name: String, _ template: Template, _ caller: ProtoCaller, _ fault: String?) {
    tally.cases += 1
    guard let fault else { return }
    faults.append("\(template.method) \(template.label) as \(caller): \(name): \(fault)")
  }

  /// One caller's requests of one template.
  private final class Attack {
    let shop: Shop
    let method: Schema.Method
    let template: Template
    let caller: ProtoCaller
    private var connection: RawConnection
    private var base: [UInt8] = []
    /// The last request may have changed what the base request is about.
    private var isUsedUp = true

    init(shop: Shop, method: Schema.Method, template: Template, caller: ProtoCaller) throws {
      (self.shop, self.method, self.template, self.caller) = (shop, method, template, caller)
      connection = try template.connect(shop, caller)
    }

    var hugeBytes: Int { caller == .anyone ? HostileCase.strangerHugeBytes : HostileCase.hugeBytes }

    func sendBase() throws -> RawConnection.Answer { try send { $0 } }

    /// The base request with one field changed.
    func send(_ field: Schema.Field, _ bytes: [UInt8]) throws -> RawConnection.Answer {
      try send { WireBytes.replacing(field.path, in: $0, by: bytes) }
    }

    func send(_ bytes: [UInt8]) throws -> RawConnection.Answer { try send { _ in bytes } }

    private func send(_ change: ([UInt8]) -> [UInt8]) throws -> RawConnection.Answer {
      if isUsedUp { base = try template.build(shop, caller) }
      // A request id is used once.
      if method.fields.first?.name == "request_id" {
        base = WireBytes.replacing([1], in: base, by: WireBytes.field(1, text: newID()))
      }
      let request = change(base)
      if caller == .anyone { connection = try template.connect(shop, caller) }
      let answer =
        method.isStream
        ? connection.watch(method.name, request, for: FieldAttack.watchTime)
        : connection.call(method.name, request)
      isUsedUp = answer.isSuccess
      if answer.isEnd || (isUsedUp && method.name.method == "SignOut") {
        shop.forgetConnections()
        connection = try template.connect(shop, caller)
      }
      return answer
    }
  }
}

extension RawConnection.Answer {
  var isSuccess: Bool {
    switch self {
    case .response, .stream: true
    case .failure, .lost, .hung: false
    }
  }

  /// Nothing more comes on that connection.
  var isEnd: Bool {
    switch self {
    case .lost, .hung: true
    case .response, .stream, .failure: false
    }
  }

  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
