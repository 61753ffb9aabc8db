"""Why a crew was put together and sent there: figures first, then one line."""

from collections.abc import Mapping
from uuid import UUID

from doorstep.staffing.model import CrewFacts

WALKS_KM = 1.5


def why(facts: CrewFacts, names: Mapping[UUID, str], *, locked: bool) -> str:
    """One line for the coordinator.

    Parameters
    ----------
    facts
        What spoke for it.
    names
        Of the people in it.
    locked
        Whether the coordinator decided it.
    """
    said = ["Locked by hand"] if locked else []
    if facts.newcomers and facts.guides:
        said.append(f"{_all(facts.guides, names)} can show {_all(facts.newcomers, names)} how")
    elif facts.newcomers:
        said.append("all new: nobody with experience was left")
    if facts.buddies:
        said.append("they like to go together")
    if not facts.share_language:
        said.append("they share no language: see that they manage")
    elif facts.languages:
        said.append(f"speak {', '.join(facts.languages)}")
    said.append(f"{facts.way_km:.1f} km away")
    said += [
        f"{names.get(UUID(who), '?')} rides with {names.get(UUID(driver), 'another crew')}"
        for who, driver in facts.rides.items()
    ]
    said.append(
        f"{facts.doors_left} doors, {facts.minutes:.0f} min of {facts.shift_minutes:.0f} there are"
    )
    if facts.made_up_for:
        said.append(f"a good turf after poor ones for {_all(facts.made_up_for, names)}")
    line = "; ".join(said)
    return f"{line[0].upper()}{line[1:]}."


def _all(ids: list[UUID], names: Mapping[UUID, str]) -> str:
    return " and ".join(names.get(one, "?") for one in ids)
