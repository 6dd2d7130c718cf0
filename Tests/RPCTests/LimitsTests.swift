import RPC
import Testing

@Suite struct LimitsTests {
  @Test func `connections are as many as descriptors leave room for, and one always`() {
    var limits = Limits()
    limits.connections = 1000
    #expect(limits.reservedDescriptors == 64)
    for (descriptors, connections) in [
      (20_000, 1000), (1064, 1000), (1063, 999), (65, 1), (64, 1), (0, 1), (-100, 1), (.max, 1000),
    ] {
      #expect(limits.fitting(descriptors: descriptors).connections == connections, "\(descriptors)")
    }
  }
}
