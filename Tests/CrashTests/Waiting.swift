/// How long something that has to happen may take before a test gives up.
private let mostWaiting: Duration = .seconds(40)

/// Looks until something is true. Returns false when it does not come true.
func comesTrue(_ body: () async throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + mostWaiting
  while ContinuousClock.now < deadline {
    if try await body() { return true }
    try await Task.sleep(for: .milliseconds(50))
  }
  return false
}
