/// What a caller may send over HTTP (Sources/HTTPRPC): what stands in the head of a request, and the messages in its
/// body, enveloped, compressed, as text. Each body is read at once, and in pieces, and by a second, slow reading of
/// the rules; and what was read can be written, and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = Input(UnsafeBufferPointer(start: data, count: size))
  switch input.byte() % 4 {
  case 0: Heads.check(&input)
  case 1: Texts.check(input.take(size))
  default: Bodies.check(&input)
  }
  return 0
}
