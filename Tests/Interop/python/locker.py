"""A locker in memory, over gRPC: a controller whose doors open and close at once, and a screen to touch."""

import threading

import grpc
import latchkey.grpc
from latchkey import new_request_id
from latchkey.device import Device, DeviceKey
from latchkey.v1 import auth_pb2, auth_pb2_grpc, kiosk_pb2, kiosk_pb2_grpc, locker_pb2, locker_pb2_grpc

COMPARTMENTS = 4


def enrolled(server, *command):
    """A channel of a new device, by the operator's command that makes its code."""
    code = server.run("enroll", *command).strip()
    with latchkey.grpc.channel(server.endpoint.url, trusted=server.endpoint.trusted) as channel:
        auth, key = auth_pb2_grpc.AuthServiceStub(channel), DeviceKey.new()
        device = auth.Enroll(
            auth_pb2.EnrollRequest(request_id=new_request_id(), code=code, public_key=key.public_key)
        )
        audience = auth.Challenge(auth_pb2.ChallengeRequest()).audience
    return latchkey.grpc.channel(
        server.endpoint.url, Device(key, device.device_id, audience), server.endpoint.trusted
    )


class Locker:
    def __init__(self, server):
        self.controller = enrolled(server, "controller", "--locker", "Entrance", "--name", "Controller")
        self.screen = enrolled(server, "screen", "--locker", "Entrance", "--name", "Screen")
        self.kiosk = kiosk_pb2_grpc.KioskServiceStub(self.screen)
        self.lockers = locker_pb2_grpc.LockerServiceStub(self.controller)
        self.reported = 0
        self.commands = self.lockers.WatchCommands(locker_pb2.WatchCommandsRequest())
        for compartment in range(1, COMPARTMENTS + 1):
            self.report(
                locker_pb2.LockReport(compartment=compartment, event=locker_pb2.LOCK_EVENT_FOUND_CLOSED)
            )
        self.worker = threading.Thread(target=self.serve)
        self.worker.start()

    def serve(self):
        """Opens and closes the door of each command."""
        try:
            for answer in self.commands:
                of = {"compartment": answer.command.compartment, "command_sequence": answer.command.sequence}
                self.report(
                    *(
                        locker_pb2.LockReport(event=event, **of)
                        for event in (
                            locker_pb2.LOCK_EVENT_ACCEPTED,
                            locker_pb2.LOCK_EVENT_FIRED,
                            locker_pb2.LOCK_EVENT_DOOR_OPENED,
                            locker_pb2.LOCK_EVENT_DOOR_CLOSED,
                        )
                    ),
                    locker_pb2.LockReport(outcome=locker_pb2.COMMAND_OUTCOME_OPENED_AND_CLOSED, **of)
                )
        except grpc.RpcError as error:
            assert error.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE), error

    def report(self, *lines):
        for line in lines:
            self.reported += 1
            line.number = self.reported
        self.lockers.Report(locker_pb2.ReportRequest(reports=lines))

    def drop(self, pin):
        """A customer drops the key of the work order that the PIN is for."""
        visit = self.kiosk.StartVisit(
            kiosk_pb2.StartVisitRequest(request_id=new_request_id(), purpose=kiosk_pb2.VISIT_PURPOSE_DROP_OFF)
        ).view.lower.visit_id
        touch = lambda: {"request_id": new_request_id(), "visit_id": visit}
        self.kiosk.EnterPin(kiosk_pb2.EnterPinRequest(pin=pin, **touch()))
        self.kiosk.SaveContact(kiosk_pb2.SaveContactRequest(**touch()))
        self.kiosk.ValidateAppointment(kiosk_pb2.ValidateAppointmentRequest(name="Driver", **touch()))
        self.view(lambda view: view.lower.step == kiosk_pb2.KIOSK_STEP_DOOR_CLOSED)
        done = self.kiosk.ConfirmDrop(kiosk_pb2.ConfirmDropRequest(**touch())).view
        assert done.lower.step == kiosk_pb2.KIOSK_STEP_DONE, done

    def shown_token(self):
        """What the QR on the upper screen says, once one is there."""
        return self.view(lambda view: view.upper.handover_token).upper.handover_token

    def view(self, fits):
        views = self.kiosk.WatchKiosk(kiosk_pb2.WatchKioskRequest(), timeout=30)
        found = next(answer.view for answer in views if fits(answer.view))
        views.cancel()
        return found

    def close(self):
        self.commands.cancel()
        self.worker.join(10)
        self.controller.close()
        self.screen.close()
