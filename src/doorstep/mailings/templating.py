"""Keeping templates: checked when they are written, so that none fails when it is sent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, FieldProblem, RefusedError
from doorstep.kit.ids import new_id
from doorstep.mailings import template_queries as queries
from doorstep.mailings.merging import Piece, parse
from doorstep.mailings.model import (
    LetterTemplate,
    LetterTemplateChange,
    LetterTemplateCreate,
    Naming,
    TemplateText,
)


@dataclass(frozen=True)
class Parsed:
    """A letter in one language, ready to be filled in."""

    language: str
    subject: Sequence[Piece]
    paragraphs: Sequence[Sequence[Piece]]

    @property
    def pieces(self) -> list[Piece]:
        """All it consists of."""
        return [*self.subject, *(piece for paragraph in self.paragraphs for piece in paragraph)]


async def create(db: Connection, caller: Caller, wanted: LetterTemplateCreate) -> LetterTemplate:
    """Keep a template.

    Raises
    ------
    RefusedError
        If a tag cannot be read, or a language comes twice; every fault is named.
    ConflictError
        If another template has this name.
    """
    check(wanted.texts)
    template_id = new_id()
    await queries.insert_template(db, caller.organization_id, template_id, wanted.name)
    await queries.insert_version(
        db, caller.organization_id, template_id, caller.member_id, wanted.texts
    )
    return await queries.template(db, caller.organization_id, template_id)


async def change(
    db: Connection, caller: Caller, template_id: UUID, wanted: LetterTemplateChange
) -> LetterTemplate:
    """Add a version. Mailings keep the one they have.

    Raises
    ------
    NotFoundError
        If there is no such template.
    ConflictError
        If it has a newer version than the one that was changed, is put away, or another has this
        name.
    RefusedError
        As with a new one.
    """
    organization_id = caller.organization_id
    check(wanted.texts)
    await queries.hold_template(db, organization_id, template_id)
    now = await queries.template(db, organization_id, template_id)
    if now.archived_at is not None:
        message = "This template was put away. Make a new one with its text."
        raise ConflictError(message)
    if wanted.based_on != now.version:
        message = (
            f"The newest version is {now.version}, and this was made from {wanted.based_on}. Read "
            "it again, then change it."
        )
        raise ConflictError(message, field="based_on")
    if wanted.name is not UNSET:
        await queries.rename_template(db, organization_id, template_id, wanted.name)
    await queries.insert_version(db, organization_id, template_id, caller.member_id, wanted.texts)
    return await queries.template(db, organization_id, template_id)


async def archive(db: Connection, caller: Caller, template_id: UUID) -> LetterTemplate:
    """Put a template away; mailings made of it stay as they are."""
    await queries.archive_template(db, caller.organization_id, template_id)
    return await queries.template(db, caller.organization_id, template_id)


def check(texts: Sequence[TemplateText]) -> None:
    """Refuse texts that could not be sent.

    Raises
    ------
    RefusedError
        With every fault under its field.
    """
    faults = [*_faults(texts)]
    if faults:
        message = "The template cannot be used yet; see errors."
        error = RefusedError(message)
        error.errors = faults
        raise error


def _faults(texts: Sequence[TemplateText]) -> Iterator[FieldProblem]:
    times = Counter(text.language.lower() for text in texts)
    for number, text in enumerate(texts):
        if times[text.language.lower()] > 1:
            detail = f"The language {text.language} is there twice. Keep one of them."
            yield FieldProblem(field=f"texts[{number}].language", detail=detail)
        for name, written in (("subject", text.subject), ("body", text.body)):
            for fault in parse(written)[1]:
                where = f"Line {fault.line}, character {fault.column}: {fault.detail}"
                yield FieldProblem(field=f"texts[{number}].{name}", detail=where)


def parsed(text: TemplateText) -> Parsed:
    """A text that was checked, taken apart."""
    paragraphs = (part.strip("\n") for part in _paragraphs(text.body))
    return Parsed(text.language, parse(text.subject)[0], [parse(part)[0] for part in paragraphs])


def _paragraphs(body: str) -> Iterator[str]:
    """Parts between empty lines; a tag may hold one, and is not torn apart."""
    kept: list[str] = []
    for line in body.splitlines():
        kept.append(line.rstrip())
        whole = "\n".join(kept)
        if not line.strip() and whole.count("{{") == whole.count("}}"):
            if whole.strip():
                yield whole
            kept = []
    if "".join(kept).strip():
        yield "\n".join(kept)


def text_for(texts: Sequence[Parsed], language: str | None) -> Parsed:
    """The text in somebody's language, else in one that is close to it, else the first."""
    wanted = (language or "").lower()
    spoken = {text.language.lower(): text for text in reversed(texts)}
    if wanted in spoken:
        return spoken[wanted]
    base = wanted.partition("-")[0]
    close = [text for text in texts if text.language.lower().partition("-")[0] == base]
    return (close or [*texts])[0]


async def naming(db: Connection, caller: Caller) -> Naming:
    """Whether letters may say the caller's first name."""
    allowed = await queries.allows_naming(db, caller.organization_id, caller.member_id)
    return Naming(first_name=allowed)


async def put_naming(db: Connection, caller: Caller, wanted: Naming) -> Naming:
    """Allow it or take it back; letters that are not written yet heed it."""
    put = queries.allow_naming if wanted.first_name else queries.forbid_naming
    await put(db, caller.organization_id, caller.member_id)
    return wanted
