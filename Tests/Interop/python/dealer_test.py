"""A dealer with three locations is set up by RPC alone, and a key walks through each of them at once.

The lock controllers and the simulated boards are the real programs, each a process of its own.
"""

import datetime
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

import grpc
import latchkey.grpc
from latchkey import new_request_id
from latchkey.device import Device, DeviceKey
from latchkey.pages import pages
from latchkey.v1 import (
    admin_pb2,
    admin_pb2_grpc,
    auth_pb2,
    auth_pb2_grpc,
    event_pb2,
    event_pb2_grpc,
    handover_pb2,
    handover_pb2_grpc,
    help_pb2,
    help_pb2_grpc,
    kiosk_pb2,
    kiosk_pb2_grpc,
    work_order_pb2,
    work_order_pb2_grpc,
)
from servers import BINARIES, ROOT, Latchkey, wait_until

EXAMPLES = ROOT / "clients/python/examples"
LOCKERS = Path(os.environ.get("LOCKERS", ROOT / ".build-c/locker"))
PASSWORD = "correct horse"
SETUP = (
    *("setup", "--dealer", "Garage", "--location", "Main street", "--zone", "Europe/Amsterdam"),
    *("--country", "NL", "--admin", "boss"),
)
PATIENCE = 30
COMPARTMENTS = 16


