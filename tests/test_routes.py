"""Every route of the OpenAPI file: who is let in, and that nobody reaches another's things."""

import re

import pytest
from makers import make_tenant
from samples import CSV, SAMPLES, absent, make_whole, operations, schema, snapshot

from doorstep.kit.auth import EVERYONE, Role
from doorstep.kit.problems import PROBLEM_JSON

every = pytest.mark.parametrize("operation", operations(), ids=lambda one: one.id)
closed = pytest.mark.parametrize(
    "operation", [one for one in operations() if one.roles], ids=lambda one: one.id
)
KINDS = {
    "crew", "crew_proposal", "crew_rule", "guest", "letter", "correction",
    "round", "round_slug", "proposal", "share_link", "post", "post_target",
    "notification", "broadcast",
    "case", "case_notice", "commitment", "issue_topic", "other_case", "public_decision",
    "barrier", "batch", "boundary", "building", "campaign", "caseworker", "cut", "earlier_pass",
    "other_turf", "step", "hook", "hook_delivery", "code", "code_request", "consent", "decision",
    "device", "door", "event", "feature", "file", "import", "invite", "mapping", "mark", "match",
    "attendance", "office_slot", "ticket",
    "place", "civic_event", "event_slug", "organization_slug", "shift", "signup", "feed_token",
    "training_track", "training_step", "buddy_pair",
    "other_member", "member", "pass", "person", "script", "sheet_code", "suppression", "turf",
    "universe", "web_survey", "statement_topic", "letter_template", "mailing",
}  # fmt: skip
# How far a job or round has to be. The crew that is proposed is out: nobody is sent out twice.
JOBS = {
    "propose": "update budget_round set status = 'collecting', voter_key = null",
    "cancelCut": "update turf_cut set state = 'running'",
    "followUpEvent": "update civic_event set status = 'held'",
    "undoEventCheckIn": "update attendance set state = 'attended', checked_in_at = now()",
    "acceptCrewProposal": "with out as (delete from proposed_crew)"
    " update crew_proposal set state = 'done'",
}
# What cannot work in a test, and says what to mend.
MENDED = {"tryMailing": "DOORSTEP_SMTP_URL"}
# Reads for which something has to happen first.
PREPARED = {"getBudgetResult", "downloadBallots"}
# Where the OpenAPI file names an id otherwise than by its kind.
NAMES = {
    "nids": "notification",
    "contact_event_id": "event",
    "into_case_id": "other_case",
    "item_id": "public_decision",
    "owner_id": "caseworker",
    "owner_member_id": "caseworker",
    "supersedes_id": "public_decision",
    "topic_id": "issue_topic",
    "door_ids": "door",
    "recut_of": "earlier_pass",
    "event_ids": "event",
    "commitment_ids": "commitment",
    "decision_ids": "public_decision",
    "keep_id": "person",
    "member_ids": "caseworker",
    "other_person_id": "person",
    "request_id": "code_request",
    "place_ids": "place",
    "post_target_ids": "post_target",
    "shift_ids": "shift",
    "target_id": "event",
    "template_id": "letter_template",
    "turf_ids": "turf",
}
OWN_IDS = {"id"}
FIXED = {"version", "number", "collection", "layer", "x", "y", "z"}


@pytest.fixture(scope="module")
async def ours(world):
    return await make_whole(await make_tenant(world))


@pytest.fixture(scope="module")
async def theirs(world):
    return await make_whole(await make_tenant(world))


def is_problem(answer, status):
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith(PROBLEM_JSON)
    assert answer.json()["status"] == status
    return True


def uuid_names(part, seen=()):
    """The names of all ids in a JSON schema."""
    match part:
        case {"$ref": reference} if reference in seen:
            return set()
        case {"$ref": reference}:
            name = reference.rsplit("/", 1)[1]
            return uuid_names(schema()["components"]["schemas"][name], (*seen, reference))
        case {"properties": properties}:
            inner = (uuid_names(about, seen) for about in properties.values())
            own = {n for n, about in properties.items() if '"uuid"' in str(about).replace("'", '"')}
            return own.union(*inner)
        case dict():
            return set().union(*(uuid_names(value, seen) for value in part.values()))
        case list():
            return set().union(*(uuid_names(value, seen) for value in part))
        case _:
            return set()


@every
def test_it_has_a_sample_that_names_all_its_ids(operation):
    about = next(
        about
        for methods in schema()["paths"].values()
        for about in methods.values()
        if about["operationId"] == operation.id
    )
    needs = [one["name"] for one in about.get("parameters", []) if one["in"] == "query"]
    must = [one for one in about.get("parameters", []) if one["in"] == "query" and one["required"]]
    where = f"{operation.id}: add a line for it to SAMPLES in tests/samples.py"
    if must or operation.takes_body:
        assert operation.id in SAMPLES, where
    assert {one["name"] for one in must} <= operation.sample.query.keys(), where
    wanted = {name for name in needs if name.endswith("_id")}
    wanted |= {one["name"] for one in about.get("parameters", []) if one["in"] == "path"}
    wanted |= uuid_names(about.get("requestBody", {})) - OWN_IDS
    kinds = {NAMES.get(name, name.removesuffix("_id")) for name in wanted - FIXED}
    assert kinds <= set(operation.placeholders), f"{where} with the ids {sorted(kinds)}"
    assert kinds <= KINDS, f"{operation.id}: let make_whole make a {sorted(kinds - KINDS)} as well"


def test_no_sample_is_left_over():
    assert SAMPLES.keys() <= {one.id for one in operations()}


