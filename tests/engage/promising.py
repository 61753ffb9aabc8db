"""What tests of the public ledger need."""

EVIDENCE = [{"label": "Minutes", "url": "https://example.org/minutes/12"}]


async def post(client, path, status=201, **body):
    answer = await client.post(path, json=body)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    return answer.json()


async def make_commitment(tenant, title="Lamps in North Street", **more):
    """The id of a draft."""
    body = {"title": title, "text": "Every lamp is repaired.", **more}
    return (await post(await tenant.organizer(), "/commitments", **body))["id"]


async def update(tenant, commitment_id, to=None, status=201, reason="Asked for.", **more):
    body = {"reason": reason, **({"to": to} if to else {}), **more}
    return await post(
        await tenant.organizer(), f"/commitments/{commitment_id}/updates", status, **body
    )


async def published(tenant, title="Lamps in North Street", **more):
    """The id of a commitment that everybody can read."""
    made = await make_commitment(tenant, title, **more)
    await update(tenant, made, "published")
    return made


def decision(**more):
    return {
        "question": "Where does the lamp go?",
        "options": [{"title": "North Street", "text": "Dark"}, {"title": "South Street"}],
        "choice": "North Street",
        "reasons": "It is the darkest.",
        "consulted": [{"who": "People of both streets", "how": "At their doors"}],
        "decided_on": "2026-11-20",
        **more,
    }


async def public(tenant, path, **headers):
    answer = await tenant.world.anonymous().get(f"/o/{tenant.slug}/{path}", headers=headers)
    assert answer.status_code in {200, 304}, (path, answer.status_code, answer.text)
    return answer


PUBLIC = (
    "commitments", "commitments.json", "commitments.csv", "commitment-updates.csv",
    "commitments.atom", "decisions", "decisions.json", "decisions.csv", "decisions.atom",
)  # fmt: skip
