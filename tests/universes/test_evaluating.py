"""What a filter finds, against a second telling of the same meaning: person by person."""

import asyncio
import datetime as dt
import itertools
import math
import random
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_pass

from doorstep.imports.model import AttributeKind
from doorstep.kit.auth import Role
from doorstep.kit.geometry import Polygon
from doorstep.kit.ids import new_id
from doorstep.universes import model as m
from doorstep.universes import service
from doorstep.universes.columns import Block, Seat, pack_block
from doorstep.universes.evaluating import NOBODY, Asking, Found, Ids, count, page
from doorstep.universes.splicing import splice

CONTACTS = {"canvassed", "refused", "language_barrier", "do_not_contact"}
RESULTS = ["not_home", "canvassed", "refused", "come_back"]
KINDS = {
    "party": AttributeKind.TEXT,
    "score": AttributeKind.NUMBER,
    "joined": AttributeKind.DATE,
    "voted": AttributeKind.YES_NO,
}
PARTIES = ["D", "R", "Ähtäri", "d'or"]
SCORES = [0, 1, 2.5, 40, 40.1, 1e12]
DAYS = ["2020-02-29", "2026-10-01", "2026-10-02"]
STREETS = ["Main Street", "High Street", "main lane"]
TAGS = ["donor", "Sign"]
YEAR = 2026


@dataclass
class Someone:
    """A person, or nobody known behind a door, with everything a filter may ask."""

    door_id: UUID
    person_id: UUID | None
    household_id: UUID | None
    place: dict
    lon: float
    lat: float
    attributes: dict = field(default_factory=dict)
    tags: list = field(default_factory=list)
    language: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    email: str | None = None
    household_size: int = 0
    import_id: UUID | None = None
    attempts: list = field(default_factory=list)  # (pass, time, result)
    answers: dict = field(default_factory=dict)  # question → value, own or else the door's
    turfs: set = field(default_factory=set)
    consents: set = field(default_factory=set)
    left_alone: bool = False


def passes(test, value):  # noqa: C901, PLR0911 -- one for each test
    """One value, None if unknown, against a test."""

    def same(one, other):
        return (
            one.strip().casefold() == other.strip().casefold()
            if isinstance(one, str) and isinstance(other, str)
            else one == other
        )

    match test:
        case m.Known():
            return value is not None
        case m.Unknown():
            return value is None
        case m.Is():
            return value is not None and same(value, test.value)
        case m.IsNot():
            return value is None or not same(value, test.value)
        case m.OneOf():
            return value is not None and any(same(value, one) for one in test.values)
        case m.Contains():
            return value is not None and test.value.strip().casefold() in value.casefold()
        case m.StartsWith():
            return value is not None and value.casefold().startswith(test.value.strip().casefold())
        case m.AtLeast():
            return value is not None and value >= test.value
        case m.AtMost():
            return value is not None and value <= test.value
        case m.Between():
            return value is not None and test.low <= value <= test.high


def metres(one, lon, lat):
    """Great-circle distance by the spherical law of cosines."""
    a, b = math.radians(one.lat), math.radians(lat)
    angle = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(
        math.radians(one.lon - lon)
    )
    return 6_371_008.8 * math.acos(max(-1, min(1, angle)))


def in_ring(one, ring):
    """Ray casting."""
    inside = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > one.lat) != (y2 > one.lat) and one.lon < (x2 - x1) * (one.lat - y1) / (
            y2 - y1
        ) + x1:
            inside = not inside
    return inside


def attempts_in(one, scope, campaigns):
    return [
        (at, result)
        for pass_id, at, result in one.attempts
        if scope.pass_id in (None, pass_id) and scope.campaign_id in (None, campaigns.get(pass_id))
    ]


