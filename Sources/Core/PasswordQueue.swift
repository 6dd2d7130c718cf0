internal import Dispatch
internal import Synchronization

/// Passwords, hashed and compared one after another on a thread of their own: neither an event loop nor
/// another call waits for them, and 19 MiB are in use at most.
public final class PasswordQueue: Sendable {
  /// How many may wait: about two seconds' worth. Beyond, `tooManyWaiting`.
  public static let maximumWaiting = 64

  private let queue = DispatchQueue(label: "passwords")
  private let waiting = Mutex(0)

  public init() {}

  /// `Password.hash`, when its turn has come.
  public func hash(_ password: String) async throws(Password.Refusal) -> String {
    try await inTurn { () throws(Password.Refusal) in try Password.hash(password) }
  }

  /// `Password.matches`, when its turn has come.
  public func matches(_ password: String, hash: String) async throws(Password.Refusal) -> Bool {
    try await inTurn { Password.matches(password, hash: hash) }
  }

  private func inTurn<Value: Sendable>(
    _ body: @escaping @Sendable () throws(Password.Refusal) -> Value
  ) async throws(Password.Refusal) -> Value {
    let isAdmitted = waiting.withLock { count in
      guard count < Self.maximumWaiting else { return false }
      count += 1
      return true
    }
    guard isAdmitted else { throw .tooManyWaiting }
    let result = await withCheckedContinuation { continuation in
      queue.async { [self] in
        let result = Result { () throws(Password.Refusal) in try body() }
        waiting.withLock { $0 -= 1 }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }
}
