import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from latchkey.v1 import access_pb2 as _access_pb2
from latchkey.v1 import auth_pb2 as _auth_pb2
from latchkey.v1 import locker_pb2 as _locker_pb2
from latchkey.v1 import work_order_pb2 as _work_order_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StaffRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAFF_ROLE_UNSPECIFIED: _ClassVar[StaffRole]
    STAFF_ROLE_DEALER_ADMIN: _ClassVar[StaffRole]
    STAFF_ROLE_RECEPTIONIST: _ClassVar[StaffRole]
    STAFF_ROLE_CHIEF_MECHANIC: _ClassVar[StaffRole]
    STAFF_ROLE_MECHANIC: _ClassVar[StaffRole]

class DoorState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOOR_STATE_UNSPECIFIED: _ClassVar[DoorState]
    DOOR_STATE_CLOSED: _ClassVar[DoorState]
    DOOR_STATE_OPEN: _ClassVar[DoorState]
STAFF_ROLE_UNSPECIFIED: StaffRole
STAFF_ROLE_DEALER_ADMIN: StaffRole
STAFF_ROLE_RECEPTIONIST: StaffRole
STAFF_ROLE_CHIEF_MECHANIC: StaffRole
STAFF_ROLE_MECHANIC: StaffRole
DOOR_STATE_UNSPECIFIED: DoorState
DOOR_STATE_CLOSED: DoorState
DOOR_STATE_OPEN: DoorState

class Location(_message.Message):
    __slots__ = ("location_id", "dealer_name", "name", "time_zone", "country", "languages", "limits")
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    DEALER_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    dealer_name: str
    name: str
    time_zone: str
    country: str
    languages: _containers.RepeatedScalarFieldContainer[str]
    limits: Limits
    def __init__(self, location_id: _Optional[int] = ..., dealer_name: _Optional[str] = ..., name: _Optional[str] = ..., time_zone: _Optional[str] = ..., country: _Optional[str] = ..., languages: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("qr_seconds", "warning_seconds", "end_seconds")
    QR_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WARNING_SECONDS_FIELD_NUMBER: _ClassVar[int]
    END_SECONDS_FIELD_NUMBER: _ClassVar[int]
    qr_seconds: int
    warning_seconds: int
    end_seconds: int
    def __init__(self, qr_seconds: _Optional[int] = ..., warning_seconds: _Optional[int] = ..., end_seconds: _Optional[int] = ...) -> None: ...

class Locker(_message.Message):
    __slots__ = ("locker_id", "location_id", "name", "active", "pin_to_drop", "has_item_sensors", "timing", "compartments", "connected", "controller_version")
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    PIN_TO_DROP_FIELD_NUMBER: _ClassVar[int]
    HAS_ITEM_SENSORS_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENTS_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    CONTROLLER_VERSION_FIELD_NUMBER: _ClassVar[int]
    locker_id: int
    location_id: int
    name: str
    active: bool
    pin_to_drop: bool
    has_item_sensors: bool
    timing: _locker_pb2.LockTiming
    compartments: _containers.RepeatedCompositeFieldContainer[Compartment]
    connected: bool
    controller_version: str
    def __init__(self, locker_id: _Optional[int] = ..., location_id: _Optional[int] = ..., name: _Optional[str] = ..., active: _Optional[bool] = ..., pin_to_drop: _Optional[bool] = ..., has_item_sensors: _Optional[bool] = ..., timing: _Optional[_Union[_locker_pb2.LockTiming, _Mapping]] = ..., compartments: _Optional[_Iterable[_Union[Compartment, _Mapping]]] = ..., connected: _Optional[bool] = ..., controller_version: _Optional[str] = ...) -> None: ...

class Compartment(_message.Message):
    __slots__ = ("number", "in_service", "out_of_service_reason", "door", "item", "key_id", "reserved", "openings")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    IN_SERVICE_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_SERVICE_REASON_FIELD_NUMBER: _ClassVar[int]
    DOOR_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    OPENINGS_FIELD_NUMBER: _ClassVar[int]
    number: int
    in_service: bool
    out_of_service_reason: str
    door: DoorState
    item: _locker_pb2.ItemState
    key_id: int
    reserved: bool
    openings: int
    def __init__(self, number: _Optional[int] = ..., in_service: _Optional[bool] = ..., out_of_service_reason: _Optional[str] = ..., door: _Optional[_Union[DoorState, str]] = ..., item: _Optional[_Union[_locker_pb2.ItemState, str]] = ..., key_id: _Optional[int] = ..., reserved: _Optional[bool] = ..., openings: _Optional[int] = ...) -> None: ...

class Device(_message.Message):
    __slots__ = ("device_id", "kind", "name", "location_id", "locker_id", "key_id", "revoked", "enroll_time")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    ENROLL_TIME_FIELD_NUMBER: _ClassVar[int]
    device_id: int
    kind: _auth_pb2.DeviceKind
    name: str
    location_id: int
    locker_id: int
    key_id: str
    revoked: bool
    enroll_time: _timestamp_pb2.Timestamp
    def __init__(self, device_id: _Optional[int] = ..., kind: _Optional[_Union[_auth_pb2.DeviceKind, str]] = ..., name: _Optional[str] = ..., location_id: _Optional[int] = ..., locker_id: _Optional[int] = ..., key_id: _Optional[str] = ..., revoked: _Optional[bool] = ..., enroll_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Staff(_message.Message):
    __slots__ = ("staff_id", "user_name", "display_name", "role", "use_key_locker", "disabled")
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USE_KEY_LOCKER_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    staff_id: int
    user_name: str
    display_name: str
    role: StaffRole
    use_key_locker: bool
    disabled: bool
    def __init__(self, staff_id: _Optional[int] = ..., user_name: _Optional[str] = ..., display_name: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ..., use_key_locker: _Optional[bool] = ..., disabled: _Optional[bool] = ...) -> None: ...

class CreateLocationRequest(_message.Message):
    __slots__ = ("request_id", "dealer_name", "name", "time_zone", "country", "languages")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEALER_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    dealer_name: str
    name: str
    time_zone: str
    country: str
    languages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., dealer_name: _Optional[str] = ..., name: _Optional[str] = ..., time_zone: _Optional[str] = ..., country: _Optional[str] = ..., languages: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateLocationResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class UpdateLimitsRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "limits")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    limits: Limits
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class UpdateLimitsResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class ListLocationsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListLocationsResponse(_message.Message):
    __slots__ = ("locations",)
    LOCATIONS_FIELD_NUMBER: _ClassVar[int]
    locations: _containers.RepeatedCompositeFieldContainer[Location]
    def __init__(self, locations: _Optional[_Iterable[_Union[Location, _Mapping]]] = ...) -> None: ...

class CreateLockerRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "name", "compartment_count", "pin_to_drop", "has_item_sensors", "timing")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PIN_TO_DROP_FIELD_NUMBER: _ClassVar[int]
    HAS_ITEM_SENSORS_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    name: str
    compartment_count: int
    pin_to_drop: bool
    has_item_sensors: bool
    timing: _locker_pb2.LockTiming
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., name: _Optional[str] = ..., compartment_count: _Optional[int] = ..., pin_to_drop: _Optional[bool] = ..., has_item_sensors: _Optional[bool] = ..., timing: _Optional[_Union[_locker_pb2.LockTiming, _Mapping]] = ...) -> None: ...

