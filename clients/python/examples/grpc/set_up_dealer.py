"""Sets a dealer up from a file, over gRPC: locations with hours and texts, staff, lockers, tablets.

On a new server the operator makes the first location, its admin, and a code for the tablet that this runs on:

    latchkey setup --dealer Garage --location "Main street" --zone Europe/Amsterdam --country NL --admin boss
    latchkey enroll tablet --name Office

Then the admin does the rest from anywhere:

    python set_up_dealer.py --state devices --code ABCD-EFGH-JKLM-NPQR --user boss ../dealer.json

Each device's key pair is made here and kept in the folder `--state`, a file each, as are the first passwords
of the staff; copy each file to its device and delete it. What is there already, by its name, is left as it
is.
"""

import argparse
import getpass
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc

import latchkey.grpc
from latchkey import new_request_id
from latchkey.device import Device, DeviceKey
from latchkey.pages import pages
from latchkey.v1 import admin_pb2 as admin
from latchkey.v1.admin_pb2_grpc import AdminServiceStub
from latchkey.v1.auth_pb2 import (
    DEVICE_KIND_CONTROLLER,
    DEVICE_KIND_SCREEN,
    DEVICE_KIND_TABLET,
    ChallengeRequest,
    EnrollRequest,
    SignInRequest,
    WhoAmIRequest,
)
from latchkey.v1.auth_pb2_grpc import AuthServiceStub


