import API
import SwiftProtobuf
import Testing

/// What `buf breaking` does not see of the promise in docs/compatibility.md: who may call, and reasons.
@Suite struct ReleasedTests {
  let released: Contract
  let present: Contract

  init() throws {
    var set = try Contract.set("Protos/released.binpb")
    set.file.removeAll { $0.package != "latchkey.v1" }
    released = Contract(set)
    present = try .committed()
  }

  @Test func `A1 whoever could call a released method still may`() {
    #expect(released.methods.count > 40, "the released contract was not read")
    #expect(Self.withdrawals(from: released, in: present) == [])
  }

  @Test func `A1 every reason that the released contract names is still named`() {
    let kept = Set(present.comments.flatMap(CommentTests.upperSnake))
    let gone = Set(released.comments.flatMap(CommentTests.upperSnake)).subtracting(kept)
    #expect(gone.sorted() == [])
  }

  @Test func `a caller who is shut out, and a permission that is asked, are found`() throws {
    var set = try Contract.set("Protos/latchkey.binpb")
    let (file, method) = try #require(Self.position(of: "ListWorkOrders", in: set))
    let callers = set.file[file].service[0].method[method].options.Protoaccess.callers
    set.file[file].service[0].method[method].options.Protoaccess.callers.removeFirst()
    set.file[file].service[0].method[method].options.Protoaccess.permission = .administer
    #expect(
      Self.withdrawals(from: present, in: Contract(set)) == [
        "latchkey.v1.WorkOrderService/ListWorkOrders: no longer for \(callers[0])",
        "latchkey.v1.WorkOrderService/ListWorkOrders: now asks for administer",
      ])
    set.file[file].service[0].method.remove(at: method)
    #expect(
      Self.withdrawals(from: present, in: Contract(set)) == [
        "latchkey.v1.WorkOrderService/ListWorkOrders: is gone"
      ])
  }

  private static func withdrawals(from released: Contract, in present: Contract) -> [String] {
    let methods = Dictionary(uniqueKeysWithValues: present.methods.map { ($0.name, $0.descriptor.options) })
    return released.methods.flatMap { method in
      let before = method.descriptor.options.Protoaccess
      guard let now = methods[method.name]?.Protoaccess else { return ["\(method.name): is gone"] }
      let shutOut = before.callers.filter { !now.callers.contains($0) }
      // A permission is asked of staff only: whom a method did not admit before has lost nothing.
      let isStricter =
        before.callers.contains(.staff) && now.permission != before.permission
        && now.permission != .unspecified
      return shutOut.map { "\(method.name): no longer for \($0)" }
        + (isStricter ? ["\(method.name): now asks for \(now.permission)"] : [])
    }
  }

  private static func position(
    of method: String, in set: Google_Protobuf_FileDescriptorSet
  ) -> (file: Int, method: Int)? {
    for (number, file) in set.file.enumerated() {
      if let found = file.service.first?.method.firstIndex(where: { $0.name == method }) {
        return (number, found)
      }
    }
    return nil
  }
}
