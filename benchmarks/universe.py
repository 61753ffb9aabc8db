"""Counting whom a filter finds among a million people, against the plain SQL for the same.

Both count people, households and doors, without those who asked to be left alone, on the embedded
server and inside one organization; both must find the same. Ours includes everything from the
expression to its description: checks, names, what the database is asked, and the columns. The plain
SQL is what one would write by hand over the tables. Goal: 200 ms for 95 of 100 counts.
"""

import asyncio
import itertools
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from harness import report

from doorstep.accounts import service as accounts
from doorstep.kit import embedded, migrations
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import Pool, open_pool, organization_transaction, signin_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.resources import MIGRATIONS
from doorstep.surveys import service as surveys
from doorstep.surveys.model import ScriptCreate
from doorstep.turf import service as turfs
from doorstep.turf.model import PassCreate
from doorstep.universes import service
from doorstep.universes.model import Expression, UniverseCreate

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
DOORS = PEOPLE // 2
ROUNDS = 8
GOAL_MS = 200.0

KINDS = {
    "party": "text", "gender": "text", "district": "text", "turnout_score": "number",
    "support_score": "number", "registered_on": "date", "voted_2022": "yes_no",
    "voted_2024": "yes_no",
}  # fmt: skip
QUESTIONS: list[Any] = [
    {
        "type": "scale",
        "key": "support",
        "text": "How much?",
        "low": 1,
        "high": 5,
    },
    {
        "type": "single",
        "key": "issue",
        "text": "What matters?",
        "options": [{"key": "rent", "text": "Rent"}, {"key": "bus", "text": "Buses"}],
    },
]
# Ids are in the order of rows, as those that imports make.
FILL = {
    "building": """
        insert into building (organization_id, id)
        select $1, ('0198c0de-b' || lpad(to_hex(n), 23, '0'))::uuid
          from generate_series(1, $2::integer * 7 / 10) n
    """,
    "address": """
        insert into address (organization_id, id, building_id, external_id, street, house_number,
          postcode, city, precinct, lon, lat)
        select $1, ('0198c0de-a' || lpad(to_hex(n), 23, '0'))::uuid,
               ('0198c0de-b' || lpad(to_hex(n), 23, '0'))::uuid, 'a' || n,
               'Street ' || n / 80, (n % 80 + 1)::text, lpad((n / 3500)::text, 5, '0'),
               'City ' || n / 35000, n / 7000 || '-' || n / 700 % 10,
               24 + n / 600 * 0.0005, 60 + n % 600 * 0.0005
          from generate_series(1, $2::integer * 7 / 10) n
    """,
    "door": """
        insert into door (organization_id, id, address_id, unit, unit_key, tags)
        select $1, ('0198c0de-d' || lpad(to_hex(n), 23, '0'))::uuid,
               ('0198c0de-a' || lpad(to_hex((n - 1) % ($2 * 7 / 10) + 1), 23, '0'))::uuid,
               (n / ($2 * 7 / 10))::text, (n / ($2 * 7 / 10))::text,
               case when n % 20 = 0 then array['sign'] else '{}' end
          from generate_series(1, $2::integer) n
    """,
    "household": """
        insert into household (organization_id, id, door_id)
        select $1, ('0198c0de-c' || lpad(to_hex(n), 23, '0'))::uuid,
               ('0198c0de-d' || lpad(to_hex((n - 1) % $2 + 1), 23, '0'))::uuid
          from generate_series(1, $2::integer + $2 / 25) n
    """,
    "person": """
        insert into person (organization_id, id, household_id, external_id, given_name, family_name,
          birth_year, phone, email, language, tags, attributes)
        select $1, ('0198c0de-e' || lpad(to_hex(n), 23, '0'))::uuid,
               ('0198c0de-c' || lpad(to_hex((n - 1) % ($2 + $2 / 25) + 1), 23, '0'))::uuid,
               'p' || n, 'Given' || n % 1000, 'Family' || n % 5000,
               case when n % 50 > 0 then 1930 + (n * 7919::bigint % 78)::integer end,
               case when n % 5 < 3 then '+35840' || n end,
               case when n % 5 = 1 then 'p' || n || '@example.org' end,
               case when n % 10 = 0 then 'sv' else 'fi' end,
               case when n % 12 = 0 then array['volunteer']
                    when n % 31 = 0 then array['donor', 'member'] else '{}' end,
               jsonb_build_object(
                 'party', (array['D', 'R', 'I', 'G', 'L'])[1 + n * 31 % 5],
                 'gender', (array['F', 'M', 'X'])[1 + n % 3], 'turnout_score', n * 37 % 101,
                 'support_score', n * 53 % 1001 / 10.0, 'district', 'HD-' || n / 25000,
                 'registered_on', to_char(date '1990-01-01' + n * 17 % 12000, 'YYYY-MM-DD'),
                 'voted_2024', n % 3 > 0, 'voted_2022', n % 4 > 1)
          from generate_series(1, $2::integer * 2) n
    """,
}
EVENTS = """
    insert into contact_event (organization_id, id, kind, status, pass_id, door_id, member_id,
      device_id, occurred_at, recorded_at, received_at, clock_offset_ms, payload, payload_hash)
    select $1, make_id(), 'attempt', 'accepted', $3,
           ('0198c0de-d' || lpad(to_hex(1 + n % ($2 / 5)), 23, '0'))::uuid, $4, $5, at, at, at, 0,
           jsonb_build_object('result',
             (array['not_home', 'canvassed', 'refused', 'come_back'])
               [1 + (n * 7 + n / ($2 / 5)) % 4]), ''
      from generate_series(1, $2::integer * 3 / 10) n
     cross join lateral (select timestamptz '2026-09-20' + n * interval '11 seconds' as at) t
"""
STATES = """
    insert into door_state (organization_id, pass_id, door_id, status, last_result, last_attempt_at,
      attempts_count, contacts_count, do_not_contact)
    select organization_id, pass_id, door_id, last, last, max(occurred_at), count(*),
           count(*) filter (where result in ('canvassed', 'refused')), false
      from (
        select *, payload ->> 'result' as result,
               first_value(payload ->> 'result') over (
                 partition by door_id order by occurred_at desc) as last
          from contact_event where organization_id = $1) e
     group by organization_id, pass_id, door_id, last
"""
ANSWERS = """
    insert into survey_answer (organization_id, event_id, answer_id, standing, pass_id, door_id,
      script_id, script_version, question_key, value, sensitive)
    select e.organization_id, e.id, e.id, true, e.pass_id, e.door_id, $2, 1, q.key,
           case when q.key = 'support' then to_jsonb(1 + e.seq / 5 % 5)
                else to_jsonb((array['rent', 'bus'])[1 + e.seq % 2]) end, false
      from contact_event e
     cross join lateral (
       select (array['support', 'issue'])[1 + e.seq / 3 % 2] as key) q
     where e.organization_id = $1 and e.seq % 5 = 0
"""
MARKS = """
    insert into do_not_contact (organization_id, id, door_id)
    select $1, make_id(), ('0198c0de-d' || lpad(to_hex(n * 137), 23, '0'))::uuid
      from generate_series(1, $2::integer / 140) n
"""
NAIVE = """
    select count(*) filter (where not alone),
           count(distinct household_id) filter (where not alone),
           count(distinct door_id) filter (where not alone),
           count(*) filter (where alone)
      from (
        select h.id as household_id, d.id as door_id,
               exists (select from do_not_contact n
                        where n.organization_id = $1 and n.door_id = d.id
                          and n.cleared_at is null) as alone
          from person p
          join household h on h.organization_id = $1 and h.id = p.household_id
          join door d on d.organization_id = $1 and d.id = h.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         where p.organization_id = $1 and ({})) found
"""
STATE_OF = "exists (select from door_state s where s.organization_id = $1 and s.door_id = d.id{})"
ANSWERED = """d.id in (
    select door_id from (
      select distinct on (v.door_id) v.door_id, v.value #>> '{{}}' as value
        from survey_answer v
        join contact_event e on e.organization_id = $1 and e.id = v.answer_id
       where v.organization_id = $1 and v.question_key = '{}' and v.standing
       order by v.door_id, e.occurred_at desc) latest
     where value {})"""
