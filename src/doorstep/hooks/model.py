"""Hooks and what is sent to them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Ids = dict[str, UUID]
"""What something is about, such as ``{"turf_id": ...}``: ids, and nothing else."""


class HookKind(StrEnum):
    """What a hook may be told."""

    PING = "ping"
    TURF_PUBLISHED = "turf.published"
    TURF_ASSIGNED = "turf.assigned"
    IMPORT_FINISHED = "import.finished"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up."""


class OffReason(StrEnum):
    """Why a hook is off."""

    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """It took nothing for three days."""
    SWITCHED_OFF = "switched_off"


Url = Annotated[
    str, Meta(min_length=1, max_length=2000, examples=["https://hooks.example.org/doorstep"])
]
Kinds = Annotated[list[HookKind], Meta(min_length=1, max_length=20, examples=[["turf.published"]])]


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is told what happens."""

    id: UUID
    url: str
    kinds: list[HookKind]
    active: bool
    off_reason: OffReason | None
    failing_since: Annotated[
        dt.datetime | None, Meta(description="Since when it took nothing; null: it does.")
    ]
    made_by: UUID
    created_at: dt.datetime


class HookCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hook to be."""

    url: Url
    kinds: Kinds


class HookPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a hook."""

    url: Url | UnsetType = UNSET
    kinds: Kinds | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class HookWithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A hook and the secret that its requests are signed with; it is not shown again."""

    hook: Hook
    secret: Annotated[str, Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]


class HookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a hook is told."""

    id: Annotated[UUID, Meta(description="The header `webhook-id`, the same in every try.")]
    hook_id: UUID
    kind: HookKind
    data: Ids
    state: DeliveryState
    attempts: int
    created_at: dt.datetime
    next_at: Annotated[dt.datetime | None, Meta(description="When it is tried again.")]
    tried_at: dt.datetime | None
    response_status: int | None
    error: Annotated[
        str | None,
        Meta(
            description="Of the last try: `status`, `redirect`, `forbidden` (an address within), "
            "`unresolved`, `unreachable`, `slow`, `broken`, `refused` or `switched_off`."
        ),
    ]


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is due, with whither it goes."""

    organization_id: UUID
    id: UUID
    hook_id: UUID
    kind: HookKind
    data: Ids
    attempts: int
    created_at: dt.datetime
    url: str
    secret_number: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a parcel: taken if there is no error."""

    status: int | None = None
    error: str | None = None
    retry_after_s: float = 0.0
