/// Of this program: what `--version` says, and what the package is called by.
enum Version {
  static let current = "0.1.0"
}