PLAIN_LIMIT_S = 60


def test(op: str, *values: object) -> dict[str, object]:
    """A test of a value."""
    names = {"one_of": ("values",), "between": ("low", "high")}.get(op, ("value",))
    given = [list(values)] if op == "one_of" else values
    return {"op": op, **dict(zip(names, given, strict=False))}


def has(key: str, op: str, *values: object) -> dict[str, object]:
    """A condition on a kept column."""
    return {"type": "attribute", "key": key, "test": test(op, *values)}


def place(field: str, op: str, *values: object) -> dict[str, object]:
    """A condition on where the door is."""
    return {"type": "place", "field": field, "test": test(op, *values)}


def group(kind: str, *inner: object) -> dict[str, object]:
    """A group of conditions."""
    return {"type": kind, kind: list(inner)}


def age(low: float, high: float) -> dict[str, object]:
    """A condition on age."""
    return {"type": "age", "test": test("between", low, high)}


def circle(steps: int) -> dict[str, object]:
    """A star of many corners, for a drawn area."""
    from math import cos, pi, sin  # noqa: PLC0415

    corners = [
        [
            24.15 + (0.08 + 0.02 * (n % 2)) * cos(2 * pi * n / steps),
            60.15 + (0.08 + 0.02 * (n % 2)) * sin(2 * pi * n / steps),
        ]
        for n in range(steps)
    ]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


