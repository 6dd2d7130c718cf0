"""Just enough protobuf: a message is a list of (field number, value); it is read back as a dict of lists."""


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(*fields):
    """Integers become varints; bytes, strings and nested lists become length-delimited fields."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, bool):
            value = int(value)
        if isinstance(value, int):
            if value != 0:
                out += varint(number << 3) + varint(value)
            continue
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, (list, tuple)):
            value = encode(*value)
        out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def _read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] & 0x80 == 0:
            return value, at


def decode(data):
    fields, at = {}, 0
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == 0:
            value, at = _read_varint(data, at)
            value = value - (1 << 64) if value >> 63 else value
        elif key & 7 == 2:
            length, at = _read_varint(data, at)
            assert at + length <= len(data), "a field runs over the end"
            value, at = data[at : at + length], at + length
        else:
            raise ValueError(f"wire type {key & 7}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def first(fields, number, default=0):
    return fields.get(number, [default])[0]


def timestamp(seconds):
    """A google.protobuf.Timestamp from Unix seconds with a fraction."""
    whole = int(seconds // 1)
    return [(1, whole), (2, int((seconds - whole) * 1e9))]


def read_timestamp(data):
    fields = decode(data)
    return first(fields, 1) + first(fields, 2) / 1e9
