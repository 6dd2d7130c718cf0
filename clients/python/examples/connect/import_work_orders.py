"""Imports work orders from a CSV file, over Connect.

LATCHKEY_API_KEY=… python import_work_orders.py --location 1 appointments.csv
"""

import argparse
import os
import sys
import time
from pathlib import Path

from connectrpc.errors import ConnectError

import latchkey.connect
from latchkey import APIKey, new_request_id
from latchkey.v1.work_order_connect import WorkOrderServiceClientSync
from latchkey.v1.work_order_pb2 import ImportWorkOrdersRequest, ImportWorkOrdersResponse

DEADLINE_SECONDS = 30
ATTEMPTS = 5
SECONDS_BETWEEN_ATTEMPTS = 2


def import_work_orders(
    work_orders: WorkOrderServiceClientSync, request: ImportWorkOrdersRequest
) -> ImportWorkOrdersResponse:
    attempts = 0
    while True:
        try:
            return work_orders.import_work_orders(request, timeout_ms=DEADLINE_SECONDS * 1000)
        except ConnectError as error:
            failure = latchkey.connect.failure(error)
            attempts += 1
            if attempts == ATTEMPTS or not failure.is_transient:
                raise failure from error
        # The same request, with the same id: should the first have arrived after all, it counts once.
        time.sleep(failure.retry_seconds or SECONDS_BETWEEN_ATTEMPTS)


def main() -> int:
    parser = argparse.ArgumentParser(description="Imports work orders from a CSV file.")
    parser.add_argument("--server", default="http://127.0.0.1:7480")
    parser.add_argument("--trusted", type=Path, help="certificates to trust in place of the usual ones (PEM)")
    parser.add_argument("--location", type=int, required=True)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()

    trusted = arguments.trusted.read_bytes() if arguments.trusted else None
    server = latchkey.connect.Server(arguments.server, APIKey(os.environ["LATCHKEY_API_KEY"]), trusted)
    request = ImportWorkOrdersRequest(
        request_id=new_request_id(), location_id=arguments.location, csv=arguments.file.read_bytes()
    )
    try:
        answer = import_work_orders(server.client(WorkOrderServiceClientSync), request)
    except latchkey.Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{answer.created_count} new, {answer.updated_count} changed, {answer.unchanged_count} unchanged")
    for fault in answer.errors:
        print(f"line {fault.line}: {fault.field}: {fault.description}", file=sys.stderr)
    return 1 if answer.error_count else 0


if __name__ == "__main__":
    sys.exit(main())
