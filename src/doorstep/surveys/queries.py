"""Every statement about scripts."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, fetch_all, fetch_one
from doorstep.surveys.model import Script, ScriptVersion, ScriptVersionCreate


async def scripts(
    db: Connection, organization_id: UUID, campaign_id: UUID | None, limit: int, offset: int
) -> list[Script]:
    return await fetch_all(
        db,
        Script,
        """
        select id, campaign_id, name, version, created_at
          from script
         where organization_id = $1
           and ($2::uuid is null or campaign_id = $2)
         order by created_at, id
         limit $3 offset $4
        """,
        organization_id,
        campaign_id,
        limit,
        offset,
    )


async def script_by_id(db: Connection, organization_id: UUID, script_id: UUID) -> Script:
    return await fetch_one(
        db,
        Script,
        """
        select id, campaign_id, name, version, created_at
          from script
         where organization_id = $1 and id = $2
        """,
        organization_id,
        script_id,
    )


async def insert_script(
    db: Connection, organization_id: UUID, script_id: UUID, campaign_id: UUID, name: str
) -> None:
    await db.execute(
        """
        insert into script (organization_id, id, campaign_id, name)
        values ($1, $2, $3, $4)
        """,
        organization_id,
        script_id,
        campaign_id,
        name,
    )


async def raise_version(db: Connection, organization_id: UUID, script_id: UUID) -> Script:
    """The script with its next version number, held until the transaction ends."""
    return await fetch_one(
        db,
        Script,
        """
        update script
           set version = version + 1
         where organization_id = $1 and id = $2
        returning id, campaign_id, name, version, created_at
        """,
        organization_id,
        script_id,
    )


async def insert_version(
    db: Connection,
    organization_id: UUID,
    script_id: UUID,
    version: int,
    content: ScriptVersionCreate,
    created_by: UUID | None,
) -> None:
    await db.execute(
        """
        insert into script_version
          (organization_id, script_id, version, language, introduction, questions, translations,
           created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        organization_id,
        script_id,
        version,
        content.language,
        content.introduction,
        msgspec.to_builtins(content.questions),
        content.translations,
        created_by,
    )


async def script_version(
    db: Connection, organization_id: UUID, script_id: UUID, version: int | None
) -> ScriptVersion:
    """That version, or the newest."""
    return await fetch_one(
        db,
        ScriptVersion,
        """
        select v.script_id, v.version, s.name, v.language, v.introduction, v.questions,
               v.translations, v.created_at
          from script_version v
          join script s on s.organization_id = v.organization_id and s.id = v.script_id
         where v.organization_id = $1 and v.script_id = $2
           and v.version = coalesce($3::bigint, s.version)
        """,
        organization_id,
        script_id,
        version,
    )


async def script_versions(
    db: Connection, organization_id: UUID, wanted: Iterable[tuple[UUID, int]]
) -> list[ScriptVersion]:
    return await fetch_all(
        db,
        ScriptVersion,
        """
        select v.script_id, v.version, s.name, v.language, v.introduction, v.questions,
               v.translations, v.created_at
          from script_version v
          join script s on s.organization_id = v.organization_id and s.id = v.script_id
         where v.organization_id = $1
           and (v.script_id, v.version) in (select * from unnest($2::uuid[], $3::bigint[]))
        """,
        organization_id,
        *columns(list(wanted), 2),
    )


async def live_topics(
    db: Connection, organization_id: UUID, topic_ids: Iterable[UUID]
) -> set[UUID]:
    """Those of these topics of issues that are there and not put away."""
    rows = await db.fetch(
        """
        select id
          from issue_topic
         where organization_id = $1 and id = any($2) and archived_at is null
        """,
        organization_id,
        topic_ids,
    )
    return {row["id"] for row in rows}
