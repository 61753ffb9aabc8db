"""What the script editor tells: gaps in translations, differences, previews, drafts."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.errors import FieldProblem
from doorstep.surveys.model import Key, Language, Question, ScriptCreate


class MissingText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a language lacks."""

    place: str
    text: Annotated[str, Meta(description="As the script has it.")]


class LanguageReport(msgspec.Struct, frozen=True, kw_only=True):
    """How far a script is translated into a language."""

    language: str
    texts_count: Annotated[int, Meta(description="Of the script as it is written.")]
    missing_count: int
    summary: Annotated[str, Meta(examples=["fi: 3 texts missing"])]
    missing: list[MissingText]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two versions of a script."""

    kind: Annotated[
        Literal["added", "removed", "moved", "reworded", "changed"],
        Meta(description="`reworded` of texts, `changed` of everything else."),
    ]
    what: Annotated[
        str,
        Meta(
            description="`question`, `option`, `introduction`, `language`, `translation`, or the "
            "field of a question or option.",
            examples=["required"],
        ),
    ]
    question: Annotated[str | None, Meta(description="Key of the question it is about.")]
    option: Annotated[str | None, Meta(description="Key of the option it is about.")]
    before: Annotated[str | None, Meta(description="What was there, in words.")]
    after: str | None
    sentence: Annotated[str, Meta(examples=["“Will you vote?” is now required."])]


class ScriptDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one version of a script to another."""

    script_id: UUID
    from_version: int
    to_version: int
    changes: list[Change]


class PreviewAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a conversation has come."""

    answers: Annotated[
        dict[Key, bool | int | float | str | list[str] | None],
        Meta(
            max_length=100,
            description="By question, as phones send them; null for one that was left out.",
        ),
    ] = {}
    language: Annotated[
        Language | None, Meta(description="In which it is held; null as it is written.")
    ] = None
    door_id: Annotated[
        UUID | None, Meta(description="Where it is held: options are shown in that door's order.")
    ] = None


class PreviewStep(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was asked, and its answer; null if it was left out."""

    question: Question
    answer: bool | int | float | str | list[str] | None


class NotAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that these answers do not lead to."""

    question: str
    because: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation stands: what was asked, what is next, what would be refused."""

    language: str
    introduction: str
    path: list[PreviewStep]
    next: Annotated[
        list[Question],
        Meta(description="Those that can be asked now, whatever is answered to the first of them."),
    ]
    not_asked: list[NotAsked]
    refused: Annotated[
        list[FieldProblem], Meta(description="Answers that would not be taken, and why.")
    ]
    finished: bool


class Unsupported(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a spreadsheet that a script cannot say, or says otherwise."""

    sheet: str
    row: Annotated[int, Meta(description="As the spreadsheet counts; 1 is the header.")]
    column: Annotated[str, Meta(description="As its header says; empty for the whole row.")]
    detail: str
    remedy: str


class XlsformDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A script read from a spreadsheet; nothing is stored yet."""

    script: Annotated[ScriptCreate, Meta(description="As `createScript` takes it.")]
    unsupported: list[Unsupported]
    errors: Annotated[
        list[FieldProblem], Meta(description="What `createScript` would refuse it for.")
    ]
