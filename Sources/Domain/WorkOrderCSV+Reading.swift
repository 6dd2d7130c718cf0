extension WorkOrderCSV {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  /// How much of an unknown column's name a message repeats.
  private static let maximumNameInMessage = 40

  /// A reader at the header, after all that is checked of the file as a whole.
  static func reader(of bytes: [UInt8]) throws(CSVFailure) -> CSVReader {
    guard bytes.count <= maximumBytes else { throw .tooLarge(bytes: bytes.count) }
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw .notUTF8(byteOffset: error.byteOffsets.lowerBound)
    }
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    let header = bytes[start...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    // No column's name holds either, so the first one found is the separator.
    let separator = header.first { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
    guard lineCount(of: bytes) <= maximumLines else { throw .tooManyLines }
    return CSVReader(bytes, from: start, separator: separator ?? UInt8(ascii: ","))
  }

  /// Lines that end in CRLF, LF or CR, and a last one that does not end.
  private static func lineCount(of bytes: [UInt8]) -> Int {
    var count = 0
    var previous = UInt8(ascii: "\n")
    for byte in bytes {
      if byte == UInt8(ascii: "\r") || (byte == UInt8(ascii: "\n") && previous != UInt8(ascii: "\r")) {
        count += 1
      }
      previous = byte
    }
    let isEnded = previous == UInt8(ascii: "\n") || previous == UInt8(ascii: "\r")
    return isEnded ? count : count + 1
  }

  /// Which column each field belongs to.
  static func columns(of header: CSVReader.Record?) throws(CSVFailure) -> [Column] {
    guard let header, !header.isBlank, header.malformation == nil else { throw .noHeader }
    guard header.fields.count <= maximumColumns else { throw .tooManyColumns(header.fields.count) }
    let names = header.fields.map { $0.trimmed.lowercased() }
    let known = names.map(Column.init(rawValue:))
    guard known.contains(where: { $0 != nil }) else { throw .noHeader }
    var columns: [Column] = []
    for (name, column) in zip(names, known) {
      guard let column else { throw .unknownColumn(String(name.prefix(maximumNameInMessage))) }
      guard !columns.contains(column) else { throw .repeatedColumn(name) }
      columns.append(column)
    }
    let missing = Column.required.filter { !columns.contains($0) }
    guard missing.isEmpty else { throw .missingColumns(missing.map(\.rawValue)) }
    return columns
  }

  /// The draft that a record makes, and everything that is wrong with it.
  ///
  /// - Parameter firstLines: where each work order's number stood first; numbers of bad lines count too.
  static func read(
    _ record: CSVReader.Record, _ columns: [Column], country: String, firstLines: inout [String: Int]
  ) -> (WorkOrderDraft?, [ImportProblem]) {
    if let problem = problemOfForm(record, columns) { return (nil, [problem]) }
    let values = Dictionary(uniqueKeysWithValues: zip(columns, record.fields))
    var problems: [ImportProblem] = []
    func report(_ column: Column, _ description: String) {
      problems.append(ImportProblem(line: record.line, field: column.rawValue, description: description))
    }

    for column in columns where values[column, default: ""].utf8.count > maximumFieldBytes {
      report(column, "At most \(maximumFieldBytes) bytes.")
    }
    guard problems.isEmpty else { return (nil, problems) }
    let number = values[.number, default: ""].trimmed
    if let first = firstLines[number], !number.isEmpty {
      report(.number, "The same number as in line \(first).")
    }
    firstLines[number] = firstLines[number] ?? record.line
    if LocalDate(parsing: values[.date, default: ""].trimmed) == nil {
      report(.date, "A date that exists, as YYYY-MM-DD.")
    }
    if LocalDateTime(date: .first, time: values[.time, default: ""].trimmed[...]) == nil {
      report(.time, "A time of day, as HH:MM.")
    }
    do {
      return (try WorkOrderDraft.validated(input(values), country: country), problems)
    } catch {
      for violation in error.violations {
        guard let column = column(of: violation.field) else { continue }
        report(column, violation.description)
      }
      return (nil, problems)
    }
  }

  /// What makes the fields of a record meaningless.
  private static func problemOfForm(_ record: CSVReader.Record, _ columns: [Column]) -> ImportProblem? {
    let description: String? =
      switch record.malformation {
      case .quoteInsideField:
        "A quote inside a field: put the field in quotes and double those inside."
      case .textAfterQuote:
        "Text after a closing quote: double the quotes that belong to the text."
      case .quoteNeverClosed:
        "A quoted field that is never closed: the rest of the file was taken into it and not read."
      case nil where record.fields.count != columns.count:
        "\(record.fields.count) fields, but the header has \(columns.count)."
      case nil: nil
      }
    return description.map { ImportProblem(line: record.line, field: "", description: $0) }
  }

  private static func input(_ values: [Column: String]) -> WorkOrderDraft.Input {
    let driver = WorkOrderDraft.ContactInput(
      role: .driver,
      name: values[.driverName, default: ""],
      privateEmail: values[.driverEmail, default: ""],
      businessEmail: values[.driverBusinessEmail, default: ""],
      privateMobile: values[.driverMobile, default: ""],
      businessMobile: values[.driverBusinessMobile, default: ""],
      language: values[.language, default: ""])
    let work = values[.work, default: ""].split(separator: "|").map { String($0).trimmed }.filter {
      !$0.isEmpty
    }
    return WorkOrderDraft.Input(
      number: values[.number, default: ""],
      localTime: "\(values[.date, default: ""].trimmed)T\(values[.time, default: ""].trimmed)",
      plate: values[.plate, default: ""],
      brand: values[.brand, default: ""],
      model: values[.model, default: ""],
      contacts: [driver],
      // The file has no prices.
      interventions: work.map { Intervention(name: $0, isPriceHidden: true) })
  }

  /// The column that a field of the contract comes from; `nil` for the local time, of which date and time
  /// are reported apart.
  private static func column(of field: String) -> Column? {
    switch field {
    case "number": .number
    case "vehicle.plate": .plate
    case "vehicle.brand": .brand
    case "vehicle.model": .model
    case "contacts[0].name": .driverName
    case "contacts[0].private_email": .driverEmail
    case "contacts[0].business_email": .driverBusinessEmail
    case "contacts[0].private_mobile": .driverMobile
    case "contacts[0].business_mobile": .driverBusinessMobile
    case "contacts[0].language": .language
    case let path where path.hasPrefix("interventions"): .work
    default: nil
    }
  }
}
