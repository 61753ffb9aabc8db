"""Two stories besides the field day: an issue that is followed up, a budget that is shared out."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from doorstep.commands.demo_stage import Stage
from doorstep.commands.screen import done, out
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id

Json = dict[str, Any]

LIGHT = {"name": "Street lights", "owner_role": "caseworker", "due_days": 10}
ASKED = "May we tell you what comes of it?"
AMOUNT = 32_000
PROPOSALS = (
    ("Benches in the park", 12_000),
    ("Bicycle stands at the school", 9_000),
    ("A mural under the bridge", 11_000),
    ("Fruit trees along the path", 7_000),
    ("A table-tennis table", 4_000),
)
BALLOTS = (*[(1, 2, 3)] * 6, *[(4, 5)] * 4)
"""The proposals that each voter wants. Six like other things than four do: the rules differ."""


async def follow_up(stage: Stage, turf_id: str) -> Json:
    """A broken street light, from two doors to everybody who raised it having been told."""
    volunteer = await _walker(stage, turf_id)
    topic = await stage.new(Role.ORGANIZER, "/issue-topics", LIGHT)
    bundle = (await stage.call(Role.VOLUNTEER, "GET", f"/turfs/{turf_id}/bundle")).json()
    first, second = await _neighbours(stage, bundle["people"])
    case_id = await _raise(stage, topic["id"], first, "The lamp outside has been dark for weeks.")
    other_id = await _raise(stage, topic["id"], second, "No light on the corner.")
    allowed = {"purpose": "follow_up", "channel": "phone", "wording": ASKED}
    await stage.new(Role.CASEWORKER, f"/people/{first['id']}/consents", allowed)
    told = await _case(stage, case_id)
    done(
        f"{volunteer} noted a broken street light at two doors; one neighbour may be called. "
        f"The case has an owner and is due on {told['due_on']}."
    )
    merging = {"into_case_id": case_id, "reason": "It is the same lamp."}
    await stage.new(Role.CASEWORKER, f"/cases/{other_id}/merging", merging)
    moving = f"/cases/{case_id}/moves"
    begun = {"to": "in_progress", "reason": "The city's electricians are asked."}
    await stage.new(Role.CASEWORKER, moving, begun)
    done("The caseworker found that both mean the same lamp, and made one case of them.")
    slug = await _promise(stage, case_id)
    fixed = {"to": "resolved", "outcome": "fixed", "reason": "There is a new lamp."}
    await stage.new(Role.CASEWORKER, moving, fixed)
    run = await stage.new(Role.ORGANIZER, "/tell-runs", {"dry_run": False})
    again = await stage.new(Role.ORGANIZER, "/tell-runs", {"dry_run": False})
    done(
        f"The lamp burns. To be told: {run['notices_count']} by a call, by name, and "
        f"{run['revisits_count']} at their door, for they agreed to nothing else. "
        f"Asked again, that makes {again['notices_count'] + again['revisits_count']} more."
    )
    (call,) = (await stage.call(Role.CASEWORKER, "GET", "/case-notices")).json()
    heard = {"state": "delivered"}
    await stage.call(
        Role.CASEWORKER, "POST", f"/case-notices/{call['id']}/outcome", json=heard
    )  # fmt: skip
    (revisit,) = (await stage.call(Role.COORDINATOR, "GET", "/revisits")).json()
    await _knock(stage, turf_id, revisit["door_id"])
    await stage.new(Role.ORGANIZER, "/tell-runs", {"dry_run": False})
    case = await _case(stage, case_id)
    figures = (await stage.call(Role.COORDINATOR, "GET", "/follow-up/figures")).json()
    raisers = next(one for one in figures if one["figure"] == "raisers_told")
    done(
        f"{volunteer} went back to the door. Told: {raisers['counted_count']} of "
        f"{raisers['rows_count']} who raised it; the case stands at “{case['status']}”."
    )
    _show_page(stage, f"commitments/{slug}", "What was promised and how it went, for everybody")
    return {
        "raisers": raisers["rows_count"],
        "told": raisers["counted_count"],
        "called": run["notices_count"],
        "revisited": run["revisits_count"],
        "status": case["status"],
    }


async def _walker(stage: Stage, turf_id: str) -> str:
    name = "Aada"
    stage.tokens[Role.VOLUNTEER] = await stage.join(name, "volunteer-1@example.org")
    wanted = {"member_ids": [stage.tokens[Role.VOLUNTEER]["member_id"]], "hours": 12}
    await stage.new(Role.COORDINATOR, f"/turfs/{turf_id}/assignments", wanted)
    return name


async def _neighbours(stage: Stage, people: list[Json]) -> tuple[Json, Json]:
    """Somebody whose telephone number is known, and somebody behind another door."""
    for one in people:
        known = (await stage.call(Role.CASEWORKER, "GET", f"/people/{one['id']}")).json()
        if known["phone"]:
            return known, next(each for each in people if each["door_id"] != known["door_id"])
    message = "Nobody in this turf has a telephone number."
    raise RuntimeError(message)


async def _raise(stage: Stage, topic_id: str, person: Json, text: str) -> str:
    issue = {
        "id": str(new_id()),
        "topic_id": topic_id,
        "door_id": person["door_id"],
        "person_id": person["id"],
        "text": text,
        "raised_at": _now(),
    }
    return (await stage.new(Role.VOLUNTEER, "/issues", issue))["case_id"]


async def _case(stage: Stage, case_id: str) -> Json:
    return (await stage.call(Role.CASEWORKER, "GET", f"/cases/{case_id}")).json()


async def _promise(stage: Stage, case_id: str) -> str:
    """The public page's name of a commitment that came out of the case, and was kept."""
    words = {
        "title": "Every lamp burns again within two weeks",
        "text": "Whoever reports a dark lamp sees it burn within two weeks, or is told why not.",
    }
    case = await stage.new(Role.CASEWORKER, f"/cases/{case_id}/commitment", words)
    path = f"/commitments/{case['commitment_id']}/updates"
    minutes = [{"label": "Minutes", "url": "https://example.org/minutes/12"}]
    for step in (
        {"to": "published", "reason": "Several people asked for light."},
        {"to": "in_progress", "reason": "The electricians have a list."},
        {"to": "kept", "reason": "All lamps on the list burn.", "evidence": minutes},
    ):
        await stage.new(Role.ORGANIZER, path, step)
    found = await stage.call(Role.ORGANIZER, "GET", f"/commitments/{case['commitment_id']}")
    return found.json()["slug"]


