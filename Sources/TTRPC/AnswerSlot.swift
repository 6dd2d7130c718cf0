import Synchronization

/// Settles who brings a unary handler's answer to the wire: the loop that started the handler, where that ended
/// before it first waited; else the handler's task.
///
/// Most handlers end at once. Their calls need no place among those in flight, and no way back to the loop.
final class AnswerSlot: Sendable {
  typealias Answer = Result<[UInt8], any Error>

  private enum State {
    case starting
    case answered(Answer)
    case waiting
  }

  private let state = Mutex(State.starting)

  /// Leaves the answer to the loop, from the handler's task. False when the loop has gone on without it.
  func leave(_ answer: Answer) -> Bool {
    state.withLock { state in
      if case .waiting = state { return false }
      state = .answered(answer)
      return true
    }
  }

  /// The answer, where the handler has ended; from now on it is its task's to bring. Asked once, on the loop,
  /// when the handler has been started.
  func take() -> Answer? {
    state.withLock { state in
      if case .answered(let answer) = state { return answer }
      state = .waiting
      return nil
    }
  }
}
