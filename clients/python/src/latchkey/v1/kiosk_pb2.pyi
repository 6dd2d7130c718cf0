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

class VisitPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_PURPOSE_UNSPECIFIED: _ClassVar[VisitPurpose]
    VISIT_PURPOSE_DROP_OFF: _ClassVar[VisitPurpose]
    VISIT_PURPOSE_PICK_UP: _ClassVar[VisitPurpose]
    VISIT_PURPOSE_OPEN_BOX: _ClassVar[VisitPurpose]

class KioskStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIOSK_STEP_UNSPECIFIED: _ClassVar[KioskStep]
    KIOSK_STEP_WELCOME: _ClassVar[KioskStep]
    KIOSK_STEP_AUTHENTICATE: _ClassVar[KioskStep]
    KIOSK_STEP_CHOOSE_APPOINTMENT: _ClassVar[KioskStep]
    KIOSK_STEP_CONTACT: _ClassVar[KioskStep]
    KIOSK_STEP_VALIDATE: _ClassVar[KioskStep]
    KIOSK_STEP_OPENING: _ClassVar[KioskStep]
    KIOSK_STEP_DOOR_OPEN: _ClassVar[KioskStep]
    KIOSK_STEP_DOOR_CLOSED: _ClassVar[KioskStep]
    KIOSK_STEP_GIVING_BACK: _ClassVar[KioskStep]
    KIOSK_STEP_DONE: _ClassVar[KioskStep]
    KIOSK_STEP_ABORTED: _ClassVar[KioskStep]
    KIOSK_STEP_TIMED_OUT: _ClassVar[KioskStep]
    KIOSK_STEP_FAILED: _ClassVar[KioskStep]
    KIOSK_STEP_CLOSE_DOOR: _ClassVar[KioskStep]
    KIOSK_STEP_OUT_OF_SERVICE: _ClassVar[KioskStep]
VISIT_PURPOSE_UNSPECIFIED: VisitPurpose
VISIT_PURPOSE_DROP_OFF: VisitPurpose
VISIT_PURPOSE_PICK_UP: VisitPurpose
VISIT_PURPOSE_OPEN_BOX: VisitPurpose
KIOSK_STEP_UNSPECIFIED: KioskStep
KIOSK_STEP_WELCOME: KioskStep
KIOSK_STEP_AUTHENTICATE: KioskStep
KIOSK_STEP_CHOOSE_APPOINTMENT: KioskStep
KIOSK_STEP_CONTACT: KioskStep
KIOSK_STEP_VALIDATE: KioskStep
KIOSK_STEP_OPENING: KioskStep
KIOSK_STEP_DOOR_OPEN: KioskStep
KIOSK_STEP_DOOR_CLOSED: KioskStep
KIOSK_STEP_GIVING_BACK: KioskStep
KIOSK_STEP_DONE: KioskStep
KIOSK_STEP_ABORTED: KioskStep
KIOSK_STEP_TIMED_OUT: KioskStep
KIOSK_STEP_FAILED: KioskStep
KIOSK_STEP_CLOSE_DOOR: KioskStep
KIOSK_STEP_OUT_OF_SERVICE: KioskStep

class WatchKioskRequest(_message.Message):
    __slots__ = ("after_revision",)
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    after_revision: int
    def __init__(self, after_revision: _Optional[int] = ...) -> None: ...

class WatchKioskResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class KioskView(_message.Message):
    __slots__ = ("revision", "locker_id", "locker_name", "lower", "upper", "pin_to_drop", "drop_available", "unavailable_reason")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCKER_NAME_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    PIN_TO_DROP_FIELD_NUMBER: _ClassVar[int]
    DROP_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_REASON_FIELD_NUMBER: _ClassVar[int]
    revision: int
    locker_id: int
    locker_name: str
    lower: LowerScreen
    upper: UpperScreen
    pin_to_drop: bool
    drop_available: bool
    unavailable_reason: str
    def __init__(self, revision: _Optional[int] = ..., locker_id: _Optional[int] = ..., locker_name: _Optional[str] = ..., lower: _Optional[_Union[LowerScreen, _Mapping]] = ..., upper: _Optional[_Union[UpperScreen, _Mapping]] = ..., pin_to_drop: _Optional[bool] = ..., drop_available: _Optional[bool] = ..., unavailable_reason: _Optional[str] = ...) -> None: ...

class LowerScreen(_message.Message):
    __slots__ = ("step", "visit_id", "purpose", "compartment", "warn_time", "expire_time", "plate_required", "retry_time", "choices", "contact", "appointment", "notice")
    STEP_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    WARN_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    PLATE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    RETRY_TIME_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    step: KioskStep
    visit_id: int
    purpose: VisitPurpose
    compartment: int
    warn_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    plate_required: bool
    retry_time: _timestamp_pb2.Timestamp
    choices: _containers.RepeatedCompositeFieldContainer[AppointmentChoice]
    contact: KioskContact
    appointment: KioskAppointment
    notice: str
    def __init__(self, step: _Optional[_Union[KioskStep, str]] = ..., visit_id: _Optional[int] = ..., purpose: _Optional[_Union[VisitPurpose, str]] = ..., compartment: _Optional[int] = ..., warn_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., plate_required: _Optional[bool] = ..., retry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., choices: _Optional[_Iterable[_Union[AppointmentChoice, _Mapping]]] = ..., contact: _Optional[_Union[KioskContact, _Mapping]] = ..., appointment: _Optional[_Union[KioskAppointment, _Mapping]] = ..., notice: _Optional[str] = ...) -> None: ...

