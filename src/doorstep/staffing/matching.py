"""Volunteers, turfs and rules of a shift as the algorithms take them, and back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter
from typing import Any
from uuid import UUID

import numpy as np

from doorstep.algorithms.projection import to_metres
from doorstep.algorithms.staffing.crewing import propose
from doorstep.algorithms.staffing.model import Crew as Chosen
from doorstep.algorithms.staffing.model import (
    Floats,
    Lock,
    LockError,
    People,
    Proposal,
    Terms,
    Turfs,
)
from doorstep.algorithms.staffing.scoring import goodness, minutes_there, shared, way_m
from doorstep.events.model import Point, Shift
from doorstep.kit.errors import RefusedError
from doorstep.staffing.model import CrewFacts, CrewRule, ProposalCreate, ProposalFound, RuleKind
from doorstep.staffing.queries import FreeTurf, StoredCrew
from doorstep.volunteers.model import Skill, Tie, TieKind, Transport, Volunteer

REACH_M = {
    Transport.FOOT: 1500.0,
    Transport.TRANSIT: 1500.0,
    Transport.BICYCLE: 5000.0,
    Transport.CAR: np.inf,
}
"""How far each gets from the staging point: twenty minutes."""
EXPERIENCED_FROM = 3
POOR, GOOD = -0.2, 0.2
"""Turfs below and above which somebody had bad or good luck, from -1 to 1."""


@dataclass(frozen=True)
class Setting:
    """Everything that crews of a shift are chosen from."""

    shift: Shift
    staging: Point
    people: Sequence[Volunteer]
    turfs: Sequence[FreeTurf]
    ties: Sequence[Tie]
    rules: Sequence[CrewRule]
    luck: dict[UUID, float]
    wanted: ProposalCreate


def match(setting: Setting) -> tuple[list[StoredCrew], ProposalFound]:
    """Crews for a shift, with why and how good.

    Raises
    ------
    RefusedError
        If a lock cannot be kept.
    """
    people, turfs = _people(setting), _turfs(setting)
    terms, aside = _terms(setting)
    begun = perf_counter()
    try:
        found = propose(people, turfs, terms)
    except LockError as error:
        kept = [rule for rule in setting.rules if rule.id not in aside]
        rule = [one for one in kept if one.kind is RuleKind.LOCK][error.number]
        message = (
            f"The lock {rule.id} cannot be kept: {error.why}. Take it away, or lock otherwise."
        )
        raise RefusedError(message) from error
    told = ProposalFound(
        crews_count=len(found.crews),
        people_count=len(people),
        turfs_count=len(turfs),
        points=found.points,
        bound=found.bound,
        gap=round(found.gap, 5),
        doors_covered=round(found.coverage, 1),
        travel_km=round(found.figures["travel_m"] / 1000, 2),
        spare_member_ids=[setting.people[one].member_id for one in found.spare_people],
        spare_turf_ids=[setting.turfs[one].id for one in found.spare_turfs],
        rules_aside=sorted(aside),
        solved_ms=round((perf_counter() - begun) * 1000),
    )
    return _stored(setting, people, turfs, terms, found), told


def _people(setting: Setting) -> People:
    who = setting.people
    home = np.full((len(who), 2), np.nan)
    for row, one in enumerate(who):
        if one.home is not None:
            home[row] = _metres(setting, [one.home.lon], [one.home.lat])[0]
    return People(
        shifts_done=np.array([_experience(one) for one in who], np.int64),
        languages=[frozenset(code.split("-")[0] for code in one.languages) for one in who],
        reach_m=np.array([REACH_M[one.transport] for one in who], np.float64),
        seats=np.array(
            [one.seats_count if one.transport is Transport.CAR else 0 for one in who], np.int64
        ),
        max_travel_m=_limits(one.max_travel_km for one in who),
        max_walk_m=_limits(one.max_walk_km for one in who),
        climbs_stairs=np.array([one.climbs_stairs for one in who], np.bool_),
        luck=np.array([setting.luck.get(one.member_id, 0.0) for one in who], np.float64),
        home=home,
    )


def _experience(one: Volunteer) -> int:
    """Who leads or trains others knows the work, whatever the program has seen of them."""
    leads = {Skill.CAPTAIN, Skill.TRAINER} & set(one.skills)
    return max(one.shifts_count, EXPERIENCED_FROM if leads else 0)


def _limits(given_km: Iterable[float | None]) -> Floats:
    return np.array([np.inf if one is None else one * 1000 for one in given_km], np.float64)


def _metres(setting: Setting, lon: Sequence[float], lat: Sequence[float]) -> Floats:
    if not lon:
        return np.zeros((0, 2))
    return to_metres(lon, lat, (setting.staging.lon, setting.staging.lat))


def _turfs(setting: Setting) -> Turfs:
    turfs = setting.turfs
    return Turfs(
        place=_metres(setting, [one.lon for one in turfs], [one.lat for one in turfs]),
        value=np.array([one.doors_left for one in turfs], np.float64),
        minutes=np.array([one.minutes for one in turfs], np.float64),
        walk_m=np.array([one.walk_m for one in turfs], np.float64),
        stairs=np.array([one.stairs for one in turfs], np.bool_),
    )


def _terms(setting: Setting) -> tuple[Terms, set[UUID]]:
    """What holds, and the rules left aside: of people or turfs that are not among these."""
    row = {one.member_id: at for at, one in enumerate(setting.people)}
    turf = {one.id: at for at, one in enumerate(setting.turfs)}
    aside: set[UUID] = set()
    locks: list[Lock] = []
    banned: set[tuple[int, int]] = set()
    not_there: set[tuple[int, int]] = set()
    for rule in setting.rules:
        who = [row[one] for one in rule.member_ids if one in row]
        where = None if rule.turf_id is None else turf.get(rule.turf_id)
        if len(who) < len(rule.member_ids) or (where is None) != (rule.turf_id is None):
            aside.add(rule.id)
        elif rule.kind is RuleKind.LOCK:
            locks.append(Lock(people=tuple(who), turf=where))
        elif where is None:
            banned.update(combinations(sorted(who), 2))
        else:
            not_there.update((one, where) for one in who)
    apart = _tied(setting, row, TieKind.APART)
    length = (setting.shift.ends_at - setting.shift.starts_at).total_seconds() / 60
    terms = Terms(
        staging=_metres(setting, [setting.staging.lon], [setting.staging.lat])[0],
        shift_minutes=setting.wanted.minutes or length,
        within_m=setting.wanted.within_km * 1000,
        apart=apart,
        buddies=_tied(setting, row, TieKind.BUDDY) - apart,
        banned=frozenset(banned),
        not_there=frozenset(not_there),
        locks=tuple(locks),
        solo=setting.wanted.solo,
        experienced_from=EXPERIENCED_FROM,
    )
    return terms, aside


def _tied(setting: Setting, row: dict[UUID, int], kind: TieKind) -> frozenset[tuple[int, int]]:
    return frozenset(
        (min(pair), max(pair))
        for tie in setting.ties
        if tie.kind is kind and tie.member_id in row and tie.other_id in row
        for pair in [(row[tie.member_id], row[tie.other_id])]
    )


def _stored(
    setting: Setting, people: People, turfs: Turfs, terms: Terms, found: Proposal
) -> list[StoredCrew]:
    rides = {ride.person: ride.driver for ride in found.rides}
    way, there, good = way_m(turfs, terms), minutes_there(turfs, terms), goodness(turfs)
    understand = shared(people)
    stored: list[StoredCrew] = []
    for number, crew in enumerate(found.crews):
        # Those who know the work are named first.
        order = sorted(crew.people, key=lambda one: -people.shifts_done[one])
        turf = setting.turfs[crew.turf]
        stored.append(
            StoredCrew(
                number=number,
                turf_id=turf.id,
                turf_name=turf.name,
                member_ids=[setting.people[one].member_id for one in order],
                locked=crew.locked,
                goodness=float(good[crew.turf]),
                facts=CrewFacts(
                    **_company(setting, people, terms, crew),
                    share_language=all(
                        bool(understand[pair]) for pair in combinations(crew.people, 2)
                    ),
                    way_km=round(float(way[crew.turf]) / 1000, 3),
                    minutes=round(turf.minutes, 1),
                    shift_minutes=round(float(there[crew.turf]), 1),
                    doors_left=turf.doors_left,
                    made_up_for=[
                        setting.people[one].member_id
                        for one in crew.people
                        if people.luck[one] < POOR and good[crew.turf] > GOOD
                    ],
                    rides={
                        str(setting.people[one].member_id): str(
                            setting.people[rides[one]].member_id
                        )
                        for one in crew.people
                        if one in rides
                    },
                ),
            )
        )
    return stored


def _company(setting: Setting, people: People, terms: Terms, crew: Chosen) -> dict[str, Any]:
    knows = {one for one in crew.people if people.shifts_done[one] >= EXPERIENCED_FROM}
    who = {one: setting.people[one].member_id for one in crew.people}
    spoken = [people.languages[one] for one in crew.people if people.languages[one]]
    return {
        "newcomers": [who[one] for one in crew.people if one not in knows],
        "guides": [who[one] for one in crew.people if one in knows],
        "languages": sorted(frozenset[str].intersection(*spoken)) if spoken else [],
        "buddies": any(pair in terms.buddies for pair in combinations(crew.people, 2)),
    }