def holds(expression, one, campaigns=None, universes=None):  # noqa: C901, PLR0911, PLR0912 -- as above
    """Whether somebody is found."""

    def inner(other):
        return holds(other, one, campaigns, universes)

    match expression:
        case m.AllOf():
            return all(inner(other) for other in expression.all_of)
        case m.AnyOf():
            return any(inner(other) for other in expression.any_of)
        case m.NoneOf():
            return not any(inner(other) for other in expression.none_of)
        case m.InUniverse():
            return inner(universes[expression.universe_id])
        case m.Attribute():
            return passes(expression.test, one.attributes.get(expression.key))
        case m.Place():
            return passes(expression.test, one.place[expression.field] or None)
        case m.Speaks():
            return passes(expression.test, one.language)
        case m.Age():
            return passes(expression.test, one.birth_year and YEAR - one.birth_year)
        case m.Reachable():
            return bool(getattr(one, expression.by))
        case m.HouseholdSize():
            return passes(expression.test, one.household_size)
        case m.Tagged():
            return expression.tag.casefold() in [tag.casefold() for tag in one.tags]
        case m.Imported():
            return one.import_id == expression.import_id
        case m.Near():
            return metres(one, expression.lon, expression.lat) <= expression.within_m
        case m.Inside():
            return in_ring(one, expression.area.coordinates[0])
        case m.InTurf():
            return expression.turf_id in one.turfs
        case m.Consented():
            return expression.purpose in one.consents
        case m.Answered():
            value = one.answers.get(expression.question)
            if isinstance(value, list):
                positive = (
                    m.Is(value=expression.test.value)
                    if isinstance(expression.test, m.IsNot)
                    else expression.test
                )
                found = any(passes(positive, part) for part in value) or isinstance(
                    expression.test, m.Known
                )
                return not found if isinstance(expression.test, m.IsNot) else found
            return passes(expression.test, value)
        case m.LastResult():
            tried = sorted(attempts_in(one, expression, campaigns))
            return bool(tried) and tried[-1][1] in expression.results
        case m.Tried():
            since = expression.since or dt.date.min
            tried = [1 for at, _ in attempts_in(one, expression, campaigns) if at.date() >= since]
            return (
                expression.at_least
                <= len(tried)
                <= (10**9 if expression.at_most is None else expression.at_most)
            )
        case m.NeverContacted():
            return not any(r in CONTACTS for _, r in attempts_in(one, expression, campaigns))
        case m.LastContact():
            met = [at for at, r in attempts_in(one, expression, campaigns) if r in CONTACTS]
            return bool(met) and (
                (expression.after is None or max(met).date() > expression.after)
                and (expression.before is None or max(met).date() < expression.before)
            )
    raise AssertionError(expression)


def expected(people, expression, *rest):
    """The four counts."""
    found = [one for one in people if holds(expression, one, *rest)]
    kept = [one for one in found if not one.left_alone]
    return m.Counts(
        people_count=sum(one.person_id is not None for one in kept),
        households_count=len({one.household_id for one in kept} - {None}),
        doors_count=len({one.door_id for one in kept}),
        left_out_count=len(found) - len(kept),
    )


def choices_of(values, *, ordered=False, letters=()):
    value = st.sampled_from(values)
    kinds = [
        value.map(lambda v: m.Is(value=v)),
        value.map(lambda v: m.IsNot(value=v)),
        st.lists(value, min_size=1, max_size=3).map(lambda v: m.OneOf(values=v)),
        st.just(m.Known()),
        st.just(m.Unknown()),
    ]
    if ordered:
        kinds += [
            value.map(lambda v: m.AtLeast(value=v)),
            value.map(lambda v: m.AtMost(value=v)),
            st.tuples(value, value).map(lambda v: m.Between(low=min(v), high=max(v))),
        ]
    if letters:
        part = st.sampled_from(letters)
        kinds += [
            part.map(lambda v: m.Contains(value=v)),
            part.map(lambda v: m.StartsWith(value=v)),
        ]
    return st.one_of(kinds)


def attribute(key, values, **more):
    return choices_of(values, **more).map(lambda test: m.Attribute(key=key, test=test))


