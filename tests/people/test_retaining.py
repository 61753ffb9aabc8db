import datetime as dt

import asyncpg
import pytest
from rights_field import all_reports, columns_with, make_subject

from doorstep.kit.ids import new_id

AGED = {
    "contact_event": ("occurred_at", "received_at"),
    "event_conflict": ("received_at",),
    "person": ("created_at", "changed_at"),
    "consent": ("given_at", "expires_at"),
    "import_run": ("created_at",),
}
KINDS = (
    "note_text", "answer_identified", "consent_expired", "import_file", "issue_text",
    "person_unseen",
)  # fmt: skip


@pytest.fixture
async def subject(tenant, server):
    """Everything about this one is two and a half years old."""
    made = await make_subject(tenant)
    superuser = await asyncpg.connect(server.url(user="postgres"))
    for table, columns in AGED.items():
        older = ", ".join(f"{name} = {name} - interval '30 months'" for name in columns)
        await superuser.execute(
            f"update {table} set {older} where organization_id = $1",  # noqa: S608
            tenant.id,
        )
    await superuser.close()
    return made


async def set_rules(tenant, **months):
    rules = [{"kind": kind, "months": count} for kind, count in months.items()]
    done = await (await tenant.owner()).put("/retention", json={"rules": rules})
    assert done.status_code == 200, done.text
    return {one["kind"]: one["months"] for one in done.json()}


async def run(tenant, *, dry_run=False):
    done = await (await tenant.owner()).post("/retention/run", json={"dry_run": dry_run})
    assert done.status_code == 200, done.text
    return {one["kind"]: one["count"] for one in done.json()}


async def test_nothing_goes_until_an_owner_says_so(tenant, subject):
    before = await columns_with(subject)
    shown = (await (await tenant.organizer()).get("/retention")).json()
    assert [(one["kind"], one["months"]) for one in shown] == [(kind, None) for kind in KINDS]
    assert await run(tenant) == {}
    assert await columns_with(subject) == before


async def test_rules_are_set_and_taken_away_one_by_one(tenant):
    assert (await set_rules(tenant, note_text=6, import_file=1))["note_text"] == 6
    changed = await set_rules(tenant, note_text=None)
    assert (changed["note_text"], changed["import_file"]) == (None, 1)
    refused = await (await tenant.owner()).put(
        "/retention", json={"rules": [{"kind": "note_text", "months": 0}]}
    )
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("kind", "count", "gone"),
    [
        ("note_text", 4, {"event_conflict.payload", "contact_event.payload",
                          "contact_event.review_reason"}),
        ("answer_identified", 6, {"survey_answer.value"}),
        ("consent_expired", 2, set()),
        ("import_file", 1, {"import_change.before", "import_reject.reason",
                            "import_reject.remedy", "import_run.preview"}),
    ],
)  # fmt: skip
async def test_a_rule_forgets_its_kind_and_nothing_else(tenant, subject, kind, count, gone):
    before, reports = await columns_with(subject), await all_reports(subject)
    await set_rules(tenant, **{kind: 24})
    if kind == "consent_expired":
        await set_rules(tenant, consent_expired=12)
    assert await run(tenant, dry_run=True) == {kind: count}
    assert await columns_with(subject) == before, "a dry run forgets nothing"
    assert await run(tenant) == {kind: count}
    assert before - await columns_with(subject) == gone
    shown, counts = await all_reports(subject)
    assert shown == reports[0]
    assert sum(one[2] for one in counts) == sum(one[2] for one in reports[1])
    assert await run(tenant) == {kind: 0}, "what is forgotten is not forgotten again"


async def test_people_not_seen_for_long_are_forgotten_and_may_come_again(tenant, subject):
    reports = await all_reports(subject)
    await set_rules(tenant, person_unseen=24)
    # The two other houses and the neighbour, too.
    assert await run(tenant, dry_run=True) == {"person_unseen": 4}
    assert await run(tenant) == {"person_unseen": 4}
    assert await columns_with(subject) == set()
    assert (await all_reports(subject))[0] == reports[0]
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from suppression") == 0
    assert await run(tenant) == {"person_unseen": 0}


@pytest.mark.parametrize("seen", ["knock", "import", "consent"])
async def test_whoever_was_met_since_is_kept(tenant, subject, seen):
    async with tenant.transaction() as db:
        if seen == "knock":
            await db.execute(
                "update contact_event set occurred_at = now() where person_id = $1", subject.id
            )
        elif seen == "import":
            await db.execute("update person set changed_at = now() where id = $1", subject.id)
        else:
            await db.execute(
                """
                insert into consent
                  (organization_id, id, door_id, person_id, purpose, basis, given_at)
                values ($1, $2, $3, $4, 'news', 'explicit', $5)
                """,
                tenant.id, new_id(), subject.door_id, subject.id, dt.datetime.now(dt.UTC),
            )  # fmt: skip
    await set_rules(tenant, person_unseen=24)
    await run(tenant)
    async with tenant.transaction() as db:
        assert await db.fetchval("select erased_at from person where id = $1", subject.id) is None


async def test_all_rules_run_together_and_are_noted(tenant, subject):
    await set_rules(tenant, **dict.fromkeys(KINDS, 12))
    counts = await run(tenant)
    assert list(counts) == list(KINDS)
    assert await columns_with(subject) <= {"import_run.failure"}
    log = (await (await tenant.owner()).get("/audit", params={"action": "retention.run"})).json()
    assert len(log) == 1
