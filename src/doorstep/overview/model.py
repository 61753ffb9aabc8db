"""Steps of volunteers, buddies, training, impact, and the figures of the dashboard."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
TrackName = Annotated[str, Meta(min_length=1, max_length=100, pattern=_WRITTEN)]
TrackRole = Annotated[
    str, Meta(min_length=1, max_length=40, pattern=_WRITTEN, examples=["captain"])
]
Web = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
Unit = Literal["share", "hours", "days", "count"]
Share = Annotated[float | None, Meta(description="0 to 1; null of nobody.")]


class Step(StrEnum):
    """How far a volunteer has come, by what they did."""

    JOINED = "joined"
    SIGNED_UP = "signed_up"
    FIRST_SHIFT = "first_shift"
    SECOND_SHIFT = "second_shift"
    TRAINED = "trained"
    LED = "led"
    BROUGHT_OTHERS = "brought_others"


class StepReached(msgspec.Struct, frozen=True, kw_only=True):
    """A step and when it was reached."""

    step: Step
    at: dt.datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one volunteer stands on the ladder."""

    member_id: UUID
    name: str
    step: Annotated[Step, Meta(description="The highest that they reached.")]
    since: dt.datetime
    days: Annotated[int, Meta(description="Whole days that they have stood there.")]
    reached: Annotated[list[StepReached], Meta(description="In the order of the ladder.")]
    next_step: Step | None
    hint: Annotated[str, Meta(description="What comes next, in a line.")]


class LadderStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the ladder, and who stands on it."""

    step: Step
    label: str
    reached_count: Annotated[int, Meta(description="Who have done this.")]
    here_count: Annotated[int, Meta(description="Of those, whose highest step it is.")]
    stuck_count: Annotated[int, Meta(description="Of those, since more than 30 days.")]
    median_days: Annotated[float | None, Meta(description="How long those have stood here.")]


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """All volunteers by the step that they reached."""

    volunteers_count: int
    steps: list[LadderStep]
    first_timers_count: Annotated[
        int, Meta(description="Who came 30 days ago or longer, or twice since.")
    ]
    back_within_30_days_count: int
    back_within_30_days_share: Share


class BuddyOffer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many newcomers somebody takes along at a time."""

    newcomers_count: Annotated[int, Meta(ge=1, le=10)]


class PairEnd(StrEnum):
    """Why a pair came to its end."""

    DECLINED = "declined"
    ENDED = "ended"
    SETTLED = "settled"
    """The newcomer has been to two shifts."""
    LEFT = "left"
    APART = "apart"
    """A coordinator keeps them apart; volunteers are told that it ended."""


class BuddyPair(msgspec.Struct, frozen=True, kw_only=True):
    """A newcomer and who takes them along."""

    id: UUID
    newcomer_id: UUID
    newcomer_name: str
    buddy_id: UUID
    buddy_name: str
    proposed_at: dt.datetime
    ended_at: dt.datetime | None
    ended_why: PairEnd | None


class BuddyBoard(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs as they are, and newcomers for whom nobody is free."""

    pairs: list[BuddyPair]
    alone_ids: Annotated[list[UUID], Meta(description="Newcomers without a buddy.")]
    free_places_count: int


class PairEnding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a pair ends; the two are not brought together again, and the newcomer gets another."""

    why: Literal["declined", "ended"]
    reason: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")] = ""


class TrainingStepCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step to learn: a session that one attends, or something to read."""

    title: Title
    kind: Literal["session", "reading"]
    training: Annotated[
        TrackName | None,
        Meta(description="Session: the training as it is recorded, or the topic of its events."),
    ] = None
    url: Annotated[Web | None, Meta(description="Reading: where it is.")] = None


class TrainingTrackCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A track to be: steps in their order, for a role or for all."""

    name: TrackName
    role: TrackRole | None = None
    steps: Annotated[list[TrainingStepCreate], Meta(min_length=1, max_length=50)]


class TrainingStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a track."""

    id: UUID
    number: int
    title: str
    kind: Literal["session", "reading"]
    training: str | None
    url: str | None


class TrainingTrack(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody learns one after the other."""

    id: UUID
    name: str
    role: str | None
    created_at: dt.datetime
    steps: list[TrainingStep]


class StepProgress(TrainingStep, frozen=True, kw_only=True):
    """A step, and when it was done."""

    done_on: dt.date | None


class TrackProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody is on a track."""

    track_id: UUID
    name: str
    role: str | None
    steps_count: int
    done_count: int
    ready: Annotated[bool, Meta(description="Nothing is missing.")]
    missing: Annotated[list[str], Meta(description="Titles of steps not done, in their order.")]
    steps: list[StepProgress]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What came of somebody's work."""

    member_id: UUID
    name: str
    doors_count: int
    conversations_count: int
    issues_count: int
    cases_count: Annotated[int, Meta(description="That these issues are in.")]
    solved_count: Annotated[int, Meta(description="Of those, put right or answered.")]
    told_count: Annotated[int, Meta(description="Of those, of whose end everybody knows.")]
    commitments_count: Annotated[int, Meta(description="Public promises these cases led to.")]
    line: Annotated[str, Meta(examples=["Your 48 doors led to 2 cases, 1 solved."])]


class Name(StrEnum):
    """Figures of the dashboard: first those of follow-up, which come from there."""

    RAISERS_TOLD = "raisers_told"
    HOURS_TO_FIRST_OWNER = "hours_to_first_owner"
    AGE_DAYS = "age_days"
    WITHIN_DUE = "within_due"
    REOPENED = "reopened"
    COMMITMENTS_KEPT = "commitments_kept"
    COMMITMENTS_OVERDUE = "commitments_overdue"
    DOORS_SPOKEN_AT = "doors_spoken_at"
    CONVERSATIONS_WITH_ISSUE = "conversations_with_issue"
    COMMITMENT_AGE_DAYS = "commitment_age_days"
    BOOKED_CAME = "booked_came"
    RSVP_CAME = "rsvp_came"
    SECOND_SHIFT = "second_shift"
    REACHABLE = "reachable"
    VOTERS_SERVED = "voters_served"
    BROUGHT_BY_SHARERS = "brought_by_sharers"


class FigureGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a figure: a state, a round, a pass, with or without a reminder."""

    group: str
    label: str
    value: float | None
    counted_count: int
    rows_count: int


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, and how many rows are behind it."""

    figure: str
    label: str
    value: Annotated[float | None, Meta(description="A share of 0 to 1, or a median; null of none")]
    unit: Unit
    counted_count: int
    rows_count: Annotated[int, Meta(description="What it looks at; its rows are as many.")]
    groups: list[FigureGroup]
    as_of_now: Annotated[bool, Meta(description="Whatever the days: as things stand.")]


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a span of days, the first and the last among them."""

    since_on: dt.date
    until_on: dt.date
    time_zone: str
    figures: list[Figure]


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something behind a figure."""

    thing_id: Annotated[UUID, Meta(description="Door, case, promise, sign-up, member, person ...")]
    counted: bool
    value: float | None
    happened_at: dt.datetime | None
    of_group: str | None
