import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from latchkey.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Event(_message.Message):
    __slots__ = ("location_id", "number", "time", "kind", "work_order_id", "key_id", "locker_id", "compartment", "visit_id", "handover_id", "command_sequence", "staff_id", "device_id", "reason", "hash", "commitment")
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    HANDOVER_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    number: int
    time: _timestamp_pb2.Timestamp
    kind: str
    work_order_id: int
    key_id: int
    locker_id: int
    compartment: int
    visit_id: int
    handover_id: int
    command_sequence: int
    staff_id: int
    device_id: int
    reason: str
    hash: bytes
    commitment: bytes
    def __init__(self, location_id: _Optional[int] = ..., number: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., work_order_id: _Optional[int] = ..., key_id: _Optional[int] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., visit_id: _Optional[int] = ..., handover_id: _Optional[int] = ..., command_sequence: _Optional[int] = ..., staff_id: _Optional[int] = ..., device_id: _Optional[int] = ..., reason: _Optional[str] = ..., hash: _Optional[bytes] = ..., commitment: _Optional[bytes] = ...) -> None: ...

class WatchEventsRequest(_message.Message):
    __slots__ = ("location_id", "after_number")
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    after_number: int
    def __init__(self, location_id: _Optional[int] = ..., after_number: _Optional[int] = ...) -> None: ...

class WatchEventsResponse(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: Event
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ...) -> None: ...

class ListTimelineRequest(_message.Message):
    __slots__ = ("work_order_id",)
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    work_order_id: int
    def __init__(self, work_order_id: _Optional[int] = ...) -> None: ...

class TimelineEntry(_message.Message):
    __slots__ = ("event", "title", "text")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    event: Event
    title: str
    text: str
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ..., title: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class ListTimelineResponse(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[TimelineEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[TimelineEntry, _Mapping]]] = ...) -> None: ...

class ExportChainHeadRequest(_message.Message):
    __slots__ = ("location_id",)
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    def __init__(self, location_id: _Optional[int] = ...) -> None: ...

class ExportChainHeadResponse(_message.Message):
    __slots__ = ("number", "hash", "signed_head")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNED_HEAD_FIELD_NUMBER: _ClassVar[int]
    number: int
    hash: bytes
    signed_head: str
    def __init__(self, number: _Optional[int] = ..., hash: _Optional[bytes] = ..., signed_head: _Optional[str] = ...) -> None: ...
