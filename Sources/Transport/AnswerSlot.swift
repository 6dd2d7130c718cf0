public import Synchronization

/// Settles who brings a unary handler's answer to the wire: the loop that started the handler, where that ended
/// before it first waited; else the handler's task.
///
/// Most handlers end at once. Their calls need no place among those in flight, and no way back to the loop.
/// There is one a call: wires compile it in.
@usableFromInline
package final class AnswerSlot: Sendable {
  @usableFromInline
  package typealias Answer = Result<[UInt8], any Error>

  @usableFromInline
  enum State {
    case starting
    case answered(Answer)
    case waiting
  }

  @usableFromInline let state = Mutex(State.starting)

  @inlinable
  package init() {}

  /// Leaves the answer to the loop, from the handler's task. False when the loop has gone on without it.
  @inlinable
  package func leave(_ answer: Answer) -> Bool {
    state.withLock { state in
      if case .waiting = state { return false }
      state = .answered(answer)
      return true
    }
  }

  /// The answer, where the handler has ended; from now on it is its task's to bring. Asked once, on the loop,
  /// when the handler has been started.
  @inlinable
  package func take() -> Answer? {
    state.withLock { state in
      if case .answered(let answer) = state { return answer }
      state = .waiting
      return nil
    }
  }
}