class CreateLockerResponse(_message.Message):
    __slots__ = ("locker",)
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    locker: Locker
    def __init__(self, locker: _Optional[_Union[Locker, _Mapping]] = ...) -> None: ...

class ListLockersRequest(_message.Message):
    __slots__ = ("location_id",)
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    def __init__(self, location_id: _Optional[int] = ...) -> None: ...

class ListLockersResponse(_message.Message):
    __slots__ = ("lockers",)
    LOCKERS_FIELD_NUMBER: _ClassVar[int]
    lockers: _containers.RepeatedCompositeFieldContainer[Locker]
    def __init__(self, lockers: _Optional[_Iterable[_Union[Locker, _Mapping]]] = ...) -> None: ...

class UpdateLockerRequest(_message.Message):
    __slots__ = ("request_id", "locker_id", "active", "pin_to_drop")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    PIN_TO_DROP_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    locker_id: int
    active: bool
    pin_to_drop: bool
    def __init__(self, request_id: _Optional[str] = ..., locker_id: _Optional[int] = ..., active: _Optional[bool] = ..., pin_to_drop: _Optional[bool] = ...) -> None: ...

class UpdateLockerResponse(_message.Message):
    __slots__ = ("locker",)
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    locker: Locker
    def __init__(self, locker: _Optional[_Union[Locker, _Mapping]] = ...) -> None: ...

class SetCompartmentServiceRequest(_message.Message):
    __slots__ = ("request_id", "locker_id", "compartment", "in_service", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    IN_SERVICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    locker_id: int
    compartment: int
    in_service: bool
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., in_service: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class SetCompartmentServiceResponse(_message.Message):
    __slots__ = ("locker",)
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    locker: Locker
    def __init__(self, locker: _Optional[_Union[Locker, _Mapping]] = ...) -> None: ...

class OverrideDoorRequest(_message.Message):
    __slots__ = ("request_id", "locker_id", "compartment", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    locker_id: int
    compartment: int
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class OverrideDoorResponse(_message.Message):
    __slots__ = ("locker",)
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    locker: Locker
    def __init__(self, locker: _Optional[_Union[Locker, _Mapping]] = ...) -> None: ...

class CreateAgreementRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "title", "text", "mandatory")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MANDATORY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    title: str
    text: str
    mandatory: bool
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., mandatory: _Optional[bool] = ...) -> None: ...

class CreateAgreementResponse(_message.Message):
    __slots__ = ("agreement_id",)
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    agreement_id: int
    def __init__(self, agreement_id: _Optional[int] = ...) -> None: ...