AGE = "extract(year from now()) - p.birth_year between {} and {}"
BOX = {
    "type": "Polygon",
    "coordinates": [[[24.1, 60.05], [24.2, 60.05], [24.2, 60.2], [24.1, 60.2], [24.1, 60.05]]],
}
DEMOCRATS = has("party", "is", "D")
UNTOUCHED = {"type": "never_contacted"}
TAGGED = {"type": "tagged", "tag": "volunteer"}
# Name → expression, and the condition in plain SQL (None where SQL has no plain way).
CASES: dict[str, tuple[dict[str, object], str | None]] = {
    "party": (DEMOCRATS, "p.attributes ->> 'party' = 'D'"),
    "party or party": (
        has("party", "one_of", "D", "G"),
        "p.attributes ->> 'party' in ('D', 'G')",
    ),
    "party not": (has("party", "is_not", "R"), "p.attributes ->> 'party' is distinct from 'R'"),
    "score": (
        has("support_score", "at_least", 60),
        "(p.attributes ->> 'support_score')::float8 >= 60",
    ),
    "three columns": (
        group("all_of", DEMOCRATS, has("turnout_score", "between", 20, 80), age(18, 34)),
        (
            "p.attributes ->> 'party' = 'D' "
            "and (p.attributes ->> 'turnout_score')::float8 between 20 and 80 "
            f"and {AGE.format(18, 34)}"
        ),
    ),
    "registered since": (
        has("registered_on", "at_least", "2015-01-01"),
        "p.attributes ->> 'registered_on' >= '2015-01-01'",
    ),
    "voted once of twice": (
        group(
            "all_of", has("voted_2024", "is", True), group("none_of", has("voted_2022", "is", True))
        ),
        (
            "(p.attributes ->> 'voted_2024')::boolean "
            "and (p.attributes ->> 'voted_2022') is distinct from 'true'"
        ),
    ),
    "letters in a column": (
        has("district", "starts_with", "hd-1"),
        "lower(p.attributes ->> 'district') like 'hd-1%'",
    ),
    "age": (age(18, 34), AGE.format(18, 34)),
    "precincts": (place("precinct", "one_of", "3-1", "3-2"), "a.precinct in ('3-1', '3-2')"),
    "city and age": (
        group("all_of", place("city", "is", "City 3"), age(30, 60)),
        f"a.city = 'City 3' and {AGE.format(30, 60)}",
    ),
    "letters in the street": (
        place("street", "contains", "street 12"),
        "lower(a.street) like '%street 12%'",
    ),
    "tag": (TAGGED, "'volunteer' = any(p.tags || d.tags)"),
    "no tag": (group("none_of", TAGGED), "not 'volunteer' = any(p.tags || d.tags)"),
    "phone, language, household": (
        group(
            "all_of",
            {"type": "reachable", "by": "phone"},
            {"type": "language", "test": test("is", "sv")},
            {"type": "household_size", "test": test("at_least", 2)},
        ),
        (
            "p.phone <> '' and p.language = 'sv' and (select count(*) from person o "
            "where o.organization_id = $1 and o.household_id = h.id) >= 2"
        ),
    ),
    "last result": (
        {"type": "last_result", "results": ["not_home", "come_back"]},
        STATE_OF.format(" and s.last_result in ('not_home', 'come_back')"),
    ),
    "never contacted": (UNTOUCHED, "not " + STATE_OF.format(" and s.contacts_count > 0")),
    "tried at most once": (
        {"type": "tried", "at_most": 1},
        (
            "coalesce((select sum(s.attempts_count) from door_state s "
            "where s.organization_id = $1 and s.door_id = d.id), 0) <= 1"
        ),
    ),
    "tried since": (
        {"type": "tried", "at_least": 1, "since": "2026-10-01"},
        (
            "exists (select from contact_event e where e.organization_id = $1 and e.door_id = d.id "
            "and e.kind = 'attempt' and e.occurred_at >= '2026-10-01')"
        ),
    ),
    "tried twice since": (
        {"type": "tried", "at_least": 2, "since": "2026-09-25"},
        (
            "(select count(*) from contact_event e where e.organization_id = $1 "
            "and e.door_id = d.id and e.kind = 'attempt' and e.occurred_at >= '2026-09-25') >= 2"
        ),
    ),
    "last contact": (
        {"type": "last_contact", "before": "2026-10-01"},
        (
            "(select max(e.occurred_at) from contact_event e where e.organization_id = $1 "
            "and e.door_id = d.id and e.kind = 'attempt' "
            "and e.payload ->> 'result' in ('canvassed', 'refused')) < '2026-10-01'"
        ),
    ),
    "scale answer": (
        {"type": "answered", "question": "support", "test": test("at_least", 4)},
        ANSWERED.format("support", ">= '4'"),
    ),
    "answer": (
        {"type": "answered", "question": "issue", "test": test("is", "rent")},
        ANSWERED.format("issue", "= 'rent'"),
    ),
    "drawn box": (
        {"type": "inside", "area": BOX},
        "polygon '((24.1,60.05),(24.2,60.05),(24.2,60.2),(24.1,60.2))' @> point(a.lon, a.lat)",
    ),
    "drawn area of 2,000 corners": (
        group("all_of", {"type": "inside", "area": circle(2000)}, DEMOCRATS),
        None,
    ),
    "the same area alone": ({"type": "inside", "area": circle(2000)}, None),
    "within 3 km": ({"type": "near", "lon": 24.15, "lat": 60.15, "within_m": 3000}, None),
    "a whole campaign's choice": (
        group(
            "all_of",
            UNTOUCHED,
            group("any_of", DEMOCRATS, has("support_score", "at_least", 80), TAGGED),
            group("none_of", place("city", "is", "City 1"), age(90, 120)),
        ),
        "not " + STATE_OF.format(" and s.contacts_count > 0") + " and (p.attributes ->> 'party' "
        "= 'D' or (p.attributes ->> 'support_score')::float8 >= 80 "
        "or 'volunteer' = any(p.tags || d.tags)) "
        f"and not coalesce(a.city = 'City 1' or {AGE.format(90, 120)}, false)",
    ),
    "nested": ({}, f"p.attributes ->> 'party' = 'D' and {AGE.format(18, 34)}"),
}


