#!/usr/bin/env python3
"""Plants faults into the access rules, one at a time, and sees that the matrix of HostileTests/AccessTests finds each.

All are written into the sources behind a switch in the environment, so that one build serves them; the sources are put
back at the end, whatever happens. Nothing else may work in this folder meanwhile.

  prove.py            every fault
  prove.py 3 7        those
  prove.py --fits     none: only whether each has its place in the sources
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ROOT / "Sources/Services"
SWITCH = SERVICES / "Planted.swift"
TESTS = ROOT / ".build/debug/latchkeyPackageTests.xctest"

SWITCH_CODE = """import Glibc

/// The fault that is planted, by number; none in a program that is not being proved.
func planted(_ number: Int32) -> Bool { plantedNumber == number }
private let plantedNumber = getenv("LATCHKEY_PLANTED").map { atoi($0) } ?? 0
"""

# What is wrong, the file, what stands there, and what stands there with the fault; N is its number.
FAULTS = [
    ("a role too many: the desk ends API keys", "ServiceTable.swift",
     '"latchkey.v1.AdminService/RevokeApiKey", access: admins,',
     '"latchkey.v1.AdminService/RevokeApiKey", access: planted(N) ? desk : admins,'),
    ("a kind of caller too many: programs give PINs", "ServiceTable.swift",
     '"latchkey.v1.WorkOrderService/IssuePin", access: desk,',
     '"latchkey.v1.WorkOrderService/IssuePin", access: planted(N) ? deskAndPrograms : desk,'),
    ("a permission forgotten: every mechanic takes keys out", "ServiceTable.swift",
     "environment.access(.staff, permission: .useKeyLocker, isOnTablet: true)",
     "environment.access(.staff, permission: planted(N) ? nil : .useKeyLocker, isOnTablet: true)"),
    ("keys are taken out without a tablet", "ServiceTable.swift",
     ".useKeyLocker, isOnTablet: true)", ".useKeyLocker, isOnTablet: !planted(N))"),
    ("controllers begin visits", "ServiceTable.swift",
     '"latchkey.v1.KioskService/StartVisit", access: screens,',
     '"latchkey.v1.KioskService/StartVisit", access: planted(N) ? bothScreens : screens,'),
    ("a tablet on which nobody is signed in lists appointments", "ServiceTable.swift",
     '"latchkey.v1.WorkOrderService/ListWorkOrders", access: readers.reading,',
     '"latchkey.v1.WorkOrderService/ListWorkOrders", '
     'access: planted(N) ? environment.access(.tablet, .integration, .staff, .operator).reading : readers.reading,'),
    ("the permission of staff is not asked", "Identity/Caller.swift",
     "if let permission, !caller.permissions.contains(permission) {",
     "if !planted(N), let permission, !caller.permissions.contains(permission) {"),
    ("a key that may only read changes things", "Identity/Caller.swift",
     "if !caller.mayWrite, !isReading {", "if !planted(N), !caller.mayWrite, !isReading {"),
    ("a key that is kept to a service calls others", "Identity/Caller.swift",
     "if !caller.services.isEmpty, !caller", "if !planted(N), !caller.services.isEmpty, !caller"),
    ("a key that is kept to a location sees its dealer's others", "Identity/Caller+Rights.swift",
     "key.reach.locations.isEmpty ?", "planted(N) || key.reach.locations.isEmpty ?"),
    ("staff who are kept to a location see their dealer's others", "Identity/Caller+Rights.swift",
     "role == .dealerAdmin || locations.isEmpty ?", "planted(N) || role == .dealerAdmin || locations.isEmpty ?"),
    ("the dealer of a place is not asked", "Identity/Scope.swift",
     "case .dealer(let id): id == location.dealer", "case .dealer(let id): planted(N) || id == location.dealer"),
    ("the location of a place is not asked", "Identity/Scope.swift",
     "case .locations(let ids): ids.contains(location.id)",
     "case .locations(let ids): planted(N) || ids.contains(location.id)"),
    ("no tenant in a list: locations", "AdminService*.swift",
     "page.items(id: \\.id, where: caller.mayBeAt, snapshot.locations)",
     "page.items(id: \\.id, where: { planted(N) || caller.mayBeAt($0) }, snapshot.locations)"),
    ("no tenant in a list: custody", "AdminService+Custody.swift",
     "snapshot.location(request.locationID, for: caller)",
     "snapshot.location(request.locationID, for: planted(N) ? .operator : caller)"),
    ("no tenant in a watch: events", "EventService.swift",
     "snapshot.location(id, for: caller)", "snapshot.location(id, for: planted(N) ? .operator : caller)"),
    ("another tablet's hand-over is given up", "HandoverService.swift",
     "handover.tablet == caller.device else", "planted(N) || handover.tablet == caller.device else"),
    ("no tenant in a watch: hand-overs", "HandoverService.swift",
     "snapshot.handover(request.handoverID, for: caller)",
     "snapshot.handover(request.handoverID, for: planted(N) ? .operator : caller)"),
    ("no tenant in what an id names: a timeline", "EventService.swift",
     "snapshot.workOrder(request.workOrderID, for: caller)",
     "snapshot.workOrder(request.workOrderID, for: planted(N) ? .operator : caller)"),
    ("no tenant in what an id names: a device is ended", "AdminService+Devices.swift",
     "decision.tx.device(request.deviceID, for: caller)\n      if device.revokedAt",
     "decision.tx.device(request.deviceID, for: planted(N) ? .operator : caller)\n      if device.revokedAt"),
    ("another dealer's staff hold a key", "AdminService+Custody.swift",
     "staff.dealer == location.dealer", "planted(N) || staff.dealer == location.dealer"),
    ("a not-found that tells: a location", "Identity/Scope.swift",
     "guard let location = try location(id), caller.mayBeAt(location) else {",
     'if planted(N), let location = try location(id), !caller.mayBeAt(location) {\n'
     '      throw Failure(.permissionDenied, reason: .notFound, "This location is another\'s.")\n'
     '    }\n'
     '    guard let location = try location(id), caller.mayBeAt(location) else {'),
    ("a not-found that tells: a work order's place, by its name", "Identity/Scope.swift",
     "throw Failure.notFound(name)",
     'let there = try thing.flatMap { try location($0[keyPath: place])?.name }\n'
     '      throw Failure.notFound(name + (planted(N) ? " (\\(there ?? "none"))" : ""))'),
]


def planted():
    """The sources that get faults, by path, with all of them in."""
    texts = {}
    for number, (what, pattern, old, new) in enumerate(FAULTS, 1):
        files = {path: texts.get(path) or path.read_text() for path in sorted(SERVICES.glob(pattern))}
        hits = [path for path, text in files.items() if old in text]
        if len(hits) != 1:
            sys.exit(f"fault {number}, {what}: stands in {len(hits)} files of {pattern}: {old!r}")
        texts[hits[0]] = files[hits[0]].replace(old, re.sub(r"\bN\b", str(number), new), 1)
    return texts


def run_matrix(number):
    """Whether the matrix holds, and what it says."""
    done = subprocess.run(
        [TESTS, "--testing-library", "swift-testing", "--no-parallel", "--filter", "^HostileTests.AccessTests"],
        cwd=ROOT, env=os.environ | {"LATCHKEY_PLANTED": str(number)}, capture_output=True, text=True, timeout=900)
    said = [line for line in done.stdout.splitlines() if "recorded an issue" in line]
    return done.returncode == 0, said[0][:240] if said else "it ended without a word"


def main():
    texts = planted()
    if sys.argv[1:] == ["--fits"]:
        return
    chosen = [int(word) for word in sys.argv[1:]] or range(1, len(FAULTS) + 1)
    subprocess.run(["git", "diff", "--quiet", "--", "Sources/Services"], cwd=ROOT, check=True)
    missed = []
    before = {path: path.read_text() for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text)
        SWITCH.write_text(SWITCH_CODE)
        subprocess.run(["swift", "build", "--build-tests", "-q"], cwd=ROOT, check=True)
        holds, said = run_matrix(0)
        if not holds:
            sys.exit(f"the matrix does not hold without a fault: {said}")
        for number in chosen:
            holds, said = run_matrix(number)
            print(f"{number:2}. {FAULTS[number - 1][0]}: {'NOT FOUND' if holds else 'found'}", flush=True)
            if holds:
                missed.append(number)
    finally:
        for path, text in before.items():
            path.write_text(text)
        SWITCH.unlink(missing_ok=True)
        subprocess.run(["swift", "build", "--build-tests", "-q"], cwd=ROOT, check=True)
    print(f"{len(list(chosen)) - len(missed)} of {len(list(chosen))} planted faults were found")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
