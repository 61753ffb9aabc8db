import datetime as dt

import pytest
from rights_field import all_reports, make_subject

from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
ASKED = {"wording": "May we write to you?"}


async def record(tenant, person_id, status=201, **wanted):
    coordinator = await tenant.coordinator()
    done = await coordinator.post(f"/people/{person_id}/consents", json=wanted)
    assert done.status_code == status, done.text
    return done.json()


async def withdraw(tenant, consent_id, how="phone"):
    organizer = await tenant.organizer()
    path = f"/consents/{consent_id}/withdrawal"
    return await organizer.post(path, json={"withdrawn_how": how})


async def allows(tenant, person_id, purpose, channel, at=None):
    async with tenant.transaction() as db:
        return await db.fetchval(
            "select consents_to($1, $2, $3, $4, $5)",
            tenant.id, person_id, purpose, channel, at or dt.datetime.now(dt.UTC),
        )  # fmt: skip


@pytest.fixture
async def subject(tenant):
    return await make_subject(tenant)


async def test_a_consent_says_who_asked_how_and_until_when(tenant, subject):
    made = await record(
        tenant, subject.id, purpose="news", channel="email", captured_how="event",
        given_at="2026-01-31T12:00:00Z", **ASKED,
    )  # fmt: skip
    assert made["expires_at"] == "2027-01-31T12:00:00Z"
    assert made["recorded_by"] == str(tenant.member_ids[Role.COORDINATOR])
    listed = await (await tenant.coordinator()).get(f"/people/{subject.id}/consents")
    assert made in listed.json()


async def test_the_organization_says_how_long_consents_hold(tenant, subject):
    owner = await tenant.owner()
    changed = await owner.patch("/organization", json={"consent_months": 3})
    assert changed.json()["consent_months"] == 3
    made = await record(
        tenant, subject.id, purpose="news", given_at="2026-01-31T12:00:00Z", **ASKED
    )
    assert made["expires_at"] == "2026-04-30T12:00:00Z"
    refused = await owner.patch("/organization", json={"consent_months": 25})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "wording"),
        ({"wording_version": 7}, "wording_version"),
        (ASKED | {"given_at": (NOW + dt.timedelta(hours=1)).isoformat()}, "given_at"),
        (ASKED | {"expires_at": (NOW + dt.timedelta(days=800)).isoformat()}, "expires_at"),
        (ASKED | {"expires_at": (NOW - dt.timedelta(days=1)).isoformat()}, "expires_at"),
        (ASKED | {"purpose": "opinion_record", "basis": "legitimate_interest"}, "basis"),
    ],
)
async def test_an_impossible_consent_is_refused_by_field(tenant, subject, wanted, field):
    answer = await record(tenant, subject.id, status=422, **{"purpose": "news"} | wanted)
    assert [one["field"] for one in answer["errors"]] == [field]


async def test_wordings_have_versions_that_consents_name(tenant, subject):
    organizer = await tenant.organizer()
    for text in ("May we?", "May we write to you once a month?"):
        made = await organizer.post("/consent-wordings", json={"purpose": "news", "text": text})
        assert made.status_code == 201, made.text
    other = await organizer.post("/consent-wordings", json={"purpose": "events", "text": "Come?"})
    assert other.json()["version"] == 1
    listed = (await organizer.get("/consent-wordings")).json()
    assert [(one["purpose"], one["version"]) for one in listed] == [
        ("events", 1), ("news", 2), ("news", 1),
    ]  # fmt: skip
    made = await record(tenant, subject.id, purpose="news", wording_version=2)
    assert (made["wording"], made["wording_version"]) == ("May we write to you once a month?", 2)


async def test_a_consent_counts_for_its_purpose_channel_and_time_alone(tenant, subject):
    given, ends = NOW - dt.timedelta(days=2), NOW + dt.timedelta(days=2)
    await record(
        tenant, subject.id, purpose="news", channel="sms", given_at=given.isoformat(),
        expires_at=ends.isoformat(), **ASKED,
    )  # fmt: skip
    await record(tenant, subject.id, purpose="events", **ASKED)
    instant = dt.timedelta(microseconds=1)
    for purpose, channel, at, expected in (
        ("news", "sms", NOW, True),
        ("news", None, NOW, True),
        ("news", "email", NOW, False),
        ("follow_up", "sms", NOW, False),
        ("news", "sms", given - instant, False),
        ("news", "sms", given, True),
        ("news", "sms", ends - instant, True),
        ("news", "sms", ends, False),
        ("events", "post", None, True),
    ):
        assert await allows(tenant, subject.id, purpose, channel, at) is expected, (channel, at)


async def test_taking_one_back_takes_back_all_of_its_purpose(tenant, subject):
    first = await record(tenant, subject.id, purpose="news", **ASKED)
    await record(tenant, subject.id, purpose="news", channel="sms", **ASKED)
    await record(tenant, subject.id, purpose="events", **ASKED)
    done = (await withdraw(tenant, first["id"])).json()
    assert done["withdrawn_at"] is not None
    assert (done["withdrawn_how"], done["withdrawn_by"]) == (
        "phone", str(tenant.member_ids[Role.ORGANIZER]),
    )  # fmt: skip
    assert not await allows(tenant, subject.id, "news", "sms")
    assert await allows(tenant, subject.id, "events", None)
    assert (await withdraw(tenant, first["id"])).status_code == 409


async def test_taking_back_one_channel_leaves_the_others(tenant, subject):
    first = await record(tenant, subject.id, purpose="news", channel="sms", **ASKED)
    await record(tenant, subject.id, purpose="news", channel="email", **ASKED)
    await withdraw(tenant, first["id"])
    assert not await allows(tenant, subject.id, "news", "sms")
    assert await allows(tenant, subject.id, "news", "email")


async def opinions(tenant):
    async with tenant.transaction() as db:
        return await db.fetchval("select count(*) from survey_answer where sensitive")


async def test_an_opinion_taken_back_is_forgotten_and_still_counted(tenant, subject):
    before = await all_reports(subject)
    listed = await (await tenant.coordinator()).get(f"/people/{subject.id}/consents")
    opinion = next(one for one in listed.json() if one["purpose"] == "opinion_record")
    assert await opinions(tenant) == 2
    assert (await withdraw(tenant, opinion["id"])).status_code == 201
    assert await opinions(tenant) == 0
    assert await all_reports(subject) == before
    query = {"action": "consent.withdrawn"}
    log = (await (await tenant.owner()).get("/audit", params=query)).json()
    assert len(log[0]["ids"]) == 2, "each opinion came with a consent of its own"


async def test_an_opinion_past_its_consent_counts_no_more_unless_renewed(tenant, subject):
    async with tenant.transaction() as db:
        await db.execute(
            "update consent set given_at = now() - interval '2 years',"
            " expires_at = now() - interval '1 day'"
        )
    _, counts = await all_reports(subject)
    assert "support" not in {one[0] for one in counts}
    await record(tenant, subject.id, purpose="opinion_record", **ASKED)
    _, counts = await all_reports(subject)
    assert ("support", 5, 1) in counts


async def test_nobody_has_no_consents(tenant):
    coordinator = await tenant.coordinator()
    assert (await coordinator.get(f"/people/{new_id()}/consents")).status_code == 404
    await record(tenant, new_id(), status=404, purpose="news", **ASKED)
