"""A phone that keeps what it is told, as the plain protocol says, and nothing more."""

import json
from dataclasses import dataclass, field

KINDS = ("turfs", "doors", "people", "scripts", "events", "members", "signups")


@dataclass
class Held:
    """A phone's copy of what its member may see."""

    client: object
    cursor: int = 0
    rows: dict = field(default_factory=lambda: {kind: {} for kind in KINDS})
    sent: list = field(default_factory=list)

    async def ask(self, cursor, limit):
        got = await self.client.get("/sync/changes", params={"cursor": cursor, "limit": limit})
        assert got.status_code == 200, got.text
        return got.json()

    async def page(self, limit=2000, cursor=None):
        """One answer, taken over."""
        told = await self.ask(self.cursor if cursor is None else cursor, limit)
        self.sent.append(told)
        if told["replacement"]:
            self.rows = {kind: {} for kind in KINDS}
        for kind in KINDS:
            for gone in told["removed"][kind]:
                self.rows[kind].pop(gone, None)
            for row in told["changed"][kind]:
                self.rows[kind][row["id"]] = row
        self.cursor = told["next"]
        return told

    async def pull(self, limit=2000):
        """Everything there is, page by page."""
        while (await self.page(limit))["has_more"]:
            pass
        return self.rows

    def ids(self, kind):
        return set(self.rows[kind])

    def text(self):
        """All that it holds, to compare."""
        return json.dumps(self.rows, sort_keys=True)


async def fresh(client, limit=2000):
    """What a phone gets that has nothing."""
    phone = Held(client)
    await phone.pull(limit)
    return phone


async def converged(phone, limit=2000):
    """Whether what a phone gathered is what a new one would be given."""
    await phone.pull(limit)
    new = await fresh(phone.client)
    assert phone.rows == new.rows
    return True
