"""Desks that watch their list (W1): how long a change takes to each, and what those cost who stop reading."""

import shutil

from harness import CLIENT_CORE, ROOT, Failed, latchkey, median, result, run, run_json

LOCATIONS, WORK_ORDERS, DESKS, RATE = 10, 2000, 50, 100
SECONDS = 30.0
BARS = {"desk_p99_vs_250_ms": 1, "deaf_desk_bytes": 512 << 10}


def measure(settings, names):
    """Both come of the same run."""
    rounds = [one(settings) for _ in range(min(settings.rounds, 3))]

    def of(key):
        return round(median([each[key] for each in rounds]), 1)

    both = {
        "desk_p99_vs_250_ms": result(
            of("p99_ms") / 250, BARS["desk_p99_vs_250_ms"], "lower", p50_ms=of("p50_ms"), p99_ms=of("p99_ms"),
            longest_ms=of("longest_ms"), samples=of("samples"), changes_per_second=of("changes_per_second"),
            whole_list_seconds=of("whole_list_seconds"), server_cpu_seconds=of("server_cpu_seconds"),
            desks=rounds[0]["desks"], work_orders=rounds[0]["work_orders"], rounds=len(rounds)),
        "deaf_desk_bytes": result(
            of("deaf_bytes") / rounds[0]["deaf"], BARS["deaf_desk_bytes"], "lower", desks=rounds[0]["deaf"],
            before_bytes=of("before_bytes"), growth_bytes=of("deaf_bytes"), rounds=len(rounds)),
    }
    return {name: both[name] for name in names}


def one(settings):
    data = settings.work / "desks"
    shutil.rmtree(data, ignore_errors=True)
    locations = settings.count(LOCATIONS, 2)
    with latchkey(settings, data) as server:
        def command(*arguments):
            return run(CLIENT_CORE, settings.latchkey, *arguments, environment={"LATCHKEY_DATA": str(data)})

        for number in range(locations):
            command("location", "add", "--dealer", "Garage", "--name", f"Street {number}",
                    "--zone", "Europe/Amsterdam", "--country", "NL")
        key = command("api-key", "add", "Bench", "--location", "Street 0").strip()
        measured = run_json(
            CLIENT_CORE, ROOT / ".venv/bin/python", ROOT / "Tests/Bench/desks_load.py", server.http_port, key,
            server.child.pid, settings.count(WORK_ORDERS, 50), settings.count(DESKS, 4), settings.count(RATE, 20),
            settings.seconds(SECONDS) + 0.5, environment={"PYTHONPATH": str(ROOT / "clients/python/src")})
    if measured["different"]:
        raise Failed(f"{measured['different']} desks show something else than the database")
    return measured