SQUARE = [[24.9, 60.1], [24.95, 60.1], [24.95, 60.15], [24.93, 60.12], [24.9, 60.15], [24.9, 60.1]]
STATIC = st.one_of(
    attribute("party", [*PARTIES, "r", "X"], letters=["d", "htä", "'"]),
    attribute("score", SCORES, ordered=True),
    attribute("joined", DAYS, ordered=True),
    attribute("voted", [True, False]).filter(lambda one: not isinstance(one.test, m.OneOf)),
    choices_of([*STREETS, "MAIN LANE"], letters=["main", "street", " high"]).map(
        lambda test: m.Place(field="street", test=test)
    ),
    choices_of(["1-1", "1-2"]).map(lambda test: m.Place(field="precinct", test=test)),
    choices_of(["fi", "sv", "FI"]).map(lambda test: m.Speaks(test=test)),
    choices_of([16, 18, 40, 90], ordered=True).map(lambda test: m.Age(test=test)),
    st.sampled_from([m.Is(value=1), m.AtLeast(value=2), m.AtMost(value=1)]).map(
        lambda test: m.HouseholdSize(test=test)
    ),
    st.sampled_from(["phone", "email"]).map(lambda by: m.Reachable(by=by)),
    st.sampled_from([*TAGS, "sign", "none"]).map(lambda tag: m.Tagged(tag=tag)),
    st.just(m.Inside(area=Polygon(coordinates=[SQUARE]))),
    st.sampled_from([100, 2500, 6000]).map(lambda r: m.Near(lon=24.92, lat=60.12, within_m=r)),
)


def expressions(leaves):
    def few(inner):
        return st.lists(inner, min_size=1, max_size=3)

    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            few(inner).map(lambda found: m.AllOf(all_of=found)),
            few(inner).map(lambda found: m.AnyOf(any_of=found)),
            few(inner).map(lambda found: m.NoneOf(none_of=found)),
        ),
        max_leaves=8,
    )


def somebody(random_, door_id, home, person_id, place, at):
    own = {
        "party": random_.choice([None, *PARTIES]),
        "score": random_.choice([None, *SCORES]),
        "joined": random_.choice([None, *DAYS]),
        "voted": random_.choice([None, True, False]),
    }
    return Someone(
        door_id, person_id, home, place, *at,
        attributes={key: value for key, value in own.items() if value is not None},
        tags=[tag for tag in TAGS if random_.random() < 0.3],
        language=random_.choice([None, "fi", "SV "]),
        birth_year=random_.choice([None, 1936, 1986, 2008, 2010]),
        phone=random_.choice([None, "+358401"]),
        email=random_.choice([None, "", "canary@example.org"]),
    )  # fmt: skip


def make_people(random_, doors):
    """Doors with nobody, one or several households, some of them with several people."""
    people = []
    for _ in range(doors):
        door_id = UUID(int=random_.getrandbits(128))
        place = {
            "precinct": random_.choice(["", "1-1", "1-2"]),
            "city": "Town",
            "postcode": "00100",
            "street": random_.choice(STREETS),
        }
        at = (random_.uniform(24.88, 24.97), random_.uniform(60.08, 60.17))
        homes = random_.choice([0, 1, 1, 1, 2])
        for _ in range(homes):
            home = UUID(int=random_.getrandbits(128))
            size = random_.choice([1, 1, 2, 3])
            for _ in range(size):
                person_id = UUID(int=random_.getrandbits(128))
                one = somebody(random_, door_id, home, person_id, place, at)
                one.household_size = size
                people.append(one)
        if not homes:
            people.append(Someone(door_id, None, None, place, *at))
    return people


def block_of(people):
    return Block(pack_block([seat_of(one) for one in people], KINDS))


def seat_of(one):
    return Seat(
        0, one.door_id, one.household_id, one.person_id, one.lon, one.lat,
        one.place["precinct"], one.place["city"], one.place["postcode"], one.place["street"],
        one.language, one.import_id, one.birth_year, bool(one.phone), bool(one.email), one.tags,
        one.attributes,
    )  # fmt: skip


