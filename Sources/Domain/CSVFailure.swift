/// Why a file is refused as a whole.
public enum CSVFailure: Error, Hashable, Sendable, CustomStringConvertible {
  case tooLarge(bytes: Int)
  case tooManyLines
  case tooManyColumns(Int)
  /// The offset of the first byte that is not UTF-8, from 0.
  case notUTF8(byteOffset: Int)
  /// The first line names no column at all.
  case noHeader
  case unknownColumn(String)
  case repeatedColumn(String)
  case missingColumns([String])

  public var description: String {
    switch self {
    case .tooLarge(let bytes):
      "The file has \(bytes) bytes; at most \(WorkOrderCSV.maximumBytes) are taken. Split it."
    case .tooManyLines:
      "The file has more than \(WorkOrderCSV.maximumLines) lines. Split it."
    case .tooManyColumns(let count):
      "The header has \(count) columns; at most \(WorkOrderCSV.maximumColumns) are taken."
    case .notUTF8(let offset):
      "The file is not UTF-8: byte \(offset) (counted from 0) does not fit. Export it as UTF-8."
    case .noHeader:
      "The first line must name the columns. \(Self.knownColumns)"
    case .unknownColumn(let name):
      "The header names an unknown column, '\(name)'. \(Self.knownColumns)"
    case .repeatedColumn(let name):
      "The header names the column '\(name)' twice."
    case .missingColumns(let names):
      "The header lacks \(names.joined(separator: ", "))."
    }
  }

  private static let knownColumns =
    "Known are \(WorkOrderCSV.Column.allCases.map(\.rawValue).joined(separator: ", "))."
}
