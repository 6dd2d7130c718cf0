import Domain
import Services

/// What a column can hold.
enum SQLValue: Hashable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  /// A text that SQLite would cut off.
  var holdsNUL: Bool {
    guard case .text(let text) = self else { return false }
    return text.utf8.contains(0)
  }
}

/// A value that fills one column.
protocol Stored {
  var stored: SQLValue { get }
  /// What a column that is not NULL holds; `nil` when that is no such value.
  static func read(_ column: Column) -> Self?
}

extension Int64: Stored {
  var stored: SQLValue { .integer(self) }
  static func read(_ column: Column) -> Int64? { column.int64 }
}

extension Int: Stored {
  var stored: SQLValue { .integer(Int64(self)) }
  static func read(_ column: Column) -> Int? { column.int64.flatMap(Int.init(exactly:)) }
}

extension Bool: Stored {
  var stored: SQLValue { .integer(self ? 1 : 0) }
  static func read(_ column: Column) -> Bool? { column.int64.map { $0 != 0 } }
}

extension String: Stored {
  var stored: SQLValue { .text(self) }
  static func read(_ column: Column) -> String? { column.text }
}

extension [UInt8]: Stored {
  var stored: SQLValue { .blob(self) }
  static func read(_ column: Column) -> [UInt8]? { column.bytes }
}

extension Optional where Wrapped: Stored {
  var stored: SQLValue { self?.stored ?? .null }
}

/// An enum that is stored as its raw text.
protocol StoredEnum: Stored, RawRepresentable<String>, CaseIterable {}

extension StoredEnum {
  var stored: SQLValue { .text(rawValue) }
  static func read(_ column: Column) -> Self? { String.read(column).flatMap(Self.init) }
}

extension Command.Progress: Stored {
  var stored: SQLValue { rawValue.stored }
  static func read(_ column: Column) -> Self? { Int.read(column).flatMap(Self.init) }
}
extension CommandOutcome: StoredEnum {}
extension CommandRefusal: StoredEnum {}
extension Compartment.Door: StoredEnum {}
extension ContactRole: StoredEnum {}
extension Device.Kind: StoredEnum {}
extension Event.Kind: StoredEnum {}
extension Handover.Direction: StoredEnum {}
extension Handover.State: StoredEnum {}
extension IssuedPin.Purpose: StoredEnum {}
extension IssuedPin.State: StoredEnum {}
extension ItemState: StoredEnum {}
extension Quarantine: StoredEnum {}
extension Staff.Role: StoredEnum {}
extension Visit.Notice: StoredEnum {}
extension Visit.Purpose: StoredEnum {}
extension Visit.State: StoredEnum {}
extension WorkOrder.CancelReason: StoredEnum {}
extension WorkOrder.Status: StoredEnum {}

extension Identifier: Stored {
  var stored: SQLValue { rawValue.stored }
  static func read(_ column: Column) -> Self? { Int64.read(column).map(Self.init) }
}

extension Instant: Stored {
  var stored: SQLValue { .integer(milliseconds) }
  static func read(_ column: Column) -> Instant? { Int64.read(column).map(Instant.init) }
}

/// Whole milliseconds.
extension Duration: Stored {
  var stored: SQLValue { .integer(milliseconds) }
  static func read(_ column: Column) -> Duration? {
    Int64.read(column).map { .milliseconds($0) }
  }
}

extension LocalDate: Stored {
  var stored: SQLValue { .text(description) }
  static func read(_ column: Column) -> LocalDate? {
    String.read(column).flatMap(LocalDate.init(parsing:))
  }
}

extension Plate: Stored {
  var stored: SQLValue { .text(normalized) }
  static func read(_ column: Column) -> Plate? {
    String.read(column).flatMap(Plate.init(stored:))
  }
}

extension Phone: Stored {
  var stored: SQLValue { .text(e164) }
  static func read(_ column: Column) -> Phone? {
    String.read(column).flatMap(Phone.init(stored:))
  }
}

extension Zone: Stored {
  var stored: SQLValue { .text(identifier) }
  static func read(_ column: Column) -> Zone? {
    String.read(column).flatMap(Zone.init(identifier:))
  }
}
