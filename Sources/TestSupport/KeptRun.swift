public import Foundation

/// What the servers of a test run have said and stored: kept, where the environment names a folder for it in
/// `LATCHKEY_KEPT_RUNS`, to be searched as a whole for what must not be in logs.
public enum KeptRun {
  private static let folder = ProcessInfo.processInfo.environment["LATCHKEY_KEPT_RUNS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  /// Where a server that has its data directory in this one writes its log.
  public static func log(in directory: URL) -> URL { directory.appending(path: "server.log") }

  /// Moves log and database out of a directory that is about to go.
  public static func keep(_ directory: URL) {
    guard let folder else { return }
    let place = folder.appending(path: UUID().uuidString)
    let files = FileManager.default
    guard files.fileExists(atPath: log(in: directory).path()),
      (try? files.createDirectory(at: place, withIntermediateDirectories: true)) != nil
    else { return }
    for file in ["server.log", "data/latchkey.db", "data/latchkey.db-wal"] {
      let source = directory.appending(path: file)
      try? files.moveItem(at: source, to: place.appending(path: source.lastPathComponent))
    }
  }
}
