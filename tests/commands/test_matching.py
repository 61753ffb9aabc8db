import asyncio

from makers import make_street

from doorstep.commands import matching
from doorstep.settings import Settings


async def test_the_command_queues_who_may_be_one(tenant, database_url, settings, capsys):
    own = Settings(data_dir=settings.data_dir, database_url=database_url)
    await make_street(tenant, houses=2)
    async with tenant.transaction() as db:
        await db.execute("update person set given_name = 'Ann', phone = '+358401234567'")
    await asyncio.to_thread(matching.search, own, tenant.slug)
    printed = " ".join(capsys.readouterr().err.split())
    assert "2 people compared: 1 pairs may be one person. 1 questions wait" in printed