def asking_for(expression, people, universes=None):
    alone = b"".join(o.person_id.bytes for o in people if o.left_alone and o.person_id)
    doors = b"".join(o.door_id.bytes for o in people if o.left_alone and not o.person_id)
    left_alone = Found(people=Ids(alone), doors=Ids(doors), but=NOBODY)
    return Asking(expression, YEAR, KINDS, universes or {}, {}, left_alone)


@given(expressions(STATIC), st.integers(0, 10**6).map(random.Random), st.integers(0, 12))
@settings(max_examples=examples(120), deadline=None)
def test_columns_find_whom_a_look_at_each_person_finds(expression, random_, doors):
    people = make_people(random_, doors)
    for one in people:
        one.left_alone = random_.random() < 0.15
    half = (
        [one for one in people if one.door_id.int % 2],
        [one for one in people if not one.door_id.int % 2],
    )
    blocks = [block_of(part) for part in half if part]
    outer = UUID(int=1)
    nested = m.AnyOf(any_of=[m.InUniverse(universe_id=outer), m.InUniverse(universe_id=outer)])
    for asked in (expression, nested):
        asking = asking_for(asked, people, {outer: expression})
        assert count(asking, blocks) == expected(people, expression)
    asking = asking_for(expression, people)
    found = [
        one.person_id
        for part in half
        for one in part
        if one.person_id and not one.left_alone and holds(expression, one)
    ]
    pages = [page(asking, blocks, "person", range(at, at + 3)).ids for at in range(0, 40, 3)]
    assert [one for some in pages for one in some] == found[:42]
    doors_found = page(asking, blocks, "door", range(1000)).ids
    assert len(doors_found) == len(set(doors_found)) == count(asking, blocks).doors_count


def packed(people):
    return pack_block([seat_of(one) for one in people], KINDS) if people else None


@given(
    st.integers(0, 10**6).map(random.Random),
    st.integers(1, 8),
    st.lists(expressions(STATIC), max_size=4),
)
@settings(max_examples=examples(70), deadline=None)
def test_a_block_mended_here_and_there_is_as_one_made_anew(random_, doors, asked):
    before, other = make_people(random_, doors), make_people(random_, doors)
    at = [one.door_id for one in before]
    stale = {door for door in at if random_.random() < 0.4}
    new = {one.door_id for one in other if random_.random() < 0.3}
    for one in other:
        # Some of the stale doors are there again with other people, some are gone.
        if one.door_id not in new and stale:
            one.door_id = random_.choice(sorted(stale))
    fresh = [one for one in other if one.door_id in stale | new]
    fresh.sort(key=lambda one: (one.door_id not in stale, str(one.door_id), str(one.household_id)))
    after = []
    for door in dict.fromkeys(at):
        after += [one for one in (fresh if door in stale else before) if one.door_id == door]
    after += [one for one in fresh if one.door_id in new]
    for one in after:
        one.place, one.lon, one.lat = next(
            (o.place, o.lon, o.lat) for o in after if o.door_id == one.door_id
        )
    texts = [key for key, kind in KINDS.items() if kind is AttributeKind.TEXT]
    mended = splice(packed(before), packed(fresh), stale | new, texts)
    whole = packed(after)
    assert (mended is None) == (whole is None)
    if whole is None:
        return
    assert mended.keys() == whole.keys()
    for name in ("shape", "door", "person", "door_key", "person_key", "lon", "lat", "birth_year"):
        assert mended.get(name) == whole.get(name), name
    for one in asked:
        asking = asking_for(one, after)
        assert count(asking, [Block(mended)]) == count(asking, [Block(whole)])
    assert sum(map(len, mended.values())) == sum(map(len, whole.values())), "no word is left over"


def test_a_person_and_a_door_with_the_same_last_bits_are_told_apart():
    ids = [UUID(int=1 << 127 | n << 40 | 7) for n in range(3)]
    held = Ids(ids[0].bytes + ids[2].bytes)
    keys = Ids(b"".join(one.bytes for one in ids))._keys
    assert held.hold(keys).tolist() == [True, False, True]


