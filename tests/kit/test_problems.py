import asyncpg
import pytest

from doorstep.canvass import service
from doorstep.kit import db as database


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.SerializationError("could not serialize access"),
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.ConnectionDoesNotExistError("connection was closed"),
        ConnectionResetError("reset by peer"),
    ],
)
async def test_what_may_work_later_is_answered_so_and_nothing_is_acknowledged(
    tenant, monkeypatch, error
):
    async def fail(*_):
        raise error

    monkeypatch.setattr(service, "accept", fail)
    got = await (await tenant.volunteer()).post("/sync/events", content=b"{}")
    assert got.status_code == 503
    assert int(got.headers["retry-after"]) > 0
    assert got.json()["type"] == "urn:doorstep:problem:try-later"


async def test_a_pool_without_a_free_connection_says_when_to_come_back(tenant, world, monkeypatch):
    client = await tenant.volunteer()
    monkeypatch.setattr(database, "ACQUIRE_TIMEOUT_S", 0.05)

    async def never(**_):
        raise TimeoutError

    class Busy:
        acquire = staticmethod(never)

        @staticmethod
        def get_idle_size():
            return 0

    with pytest.raises(database.TryLaterError):
        async with database.begin(Busy()):
            pass
    assert (await client.get("/me")).status_code == 200
