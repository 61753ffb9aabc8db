"""Proposals of people who are no members, by the form on a round's page."""

import re

import pytest
from budgets.budget_field import draft
from budgets.test_pages import EVIL, Tags, is_plain_page, page
from engage.promising import public

from doorstep.budgets import proposing
from doorstep.budgets.model import MOST_PROPOSALS
from doorstep.kit.errors import RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.limits import Limit
from doorstep.letters.model import Letter, LetterKind, Recipient

WRITTEN = {
    "title": "A bench", "text": "To rest on.", "place": "By the river", "cost": "2 500",
    "name": "Canaria Feathers", "email": "canary@example.org",
}  # fmt: skip

TAKE = Limit.take


@pytest.fixture
async def collecting(tenant, monkeypatch):
    monkeypatch.setattr(Limit, "take", lambda *_: None)
    vote = await draft(tenant)
    await vote.must_move("collecting")
    return vote


async def form_id(vote):
    shown = await page(vote, "/propose")
    assert is_plain_page(shown)
    inputs = [attrs for tag, attrs in Tags(shown.text).seen if tag == "input"]
    return next(one["value"] for one in inputs if one.get("name") == "form")


async def send(vote, **typed):
    async with vote.anyone() as anyone:
        return await anyone.post(f"{vote.public}/propose", data=WRITTEN | typed)


async def proposals(vote):
    return (await vote.organizer.get(f"{vote.path}/proposals")).json()


async def test_a_click_is_one_proposal_one_guest_and_one_letter(collecting, tenant):
    form = await form_id(collecting)
    for _ in range(2):
        assert is_plain_page(await send(collecting, form=form))
    (one,) = await proposals(collecting)
    assert (one["title"], one["place"], one["cost_guess"]) == ("A bench", "By the river", 2500)
    assert one["proposed_by"] is None
    assert one["eligible"] is None
    async with tenant.transaction() as db:
        guests = await db.fetch("select id, source from guest")
        letters = await db.fetch("select guest_id, about from letter where kind = $1",
                                 "proposal_received")  # fmt: skip
    assert [(str(row["id"]), row["source"]) for row in guests] == [(one["guest_id"], "proposal")]
    assert [(str(r["guest_id"]), str(r["about"])) for r in letters] == [
        (one["guest_id"], one["id"])
    ]
    # Another time the form is opened is another proposal.
    assert is_plain_page(await send(collecting, form=await form_id(collecting)))
    assert len(await proposals(collecting)) == 2


async def test_it_is_shown_once_it_was_looked_at_and_never_by_whom(collecting):
    await send(collecting, form=str(new_id()))
    assert "A bench" not in (await page(collecting)).text
    (one,) = await proposals(collecting)
    path = f"{collecting.path}/proposals/{one['id']}"
    await collecting.organizer.patch(path, json={"eligible": False, "reason": "It floods there."})
    shown = (await page(collecting)).text
    assert "A bench" in shown
    assert "It floods there." in shown
    for secret in ("Canaria", "canary@"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"title": "  "}, "what you propose"), ({"title": "x" * 201}, "200 letters"),
     ({"cost": "a lot"}, "as a number"), ({"cost": "-5"}, "as a number"),
     ({"cost": "nan"}, "as a number"), ({"cost": "1e99"}, "as a number"),
     ({"name": " "}, "name"), ({"email": "nobody"}, "address"), ({"email": ""}, "address")],
)  # fmt: skip
async def test_what_is_wrong_is_said_beside_what_was_typed(collecting, typed, told):
    answer = await send(collecting, form=str(new_id()), text=EVIL, **typed)
    assert is_plain_page(answer, 422)
    assert told in re.search(r'role="alert">(.*?)</p>', answer.text).group(1)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert 'value="By the river"' in answer.text
    assert await proposals(collecting) == []


async def test_programs_that_fill_in_everything_are_thanked_and_forgotten(collecting):
    assert is_plain_page(await send(collecting, website="https://spam.example"))
    assert await proposals(collecting) == []


