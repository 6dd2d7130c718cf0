/// Metrics as Prometheus reads them, version 0.0.4 of its text format.
public struct Exposition: Sendable {
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  public enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  public typealias Labels = [(String, String)]

  public private(set) var text = ""

  init() {}

  /// Says what the samples that follow are.
  public mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  public mutating func sample(_ name: String, _ labels: Labels = [], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// A metric of one sample.
  public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    begin(name, kind, help)
    sample(name, [], value)
  }

  mutating func histogram(_ name: String, _ labels: Labels, _ histogram: Histogram) {
    let (counts, sum) = histogram.contents
    var count: Int64 = 0
    for (bound, more) in zip(histogram.bounds, counts) {
      count += more
      sample("\(name)_bucket", labels + [("le", Self.number(Double(bound) * histogram.unit))], Double(count))
    }
    count += counts.last ?? 0
    sample("\(name)_bucket", labels + [("le", "+Inf")], Double(count))
    sample("\(name)_sum", labels, Double(sum) * histogram.unit)
    sample("\(name)_count", labels, Double(count))
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func escaped(_ value: String) -> String {
    value.contains { $0 == "\\" || $0 == "\"" || $0.isNewline }
      ? value.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0.isNewline ? "\\n" : String($0) }.joined()
      : value
  }
}