@every
async def test_it_says_whom_it_is_open_to_and_means_it(world, ours, operation):
    answer = await operation.send(world.anonymous(), ours.ids)
    if not operation.roles:
        assert operation.security == [{}]
        # Signing in with a wrong code is refused as well, but not for want of a token.
        assert answer.status_code < 500
        assert "Authorization" not in answer.text
        return
    assert operation.security in (None, [{"device": []}])
    assert is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    forged = world.anonymous()
    forged.headers["authorization"] = "Bearer eyJhbGciOiJub25lIn0.e30."
    assert is_problem(await operation.send(forged, ours.ids), 401)


@closed
async def test_other_roles_are_refused(ours, operation):
    before = await snapshot(ours.tenant)
    for role in set(Role) - set(operation.roles):
        client = ours.client(role, operation)
        if not operation.sample.holder:
            assert is_problem(await operation.send(client, ours.ids), 403), role
    assert await snapshot(ours.tenant) == before


def test_refusals_are_tried():
    """All but what is open to everyone: the test above would pass without doing a thing."""
    assert sum(set(one.roles) != set(EVERYONE) for one in operations() if one.roles) > 40


def without_times(answer):
    return re.sub(r'"(received_at|expires_at)":"[^"]+"', "", answer.text)


@closed
async def test_another_organizations_ids_are_as_good_as_none(ours, theirs, operation):
    before = await snapshot(theirs.tenant)
    kinds = operation.placeholders
    for some in [*([kind] for kind in kinds), *([kinds] if len(kinds) > 1 else [])]:
        foreign = ours.ids | {kind: theirs.ids[kind] for kind in some}
        nowhere = ours.ids | {kind: absent(kind) for kind in some}
        for role in operation.roles:
            client = ours.client(role, operation)
            answers = [await operation.send(client, ids) for ids in (nowhere, foreign)]
            assert {one.status_code for one in answers} <= set(operation.sample.unknown), (
                role, some, [one.text for one in answers],
            )  # fmt: skip
            # What came with an issue may arrive later; so a second issue with its id collides.
            if operation.id not in {"sendEvents", "pushRxdb", "raiseIssue"}:
                assert without_times(answers[0]) == without_times(answers[1]), (role, some)
    assert await snapshot(theirs.tenant) == before


@pytest.fixture(scope="module")
async def looked_at(world):
    """An organization of which things are only read."""
    return await make_whole(await make_tenant(world))


@closed
async def test_with_ids_of_ones_own_it_does_its_work(world, looked_at, operation):
    """Without this the test above would pass where nothing is ever found."""
    only_reads = operation.method == "GET" and operation.id not in PREPARED
    fresh = looked_at if only_reads else await make_whole(await make_tenant(world))
    client = fresh.client(operation.roles[0], operation)
    if operation.id in {"publishTurf", "deleteDraftTurf"}:
        organizer = await fresh.tenant.organizer()
        body = {"pass_id": fresh.ids["pass"], "name": "Draft"}
        body["polygon"] = SAMPLES["createTurf"].body["polygon"]
        made = await organizer.post("/turfs", json=body)
        fresh.ids["turf"] = made.json()["id"]
    if operation.id == "undoImport":
        again = await client.post("/imports?file_name=b.csv", content=CSV)
        fresh.ids["import"] = again.json()["id"]
    if operation.id == "cancelImport":
        async with fresh.tenant.transaction() as db:
            await db.execute("update import_run set state = 'running'")
    if operation.id == "importBallots":
        made = await client.post("/budget-rounds", json=SAMPLES["createBudgetRound"].body)
        fresh.ids["round"] = made.json()["id"]
    if operation.id in {"getBudgetResult", "downloadBallots"}:
        organizer = await fresh.tenant.organizer()
        body = SAMPLES["moveBudgetRound"].body
        await organizer.post(f"/budget-rounds/{fresh.ids['round']}/moves", json=body)
    if operation.id in JOBS:
        async with fresh.tenant.transaction() as db:
            await db.execute(JOBS[operation.id])
    if operation.id in {"undoCheckIn", "rateShift", "checkOutSignup"}:
        path = f"/signups/{fresh.ids['signup']}/check-in"
        await (await fresh.tenant.coordinator()).post(path, json={})
    if operation.id == "closeShift":
        async with fresh.tenant.transaction() as db:
            await db.execute("update shift set starts_at = now() - interval '1 hour'")
    if operation.id == "unmergePeople":
        organizer = await fresh.tenant.organizer()
        await organizer.post(f"/matches/{fresh.ids['match']}/merge", json={})
    answer = await operation.send(client, fresh.ids)
    assert answer.is_success or MENDED.get(operation.id, "-") in answer.text, answer.text


@pytest.mark.parametrize("kind", ["turf", "door", "person", "script", "building", "event"])
async def test_events_about_anothers_things_are_kept_without_touching_them(world, theirs, kind):
    before = await snapshot(theirs.tenant)
    ours = await make_whole(await make_tenant(world))
    send = next(one for one in operations() if one.id == "sendEvents")
    told = []
    for other in (theirs.ids[kind], absent(kind)):
        fresh = await make_whole(await make_tenant(world))
        answer = await send.send(fresh.field.volunteer, fresh.ids | {kind: other})
        told.append([(one["outcome"], one["reason"]) for one in answer.json()["results"]])
    assert told[0] == told[1]
    answer = await send.send(ours.field.volunteer, ours.ids)
    mine = [(one["outcome"], one["reason"]) for one in answer.json()["results"]]
    assert [outcome for outcome, _ in mine] == ["accepted"] * 3, mine
    # What undoes an event may come before it, so it is no fault that the event is not there.
    assert kind == "event" or mine != told[0]
    assert await snapshot(theirs.tenant) == before