@dataclass
class Town:
    """A random town in the database, and what is known of everyone in it."""

    tenant: object
    people: list
    passes: list
    campaigns: dict
    script_id: UUID
    turf_id: UUID
    import_id: UUID
    universe_id: UUID


async def store_people(db, tenant, people, import_id):
    seen_doors, seen_homes = set(), set()
    for one in people:
        if one.door_id not in seen_doors:
            seen_doors.add(one.door_id)
            await db.execute(
                """
                with b as (insert into building (organization_id, id) values ($1, $2)),
                     a as (insert into address (organization_id, id, building_id, external_id,
                             street, house_number, postcode, city, precinct, lon, lat)
                           values ($1, $2, $2, $2::text, $3, '1', $4, $5, $6, $7, $8))
                insert into door (organization_id, id, address_id, import_run_id)
                values ($1, $2, $2, $9)
                """,
                tenant.id, one.door_id, one.place["street"], one.place["postcode"],
                one.place["city"], one.place["precinct"], one.lon, one.lat,
                one.import_id if one.person_id is None else None,
            )  # fmt: skip
        if one.household_id and one.household_id not in seen_homes:
            seen_homes.add(one.household_id)
            await db.execute(
                "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
                tenant.id, one.household_id, one.door_id,
            )  # fmt: skip
        if one.person_id:
            await db.execute(
                """
                insert into person (organization_id, id, household_id, given_name, birth_year,
                  phone, email, language, tags, attributes, import_run_id)
                values ($1, $2, $3, 'Canaria', $4, $5, $6, $7, $8, $9, $10)
                """,
                tenant.id, one.person_id, one.household_id, one.birth_year, one.phone, one.email,
                one.language, one.tags, one.attributes, one.import_id,
            )  # fmt: skip


EVENT = """
insert into contact_event (organization_id, id, kind, status, target_id, pass_id, door_id,
  person_id, member_id, device_id, occurred_at, recorded_at, received_at, clock_offset_ms, payload,
  payload_hash)
values ($1, $2, $3, 'accepted', $4, $5, $6, $7, $8, $9, $10, $10, $10, 0, $11, '')
"""


