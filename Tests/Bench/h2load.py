"""nghttp2's load generator, and whether what it says can be believed."""

import re

from harness import CLIENT_CORE, Failed, run

WARM_UP_SECONDS = 0.3


def load(url, body, fields, connections, depth, seconds, reply_bytes, protocol):
    """Sends a file again and again, so many requests deep on each connection; gives what came of it.

    Every status has to be 200, and the replies together as large as so many of them are."""
    command = [
        "h2load", "--threads=1", f"--clients={connections}", f"--max-concurrent-streams={depth}", f"--data={body}",
        *(f"--header={name}: {value}" for name, value in fields.items()),
        *(["--h1"] if protocol == "http/1.1" else []),
    ]
    # A run of its own: h2load's warm-up counts bytes and no requests.
    run(CLIENT_CORE, *command, f"--duration={round(WARM_UP_SECONDS * 1000)}ms", url)
    text = run(CLIENT_CORE, *command, f"--duration={round(seconds * 1000)}ms", url)
    spoken = re.search(r"^Application protocol: (\S+)", text, re.M)
    if spoken is None or spoken.group(1) != protocol:
        raise Failed(f"not {protocol} was spoken: {text}")
    rate = float(re.search(r"^finished in .*?, ([\d.]+) req/s", text, re.M).group(1))
    counts = dict(
        (name, int(count)) for count, name in re.findall(r"(\d+) (\w+)", re.search(r"^requests: .*", text, re.M)[0]))
    statuses = dict(
        (name, int(count))
        for count, name in re.findall(r"(\d+) (\dxx)", re.search(r"^status codes: .*", text, re.M)[0]))
    check(text, counts, statuses, reply_bytes, in_flight=connections * depth)
    cipher = re.search(r"^Cipher: (\S+)", text, re.M)
    return {"rate": rate, "cipher": cipher.group(1) if cipher else None}


def check(text, counts, statuses, reply_bytes, in_flight):
    done = counts["done"]
    if done == 0 or counts["succeeded"] != done or any(counts[name] for name in ("failed", "errored", "timeout")):
        raise Failed(f"requests failed: {text}")
    if any(count for status, count in statuses.items() if status != "2xx"):
        raise Failed(f"not every status is 200: {text}")
    data = int(re.search(r"^traffic: .*\((\d+)\) data", text, re.M).group(1))
    # Those in flight at the end may be in the one sum and not in the other.
    if abs(data - done * reply_bytes) > in_flight * reply_bytes:
        raise Failed(f"{done} replies of {reply_bytes} bytes are not {data} bytes: {text}")
