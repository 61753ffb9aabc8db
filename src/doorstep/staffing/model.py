"""Crews, forecasts, the board of the day, and hours."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

ProposalState = Literal["running", "done", "failed", "cancelled", "accepted"]
Share = Annotated[float, Meta(description="0 to 1")]


class RuleKind(StrEnum):
    """How a crew rule is meant."""

    LOCK = "lock"
    BAN = "ban"


class WhoComes(StrEnum):
    """Whom a proposal is for."""

    PRESENT = "present"
    BOOKED = "booked"


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """How likely somebody comes."""

    signup_id: UUID
    member_id: UUID
    member_name: str
    confirmed: bool
    share: Share


class ShiftForecast(msgspec.Struct, frozen=True, kw_only=True):
    """How many of those booked will come, from the organization's own past."""

    shift_id: UUID
    booked_count: int
    expected: Annotated[float, Meta(description="Of those booked.")]
    low: Annotated[int, Meta(description="With 80 % it is from `low` to `high`.")]
    high: int
    pairs: Annotated[int, Meta(description="Turfs to prepare for as many pairs as are expected")]
    spare: Annotated[int, Meta(description="and for as many more as may well come.")]
    line: Annotated[
        str,
        Meta(
            examples=["20 booked, 12 expected (9 to 15): prepare 8 turfs: 6 pairs + 2 spare"],
        ),
    ]
    people: Annotated[list[Chance], Meta(description="Those least likely to come first.")]
    learned_from: Annotated[int, Meta(description="Bookings of closed shifts.")]
    usual_share: Annotated[float, Meta(description="Of those booked who came, as a rule.")]


class CrewRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a coordinator decided for a shift; proposals keep to it."""

    id: UUID
    shift_id: UUID
    kind: RuleKind
    member_ids: list[UUID]
    turf_id: UUID | None
    set_by: UUID
    set_at: dt.datetime


class CrewRuleCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to be: these go together, or to that turf (`lock`), or do not (`ban`)."""

    kind: RuleKind
    member_ids: Annotated[list[UUID], Meta(min_length=1, max_length=3)]
    turf_id: UUID | None = None


class ProposalCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What crews are to be proposed of."""

    pass_id: Annotated[UUID, Meta(description="Its published turfs that nobody holds.")]
    who: Annotated[
        WhoComes, Meta(description="`present`: checked in; `booked`: before the day.")
    ] = WhoComes.PRESENT
    within_km: Annotated[
        float, Meta(gt=0, le=100, description="Farthest turf from the staging point.")
    ] = 3.0
    minutes: Annotated[
        Annotated[float, Meta(ge=10, le=1440)] | None,
        Meta(description="From setting out to being back; null: as long as the shift."),
    ] = None
    solo: Annotated[bool, Meta(description="Whether somebody may go alone.")] = False


class ProposalFound(msgspec.Struct, frozen=True, kw_only=True):
    """How good the proposed crews are."""

    crews_count: int
    people_count: int
    turfs_count: Annotated[int, Meta(description="That could be given out.")]
    points: float
    bound: Annotated[float, Meta(description="No choice under the same rules has more points.")]
    gap: Annotated[float, Meta(description="How far below the bound, 0 to 1.")]
    doors_covered: Annotated[float, Meta(description="That the shift is long enough for.")]
    travel_km: Annotated[float, Meta(description="From the staging point, of all people.")]
    spare_member_ids: Annotated[list[UUID], Meta(description="For whom there is no crew.")]
    spare_turf_ids: list[UUID]
    rules_aside: Annotated[
        list[UUID], Meta(description="Rules about people or turfs that were not among these.")
    ]
    solved_ms: int


class CrewFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Why these and this turf, in figures."""

    newcomers: Annotated[list[UUID], Meta(description="With few shifts behind them.")] = []
    guides: Annotated[list[UUID], Meta(description="Who know the work.")] = []
    languages: Annotated[list[str], Meta(description="That all of them speak.")] = []
    buddies: bool = False
    share_language: bool = True
    way_km: float = 0.0
    minutes: Annotated[float, Meta(description="That the turf takes.")] = 0.0
    shift_minutes: Annotated[float, Meta(description="Without the ways there and back.")] = 0.0
    doors_left: int = 0
    made_up_for: Annotated[
        list[UUID], Meta(description="Who had poor turfs lately, and gets a good one.")
    ] = []
    rides: Annotated[dict[str, str], Meta(description="Who goes in whose car, by id.")] = {}


class ProposedCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew as it is proposed."""

    number: int
    turf_id: UUID
    turf_name: str
    member_ids: list[UUID]
    member_names: list[str]
    locked: bool
    facts: CrewFacts
    why: Annotated[str, Meta(description="In one line, for the coordinator.")]


class CrewProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal: running, or what came of it."""

    id: UUID
    shift_id: UUID
    pass_id: UUID
    state: ProposalState
    failure: str | None
    made_by: UUID
    made_at: dt.datetime
    ended_at: dt.datetime | None
    expires_at: dt.datetime
    found: ProposalFound | None


class CrewProposalWithCrews(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with its crews."""

    proposal: CrewProposal
    crews: list[ProposedCrew]


class CrewMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a crew."""

    member_id: UUID
    name: str
    rides_with: Annotated[UUID | None, Meta(description="In whose car they go.")]


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Those who were sent out together."""

    id: UUID
    shift_id: UUID
    turf_id: UUID
    turf_name: str
    members: list[CrewMember]
    locked: bool
    sent_by: UUID
    sent_at: dt.datetime
    due_at: dt.datetime
    returned_at: dt.datetime | None


class Presence(StrEnum):
    """Where somebody is who is booked."""

    EXPECTED = "expected"
    LATE = "late"
    MISSING = "missing"
    HERE = "here"
    OUT = "out"
    LEFT = "left"


class Where(StrEnum):
    """What a crew is doing, as far as one can tell."""

    OUT = "out"
    IDLE = "idle"
    OVERDUE = "overdue"
    BACK = "back"


class BoardPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the shift."""

    signup_id: UUID
    member_id: UUID
    name: str
    phone: Annotated[str | None, Meta(description="To call; of those not here alone.")]
    role: str
    confirmed: bool
    presence: Presence
    checked_in_at: dt.datetime | None


class BoardCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew and its turf."""

    id: UUID
    turf_id: UUID
    turf_name: str
    member_ids: list[UUID]
    names: list[str]
    phones: Annotated[list[str], Meta(description="Of an overdue crew alone.")]
    where: Where
    doors_count: int
    doors_done: int
    last_knock_at: dt.datetime | None
    due_at: dt.datetime
    returned_at: dt.datetime | None


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A shift while it runs."""

    shift_id: UUID
    status: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    booked_count: Annotated[int, Meta(description="Who have a place, or came.")]
    here_count: Annotated[int, Meta(description="Checked in, out with a crew or not.")]
    late_count: int
    missing_count: int
    waitlisted_count: int
    overdue_count: int
    people: Annotated[list[BoardPerson], Meta(description="Those to be called first.")]
    crews: Annotated[list[BoardCrew], Meta(description="Those to be looked after first.")]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """What a volunteer gave, and what came of it."""

    member_id: UUID
    name: str
    shifts_count: int
    no_shows_count: int
    hours: Annotated[float, Meta(description="Between coming and going, within the shifts.")]
    doors_count: Annotated[int, Meta(description="Doors knocked at.")]
    contacts_count: int
    first_shift_at: dt.datetime | None
    second_shift_at: dt.datetime | None
    back_within_30_days: Annotated[
        bool | None,
        Meta(description="Whether the second shift came within 30 days; null: too early to say."),
    ]


class CloseOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a shift, or of all shifts of an event."""

    shifts_count: int
    booked_count: Annotated[int, Meta(description="Who had a place at the start.")]
    attended_count: Annotated[int, Meta(description="Walk-ins too.")]
    walk_ins_count: int
    no_shows_count: int
    no_show_rate: Annotated[
        float | None, Meta(description="Of those who had a place; null of nobody.")
    ]
    cancelled_count: int
    hours: float
    rebooked_count: Annotated[int, Meta(description="Who came, and have a place in a later shift.")]
    rebook_rate: Annotated[float | None, Meta(description="Of those who came; null of nobody.")]
    first_timers_count: int
    back_within_30_days_count: Annotated[
        int, Meta(description="First timers who came again within 30 days, up to now.")
    ]
    doors_count: int
    contacts_count: int
    crews_count: int
    issues_count: Annotated[int, Meta(description="That people raised at the doors.")]
    cases_count: Annotated[int, Meta(description="That these are in.")]
    solved_cases_count: Annotated[int, Meta(description="Of those, put right or answered by now.")]
    rating: Annotated[float | None, Meta(description="The mean; null while nobody rated.")]
    impact: Annotated[
        str,
        Meta(
            description="One line for the message of thanks.",
            examples=["14 of us gave 33 hours, knocked at 412 doors and talked at 98."],
        ),
    ]
