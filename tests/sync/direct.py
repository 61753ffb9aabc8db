"""A device that calls what the routes of sync call, without a request around it."""

import contextlib

import msgspec
from phone import Held

from doorstep.canvass.service import taken_in
from doorstep.kit.auth import STILL_SO, Entrance, opening
from doorstep.kit.db import begin
from doorstep.kit.errors import TryLaterError
from doorstep.sync.service import AS_OF_NOW, changes

TRIES = 20


class Device:
    """A member's device, known to the server."""

    def __init__(self, pool, gathering, caller):
        self.pool, self.gathering, self.caller = pool, gathering, caller

    @contextlib.asynccontextmanager
    async def request(self, snapshot=None):
        """A transaction as a request has it."""
        async with begin(self.pool, opening(self.caller, snapshot)) as opened:
            assert opened.opened == STILL_SO
            yield opened.db
            await opened.commit()

    @contextlib.asynccontextmanager
    async def _alone(self):
        async with self.request() as db:
            yield db, self.caller

    async def send(self, body):
        """What the server says to each event; sent again while it asks for that."""
        entrance = Entrance(self.caller, self._alone)
        for _ in range(TRIES):
            with contextlib.suppress(TryLaterError):
                got = await taken_in(entrance, self.gathering, self.pool, body)
                return [str(one.outcome) for one in got.results]
        message = "never settled"
        raise AssertionError(message)


class DirectlyHeld(Held):
    """What a device holds."""

    async def ask(self, cursor, limit):
        async with self.client.request(AS_OF_NOW) as db:
            told = await changes(db, self.client.caller, cursor, limit)
        return msgspec.to_builtins(told)
