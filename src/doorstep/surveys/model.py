"""Scripts: what canvassers say and ask, in versions that never change."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

# PostgreSQL keeps no NUL in text.
_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"

Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="Names it in answers and exports; never shown.",
        examples=["top_issue"],
    ),
]
Name = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=_WRITTEN, examples=["Spring round"])
]
Introduction = Annotated[
    str,
    Meta(
        max_length=4000,
        pattern=r"^[^\x00]*$",
        examples=["Hello, I am a neighbour from the tenants' association."],
    ),
]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Step = Annotated[int, Meta(ge=0, le=10)]
Bound = Annotated[float, Meta(ge=-1e12, le=1e12)]


class ShowIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask only after an earlier question got this answer (of a `multi`: among others)."""

    question: Annotated[Key, Meta(description="Key of an earlier question.")]
    equals: Annotated[
        bool | Bound | Annotated[str, Meta(max_length=2000)],
        Meta(description="An option's key, a number, true or false, or a text."),
    ]


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to choose."""

    key: Key
    text: Label


Options = Annotated[list[Option], Meta(min_length=2, max_length=30)]


class _Asked(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What all questions have."""

    key: Annotated[Key, Meta(description="Unique in the script.")]
    text: Annotated[str, Meta(min_length=1, max_length=500, pattern=_WRITTEN)]
    required: bool = False
    sensitive: Annotated[
        bool,
        Meta(description="A political opinion, such as support: kept only with consent."),
    ] = False
    show_if: ShowIf | None = None


class SingleQuestion(_Asked, frozen=True, kw_only=True, tag="single"):
    """One of several options; the answer is its key."""

    options: Options


class MultiQuestion(_Asked, frozen=True, kw_only=True, tag="multi"):
    """Any of several options; the answer is a list of keys."""

    options: Options


class ScaleQuestion(_Asked, frozen=True, kw_only=True, tag="scale"):
    """A whole number from low to high."""

    low: Step
    high: Step
    labels: Annotated[
        list[Label], Meta(max_length=11, description="One per step from low to high, or none.")
    ] = []


class TextQuestion(_Asked, frozen=True, kw_only=True, tag="text"):
    """The person's own words."""

    max_length: Annotated[int, Meta(ge=1, le=2000)] = 2000


class NumberQuestion(_Asked, frozen=True, kw_only=True, tag="number"):
    """A number, such as people in the household."""

    minimum: Bound | None = None
    maximum: Bound | None = None


class YesNoQuestion(_Asked, frozen=True, kw_only=True, tag="yes_no"):
    """Yes or no; the answer is true or false."""


Question = (
    SingleQuestion | MultiQuestion | ScaleQuestion | TextQuestion | NumberQuestion | YesNoQuestion
)
Questions = Annotated[list[Question], Meta(max_length=100)]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script of a campaign, and which version is the newest."""

    id: UUID
    campaign_id: UUID
    name: str
    version: int
    created_at: dt.datetime


class ScriptVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What canvassers say and ask; answers point at exactly one version."""

    script_id: UUID
    version: int
    name: str
    introduction: str
    questions: list[Question]
    created_at: dt.datetime


class ScriptVersionCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version of a script."""

    introduction: Introduction
    questions: Questions


class ScriptCreate(ScriptVersionCreate, frozen=True, kw_only=True):
    """A script to be."""

    name: Name


class CampaignScriptCreate(ScriptCreate, frozen=True, kw_only=True):
    """A script to be, and the campaign it is for."""

    campaign_id: UUID
