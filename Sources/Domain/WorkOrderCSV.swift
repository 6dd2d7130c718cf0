/// A file of work orders (A3): UTF-8 with or without byte order mark, RFC 4180, comma or semicolon.
///
/// Good lines become drafts; each bad line is reported with everything that is wrong in it, and nothing of
/// it is taken. Lines are counted from 1, the header's and those inside quoted fields included. Blank
/// lines are passed over.
public struct WorkOrderCSV: Hashable, Sendable {
  public static let maximumBytes = 2 * 1024 * 1024
  /// The header's line included.
  public static let maximumLines = 20_000
  public static let maximumColumns = 64
  public static let maximumFieldBytes = 4000

  /// The names in the header; case does not count, nor does their order.
  public enum Column: String, Sendable, CaseIterable {
    case number
    /// `YYYY-MM-DD`.
    case date
    /// `HH:MM`.
    case time
    case plate
    case brand
    case model
    case driverName = "driver_name"
    case driverEmail = "driver_email"
    case driverMobile = "driver_mobile"
    case driverBusinessEmail = "driver_business_email"
    case driverBusinessMobile = "driver_business_mobile"
    case language
    /// Names of interventions, with `|` between.
    case work

    public static let required: [Column] = [.number, .date, .time, .plate]
  }

  /// A good line.
  public struct Line: Hashable, Sendable {
    public var number: Int
    public var draft: WorkOrderDraft
  }

  /// What the header names.
  public var columns: Set<Column>
  public var lines: [Line] = []
  /// In the order of the file.
  public var problems: [ImportProblem] = []

  /// - Parameter country: of the location, ISO 3166-1 alpha-2: how phone numbers are read.
  public init(parsing bytes: [UInt8], country: String) throws(CSVFailure) {
    var reader = try Self.reader(of: bytes)
    let columns = try Self.columns(of: reader.next())
    self.columns = Set(columns)
    var firstLines: [String: Int] = [:]
    while let record = reader.next() {
      if record.isBlank { continue }
      let (draft, problems) = Self.read(record, columns, country: country, firstLines: &firstLines)
      self.problems += problems
      if let draft, problems.isEmpty { lines.append(Line(number: record.line, draft: draft)) }
    }
  }
}

/// One thing that is wrong in one line of a file.
public struct ImportProblem: Hashable, Sendable {
  /// Where the line starts, from 1.
  public var line: Int
  /// The column; empty when it is the line as a whole.
  public var field: String
  /// A sentence for people. It does not repeat the value.
  public var description: String

  public init(line: Int, field: String, description: String) {
    self.line = line
    self.field = field
    self.description = description
  }
}
