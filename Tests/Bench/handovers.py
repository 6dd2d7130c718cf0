"""Hand-overs: how long from redeem to unlock under load, how many a second at most, and what they leave behind."""

from harness import PROGRAMS, SERVER_CORE, Fleet, client, directory_bytes, latchkey, median, result, run_json

LOCKERS, LOCATIONS, COMPARTMENTS = 1000, 20, 4
RATE = 200
SECONDS = 5.0
LONE_COMMITS = 1000
CYCLE_LOCKERS = 64


def measure_latency(settings):
    lockers, locations = settings.count(LOCKERS, 40), settings.count(LOCATIONS, 4)
    rate = settings.count(RATE, 10)
    fleet = Fleet(settings, "latency", locations, lockers // locations, COMPARTMENTS)
    loads, commits = [], []
    for _ in range(settings.rounds):
        commits.append(run_json(SERVER_CORE, PROGRAMS / "commits", settings.work, LONE_COMMITS))
        with latchkey(settings, fleet.fresh()) as server:
            loads.append(client("handovers", server.port, fleet.plan, lockers, settings.seconds(SECONDS), rate))
    p50 = median([each["p50_us"] for each in loads])
    commit = median([each["p50_us"] for each in commits])
    return result(
        p50 / commit, 3, "lower", redeem_to_unlock_p50_us=p50,
        redeem_to_unlock_p99_us=median([each["p99_us"] for each in loads]), lone_commit_p50_us=commit,
        lone_commit_p99_us=median([each["p99_us"] for each in commits]),
        completed_per_second=round(median([each["completed"] for each in loads]), 1), offered_per_second=rate,
        late=sum(each["late"] for each in loads), lockers=lockers, rounds=settings.rounds)


def measure_cycles(settings):
    """Not in the table: as many hand-overs as go, and the bytes that each leaves in the database."""
    fleet = Fleet(settings, "cycles", 16, CYCLE_LOCKERS // 16, COMPARTMENTS)
    rates, sizes = [], []
    for _ in range(min(settings.rounds, 3)):
        data = fleet.fresh()
        before = directory_bytes(data)
        seconds = settings.seconds(SECONDS)
        with latchkey(settings, data) as server:
            load = client("handovers", server.port, fleet.plan, CYCLE_LOCKERS, seconds, 0)
        rates.append(load["completed"])
        sizes.append((directory_bytes(data) - before) / max(1, load["in_all"]))
    return {
        "handovers_per_second": round(median(rates), 1),
        "bytes_per_handover": round(median(sizes)),
    }
