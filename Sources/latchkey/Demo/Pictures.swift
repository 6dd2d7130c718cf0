import API
import Foundation

extension Demo.Report {
  private static let boxesInARow = 8

  /// The compartments of a locker, as they are by the server.
  func show(_ locker: ProtoLocker) {
    let boxes = locker.compartments
    let rows = stride(from: 0, to: boxes.count, by: Self.boxesInARow).map {
      boxes[$0..<min($0 + Self.boxesInARow, boxes.count)]
    }
    func rule(_ left: String, _ middle: String, _ right: String) -> String {
      let cells = Array(repeating: "──────", count: min(Self.boxesInARow, boxes.count))
      return style.faint(left + cells.joined(separator: middle) + right)
    }
    func row(_ cells: [String]) -> String {
      let bar = style.faint("│")
      return bar + cells.joined(separator: bar) + bar
    }
    var lines = [caption(of: locker), rule("┌", "┬", "┐")]
    for (index, boxes) in rows.enumerated() {
      if index > 0 { lines.append(rule("├", "┼", "┤")) }
      lines.append(row(boxes.map { style.faint(String(format: "  %2d  ", $0.number)) }))
      lines.append(row(boxes.map(cell(of:))))
    }
    show(lines + [rule("└", "┴", "┘")])
  }

  private func caption(of locker: ProtoLocker) -> String {
    let keys = locker.compartments.count { $0.keyID != 0 }
    let broken = locker.compartments.count { !$0.inService }
    let free = locker.compartments.count { $0.keyID == 0 && $0.inService }
    let trouble = broken == 0 ? "" : ", \(broken) out of service"
    return style.bold(locker.name) + "  \(keys) \(keys == 1 ? "key" : "keys") inside, \(free) free\(trouble)"
  }

  private func cell(of box: ProtoCompartment) -> String {
    if box.door == .open { return style.bad(" OPEN ") }
    if !box.inService { return style.warning(" jam  ") }
    return box.keyID != 0 ? style.good(" key  ") : "      "
  }

  /// A QR in half blocks.
  func show(qr drawing: [String], caption: String) {
    show(drawing.map(style.paper) + [style.faint(caption)])
  }

  /// One line an event; those of custody stand out.
  func show(_ timeline: [ProtoTimelineEntry], titled title: String, marked: [String]) {
    let lines = timeline.map { entry in
      let event = entry.event
      let isMarked = marked.contains(entry.title)
      let place = event.compartment == 0 ? "" : "box \(event.compartment)"
      let columns = [
        time(event.time.milliseconds), entry.title, place, event.reason.isEmpty ? entry.text : event.reason,
      ]
      let widths = [14, 24, 8, 0]
      let text = zip(columns, widths).map {
        $0.printable.padded(to: $1)
      }
      .joined()
      return isMarked ? style.good("● ") + style.bold(text) : style.faint("· " + text)
    }
    show([style.bold(title)] + lines)
  }

  /// The time of day where the terminal is, to the millisecond.
  private func time(_ milliseconds: Int64) -> String {
    String(milliseconds.asTerminalTime.dropFirst("YYYY-MM-DD ".count))
  }
}
