public import RPC

/// A watch that one topic wakes, and whose rounds go on from a cursor.
public struct TopicWatch<Response: WireMessage>: Watch {
  /// Sends what is after the cursor, and returns where to go on from; `nil` when nothing more will come.
  typealias Round = @Sendable (_ cursor: Int64, _ stream: ResponseStream<Response>) async throws -> Int64?

  private let signals: Signals
  private let topic: Topic
  private var cursor: Int64
  private let sendNews: Round
  private var subscription: Signals.Subscription?

  init(_ signals: Signals, _ topic: Topic, after cursor: Int64, _ sendNews: @escaping Round) {
    self.signals = signals
    self.topic = topic
    self.cursor = cursor
    self.sendNews = sendNews
  }

  public mutating func begin(wake: @escaping @Sendable () -> Void) {
    subscription = signals.subscribe(topic, wake: wake)
  }

  public mutating func round(_ stream: ResponseStream<Response>) async throws -> WatchOutcome {
    guard let next = try await sendNews(cursor, stream) else { return .over }
    cursor = next
    return .waits
  }

  public mutating func end() async {
    if let subscription { signals.unsubscribe(subscription) }
  }
}
