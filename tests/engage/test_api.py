"""Commitments and decisions as staff write them."""

from itertools import product

import asyncpg
import pytest
from engage.promising import EVIDENCE, decision, make_commitment, post, public, published, update
from makers import make_street

from doorstep.accounts import auditing
from doorstep.engage import service
from doorstep.engage.model import EVIDENCED, MOVES, CommitmentCreate, Source, Status
from doorstep.kit.ids import new_id

WAYS = {
    "draft": [], "published": ["published"], "in_progress": ["published", "in_progress"],
    "stalled": ["published", "in_progress", "stalled"], "kept": ["published", "kept"],
    "partly_kept": ["published", "partly_kept"], "not_kept": ["published", "not_kept"],
    "withdrawn": ["published", "withdrawn"],
}  # fmt: skip


@pytest.mark.parametrize(("status", "to"), list(product(WAYS, WAYS)))
async def test_a_commitment_goes_where_its_states_allow_and_nowhere_else(tenant, status, to):
    made = await make_commitment(tenant)
    for step in WAYS[status]:
        await update(tenant, made, step, evidence=EVIDENCE)
    allowed = Status(to) in MOVES[Status(status)]
    if status == to != "draft":
        # To stay where it is with a reason is to tell of progress.
        assert (await update(tenant, made, to))["updates"][-1]["kind"] == "note"
        return
    answer = await update(tenant, made, to, 201 if allowed else 422, evidence=EVIDENCE)
    if not allowed:
        assert answer["errors"][0]["field"] == "to"
    found = (await (await tenant.organizer()).get(f"/commitments/{made}")).json()
    assert found["status"] == (to if allowed else status)


@pytest.mark.parametrize("body", [{"to": "published"}, {"to": "published", "reason": "  "}])
async def test_a_change_without_a_reason_is_refused(tenant, body):
    made = await make_commitment(tenant)
    await post(await tenant.organizer(), f"/commitments/{made}/updates", 400, **body)
    assert (await public(tenant, "commitments.json")).json()["commitments"] == []


@pytest.mark.parametrize("to", sorted(EVIDENCED))
async def test_kept_needs_evidence(tenant, to):
    made = await published(tenant)
    refused = await update(tenant, made, to, 422)
    assert refused["errors"][0]["field"] == "evidence"
    await update(tenant, made, to, evidence=EVIDENCE)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example/x", "https://", "//a/b",
            'https://a.example/"onclick="x', "https://a.example/ b"],
)  # fmt: skip
async def test_evidence_is_a_page_on_the_web(tenant, url):
    made = await published(tenant)
    await update(tenant, made, "kept", 400, evidence=[{"label": "x", "url": url}])


async def test_an_update_is_put_right_by_another_and_stays(tenant):
    made = await published(tenant)
    await update(tenant, made, "kept", evidence=EVIDENCE, reason="All lamps shine.")
    await update(tenant, made, "in_progress", 422, reason="Not all")
    await update(tenant, made, None, 422, corrects=9)
    found = await update(tenant, made, "in_progress", corrects=2, reason="Two are dark.")
    assert found["status"] == "in_progress"
    assert [(one["number"], one["kind"], one["corrects"]) for one in found["updates"]] == [
        (1, "move", None), (2, "move", None), (3, "correction", 2),
    ]  # fmt: skip
    assert found["updates"][1]["reason"] == "All lamps shine."
    await update(tenant, made, "draft", 422, corrects=1)


