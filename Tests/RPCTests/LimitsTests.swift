import RPC
import Testing

@Suite struct LimitsTests {
  @Test func `connections are as many as descriptors leave room for, and one always`() {
    let limits = Limits()
    #expect(limits.reservedDescriptors == 64)
    for (descriptors, connections) in [
      (1064, 1000), (66, 2), (65, 1), (64, 1), (0, 1), (-100, 1), (.max, .max - 64),
    ] {
      #expect(limits.connectionsFitting(descriptors: descriptors) == connections, "\(descriptors)")
    }
  }
}
