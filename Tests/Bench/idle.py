"""What those cost who are connected and wait, lockers and callers over HTTP/2: the server's memory for each."""

import time

from harness import CLIENT_CORE, PROGRAMS, Failed, Fleet, latchkey, make_certificate, median, process, result

LOCKERS, LOCATIONS, COMPARTMENTS = 10_000, 100, 1
SETTLE_SECONDS = 2.0
BARS = {"locker_idle_bytes": 8_192, "locker_tls_idle_bytes": 40_960}
# As many as the server takes in all.
CONNECTIONS, HTTP_ROUNDS = 10_000, 3
HTTP_BARS = {"h2_idle_bytes": 20_480, "h2_tls_idle_bytes": 49_152}


def measure(settings, names):
    lockers, locations = settings.count(LOCKERS, 200), settings.count(LOCATIONS, 4)
    fleet = Fleet(settings, "idle", locations, lockers // locations, COMPARTMENTS)
    rounds = {name: [] for name in names}
    for _ in range(settings.rounds):
        for name in names:
            rounds[name].append(one(
                settings, fleet.fresh(), "tls" in name,
                lambda server: ["idle", server.port, fleet.plan, lockers]))
    return {name: summary(rounds[name], BARS[name], lockers=lockers) for name in names}


def measure_http(settings, names):
    """Memory hardly differs from round to round: a few are enough."""
    connections = settings.count(CONNECTIONS, 200)
    rounds = {name: [] for name in names}
    for number in range(min(settings.rounds, HTTP_ROUNDS)):
        for name in names:
            rounds[name].append(one(
                settings, settings.work / f"{name}-{number}", "tls" in name,
                lambda server: ["idle-http2", server.http_port, connections]))
    return {name: summary(rounds[name], HTTP_BARS[name], connections=connections) for name in names}


def summary(measured, bar, **waiting):
    def of(key):
        return median([each[key] for each in measured])

    (count,) = waiting.values()
    return result(
        (of("after") - of("before")) / count, bar, "lower", **waiting, before_bytes=round(of("before")),
        after_bytes=round(of("after")), connecting_seconds=round(of("connecting"), 1), rounds=len(measured))


def one(settings, data, is_secured, command):
    """Measures a server's memory before and after the client of `command` has connected all of its."""
    arguments, certificate = [], []
    if is_secured:
        path, key = make_certificate(settings)
        arguments, certificate = ["--tls-certificate", path, "--tls-key", key], [path]
    with latchkey(settings, data, *arguments) as server:
        program, *rest = command(server)
        time.sleep(settings.seconds(SETTLE_SECONDS))
        before = server.resident_bytes()
        began = time.monotonic()
        with process(CLIENT_CORE, PROGRAMS / program, *rest, *certificate) as client:
            if client.stdout.readline().strip() != "ready":
                raise Failed("not all could connect")
            connecting = time.monotonic() - began
            time.sleep(settings.seconds(SETTLE_SECONDS))
            after = server.resident_bytes()
            client.stdin.close()
    return {"before": before, "after": after, "connecting": connecting}
