"""gRPC and Connect, against other implementations: one client for all of them, statuses and replies checked, the
servers turn by turn.

Throughput is h2load's, which sees HTTP statuses and sizes but no trailers: whether calls succeed in gRPC's sense as
well, one that does say so is asked before and after. Latencies and streams are measured by clients of our own that
check every byte and every status.
"""

import base64
import json
import urllib.request
from pathlib import Path

import h2load
from harness import PROGRAMS, SERVER_CORE, Failed, client, make_certificate, median, process, result

CONNECTIONS, DEPTH, BYTES = 16, 16, 32
STREAMS_PER_CONNECTION = 4
SECONDS, PROBE_SECONDS = 2.0, 0.02
UNARY, STREAM, JSON = "/bench.Echo/Async", "/bench.Echo/Repeat", "/bench.Echo/Enroll"
GRPC_FIELDS = {"content-type": "application/grpc", "te": "trailers", "grpc-timeout": "10S"}
JSON_FIELDS = {
    "content-type": "application/json", "connect-protocol-version": "1", "connect-timeout-ms": "10000"}
# Built by `make bench-peers`, which takes minutes; all others by `make bench-programs`.
SWIFT_PEERS = PROGRAMS / "peers" / "release"

# The peer, and the bar.
ECHO = {
    "grpc_echo_async_vs_go": ("go", 2),
    "grpc_echo_async_vs_cpp": ("cpp", 3),
    "grpc_echo_async_vs_grpc_swift": ("grpc_swift", 15),
}
OTHERS = {
    "grpc_echo_p50_vs_go": ("go", 1.05),
    "grpc_tls_echo_vs_go": ("go", 1.5),
    "grpc_stream_vs_go": ("go", 2),
    "connect_json_vs_hummingbird": ("hummingbird", 2.5),
}
BARS = {**ECHO, **OTHERS}


def program(settings, peer):
    return {
        "latchkey": [Path(settings.bench), "echo-http"],
        "go": [PROGRAMS / "echo-go-grpc"],
        "cpp": [PROGRAMS / "echo-cpp"],
        "grpc_swift": [SWIFT_PEERS / "echo-grpc-swift"],
        "hummingbird": [SWIFT_PEERS / "echo-hummingbird"],
    }[peer]


def is_absent(settings, name):
    """Whether the peer of a benchmark is not built. A smoke test does without; nothing else does."""
    peer, _ = BARS[name]
    return not program(settings, peer)[0].exists()


def measure_echo(settings, names):
    """All peers in the same rounds."""
    peers = {name: ECHO[name][0] for name in names}
    rounds = turns(settings, ["latchkey", *peers.values()], grpc_rate)
    return {name: rates(rounds, peers[name], ECHO[name][1], connections=CONNECTIONS, depth=DEPTH) for name in names}


def measure(settings, name):
    peer, bar = OTHERS[name]
    measured = {
        "grpc_echo_p50_vs_go": one_at_a_time,
        "grpc_tls_echo_vs_go": grpc_tls_rate,
        "grpc_stream_vs_go": stream_rate,
        "connect_json_vs_hummingbird": json_rate,
    }[name]
    tls = make_certificate(settings) if measured is grpc_tls_rate else None
    rounds = turns(settings, ["latchkey", peer], measured, tls)
    if measured is one_at_a_time:
        return latency(rounds, peer, bar)
    if measured is stream_rate:
        return rates(rounds, peer, bar, connections=CONNECTIONS, streams=CONNECTIONS * STREAMS_PER_CONNECTION)
    if measured is json_rate:
        return rates(rounds, peer, bar, connections=CONNECTIONS)
    ciphers = {f"{each}_cipher": rounds[each][-1]["cipher"] for each in rounds}
    return rates(rounds, peer, bar, connections=CONNECTIONS, depth=DEPTH, **ciphers)