async def _knock(stage: Stage, turf_id: str, door_id: str) -> None:
    event = {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": turf_id,
        "door_id": door_id,
        "result": "canvassed",
        "occurred_at": _now(),
    }
    batch = {"sent_at": _now(), "events": [event]}
    await stage.call(Role.VOLUNTEER, "POST", "/sync/events", json=batch)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


async def budget(stage: Stage, turf_id: str) -> Json:
    """A small budget round, from proposals to the commitments that it makes."""
    await _walker(stage, turf_id)
    made = await stage.new(
        Role.ORGANIZER,
        "/budget-rounds",
        {
            "title": "Our quarter",
            "amount": AMOUNT,
            "currency": "EUR",
            "country": "Finland",
            "ballot_kind": "approval",
            "most_projects": len(PROPOSALS),
        },
    )
    path = f"/budget-rounds/{made['id']}"
    await _move(stage, path, "collecting")
    for title, _ in PROPOSALS:
        await stage.new(Role.VOLUNTEER, f"{path}/proposals", {"title": title})
    await _move(stage, path, "reviewing")
    proposals = (await stage.call(Role.ORGANIZER, "GET", f"{path}/proposals")).json()
    for proposal, (_, cost) in zip(proposals, PROPOSALS, strict=True):
        checked = {"eligible": True, "reason": "The city owns the ground.", "cost": cost}
        await stage.call(
            Role.ORGANIZER, "PATCH", f"{path}/proposals/{proposal['id']}", json=checked
        )
    await _move(stage, path, "costed")
    closes_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    await _move(stage, path, "voting", voting_closes_at=closes_at.isoformat())
    codes = await stage.new(Role.ORGANIZER, f"{path}/voter-codes", {"count": len(BALLOTS)})
    numbers = [proposal["number"] for proposal in proposals]
    public = f"/o/{stage.slug}/budget/{made['slug']}"
    for code, wanted in zip(codes["codes"], BALLOTS, strict=True):
        form = {"code": code} | {f"p{numbers[place - 1]}": "1" for place in wanted}
        (await stage.http.post(f"{public}/vote", data=form)).raise_for_status()
    done(f"{len(PROPOSALS)} proposals were looked at and costed; {len(BALLOTS)} people voted.")
    await _move(stage, path, "counted")
    result = (await stage.call(Role.ORGANIZER, "GET", f"{path}/result")).json()
    _show_result(result)
    for to in ("published", "delivering"):
        await _move(stage, path, to)
    proposals = (await stage.call(Role.ORGANIZER, "GET", f"{path}/proposals")).json()
    commitments = sum(one["commitment_id"] is not None for one in proposals)
    done(f"What was funded became {commitments} commitments, open for everybody to follow.")
    _show_page(stage, f"budget/{made['slug']}", "The result, with the reason for each proposal")
    return {
        "ballots": result["voters_count"],
        "greedy_winners": result["greedy"]["winners"],
        "equal_shares_winners": result["equal_shares"]["winners"],
        "commitments": commitments,
    }


async def _move(stage: Stage, path: str, to: str, **more: str) -> None:
    wanted = {"to": to, "reason": "It is time.", **more}
    await stage.call(Role.ORGANIZER, "POST", f"{path}/moves", json=wanted)


def _show_result(result: Json) -> None:
    for rule, name in (("greedy", "Most votes first"), ("equal_shares", "Equal shares")):
        counted = result[rule]
        titles = [one["title"] for one in counted["proposals"] if one["funded"]]
        done(
            f"{name}: {', '.join(titles)}; of {result['voters_count']} voters "
            f"{counted['satisfied_count']} got something."
        )


def _show_page(stage: Stage, path: str, what: str) -> None:
    out.print(f"\n{what}: {stage.http.base_url}/o/{stage.slug}/{path}", soft_wrap=True)


TELLERS: dict[str, Callable[[Stage, str], Awaitable[Json]]] = {
    "follow-up": follow_up,
    "budget": budget,
}
