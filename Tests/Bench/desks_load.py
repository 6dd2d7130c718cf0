#!/usr/bin/env python3
"""Desks that watch, a program that changes, and desks that stop reading: `desks.py` starts it.

    desks_load.py PORT API-KEY SERVER-PID WORK-ORDERS-PER-LOCATION DESKS CHANGES-PER-SECOND SECONDS

Prints one line of JSON. A change's time runs from the sending of its request to its row at a desk: the fsync of its
commit is in it. In the end each desk's rows are held against a list that was asked for just then.
"""

import datetime
import json
import os
import random
import re
import socket
import struct
import sys
import threading
import time
import zoneinfo
from pathlib import Path

import grpc
from latchkey.v1 import admin_pb2, admin_pb2_grpc, work_order_pb2, work_order_pb2_grpc

ZONE = zoneinfo.ZoneInfo("Europe/Amsterdam")
DAYS = 7
SETTLE_SECONDS = 2.0
QUIET_SECONDS, GIVE_UP_SECONDS = 1.0, 60.0
PAGE = 500
OUTSIDE = 0.1
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 4 << 20)]


class Server:
    def __init__(self, port, key, pid):
        self.port, self.key, self.pid = port, key, pid
        self.metadata = [("authorization", f"Bearer {key}")]
        self.channel = self.connect()
        self.work_orders = work_order_pb2_grpc.WorkOrderServiceStub(self.channel)

    def connect(self):
        """A connection of its own."""
        return grpc.insecure_channel(f"127.0.0.1:{self.port}", options=OPTIONS)

    def locations(self):
        admin = admin_pb2_grpc.AdminServiceStub(self.channel)
        found = admin.ListLocations(admin_pb2.ListLocationsRequest(), metadata=self.metadata).locations
        return [location.location_id for location in found]

    def resident_bytes(self):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^RssAnon:\s+(\d+) kB", text, re.M).group(1)) * 1024

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Plan:
    """What is booked: the same number always means the same car."""

    def __init__(self, count):
        self.count = count
        self.today = datetime.datetime.now(ZONE).date()

    @property
    def window(self):
        return self.today.isoformat(), (self.today + datetime.timedelta(DAYS - 1)).isoformat()

    def time(self, number, day=None):
        date = self.today + datetime.timedelta(number % DAYS if day is None else day)
        return f"{date}T{8 + number // 60 % 10:02}:{number % 60:02}"

    def csv(self):
        lines = ["number,date,time,plate,brand,model,driver_name"]
        for number in range(self.count):
            date, clock = self.time(number).split("T")
            lines.append(f"W{number},{date},{clock},B{number},Brand,new,Driver {number}")
        return "\n".join(lines).encode()

    def watch(self, location):
        first, last = self.window
        return work_order_pb2.WatchWorkOrdersRequest(location_id=location, from_date=first, to_date=last)


class Desk:
    """Puts the list together as the contract says."""

    def __init__(self, server, plan, location, changes):
        self.location, self.rows, self.is_whole = location, {}, threading.Event()
        self.changes, self.times, self.heard = changes, [], time.monotonic()
        self.channel = server.connect()
        stub = work_order_pb2_grpc.WorkOrderServiceStub(self.channel)
        self.stream = stub.WatchWorkOrders(plan.watch(location), metadata=server.metadata)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        try:
            for message in self.stream:
                self.apply(message, time.monotonic())
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.CANCELLED:
                raise

    def apply(self, message, now):
        self.heard = now
        if message.restarted:
            self.rows.clear()
        for row in message.rows:
            self.rows[row.work_order_id] = row
            if self.is_whole.is_set() and (sent := self.changes.get(row.vehicle.model)):
                self.times.append(now - sent)
        for gone in message.removed_work_order_ids:
            self.rows.pop(gone, None)
        if message.complete:
            self.is_whole.set()

    def in_order(self):
        return sorted(self.rows.values(), key=lambda row: row.order_key.encode())

    def close(self):
        self.stream.cancel()
        self.channel.close()


