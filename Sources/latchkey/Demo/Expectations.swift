import API
import Client
import Foundation
import RPC
import TTRPC

extension Demo {
  /// A step that did not go as it must.
  struct Unexpected: Error, CustomStringConvertible {
    let expected: String
    let came: String

    init(_ expected: String, came: String) {
      self.expected = expected
      self.came = came
    }

    var description: String { "expected \(expected), came \(came)" }
  }

  static func expect<Value: Equatable>(_ what: String, _ value: Value, is expected: Value) throws {
    guard value == expected else { throw Unexpected("\(what): \(expected)", came: "\(value)") }
  }

  /// A call has to be refused with this reason.
  static func expectRefusal<Value>(_ reason: Failure.Reason, of call: () async throws -> Value) async throws {
    do {
      _ = try await call()
    } catch let failure as Failure {
      guard failure.reason == reason else {
        throw Unexpected("refusal \(reason.rawValue)", came: "\(failure)")
      }
      return
    }
    throw Unexpected("refusal \(reason.rawValue)", came: "the call was accepted")
  }

  /// What a probe has found, or what it saw instead.
  enum Sight<Value> {
    case found(Value)
    case waiting(String)
  }

  /// Looks until a probe finds what it looks for.
  static func eventually<Value>(
    _ expected: String, within limit: Duration = patience, _ probe: () async throws -> Sight<Value>
  ) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
      switch try await probe() {
      case .found(let value): return value
      case .waiting(let seen):
        if ContinuousClock.now >= deadline { throw Unexpected("\(expected) within \(limit)", came: seen) }
      }
      try await Task.sleep(for: glance)
    }
  }

  /// Does something that must not take for ever.
  static func within<Value: Sendable>(
    _ expected: String, limit: Duration = patience, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: limit)
        throw Unexpected("\(expected) within \(limit)", came: "not all of it")
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }

  /// The first message of a stream that fits; the stream ends with it.
  ///
  /// - Parameter fits: throws what makes waiting pointless.
  static func first<Message: WireMessage>(
    _ expected: String, in stream: ResponseSequence<Message>, within limit: Duration = patience,
    described: @escaping @Sendable (Message) -> String,
    where fits: @escaping @Sendable (Message) throws -> Bool
  ) async throws -> Message {
    try await withThrowingTaskGroup(of: Message?.self) { group in
      group.addTask {
        var last = "nothing"
        do {
          for try await message in stream {
            if try fits(message) { return message }
            last = described(message)
          }
        } catch is CancellationError {
          // Time is over, or the demonstration was interrupted.
        }
        throw Unexpected("\(expected) within \(limit)", came: last)
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      if let message = try await group.next() ?? nil { return message }
      group.cancelAll()
      // Now the first task says what it saw last.
      guard let message = try await group.next() ?? nil else { throw CancellationError() }
      return message
    }
  }
}
