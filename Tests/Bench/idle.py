"""What a locker costs that is connected and waits: resident memory of the server for each."""

import time

from harness import CLIENT_CORE, PROGRAMS, Failed, Fleet, latchkey, median, process, result, run

LOCKERS, LOCATIONS, COMPARTMENTS = 10_000, 100, 1
SETTLE_SECONDS = 2.0
BARS = {"locker_idle_bytes": 8_192, "locker_tls_idle_bytes": 40_960}


def measure(settings, names):
    lockers, locations = settings.count(LOCKERS, 200), settings.count(LOCATIONS, 4)
    fleet = Fleet(settings, "idle", locations, lockers // locations, COMPARTMENTS)
    rounds = {name: [] for name in names}
    for _ in range(settings.rounds):
        for name in names:
            rounds[name].append(one(settings, fleet, lockers, name))
    return {name: summary(rounds[name], BARS[name], lockers) for name in names}


def summary(measured, bar, lockers):
    def of(key):
        return median([each[key] for each in measured])

    each = (of("after") - of("before")) / lockers
    return result(
        each, bar, "lower", lockers=lockers, before_bytes=round(of("before")), after_bytes=round(of("after")),
        connecting_seconds=round(of("connecting"), 1), rounds=len(measured))


def one(settings, fleet, lockers, name):
    arguments, certificate = [], []
    if name == "locker_tls_idle_bytes":
        path, key = make_certificate(settings)
        arguments, certificate = ["--tls-certificate", path, "--tls-key", key], [path]
    with latchkey(settings, fleet.fresh(), *arguments) as server:
        time.sleep(settings.seconds(SETTLE_SECONDS))
        before = server.resident_bytes()
        began = time.monotonic()
        with process(CLIENT_CORE, PROGRAMS / "idle", server.port, fleet.plan, lockers, *certificate) as client:
            if client.stdout.readline().strip() != "ready":
                raise Failed("not all lockers could connect")
            connecting = time.monotonic() - began
            time.sleep(settings.seconds(SETTLE_SECONDS))
            after = server.resident_bytes()
            client.stdin.close()
    return {"before": before, "after": after, "connecting": connecting}


def make_certificate(settings):
    path, key = settings.work / "server.pem", settings.work / "server.key"
    run(CLIENT_CORE, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", key, "-out", path)
    return path, key
