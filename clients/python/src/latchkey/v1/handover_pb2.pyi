import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from latchkey.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HandoverDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDOVER_DIRECTION_UNSPECIFIED: _ClassVar[HandoverDirection]
    HANDOVER_DIRECTION_TAKE_OUT: _ClassVar[HandoverDirection]
    HANDOVER_DIRECTION_PUT_BACK: _ClassVar[HandoverDirection]

class HandoverState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDOVER_STATE_UNSPECIFIED: _ClassVar[HandoverState]
    HANDOVER_STATE_QUEUED: _ClassVar[HandoverState]
    HANDOVER_STATE_SHOWN: _ClassVar[HandoverState]
    HANDOVER_STATE_OPENING: _ClassVar[HandoverState]
    HANDOVER_STATE_OPEN: _ClassVar[HandoverState]
    HANDOVER_STATE_COMPLETED: _ClassVar[HandoverState]
    HANDOVER_STATE_KEY_NOT_MOVED: _ClassVar[HandoverState]
    HANDOVER_STATE_EXPIRED: _ClassVar[HandoverState]
    HANDOVER_STATE_CANCELLED: _ClassVar[HandoverState]
    HANDOVER_STATE_JAMMED: _ClassVar[HandoverState]
    HANDOVER_STATE_FAILED: _ClassVar[HandoverState]
    HANDOVER_STATE_UNKNOWN: _ClassVar[HandoverState]
HANDOVER_DIRECTION_UNSPECIFIED: HandoverDirection
HANDOVER_DIRECTION_TAKE_OUT: HandoverDirection
HANDOVER_DIRECTION_PUT_BACK: HandoverDirection
HANDOVER_STATE_UNSPECIFIED: HandoverState
HANDOVER_STATE_QUEUED: HandoverState
HANDOVER_STATE_SHOWN: HandoverState
HANDOVER_STATE_OPENING: HandoverState
HANDOVER_STATE_OPEN: HandoverState
HANDOVER_STATE_COMPLETED: HandoverState
HANDOVER_STATE_KEY_NOT_MOVED: HandoverState
HANDOVER_STATE_EXPIRED: HandoverState
HANDOVER_STATE_CANCELLED: HandoverState
HANDOVER_STATE_JAMMED: HandoverState
HANDOVER_STATE_FAILED: HandoverState
HANDOVER_STATE_UNKNOWN: HandoverState

class Handover(_message.Message):
    __slots__ = ("handover_id", "work_order_id", "key_id", "locker_id", "locker_name", "compartment", "direction", "state", "tablet_id", "staff_id", "expire_time", "revision")
    HANDOVER_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_NAME_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TABLET_ID_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    handover_id: int
    work_order_id: int
    key_id: int
    locker_id: int
    locker_name: str
    compartment: int
    direction: HandoverDirection
    state: HandoverState
    tablet_id: int
    staff_id: int
    expire_time: _timestamp_pb2.Timestamp
    revision: int
    def __init__(self, handover_id: _Optional[int] = ..., work_order_id: _Optional[int] = ..., key_id: _Optional[int] = ..., locker_id: _Optional[int] = ..., locker_name: _Optional[str] = ..., compartment: _Optional[int] = ..., direction: _Optional[_Union[HandoverDirection, str]] = ..., state: _Optional[_Union[HandoverState, str]] = ..., tablet_id: _Optional[int] = ..., staff_id: _Optional[int] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class RequestHandoverRequest(_message.Message):
    __slots__ = ("request_id", "work_order_id", "direction", "locker_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    work_order_id: int
    direction: HandoverDirection
    locker_id: int
    def __init__(self, request_id: _Optional[str] = ..., work_order_id: _Optional[int] = ..., direction: _Optional[_Union[HandoverDirection, str]] = ..., locker_id: _Optional[int] = ...) -> None: ...

class RequestHandoverResponse(_message.Message):
    __slots__ = ("handover",)
    HANDOVER_FIELD_NUMBER: _ClassVar[int]
    handover: Handover
    def __init__(self, handover: _Optional[_Union[Handover, _Mapping]] = ...) -> None: ...

class RedeemHandoverRequest(_message.Message):
    __slots__ = ("request_id", "handover_id", "token")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HANDOVER_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    handover_id: int
    token: str
    def __init__(self, request_id: _Optional[str] = ..., handover_id: _Optional[int] = ..., token: _Optional[str] = ...) -> None: ...

class RedeemHandoverResponse(_message.Message):
    __slots__ = ("handover",)
    HANDOVER_FIELD_NUMBER: _ClassVar[int]
    handover: Handover
    def __init__(self, handover: _Optional[_Union[Handover, _Mapping]] = ...) -> None: ...

class CancelHandoverRequest(_message.Message):
    __slots__ = ("handover_id",)
    HANDOVER_ID_FIELD_NUMBER: _ClassVar[int]
    handover_id: int
    def __init__(self, handover_id: _Optional[int] = ...) -> None: ...

class CancelHandoverResponse(_message.Message):
    __slots__ = ("handover",)
    HANDOVER_FIELD_NUMBER: _ClassVar[int]
    handover: Handover
    def __init__(self, handover: _Optional[_Union[Handover, _Mapping]] = ...) -> None: ...

class WatchHandoverRequest(_message.Message):
    __slots__ = ("handover_id", "after_revision")
    HANDOVER_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    handover_id: int
    after_revision: int
    def __init__(self, handover_id: _Optional[int] = ..., after_revision: _Optional[int] = ...) -> None: ...

class WatchHandoverResponse(_message.Message):
    __slots__ = ("handover",)
    HANDOVER_FIELD_NUMBER: _ClassVar[int]
    handover: Handover
    def __init__(self, handover: _Optional[_Union[Handover, _Mapping]] = ...) -> None: ...
