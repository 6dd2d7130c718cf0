import Synchronization

/// One watch as a wire runs it: all that there is of it while it waits. A change starts a task for one round,
/// or for as many as follow each other.
package final class RunningWatch: Sendable {
  /// Starts a task.
  package typealias Spawn = @Sendable (@escaping @Sendable () async -> Void) -> Void

  private struct State {
    var machine = WatchStateMachine()
    /// `nil` while a task has it, and after the end.
    var watch: (any Watch)?
  }

  private let codec: Codec
  private let sink: any ResponseSink
  private let spawn: Spawn
  private let finish: @Sendable ((any Error)?) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - sink: takes the messages. When it throws, the watch ends.
  ///   - finish: told the end, unless it was cancelled before: `nil` when all was sent, else what went wrong.
  package init(
    _ watch: any Watch,
    as codec: Codec = .binary,
    sink: any ResponseSink,
    spawn: @escaping Spawn = { body in _ = Task { await body() } },
    finish: @escaping @Sendable ((any Error)?) -> Void
  ) {
    self.codec = codec
    self.sink = sink
    self.spawn = spawn
    self.finish = finish
    self.state = Mutex(State(watch: watch))
  }

  /// Begins, with the first round. Called once.
  package func start() {
    guard var watch = state.withLock({ $0.watch.take() }) else { return }
    watch.begin { [self] in wake() }
    spawn { [self, watch] in await run(watch) }
  }

  /// Something may have changed.
  package func wake() {
    perform { $0.changed() }
  }

  /// Ends without a word. The sink takes nothing more, so that a round under way soon fails.
  package func cancel() {
    perform { $0.cancel() }
  }

  /// Tells the machine, and starts what it wants done.
  private func perform(_ event: @Sendable (inout WatchStateMachine) -> WatchStateMachine.Action?) {
    let (action, watch) = state.withLock { state -> (WatchStateMachine.Action?, (any Watch)?) in
      let action = event(&state.machine)
      return (action, action == nil ? nil : state.watch.take())
    }
    guard let action, let watch else { return }
    spawn { [self] in
      switch action {
      case .round: await run(watch)
      case .end: await end(watch, nil)
      }
    }
  }

  /// Does rounds until there is nothing to do.
  private func run(_ watch: any Watch) async {
    var watch = watch
    var action: WatchStateMachine.Action? = .round
    var failure: (any Error)?
    while action == .round {
      let outcome: WatchOutcome
      do {
        outcome = try await watch.round(into: sink, as: codec)
      } catch {
        outcome = .over
        failure = error
      }
      action = state.withLock { [watch] state in
        let action = state.machine.roundDone(outcome)
        if action == nil { state.watch = watch }
        return action
      }
    }
    if action == .end { await end(watch, failure) }
  }

  private func end(_ watch: any Watch, _ failure: (any Error)?) async {
    var watch = watch
    await watch.end()
    if !state.withLock(\.machine.isCancelled) { finish(failure) }
  }
}
