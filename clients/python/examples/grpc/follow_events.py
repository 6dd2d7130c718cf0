"""Follows what happens at a location, over gRPC, and goes on after the last event that it dealt with.

LATCHKEY_API_KEY=… python follow_events.py --location 1 --cursor cursor.txt

It ends where waiting does not help: when a backup was restored (CURSOR_AHEAD), somebody has to decide what becomes of
the events that are lost, and to write the number to go on after into the cursor.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import grpc

import latchkey.grpc
from latchkey import APIKey
from latchkey.v1.event_pb2 import Event, WatchEventsRequest
from latchkey.v1.event_pb2_grpc import EventServiceStub

SECONDS_BETWEEN_ATTEMPTS = 2


def deal_with(event: Event) -> None:
    print(event.number, event.time.ToJsonString(), event.kind, event.reason, flush=True)


def follow(events: EventServiceStub, location: int, cursor: Path) -> None:
    after = int(cursor.read_text()) if cursor.exists() else 0
    for answer in events.WatchEvents(WatchEventsRequest(location_id=location, after_number=after)):
        deal_with(answer.event)
        # Kept once the event is dealt with, as a whole: who dies before sees it again, and misses none.
        written = cursor.with_suffix(".new")
        written.write_text(str(answer.event.number))
        written.replace(cursor)


def main() -> int:
    parser = argparse.ArgumentParser(description="Follows what happens at a location.")
    parser.add_argument("--server", default="http://127.0.0.1:7480")
    parser.add_argument("--trusted", type=Path, help="certificates to trust in place of the usual ones (PEM)")
    parser.add_argument("--location", type=int, required=True)
    parser.add_argument("--cursor", type=Path, required=True, help="where the last event's number is kept")
    arguments = parser.parse_args()

    trusted = arguments.trusted.read_bytes() if arguments.trusted else None
    credential = APIKey(os.environ["LATCHKEY_API_KEY"])
    with latchkey.grpc.channel(arguments.server, credential, trusted) as channel:
        while True:
            try:
                follow(EventServiceStub(channel), arguments.location, arguments.cursor)
            except grpc.RpcError as error:
                failure = latchkey.grpc.failure(error)
                print(failure, file=sys.stderr)
                if not failure.is_transient:
                    return 1
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)


if __name__ == "__main__":
    sys.exit(main())
