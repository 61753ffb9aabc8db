"""Every statement about statements and votes on them."""

import datetime as dt
from uuid import UUID

from doorstep.kit.db import Connection, execute_one, fetch_all
from doorstep.kit.errors import NotFoundError
from doorstep.listening.model import Statement, StatementStatus, StatementTopic, Vote


async def topics(
    db: Connection,
    organization_id: UUID,
    topic_id: UUID | None,
    slug: str | None,
    limit: int,
    offset: int,
) -> list[StatementTopic]:
    """The newest first."""
    return await fetch_all(
        db,
        StatementTopic,
        """
        select t.id, t.slug, t.question, t.text, t.opens_at, t.closes_at,
               s.shown_count, s.proposed_count,
               (select count(distinct v.visitor_id)
                  from statement s
                  join statement_vote v on v.organization_id = s.organization_id
                                       and v.statement_id = s.id
                 where s.organization_id = t.organization_id and s.topic_id = t.id)
                 as visitors_count,
               t.created_at
          from statement_topic t
         cross join lateral (
           select count(*) filter (where s.status = 'shown') as shown_count,
                  count(*) filter (where s.status = 'proposed') as proposed_count
             from statement s
            where s.organization_id = t.organization_id and s.topic_id = t.id) s
         where t.organization_id = $1
           and ($2::uuid is null or t.id = $2)
           and ($3::text is null or t.slug = $3)
         order by t.created_at desc, t.id desc
         limit $4 offset $5
        """,
        organization_id,
        topic_id,
        slug,
        limit,
        offset,
    )


async def topic_by(
    db: Connection, organization_id: UUID, *, topic_id: UUID | None = None, slug: str | None = None
) -> StatementTopic:
    found = await topics(db, organization_id, topic_id, slug, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def insert_topic(
    db: Connection, organization_id: UUID, topic: StatementTopic, created_by: UUID
) -> bool:
    """Whether it is there now: not where another has its slug."""
    done = await db.execute(
        """
        insert into statement_topic
          (organization_id, id, slug, question, text, opens_at, closes_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict on constraint statement_topic_slug_key do nothing
        """,
        organization_id,
        topic.id,
        topic.slug,
        topic.question,
        topic.text,
        topic.opens_at,
        topic.closes_at,
        created_by,
    )
    return done.endswith(" 1")


async def put_closing(
    db: Connection, organization_id: UUID, topic_id: UUID, closes_at: dt.datetime | None
) -> None:
    await execute_one(
        db,
        "update statement_topic set closes_at = $3 where organization_id = $1 and id = $2",
        organization_id,
        topic_id,
        closes_at,
    )


async def hold_topic(db: Connection, organization_id: UUID, topic_id: UUID) -> None:
    """Whoever adds a statement to it waits: two do not take the same number."""
    await execute_one(
        db,
        "select id from statement_topic where organization_id = $1 and id = $2 for no key update",
        organization_id,
        topic_id,
    )


async def insert_statement(
    db: Connection,
    organization_id: UUID,
    statement_id: UUID,
    topic_id: UUID,
    text: str,
    status: StatementStatus,
    written_by: UUID | None,
) -> int:
    """Its number. The topic is held."""
    return await db.fetchval(
        """
        insert into statement (organization_id, id, topic_id, number, text, status, written_by)
        select $1::uuid, $2::uuid, $3::uuid, coalesce(max(number), 0) + 1, $4::text, $5::text,
               $6::uuid
          from statement
         where organization_id = $1 and topic_id = $3
        returning number
        """,
        organization_id,
        statement_id,
        topic_id,
        text,
        status,
        written_by,
    )


async def decide(
    db: Connection,
    organization_id: UUID,
    topic_id: UUID,
    number: int,
    status: StatementStatus,
    decided_by: UUID,
) -> None:
    await execute_one(
        db,
        """
        update statement
           set status = $4, decided_by = $5
         where organization_id = $1 and topic_id = $2 and number = $3
        """,
        organization_id,
        topic_id,
        number,
        status,
        decided_by,
    )


async def statements(
    db: Connection,
    organization_id: UUID,
    topic_id: UUID,
    number: int | None,
    status: StatementStatus | None,
) -> list[Statement]:
    """In the order in which they came."""
    return await fetch_all(
        db,
        Statement,
        """
        select s.id, s.number, s.text, s.status, s.written_by is null as by_visitor,
               v.agree_count, v.disagree_count, v.pass_count, s.created_at
          from statement s
         cross join lateral (
           select count(*) filter (where v.vote = 'agree') as agree_count,
                  count(*) filter (where v.vote = 'disagree') as disagree_count,
                  count(*) filter (where v.vote = 'pass') as pass_count
             from statement_vote v
            where v.organization_id = s.organization_id and v.statement_id = s.id) v
         where s.organization_id = $1
           and s.topic_id = $2
           and ($3::integer is null or s.number = $3)
           and ($4::text is null or s.status = $4)
         order by s.number
        """,
        organization_id,
        topic_id,
        number,
        status,
    )


async def next_statement(
    db: Connection, organization_id: UUID, topic_id: UUID, visitor_id: UUID
) -> list[Statement]:
    """The next that a visitor has not voted on, in an order of their own; or none."""
    return await fetch_all(
        db,
        Statement,
        """
        select s.id, s.number, s.text, s.status, s.written_by is null as by_visitor,
               0 as agree_count, 0 as disagree_count, 0 as pass_count, s.created_at
          from statement s
         where s.organization_id = $1
           and s.topic_id = $2
           and s.status = 'shown'
           and not exists (
             select from statement_vote v
              where v.organization_id = $1 and v.statement_id = s.id and v.visitor_id = $3)
         order by md5($3::text || s.id)
         limit 1
        """,
        organization_id,
        topic_id,
        visitor_id,
    )


async def put_vote(
    db: Connection,
    organization_id: UUID,
    topic_id: UUID,
    number: int,
    visitor_id: UUID,
    vote: Vote,
) -> None:
    """The last vote counts. Only what is shown is voted on."""
    await db.execute(
        """
        insert into statement_vote (organization_id, statement_id, visitor_id, vote)
        select $1::uuid, id, $4::uuid, $5::text
          from statement
         where organization_id = $1 and topic_id = $2 and number = $3 and status = 'shown'
            on conflict (organization_id, statement_id, visitor_id) do update
           set vote = excluded.vote
        """,
        organization_id,
        topic_id,
        number,
        visitor_id,
        vote,
    )
