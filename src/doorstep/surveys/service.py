"""Writing scripts, and what the script editor asks about them."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.errors import FieldProblem, RefusedError
from doorstep.kit.ids import new_id
from doorstep.surveys import queries
from doorstep.surveys.answering import check_answer
from doorstep.surveys.branching import asked, hangs_on
from doorstep.surveys.checking import script_faults, topics_of
from doorstep.surveys.differing import differences
from doorstep.surveys.findings import (
    LanguageReport,
    Preview,
    PreviewAsk,
    ScriptDiff,
    XlsformDraft,
)
from doorstep.surveys.model import ScriptCreate, ScriptVersion, ScriptVersionCreate
from doorstep.surveys.ordering import options_at
from doorstep.surveys.previewing import preview
from doorstep.surveys.queries import script_by_id, script_version, scripts
from doorstep.surveys.translating import completeness, translated, translation_faults
from doorstep.surveys.xlsform import read_xlsform, write_xlsform

__all__ = [
    "asked",
    "check_answer",
    "hangs_on",
    "options_at",
    "script_by_id",
    "script_faults",
    "script_version",
    "scripts",
    "translated",
]


async def create_script(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    campaign_id: UUID,
    script: ScriptCreate,
) -> ScriptVersion:
    """A new script in its first version.

    Raises
    ------
    RefusedError
        If a question makes no sense; every fault is named.
    """
    _refuse_faults(script)
    await _check_topics(db, organization_id, script)
    script_id = new_id()
    await queries.insert_script(db, organization_id, script_id, campaign_id, script.name)
    return await _save_version(db, caller_member_id, organization_id, script_id, 1, script)


async def add_version(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    script_id: UUID,
    content: ScriptVersionCreate,
) -> ScriptVersion:
    """The next version of a script; the ones before stay as they are.

    Raises
    ------
    NotFoundError
        If there is no such script.
    RefusedError
        If a question makes no sense; every fault is named.
    """
    script = await queries.raise_version(db, organization_id, script_id)
    _refuse_faults(content)
    await _check_topics(db, organization_id, content)
    return await _save_version(
        db, caller_member_id, organization_id, script_id, script.version, content
    )


async def _save_version(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    script_id: UUID,
    version: int,
    content: ScriptVersionCreate,
) -> ScriptVersion:
    await queries.insert_version(db, organization_id, script_id, version, content, caller_member_id)
    return await queries.script_version(db, organization_id, script_id, version)


async def script_versions(
    db: Connection, organization_id: UUID, wanted: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], ScriptVersion]:
    """The wanted versions by script and number; what does not exist is left out."""
    found = await queries.script_versions(db, organization_id, set(wanted))
    return {(one.script_id, one.version): one for one in found}


async def preview_of(
    db: Connection, organization_id: UUID, script_id: UUID, version: int, ask: PreviewAsk
) -> Preview:
    """Where a conversation with these answers stands.

    Raises
    ------
    NotFoundError
        If there is no such version.
    RefusedError
        If it is not translated into the language.
    """
    return preview(await queries.script_version(db, organization_id, script_id, version), ask)


async def translations_of(
    db: Connection, organization_id: UUID, script_id: UUID, version: int
) -> list[LanguageReport]:
    """What is missing in each language of a version.

    Raises
    ------
    NotFoundError
        If there is no such version.
    """
    return completeness(await queries.script_version(db, organization_id, script_id, version))


async def diff(
    db: Connection, organization_id: UUID, script_id: UUID, before: int, after: int
) -> ScriptDiff:
    """What changed from one version to another.

    Raises
    ------
    NotFoundError
        If there is no such script, or either version is not there.
    """
    old = await queries.script_version(db, organization_id, script_id, before)
    new = await queries.script_version(db, organization_id, script_id, after)
    return ScriptDiff(
        script_id=script_id, from_version=before, to_version=after, changes=differences(old, new)
    )


async def xlsform_of(db: Connection, organization_id: UUID, script_id: UUID, version: int) -> bytes:
    """A version as a spreadsheet for ODK and its kin.

    Raises
    ------
    NotFoundError
        If there is no such version.
    RefusedError
        If a text of it is longer than a spreadsheet's cell.
    """
    found = await queries.script_version(db, organization_id, script_id, version)
    return await asyncio.to_thread(write_xlsform, found)


async def draft_from_xlsform(content: bytes) -> XlsformDraft:
    """A spreadsheet as a script to be, with everything that could not be taken over.

    Raises
    ------
    RefusedError
        If it is no such spreadsheet.
    """
    script, unsupported = await asyncio.to_thread(read_xlsform, content)
    return XlsformDraft(script=script, unsupported=unsupported, errors=faults_of(script))


def faults_of(content: ScriptVersionCreate) -> list[FieldProblem]:
    """Everything for which a script is refused, by field."""
    return [*script_faults(content.questions), *translation_faults(content)]


def _refuse_faults(content: ScriptVersionCreate) -> None:
    _refuse(faults_of(content))


def _refuse(faults: list[FieldProblem]) -> None:
    if faults:
        error = RefusedError("The script cannot be used as it is; see errors.")
        error.errors = faults
        raise error


async def _check_topics(
    db: Connection, organization_id: UUID, content: ScriptVersionCreate
) -> None:
    named = topics_of(content.questions)
    if not named:
        return
    there = await queries.live_topics(db, organization_id, list(set(named.values())))
    detail = "There is no such topic of issues. Make it first, or take it out."
    _refuse(
        [
            FieldProblem(field=field, detail=detail)
            for field, topic_id in named.items()
            if topic_id not in there
        ]
    )
