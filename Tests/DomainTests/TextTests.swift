import Domain
import Testing

/// The bounds of what people type.
@Suite struct TextTests {
  @Test func `A5 a text is counted in characters, on both sides of the bound`() {
    for letter in ["a", "é", "€", "😀"] {
      #expect(String(repeating: letter, count: 40).fault(maximum: 40) == nil)
      #expect(String(repeating: letter, count: 41).fault(maximum: 40) != nil)
    }
    #expect(String(repeating: "😀", count: 41).fault(maximum: 40) == "At most 40 characters.")
    #expect(String(repeating: "a", count: 41).fault(maximum: 40) == "At most 40 characters; these are 41.")
  }

  @Test func `A5 what cannot fit is refused whatever it holds`() {
    let huge = String(repeating: "\0", count: 1 << 20)
    #expect(huge.fault(maximum: 40, mayHaveLines: true) == "At most 40 characters.")
    #expect(("e" + String(repeating: "\u{301}", count: 1000)).fault(maximum: 40) != nil)
  }

  @Test func `A5 control characters are refused, and line breaks where there are no lines`() {
    for text in ["a\0b", "\u{1B}[2J", "a\u{7F}", "a\u{85}b"] {
      #expect(text.fault(maximum: 40) != nil && text.fault(maximum: 40, mayHaveLines: true) != nil)
    }
    #expect("a\nb\tc".fault(maximum: 40) != nil)
    #expect("a\nb\tc".fault(maximum: 40, mayHaveLines: true) == nil)
  }
}