def change(server, plan, locations, rate, seconds, sent):
    """Changes appointments at a steady rate, whether or not the server keeps up. Returns how many a second."""
    pending, began = [], time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0, began + number / rate - time.monotonic()))
        which = random.randrange(plan.count)
        name = f"c{len(sent)}"
        day = DAYS + 1 if random.random() < OUTSIDE else random.randrange(DAYS)
        request = work_order_pb2.UpsertWorkOrderRequest(
            request_id=f"{os.getpid()}-{name}",
            work_order=work_order_pb2.WorkOrder(
                location_id=random.choice(locations), number=f"W{which}", local_time=plan.time(which, day),
                vehicle=work_order_pb2.Vehicle(plate=f"B{which}", brand="Brand", model=name),
                contacts=[work_order_pb2.Contact(role=work_order_pb2.CONTACT_ROLE_DRIVER, name=f"Driver {which}")]))
        sent[name] = time.monotonic()
        pending.append(server.work_orders.UpsertWorkOrder.future(request, metadata=server.metadata))
    for answer in pending:
        answer.result()
    return len(pending) / (time.monotonic() - began)


def settle(desks):
    """Waits until no desk hears anything more."""
    until = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < until and time.monotonic() - max(desk.heard for desk in desks) < QUIET_SECONDS:
        time.sleep(0.05)


def listed(server, plan, location):
    """The ids of the list in order, page by page, by the other method."""
    ids, token = [], ""
    while True:
        first, last = plan.window
        answer = server.work_orders.ListWorkOrders(
            work_order_pb2.ListWorkOrdersRequest(
                location_id=location, from_date=first, to_date=last, page_size=PAGE, page_token=token,
                include_pinned=True), metadata=server.metadata)
        ids += [each.work_order_id for each in answer.work_orders]
        token = answer.next_page_token
        if not token:
            return ids


def count_different(server, plan, desks):
    """Desks whose rows are not those that the database gives now."""
    different = 0
    for location in {desk.location for desk in desks}:
        fresh = Desk(server, plan, location, {})
        fresh.is_whole.wait(GIVE_UP_SECONDS)
        ids = listed(server, plan, location)
        for desk in (desk for desk in desks if desk.location == location):
            rows = desk.in_order()
            if rows != fresh.in_order() or [row.work_order_id for row in rows] != ids:
                different += 1
        fresh.close()
    return different


def deaf(server, plan, location):
    """A desk that asks and then never reads: Connect over HTTP/1.1, on a socket with little room."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect(("127.0.0.1", server.port))
    message = plan.watch(location).SerializeToString()
    body = struct.pack(">BI", 0, len(message)) + message
    head = (
        "POST /latchkey.v1.WorkOrderService/WatchWorkOrders HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {server.key}\r\nContent-Type: application/connect+proto\r\n"
        f"Connect-Protocol-Version: 1\r\nContent-Length: {len(body)}\r\n\r\n")
    peer.sendall(head.encode() + body)
    return peer


def main():
    port, key, pid, count, desk_count, rate, seconds = sys.argv[1:]
    server, plan = Server(int(port), key, int(pid)), Plan(int(count))
    locations, rate, seconds = server.locations(), int(rate), float(seconds)
    for location in locations:
        done = server.work_orders.ImportWorkOrders(
            work_order_pb2.ImportWorkOrdersRequest(request_id=f"import-{location}", location_id=location, csv=plan.csv()),
            metadata=server.metadata)
        assert done.created_count == plan.count, done
    sent, began = {}, time.monotonic()
    desks = [Desk(server, plan, locations[number % len(locations)], sent) for number in range(int(desk_count))]
    assert all(desk.is_whole.wait(GIVE_UP_SECONDS) for desk in desks)
    whole_list_seconds = time.monotonic() - began

    cpu = server.cpu_seconds()
    pace = change(server, plan, locations, rate, seconds, sent)
    cpu = server.cpu_seconds() - cpu
    settle(desks)
    times = sorted(1000 * each for desk in desks for each in desk.times)
    different = count_different(server, plan, desks)

    time.sleep(SETTLE_SECONDS)
    before = server.resident_bytes()
    peers = [deaf(server, plan, locations[number % len(locations)]) for number in range(int(desk_count))]
    change(server, plan, locations, rate, seconds, sent)
    growth = server.resident_bytes() - before
    settle(desks)
    different += count_different(server, plan, desks)
    for each in peers + desks:
        each.close()
    print(json.dumps({
        "p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "longest_ms": times[-1],
        "samples": len(times), "changes_per_second": pace, "whole_list_seconds": whole_list_seconds,
        "server_cpu_seconds": cpu, "desks": len(desks), "work_orders": plan.count * len(locations),
        "different": different, "deaf": len(peers), "before_bytes": before, "deaf_bytes": growth}))


if __name__ == "__main__":
    main()
