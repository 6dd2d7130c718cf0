import RPC
import Testing

@Suite struct NamesTests {
  @Test func `a procedure name has a service and a method`() {
    let name = ProcedureName("latchkey.v1.AuthService/Challenge")
    #expect(name.service == "latchkey.v1.AuthService")
    #expect(name.method == "Challenge")
    #expect("\(name)" == "latchkey.v1.AuthService/Challenge")
  }

  @Test func `a name of another shape stops the program`() async {
    await #expect(processExitsWith: .failure) { _ = ProcedureName("NoSlash") }
    await #expect(processExitsWith: .failure) { _ = ProcedureName("a/b/c") }
    await #expect(processExitsWith: .failure) { _ = ProcedureName("/Method") }
  }

  @Test func `metadata is found in any letter case, the first of several`() {
    let metadata: Metadata = [("Authorization", "one"), ("AUTHORIZATION", "two"), ("x-@", "at")]
    #expect(metadata.first(named: "authorization") == "one")
    #expect(metadata.first(named: "X-@") == "at")
    #expect(metadata.first(named: "x-`") == nil, "only letters have two cases")
    #expect(metadata.first(named: "authorizatio") == nil)
    #expect(metadata.count == 3)
    #expect(metadata.map(\.value) == ["one", "two", "at"])
  }

  @Test func `metadata that are the same pairs are equal, and the empty string is a value`() {
    var metadata: Metadata = [("a", "")]
    metadata.append(key: "b", value: "2")
    #expect(metadata == [("a", ""), ("b", "2")])
    #expect(metadata != [("a", "b"), ("", "2")])
    #expect(
      metadata.hashValue == Metadata([.init(key: "a", value: ""), .init(key: "b", value: "2")]).hashValue)
    #expect(metadata.first(named: "a")?.isEmpty == true)
  }
}
