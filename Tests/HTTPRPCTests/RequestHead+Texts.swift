import RPC

@testable import HTTPRPC

extension RequestHead {
  init(
    _ method: String, _ target: String, _ fields: some Sequence<(name: String, value: String)>
  ) {
    var packed = PackedPairs()
    packed.append(":method", method)
    packed.append(":path", target)
    for field in fields { packed.append(field.name.lowercased(), field.value) }
    self.init(packed)
  }
}
