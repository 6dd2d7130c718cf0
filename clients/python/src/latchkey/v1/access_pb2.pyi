from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Caller(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLER_UNSPECIFIED: _ClassVar[Caller]
    CALLER_ANYONE: _ClassVar[Caller]
    CALLER_CONTROLLER: _ClassVar[Caller]
    CALLER_SCREEN: _ClassVar[Caller]
    CALLER_TABLET: _ClassVar[Caller]
    CALLER_STAFF: _ClassVar[Caller]
    CALLER_INTEGRATION: _ClassVar[Caller]
    CALLER_OPERATOR: _ClassVar[Caller]

class Permission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERMISSION_UNSPECIFIED: _ClassVar[Permission]
    PERMISSION_USE_KEY_LOCKER: _ClassVar[Permission]
    PERMISSION_DESK: _ClassVar[Permission]
    PERMISSION_ADMINISTER: _ClassVar[Permission]
CALLER_UNSPECIFIED: Caller
CALLER_ANYONE: Caller
CALLER_CONTROLLER: Caller
CALLER_SCREEN: Caller
CALLER_TABLET: Caller
CALLER_STAFF: Caller
CALLER_INTEGRATION: Caller
CALLER_OPERATOR: Caller
PERMISSION_UNSPECIFIED: Permission
PERMISSION_USE_KEY_LOCKER: Permission
PERMISSION_DESK: Permission
PERMISSION_ADMINISTER: Permission
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("callers", "permission")
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    callers: _containers.RepeatedScalarFieldContainer[Caller]
    permission: Permission
    def __init__(self, callers: _Optional[_Iterable[_Union[Caller, str]]] = ..., permission: _Optional[_Union[Permission, str]] = ...) -> None: ...
