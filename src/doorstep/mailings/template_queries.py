"""Every statement about templates of letters."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.mailings.model import LetterTemplate, TemplateText


async def insert_template(
    db: Connection, organization_id: UUID, template_id: UUID, name: str
) -> None:
    await db.execute(
        """
        insert into letter_template (organization_id, id, name, newest_version)
        values ($1, $2, $3, 0)
        """,
        organization_id,
        template_id,
        name,
    )


async def insert_version(
    db: Connection,
    organization_id: UUID,
    template_id: UUID,
    created_by: UUID,
    texts: Sequence[TemplateText],
) -> None:
    """The next version; who adds one at the same instant waits for the template's row."""
    await execute_one(
        db,
        """
        with numbered as (
          update letter_template
             set newest_version = newest_version + 1
           where organization_id = $1 and id = $2
          returning newest_version
        )
        insert into letter_template_version
          (organization_id, template_id, version, texts, created_by)
        select $1, $2, newest_version, $4, $3
          from numbered
        """,
        organization_id,
        template_id,
        created_by,
        texts,
    )


async def rename_template(
    db: Connection, organization_id: UUID, template_id: UUID, name: str
) -> None:
    await execute_one(
        db,
        "update letter_template set name = $3 where organization_id = $1 and id = $2",
        organization_id,
        template_id,
        name,
    )


async def archive_template(db: Connection, organization_id: UUID, template_id: UUID) -> None:
    await execute_one(
        db,
        """
        update letter_template
           set archived_at = coalesce(archived_at, now())
         where organization_id = $1 and id = $2
        """,
        organization_id,
        template_id,
    )


async def hold_template(db: Connection, organization_id: UUID, template_id: UUID) -> None:
    """Nobody else changes it until the transaction ends."""
    await db.execute(
        "select from letter_template where organization_id = $1 and id = $2 for update",
        organization_id,
        template_id,
    )


async def template(
    db: Connection, organization_id: UUID, template_id: UUID, version: int | None = None
) -> LetterTemplate:
    """A template in this version, or in its newest."""
    return await fetch_one(
        db,
        LetterTemplate,
        """
        select t.id, t.name, v.version, t.newest_version, v.texts, v.created_by, v.created_at,
               t.archived_at
          from letter_template t
          join letter_template_version v
            on v.organization_id = t.organization_id and v.template_id = t.id
         where t.organization_id = $1
           and t.id = $2
           and v.version = coalesce($3::integer, t.newest_version)
        """,
        organization_id,
        template_id,
        version,
    )


async def templates(
    db: Connection, organization_id: UUID, limit: int, offset: int, *, archived: bool
) -> list[LetterTemplate]:
    """The newest versions, by name."""
    return await fetch_all(
        db,
        LetterTemplate,
        """
        select t.id, t.name, v.version, t.newest_version, v.texts, v.created_by, v.created_at,
               t.archived_at
          from letter_template t
          join letter_template_version v
            on v.organization_id = t.organization_id
           and v.template_id = t.id
           and v.version = t.newest_version
         where t.organization_id = $1 and ($4 or t.archived_at is null)
         order by lower(t.name), t.id
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
        archived,
    )


async def versions(
    db: Connection, organization_id: UUID, template_id: UUID
) -> list[LetterTemplate]:
    """All versions, the newest first."""
    return await fetch_all(
        db,
        LetterTemplate,
        """
        select t.id, t.name, v.version, t.newest_version, v.texts, v.created_by, v.created_at,
               t.archived_at
          from letter_template t
          join letter_template_version v
            on v.organization_id = t.organization_id and v.template_id = t.id
         where t.organization_id = $1 and t.id = $2
         order by v.version desc
        """,
        organization_id,
        template_id,
    )


async def allows_naming(db: Connection, organization_id: UUID, member_id: UUID) -> bool:
    return await db.fetchval(
        """
        select exists (
          select from letter_naming where organization_id = $1 and member_id = $2)
        """,
        organization_id,
        member_id,
    )


async def allow_naming(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    await db.execute(
        """
        insert into letter_naming (organization_id, member_id)
        values ($1, $2)
            on conflict do nothing
        """,
        organization_id,
        member_id,
    )


async def forbid_naming(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    await db.execute(
        "delete from letter_naming where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )
