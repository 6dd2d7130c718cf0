import Glibc
import Synchronization

/// Runs tasks on the thread that drives the simulation, one job after another, in the order in which they
/// became ready: so one message is decided at a time, and the same seed gives the same run.
final class DrivenExecutor: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    /// Those before it have run.
    var first = 0
    /// Calls that will answer by themselves: another thread may have one of them in hand (passwords).
    var calls = 0
  }

  private let state = Mutex(State())

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
  }

  /// Starts a call that answers by itself, sooner or later.
  func start(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    state.withLock { $0.calls += 1 }
    return Task(executorPreference: self) { [self] in
      await body()
      state.withLock { $0.calls -= 1 }
    }
  }

  /// Starts a task that goes on until it is cancelled.
  func watch(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: self) { await body() }
  }

  /// Runs everything that can run now.
  func drain() {
    while true {
      let (job, mustWait) = state.withLock { state -> (UnownedJob?, Bool) in
        guard state.first < state.jobs.count else {
          state.jobs.removeAll(keepingCapacity: true)
          state.first = 0
          return (nil, state.calls > 0)
        }
        defer { state.first += 1 }
        return (state.jobs[state.first], false)
      }
      if let job {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if mustWait {
        usleep(50)
      } else {
        return
      }
    }
  }
}
