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

class WorkOrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORK_ORDER_STATUS_UNSPECIFIED: _ClassVar[WorkOrderStatus]
    WORK_ORDER_STATUS_PLANNED: _ClassVar[WorkOrderStatus]
    WORK_ORDER_STATUS_IN_SHOP: _ClassVar[WorkOrderStatus]
    WORK_ORDER_STATUS_RETURNED: _ClassVar[WorkOrderStatus]
    WORK_ORDER_STATUS_CANCELLED: _ClassVar[WorkOrderStatus]

class Holder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLDER_UNSPECIFIED: _ClassVar[Holder]
    HOLDER_CUSTOMER: _ClassVar[Holder]
    HOLDER_COMPARTMENT: _ClassVar[Holder]
    HOLDER_STAFF: _ClassVar[Holder]
    HOLDER_DESK: _ClassVar[Holder]
    HOLDER_UNCERTAIN: _ClassVar[Holder]

class ContactRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_ROLE_UNSPECIFIED: _ClassVar[ContactRole]
    CONTACT_ROLE_DRIVER: _ClassVar[ContactRole]
    CONTACT_ROLE_OWNER: _ClassVar[ContactRole]
    CONTACT_ROLE_CONTRACTOR: _ClassVar[ContactRole]

class PinPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PIN_PURPOSE_UNSPECIFIED: _ClassVar[PinPurpose]
    PIN_PURPOSE_DROP_OFF: _ClassVar[PinPurpose]
    PIN_PURPOSE_PICK_UP: _ClassVar[PinPurpose]

class CancelReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_REASON_UNSPECIFIED: _ClassVar[CancelReason]
    CANCEL_REASON_NO_SHOW: _ClassVar[CancelReason]
    CANCEL_REASON_CUSTOMER: _ClassVar[CancelReason]
    CANCEL_REASON_DEALER: _ClassVar[CancelReason]
    CANCEL_REASON_OTHER: _ClassVar[CancelReason]
WORK_ORDER_STATUS_UNSPECIFIED: WorkOrderStatus
WORK_ORDER_STATUS_PLANNED: WorkOrderStatus
WORK_ORDER_STATUS_IN_SHOP: WorkOrderStatus
WORK_ORDER_STATUS_RETURNED: WorkOrderStatus
WORK_ORDER_STATUS_CANCELLED: WorkOrderStatus
HOLDER_UNSPECIFIED: Holder
HOLDER_CUSTOMER: Holder
HOLDER_COMPARTMENT: Holder
HOLDER_STAFF: Holder
HOLDER_DESK: Holder
HOLDER_UNCERTAIN: Holder
CONTACT_ROLE_UNSPECIFIED: ContactRole
CONTACT_ROLE_DRIVER: ContactRole
CONTACT_ROLE_OWNER: ContactRole
CONTACT_ROLE_CONTRACTOR: ContactRole
PIN_PURPOSE_UNSPECIFIED: PinPurpose
PIN_PURPOSE_DROP_OFF: PinPurpose
PIN_PURPOSE_PICK_UP: PinPurpose
CANCEL_REASON_UNSPECIFIED: CancelReason
CANCEL_REASON_NO_SHOW: CancelReason
CANCEL_REASON_CUSTOMER: CancelReason
CANCEL_REASON_DEALER: CancelReason
CANCEL_REASON_OTHER: CancelReason