async def canvass(db, town, random_, member_id, device_id):  # noqa: C901, PLR0912 -- one story
    """Knocks, some of them taken back or corrected, and answers; and what follows from them."""
    tenant = town.tenant

    async def tell(kind, pass_id, one, at, payload, target=None, person_id=None):
        event_id = new_id()
        await db.execute(
            EVENT, tenant.id, event_id, kind, target, pass_id, one.door_id, person_id,
            member_id, device_id, at, payload,
        )  # fmt: skip
        return event_id

    doors = {one.door_id: one for one in town.people}
    behind = {id_: [o for o in town.people if o.door_id == id_] for id_ in doors}
    minute = 0
    for door_id, one in doors.items():
        attempts = []
        for pass_id in town.passes:
            for _ in range(random_.choice([0, 0, 1, 2, 3])):
                minute += 1
                at = dt.datetime(2026, 9, 29, 20, tzinfo=dt.UTC) + dt.timedelta(
                    hours=random_.randrange(120), minutes=minute
                )
                result = random_.choice(RESULTS)
                event_id = await tell("attempt", pass_id, one, at, {"result": result})
                later = at + dt.timedelta(minutes=1)
                match random_.randrange(8):
                    case 0:
                        await tell("void", pass_id, one, later, {}, event_id)
                        continue
                    case 1:
                        result = random_.choice(RESULTS)
                        await tell("correct", pass_id, one, later, {"result": result}, event_id)
                attempts.append((pass_id, at, result))
            mine = sorted((at, result) for p, at, result in attempts if p == pass_id)
            if mine:
                await db.execute(
                    """
                    insert into door_state (organization_id, pass_id, door_id, status, last_result,
                      last_attempt_at, attempts_count, contacts_count, do_not_contact)
                    values ($1, $2, $3, $4, $4, $5, $6, $7, false)
                    """,
                    tenant.id, pass_id, door_id, mine[-1][1], mine[-1][0], len(mine),
                    sum(result in CONTACTS for _, result in mine),
                )  # fmt: skip
        for someone in behind[door_id]:
            someone.attempts = attempts
        for question, values in (("votes", [True, False]), ("topics", [["schools"], ["roads", "schools"], []]), ("support", [1, 3, 5])):  # fmt: skip # noqa: E501
            unnamed, own = None, {}
            for _ in range(random_.choice([0, 0, 1, 2])):
                minute += 1
                at = dt.datetime(2026, 10, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
                value = random_.choice(values)
                named = random_.choice([None, *(o.person_id for o in behind[door_id])])
                consent_id, stands = None, True
                if question == "support":
                    consent_id, stands = new_id(), random_.random() < 0.7
                    await db.execute(
                        """
                        insert into consent (organization_id, id, door_id, person_id, purpose,
                          basis, given_at, recorded_by, withdrawn_at)
                        select $1, $2, $3, $4, $5, 'explicit', now() - interval '1 day', $6,
                               case when $7 then null else now() end
                        """,
                        tenant.id, consent_id, door_id, named, await opinion(db), member_id,
                        stands,
                    )  # fmt: skip
                    if stands and named:
                        next(o for o in behind[door_id] if o.person_id == named).consents.add(
                            await opinion(db)
                        )
                event_id = await tell("answer", town.passes[0], one, at, {}, person_id=named)
                await db.execute(
                    """
                    insert into survey_answer (organization_id, event_id, answer_id, standing,
                      pass_id, door_id, script_id, script_version, question_key, value, sensitive,
                      consent_id)
                    values ($1, $2, $2, true, $3, $4, $5, 1, $6, $7, $8, $9)
                    """,
                    tenant.id, event_id, town.passes[0], door_id, town.script_id, question, value,
                    question == "support", consent_id,
                )  # fmt: skip
                if not stands:
                    continue
                if named:
                    own[named] = value
                else:
                    unnamed = value
            for someone in behind[door_id]:
                value = own.get(someone.person_id, unnamed)
                if value is not None:
                    someone.answers[question] = value


async def opinion(db):
    """The purpose under which opinions are kept."""
    checks = await db.fetchval(
        """
        select pg_get_constraintdef(oid) from pg_constraint where conname = 'consent_purpose_known'
        """
    )
    return "opinion_record" if "opinion_record" in checks else "opinion"


async def build_town(tenant, seed, doors=40):
    random_ = random.Random(seed)
    people = make_people(random_, doors)
    first, script_id = await make_pass(tenant, "First")
    second, _ = await make_pass(tenant, "Second")
    organizer = await tenant.organizer()
    passes_ = [UUID(first), UUID(second)]
    import_id, turf_id = new_id(), new_id()
    town = Town(
        tenant, people, passes_, dict.fromkeys(passes_, tenant.campaign_id), UUID(script_id),
        turf_id, import_id, new_id(),
    )  # fmt: skip
    device_id = UUID((await organizer.get("/me")).json()["device_id"])
    async with tenant.transaction() as db:
        for key, kind in KINDS.items():
            await db.execute(
                "insert into attribute (organization_id, key, label, kind) values ($1, $2, $2, $3)",
                tenant.id, key, kind.value,
            )  # fmt: skip
        await db.execute(
            """
            insert into import_run (organization_id, id, kind, file_name, row_count, added_count,
              changed_count, unchanged_count, rejected_count)
            values ($1, $2, 'table', 'a.csv', 0, 0, 0, 0, 0)
            """,
            tenant.id, import_id,
        )  # fmt: skip
        for one in people:
            one.import_id = import_id if random_.random() < 0.5 else None
        await store_people(db, tenant, people, import_id)
        await canvass(db, town, random_, tenant.member_ids[Role.ORGANIZER], device_id)
        await db.execute(
            """
            insert into turf (organization_id, id, pass_id, name, polygon, walk_m)
            values ($1, $2, $3, 'North', '', 0)
            """,
            tenant.id, turf_id, passes_[0],
        )  # fmt: skip
        doors_ = sorted({one.door_id for one in people})
        for position, door_id in enumerate(doors_[: len(doors_) // 2]):
            await db.execute(
                """
                insert into turf_door (organization_id, turf_id, door_id, pass_id, position)
                values ($1, $2, $3, $4, $5)
                """,
                tenant.id, turf_id, door_id, passes_[0], position,
            )  # fmt: skip
            for one in people:
                if one.door_id == door_id:
                    one.turfs.add(turf_id)
        for one in people:
            if random_.random() < 0.1:
                await db.execute(
                    """
                    insert into do_not_contact (organization_id, id, door_id, person_id)
                    values ($1, $2, $3, $4)
                    """,
                    tenant.id, new_id(), one.door_id, one.person_id,
                )  # fmt: skip
                one.left_alone = True
    return town


def happenings(town):
    """Conditions about what happened in a town."""
    scope = st.sampled_from(
        [
            {},
            *({"pass_id": one} for one in town.passes),
            {"campaign_id": town.tenant.campaign_id},
            {"pass_id": town.passes[1], "campaign_id": town.tenant.campaign_id},
        ]
    )
    day = st.dates(dt.date(2026, 9, 28), dt.date(2026, 10, 6))
    support = choices_of([1.0, 3.0, 5.0], ordered=True)
    return st.one_of(
        st.tuples(scope, st.lists(st.sampled_from(RESULTS), min_size=1, max_size=2)).map(
            lambda v: msgspec.convert(
                {"type": "last_result", "results": v[1], **v[0]}, m.LastResult
            )
        ),
        st.tuples(scope, st.integers(0, 3), st.none() | st.integers(0, 3), st.none() | day).map(
            lambda v: m.Tried(
                at_least=min(v[1], 3 if v[2] is None else v[2]), at_most=v[2], since=v[3], **v[0]
            )
        ),
        scope.map(lambda v: m.NeverContacted(**v)),
        st.tuples(scope, day).map(lambda v: m.LastContact(after=v[1], **v[0])),
        st.tuples(scope, day).map(lambda v: m.LastContact(before=v[1], **v[0])),
        st.tuples(scope, day, st.integers(2, 5)).map(
            lambda v: m.LastContact(after=v[1], before=v[1] + dt.timedelta(days=v[2]), **v[0])
        ),
        choices_of([True, False])
        .filter(lambda test: not isinstance(test, m.OneOf))
        .map(lambda test: m.Answered(question="votes", test=test)),
        st.sampled_from(
            [
                m.Is(value="schools"),
                m.IsNot(value="roads"),
                m.OneOf(values=["roads", "schools"]),
                m.Known(),
                m.Unknown(),
            ]
        ).map(lambda test: m.Answered(question="topics", script_id=town.script_id, test=test)),
        support.map(lambda test: m.Answered(question="support", test=test)),
        st.just(m.InTurf(turf_id=town.turf_id)),
        st.just(m.Imported(import_id=town.import_id)),
    )


@pytest.mark.parametrize("seed", range(2))
async def test_the_database_finds_whom_a_look_at_each_person_finds(tenant, seed):
    town = await build_town(tenant, seed)
    loop = asyncio.get_running_loop()
    purpose = None
    async with tenant.transaction() as db:
        purpose = await opinion(db)
        await service.refresh(db, tenant.id)
    consented = st.just(m.Consented(purpose=purpose))

    @given(expressions(st.one_of(STATIC, happenings(town), consented)))
    @settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
    def check(expression):
        found = asyncio.run_coroutine_threadsafe(ask(expression), loop).result(60)
        wanted = expected(town.people, expression, town.campaigns)
        got = m.Counts(**{name: getattr(found, name) for name in m.Counts.__struct_fields__})
        assert got == wanted, found.description

    async def ask(expression):
        async with tenant.transaction() as db:
            return await service.counted(db, tenant.id, expression)

    await asyncio.to_thread(check)
