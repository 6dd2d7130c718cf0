"""ttrpc, against Go's: one client for both, every reply checked, the servers turn by turn."""

from harness import PROGRAMS, SERVER_CORE, Failed, client, median, process, result

CONNECTIONS, DEPTH = 16, 16
SECONDS = 2.0

# name: (the table's procedure, connections, calls deep, bytes, bar)
LOADS = {
    "ttrpc_echo_async_vs_go": ("Async", CONNECTIONS, DEPTH, 32, 3),
    "ttrpc_echo_loop_vs_go": ("Loop", CONNECTIONS, DEPTH, 32, 5),
    "ttrpc_echo_1k_vs_go": ("Async", CONNECTIONS, DEPTH, 1024, 2.5),
    "ttrpc_echo_p50_vs_go": ("Async", 1, 1, 32, 1.05),
}


def measure(settings, name):
    procedure, connections, depth, size, bar = LOADS[name]
    commands = {
        "latchkey": ([settings.bench, "echo"], {}),
        "go": ([PROGRAMS / "echo-go"], {"GOMAXPROCS": "1"}),
    }
    rounds = {"latchkey": [], "go": []}
    for _ in range(settings.rounds):
        for peer, (command, environment) in commands.items():
            with process(SERVER_CORE, *command, environment=environment) as server:
                port = server.stdout.readline().strip()
                if not port:
                    raise Failed(f"{command[0]} does not listen")
                rounds[peer].append(client(
                    "echo", port, procedure, connections, depth, size, settings.seconds(SECONDS)))
    if depth == 1:
        return latency(rounds, bar)
    ours, theirs = ([each["rate"] for each in rounds[peer]] for peer in commands)
    return result(
        median(ours) / median(theirs), bar, "higher", latchkey_per_second=round(median(ours)),
        go_per_second=round(median(theirs)), rounds=settings.rounds, connections=connections, depth=depth,
        bytes=size)


def latency(rounds, bar):
    def of(peer, key):
        return median([each[key] for each in rounds[peer]])

    return result(
        of("latchkey", "p50_us") / of("go", "p50_us"), bar, "lower",
        latchkey_p50_us=of("latchkey", "p50_us"), go_p50_us=of("go", "p50_us"),
        latchkey_p99_us=of("latchkey", "p99_us"), go_p99_us=of("go", "p99_us"), rounds=len(rounds["go"]))