async def test_only_while_a_round_collects_and_only_as_many_as_it_holds(collecting, tenant):
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into proposal (organization_id, id, round_id, number, title, eligible)
            select $1, gen_random_uuid(), $2, n, 'Idea ' || n, case when n = 1 then false end
              from generate_series(1, $3) n
            """,
            tenant.id,
            collecting.round["id"],
            MOST_PROPOSALS,
        )
    # The refused one takes no place.
    assert is_plain_page(await send(collecting, form=str(new_id())))
    assert is_plain_page(await send(collecting, form=str(new_id())), 409)
    assert len(await proposals(collecting)) == MOST_PROPOSALS + 1
    await collecting.must_move("reviewing")
    assert is_plain_page(await page(collecting, "/propose"), 409)
    assert is_plain_page(await send(collecting, form=str(new_id())), 409)


async def test_too_many_from_one_address_are_asked_to_wait(collecting, monkeypatch):
    limit = Limit(tries=1, per_s=900)
    monkeypatch.setattr(Limit, "take", lambda _, key: TAKE(limit, key))
    answers = [await send(collecting, website="x") for _ in range(2)]
    assert is_plain_page(answers[0])
    assert is_plain_page(answers[1], 429)


async def test_an_erased_guest_takes_back_what_nobody_has_looked_at(collecting, tenant):
    for title in ("Seen", "Unseen"):
        await send(collecting, form=str(new_id()), title=title)
    seen, unseen = await proposals(collecting)
    path = f"{collecting.path}/proposals/{seen['id']}"
    await collecting.organizer.patch(path, json={"eligible": True, "cost": 900})
    async with tenant.transaction() as db:
        await db.execute(
            """
            update guest
               set erased_at = now(), name = '', email = null, asks_at = null
            """
        )
    after = {one["id"]: one for one in await proposals(collecting)}
    assert after[seen["id"]]["title"] == "Seen"
    assert after[unseen["id"]]["title"] == "Taken back"
    assert {one["guest_id"] for one in after.values()} == {None}
    assert after[unseen["id"]]["text"] == after[unseen["id"]]["place"] == ""


async def test_the_letter_says_what_was_proposed_and_where_to_look(collecting, tenant):
    await send(collecting, form=str(new_id()))
    (one,) = await proposals(collecting)
    write = proposing.letters("https://d.example")[LetterKind.PROPOSAL_RECEIVED]
    of = Letter(
        id=new_id(), organization_id=tenant.id, kind=LetterKind.PROPOSAL_RECEIVED, about=one["id"],
        recipient=Recipient(guest_id=one["guest_id"]), language=None, facts={},
    )  # fmt: skip
    async with tenant.transaction() as db:
        text = await write(db, of)
        await db.execute("update proposal set guest_id = null")
        assert await write(db, of) is None
    assert text.subject == "Your proposal: A bench"
    assert text.links[0].url == f"https://d.example{collecting.public}"


@pytest.mark.parametrize(
    ("text", "amount"),
    [("", None), ("2500", 2500), ("2 500", 2500), ("2,500", 2500), ("2.500", 2500),
     ("2'500'000", 2_500_000), ("12,50", 12), (" 7 ", 7)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, amount):
    assert proposing.read_form(WRITTEN | {"cost": text}).cost_guess == amount


def test_a_form_without_its_id_is_taken_all_the_same():
    assert proposing.read_form(WRITTEN).form_id != proposing.read_form(WRITTEN).form_id
    with pytest.raises(RefusedError):
        proposing.read_form({})


async def test_the_moves_of_rounds_can_be_followed(collecting, tenant):
    await draft(tenant, title="Not told of yet")
    feed = await public(tenant, "budget.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert "Money for the village: Proposals are being collected." in feed.text
    assert "Not told of yet" not in feed.text
    assert 'type="application/atom+xml"' in (await public(tenant, "budget")).text
