"""The page about sync, run: each request it shows is sent, each answer compared."""

from pathlib import Path

from makers import make_field

from doorstep.sync.model import COLLECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "sync.md"


async def test_the_page_is_what_the_server_does(run_page, tenant):
    field = await make_field(tenant, houses=4)
    token = field.volunteer.headers["authorization"].removeprefix("Bearer ")
    assert await run_page("sync.md", {"access_token": token}) == 7


def test_every_collection_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    for name in COLLECTIONS:
        assert f"| `{name}` |" in text
