public import Foundation

/// What the servers of a test run have said and stored: kept, where the environment names a folder for it in
/// `LATCHKEY_KEPT_RUNS`, to be searched as a whole for what must not be in logs.
public enum KeptRun {
  private static let folder = ProcessInfo.processInfo.environment["LATCHKEY_KEPT_RUNS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  /// A file for what a server is going to say; `nil` where nothing is kept.
  public static func newLog() throws -> URL? {
    guard let log = try newPlace()?.appending(path: "server.log") else { return nil }
    try Data().write(to: log)
    return log
  }

  /// Moves the database out of a directory that is about to go.
  public static func keep(_ directory: URL) {
    guard let place = try? newPlace() else { return }
    for file in ["latchkey.db", "latchkey.db-wal"] {
      try? FileManager.default.moveItem(
        at: directory.appending(path: "data/\(file)"), to: place.appending(path: file))
    }
  }

  private static func newPlace() throws -> URL? {
    guard let place = folder?.appending(path: UUID().uuidString) else { return nil }
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    return place
  }
}
