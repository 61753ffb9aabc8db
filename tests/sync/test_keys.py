"""A schema that can be split by organization: every key of a tenant's table names it."""

import asyncpg

TENANT_KEYS = """
with tenant as (
  select c.oid, c.relname, a.attnum
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
),
key as (
  select t.relname, i.indexrelid::regclass::text as name, t.attnum = any (i.indkey) as has_it
    from tenant t
    join pg_index i on i.indrelid = t.oid and i.indisunique
   union all
  select t.relname, k.conname, t.attnum = any (k.conkey)
    from tenant t
    join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
)
select relname, name, has_it from key
"""
# Whose they are is not known before they are found: a request comes with a token, a code or a
# device's id alone. docs/scale.md says what becomes of them where tables are distributed.
EXCEPTIONS = {
    "calendar_feed_token_key": "calendar_feed",
    "device_id_key": "device",
    "invite_token_key": "invite",
    "refresh_token_hash_key": "refresh_token",
    "share_link_code_key": "share_link",
    "sign_in_code_id_key": "sign_in_code",
}


async def test_every_key_of_a_tenants_table_holds_the_organization(database_url):
    db = await asyncpg.connect(database_url)
    rows = await db.fetch(TENANT_KEYS)
    await db.close()
    without = {row["name"]: row["relname"] for row in rows if not row["has_it"]}
    assert len(rows) > 200
    assert without == EXCEPTIONS
