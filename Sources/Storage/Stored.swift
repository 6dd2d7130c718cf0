import Domain
import Foundation
import GRDB
import Services

/// A value that fills one column.
protocol Stored {
  var stored: DatabaseValue { get }
  /// What a column that is not NULL holds; `nil` when that is no such value.
  static func read(_ column: Column) -> Self?
}

extension Int64: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ column: Column) -> Int64? { column.int64 }
}

extension Int: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ column: Column) -> Int? { column.int64.flatMap(Int.init(exactly:)) }
}

extension Bool: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ column: Column) -> Bool? { column.int64.map { $0 != 0 } }
}

extension String: Stored {
  var stored: DatabaseValue { databaseValue }
  static func read(_ column: Column) -> String? { column.text }
}

extension [UInt8]: Stored {
  var stored: DatabaseValue { Data(self).databaseValue }
  static func read(_ column: Column) -> [UInt8]? { column.bytes }
}

extension Optional where Wrapped: Stored {
  var stored: DatabaseValue { self?.stored ?? .null }
}

/// An enum that is stored as its raw text.
protocol StoredEnum: Stored, RawRepresentable<String>, CaseIterable {}

extension StoredEnum {
  var stored: DatabaseValue { rawValue.databaseValue }
  static func read(_ column: Column) -> Self? { String.read(column).flatMap(Self.init) }
}

extension Command.Progress: Stored {
  var stored: DatabaseValue { rawValue.databaseValue }
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
  var stored: DatabaseValue { rawValue.databaseValue }
  static func read(_ column: Column) -> Self? { Int64.read(column).map(Self.init) }
}

extension Instant: Stored {
  var stored: DatabaseValue { milliseconds.databaseValue }
  static func read(_ column: Column) -> Instant? { Int64.read(column).map(Instant.init) }
}

/// Whole milliseconds.
extension Duration: Stored {
  var stored: DatabaseValue { milliseconds.databaseValue }
  static func read(_ column: Column) -> Duration? {
    Int64.read(column).map { .milliseconds($0) }
  }
}

extension LocalDate: Stored {
  var stored: DatabaseValue { description.databaseValue }
  static func read(_ column: Column) -> LocalDate? {
    String.read(column).flatMap(LocalDate.init(parsing:))
  }
}

extension Plate: Stored {
  var stored: DatabaseValue { normalized.databaseValue }
  static func read(_ column: Column) -> Plate? {
    String.read(column).flatMap(Plate.init(parsing:))
  }
}

extension Phone: Stored {
  var stored: DatabaseValue { e164.databaseValue }
  static func read(_ column: Column) -> Phone? {
    String.read(column).flatMap(Phone.init(stored:))
  }
}

extension Zone: Stored {
  var stored: DatabaseValue { identifier.databaseValue }
  static func read(_ column: Column) -> Zone? {
    String.read(column).flatMap(Zone.init(identifier:))
  }
}
