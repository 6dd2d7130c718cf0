import RPC

/// The matrix as a page of the documentation.
extension AccessMatrix {
  var page: String {
    let services = schema.methods.map(\.name.service).reduce(into: [String]()) { services, service in
      if services.last != service { services.append(service) }
    }
    return ([Self.head] + services.map(table) + [Self.tail]).joined(separator: "\n")
  }

  private static let columns = Visitor.allCases

  private static var head: String {
    let legend = columns.enumerated().map { number, visitor in "| \(number + 1) | \(visitor.rawValue) |" }
    return """
      # Who may call what

      Written by `make access`, which calls every method as every kind of caller over the wire; `make test` does the
      same, and holds this page against what it finds. What a method says of itself stands in `Protos/`.

      A cell says what came of a call to what is the caller's own:

      - **yes** – it was answered;
      - **may** – it was admitted, and refused for a reason of the matter: nothing was there for that very caller;
      - a dot – it was refused, as the contract says: `NOT_SIGNED_IN` or `CALLER_NOT_ADMITTED`.

      With each call that was admitted, each id in the request was one of another dealer once, and for callers that see
      one location one of another location: it looked as an id that does not exist. No answer, stream or refusal held a
      text that only others have. The operator sees all dealers.

      | column | caller |
      | ---: | --- |
      \(legend.joined(separator: "\n"))

      """
  }

  private static let tail = """
    ## Callers that are not here

    - A customer by link: there is no such credential yet, and no method that it may call.
    - A browser's cookie: it proves the same session as its token does, and is tried by tests of its own.

    """

  private func table(_ service: String) -> String {
    let rows = schema.methods.filter { $0.name.service == service }.map { method in
      let row = Self.columns.map { text(of: cells[method.name]?[$0]) }
      return "| \(method.name.method) | \(row.joined(separator: " | ")) |"
    }
    let numbers = (1...Self.columns.count).map(String.init).joined(separator: " | ")
    let line = Self.columns.map { _ in ":-:" }.joined(separator: " | ")
    let name = service.split(separator: ".").last.map(String.init) ?? service
    return "## \(name)\n\n| | \(numbers) |\n| --- | \(line) |\n\(rows.joined(separator: "\n"))\n"
  }

  private func text(of cell: Cell?) -> String {
    switch cell {
    case .answered: "yes"
    case .declined: "may"
    case .refused: "·"
    case nil: "?"
    }
  }
}