class UpperScreen(_message.Message):
    __slots__ = ("handover_token", "handover_expire_time", "tablet_name", "handover_compartment")
    HANDOVER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HANDOVER_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TABLET_NAME_FIELD_NUMBER: _ClassVar[int]
    HANDOVER_COMPARTMENT_FIELD_NUMBER: _ClassVar[int]
    handover_token: str
    handover_expire_time: _timestamp_pb2.Timestamp
    tablet_name: str
    handover_compartment: int
    def __init__(self, handover_token: _Optional[str] = ..., handover_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tablet_name: _Optional[str] = ..., handover_compartment: _Optional[int] = ...) -> None: ...

class AppointmentChoice(_message.Message):
    __slots__ = ("work_order_id", "local_time")
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    work_order_id: int
    local_time: str
    def __init__(self, work_order_id: _Optional[int] = ..., local_time: _Optional[str] = ...) -> None: ...

class KioskContact(_message.Message):
    __slots__ = ("name", "phone", "email", "additional_phone")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_PHONE_FIELD_NUMBER: _ClassVar[int]
    name: str
    phone: str
    email: str
    additional_phone: str
    def __init__(self, name: _Optional[str] = ..., phone: _Optional[str] = ..., email: _Optional[str] = ..., additional_phone: _Optional[str] = ...) -> None: ...

class KioskAppointment(_message.Message):
    __slots__ = ("local_time", "registration", "interventions", "agreements")
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    INTERVENTIONS_FIELD_NUMBER: _ClassVar[int]
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    local_time: str
    registration: str
    interventions: _containers.RepeatedCompositeFieldContainer[KioskIntervention]
    agreements: _containers.RepeatedCompositeFieldContainer[KioskAgreement]
    def __init__(self, local_time: _Optional[str] = ..., registration: _Optional[str] = ..., interventions: _Optional[_Iterable[_Union[KioskIntervention, _Mapping]]] = ..., agreements: _Optional[_Iterable[_Union[KioskAgreement, _Mapping]]] = ...) -> None: ...

class KioskIntervention(_message.Message):
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

class KioskAgreement(_message.Message):
    __slots__ = ("agreement_id", "title", "text", "mandatory")
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MANDATORY_FIELD_NUMBER: _ClassVar[int]
    agreement_id: int
    title: str
    text: str
    mandatory: bool
    def __init__(self, agreement_id: _Optional[int] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., mandatory: _Optional[bool] = ...) -> None: ...

class StartVisitRequest(_message.Message):
    __slots__ = ("request_id", "purpose")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    purpose: VisitPurpose
    def __init__(self, request_id: _Optional[str] = ..., purpose: _Optional[_Union[VisitPurpose, str]] = ...) -> None: ...

class StartVisitResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class EnterPinRequest(_message.Message):
    __slots__ = ("request_id", "visit_id", "pin", "plate")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    PLATE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    pin: str
    plate: str
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ..., pin: _Optional[str] = ..., plate: _Optional[str] = ...) -> None: ...

class EnterPinResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class EnterNumberRequest(_message.Message):
    __slots__ = ("request_id", "visit_id", "number")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    number: str
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ..., number: _Optional[str] = ...) -> None: ...

class EnterNumberResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class ChooseAppointmentRequest(_message.Message):
    __slots__ = ("request_id", "visit_id", "work_order_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    work_order_id: int
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ..., work_order_id: _Optional[int] = ...) -> None: ...

class ChooseAppointmentResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class SaveContactRequest(_message.Message):
    __slots__ = ("request_id", "visit_id", "additional_phone")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_PHONE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    additional_phone: str
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ..., additional_phone: _Optional[str] = ...) -> None: ...

class SaveContactResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class ValidateAppointmentRequest(_message.Message):
    __slots__ = ("request_id", "visit_id", "agreed_intervention_ids", "accepted_agreement_ids", "name", "remark")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    AGREED_INTERVENTION_IDS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AGREEMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    agreed_intervention_ids: _containers.RepeatedScalarFieldContainer[int]
    accepted_agreement_ids: _containers.RepeatedScalarFieldContainer[int]
    name: str
    remark: str
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ..., agreed_intervention_ids: _Optional[_Iterable[int]] = ..., accepted_agreement_ids: _Optional[_Iterable[int]] = ..., name: _Optional[str] = ..., remark: _Optional[str] = ...) -> None: ...

class ValidateAppointmentResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class ConfirmDropRequest(_message.Message):
    __slots__ = ("request_id", "visit_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ...) -> None: ...

class ConfirmDropResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class ReopenCompartmentRequest(_message.Message):
    __slots__ = ("request_id", "visit_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ...) -> None: ...

class ReopenCompartmentResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class AbortVisitRequest(_message.Message):
    __slots__ = ("request_id", "visit_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ...) -> None: ...

class AbortVisitResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...

class ExtendVisitRequest(_message.Message):
    __slots__ = ("request_id", "visit_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    visit_id: int
    def __init__(self, request_id: _Optional[str] = ..., visit_id: _Optional[int] = ...) -> None: ...

class ExtendVisitResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: KioskView
    def __init__(self, view: _Optional[_Union[KioskView, _Mapping]] = ...) -> None: ...
