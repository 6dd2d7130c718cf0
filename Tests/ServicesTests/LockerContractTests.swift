import API
import Testing

/// L4: what the contract leaves out, so that no program can ask for it.
@Suite struct LockerContractTests {
  /// The fields of a message, as `type name`, with `repeated` and `map` where they are.
  private func fields(of message: String, in file: String) throws -> [String] {
    let text = try #require(try Contract.files()[file])
    let body = try #require(text.firstMatch(of: try Regex("message \(message) \\{([^}]*)\\}")))
    return "\(try #require(body.output[1].substring))".matches(
      of: #/^\s*((?:repeated\s+|map<)?[\w.,<> ]+)\s=\s\d+;/#.anchorsMatchLineEndings()
    ).map { "\($0.1)" }
  }

  @Test func `L4 a command names one compartment, and an answer carries one command`() throws {
    #expect(try fields(of: "WatchCommandsResponse", in: "locker.proto") == ["UnlockCommand command"])
    let command = try fields(of: "UnlockCommand", in: "locker.proto")
    #expect(command.filter { $0.contains("compartment") } == ["int32 compartment"])
    #expect(command.allSatisfy { !$0.hasPrefix("repeated") && !$0.hasPrefix("map") })
  }

  @Test func `L4 S6 nothing but a visit or a hand-over has a method that opens a door`() throws {
    var opening: [String] = []
    for (_, text) in try Contract.files() {
      opening += text.matches(of: #/rpc\s+(\w*(?:open|unlock|release|fire|pulse)\w*)\(/#.ignoresCase()).map {
        "\($0.1)"
      }
    }
    #expect(opening == ["ReopenCompartment"])
  }

  @Test func `L4 no request names several compartments or all of them`() throws {
    var several: [String] = []
    for (_, text) in try Contract.files() {
      for request in text.matches(of: #/message\s+(\w+Request)\s*\{([^}]*)\}/#) {
        let body = request.2
        if body.contains(#/repeated\s+[\w.]+\s+\w*(?:compartment|box|locker)\w*/#)
          || body.contains(#/\ball\b[^.]*=/#)
        {
          several.append("\(request.1)")
        }
      }
    }
    #expect(several == [])
  }
}
