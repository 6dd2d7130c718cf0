import NIOCore
import RPC
import Testing

@testable import Transport

/// Who counts as one peer, and how many connections there may be.
@Suite struct RegistryTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "::ffff:192.0.2.1", true),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false), ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
    ("2001:db8:0:1::1", "2001:db8:0:2::1", false), ("2001:db8::1", "192.0.2.1", false),
  ])
  func `addresses of one IPv6 network are one peer`(one: String, other: String, isSame: Bool) throws {
    let networks = try [one, other].map { PeerNetwork(try SocketAddress(ipAddress: $0, port: 1)) }
    #expect((networks[0] == networks[1]) == isSame)
    #expect(networks[0] != nil)
  }

  @Test(arguments: ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
  func `who connects on this machine is nobody's network`(address: String) throws {
    #expect(PeerNetwork(try SocketAddress(ipAddress: address, port: 1)) == nil)
    #expect(PeerNetwork(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
  }

  @Test func `connections are counted by network, and make room when they go`() throws {
    var limits = Limits()
    limits.connectionsPerAddress = 2
    let registry = Registry(wire: "test", limits: limits)
    let network = PeerNetwork.v6(prefix: 7)
    let first = try #require(registry.admit(from: network))
    #expect(registry.admit(from: network) != nil)
    #expect(registry.admit(from: network) == nil)
    #expect(registry.admit(from: .v4(7)) != nil)
    #expect(registry.admit(from: nil) != nil)
    registry.remove(first)
    #expect(registry.admit(from: network) != nil)
    #expect(registry.admit(from: network) == nil)
  }

  @Test func `connections are counted in all, and make room when they go`() throws {
    var limits = Limits()
    limits.connections = 2
    let registry = Registry(wire: "test", limits: limits)
    let first = try #require(registry.admit(from: nil))
    #expect(registry.admit(from: .v4(7)) != nil)
    #expect(registry.admit(from: .v4(8)) == nil)
    registry.remove(first)
    #expect(registry.admit(from: .v4(8)) != nil)
  }

  @Test func `what one server has let in the others of its process have no descriptor for`() throws {
    var limits = Limits()
    limits.connectionsPerAddress = 1
    let budget = DescriptorBudget()
    let room = limits.reservedDescriptors + 2
    let one = Registry(wire: "one", limits: limits, descriptors: room, budget: budget)
    let other = Registry(wire: "other", limits: limits, descriptors: room, budget: budget)
    let first = try #require(one.admit(from: .v4(7)))
    #expect(one.admit(from: .v4(7)) == nil, "who is refused takes none")
    #expect(other.admit(from: nil) != nil)
    #expect(one.admit(from: nil) == nil)
    #expect(other.admit(from: nil) == nil)
    one.remove(first)
    #expect(other.admit(from: nil) != nil)
    #expect(other.admit(from: nil) == nil)
  }

  @Test func `S8 once it drains nothing comes in, and what was just let in is not set up`() throws {
    let registry = Registry(wire: "test", limits: Limits())
    let controls = ConnectionControls(drain: {}, abort: {})
    let early = try #require(registry.admit(from: nil))
    let late = try #require(registry.admit(from: nil))
    #expect(registry.add(controls, of: early))
    #expect(registry.startDraining().connections.count == 1)
    #expect(!registry.add(controls, of: late))
    #expect(registry.admit(from: nil) == nil)
    registry.remove(early)
    #expect(registry.connections.isEmpty)
  }
}