class CreateEnrollmentCodeRequest(_message.Message):
    __slots__ = ("request_id", "kind", "name", "locker_id", "location_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    kind: _auth_pb2.DeviceKind
    name: str
    locker_id: int
    location_id: int
    def __init__(self, request_id: _Optional[str] = ..., kind: _Optional[_Union[_auth_pb2.DeviceKind, str]] = ..., name: _Optional[str] = ..., locker_id: _Optional[int] = ..., location_id: _Optional[int] = ...) -> None: ...

class CreateEnrollmentCodeResponse(_message.Message):
    __slots__ = ("code", "expire_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDevicesRequest(_message.Message):
    __slots__ = ("location_id",)
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    def __init__(self, location_id: _Optional[int] = ...) -> None: ...

class ListDevicesResponse(_message.Message):
    __slots__ = ("devices",)
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    devices: _containers.RepeatedCompositeFieldContainer[Device]
    def __init__(self, devices: _Optional[_Iterable[_Union[Device, _Mapping]]] = ...) -> None: ...

class RevokeDeviceRequest(_message.Message):
    __slots__ = ("request_id", "device_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    device_id: int
    def __init__(self, request_id: _Optional[str] = ..., device_id: _Optional[int] = ...) -> None: ...

class RevokeDeviceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateStaffRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "user_name", "display_name", "role", "use_key_locker", "password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USE_KEY_LOCKER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    user_name: str
    display_name: str
    role: StaffRole
    use_key_locker: bool
    password: str
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., user_name: _Optional[str] = ..., display_name: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ..., use_key_locker: _Optional[bool] = ..., password: _Optional[str] = ...) -> None: ...

class CreateStaffResponse(_message.Message):
    __slots__ = ("staff",)
    STAFF_FIELD_NUMBER: _ClassVar[int]
    staff: Staff
    def __init__(self, staff: _Optional[_Union[Staff, _Mapping]] = ...) -> None: ...

class UpdateStaffRequest(_message.Message):
    __slots__ = ("request_id", "staff_id", "role", "use_key_locker", "disabled", "password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USE_KEY_LOCKER_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    staff_id: int
    role: StaffRole
    use_key_locker: bool
    disabled: bool
    password: str
    def __init__(self, request_id: _Optional[str] = ..., staff_id: _Optional[int] = ..., role: _Optional[_Union[StaffRole, str]] = ..., use_key_locker: _Optional[bool] = ..., disabled: _Optional[bool] = ..., password: _Optional[str] = ...) -> None: ...

class UpdateStaffResponse(_message.Message):
    __slots__ = ("staff",)
    STAFF_FIELD_NUMBER: _ClassVar[int]
    staff: Staff
    def __init__(self, staff: _Optional[_Union[Staff, _Mapping]] = ...) -> None: ...

class ListStaffRequest(_message.Message):
    __slots__ = ("location_id",)
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    def __init__(self, location_id: _Optional[int] = ...) -> None: ...

class ListStaffResponse(_message.Message):
    __slots__ = ("staff",)
    STAFF_FIELD_NUMBER: _ClassVar[int]
    staff: _containers.RepeatedCompositeFieldContainer[Staff]
    def __init__(self, staff: _Optional[_Iterable[_Union[Staff, _Mapping]]] = ...) -> None: ...

class CreateApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "name")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    name: str
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class CreateApiKeyResponse(_message.Message):
    __slots__ = ("api_key_id", "api_key")
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    api_key_id: int
    api_key: str
    def __init__(self, api_key_id: _Optional[int] = ..., api_key: _Optional[str] = ...) -> None: ...

class RevokeApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "api_key_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    api_key_id: int
    def __init__(self, request_id: _Optional[str] = ..., api_key_id: _Optional[int] = ...) -> None: ...

class RevokeApiKeyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CorrectCustodyRequest(_message.Message):
    __slots__ = ("request_id", "key_id", "holder", "locker_id", "compartment", "staff_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    key_id: int
    holder: _work_order_pb2.Holder
    locker_id: int
    compartment: int
    staff_id: int
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., key_id: _Optional[int] = ..., holder: _Optional[_Union[_work_order_pb2.Holder, str]] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., staff_id: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class CorrectCustodyResponse(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: _work_order_pb2.Key
    def __init__(self, key: _Optional[_Union[_work_order_pb2.Key, _Mapping]] = ...) -> None: ...

class IssueBoxPinRequest(_message.Message):
    __slots__ = ("request_id", "locker_id", "compartment", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    locker_id: int
    compartment: int
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class IssueBoxPinResponse(_message.Message):
    __slots__ = ("pin", "expire_time")
    PIN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    pin: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, pin: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListCustodyRequest(_message.Message):
    __slots__ = ("location_id",)
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    def __init__(self, location_id: _Optional[int] = ...) -> None: ...

class ListCustodyResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[_work_order_pb2.Key]
    def __init__(self, keys: _Optional[_Iterable[_Union[_work_order_pb2.Key, _Mapping]]] = ...) -> None: ...
