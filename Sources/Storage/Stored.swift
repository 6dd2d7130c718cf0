import Domain
import Foundation
import GRDB
import Services

/// A value that fills one column.
protocol Stored {
  var stored: DatabaseValue { get }
  /// What a column that is not NULL holds; `nil` when that is no such value.
  static func read(_ row: Row, at index: Int) -> Self?
}

extension Int64: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ row: Row, at index: Int) -> Int64? { row[index] }
}

extension Int: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ row: Row, at index: Int) -> Int? { row[index] }
}

extension Bool: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ row: Row, at index: Int) -> Bool? { row[index] }
}

extension String: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ row: Row, at index: Int) -> String? { row[index] }
}

extension [UInt8]: Stored {
  var stored: DatabaseValue { Data(self).databaseValue }
  static func read(_ row: Row, at index: Int) -> [UInt8]? {
    // An empty BLOB comes back as no data at all.
    try? row.withUnsafeData(atIndex: index) { data in data.map { [UInt8]($0) } ?? [] }
  }
}

extension Optional where Wrapped: Stored {
  var stored: DatabaseValue { self?.stored ?? .null }
}

/// An enum that is stored as its raw text.
protocol StoredEnum: Stored, RawRepresentable<String>, CaseIterable {}

extension StoredEnum {
  var stored: DatabaseValue { rawValue.databaseValue }
  static func read(_ row: Row, at index: Int) -> Self? { String.read(row, at: index).flatMap(Self.init) }
}

extension Command.Progress: Stored {
  var stored: DatabaseValue { rawValue.databaseValue }
  static func read(_ row: Row, at index: Int) -> Self? { Int.read(row, at: index).flatMap(Self.init) }
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
  var stored: DatabaseValue { rawValue.databaseValue }
  static func read(_ row: Row, at index: Int) -> Self? { Int64.read(row, at: index).map(Self.init) }
}

extension Instant: Stored {
  var stored: DatabaseValue { milliseconds.databaseValue }
  static func read(_ row: Row, at index: Int) -> Instant? { Int64.read(row, at: index).map(Instant.init) }
}

/// Whole milliseconds.
extension Duration: Stored {
  var stored: DatabaseValue { milliseconds.databaseValue }
  static func read(_ row: Row, at index: Int) -> Duration? {
    Int64.read(row, at: index).map { .milliseconds($0) }
  }
}

extension LocalDate: Stored {
  var stored: DatabaseValue { description.databaseValue }
  static func read(_ row: Row, at index: Int) -> LocalDate? {
    String.read(row, at: index).flatMap(LocalDate.init(parsing:))
  }
}

extension Plate: Stored {
  var stored: DatabaseValue { normalized.databaseValue }
  static func read(_ row: Row, at index: Int) -> Plate? {
    String.read(row, at: index).flatMap(Plate.init(parsing:))
  }
}

extension Phone: Stored {
  var stored: DatabaseValue { e164.databaseValue }
  static func read(_ row: Row, at index: Int) -> Phone? {
    String.read(row, at: index).flatMap(Phone.init(stored:))
  }
}

extension Zone: Stored {
  var stored: DatabaseValue { identifier.databaseValue }
  static func read(_ row: Row, at index: Int) -> Zone? {
    String.read(row, at: index).flatMap(Zone.init(identifier:))
  }
}

/// The columns of a row, read from left to right: in the order in which the statement names them.
struct Columns: ~Copyable {
  private let row: Row
  private var index = 0

  init(_ row: Row) {
    self.row = row
  }

  /// The next column, which is never NULL.
  mutating func next<Value: Stored>(_ type: Value.Type = Value.self) throws -> Value {
    guard let value: Value = try optional() else { throw unreadable("NULL") }
    return value
  }

  /// The next column, `nil` where it is NULL.
  mutating func optional<Value: Stored>(_ type: Value.Type = Value.self) throws -> Value? {
    defer { index += 1 }
    if row.hasNull(atIndex: index) { return nil }
    guard let value = Value.read(row, at: index) else { throw unreadable("no \(Value.self)") }
    return value
  }

  private func unreadable(_ what: String) -> StoreFailure {
    let columns = Array(row.columnNames)
    return .unreadable(reason: "\(what) in column '\(columns[min(index, columns.count - 1)])'")
  }
}
