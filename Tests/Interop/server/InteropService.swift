import RPC

/// The handlers of `interop.v1.InteropService`.
struct InteropService {
  private static let tickInterval: Duration = .milliseconds(10)

  private let sightings = Sightings()

  func add(to table: inout ProcedureTable) {
    addEchoes(to: &table)
    addRefusal(to: &table)
    addWaits(to: &table)
  }

  private func addEchoes(to table: inout ProcedureTable) {
    table.unary("interop.v1.InteropService/Echo", access: Everyone(), isSideEffectFree: true) {
      (request: ProtoEchoRequest, _) async in
      ProtoEchoResponse.with {
        $0.text = request.text
        $0.data = request.data
      }
    }
    table.stream("interop.v1.InteropService/Count", access: Everyone()) {
      (request: ProtoCountRequest, _, stream: ResponseStream<ProtoCountResponse>) in
      for number in 0..<max(0, request.count) { try await stream.send(.with { $0.number = number + 1 }) }
    }
    table.clientStream("interop.v1.InteropService/Join", access: Everyone()) {
      (requests: RequestStream<ProtoJoinRequest>, _) in
      var answer = ProtoJoinResponse()
      for try await request in requests { answer.text += request.text }
      return answer
    }
    table.bidirectional("interop.v1.InteropService/Chat", access: Everyone()) {
      (requests: RequestStream<ProtoChatRequest>, _, stream: ResponseStream<ProtoChatResponse>) in
      for try await request in requests { try await stream.send(.with { $0.text = request.text }) }
    }
  }

  private func addRefusal(to table: inout ProcedureTable) {
    table.unary("interop.v1.InteropService/Refuse", access: Everyone()) {
      (request: ProtoRefuseRequest, _) async throws -> ProtoRefuseResponse in
      throw Failure(
        Failure.Code(rawValue: request.code) ?? .unknown, reason: .init(rawValue: request.reason),
        request.message,
        violations: request.violations.sorted { $0.key < $1.key }.map {
          .init(field: $0.key, description: $0.value)
        },
        retryDelay: request.retrySeconds == 0 ? nil : .seconds(request.retrySeconds))
    }
  }

  private func addWaits(to table: inout ProcedureTable) {
    table.unary("interop.v1.InteropService/Wait", access: Everyone()) {
      [sightings] (request: ProtoWaitRequest, context) async throws -> ProtoWaitResponse in
      try await sightings.watch(request.label, context) {
        try await Task.sleep(for: .milliseconds(request.milliseconds))
      }
      return ProtoWaitResponse()
    }
    table.stream("interop.v1.InteropService/Tick", access: Everyone()) {
      [sightings] (request: ProtoTickRequest, context, stream: ResponseStream<ProtoTickResponse>) in
      try await sightings.watch(request.label, context) {
        var number: Int32 = 0
        while true {
          number += 1
          try await stream.send(.with { $0.number = number })
          try await Task.sleep(for: Self.tickInterval)
        }
      }
    }
    table.immediate("interop.v1.InteropService/GetSighting", access: Everyone()) {
      [sightings] (request: ProtoGetSightingRequest, _) in
      sightings[request.label]
    }
  }
}