async def furnish(pool: Pool, owner_url: str) -> tuple[UUID, dict[str, float]]:
    """An organization of so many people, and how many seconds each table took."""
    async with signin_transaction(pool) as db:
        organization_id = await accounts.create_organization(db, f"b{new_id().hex}", "Bench")
        campaign = await accounts.start_campaign(db, organization_id, "Bench")
        member = await accounts.add_member(db, organization_id, "Bench", [Role.ORGANIZER])
        device_id = new_id()
    async with organization_transaction(pool, organization_id) as db:
        await db.execute(
            """
            insert into device (organization_id, id, member_id, name, expires_at)
            values ($1, $2, $3, 'Bench', now() + interval '1 day')
            """,
            organization_id, device_id, member.id,
        )  # fmt: skip
        script = await surveys.create_script(
            db,
            member.id,
            organization_id,
            campaign.id,
            msgspec.convert(
                {"name": "Bench", "introduction": "", "questions": QUESTIONS}, ScriptCreate
            ),
        )
        held = await turfs.create_pass(
            db, organization_id, PassCreate(campaign_id=campaign.id, name="Bench")
        )
        for key, kind in KINDS.items():
            await db.execute(
                "insert into attribute (organization_id, key, label, kind) values ($1, $2, $2, $3)",
                organization_id, key, kind,
            )  # fmt: skip
    owner = await asyncpg.connect(owner_url)
    took: dict[str, float] = {}
    for name, statement in FILL.items():
        begun = perf_counter()
        await owner.execute(statement, organization_id, DOORS, timeout=900)
        took[name] = perf_counter() - begun
    await owner.execute(EVENTS, organization_id, DOORS, held.id, member.id, device_id)
    await owner.execute(STATES, organization_id)
    await owner.execute(ANSWERS, organization_id, script.script_id)
    await owner.execute(MARKS, organization_id, DOORS)
    await owner.execute("vacuum analyze", timeout=900)
    await owner.close()
    caller = Caller(
        organization_id=organization_id,
        member_id=member.id,
        device_id=device_id,
        roles=frozenset({Role.ORGANIZER}),
    )
    async with organization_transaction(pool, organization_id) as db:
        inner = await service.create(
            db, caller, UniverseCreate(name="Young", expression=expression(age(18, 34)))
        )
    nested = group("all_of", {"type": "in_universe", "universe_id": str(inner.id)}, DEMOCRATS)
    CASES["nested"] = (nested, CASES["nested"][1])
    return organization_id, took


