import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from latchkey.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LockEvent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOCK_EVENT_UNSPECIFIED: _ClassVar[LockEvent]
    LOCK_EVENT_ACCEPTED: _ClassVar[LockEvent]
    LOCK_EVENT_FIRED: _ClassVar[LockEvent]
    LOCK_EVENT_DOOR_OPENED: _ClassVar[LockEvent]
    LOCK_EVENT_DOOR_CLOSED: _ClassVar[LockEvent]
    LOCK_EVENT_ITEM_IN: _ClassVar[LockEvent]
    LOCK_EVENT_ITEM_OUT: _ClassVar[LockEvent]
    LOCK_EVENT_LEFT_OPEN: _ClassVar[LockEvent]
    LOCK_EVENT_FORCED: _ClassVar[LockEvent]
    LOCK_EVENT_BOARD_ERROR: _ClassVar[LockEvent]
    LOCK_EVENT_FOUND_CLOSED: _ClassVar[LockEvent]

class CommandOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_OUTCOME_UNSPECIFIED: _ClassVar[CommandOutcome]
    COMMAND_OUTCOME_OPENED_AND_CLOSED: _ClassVar[CommandOutcome]
    COMMAND_OUTCOME_JAMMED: _ClassVar[CommandOutcome]
    COMMAND_OUTCOME_REFUSED: _ClassVar[CommandOutcome]
    COMMAND_OUTCOME_EXPIRED: _ClassVar[CommandOutcome]
    COMMAND_OUTCOME_UNKNOWN: _ClassVar[CommandOutcome]

class CommandRefusal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_REFUSAL_UNSPECIFIED: _ClassVar[CommandRefusal]
    COMMAND_REFUSAL_BUSY: _ClassVar[CommandRefusal]
    COMMAND_REFUSAL_EXPIRED: _ClassVar[CommandRefusal]
    COMMAND_REFUSAL_QUARANTINED: _ClassVar[CommandRefusal]
    COMMAND_REFUSAL_BOARD: _ClassVar[CommandRefusal]

class ItemState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_STATE_UNSPECIFIED: _ClassVar[ItemState]
    ITEM_STATE_ABSENT: _ClassVar[ItemState]
    ITEM_STATE_PRESENT: _ClassVar[ItemState]
LOCK_EVENT_UNSPECIFIED: LockEvent
LOCK_EVENT_ACCEPTED: LockEvent
LOCK_EVENT_FIRED: LockEvent
LOCK_EVENT_DOOR_OPENED: LockEvent
LOCK_EVENT_DOOR_CLOSED: LockEvent
LOCK_EVENT_ITEM_IN: LockEvent
LOCK_EVENT_ITEM_OUT: LockEvent
LOCK_EVENT_LEFT_OPEN: LockEvent
LOCK_EVENT_FORCED: LockEvent
LOCK_EVENT_BOARD_ERROR: LockEvent
LOCK_EVENT_FOUND_CLOSED: LockEvent
COMMAND_OUTCOME_UNSPECIFIED: CommandOutcome
COMMAND_OUTCOME_OPENED_AND_CLOSED: CommandOutcome
COMMAND_OUTCOME_JAMMED: CommandOutcome
COMMAND_OUTCOME_REFUSED: CommandOutcome
COMMAND_OUTCOME_EXPIRED: CommandOutcome
COMMAND_OUTCOME_UNKNOWN: CommandOutcome
COMMAND_REFUSAL_UNSPECIFIED: CommandRefusal
COMMAND_REFUSAL_BUSY: CommandRefusal
COMMAND_REFUSAL_EXPIRED: CommandRefusal
COMMAND_REFUSAL_QUARANTINED: CommandRefusal
COMMAND_REFUSAL_BOARD: CommandRefusal
ITEM_STATE_UNSPECIFIED: ItemState
ITEM_STATE_ABSENT: ItemState
ITEM_STATE_PRESENT: ItemState

class WatchCommandsRequest(_message.Message):
    __slots__ = ("after_sequence",)
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    after_sequence: int
    def __init__(self, after_sequence: _Optional[int] = ...) -> None: ...

class WatchCommandsResponse(_message.Message):
    __slots__ = ("command",)
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: UnlockCommand
    def __init__(self, command: _Optional[_Union[UnlockCommand, _Mapping]] = ...) -> None: ...

class UnlockCommand(_message.Message):
    __slots__ = ("sequence", "compartment", "expire_time", "server_time")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    compartment: int
    expire_time: _timestamp_pb2.Timestamp
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, sequence: _Optional[int] = ..., compartment: _Optional[int] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LockReport(_message.Message):
    __slots__ = ("number", "compartment", "command_sequence", "time", "event", "outcome", "refusal", "item")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    number: int
    compartment: int
    command_sequence: int
    time: _timestamp_pb2.Timestamp
    event: LockEvent
    outcome: CommandOutcome
    refusal: CommandRefusal
    item: ItemState
    def __init__(self, number: _Optional[int] = ..., compartment: _Optional[int] = ..., command_sequence: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event: _Optional[_Union[LockEvent, str]] = ..., outcome: _Optional[_Union[CommandOutcome, str]] = ..., refusal: _Optional[_Union[CommandRefusal, str]] = ..., item: _Optional[_Union[ItemState, str]] = ...) -> None: ...

class ReportRequest(_message.Message):
    __slots__ = ("reports", "controller_version")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    CONTROLLER_VERSION_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[LockReport]
    controller_version: str
    def __init__(self, reports: _Optional[_Iterable[_Union[LockReport, _Mapping]]] = ..., controller_version: _Optional[str] = ...) -> None: ...

class ReportResponse(_message.Message):
    __slots__ = ("acknowledged_number",)
    ACKNOWLEDGED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    acknowledged_number: int
    def __init__(self, acknowledged_number: _Optional[int] = ...) -> None: ...

class GetLockerSettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLockerSettingsResponse(_message.Message):
    __slots__ = ("locker_id", "display_name", "compartment_count", "has_item_sensors", "timing", "acknowledged_number")
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    HAS_ITEM_SENSORS_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    locker_id: int
    display_name: str
    compartment_count: int
    has_item_sensors: bool
    timing: LockTiming
    acknowledged_number: int
    def __init__(self, locker_id: _Optional[int] = ..., display_name: _Optional[str] = ..., compartment_count: _Optional[int] = ..., has_item_sensors: _Optional[bool] = ..., timing: _Optional[_Union[LockTiming, _Mapping]] = ..., acknowledged_number: _Optional[int] = ...) -> None: ...

class LockTiming(_message.Message):
    __slots__ = ("pulse_ms", "cool_down_ms", "open_window_ms", "left_open_ms", "debounce_ms")
    PULSE_MS_FIELD_NUMBER: _ClassVar[int]
    COOL_DOWN_MS_FIELD_NUMBER: _ClassVar[int]
    OPEN_WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OPEN_MS_FIELD_NUMBER: _ClassVar[int]
    DEBOUNCE_MS_FIELD_NUMBER: _ClassVar[int]
    pulse_ms: int
    cool_down_ms: int
    open_window_ms: int
    left_open_ms: int
    debounce_ms: int
    def __init__(self, pulse_ms: _Optional[int] = ..., cool_down_ms: _Optional[int] = ..., open_window_ms: _Optional[int] = ..., left_open_ms: _Optional[int] = ..., debounce_ms: _Optional[int] = ...) -> None: ...
