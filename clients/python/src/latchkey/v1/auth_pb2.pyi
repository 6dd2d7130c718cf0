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

class DeviceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEVICE_KIND_UNSPECIFIED: _ClassVar[DeviceKind]
    DEVICE_KIND_CONTROLLER: _ClassVar[DeviceKind]
    DEVICE_KIND_SCREEN: _ClassVar[DeviceKind]
    DEVICE_KIND_TABLET: _ClassVar[DeviceKind]
DEVICE_KIND_UNSPECIFIED: DeviceKind
DEVICE_KIND_CONTROLLER: DeviceKind
DEVICE_KIND_SCREEN: DeviceKind
DEVICE_KIND_TABLET: DeviceKind

class EnrollRequest(_message.Message):
    __slots__ = ("request_id", "code", "public_key")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    code: str
    public_key: bytes
    def __init__(self, request_id: _Optional[str] = ..., code: _Optional[str] = ..., public_key: _Optional[bytes] = ...) -> None: ...

class EnrollResponse(_message.Message):
    __slots__ = ("device_id", "kind", "name", "location_id", "locker_id", "server_public_key", "key_id")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    device_id: int
    kind: DeviceKind
    name: str
    location_id: int
    locker_id: int
    server_public_key: bytes
    key_id: str
    def __init__(self, device_id: _Optional[int] = ..., kind: _Optional[_Union[DeviceKind, str]] = ..., name: _Optional[str] = ..., location_id: _Optional[int] = ..., locker_id: _Optional[int] = ..., server_public_key: _Optional[bytes] = ..., key_id: _Optional[str] = ...) -> None: ...

class ChallengeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChallengeResponse(_message.Message):
    __slots__ = ("nonce", "audience", "server_time")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    audience: str
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, nonce: _Optional[bytes] = ..., audience: _Optional[str] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AuthenticateRequest(_message.Message):
    __slots__ = ("assertion", "api_key")
    ASSERTION_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    assertion: str
    api_key: str
    def __init__(self, assertion: _Optional[str] = ..., api_key: _Optional[str] = ...) -> None: ...

class AuthenticateResponse(_message.Message):
    __slots__ = ("identity", "server_time")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    identity: Identity
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, identity: _Optional[_Union[Identity, _Mapping]] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Identity(_message.Message):
    __slots__ = ("caller", "device_id", "locker_id", "location_id", "staff_id", "display_name", "permissions")
    CALLER_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    caller: _access_pb2.Caller
    device_id: int
    locker_id: int
    location_id: int
    staff_id: int
    display_name: str
    permissions: _containers.RepeatedScalarFieldContainer[_access_pb2.Permission]
    def __init__(self, caller: _Optional[_Union[_access_pb2.Caller, str]] = ..., device_id: _Optional[int] = ..., locker_id: _Optional[int] = ..., location_id: _Optional[int] = ..., staff_id: _Optional[int] = ..., display_name: _Optional[str] = ..., permissions: _Optional[_Iterable[_Union[_access_pb2.Permission, str]]] = ...) -> None: ...

class SignInRequest(_message.Message):
    __slots__ = ("user_name", "password")
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    user_name: str
    password: str
    def __init__(self, user_name: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class SignInResponse(_message.Message):
    __slots__ = ("identity", "expire_time")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    identity: Identity
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, identity: _Optional[_Union[Identity, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SignOutRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SignOutResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WhoAmIRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WhoAmIResponse(_message.Message):
    __slots__ = ("identity", "server_time")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    identity: Identity
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, identity: _Optional[_Union[Identity, _Mapping]] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