@pytest.mark.parametrize("deed", ["update {} set reason = 'x'", "delete from {}"])
@pytest.mark.parametrize("table", ["commitment_update", "decision"])
async def test_the_ledger_is_only_added_to(tenant, table, deed):
    made = await published(tenant)
    await post(await tenant.organizer(), "/public-decisions", **decision(commitment_id=made))
    statement = deed.format(table).replace(
        "reason =", "reasons =" if table == "decision" else "reason ="
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tenant.transaction() as db:
            await db.execute(statement)


async def test_words_of_a_draft_change_freely_and_of_what_is_published_with_a_reason(tenant):
    made, organizer = await make_commitment(tenant, due_on="2027-03-01"), await tenant.organizer()
    path = f"/commitments/{made}"
    assert (await organizer.patch(path, json={"title": "More lamps"})).json()["updates"] == []
    await update(tenant, made, "published")
    refused = await organizer.patch(path, json={"due_on": None})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "reason"
    changed = await organizer.patch(path, json={"due_on": "2027-05-01", "reason": "Snow"})
    last = changed.json()["updates"][-1]
    assert (last["kind"], last["reason"]) == ("correction", "Snow")
    assert last["changed"] == {"due_on": ["2027-03-01", "2027-05-01"]}
    same = await organizer.patch(path, json={"due_on": "2027-05-01", "reason": "Snow"})
    assert len(same.json()["updates"]) == 2


async def test_of_one_source_there_is_one_commitment(tenant):
    organizer = await tenant.organizer()
    assert organizer
    source_id, wanted = new_id(), CommitmentCreate(title="Bench", text="A bench.")
    async with tenant.transaction() as db:
        made = [
            await service.commit(
                db, tenant.id, None, wanted, source=Source.BUDGET, source_id=source_id,
                publish_because="Funded in the round of 2026.",
            )
            for _ in range(2)
        ]  # fmt: skip
    assert made[0] == made[1]
    assert (made[0].status, made[0].source) == ("published", "budget")


async def test_equal_titles_have_addresses_of_their_own(tenant):
    organizer = await tenant.organizer()
    slugs = []
    for title in ("Große Äpfel!", "Große Äpfel!", "Grosse Apfel", "日本", "x" * 200):
        made = await make_commitment(tenant, title)
        slugs.append((await organizer.get(f"/commitments/{made}")).json()["slug"])
    assert slugs == ["groe-apfel", "groe-apfel-2", "grosse-apfel", "untitled", "x" * 60]


async def test_a_decision_names_its_choice_and_is_replaced_once(tenant):
    organizer = await tenant.organizer()
    refused = await post(organizer, "/public-decisions", 422, **decision(choice="West Street"))
    assert refused["errors"][0]["field"] == "choice"
    first = await post(organizer, "/public-decisions", **decision())
    newer = decision(choice="South Street", supersedes_id=first["id"])
    second = await post(organizer, "/public-decisions", **newer)
    assert second["supersedes"] == first["slug"]
    found = (await organizer.get(f"/public-decisions/{first['id']}")).json()
    assert found["superseded_by"] == second["slug"]
    again = await post(organizer, "/public-decisions", 409, **newer)
    assert again["errors"][0]["field"] == "supersedes_id"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("Ask {name} about it", "names somebody"),
        ("Ask {NAME} about it", "names somebody"),
        ("Write to canary@example.org", "e-mail address"),
        ("Call +1 (555) 010-0199 at noon", "phone number"),
    ],
)
async def test_words_that_name_somebody_on_the_lists_are_refused(tenant, said, what):
    street, organizer = await make_street(tenant, houses=2), await tenant.organizer()
    person = (await organizer.get(f"/people/{street.person_ids[1]}")).json()
    name = f"{person['given_name']} {person['family_name']}"
    text = said.format(name=name, NAME=name.upper())
    made = await published(tenant, "Lamps")
    for refused in (
        await post(organizer, "/commitments", 422, title="Lamps", text=text),
        await update(tenant, made, "stalled", 422, reason=text),
        await post(organizer, "/public-decisions", 422, **decision(reasons=text)),
        (await organizer.patch(f"/commitments/{made}", json={"text": text, "reason": "x"})).json(),
    ):
        assert what in refused["detail"]
        assert person["given_name"] not in refused["detail"]
    status = 201 if what.startswith("names") else 422
    public_one = {"title": "Mayor", "text": text, "named_in_public": True}
    await post(organizer, "/commitments", status, **public_one)


async def test_every_write_is_sealed_in_the_audit_log_and_an_altered_row_is_found(tenant, world):
    made = await published(tenant)
    await post(await tenant.organizer(), "/public-decisions", **decision())
    async with tenant.transaction() as db:
        actions = {one.action for one in await auditing.entries(db, tenant.id, None, made, 9, 0)}
        assert actions == {"commitment.drafted", "commitment.published"}
        assert await auditing.verify(db, tenant.id) is None
        entry = (await auditing.entries(db, tenant.id, "commitment.published", None, 1, 0))[0]
    async with world.pool.acquire() as owner, owner.transaction():
        await owner.execute("alter table audit_entry disable trigger user")
        await owner.execute("alter table audit_entry no force row level security")
        await owner.execute(
            """
            update audit_entry set action = 'commitment.kept'
             where organization_id = $1 and seq = $2
            """,
            tenant.id,
            entry.seq,
        )
        await owner.execute("alter table audit_entry force row level security")
        await owner.execute("alter table audit_entry enable trigger user")
    async with tenant.transaction() as db:
        assert await auditing.verify(db, tenant.id) == entry.seq
