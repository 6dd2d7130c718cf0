import Core
import Domain
import RPC

/// How a decision answers. A refusal that has something to remember (a wrong PIN is counted) is returned,
/// and stored with the answer; one that has nothing is thrown, and leaves no trace.
enum Answer<Response: Sendable>: Sendable {
  case accepted(Response)
  /// Given once: a repeat gets `remembered`, or, without it, is told that it was done.
  case secret(Response, remembered: Response?)
  case refused(Failure)
}

extension Environment {
  static let requestIDLengths = 1...64

  /// Runs one repeat-safe mutation: the answer to a repeated request id is the first answer.
  ///
  /// - Parameters:
  ///   - requestID: as the request carries it; scoped to caller and procedure for 24 hours.
  ///   - scope: whose request ids these are, where the caller is not known yet.
  func mutate<Request: WireMessage, Response: WireMessage>(
    _ request: Request, id requestID: String, _ context: CallContext, scope: String? = nil,
    _ body: @escaping @Sendable (Decision, Caller) throws -> Answer<Response>
  ) async throws -> Response {
    let caller = context.connection.caller
    try Self.validate(requestID: requestID)
    let scope = scope ?? caller.scopeOfRequests
    let procedure = context.procedure.description
    let digest = try digest(of: request)
    let now = clock.now
    let answer = try await decide(at: now) { decision -> Answer<Response> in
      try caller.requireStill(at: now, in: decision.tx)
      if let earlier = try decision.tx.answer(to: requestID, of: procedure, from: scope),
        now - earlier.answeredAt < StoredAnswer.lifetime
      {
        return try Self.replay(earlier, digest: digest)
      }
      let answer = try body(decision, caller)
      try decision.tx.insert(
        StoredAnswer(
          caller: scope, procedure: procedure, requestID: requestID, requestDigest: digest,
          outcome: try Self.remembered(answer), answeredAt: now))
      return answer
    }
    switch answer {
    case .accepted(let response), .secret(let response, _): return response
    case .refused(let failure): throw failure
    }
  }

  /// The answer that a request with this id was given before; `nil` when it is new. For mutations that take more
  /// than one decision and are safe to repeat: the last decision is a `mutate`.
  func earlierAnswer<Request: WireMessage, Response: WireMessage>(
    to request: Request, id requestID: String, _ context: CallContext
  ) async throws -> Response? {
    try Self.validate(requestID: requestID)
    let scope = context.connection.caller.scopeOfRequests
    let procedure = context.procedure.description
    let digest = try digest(of: request)
    let now = clock.now
    let answer: Answer<Response>? = try await read { snapshot in
      guard let earlier = try snapshot.answer(to: requestID, of: procedure, from: scope),
        now - earlier.answeredAt < StoredAnswer.lifetime
      else { return nil }
      return try Self.replay(earlier, digest: digest)
    }
    switch answer {
    case .accepted(let response), .secret(let response, _): return response
    case .refused(let failure): throw failure
    case nil: return nil
    }
  }

  /// Runs one decision at `now` and returns when it is on disk.
  func decide<Value: Sendable>(
    at now: Instant, _ body: @escaping @Sendable (Decision) throws -> Value
  ) async throws -> Value {
    do {
      return try await store.decide { tx in try body(Decision(tx: tx, now: now, environment: self)) }
    } catch let failure as StoreFailure {
      throw Failure(failure) ?? failure
    }
  }

  /// Reads one consistent state.
  func read<Value: Sendable>(_ body: @escaping @Sendable (any Snapshot) throws -> Value) async throws -> Value
  {
    do {
      return try await store.read(body)
    } catch let failure as StoreFailure {
      throw Failure(failure) ?? failure
    }
  }

  /// The same on the caller's thread, which it blocks: for rounds of watches, which have a task of their own.
  func readNow<Value>(_ body: (any Snapshot) throws -> Value) throws -> Value {
    do {
      return try store.readNow(body)
    } catch let failure as StoreFailure {
      throw Failure(failure) ?? failure
    }
  }

  /// Keyed, because a request may hold a PIN or a password: who has the database alone cannot try them (S1).
  private func digest(of request: some WireMessage) throws -> [UInt8] {
    var bytes = CanonicalBytes(purpose: "latchkey request")
    bytes.append(try request.wireBytes())
    return Digest.of(bytes.bytes, key: secrets.codes).bytes
  }

  private static func validate(requestID: String) throws(Failure) {
    guard requestIDLengths.contains(requestID.utf8.count),
      requestID.utf8.allSatisfy({ (33...126).contains($0) })
    else {
      throw .invalid("request_id", "make one of 1 to 64 printable ASCII characters, new for each request")
    }
  }

  private static func remembered<Response: WireMessage>(
    _ answer: Answer<Response>
  ) throws -> StoredAnswer.Outcome {
    switch answer {
    case .accepted(let response): .response(try response.wireBytes())
    case .secret(_, let remembered?): .response(try remembered.wireBytes())
    case .secret(_, nil): .secretGiven
    case .refused(let failure): .refusal(failure.encodedStatus(domain: failureDomain))
    }
  }

  private static func replay<Response: WireMessage>(
    _ earlier: StoredAnswer, digest: [UInt8]
  ) throws -> Answer<Response> {
    guard earlier.requestDigest == digest else {
      throw Failure(
        .invalidArgument, reason: .requestIDReused,
        "This request_id was used for a request with another content; make a new one for each request.")
    }
    switch earlier.outcome {
    case .response(let bytes): return .accepted(try Response(wireBytes: bytes))
    case .refusal(let bytes):
      return .refused(
        Failure(encodedStatus: bytes)
          ?? Failure(.internal, reason: .internalError, "The first answer is lost."))
    case .secretGiven:
      throw Failure(
        .alreadyExists, reason: .alreadyDone,
        "This was done; its secret was in the first answer only. Ask anew with a new request_id if it is lost."
      )
    }
  }
}

extension Failure {
  /// What callers are told of a failing store; `nil` for what is no caller's business but a fault of ours.
  init?(_ failure: StoreFailure) {
    switch failure {
    case .queueFull:
      self.init(
        .resourceExhausted, reason: .overloaded, "The server is very busy; nothing was done. Try again.",
        retryDelay: .seconds(1))
    case .closed:
      self.init(
        .unavailable, reason: .serverDraining, "The server is stopping; nothing was done. Connect again.")
    case .notCommitted, .damaged:
      self.init(
        .unavailable, reason: .storageFailed,
        "Nothing was stored: the server's disk refuses. Try again, and tell who runs the server.",
        retryDelay: .seconds(5))
    case .inDoubt:
      self.init(
        .unavailable, reason: .storageFailed,
        "The server's disk fails, and whether this was stored is not known. Repeat it with the same request_id, "
          + "and tell who runs the server.",
        retryDelay: .seconds(5))
    case .textHoldsNUL:
      self = .invalid("text", "no text may hold a NUL character")
    case .invariantBroken, .unreadable, .schemaIsNewer, .foreignDatabase:
      return nil
    }
  }
}

/// The `domain` of every ErrorInfo that Latchkey sends.
public let failureDomain = "latchkey.v1"