def expression(of: dict[str, object]) -> Expression:
    """The expression that JSON stands for."""
    return msgspec.convert(of, Expression, strict=False)


async def count_plainly(
    pool: Pool, organization_id: UUID, condition: str, wanted: tuple[int, ...]
) -> float:
    """Milliseconds that plain SQL takes to find the same; the limit if it takes longer."""
    async with organization_transaction(pool, organization_id) as db:
        begun = perf_counter()
        try:
            row = await db.fetchrow(NAIVE.format(condition), organization_id, timeout=PLAIN_LIMIT_S)
        except TimeoutError:
            return PLAIN_LIMIT_S * 1e3
        took_ms = (perf_counter() - begun) * 1e3
    assert row is not None
    assert tuple(row) == wanted, (condition, tuple(row), wanted)
    return took_ms


async def measure(pool: Pool, owner_url: str) -> None:
    """Fill, make the columns, count in turns, and count once more the plain way."""
    organization_id, took = await furnish(pool, owner_url)
    print(f"{PEOPLE:,} people, {DOORS:,} doors; filling: {sum(took.values()):.1f} s")
    begun = perf_counter()
    async with organization_transaction(pool, organization_id) as db:
        await service.refresh(db, organization_id)
    print(f"columns made of everything: {perf_counter() - begun:.1f} s")
    begun = perf_counter()
    async with organization_transaction(pool, organization_id) as db:
        await db.execute(
            "update person set phone = null where organization_id = $1 and external_id = 'p1'",
            organization_id,
        )
        await service.refresh(db, organization_id)
    print(f"columns made anew after one change: {(perf_counter() - begun) * 1e3:.0f} ms\n")
    ours: dict[str, list[float]] = {name: [] for name in CASES}
    found: dict[str, tuple[int, ...]] = {}
    for number, (name, (asked, _)) in itertools.product(range(ROUNDS + 1), CASES.items()):
        begun = perf_counter()
        async with organization_transaction(pool, organization_id) as db:
            counted = await service.counted(db, organization_id, expression(asked))
        if number:
            ours[name].append((perf_counter() - begun) * 1e3)
        found[name] = (
            counted.people_count, counted.households_count, counted.doors_count,
            counted.left_out_count,
        )  # fmt: skip
    plain: list[float] = []
    for name, (_, condition) in CASES.items():
        times = sorted(ours[name])
        line = f"{name:30} {found[name][0]:8,} people  ours {times[len(times) // 2]:5.0f} ms"
        if condition:
            took_ms = await count_plainly(pool, organization_id, condition, found[name])
            plain.append(took_ms)
            line += f"   plain SQL {took_ms:6.0f} ms"
        print(line)
    every = sorted(itertools.chain.from_iterable(ours.values()))
    p95 = every[int(len(every) * 0.95)]
    samples = {
        "a count": [one / 1e3 for one in every],
        "the same in plain SQL": [one / 1e3 for one in plain],
    }
    report("universe_ms_p95", p95, GOAL_MS, samples)


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        embedded.running(Path(folder)) as server,
    ):
        migrations.migrate(server.url(), MIGRATIONS)

        async def run() -> None:
            async with await open_pool(server.url(), connections=2) as pool:
                await measure(pool, server.url(user="postgres"))

        asyncio.run(run())
