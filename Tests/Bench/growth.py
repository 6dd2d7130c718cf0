"""Whether decisions stay as fast when the database has grown; what starting takes."""

import shutil

from harness import SERVER_CORE, latchkey, median, result, run_json

WORK_ORDERS = 1_000_000
HANDOVERS = 60


def measure(settings):
    directory = settings.work / "growth"
    directory.mkdir()
    measured = run_json(
        SERVER_CORE, settings.bench, "decisions", directory, settings.count(WORK_ORDERS, 2000),
        settings.rounds, settings.count(HANDOVERS, 5))
    size = (directory / "old.db").stat().st_size
    shutil.rmtree(directory)
    old, new = median(measured["oldMicroseconds"]), median(measured["newMicroseconds"])
    return result(
        old / new, 1.2, "lower", old_us=round(old, 1), new_us=round(new, 1),
        work_orders=measured["workOrders"], events=measured["events"], database_bytes=size,
        fill_seconds=round(measured["fillSeconds"], 1), rounds=settings.rounds)


def measure_start(settings):
    """Not in the table: from starting the program to its listening, in milliseconds."""
    data = settings.work / "start"
    new, existing = [], []
    for _ in range(settings.rounds):
        shutil.rmtree(data, ignore_errors=True)
        for times in (new, existing):
            with latchkey(settings, data) as server:
                times.append(server.start_seconds * 1000)
    return {"start_new_ms": round(median(new), 1), "start_existing_ms": round(median(existing), 1)}
