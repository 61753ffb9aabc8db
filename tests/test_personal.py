"""No column that holds text is forgotten when people are."""

from itertools import combinations

import asyncpg
from personal import ALL

from doorstep.people import forgetting_queries
from doorstep.universes import fact_queries

TEXTS = """
select c.relname || '.' || a.attname
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid
 where c.relkind in ('r', 'p')
   and c.relnamespace = 'public'::regnamespace
   and c.relname <> 'schema_migrations'
   and a.attnum > 0
   and not a.attisdropped
   and a.atttypid not in ('uuid'::regtype, 'uuid[]'::regtype, 'boolean'::regtype,
                          'integer'::regtype, 'bigint'::regtype, 'date'::regtype,
                          'double precision'::regtype, 'timestamptz'::regtype)
"""


async def test_every_column_that_holds_text_says_how_it_is_emptied(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        found = {row[0] for row in await connection.fetch(TEXTS)}
    finally:
        await connection.close()
    listed = set().union(*ALL)
    assert found - listed == set(), "say in tests/personal.py how they are emptied"
    assert listed - found == set(), "there are no such columns"


def test_every_column_is_listed_once():
    for one, other in combinations(ALL, 2):
        assert one & other == set()


def test_packed_columns_are_dropped_by_the_size_of_their_blocks():
    statement = forgetting_queries.drop_columns.__code__.co_consts
    assert any(f"door_no / {fact_queries.DOORS_IN_BLOCK}" in str(one) for one in statement)
