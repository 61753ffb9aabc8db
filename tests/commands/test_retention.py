import asyncio

from makers import make_street

from doorstep.accounts.auditing import entries
from doorstep.commands import retention
from doorstep.settings import Settings


async def test_the_command_counts_first_and_forgets_when_told(
    tenant, database_url, settings, capsys
):
    own = Settings(data_dir=settings.data_dir, database_url=database_url)
    await make_street(tenant, houses=2)
    async with tenant.transaction() as db:
        await db.execute(
            """
            update person set created_at = now() - interval '30 months',
                              changed_at = now() - interval '30 months'
            """
        )
        await db.execute(
            """
            insert into retention_rule (organization_id, kind, months)
            values ($1, 'person_unseen', 24)
            """,
            tenant.id,
        )
    for dry_run, said in ((True, "2 would be forgotten"), (False, "2 forgotten")):
        await asyncio.to_thread(retention.run, own, tenant.slug, dry_run=dry_run)
        printed = " ".join(capsys.readouterr().out.split())
        assert f"person_unseen: {said}, older than 24 months" in printed
        assert "note_text: kept (we suggest 12 months)" in printed
    async with tenant.transaction() as db:
        log = await entries(db, tenant.id, None, None, 10, 0)
    assert [(one.action, one.actor_id) for one in log] == [("retention.run", None)]
