"""Imports tomorrow's work orders from a CSV file, over gRPC.

    python import_work_orders.py --server 127.0.0.1:7480 --api-key KEY --location 1 appointments.csv
"""

import argparse
import sys
from pathlib import Path

import grpc
from latchkey.calls import channel, failure, request_id
from latchkey.credentials import APIKey
from latchkey.v1 import work_order_pb2
from latchkey.v1.work_order_pb2_grpc import WorkOrderServiceStub


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:7480")
    parser.add_argument("--ca", help="certificates to trust, a PEM file; without it plain text is spoken")
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--location", type=int, required=True)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    work_orders = WorkOrderServiceStub(channel(arguments.server, APIKey(arguments.api_key), arguments.ca))
    request = work_order_pb2.ImportWorkOrdersRequest(
        request_id=request_id(), location_id=arguments.location, csv=arguments.file.read_bytes())
    try:
        answer = work_orders.ImportWorkOrders(request, timeout=30)
    except grpc.RpcError as error:
        print(failure(error), file=sys.stderr)
        return 1
    print(f"{answer.created_count} new, {answer.updated_count} changed, {answer.unchanged_count} as they were")
    for each in answer.errors:
        print(f"line {each.line}: {each.field}: {each.description}", file=sys.stderr)
    return 1 if answer.error_count else 0


if __name__ == "__main__":
    sys.exit(main())
