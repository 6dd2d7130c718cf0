import API
import Client
import Foundation
import RPC
import TTRPC

/// A device, a program or the operator, with one connection: when it breaks, opens another, and repeats what was
/// not answered under the same request id. So a call ends with the server's answer, however often it dies.
actor Caller {
  enum Proof: Sendable {
    case device(EnrolledDevice)
    case apiKey(String)
    case `operator`
  }

  /// How long a call may go without an answer, restarts of the server included.
  static let patience: Duration = .seconds(90)
  private static let answerTime: Duration = .seconds(10)
  private static let pause: Duration = .milliseconds(20)

  /// Reasons that say: nothing was done, or nobody knows; ask again with the same request id.
  private static let connectionReasons: Set<Failure.Reason> = [
    .connectionLost, .connectionClosed, .serverDraining, .deadlineExceeded,
  ]
  static let storageReasons: Set<Failure.Reason> = ["STORAGE_FAILED", "OVERLOADED"]

  nonisolated let name: String
  private let server: MortalServer
  private let proof: Proof
  private let ledger: Ledger
  private var connecting: Task<ServerLink, any Error>?

  init(_ name: String, _ proof: Proof, _ server: MortalServer, _ ledger: Ledger) {
    self.name = name
    self.server = server
    self.proof = proof
    self.ledger = ledger
  }

  /// Calls a method that changes something. Its answer is kept in the ledger.
  ///
  /// - Parameter isSecret: the answer holds a secret, which a repeat leaves out.
  func mutate<Request: WireMessage & Sendable, Response: WireMessage & Equatable & Sendable>(
    _ method: String, _ request: Request, isSecret: Bool = false, as _: Response.Type = Response.self
  ) async throws -> Response {
    let response: Response = try await ask(method, request)
    ledger.record(
      .init(method: method) { [self] in
        do {
          let again: Response = try await ask(method, request)
          return isSecret || again == response ? nil : "\(method) answers \(again) instead of \(response)"
        } catch let failure as Failure where isSecret && failure.reason == "ALREADY_DONE" {
          return nil
        } catch {
          return "\(method) answers \(error) instead of \(response)"
        }
      })
    return response
  }

  /// Calls a method until it is answered. Throws what it is refused with.
  func ask<Request: WireMessage, Response: WireMessage>(
    _ method: String, _ request: Request, as _: Response.Type = Response.self
  ) async throws -> Response {
    try await untilAnswered(method) { link in
      try await link.call(method, request, timeout: Self.answerTime)
    }
  }

  /// The first message of a stream that fits; opens it again as often as it breaks.
  func first<Request: WireMessage & Sendable, Message: WireMessage & Sendable>(
    _ method: String, _ request: Request, as _: Message.Type = Message.self,
    where fits: @escaping @Sendable (Message) -> Bool
  ) async throws -> Message {
    try await untilAnswered(method) { link in
      for try await message in try link.stream(method, request, as: Message.self) where fits(message) {
        return message
      }
      throw Failure(.unavailable, reason: .connectionLost, "the stream has ended")
    }
  }

  private func untilAnswered<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable (ServerLink) async throws -> Value
  ) async throws -> Value {
    let deadline = ContinuousClock.now + Self.patience
    var last: any Error = Failure.deadlineExceeded
    while ContinuousClock.now < deadline {
      var used: Task<ServerLink, any Error>?
      do {
        let opening = opened()
        used = opening
        let link = try await opening.value
        return try await within(Self.patience) { try await body(link) }
      } catch let failure as Failure {
        last = failure
        if Self.storageReasons.contains(failure.reason) {
          ledger.failed(failure.reason)
        } else if Self.connectionReasons.contains(failure.reason) {
          forget(used)
        } else {
          throw failure
        }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        // The system says that nobody listens.
        last = error
        forget(used)
      }
      ledger.isRepeated()
      try await Task.sleep(for: Self.pause)
    }
    throw Unanswered(description: "\(name): \(what) was not answered within \(Self.patience): \(last)")
  }

  struct Unanswered: Error, CustomStringConvertible {
    let description: String
  }

  // MARK: Connection

  /// One for all who call at once.
  private func opened() -> Task<ServerLink, any Error> {
    if let connecting { return connecting }
    let task = Task { try await open() }
    connecting = task
    return task
  }

  private func forget(_ used: Task<ServerLink, any Error>?) {
    guard let used, connecting == used else { return }
    connecting = nil
    Task { try? await used.value.close() }
  }

  private func open() async throws -> ServerLink {
    switch proof {
    case .operator: return try await .operator(socket: server.socket)
    case .device(let device):
      let link = try await ServerLink.connect(server.address, tls: nil)
      try await device.authenticate(over: link)
      return link
    case .apiKey(let key):
      let link = try await ServerLink.connect(server.address, tls: nil)
      let _: ProtoAuthenticateResponse = try await link.call(
        "AuthService/Authenticate", ProtoAuthenticateRequest.with { $0.apiKey = key })
      return link
    }
  }
}

/// Gives a body up when its time is over: then it throws `Failure.deadlineExceeded`.
func within<Value: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask(operation: body)
    group.addTask {
      try await Task.sleep(for: limit)
      throw Failure(.deadlineExceeded, reason: .deadlineExceeded, "no answer within \(limit)")
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw CancellationError() }
    return value
  }
}

/// A request id, or another name that is used once.
func newID() -> String { UUID().uuidString }
