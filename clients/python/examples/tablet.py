"""A mechanic's tablet in a terminal, over gRPC: takes the key of a work order out of its locker.

The QR that the locker's screen shows is typed in, where a real tablet would read it with its camera.

    python tablet.py enroll --code ABCD-EFGH-JKLM-NPQR --state tablet.json
    python tablet.py take-out --state tablet.json --user anna --work-order 12
"""

import argparse
import getpass
import json
import os
import sys
from pathlib import Path

import grpc
from latchkey.calls import channel, failure, request_id
from latchkey.credentials import Device, DeviceKey
from latchkey.v1 import auth_pb2, handover_pb2
from latchkey.v1.auth_pb2_grpc import AuthServiceStub
from latchkey.v1.handover_pb2_grpc import HandoverServiceStub


def enroll(arguments: argparse.Namespace) -> int:
    seed = os.urandom(32)
    stub = AuthServiceStub(channel(arguments.server, None, arguments.ca))
    answer = stub.Enroll(
        auth_pb2.EnrollRequest(
            request_id=request_id(), code=arguments.code, public_key=DeviceKey(seed).public_key))
    audience = stub.Challenge(auth_pb2.ChallengeRequest()).audience
    state = {"seed": seed.hex(), "device_id": answer.device_id, "audience": audience}
    with open(arguments.state, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(state, file)
    print(f"enrolled as '{answer.name}'")
    return 0


def take_out(arguments: argparse.Namespace) -> int:
    state = json.loads(arguments.state.read_text())
    device = Device(DeviceKey(bytes.fromhex(state["seed"])), state["device_id"], state["audience"])
    opened = channel(arguments.server, device, arguments.ca)
    password = os.environ.get("LATCHKEY_PASSWORD") or getpass.getpass()
    AuthServiceStub(opened).SignIn(auth_pb2.SignInRequest(user_name=arguments.user, password=password))
    handovers = HandoverServiceStub(opened)
    asked = handovers.RequestHandover(
        handover_pb2.RequestHandoverRequest(
            request_id=request_id(), work_order_id=arguments.work_order,
            direction=handover_pb2.HANDOVER_DIRECTION_TAKE_OUT)).handover
    print(f"box {asked.compartment} of '{asked.locker_name}'; type the QR on its screen:", flush=True)
    redeemed = handovers.RedeemHandover(
        handover_pb2.RedeemHandoverRequest(
            request_id=request_id(), handover_id=asked.handover_id, token=sys.stdin.readline().strip())).handover
    request = handover_pb2.WatchHandoverRequest(
        handover_id=asked.handover_id, after_revision=redeemed.revision)
    state_name = handover_pb2.HandoverState.Name(redeemed.state)
    for answer in handovers.WatchHandover(request):
        state_name = handover_pb2.HandoverState.Name(answer.handover.state)
        print(state_name.removeprefix("HANDOVER_STATE_").lower(), flush=True)
    return 0 if state_name == "HANDOVER_STATE_COMPLETED" else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run in (("enroll", enroll), ("take-out", take_out)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--server", default="127.0.0.1:7480")
        command.add_argument("--ca", help="certificates to trust, a PEM file; without it plain text is spoken")
        command.add_argument("--state", type=Path, required=True)
        if name == "enroll":
            command.add_argument("--code", required=True)
        else:
            command.add_argument("--user", required=True)
            command.add_argument("--work-order", type=int, required=True)
    arguments = parser.parse_args()
    try:
        return arguments.run(arguments)
    except grpc.RpcError as error:
        print(failure(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
