"""What tests of mailings need: a village of mixed consents, templates, a worker, and its mail."""

import contextlib

import msgspec
from mail_server import mail_server

from doorstep.kit.auth import Role
from doorstep.letters.sending import Letters
from doorstep.mailings.service import LETTERS

EVERYBODY = {"type": "place", "field": "street", "test": {"op": "known"}}
ENGLISH = {
    "language": "en",
    "subject": "News for {{given_name|you}}",
    "body": "Dear {{salutation|friend}},\n\nyou told {{listened_by|our volunteer}} of "
    "{{concern|what matters}}: {{what_was_done|we are at it}}.\n\n"
    "See https://example.org/r/abc?x=1&y=2\n\n{{sender|We}} of {{organization|the group}}",
}
FINNISH = {
    "language": "fi",
    "subject": "Uutisia",
    "body": "Hei {{given_name|ystävä}}, {{street|katusi}} {{event_title|-}} {{event_time|-}}",
}


async def post(client, path, status=201, **body):
    answer = await client.post(path, json=body)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    return answer.json()


async def make_village(tenant, people):
    """People in a street, the i-th called Canaria Feathers{i}; each in a home of their own."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            with kept as (
              insert into building (organization_id, id) values ($1, gen_random_uuid())
              returning id
            ),
            places as (
              insert into address
                (organization_id, id, building_id, external_id, street, house_number, lon, lat)
              select $1, gen_random_uuid(), kept.id, 'v/' || i, 'Canary Lane', i::text, 24.9, 60.2
                from kept, generate_series(1, $2) i
              returning id, house_number
            ),
            doors as (
              insert into door (organization_id, id, address_id, unit, unit_key)
              select $1, gen_random_uuid(), id, house_number, house_number from places
              returning id, unit
            ),
            homes as (
              insert into household (organization_id, id, door_id)
              select $1, id, id from doors
              returning id
            )
            insert into person
              (organization_id, id, household_id, given_name, family_name, email, language)
            select $1, gen_random_uuid(), h.id, 'Canaria', 'Feathers' || d.unit,
                   'canary' || d.unit || '@example.org', 'en'
              from homes h join doors d on d.id = h.id
            """,
            tenant.id,
            people,
        )
        rows = await db.fetch(
            """
            select id from person where organization_id = $1
             order by substring(family_name from 9)::int
            """,
            tenant.id,
        )
    # So many new rows at once: the planner would take the tables for empty until it looks again.
    async with tenant.world.pool.acquire() as db:
        await db.execute("analyze building, address, door, household, person")
    return [row["id"] for row in rows]


async def agree(tenant, person_ids, purpose="news", channel="email", *, from_days=-1, to_days=100):
    """Consents that hold from so many days from now until so many."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into consent
              (organization_id, id, door_id, person_id, purpose, channel, basis, wording, given_at,
               expires_at)
            select $1, gen_random_uuid(), household_id, id, $3, $4, 'explicit', 'May we?',
                   now() + make_interval(days => $5), now() + make_interval(days => $6)
              from person
             where organization_id = $1 and id = any($2)
            """,
            tenant.id,
            person_ids,
            purpose,
            channel,
            from_days,
            to_days,
        )


async def universe(tenant, expression=EVERYBODY, name="Everybody"):
    made = await post(await tenant.organizer(), "/universes", name=name, expression=expression)
    return made["id"]


async def template(tenant, *texts, name="News"):
    made = await post(
        await tenant.organizer(), "/letter-templates", name=name, texts=texts or [ENGLISH]
    )  # fmt: skip
    return made["id"]


async def draft(tenant, **more):
    """A mailing of news to everybody."""
    body = {"title": "News", "purpose": "news", "per_minute": 1000, **more}
    body["template_id"] = body.get("template_id") or await template(tenant)
    body["segment"] = body.get("segment") or {"universe_id": await universe(tenant)}
    return await post(await tenant.organizer(), "/mailings", **body)


async def preview(tenant, mailing):
    return await post(await tenant.organizer(), f"/mailings/{mailing['id']}/preview", 200)


async def approve(client, mailing, status=200, **more):
    body = {"revision": mailing["revision"], **more}
    return await post(client, f"/mailings/{mailing['id']}/approval", status, **body)


async def sent_off(tenant, **more):
    """A mailing that was previewed and approved by its author."""
    mailing = await draft(tenant, **more)
    await preview(tenant, mailing)
    return await approve(await tenant.organizer(), mailing)


async def second_organizer(tenant):
    return (await tenant.member(Role.ORGANIZER))[1]


async def figures(tenant, mailing):
    """(state, why) → how many."""
    answer = await (await tenant.organizer()).get(f"/mailings/{mailing['id']}/figures")
    assert answer.status_code == 200, answer.text
    return {(one["state"], one["why"]): one["count"] for one in answer.json()["figures"]}


async def standing(tenant, mailing):
    answer = await (await tenant.organizer()).get(f"/mailings/{mailing['id']}")
    return answer.json()["status"]


@contextlib.asynccontextmanager
async def post_office(tenant, settings):
    """A mail server, and a worker to run that sends to it."""
    async with mail_server() as server:
        letters = Letters(
            msgspec.structs.replace(settings, smtp_url=server.url),
            tenant.world.keyring,
            LETTERS,
        )

        async def deliver():
            await letters.send(tenant.world.pool, tenant.id)

        yield server, deliver


def plain(message):
    return message.get_body(("plain",)).get_content()
