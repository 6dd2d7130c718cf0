"""Follows what happens at a location, over Connect, and goes on after the last event that it saw.

    python follow_events.py --server http://127.0.0.1:7480 --api-key KEY --location 1 --cursor cursor.txt
"""

import argparse
import sys
import time
from pathlib import Path

from connectrpc.errors import ConnectError
from latchkey.credentials import APIKey
from latchkey.v1 import event_pb2
from latchkey.v1.event_connect import EventServiceClientSync

SECONDS_BETWEEN_ATTEMPTS = 2


def follow(client: EventServiceClientSync, key: APIKey, location: int, cursor: Path) -> None:
    after = int(cursor.read_text()) if cursor.exists() else 0
    request = event_pb2.WatchEventsRequest(location_id=location, after_number=after)
    for answer in client.watch_events(request, headers={"authorization": f"Bearer {key.token()}"}):
        event = answer.event
        print(event.number, event.time.ToJsonString(), event.kind, event.reason, flush=True)
        # Written once the event is dealt with: whoever dies in between sees it again, and misses none.
        cursor.write_text(str(event.number))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="http://127.0.0.1:7480")
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--location", type=int, required=True)
    parser.add_argument("--cursor", type=Path, required=True)
    arguments = parser.parse_args()
    client = EventServiceClientSync(arguments.server)
    while True:
        try:
            follow(client, APIKey(arguments.api_key), arguments.location, arguments.cursor)
        except ConnectError as error:
            print(f"{error.code.name}: {error.message}", file=sys.stderr)
            if error.code.name in ("UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"):
                return 1
        time.sleep(SECONDS_BETWEEN_ATTEMPTS)


if __name__ == "__main__":
    sys.exit(main())