class Cabinet:
    """A simulated board, and the controller that drives it."""

    def __init__(self, folder, server, code):
        self.folder, self.processes = folder, []
        folder.mkdir()
        self.control, self.picture = folder / "control", folder / "qr.png"
        line, state = folder / "line", folder / "state"
        wires = ["--link", line, "--control", self.control, "--log", folder / "log"]
        self.start("board", "latchkey-board", *wires)
        assert wait_until(lambda: line.exists() and self.control.exists()), self.said("board")
        where = ["--server", server, "--state", state]
        subprocess.run(
            [LOCKERS / "latchkey-locker", "enroll", *where, "--code", code], check=True, capture_output=True
        )
        self.start("controller", "latchkey-locker", "run", *where, "--port", line, "--qr-file", self.picture)

    def start(self, name, program, *arguments):
        with open(self.folder / f"{name}.txt", "w", encoding="utf-8") as output:
            self.processes.append(
                subprocess.Popen(
                    [LOCKERS / program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )

    def said(self, name):
        return (self.folder / f"{name}.txt").read_text("utf-8")

    def say(self, line):
        """What somebody at the board does. Gives its answer."""
        with socket.socket(socket.AF_UNIX) as hand:
            hand.settimeout(PATIENCE)
            hand.connect(str(self.control))
            hand.sendall(f"{line}\n".encode())
            answer = b""
            while not answer.endswith(b"\n"):
                answer += hand.recv(4096)
        assert answer.startswith(b"ok"), f"{line}: {answer}"
        return answer.decode()

    def lay_key(self, box):
        self.say(f"key {box} in")
        self.say(f"close {box}")

    def take_key(self, box):
        self.say(f"key {box} out")
        self.say(f"close {box}")

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            assert process.wait(PATIENCE) == 0, process.args


class Site:
    """One location on its day: a customer at the kiosk, a mechanic with a tablet, a desk far away."""

    def __init__(self, test, location, time_zone, locker, mechanic, *, others=()):
        self.location, self.time_zone, self.locker = location, time_zone, locker
        self.office, self.kiosk = test.office, kiosk_pb2_grpc.KioskServiceStub(test.channel(locker["screen"]))
        self.kiosk_help = help_pb2_grpc.HelpServiceStub(test.channel(locker["screen"]))
        self.cabinet = locker["cabinet"]
        self.tablet = test.signed_in(*mechanic)
        self.others = [test.signed_in(*other) for other in others]
        self.work_orders = work_order_pb2_grpc.WorkOrderServiceStub(self.office)
        self.handovers = handover_pb2_grpc.HandoverServiceStub(self.tablet)

    def walk(self):
        """What `make demo` shows: drop off by PIN, hand over by QR, put back, pick up."""
        self.book()
        self.wait_for_locker()
        box = self.drop()
        self.key_is(work_order_pb2.HOLDER_COMPARTMENT, box)
        self.hand_over(handover_pb2.HANDOVER_DIRECTION_TAKE_OUT, self.cabinet.take_key, self.others)
        self.key_is(work_order_pb2.HOLDER_STAFF)
        box = self.hand_over(handover_pb2.HANDOVER_DIRECTION_PUT_BACK, self.cabinet.lay_key)
        self.key_is(work_order_pb2.HOLDER_COMPARTMENT, box)
        self.pick_up()
        self.key_is(work_order_pb2.HOLDER_CUSTOMER)

    def book(self):
        today = datetime.datetime.now(ZoneInfo(self.time_zone)).date()
        self.work_order = self.work_orders.UpsertWorkOrder(
            work_order_pb2.UpsertWorkOrderRequest(
                request_id=new_request_id(),
                work_order=work_order_pb2.WorkOrder(
                    location_id=self.location,
                    number="WO-1",
                    local_time=f"{today}T23:59",
                    vehicle=work_order_pb2.Vehicle(plate="AB-123-C", brand="VOLVO"),
                    contacts=[
                        work_order_pb2.Contact(
                            role=work_order_pb2.CONTACT_ROLE_DRIVER,
                            name="Driver",
                            private_email="driver@example.org",
                        )
                    ],
                    # No word of logs, in which it is looked for.
                    interventions=[work_order_pb2.Intervention(name="Tyre change")],
                ),
            )
        ).work_order

    def wait_for_locker(self):
        """Until the controller has read every door."""
        service = admin_pb2_grpc.AdminServiceStub(self.office)

        def is_ready():
            lockers = service.ListLockers(admin_pb2.ListLockersRequest(location_id=self.location)).lockers
            locker = next(each for each in lockers if each.locker_id == self.locker["locker_id"])
            closed = [each for each in locker.compartments if each.door == admin_pb2.DOOR_STATE_CLOSED]
            return locker.connected and len(closed) == COMPARTMENTS

        assert wait_until(is_ready, PATIENCE, 0.1), self.cabinet.said("controller")

    def pin(self, purpose):
        return self.work_orders.IssuePin(
            work_order_pb2.IssuePinRequest(
                request_id=new_request_id(), work_order_id=self.work_order.work_order_id, purpose=purpose
            )
        ).pin

    def start(self, purpose):
        request = kiosk_pb2.StartVisitRequest(request_id=new_request_id(), purpose=purpose)
        visit = self.kiosk.StartVisit(request).view.lower.visit_id
        return lambda: {"request_id": new_request_id(), "visit_id": visit}

    def drop(self):
        pin = self.pin(work_order_pb2.PIN_PURPOSE_DROP_OFF)
        touch = self.start(kiosk_pb2.VISIT_PURPOSE_DROP_OFF)
        wrong = f"{pin[:-1]}{(int(pin[-1]) + 1) % 10}"
        refused("WRONG_PIN", lambda: self.kiosk.EnterPin(kiosk_pb2.EnterPinRequest(pin=wrong, **touch())))
        self.kiosk.EnterPin(kiosk_pb2.EnterPinRequest(pin=pin, **touch()))
        shown = self.kiosk.SaveContact(kiosk_pb2.SaveContactRequest(**touch())).view.lower.appointment
        self.kiosk.ValidateAppointment(
            kiosk_pb2.ValidateAppointmentRequest(
                agreed_intervention_ids=[each.intervention_id for each in shown.interventions],
                accepted_agreement_ids=[each.agreement_id for each in shown.agreements],
                name="Driver",
                **touch(),
            )
        )
        box = self.shows(kiosk_pb2.KIOSK_STEP_DOOR_OPEN).lower.compartment
        self.get_help(kiosk_pb2.KIOSK_STEP_DOOR_OPEN, box)
        self.cabinet.lay_key(box)
        self.shows(kiosk_pb2.KIOSK_STEP_DOOR_CLOSED)
        done = self.kiosk.ConfirmDrop(kiosk_pb2.ConfirmDropRequest(**touch())).view
        assert done.lower.step == kiosk_pb2.KIOSK_STEP_DONE, done
        assert not done.HasField("help"), done
        return box

    def get_help(self, step, box):
        """E1, E2: the desk hears of it, takes it, and the kiosk shows who comes."""
        desk = help_pb2_grpc.HelpServiceStub(self.office)
        called = self.kiosk_help.CallForHelp(help_pb2.CallForHelpRequest(request_id=new_request_id())).view
        if called.help.state == kiosk_pb2.HELP_STATE_OUTSIDE_HOURS:
            assert called.help.emergency_phone, called
            return
        watch = desk.WatchHelp(help_pb2.WatchHelpRequest(location_id=self.location), timeout=PATIENCE)
        call = next(watch).calls[0]
        watch.cancel()
        assert (call.step, call.compartment) == (step, box), call
        desk.HandleHelp(
            help_pb2.HandleHelpRequest(request_id=new_request_id(), help_call_id=call.help_call_id)
        )
        coming = self.view(lambda view: view.help.state == kiosk_pb2.HELP_STATE_COMING)
        assert coming.help.helper_name == "boss", coming

    def hand_over(self, direction, move, others=()):
        asked = self.handovers.RequestHandover(
            handover_pb2.RequestHandoverRequest(
                request_id=new_request_id(),
                work_order_id=self.work_order.work_order_id,
                direction=direction,
                locker_id=self.locker["locker_id"],
            )
        ).handover
        token = self.view(lambda view: view.upper.handover_token).upper.handover_token
        assert wait_until(self.cabinet.picture.exists), "the controller draws no QR"
        redeem = lambda: handover_pb2.RedeemHandoverRequest(
            request_id=new_request_id(), handover_id=asked.handover_id, token=token
        )
        for other in others:
            there = handover_pb2_grpc.HandoverServiceStub(other)
            refused("QR_OTHER_TABLET", lambda there=there: there.RedeemHandover(redeem()))
        self.handovers.RedeemHandover(redeem())
        watch = self.handovers.WatchHandover(
            handover_pb2.WatchHandoverRequest(handover_id=asked.handover_id), timeout=PATIENCE
        )
        for answer in watch:
            if answer.handover.state == handover_pb2.HANDOVER_STATE_OPEN:
                move(asked.compartment)
        assert answer.handover.state == handover_pb2.HANDOVER_STATE_COMPLETED, answer
        refused("QR_ALREADY_REDEEMED", lambda: self.handovers.RedeemHandover(redeem()))
        return asked.compartment

    def pick_up(self):
        pin = self.pin(work_order_pb2.PIN_PURPOSE_PICK_UP)
        touch = self.start(kiosk_pb2.VISIT_PURPOSE_PICK_UP)
        self.kiosk.EnterPin(kiosk_pb2.EnterPinRequest(pin=pin, **touch()))
        self.cabinet.take_key(self.shows(kiosk_pb2.KIOSK_STEP_DOOR_OPEN).lower.compartment)
        self.shows(kiosk_pb2.KIOSK_STEP_DONE)

    def shows(self, step):
        return self.view(lambda view: view.lower.step == step)

    def view(self, fits):
        views = self.kiosk.WatchKiosk(kiosk_pb2.WatchKioskRequest(), timeout=PATIENCE)
        found = next(answer.view for answer in views if fits(answer.view))
        views.cancel()
        return found

    def key_is(self, holder, box=0):
        request = work_order_pb2.GetWorkOrderRequest(work_order_id=self.work_order.work_order_id)
        key = self.work_orders.GetWorkOrder(request).work_order.keys[0]
        assert (key.holder, key.compartment) == (holder, box), key


def refused(reason, call):
    """Holds a call to the reason that it has to be refused with."""
    try:
        answer = call()
    except grpc.RpcError as error:
        found = latchkey.grpc.failure(error)
        assert found.reason == reason, found
    else:
        raise AssertionError(f"{reason} was expected, and came: {answer}")


class ADealer(unittest.TestCase):
    def setUp(self):
        self.server = Latchkey()
        self.addCleanup(self.server.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.state = self.folder / "devices"
        self.channels = {}
        log = self.server.log.read_text("utf-8")
        self.lockers_at = re.search(r" address=(127\.0\.0\.1:\d+)", log).group(1)

    def channel(self, name):
        """Of an enrolled device, by the name of its file."""
        if name not in self.channels:
            device = Device.load(self.state / f"{name}.json")
            opened = latchkey.grpc.channel(self.server.endpoint.url, device)
            self.addCleanup(opened.close)
            self.channels[name] = opened
        return self.channels[name]

    def signed_in(self, tablet, user):
        channel = self.channel(tablet)
        request = auth_pb2.SignInRequest(user_name=user, password=self.passwords[user])
        auth_pb2_grpc.AuthServiceStub(channel).SignIn(request)
        return channel

    def set_up(self):
        """A new server, one command of its operator, and then RPC alone."""
        self.server.run(*SETUP, text=f"{PASSWORD}\n")
        made = self.run_example("--code", self.server.run("enroll", "tablet", "--name", "Office").strip())
        self.passwords = {"boss": PASSWORD, **json.loads((self.state / "passwords.json").read_text("utf-8"))}
        self.office = self.channel("Office")
        return made

    def run_example(self, *flags):
        """What it has made at each location."""
        where = ["--server", self.server.endpoint.url, "--state", self.state, "--user", "boss"]
        done = subprocess.run(
            [sys.executable, EXAMPLES / "grpc/set_up_dealer.py", EXAMPLES / "dealer.json", *where, *flags],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "LATCHKEY_PASSWORD": PASSWORD},
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["locations"]

    def locker(self, name, locker_id, code):
        cabinet = Cabinet(self.folder / name, self.lockers_at, code)
        self.addCleanup(cabinet.stop)
        return {"locker_id": locker_id, "screen": f"screen of {name}", "cabinet": cabinet}

    def another_locker(self, name, location):
        """One that the plan does not have, made by the same admin."""
        service = admin_pb2_grpc.AdminServiceStub(self.office)
        locker = service.CreateLocker(
            admin_pb2.CreateLockerRequest(
                request_id=new_request_id(),
                location_id=location,
                name=name,
                compartment_count=COMPARTMENTS,
                pin_to_drop=True,
                has_item_sensors=True,
            )
        ).locker
        code = lambda kind, of: service.CreateEnrollmentCode(
            admin_pb2.CreateEnrollmentCodeRequest(
                request_id=new_request_id(), kind=kind, name=f"{of} of {name}", locker_id=locker.locker_id
            )
        ).code
        auth, key = auth_pb2_grpc.AuthServiceStub(self.office), DeviceKey.new()
        screen = auth.Enroll(
            auth_pb2.EnrollRequest(
                request_id=new_request_id(),
                code=code(auth_pb2.DEVICE_KIND_SCREEN, "screen"),
                public_key=key.public_key,
            )
        )
        audience = auth.Challenge(auth_pb2.ChallengeRequest()).audience
        Device(key, screen.device_id, audience).save(self.state / f"screen of {name}.json")
        return self.locker(name, locker.locker_id, code(auth_pb2.DEVICE_KIND_CONTROLLER, "controller"))

    def count(self, method, request, field):
        service = admin_pb2_grpc.AdminServiceStub(self.office)
        request.page_size = 2
        return sum(len(getattr(page, field)) for page in pages(getattr(service, method), request))

    def test_W5_a_dealer_is_set_up_by_RPC_alone_and_a_key_walks_through_each_location_at_once(self):
        main, harbour, airport = self.set_up()
        here = {"location_id": main["location_id"]}
        self.assertEqual(self.count("ListLocations", admin_pb2.ListLocationsRequest(), "locations"), 3)
        self.assertEqual(self.count("ListStaff", admin_pb2.ListStaffRequest(**here), "staff"), 8)
        places = [each["location_id"] for each in (main, harbour, airport)]
        lockers = [
            self.count("ListLockers", admin_pb2.ListLockersRequest(location_id=each), "lockers")
            for each in places
        ]
        self.assertEqual(lockers, [1, 1, 0])
        # Five tablets, two screens, and the passwords.
        self.assertEqual(len(list(self.state.glob("*.json"))), 5 + 2 + 1)

        made = lambda place: place["lockers"][0]
        lockers = [
            self.locker(made(place)["name"], made(place)["locker_id"], made(place)["controller_code"])
            for place in (main, harbour)
        ]
        lockers.append(self.another_locker("Terminal", airport["location_id"]))
        mechanics = [("Bay 1", "mia"), ("Bay 2", "max"), ("Bay 3", "moe")]
        zones = ["Europe/Amsterdam", "Europe/Brussels", "Europe/Berlin"]
        self.signed_in("Office", "boss")
        others = [[], [("Desk", "chief")], []]
        sites = [
            Site(self, location, zone, locker, mechanic, others=other)
            for location, zone, locker, mechanic, other in zip(
                places, zones, lockers, mechanics, others, strict=True
            )
        ]
        self.walk_at_once(sites)
        for site in sites:
            events = event_pb2_grpc.EventServiceStub(self.office)
            request = event_pb2.ListTimelineRequest(work_order_id=site.work_order.work_order_id)
            kinds = [entry.event.kind for entry in events.ListTimeline(request).entries]
            moves = [kind for kind in kinds if kind.startswith("KEY_")]
            self.assertEqual(moves, ["KEY_DROPPED", "KEY_COLLECTED", "KEY_PUT_BACK", "KEY_RETURNED"])

    def test_W5_what_is_there_already_is_left_as_it_is(self):
        command = [BINARIES / "latchkey", *SETUP, "--data", self.server.data]
        refused = subprocess.run(command, input="short\n", capture_output=True, text=True, check=False)
        self.assertIn("PASSWORD_TOO_SHORT", refused.stderr)
        first = self.set_up()
        kept = {path: path.read_bytes() for path in self.state.iterdir()}
        again = self.run_example()
        self.assertEqual(
            [place["location_id"] for place in again], [place["location_id"] for place in first]
        )
        self.assertEqual([place["lockers"] for place in again], [[], [], []])
        self.assertEqual({path: path.read_bytes() for path in self.state.iterdir()}, kept)
        locations = [place["location_id"] for place in first]
        agreements = [
            self.count("ListAgreements", admin_pb2.ListAgreementsRequest(location_id=each), "agreements")
            for each in locations
        ]
        self.assertEqual(agreements, [1, 1, 0])

    def walk_at_once(self, sites):
        faults = []
        start = threading.Barrier(len(sites))

        def walk(site):
            try:
                start.wait()
                site.walk()
            except Exception as error:  # noqa: BLE001
                faults.append((site.location, repr(error)))

        walkers = [threading.Thread(target=walk, args=(site,)) for site in sites]
        for walker in walkers:
            walker.start()
        for walker in walkers:
            walker.join(4 * PATIENCE)
        self.assertEqual(faults, [])
        self.assertFalse(any(walker.is_alive() for walker in walkers))


if __name__ == "__main__":
    unittest.main()