class Dealer:
    def __init__(self, channel: grpc.Channel, state: Path) -> None:
        self.auth, self.service, self.state = AuthServiceStub(channel), AdminServiceStub(channel), state
        self.audience = self.auth.Challenge(ChallengeRequest()).audience

    def location(self, plan: dict[str, Any]) -> admin.Location:
        known = {
            each.name: each
            for page in pages(self.service.ListLocations, admin.ListLocationsRequest())
            for each in page.locations
        }
        location = known.get(plan["name"])
        if location is None:
            request = admin.CreateLocationRequest(
                request_id=new_request_id(),
                name=plan["name"],
                time_zone=plan["time_zone"],
                country=plan["country"],
                languages=plan["languages"],
            )
            location = self.service.CreateLocation(request).location
        settings = admin.UpdateLocationRequest(
            request_id=new_request_id(),
            location_id=location.location_id,
            time_zone=plan["time_zone"],
            country=plan["country"],
            languages=plan["languages"],
            opening_hours=hours(plan),
            emergency_phone=plan["emergency_phone"],
        )
        return self.service.UpdateLocation(settings).location

    def texts(self, location: int, plan: dict[str, Any]) -> None:
        shown = admin.ListAgreementsRequest(location_id=location)
        titles = {
            each.title for page in pages(self.service.ListAgreements, shown) for each in page.agreements
        }
        for each in plan["agreements"]:
            if each["title"] not in titles:
                self.service.CreateAgreement(
                    admin.CreateAgreementRequest(request_id=new_request_id(), location_id=location, **each)
                )
        offered = admin.ListOptionalServicesRequest(location_id=location)
        names = {
            each.name for page in pages(self.service.ListOptionalServices, offered) for each in page.services
        }
        for each in plan["services"]:
            if each["name"] not in names:
                self.service.CreateOptionalService(
                    admin.CreateOptionalServiceRequest(
                        request_id=new_request_id(), location_id=location, **each
                    )
                )

    def staff(self, location: int, plan: list[dict[str, Any]]) -> None:
        listed = admin.ListStaffRequest(location_id=location)
        known = {each.user_name for page in pages(self.service.ListStaff, listed) for each in page.staff}
        passwords = {}
        for each in plan:
            if each["user_name"] in known:
                continue
            password = passwords[each["user_name"]] = secrets.token_urlsafe(12)
            self.service.CreateStaff(
                admin.CreateStaffRequest(
                    request_id=new_request_id(),
                    location_id=location,
                    user_name=each["user_name"],
                    role=admin.StaffRole.Value(f"STAFF_ROLE_{each['role']}"),
                    use_key_locker=each.get("use_key_locker", False),
                    password=password,
                )
            )
        if passwords:
            write_secret(self.state / "passwords.json", json.dumps(passwords, indent=2))

    def lockers(self, location: int, plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
        listed = admin.ListLockersRequest(location_id=location)
        known = {each.name for page in pages(self.service.ListLockers, listed) for each in page.lockers}
        return [self.locker(location, each) for each in plan if each["name"] not in known]

    def locker(self, location: int, plan: dict[str, Any]) -> dict[str, Any]:
        """Makes a locker and its screen. Its controller enrols itself, with the code that this gives."""
        locker = self.service.CreateLocker(
            admin.CreateLockerRequest(
                request_id=new_request_id(),
                location_id=location,
                name=plan["name"],
                compartment_count=plan["compartments"],
                pin_to_drop=True,
                has_item_sensors=True,
            )
        ).locker
        self.enroll(f"screen of {plan['name']}", kind=DEVICE_KIND_SCREEN, locker_id=locker.locker_id)
        code = self.code(
            f"controller of {plan['name']}", kind=DEVICE_KIND_CONTROLLER, locker_id=locker.locker_id
        )
        return {"name": plan["name"], "locker_id": locker.locker_id, "controller_code": code}

    def tablets(self, location: int, names: list[str]) -> None:
        listed = admin.ListDevicesRequest(location_id=location)
        known = {
            each.name
            for page in pages(self.service.ListDevices, listed)
            for each in page.devices
            if not each.revoked
        }
        for name in names:
            if name not in known:
                self.enroll(name, kind=DEVICE_KIND_TABLET, location_id=location)

    def code(self, name: str, **place: Any) -> str:
        request = admin.CreateEnrollmentCodeRequest(request_id=new_request_id(), name=name, **place)
        return self.service.CreateEnrollmentCode(request).code

    def enroll(self, name: str, **place: Any) -> None:
        """A device with a key pair of its own, kept in a file of its own."""
        enroll(self.auth, self.code(name, **place), self.audience).save(self.state / f"{name}.json")


def enroll(auth: AuthServiceStub, code: str, audience: str) -> Device:
    key = DeviceKey.new()
    request = EnrollRequest(request_id=new_request_id(), code=code, public_key=key.public_key)
    return Device(key, auth.Enroll(request).device_id, audience)


def hours(plan: dict[str, Any]) -> admin.OpeningHours:
    """From `{"1-5": ["08:00-17:00"]}`, Monday to Friday, and `{"2030-12-25": []}`, closed."""
    return admin.OpeningHours(
        week=[
            admin.WeeklyInterval(weekday=day, from_time=start, to_time=end)
            for days, intervals in plan["week"].items()
            for day in range(int(days[0]), int(days[-1]) + 1)
            for start, end in times(intervals)
        ],
        exceptions=[
            admin.OpeningException(
                date=date,
                intervals=[
                    admin.TimeInterval(from_time=start, to_time=end) for start, end in times(intervals)
                ],
            )
            for date, intervals in plan["exceptions"].items()
        ],
    )


def times(intervals: list[str]) -> Iterator[tuple[str, str]]:
    for interval in intervals:
        start, end = interval.split("-")
        yield start, end


def write_secret(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def set_up(dealer: Dealer, plan: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"locations": []}
    for each in plan["locations"]:
        location = dealer.location(each).location_id
        dealer.texts(location, each)
        dealer.tablets(location, each["tablets"])
        lockers = dealer.lockers(location, each["lockers"])
        made["locations"].append({"name": each["name"], "location_id": location, "lockers": lockers})
    dealer.staff(made["locations"][0]["location_id"], plan["staff"])
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description="Sets a dealer up from a file.")
    parser.add_argument("plan", type=Path, help="see dealer.json")
    parser.add_argument("--server", default="http://127.0.0.1:7480")
    parser.add_argument("--trusted", type=Path, help="certificates to trust in place of the usual ones (PEM)")
    parser.add_argument("--state", type=Path, required=True, help="a folder; keep it secret")
    parser.add_argument("--code", default="", help="the first time: from 'latchkey enroll tablet'")
    parser.add_argument("--user", required=True, help="the dealer admin")
    arguments = parser.parse_args()

    trusted = arguments.trusted.read_bytes() if arguments.trusted else None
    arguments.state.mkdir(mode=0o700, exist_ok=True)
    own = arguments.state / "Office.json"
    try:
        if arguments.code:
            with latchkey.grpc.channel(arguments.server, trusted=trusted) as channel:
                auth = AuthServiceStub(channel)
                enroll(auth, arguments.code, auth.Challenge(ChallengeRequest()).audience).save(own)
        with latchkey.grpc.channel(arguments.server, Device.load(own), trusted) as channel:
            auth = AuthServiceStub(channel)
            password = os.environ.get("LATCHKEY_PASSWORD") or getpass.getpass()
            auth.SignIn(SignInRequest(user_name=arguments.user, password=password))
            made = set_up(Dealer(channel, arguments.state), json.loads(arguments.plan.read_text("utf-8")))
            made["admin"] = auth.WhoAmI(WhoAmIRequest()).identity.display_name
    except grpc.RpcError as error:
        print(latchkey.grpc.failure(error), file=sys.stderr)
        return 1
    print(json.dumps(made, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
