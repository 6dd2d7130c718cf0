public import Domain
import RPC
import Synchronization

/// How often each caller may call: every device, session and API key for itself, whatever connections it has; and of
/// those who have proved nothing, each network. Kept in memory: a restart gives all of it back.
public final class Quotas: Sendable {
  public struct Limits: Sendable {
    /// Of whoever has proved who they are: a busy desk needs a hundredth of it, a program that brings many appointments
    /// all of it.
    public var known = CallAllowance.Rate(perSecond: 500, atOnce: 2000)
    /// Of strangers from one network.
    public var strangers = CallAllowance.Rate(perSecond: 50, atOnce: 200)

    public init() {}

    /// The same limits at another rate of known callers; strangers have a tenth of it.
    ///
    /// - Precondition: `callsPerSecond` is 1 or more.
    public init(callsPerSecond: Int) {
      known = .init(perSecond: callsPerSecond, atOnce: 4 * callsPerSecond)
      strangers = .init(perSecond: max(callsPerSecond / 10, 1), atOnce: max(callsPerSecond / 10 * 4, 4))
    }
  }

  /// Callers that are counted at once. Beyond, those count together who come then.
  static let maximumCallers = 65_536

  private enum Key: Hashable {
    case caller(Caller.Identity)
    case network(UInt64)
    case others
  }

  public let limits: Limits
  private let allowances = Mutex<[Key: CallAllowance]>([:])

  public init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Counts a call. The operator, and strangers on this machine, are not counted: a proxy here stands for many.
  ///
  /// - Throws: `TOO_MANY_REQUESTS`, with the delay after which it is admitted.
  func admit(_ caller: Caller, from network: UInt64?, weight: Int, at now: Instant) throws(Failure) {
    guard let (key, rate) = counted(caller, network) else { return }
    let delay = allowances.withLock { allowances in
      let isRoom = allowances[key] != nil || allowances.count < Self.maximumCallers
      return allowances[isRoom ? key : .others, default: CallAllowance(at: now)].take(
        weight, of: rate, at: now)
    }
    guard let delay else { return }
    throw Failure(
      .resourceExhausted, reason: .tooManyRequests,
      "Too many calls: \(rate.perSecond) a second are allowed; go on after the delay.", retryDelay: delay)
  }

  /// Forgets whoever has called seldom. To be called now and again.
  func sweep(at now: Instant) {
    allowances.withLock { allowances in
      for key in allowances.keys {
        let rate = rate(of: key)
        if allowances[key]?.isWhole(rate, at: now) == true { allowances[key] = nil }
      }
    }
  }

  private func counted(_ caller: Caller, _ network: UInt64?) -> (Key, CallAllowance.Rate)? {
    let identity = caller.identity
    if identity != .nobody { return (.caller(identity), limits.known) }
    guard caller.kind == .anyone, let network else { return nil }
    return (.network(network), limits.strangers)
  }

  private func rate(of key: Key) -> CallAllowance.Rate {
    switch key {
    case .caller: limits.known
    case .network, .others: limits.strangers
    }
  }
}
