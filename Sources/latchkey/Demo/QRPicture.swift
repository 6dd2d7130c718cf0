import Foundation

extension Demo {
  /// The upper screen: the picture that the controller draws of a hand-over's QR, read as a camera would.
  struct QRPicture: Sendable {
    let path: String
    let python: String
    let processes: Processes

    /// What was read off a picture.
    struct Reading: Sendable {
      let token: String
      /// The picture in half blocks, dark on light.
      let drawing: [String]
    }

    /// Waits until the screen shows nothing: the QR of an earlier hand-over is gone.
    func isBlank() async throws {
      try await eventually("no QR on the upper screen") {
        access(path, F_OK) == 0 ? .waiting("'\(path)' is still there") : .found(())
      }
    }

    /// Waits for the picture and decodes it.
    func read() async throws -> Reading {
      try await eventually("a QR on the upper screen") {
        access(path, F_OK) == 0 ? .found(()) : .waiting("no '\(path)'")
      }
      let lines = try await processes.run("qr", python, ["-c", Self.script, path]).split(separator: "\n")
      guard let token = lines.first else { throw Unexpected("one QR in the picture", came: "none") }
      return Reading(token: String(token), drawing: lines.dropFirst().map(String.init))
    }

    /// Unpacks an 8-bit grey PNG with Python's own means, has zxing-cpp read it, and draws it: first the
    /// token, then two rows of modules a line.
    private static let script = #"""
      import struct, sys, zlib
      import zxingcpp

      data = open(sys.argv[1], "rb").read()
      position, packed = 8, b""
      while position < len(data):
          length, kind = struct.unpack_from(">I4s", data, position)
          chunk = data[position + 8 : position + 8 + length]
          if kind == b"IHDR":
              width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunk)
              assert (depth, colour, interlace) == (8, 0, 0), "not an 8-bit grey picture"
          packed += chunk if kind == b"IDAT" else b""
          position += length + 12

      def nearest(left, above, corner):
          guess = left + above - corner
          return min((abs(guess - value), order, value) for order, value in enumerate((left, above, corner)))[2]

      def restore(filter, row, above):
          if filter == 2:
              return bytearray((value + up) & 255 for value, up in zip(row, above))
          for x in range(len(row) if filter else 0):
              left, corner = (row[x - 1], above[x - 1]) if x else (0, 0)
              predicted = {1: left, 3: (left + above[x]) // 2}.get(filter)
              row[x] = (row[x] + (nearest(left, above[x], corner) if predicted is None else predicted)) & 255
          return row

      stream, rows = zlib.decompress(packed), [bytearray(width)]
      for start in range(0, len(stream), width + 1):
          rows.append(restore(stream[start], bytearray(stream[start + 1 : start + 1 + width]), rows[-1]))
      rows = rows[1:]
      pixels = memoryview(b"".join(rows)).cast("B", shape=[height, width])
      # Asked for every format, it sees a bar code in the dots now and then.
      found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode)
      assert len(found) == 1, f"{len(found)} QR codes in the picture"
      print(found[0].text)

      first = next(row for row in rows if min(row) < 128)
      dark = [x for x in range(width) if first[x] < 128]
      module = next(n for n in range(1, width) if dark[0] + n not in dark) // 7
      dots = [[row[x] < 128 for x in range(module // 2, width, module)] for row in rows[module // 2 :: module]]
      dots = [line[2:-2] for line in dots[2:-2]]
      dots += [[False] * len(dots[0])] if len(dots) % 2 else []
      for upper, lower in zip(dots[::2], dots[1::2]):
          print("".join(" ▄▀█"[2 * above + below] for above, below in zip(upper, lower)))
      """#
  }
}