def turns(settings, peers, measure_one, tls=None):
    """Measures the servers turn by turn, each started anew for each of its turns."""
    rounds = {peer: [] for peer in peers}
    for _ in range(settings.rounds):
        for peer in peers:
            command = program(settings, peer)
            if not command[0].exists():
                raise Failed(f"{command[0]} is not built")
            with process(SERVER_CORE, *command, *(tls or ()), environment={"GOMAXPROCS": "1"}) as server:
                port = server.stdout.readline().strip()
                if not port:
                    raise Failed(f"{command[0]} does not listen")
                rounds[peer].append(measure_one(settings, port, tls[0] if tls else None))
    return rounds


def rates(rounds, peer, bar, **detail):
    ours, theirs = (median([each["rate"] for each in rounds[which]]) for which in ("latchkey", peer))
    return result(
        ours / theirs, bar, "higher", latchkey_per_second=round(ours), **{f"{peer}_per_second": round(theirs)},
        rounds=len(rounds[peer]), bytes=BYTES, **detail)


def latency(rounds, peer, bar):
    def of(which, key):
        return median([each[key] for each in rounds[which]])

    return result(
        of("latchkey", "p50_us") / of(peer, "p50_us"), bar, "lower", latchkey_p50_us=of("latchkey", "p50_us"),
        go_p50_us=of(peer, "p50_us"), latchkey_p99_us=of("latchkey", "p99_us"), go_p99_us=of(peer, "p99_us"),
        rounds=len(rounds[peer]), bytes=BYTES)


# -- What one server is measured with -------------------------------------------------------------


def one_at_a_time(settings, port, certificate, seconds=None):
    """Also a proof that calls succeed, and give back what they are sent."""
    return client(
        "calls", port, UNARY, BYTES, seconds or settings.seconds(SECONDS), *([certificate] if certificate else []))


def grpc_rate(settings, port, certificate):
    one_at_a_time(settings, port, certificate, PROBE_SECONDS)
    body = settings.work / "echo.grpc"
    frame = grpc_frame(bytes((index * 131 + 7) % 256 for index in range(BYTES)))
    body.write_bytes(frame)
    measured = h2load.load(
        f"{'https' if certificate else 'http'}://127.0.0.1:{port}{UNARY}", body, GRPC_FIELDS, CONNECTIONS, DEPTH,
        settings.seconds(SECONDS), len(frame), protocol="h2" if certificate else "h2c")
    one_at_a_time(settings, port, certificate, PROBE_SECONDS)
    return measured


def grpc_tls_rate(settings, port, certificate):
    measured = grpc_rate(settings, port, certificate)
    if not (measured["cipher"] or "").startswith("TLS_"):
        raise Failed(f"not TLS 1.3 was spoken, but {measured['cipher']}")
    return measured


def stream_rate(settings, port, certificate):
    return client(
        "streams", port, STREAM, CONNECTIONS, STREAMS_PER_CONNECTION, BYTES, settings.seconds(SECONDS))


def json_rate(settings, port, certificate):
    # Without characters that one server escapes and another leaves as they are.
    message = {
        "requestId": "0123456789abcdef", "code": "ABCDEFGHJKLMNPQR",
        "publicKey": base64.b64encode(bytes(BYTES)).decode()}
    body = settings.work / "enroll.json"
    body.write_text(json.dumps(message, separators=(",", ":")))
    url = f"http://127.0.0.1:{port}{JSON}"
    length = json_reply(url, body, message)
    measured = h2load.load(
        url, body, JSON_FIELDS, CONNECTIONS, 1, settings.seconds(SECONDS), length, protocol="http/1.1")
    json_reply(url, body, message)
    return measured


def json_reply(url, body, message):
    """Makes one call, checks what it says, and gives the reply's length."""
    with urllib.request.urlopen(urllib.request.Request(url, body.read_bytes(), JSON_FIELDS)) as reply:
        text = reply.read()
    if json.loads(text) != message:
        raise Failed(f"a reply is not what was sent: {text}")
    return len(text)


def grpc_frame(value):
    """A google.protobuf.BytesValue of less than 128 bytes, in gRPC's envelope."""
    message = bytes([0x0A, len(value)]) + value
    return bytes([0]) + len(message).to_bytes(4, "big") + message
