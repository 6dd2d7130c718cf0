import Domain
import Testing

private let header = "number,date,time,plate"

private func parse(_ text: String) throws -> WorkOrderCSV {
  try WorkOrderCSV(parsing: Array(text.utf8), country: "NL")
}

private func failure(_ bytes: [UInt8]) -> CSVFailure? {
  do {
    _ = try WorkOrderCSV(parsing: bytes, country: "NL")
    return nil
  } catch {
    return error
  }
}

private func failure(_ text: String) -> CSVFailure? { failure(Array(text.utf8)) }

/// `line field` of each problem.
private func problems(_ text: String) throws -> [String] {
  try parse(text).problems.map { "\($0.line) \($0.field)" }
}

@Suite struct WorkOrderCSVTests {
  @Test func `A3 every column is read, in any order`() throws {
    let file = try parse(
      """
      work,plate,time,date,number,language,driver_business_mobile,driver_business_email,driver_mobile,\
      driver_email,driver_name,model,brand
      Service|Tyres,ab-12-cd,09:30,2026-05-05,WO-1,NL,+49 151 23456789,b@example.com,06 12345678,\
      p@example.com,\
      A. Driver,Model,Make

      """)
    #expect(file.problems.isEmpty)
    let line = try #require(file.lines.first)
    #expect(file.lines.count == 1 && line.number == 2)
    #expect(line.draft.number == "WO-1")
    #expect(line.draft.localTime.description == "2026-05-05T09:30")
    #expect(line.draft.plate.normalized == "AB12CD")
    #expect(line.draft.brand == "Make" && line.draft.model == "Model")
    #expect(
      line.draft.contacts == [
        Contact(
          role: .driver, name: "A. Driver", privateEmail: "p@example.com", businessEmail: "b@example.com",
          privateMobile: Phone(stored: "+31612345678"), businessMobile: Phone(stored: "+4915123456789"),
          language: "nl")
      ])
    #expect(line.draft.interventions.map(\.name) == ["Service", "Tyres"])
    #expect(line.draft.interventions.allSatisfy { $0.isPriceHidden && !$0.isAgreed })
  }

  @Test(arguments: [",", ";"], ["\n", "\r\n", "\r"])
  func `A3 comma and semicolon, each way to end a line, with and without byte order mark`(
    separator: String, lineEnd: String
  ) throws {
    let text = ["number,date,time,plate", "1,2026-05-05,09:30,A1", "2,2026-05-05,09:45,A2"]
      .joined(separator: lineEnd).replacing(",", with: separator)
    for text in [text, text + lineEnd, "\u{FEFF}" + text, "\u{FEFF}" + text + lineEnd] {
      let file = try parse(text)
      #expect(file.problems.isEmpty)
      #expect(file.lines.map(\.number) == [2, 3])
      #expect(file.lines.map(\.draft.number) == ["1", "2"])
    }
  }

  @Test func `A3 quoted fields hold separators, doubled quotes and line breaks`() throws {
    let file = try parse(
      "number,date,time,plate,driver_name,work\r\n"
        + "\"1\",2026-05-05,09:30,A1,\"Driver, \"\"A\"\"\",\"\"\r\n"
        + "2,\"2026-05-05\",09:30,\"\r\nA\n2\r\",,a| |b|\r\n"
        + "3,2026-05-05,09:30,A3,,\"\"\"\"\r\n")
    #expect(file.problems.isEmpty)
    try #require(file.lines.map(\.draft.number) == ["1", "2", "3"])
    #expect(file.lines.map(\.number) == [2, 3, 7])
    #expect(file.lines[0].draft.contacts[0].name == "Driver, \"A\"")
    #expect(file.lines[1].draft.plate.normalized == "A2")
    #expect(file.lines[1].draft.interventions.map(\.name) == ["a", "b"])
    #expect(file.lines[2].draft.interventions.map(\.name) == ["\""])
  }

  @Test func `A3 a quoted header is read, its case does not count`() throws {
    let file = try parse("\"Number\";DATE; time ;\"plate\"\n1;2026-05-05;09:30;A1\n")
    #expect(file.lines.map(\.draft.number) == ["1"])
  }

  @Test func `A3 blank lines are passed over and counted`() throws {
    let file = try parse("\(header)\n\n1,2026-05-05,09:30,A1\n,,,\n \n2,2026-05-05,09:30,A2\n\n")
    #expect(file.problems.isEmpty)
    #expect(file.lines.map(\.number) == [3, 6])
  }

  @Test func `A3 a file of a header alone holds nothing`() throws {
    let file = try parse(header)
    #expect(file.lines.isEmpty && file.problems.isEmpty)
  }

  @Test func `A3 good lines are taken, of a bad line everything that is wrong is told and nothing taken`()
    throws
  {
    let file = try parse(
      """
      number,date,time,plate,brand,driver_email,driver_mobile,driver_business_email,driver_business_mobile,\
      language,work
      1,2026-05-05,09:30,A1,,,,,,,
      ,2026-02-30,9:30,---,\(String(repeating: "x", count: 61)),a b@c,06,@,x,es,\
      \(String(repeating: "x", count: 101))
      3,2026-05-05,09:30,A3,,,,,,,
      """)
    #expect(file.lines.map(\.draft.number) == ["1", "3"])
    #expect(
      file.problems.map { "\($0.line) \($0.field)" }.sorted()
        == [
          "number", "date", "time", "plate", "brand", "driver_email", "driver_mobile",
          "driver_business_email",
          "driver_business_mobile", "language", "work",
        ].map { "3 \($0)" }.sorted())
  }

  @Test func `A3 a number that stands twice in the file is wrong in the second line`() throws {
    let file = try parse(
      """
      \(header)
      1,2026-05-05,09:30,A1
      2,2026-05-05,09:30,A2
       1 ,2026-05-06,25:00,A1
      2,2026-05-05,09:30,A2
      2,2026-05-05,09:30,A2
      """)
    #expect(file.lines.map(\.number) == [2, 3])
    let problems = file.problems.map { "\($0.line) \($0.field)" }
    try #require(problems == ["4 number", "4 time", "5 number", "6 number"])
    #expect(file.problems[0].description.contains("line 2"))
    #expect(file.problems[2].description.contains("line 3"))
    #expect(file.problems[3].description.contains("line 3"))
  }

  @Test func `A3 a line with too few or too many fields is wrong as a whole`() throws {
    #expect(try problems("\(header)\n1,2026-05-05,09:30\n2,2026-05-05,09:30,A2,\n") == ["2 ", "3 "])
  }

  @Test func `A3 a misplaced quote spoils its line only, one never closed the rest of the file`() throws {
    let file = try parse(
      """
      \(header)
      1,2026-05-05,09:30,A"1
      2,2026-05-05,09:30,"A2"x
      3,2026-05-05,09:30,A3
      4,"2026-05-05,09:30,A4
      5,2026-05-05,09:30,A5
      """)
    #expect(file.lines.map(\.draft.number) == ["3"])
    try #require(file.problems.map { "\($0.line) \($0.field)" } == ["2 ", "3 ", "5 "])
    #expect(file.problems[2].description.contains("never closed"))
  }

  @Test func `A3 a field has at most 4,000 bytes`() throws {
    let long = String(repeating: "|", count: 4000)
    #expect(try problems("\(header),work\n1,2026-05-05,09:30,A1,\(long)\n") == [])
    #expect(try problems("\(header),work\n1,2026-05-05,09:30,A1,\(long)|\n") == ["2 work"])
  }

  @Test func `A3 a file without a header is refused`() {
    for text in [
      "", "\u{FEFF}", "\n\(header)", ",,,\n", "1,2026-05-05,09:30,A1\n", "\"number,date,time,plate\n",
    ] {
      #expect(failure(text) == .noHeader)
    }
  }

  @Test func `A3 unknown, repeated and missing columns are named`() {
    #expect(failure("\(header),colour\n") == .unknownColumn("colour"))
    #expect(failure("\(header),\n") == .unknownColumn(""))
    #expect(failure("\(header),Date\n") == .repeatedColumn("date"))
    #expect(failure("number,time\n") == .missingColumns(["date", "plate"]))
    #expect(failure("number;date,time,plate\n") == .unknownColumn("date,time,plate"))
    #expect(
      failure("number,\(String(repeating: "x", count: 5000))\n")
        == .unknownColumn(String(repeating: "x", count: 40)))
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE], 0), (Array("number".utf8) + [0xC3], 6), (Array("number\n".utf8) + [0xC3, 0x28], 7),
      ([0xEF, 0xBB, 0xBF] + Array("n".utf8) + [0x80], 4), (Array("é".utf8) + [0xED, 0xA0, 0x80], 2),
    ] as [([UInt8], Int)])
  func `A3 a file that is not UTF-8 is refused with the place`(bytes: [UInt8], offset: Int) {
    #expect(failure(bytes) == .notUTF8(byteOffset: offset))
  }

  @Test func `A3 2 MiB are taken, a byte more is not`() {
    let start = Array("\(header)\n".utf8)
    let full = start + [UInt8](repeating: UInt8(ascii: " "), count: WorkOrderCSV.maximumBytes - start.count)
    #expect(failure(full) == nil)
    #expect(failure(full + [UInt8(ascii: " ")]) == .tooLarge(bytes: 2 * 1024 * 1024 + 1))
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func `A3 20,000 lines are taken, one more is not`(lineEnd: String) throws {
    let lines = [header] + (2...20_000).map { "\($0),2026-05-05,09:30,A\($0)" }
    let text = lines.joined(separator: lineEnd)
    let file = try parse(text + lineEnd)
    #expect(file.lines.count == 19_999 && file.lines.last?.number == 20_000)
    #expect(failure(text + lineEnd + "x") == .tooManyLines)
    #expect(failure(text + lineEnd + lineEnd) == .tooManyLines)
  }

  @Test func `A3 64 columns are read, one more is refused`() {
    let more = { (count: Int) in header + String(repeating: ",x", count: count - 4) + "\n" }
    #expect(failure(more(64)) == .unknownColumn("x"))
    #expect(failure(more(65)) == .tooManyColumns(65))
  }

  @Test func `A3 whatever the bytes, the reader ends and no line is both taken and refused`() throws {
    var random = SystemRandomNumberGenerator()
    let pieces = [
      "\"", "\"\"", ",", ";", "\n", "\r", "\r\n", "1", "2026-05-05", "09:30", "A1", " ", "é", "|", "\u{0}",
    ]
    for _ in 0..<3000 {
      let text =
        "\(header)\n"
        + (0..<Int.random(in: 0...40, using: &random)).map { _ in pieces.randomElement(using: &random)! }
        .joined()
      let file = try parse(text)
      #expect(
        Set(file.lines.map(\.number)).isDisjoint(with: file.problems.map(\.line)), "\(text.debugDescription)")
    }
  }

  @Test func `each failure says what to do in one sentence or two`() {
    let failures: [CSVFailure] = [
      .tooLarge(bytes: 1), .tooManyLines, .tooManyColumns(65), .notUTF8(byteOffset: 7), .noHeader,
      .unknownColumn("colour"), .repeatedColumn("date"), .missingColumns(["plate"]),
    ]
    for failure in failures { #expect("\(failure)".hasSuffix(".")) }
    #expect("\(CSVFailure.unknownColumn("colour"))".contains("'colour'"))
    #expect("\(CSVFailure.notUTF8(byteOffset: 7))".contains("byte 7"))
  }
}
