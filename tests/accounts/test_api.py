import asyncio
import re

import httpx
import msgspec
import pytest

from doorstep.accounts import api, service
from doorstep.app import create_app
from doorstep.kit.auth import Role
from doorstep.kit.db import signin_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.limits import Limit
from doorstep.kit.proxies import Proxies


async def invite_link_token(client, **wanted):
    answer = await client.post("/invites", json={"name": "Aino Salo", **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()["link"].split("#")[1]


async def code_for_invite(world, token):
    async with signin_transaction(world.pool) as db:
        return await service.start_invite(db, world.keyring, token)


async def joined(world, tenant, email="aino@example.org"):
    """A volunteer who came by invite: their tokens and an anonymous client."""
    token = await invite_link_token(await tenant.coordinator(), email=email)
    sent = await code_for_invite(world, token)
    client = world.anonymous()
    answer = await client.post(
        "/sign-in/sessions",
        json={
            "request_id": str(sent.request.request_id),
            "code": sent.code,
            "device_name": "Phone",
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json(), client


def refresh(client, token, nonce):
    return client.post("/sign-in/refreshes", json={"refresh_token": token, "nonce": nonce})


async def test_a_volunteer_joins_by_invite_and_is_who_they_are(world, tenant):
    tokens, client = await joined(world, tenant)
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    me = (await client.get("/me")).json()
    assert me["member"]["name"] == "Aino Salo"
    assert me["member"]["roles"] == ["volunteer"]
    assert me["organization"]["slug"] == tenant.slug


async def test_an_invite_works_once(world, tenant):
    token = await invite_link_token(await tenant.coordinator(), email="aino@example.org")
    first = await code_for_invite(world, token)
    second = await code_for_invite(world, token)
    client = world.anonymous()
    answers = [
        await client.post(
            "/sign-in/sessions",
            json={
                "request_id": str(sent.request.request_id),
                "code": sent.code,
                "device_name": "Phone",
            },
        )
        for sent in (first, second)
    ]
    assert [answer.status_code for answer in answers] == [201, 401]


async def sign_in_body(world, tenant, **more):
    token = await invite_link_token(await tenant.coordinator(), email="aino@example.org")
    sent = await code_for_invite(world, token)
    body = {"request_id": str(sent.request.request_id), "code": sent.code, "device_name": "Phone"}
    return body | {"nonce": "nonce-one"} | more


async def devices(tenant, email="aino@example.org"):
    async with tenant.transaction() as db:
        return await db.fetchval(
            """
            select count(d.id)
              from member m
              join device d on d.organization_id = m.organization_id and d.member_id = m.id
             where m.organization_id = $1 and m.email = $2
            """,
            tenant.id,
            email,
        )


async def test_a_lost_answer_to_a_sign_in_is_recovered_by_repeating_it(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    lost = (await client.post("/sign-in/sessions", json=body)).json()
    for _ in range(6):
        answer = await client.post("/sign-in/sessions", json=body)
        assert answer.status_code == 201, answer.text
    again = answer.json()
    assert again["device_id"] == lost["device_id"]
    assert again["member_id"] == lost["member_id"]
    client.headers["authorization"] = f"Bearer {again['access_token']}"
    assert (await client.get("/me")).json()["device_id"] == lost["device_id"]
    assert await devices(tenant) == 1
    # The tokens of the lost answer are replaced, and without having signed the device out.
    assert (await refresh(client, lost["refresh_token"], "nonce-two")).status_code == 401
    assert (await refresh(client, again["refresh_token"], "nonce-two")).status_code == 201


@pytest.mark.parametrize("nonce", ["nonce-two", None, "nonce-on", "nonce-one "])
async def test_a_used_code_is_refused_to_whoever_does_not_know_the_nonce(world, tenant, nonce):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 201
    answer = await client.post("/sign-in/sessions", json=body | {"nonce": nonce})
    assert answer.status_code == 401
    assert await devices(tenant) == 1


async def test_a_code_used_without_a_nonce_cannot_be_repeated(world, tenant):
    body, client = await sign_in_body(world, tenant, nonce=None), world.anonymous()
    answers = [await client.post("/sign-in/sessions", json=body) for _ in range(2)]
    answers.append(await client.post("/sign-in/sessions", json=body | {"nonce": "nonce-one"}))
    assert [answer.status_code for answer in answers] == [201, 401, 401]


async def test_a_sign_in_is_not_repeated_once_its_tokens_were_refreshed(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    tokens = (await client.post("/sign-in/sessions", json=body)).json()
    after = await refresh(client, tokens["refresh_token"], "nonce-two")
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 401
    # Nor does the try harm the device.
    again = await refresh(client, after.json()["refresh_token"], "nonce-three")
    assert again.status_code == 201


async def test_a_sign_in_is_repeated_for_two_minutes_with_its_code_alone(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 201
    wrong = body | {"code": f"{(int(body['code']) + 1) % 10**8:08}"}
    assert (await client.post("/sign-in/sessions", json=wrong)).status_code == 401
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 201
    async with tenant.transaction() as db:
        await db.execute(
            "update sign_in_code set used_at = used_at - interval '121 s' where id = $1::uuid",
            body["request_id"],
        )
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 401


async def test_wrong_codes_do_not_last_longer_with_the_right_nonce(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 201
    wrong = body | {"code": f"{(int(body['code']) + 1) % 10**8:08}"}
    for _ in range(20):
        assert (await client.post("/sign-in/sessions", json=wrong)).status_code == 401
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 401


async def test_a_signed_out_device_is_not_brought_back_by_repeating_its_sign_in(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    tokens = (await client.post("/sign-in/sessions", json=body)).json()
    coordinator = await tenant.coordinator()
    path = f"/members/{tokens['member_id']}/devices/{tokens['device_id']}"
    assert (await coordinator.delete(path)).status_code == 204
    assert (await client.post("/sign-in/sessions", json=body)).status_code == 401


async def test_of_twenty_sign_ins_at_once_with_one_nonce_one_device_comes(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    answers = await asyncio.gather(
        *(client.post("/sign-in/sessions", json=body) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["device_id"] for answer in answers}) == 1
    assert await devices(tenant) == 1
    # One of the answers, whichever was written last, holds the token that is good.
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select from refresh_token where organization_id = $1 and device_id = $2::uuid",
            tenant.id,
            answers[0].json()["device_id"],
        )
    assert len(rows) == 1


async def test_of_twenty_sign_ins_at_once_with_other_nonces_one_succeeds(world, tenant):
    body, client = await sign_in_body(world, tenant), world.anonymous()
    answers = await asyncio.gather(
        *(
            client.post("/sign-in/sessions", json=body | {"nonce": f"nonce-{n:04}"})
            for n in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 19
    assert await devices(tenant) == 1


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "statuses"),
    [
        # Behind the proxy each phone has its own count, whatever it put into the header before.
        ("10.0.0.1", "198.51.100.{n}", [401] * 5),
        ("10.0.0.1", "203.0.113.{n}, 198.51.100.4", [401, 401, 429, 429, 429]),
        ("192.0.2.1", "198.51.100.{n}", [401, 401, 429, 429, 429]),
        ("10.0.0.1", "no address {n}", [401, 401, 429, 429, 429]),
    ],
    ids=["proxy", "spoofed-through-the-proxy", "spoofed-past-the-proxy", "garbage"],
)
async def test_tries_are_counted_by_the_address_that_a_trusted_proxy_tells(
    settings, database_url, monkeypatch, peer, forwarded_for, statuses
):
    monkeypatch.setattr(api, "Limit", lambda **_: Limit(tries=2, per_s=600))
    trusting = msgspec.structs.replace(settings, trusted_proxies=Proxies("10.0.0.0/8"))
    app = create_app(trusting, database_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 1))
    body = {"request_id": str(new_id()), "code": "12345678", "device_name": "Phone"}
    client = httpx.AsyncClient(transport=transport, base_url="http://doorstep.test")
    async with app.lifespan(), client:
        answers = [
            await client.post(
                "/sign-in/sessions",
                json=body,
                headers={"x-forwarded-for": forwarded_for.format(n=n)},
            )
            for n in range(5)
        ]
    assert [answer.status_code for answer in answers] == statuses


async def test_a_code_dies_after_five_wrong_tries(world, tenant):
    token = await invite_link_token(await tenant.coordinator(), email="aino@example.org")
    sent = await code_for_invite(world, token)
    wrong = f"{(int(sent.code) + 1) % 10**8:08}"
    client = world.anonymous()
    body = {"request_id": str(sent.request.request_id), "device_name": "Phone"}
    for _ in range(5):
        answer = await client.post("/sign-in/sessions", json={**body, "code": wrong})
        assert answer.status_code == 401
    answer = await client.post("/sign-in/sessions", json={**body, "code": sent.code})
    assert answer.status_code == 401


async def test_known_and_unknown_addresses_get_the_same_answer(world, tenant):
    await tenant.owner()
    async with tenant.transaction() as db:
        member = (await service.members(db, tenant.id, 1, 0))[0]
    client = world.anonymous()
    answers = [
        await client.post("/sign-in/codes", json={"organization": tenant.slug, "email": email})
        for email in (member.email, "nobody@example.org")
    ]
    shapes = [(a.status_code, re.sub(r"[0-9a-f:.-]", "", a.text)) for a in answers]
    assert shapes[0] == shapes[1]
    assert shapes[0][0] == 202


async def test_a_refresh_token_rotates(world, tenant):
    tokens, client = await joined(world, tenant)
    first = await refresh(client, tokens["refresh_token"], "nonce-one")
    second = await refresh(client, first.json()["refresh_token"], "nonce-two")
    assert [first.status_code, second.status_code] == [201, 201]
    assert first.json()["device_id"] == second.json()["device_id"] == tokens["device_id"]


async def test_a_lost_answer_is_recovered_by_repeating_the_request(world, tenant):
    tokens, client = await joined(world, tenant)
    await refresh(client, tokens["refresh_token"], "nonce-one")
    again = await refresh(client, tokens["refresh_token"], "nonce-one")
    assert again.status_code == 201
    after = await refresh(client, again.json()["refresh_token"], "nonce-two")
    assert after.status_code == 201


async def test_a_stolen_refresh_token_signs_the_device_out(world, tenant):
    tokens, client = await joined(world, tenant)
    first = await refresh(client, tokens["refresh_token"], "nonce-one")
    stolen = await refresh(client, tokens["refresh_token"], "another-nonce")
    assert stolen.status_code == 401
    assert "used before" in stolen.json()["detail"]
    assert (await refresh(client, first.json()["refresh_token"], "nonce-two")).status_code == 401
    client.headers["authorization"] = f"Bearer {first.json()['access_token']}"
    assert (await client.get("/me")).status_code == 401


async def test_of_twenty_uses_at_once_one_succeeds_and_the_device_is_signed_out(world, tenant):
    tokens, client = await joined(world, tenant)
    answers = await asyncio.gather(
        *(refresh(client, tokens["refresh_token"], f"nonce-{n:04}") for n in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 19
    assert sum("used before" in answer.text for answer in answers) == 1


async def test_a_revoked_device_is_out_at_once(world, tenant):
    member_id, client = await tenant.member()
    device_id = (await client.get("/me")).json()["device_id"]
    coordinator = await tenant.coordinator()
    answer = await coordinator.delete(f"/members/{member_id}/devices/{device_id}")
    assert answer.status_code == 204
    assert (await client.get("/me")).status_code == 401


async def test_an_ended_member_is_out_at_once(tenant):
    member_id, client = await tenant.member()
    assert (await (await tenant.organizer()).delete(f"/members/{member_id}")).status_code == 204
    assert (await client.get("/me")).status_code == 401


async def test_nobody_hands_out_more_than_they_hold(tenant):
    coordinator, organizer = await tenant.coordinator(), await tenant.organizer()
    wanted = {"name": "Eve", "email": "eve@example.org"}
    refused = await coordinator.post("/invites", json={**wanted, "roles": ["organizer"]})
    assert refused.status_code == 403
    refused = await organizer.post("/invites", json={**wanted, "roles": ["owner"]})
    assert refused.status_code == 403
    allowed = await organizer.post("/invites", json={**wanted, "roles": ["organizer"]})
    assert allowed.status_code == 201


async def test_the_last_owner_stays(tenant):
    owner = await tenant.owner()
    me = tenant.member_ids[Role.OWNER]
    assert (await owner.delete(f"/members/{me}")).status_code == 409
    assert (await owner.patch(f"/members/{me}", json={"roles": ["organizer"]})).status_code == 409
    await tenant.member(Role.OWNER)
    assert (await owner.delete(f"/members/{me}")).status_code == 204


async def test_a_withdrawn_invite_is_useless(world, tenant):
    coordinator = await tenant.coordinator()
    made = (
        await coordinator.post("/invites", json={"name": "Aino", "phone": "+358401234567"})
    ).json()
    assert made["qr_svg"].startswith("<svg")
    assert (await coordinator.delete(f"/invites/{made['invite']['id']}")).status_code == 204
    sent = await code_for_invite(world, made["link"].split("#")[1])
    assert sent.to is None


async def test_an_invite_needs_an_address(tenant):
    answer = await (await tenant.coordinator()).post("/invites", json={"name": "Aino"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


async def test_campaigns_are_made_listed_and_closed(tenant):
    organizer = await tenant.organizer()
    made = await organizer.post("/campaigns", json={"name": "Autumn"})
    assert made.status_code == 201
    again = await organizer.post("/campaigns", json={"name": "Autumn"})
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"] == "name"
    closed = await organizer.post(f"/campaigns/{made.json()['id']}/closing")
    assert closed.json()["status"] == "closed"
    listed = (await organizer.get("/campaigns")).json()
    assert [campaign["name"] for campaign in listed] == ["Spring", "Autumn"]


async def test_privacy_mode_is_on_until_an_owner_turns_it_off(tenant):
    owner = await tenant.owner()
    assert (await owner.get("/organization")).json()["require_consent"] is True
    changed = await owner.patch("/organization", json={"require_consent": False})
    assert changed.json()["require_consent"] is False
    refused = await owner.patch("/organization", json={"time_zone": "Mars/Base"})
    assert refused.status_code == 422


async def test_a_role_taken_or_given_counts_from_the_next_request(tenant):
    owner = await tenant.owner()
    member_id, client = await tenant.member(Role.ORGANIZER)
    made = {"name": "Autumn"}
    assert (await client.post("/campaigns", json=made)).status_code == 201
    for roles, status in ((["volunteer"], 403), (["volunteer", "organizer"], 409)):
        await owner.patch(f"/members/{member_id}", json={"roles": roles})
        assert (await client.post("/campaigns", json=made)).status_code == status


async def security_notices(tenant):
    async with tenant.transaction() as db:
        return await db.fetch(
            """
            select member_id, about
              from notification
             where organization_id = $1 and kind = 'account_security'
            """,
            tenant.id,
        )


async def test_a_second_device_is_told_once_and_the_first_of_all_is_no_news(world, tenant):
    first, client = await joined(world, tenant)
    assert await security_notices(tenant) == []
    async with signin_transaction(world.pool) as db:
        sent = await service.start_member(db, world.keyring, tenant.slug, "aino@example.org")
    body = {"request_id": str(sent.request.request_id), "code": sent.code, "device_name": "New"}
    body["nonce"] = str(new_id())
    second = (await client.post("/sign-in/sessions", json=body)).json()
    (told,) = await security_notices(tenant)
    assert (str(told["member_id"]), str(told["about"])) == (first["member_id"], second["device_id"])
    # The answer was lost and is asked for again: it is the same device.
    again = await client.post("/sign-in/sessions", json=body)
    assert again.json()["device_id"] == second["device_id"]
    assert len(await security_notices(tenant)) == 1
    client.headers["authorization"] = f"Bearer {first['access_token']}"
    (read,) = (await client.get("/me/notifications")).json()["notifications"]
    assert read["kind"] == "account_security"
