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
    #expect(metadata[1].value == "two")
  }
}
