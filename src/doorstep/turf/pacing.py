"""The pace that a campaign's minutes are counted by: the default, organizers' own, or measured."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from msgspec import structs

from doorstep.accounts.service import campaign_by_id
from doorstep.algorithms.cutting.model import Pace
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.turf import pace_queries as queries
from doorstep.turf.pace_model import (
    CampaignPace,
    MeasuredPace,
    PaceChoice,
    PaceNumbers,
    TurfSteps,
    TurfTime,
)
from doorstep.turf.pace_queries import StoredPace


async def pace_in_use(db: Connection, organization_id: UUID, campaign_id: UUID) -> Pace:
    """How long things take, as far as minutes of this campaign are concerned."""
    return _in_use(await queries.stored_pace(db, organization_id, campaign_id))


def _in_use(stored: StoredPace) -> Pace:
    chosen = stored.own if stored.kind == "own" else stored.measured and stored.measured.pace
    return Pace() if chosen is None or stored.kind == "default" else Pace(**structs.asdict(chosen))


def numbers(pace: Pace) -> PaceNumbers:
    """A pace as the wire has it."""
    return PaceNumbers(**asdict(pace))


def pace_notes(pace: Pace) -> list[str]:
    """What organizers are told of a pace that is not the default."""
    if pace == Pace():
        return []
    said = (
        f"Minutes are counted by the campaign's own pace: {pace.walk_m_per_min:.0f} m a minute, "
        f"{pace.knock_min:.1f} min for a knock, {pace.entry_min:.1f} for the way into a house of "
        f"several doors, {pace.unit_min:.1f} for each further one."
    )
    return [said]


async def campaign_pace(db: Connection, organization_id: UUID, campaign_id: UUID) -> CampaignPace:
    """By which pace minutes are counted, and by which else they could be.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    stored = await queries.stored_pace(db, organization_id, campaign_id)
    return CampaignPace(
        kind=stored.kind,
        in_use=numbers(_in_use(stored)),
        default=numbers(Pace()),
        own=stored.own,
        measured=stored.measured,
    )


async def choose(
    db: Connection, organization_id: UUID, campaign_id: UUID, wanted: PaceChoice
) -> CampaignPace:
    """Count minutes by another pace, at once also those of turf that is not archived.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If own numbers are missing, or given for another kind.
    ConflictError
        If it was not measured yet.
    """
    if (wanted.own is None) == (wanted.kind == "own"):
        message = "Give own numbers with the kind own, and only with it."
        raise RefusedError(message, field="own")
    before = await campaign_pace(db, organization_id, campaign_id)
    if wanted.kind == "measured" and before.measured is None:
        message = "The pace of this campaign was not measured yet. Start a measurement first."
        raise ConflictError(message, field="kind")
    await queries.put_choice(db, organization_id, campaign_id, wanted.kind, wanted.own)
    await time_turfs(db, organization_id, campaign_id)
    return await campaign_pace(db, organization_id, campaign_id)


async def time_turfs(db: Connection, organization_id: UUID, campaign_id: UUID) -> None:
    """Count the minutes of turf that is not archived by the pace in use."""
    pace = await pace_in_use(db, organization_id, campaign_id)
    await queries.time_turfs(db, organization_id, campaign_id, pace)


async def keep_measured(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    measured: MeasuredPace,
    turfs: Sequence[TurfSteps],
    newest_at: dt.datetime | None,
) -> None:
    """Keep what was measured; where that is the pace in use, minutes follow."""
    await queries.put_measured(db, organization_id, campaign_id, measured, turfs, newest_at)
    await time_turfs(db, organization_id, campaign_id)


async def turf_times(db: Connection, organization_id: UUID, campaign_id: UUID) -> list[TurfTime]:
    """Planned minutes beside those that were measured, for each turf.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    pace = await pace_in_use(db, organization_id, campaign_id)
    return await queries.turf_times(db, organization_id, campaign_id, pace)
