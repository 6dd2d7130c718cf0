"""PIN redemptions acknowledged after fsync, against SQLite running the same statements from C.

The load is 64 screens of 64 lockers, each starting a visit, redeeming its PIN and giving the visit up, again as
soon as that is acknowledged. What the C program runs was recorded from the server under that load: every
statement of its writing connection with its values, replayed on a copy of the database that the server began
with, with the server's own PRAGMAs.
"""

from harness import PROGRAMS, SERVER_CORE, Failed, Fleet, client, latchkey, median, result, run_json

CALLERS, LOCATIONS, COMPARTMENTS = 64, 16, 4
SECONDS, RECORDED_SECONDS = 4.0, 3.0
BARS = {"durable_vs_c_batched": 0.6, "durable_vs_c_single": 2}


def measure(settings, names):
    fleet = Fleet(settings, "durable", LOCATIONS, CALLERS // LOCATIONS, COMPARTMENTS)
    statements = record(settings, fleet)
    ours, batched, single, batches = [], [], [], []
    for _ in range(settings.rounds):
        ours.append(redeem(settings, fleet, settings.seconds(SECONDS)))
        # What this round's server took in one commit, on average.
        batches.append(max(1, round(ours[-1]["decided"] / max(1, ours[-1]["commits"]))))
        batched.append(replay(settings, fleet, statements, batches[-1]))
        single.append(replay(settings, fleet, statements, 1))
    rate = median([each["decisions"] for each in ours])
    peers = {"durable_vs_c_batched": batched, "durable_vs_c_single": single}
    return {
        name: result(
            rate / median([each["decisions"] for each in peers[name]]), BARS[name], "higher",
            redemptions_per_second=round(median([each["redemptions"] for each in ours])),
            decisions_per_second=round(rate),
            c_decisions_per_second=round(median([each["decisions"] for each in peers[name]])),
            batch=median(batches) if name == "durable_vs_c_batched" else 1,
            statements_per_decision=round(single[0]["statements"] / single[0]["count"], 1),
            redemption_p50_us=median([each["p50_us"] for each in ours]),
            redemption_p99_us=median([each["p99_us"] for each in ours]), rounds=settings.rounds)
        for name in names
    }


def redeem(settings, fleet, seconds, **preloaded):
    """Runs the load on a fresh copy; gives what the client measured."""
    counted = settings.work / "commits"
    environment = {"LD_PRELOAD": str(PROGRAMS / "recorder.so"), "COMMITS": str(counted), **preloaded}
    with latchkey(settings, fleet.fresh(), environment=environment) as server:
        return client("redeem", server.port, fleet.plan, CALLERS, seconds, counted)


def record(settings, fleet):
    statements = settings.work / "statements"
    redeem(settings, fleet, settings.seconds(RECORDED_SECONDS), STATEMENTS=str(statements))
    if statements.stat().st_size == 0:
        raise Failed("no statement was recorded: is SQLite linked into the server?")
    return statements


def replay(settings, fleet, statements, batch):
    data = fleet.fresh()
    return run_json(SERVER_CORE, PROGRAMS / "statements", data / "latchkey.db", statements, batch)
