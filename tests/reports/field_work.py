"""A pass in the field, written straight into its tables, with door states as projected."""

import datetime as dt
import itertools
from dataclasses import dataclass, field
from uuid import UUID

import shapely

from doorstep.algorithms.projecting import EventKind, Fact, Result, project_door
from doorstep.kit.ids import new_id

MORNING = dt.datetime(2026, 10, 3, 8, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def after(minutes, days=0):
    return MORNING + dt.timedelta(minutes=minutes, days=days)


@dataclass
class Happened:
    """An event as stored: accepted ones are facts."""

    fact: Fact
    member_id: UUID
    status: str = "accepted"


@dataclass
class Field:
    """A pass, its turfs with their doors, and what happened at them."""

    tenant: object
    pass_id: UUID
    turfs: dict[UUID, list[UUID]] = field(default_factory=dict)
    buildings: dict[UUID, UUID] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    devices: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def doors(self):
        return [door for doors in self.turfs.values() for door in doors]

    async def add_turf(self, db, doors, name=None, status="published"):
        """A turf over these doors, which are made if a number says how many."""
        if isinstance(doors, int):
            doors = [await self.add_door(db) for _ in range(doors)]
        turf_id = new_id()
        outline = shapely.to_wkb(shapely.box(24.9, 60.1, 25.0, 60.2))
        archived_at = MORNING if status == "archived" else None
        await db.execute(
            """
            insert into turf
              (organization_id, id, pass_id, name, status, polygon, walk_m, archived_at)
            values ($1, $2, $3, $4, $5, $6, 100, $7)
            """,
            self.tenant.id,
            turf_id,
            self.pass_id,
            name or f"Turf {next(_numbers)}",
            status,
            outline,
            archived_at,
        )
        await db.executemany(
            """
            insert into turf_door (organization_id, turf_id, door_id, pass_id, position, live)
            values ($1, $2, $3, $4, $5, $6)
            """,
            [
                (self.tenant.id, turf_id, door_id, self.pass_id, place, status != "archived")
                for place, door_id in enumerate(doors)
            ],
        )
        self.turfs[turf_id] = doors
        return turf_id

    async def add_door(self, db, street="Hill Street", house_number=None, city="Springfield"):
        number = next(_numbers)
        building_id, address_id, door_id = new_id(), new_id(), new_id()
        await db.execute(
            "insert into building (organization_id, id) values ($1, $2)",
            self.tenant.id,
            building_id,
        )
        await db.execute(
            """
            insert into address
              (organization_id, id, building_id, external_id, street, house_number, city, lon, lat)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            self.tenant.id,
            address_id,
            building_id,
            f"address-{number}",
            street,
            house_number or str(number),
            city,
            24.9 + number % 97 / 1000,
            60.1 + number % 89 / 1000,
        )
        await db.execute(
            "insert into door (organization_id, id, address_id) values ($1, $2, $3)",
            self.tenant.id,
            door_id,
            address_id,
        )
        self.buildings[door_id] = building_id
        return door_id

    async def assign(self, db, turf_id, member_id, hours=12):
        await db.execute(
            """
            insert into assignment
              (organization_id, id, turf_id, member_id, assigned_by, expires_at)
            values ($1, $2, $3, $4, $4, now() + make_interval(hours => $5))
            """,
            self.tenant.id,
            new_id(),
            turf_id,
            member_id,
            hours,
        )

    def add(self, member_id, kind, at, status="accepted", **said):
        """Note an event; ``write`` stores all of them."""
        fact = Fact(id=new_id(), kind=EventKind(kind), occurred_at=at, **said)
        self.happened.append(Happened(fact, member_id, status))
        return fact.id

    def knock(self, member_id, door_id, result, at):
        return self.add(member_id, "attempt", at, door_id=door_id, result=Result(result))

    async def write(self, db):
        """Store what happened and where it leaves the doors."""
        await self._find_devices(db)
        for one in self.happened:
            await self._write_event(db, one)
        for door_id, state in self.states().items():
            await db.execute(
                """
                insert into door_state
                  (organization_id, pass_id, door_id, status, last_result, last_attempt_at,
                   attempts_count, contacts_count, do_not_contact, latest_event_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                self.tenant.id,
                self.pass_id,
                door_id,
                state.status,
                state.last_result,
                state.last_attempt_at,
                state.attempts_count,
                state.contacts_count,
                state.do_not_contact,
                state.latest_event_id,
            )

    def states(self):
        """Every door as the projection has it, from the accepted facts."""
        facts = [one.fact for one in self.happened if one.status == "accepted"]
        found = {}
        for door_id in dict.fromkeys(self.doors):
            about = [
                fact
                for fact in facts
                if door_id == fact.door_id or self.buildings[door_id] == fact.building_id
            ]
            ids = {fact.id for fact in about}
            for _ in facts:
                more = [fact for fact in facts if fact.target_id in ids and fact.id not in ids]
                if not more:
                    break
                about += more
                ids |= {fact.id for fact in more}
            if about:
                found[door_id] = project_door(about)
        return found

    async def answer(self, db, member_id, door_id, script, key, value, at=MORNING, **also):
        """An answer on a script's question; with ``consent`` if it is sensitive."""
        await self._find_devices(db, [member_id])
        event = Happened(
            Fact(id=new_id(), kind=EventKind.ANSWER, occurred_at=at, door_id=door_id),
            member_id,
            also.get("status", "accepted"),
        )
        await self._write_event(db, event)
        await self.write_value(
            db, event.fact.id, event.fact.id, door_id, script, key, value, **also
        )
        return event.fact.id

    async def write_value(
        self, db, event_id, answer_id, door_id, script, key, value, *, sensitive=False, **also
    ):
        consent_id = await self._consent(db, door_id, **also) if sensitive else None
        await db.execute(
            """
            insert into survey_answer
              (organization_id, event_id, answer_id, standing, pass_id, door_id, script_id,
               script_version, question_key, value, sensitive, consent_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            self.tenant.id,
            event_id,
            answer_id,
            also.get("standing", True),
            self.pass_id,
            door_id,
            script.script_id,
            script.version,
            key,
            value,
            sensitive,
            consent_id,
        )

    async def _consent(self, db, door_id, withdrawn_at=None, **_):
        consent_id = new_id()
        await db.execute(
            """
            insert into consent
              (organization_id, id, door_id, purpose, basis, given_at, recorded_by, withdrawn_at)
            values ($1, $2, $3, 'opinion_record', 'explicit', $4, $5, $6)
            """,
            self.tenant.id,
            consent_id,
            door_id,
            MORNING,
            next(iter(self.devices)),
            withdrawn_at,
        )
        return consent_id

    async def _find_devices(self, db, members=()):
        for member_id in {*members, *(one.member_id for one in self.happened)} - {*self.devices}:
            self.devices[member_id] = await db.fetchval(
                "select id from device where organization_id = $1 and member_id = $2 limit 1",
                self.tenant.id,
                member_id,
            )

    async def _write_event(self, db, one):
        fact = one.fact
        said = {"result": fact.result, "mark": fact.building_mark}
        await db.execute(
            """
            insert into contact_event
              (organization_id, id, kind, status, review_reason, target_id, pass_id,
               door_id, building_id, person_id, member_id, device_id, occurred_at, recorded_at,
               received_at, clock_offset_ms, payload, payload_hash)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13, 0, $14,
                    '\\x00')
            """,
            self.tenant.id,
            fact.id,
            fact.kind,
            one.status,
            None if one.status == "accepted" else "Not sure.",
            fact.target_id,
            self.pass_id if fact.target_id is None else None,
            fact.door_id,
            fact.building_id,
            fact.person_id,
            one.member_id,
            self.devices[one.member_id],
            fact.occurred_at,
            {name: value for name, value in said.items() if value},
        )


async def make_field(db, tenant, *doors_counts, script=None, campaign_id=None):
    """A pass with a turf of so many doors for each number."""
    made = Field(tenant, new_id())
    await db.execute(
        """
        insert into pass (organization_id, id, campaign_id, name, script_id)
        values ($1, $2, $3, $4, $5)
        """,
        tenant.id,
        made.pass_id,
        campaign_id or tenant.campaign_id,
        f"Pass {next(_numbers)}",
        script and script.script_id,
    )
    for doors_count in doors_counts:
        await made.add_turf(db, doors_count)
    return made