class WorkOrder(_message.Message):
    __slots__ = ("work_order_id", "location_id", "number", "local_time", "status", "vehicle", "contacts", "interventions", "keys", "additional_phone", "remarks", "pinned", "cancel_reason")
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    VEHICLE_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    INTERVENTIONS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_PHONE_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REASON_FIELD_NUMBER: _ClassVar[int]
    work_order_id: int
    location_id: int
    number: str
    local_time: str
    status: WorkOrderStatus
    vehicle: Vehicle
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    interventions: _containers.RepeatedCompositeFieldContainer[Intervention]
    keys: _containers.RepeatedCompositeFieldContainer[Key]
    additional_phone: str
    remarks: _containers.RepeatedScalarFieldContainer[str]
    pinned: bool
    cancel_reason: CancelReason
    def __init__(self, work_order_id: _Optional[int] = ..., location_id: _Optional[int] = ..., number: _Optional[str] = ..., local_time: _Optional[str] = ..., status: _Optional[_Union[WorkOrderStatus, str]] = ..., vehicle: _Optional[_Union[Vehicle, _Mapping]] = ..., contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ..., interventions: _Optional[_Iterable[_Union[Intervention, _Mapping]]] = ..., keys: _Optional[_Iterable[_Union[Key, _Mapping]]] = ..., additional_phone: _Optional[str] = ..., remarks: _Optional[_Iterable[str]] = ..., pinned: _Optional[bool] = ..., cancel_reason: _Optional[_Union[CancelReason, str]] = ...) -> None: ...

class Vehicle(_message.Message):
    __slots__ = ("plate", "brand", "model")
    PLATE_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    plate: str
    brand: str
    model: str
    def __init__(self, plate: _Optional[str] = ..., brand: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("role", "name", "private_email", "business_email", "private_mobile", "business_mobile", "language", "blocked")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_EMAIL_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_EMAIL_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_MOBILE_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_MOBILE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    role: ContactRole
    name: str
    private_email: str
    business_email: str
    private_mobile: str
    business_mobile: str
    language: str
    blocked: bool
    def __init__(self, role: _Optional[_Union[ContactRole, str]] = ..., name: _Optional[str] = ..., private_email: _Optional[str] = ..., business_email: _Optional[str] = ..., private_mobile: _Optional[str] = ..., business_mobile: _Optional[str] = ..., language: _Optional[str] = ..., blocked: _Optional[bool] = ...) -> None: ...

class Intervention(_message.Message):
    __slots__ = ("intervention_id", "name", "remark", "price_cents", "price_hidden", "agreed")
    INTERVENTION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    PRICE_CENTS_FIELD_NUMBER: _ClassVar[int]
    PRICE_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    AGREED_FIELD_NUMBER: _ClassVar[int]
    intervention_id: int
    name: str
    remark: str
    price_cents: int
    price_hidden: bool
    agreed: bool
    def __init__(self, intervention_id: _Optional[int] = ..., name: _Optional[str] = ..., remark: _Optional[str] = ..., price_cents: _Optional[int] = ..., price_hidden: _Optional[bool] = ..., agreed: _Optional[bool] = ...) -> None: ...

class Key(_message.Message):
    __slots__ = ("key_id", "label", "holder", "locker_id", "compartment", "staff_id", "since_time", "sensor_verified")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    SENSOR_VERIFIED_FIELD_NUMBER: _ClassVar[int]
    key_id: int
    label: str
    holder: Holder
    locker_id: int
    compartment: int
    staff_id: int
    since_time: _timestamp_pb2.Timestamp
    sensor_verified: bool
    def __init__(self, key_id: _Optional[int] = ..., label: _Optional[str] = ..., holder: _Optional[_Union[Holder, str]] = ..., locker_id: _Optional[int] = ..., compartment: _Optional[int] = ..., staff_id: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sensor_verified: _Optional[bool] = ...) -> None: ...

class UpsertWorkOrderRequest(_message.Message):
    __slots__ = ("request_id", "work_order")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    work_order: WorkOrder
    def __init__(self, request_id: _Optional[str] = ..., work_order: _Optional[_Union[WorkOrder, _Mapping]] = ...) -> None: ...

class UpsertWorkOrderResponse(_message.Message):
    __slots__ = ("work_order", "created")
    WORK_ORDER_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    work_order: WorkOrder
    created: bool
    def __init__(self, work_order: _Optional[_Union[WorkOrder, _Mapping]] = ..., created: _Optional[bool] = ...) -> None: ...

class ImportWorkOrdersRequest(_message.Message):
    __slots__ = ("request_id", "location_id", "csv")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    location_id: int
    csv: bytes
    def __init__(self, request_id: _Optional[str] = ..., location_id: _Optional[int] = ..., csv: _Optional[bytes] = ...) -> None: ...

class ImportWorkOrdersResponse(_message.Message):
    __slots__ = ("created_count", "updated_count", "unchanged_count", "errors", "error_count")
    CREATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ERROR_COUNT_FIELD_NUMBER: _ClassVar[int]
    created_count: int
    updated_count: int
    unchanged_count: int
    errors: _containers.RepeatedCompositeFieldContainer[ImportError]
    error_count: int
    def __init__(self, created_count: _Optional[int] = ..., updated_count: _Optional[int] = ..., unchanged_count: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[ImportError, _Mapping]]] = ..., error_count: _Optional[int] = ...) -> None: ...

