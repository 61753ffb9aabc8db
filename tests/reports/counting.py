"""Every figure of a pass counted from scratch, by the rules for a whole pass, row by row."""

import dataclasses
from collections import defaultdict
from zoneinfo import ZoneInfo

import pytest

from doorstep.algorithms.projecting import Result, counts_as_contact, is_final
from doorstep.reports.model import Tally


@dataclasses.dataclass
class Counted:
    """The figures of a group, named as in the tallies."""

    doors_count: int = 0
    attempted_count: int = 0
    contacted_count: int = 0
    done_count: int = 0
    people_count: int = 0
    people_reached_count: int = 0
    attempts_count: int = 0
    contacts_count: int = 0
    second_tries_count: int = 0
    second_contacts_count: int = 0
    visits_count: int = 0
    worked_us: int = 0

    def told(self):
        """As a report says it: with rates, where there is something to divide by."""
        said = dataclasses.asdict(self)
        visits, hours = said.pop("visits_count"), said.pop("worked_us") / 3.6e9
        parts = {
            "contact_rate": (self.contacted_count, self.attempted_count),
            "doors_per_hour": (visits, hours),
            "doors_reached": (self.contacted_count, self.doors_count),
            "people_reached": (self.people_reached_count, self.people_count),
            "second_yield": (self.second_contacts_count, self.second_tries_count),
        }
        rates = {name: part / whole if whole else None for name, (part, whole) in parts.items()}
        return said | {name: rate and pytest.approx(rate) for name, rate in rates.items()}


async def count_all(db, tenant, pass_id, only=None):
    """Figures by (of, key), over the doors ``only`` if they are given."""
    zone = ZoneInfo(
        await db.fetchval("select time_zone from organization where id = $1", tenant.id)
    )
    passes = await db.fetch(
        """
        select id from pass where campaign_id =
          (select campaign_id from pass where organization_id = $1 and id = $2)
        """,
        tenant.id,
        pass_id,
    )
    history = defaultdict(list)
    for row in passes:
        for said in await db.fetch("select * from effective_attempt($1, $2)", tenant.id, row["id"]):
            history[said["door_id"]].append((row["id"], said))
    doors = {
        row["door_id"]: row
        for row in await db.fetch(
            """
            select p.door_id, p.turf_id, a.precinct, coalesce(s.done, false) as done,
                   (select count(*) from person q join household h on h.id = q.household_id
                     where h.door_id = p.door_id) as people
              from pass_door($1, $2) p
              join door d on d.id = p.door_id
              join address a on a.id = d.address_id
              left join door_state s on s.pass_id = $2 and s.door_id = p.door_id
            """,
            tenant.id,
            pass_id,
        )
        if only is None or row["door_id"] in only
    }
    found = defaultdict(Counted)
    stints = defaultdict(list)
    for door_id, door in doors.items():
        told = sorted(history[door_id], key=lambda one: (one[1]["occurred_at"], one[1]["event_id"]))
        places = [
            ("pass", ""),
            ("turf", str(door["turf_id"] or "")),
            ("precinct", door["precinct"]),
        ]
        mine = defaultdict(list)
        for place, (of_pass, said) in enumerate(told):
            if of_pass != pass_id:
                continue
            before = [earlier["result"] for _, earlier in told[:place]]
            again = bool(before) and set(before) == {"not_home"}
            day = str(said["occurred_at"].astimezone(zone).date())
            member = str(said["member_id"])
            groups = [*places, ("volunteer", member), ("day", day)]
            for group in groups:
                mine[group].append((said, again))
                stints[group, member, day].append((said["occurred_at"], door_id))
        for group in {*places, *mine}:
            tried, figures = mine[group], found[group]
            met = any(counts_as_contact(Result(said["result"])) for said, _ in tried)
            last = Result(tried[-1][0]["result"]) if tried else None
            figures.doors_count += 1
            figures.attempted_count += bool(tried)
            figures.contacted_count += met
            figures.done_count += door["done"] if group in places else is_final(last)
            figures.people_count += door["people"]
            figures.people_reached_count += door["people"] if met else 0
            for said, again in tried:
                contact = counts_as_contact(Result(said["result"]))
                figures.attempts_count += 1
                figures.contacts_count += contact
                figures.second_tries_count += again
                figures.second_contacts_count += again and contact
    for (group, _, _), visits in stints.items():
        times = [at for at, _ in visits]
        span = max(times) - min(times)
        found[group].visits_count += len({door_id for _, door_id in visits})
        found[group].worked_us += max(round(span.total_seconds() * 1e6), 600_000_000)
    return {group: figures.told() for group, figures in found.items()}


def told(rows):
    """The rows behind a report in the same form."""
    names = Tally.__struct_fields__
    return {(row["of"], row["key"]): {name: row[name] for name in names} for row in rows}
