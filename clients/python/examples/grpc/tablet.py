"""A mechanic's tablet in a terminal, over gRPC: takes the key of a work order out of its locker.

The QR that the locker's screen shows is typed in, where a real tablet reads it with its camera.

    python tablet.py enroll --state tablet.json --code ABCD-EFGH-JKLM-NPQR
    python tablet.py take-out --state tablet.json --user anna --work-order 12
"""

import argparse
import getpass
import os
import sys
from pathlib import Path

import grpc

import latchkey.grpc
from latchkey import new_request_id
from latchkey.device import Device, DeviceKey
from latchkey.v1.auth_pb2 import ChallengeRequest, EnrollRequest, SignInRequest
from latchkey.v1.auth_pb2_grpc import AuthServiceStub
from latchkey.v1.handover_pb2 import (
    HANDOVER_DIRECTION_TAKE_OUT,
    HANDOVER_STATE_COMPLETED,
    HandoverState,
    RedeemHandoverRequest,
    RequestHandoverRequest,
    WatchHandoverRequest,
)
from latchkey.v1.handover_pb2_grpc import HandoverServiceStub


def enroll(channel: grpc.Channel, state: Path, code: str) -> None:
    auth, key = AuthServiceStub(channel), DeviceKey.new()
    enrolled = auth.Enroll(EnrollRequest(request_id=new_request_id(), code=code, public_key=key.public_key))
    Device(key, enrolled.device_id, auth.Challenge(ChallengeRequest()).audience).save(state)
    print(f"enrolled as '{enrolled.name}'")


def take_out(channel: grpc.Channel, work_order: int) -> bool:
    handovers = HandoverServiceStub(channel)
    handover = handovers.RequestHandover(
        RequestHandoverRequest(
            request_id=new_request_id(), work_order_id=work_order, direction=HANDOVER_DIRECTION_TAKE_OUT
        )
    ).handover
    print(f"box {handover.compartment} of '{handover.locker_name}'; type the QR on its screen:", flush=True)
    handover = handovers.RedeemHandover(
        RedeemHandoverRequest(
            request_id=new_request_id(), handover_id=handover.handover_id, token=sys.stdin.readline().strip()
        )
    ).handover
    # It ends by itself when the hand-over is over.
    for answer in handovers.WatchHandover(WatchHandoverRequest(handover_id=handover.handover_id)):
        handover = answer.handover
        print(HandoverState.Name(handover.state), flush=True)
    return handover.state == HANDOVER_STATE_COMPLETED


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes the key of a work order out of its locker.")
    parser.add_argument("command", choices=["enroll", "take-out"])
    parser.add_argument("--server", default="http://127.0.0.1:7480")
    parser.add_argument("--trusted", type=Path, help="certificates to trust in place of the usual ones (PEM)")
    parser.add_argument("--state", type=Path, required=True, help="who this tablet is; keep it secret")
    parser.add_argument("--code", default="", help="enroll: from 'latchkey enroll tablet'")
    parser.add_argument("--user", default="", help="take-out: who signs in")
    parser.add_argument("--work-order", type=int, default=0, help="take-out: whose key")
    arguments = parser.parse_args()

    trusted = arguments.trusted.read_bytes() if arguments.trusted else None
    try:
        if arguments.command == "enroll":
            with latchkey.grpc.channel(arguments.server, trusted=trusted) as channel:
                enroll(channel, arguments.state, arguments.code)
            return 0
        with latchkey.grpc.channel(arguments.server, Device.load(arguments.state), trusted) as channel:
            password = os.environ.get("LATCHKEY_PASSWORD") or getpass.getpass()
            AuthServiceStub(channel).SignIn(SignInRequest(user_name=arguments.user, password=password))
            return 0 if take_out(channel, arguments.work_order) else 1
    except grpc.RpcError as error:
        print(latchkey.grpc.failure(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