class ImportError(_message.Message):
    __slots__ = ("line", "field", "description")
    LINE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    line: int
    field: str
    description: str
    def __init__(self, line: _Optional[int] = ..., field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class GetWorkOrderRequest(_message.Message):
    __slots__ = ("work_order_id", "location_id", "number")
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    work_order_id: int
    location_id: int
    number: str
    def __init__(self, work_order_id: _Optional[int] = ..., location_id: _Optional[int] = ..., number: _Optional[str] = ...) -> None: ...

class GetWorkOrderResponse(_message.Message):
    __slots__ = ("work_order",)
    WORK_ORDER_FIELD_NUMBER: _ClassVar[int]
    work_order: WorkOrder
    def __init__(self, work_order: _Optional[_Union[WorkOrder, _Mapping]] = ...) -> None: ...

class ListWorkOrdersRequest(_message.Message):
    __slots__ = ("location_id", "from_date", "to_date", "page_size", "page_token")
    LOCATION_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_DATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    location_id: int
    from_date: str
    to_date: str
    page_size: int
    page_token: str
    def __init__(self, location_id: _Optional[int] = ..., from_date: _Optional[str] = ..., to_date: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListWorkOrdersResponse(_message.Message):
    __slots__ = ("work_orders", "next_page_token")
    WORK_ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    work_orders: _containers.RepeatedCompositeFieldContainer[WorkOrder]
    next_page_token: str
    def __init__(self, work_orders: _Optional[_Iterable[_Union[WorkOrder, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelWorkOrderRequest(_message.Message):
    __slots__ = ("request_id", "work_order_id", "reason", "text")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    work_order_id: int
    reason: CancelReason
    text: str
    def __init__(self, request_id: _Optional[str] = ..., work_order_id: _Optional[int] = ..., reason: _Optional[_Union[CancelReason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class CancelWorkOrderResponse(_message.Message):
    __slots__ = ("work_order",)
    WORK_ORDER_FIELD_NUMBER: _ClassVar[int]
    work_order: WorkOrder
    def __init__(self, work_order: _Optional[_Union[WorkOrder, _Mapping]] = ...) -> None: ...

class RestoreWorkOrderRequest(_message.Message):
    __slots__ = ("request_id", "work_order_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    work_order_id: int
    def __init__(self, request_id: _Optional[str] = ..., work_order_id: _Optional[int] = ...) -> None: ...

class RestoreWorkOrderResponse(_message.Message):
    __slots__ = ("work_order",)
    WORK_ORDER_FIELD_NUMBER: _ClassVar[int]
    work_order: WorkOrder
    def __init__(self, work_order: _Optional[_Union[WorkOrder, _Mapping]] = ...) -> None: ...

class IssuePinRequest(_message.Message):
    __slots__ = ("request_id", "work_order_id", "purpose")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    work_order_id: int
    purpose: PinPurpose
    def __init__(self, request_id: _Optional[str] = ..., work_order_id: _Optional[int] = ..., purpose: _Optional[_Union[PinPurpose, str]] = ...) -> None: ...

class IssuePinResponse(_message.Message):
    __slots__ = ("pin", "expire_time")
    PIN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    pin: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, pin: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
