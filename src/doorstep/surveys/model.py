"""Scripts: what canvassers say and ask, in versions that never change."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

# PostgreSQL keeps no NUL in text.
_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"

Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="Names it in answers and exports; never shown.",
        examples=["top_issue"],
    ),
]
Name = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=_WRITTEN, examples=["Spring round"])
]
Introduction = Annotated[
    str,
    Meta(
        max_length=4000,
        pattern=r"^[^\x00]*$",
        examples=["Hello, I am a neighbour from the tenants' association."],
    ),
]
Wording = Annotated[str, Meta(min_length=1, max_length=500, pattern=_WRITTEN)]
Guidance = Annotated[str, Meta(min_length=1, max_length=2000, pattern=_WRITTEN)]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Language = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)",
        description="A language tag (BCP 47); `und` where nobody said which.",
        examples=["fi", "pt-BR"],
    ),
]
UNKNOWN_LANGUAGE = "und"
Texts = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_.]*$(?!\n)")],
        Annotated[str, Meta(min_length=1, max_length=4000, pattern=_WRITTEN)],
    ],
    Meta(
        description="The texts of a script in one language, by place: `introduction`, `KEY.text`, "
        "`KEY.hint`, `KEY.guidance`, `KEY.options.OPTION`, `KEY.labels.STEP`.",
        examples=[{"support.text": "Kuinka paljon kannatat meitä?", "support.labels.1": "En"}],
    ),
]
Translations = Annotated[
    dict[Language, Texts],
    Meta(max_length=50, description="By language; what is missing is shown as it was written."),
]
Step = Annotated[int, Meta(ge=0, le=10)]
Bound = Annotated[float, Meta(ge=-1e12, le=1e12)]
ConditionValue = Annotated[
    bool | Bound | Annotated[str, Meta(max_length=2000)],
    Meta(description="An option's key, a number, true or false, or a text."),
]


class _Test(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the answer to an earlier question must be; of these tests exactly one is used."""

    question: Annotated[Key, Meta(description="Key of an earlier question.")] | UnsetType = UNSET
    equals: Annotated[
        ConditionValue | UnsetType,
        Meta(description="It was answered with this; a `multi` with this among others."),
    ] = UNSET
    any_of: Annotated[
        Annotated[list[ConditionValue], Meta(min_length=2, max_length=30)] | UnsetType,
        Meta(description="It was answered with one of these."),
    ] = UNSET
    at_least: Annotated[Bound | UnsetType, Meta(description="May go with `at_most`.")] = UNSET
    at_most: Bound | UnsetType = UNSET
    answered: Annotated[
        bool | UnsetType, Meta(description="Whether there is an answer at all.")
    ] = UNSET
    negated: Annotated[
        bool,
        Meta(description="Turns the test round; it is then true without an answer as well."),
    ] = msgspec.field(name="not", default=False)


class Condition(_Test, frozen=True, kw_only=True):
    """A test of one earlier question. A question that was not asked has no answer."""

    # A keyword must be given all the same.
    question: Annotated[Key, Meta(description="Key of an earlier question.")]  # pyright: ignore[reportGeneralTypeIssues]


Conditions = Annotated[list[Condition], Meta(min_length=2, max_length=8)]


class ShowIf(_Test, frozen=True, kw_only=True):
    """When to ask: a test of one earlier question, or `all` or `any` of several."""

    all: Conditions | UnsetType = UNSET
    any: Conditions | UnsetType = UNSET


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to choose."""

    key: Key
    text: Label
    fixed: Annotated[
        bool | UnsetType,
        Meta(description="Keeps its place where the others are shuffled, as `other` should."),
    ] = UNSET
    topic_id: Annotated[
        UUID | UnsetType, Meta(description="Whoever chooses it raises an issue of this topic.")
    ] = UNSET


Options = Annotated[list[Option], Meta(min_length=2, max_length=30)]


# Fields that came later are left out where nobody set them: an app that does not know them, and
# the entity tag of a bundle, see no difference.
class _Asked(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What all questions have."""

    key: Annotated[Key, Meta(description="Unique in the script.")]
    text: Wording
    required: bool = False
    sensitive: Annotated[
        bool,
        Meta(description="A political opinion, such as support: kept only with consent."),
    ] = False
    show_if: ShowIf | None = None
    hint: Annotated[
        Wording | UnsetType, Meta(description="For the canvasser's eyes, small under the question.")
    ] = UNSET


class _Chosen(_Asked, frozen=True, kw_only=True):
    """What questions with options have."""

    options: Options
    random_order: Annotated[
        bool | UnsetType,
        Meta(description="Shuffles the options, at each door otherwise and always the same there."),
    ] = UNSET


class SingleQuestion(_Chosen, frozen=True, kw_only=True, tag="single"):
    """One of several options; the answer is its key."""


class MultiQuestion(_Chosen, frozen=True, kw_only=True, tag="multi"):
    """Any of several options; the answer is a list of keys."""


class ScaleQuestion(_Asked, frozen=True, kw_only=True, tag="scale"):
    """A whole number from low to high."""

    low: Step
    high: Step
    labels: Annotated[
        list[Label], Meta(max_length=11, description="One per step from low to high, or none.")
    ] = []
    repeats: Annotated[
        Key | UnsetType,
        Meta(description="An earlier scale that this asks again, to see what the talk changed."),
    ] = UNSET


class TextQuestion(_Asked, frozen=True, kw_only=True, tag="text"):
    """The person's own words."""

    max_length: Annotated[int, Meta(ge=1, le=2000)] = 2000
    topic_id: Annotated[
        UUID | UnsetType,
        Meta(description="Whatever is written raises an issue of this topic, in these words."),
    ] = UNSET


class PromptQuestion(TextQuestion, frozen=True, kw_only=True, tag="prompt"):
    """A step of the talk: the canvasser says `text` and listens; an answer may be noted."""

    guidance: Annotated[
        Guidance | UnsetType,
        Meta(
            description="How to listen.",
            examples=["Let them finish. Ask what happened. Do not argue, do not judge."],
        ),
    ] = UNSET


class NumberQuestion(_Asked, frozen=True, kw_only=True, tag="number"):
    """A number, such as people in the household."""

    minimum: Bound | None = None
    maximum: Bound | None = None
    whole: Annotated[bool | UnsetType, Meta(description="Takes no fractions.")] = UNSET


class YesNoQuestion(_Asked, frozen=True, kw_only=True, tag="yes_no"):
    """Yes or no; the answer is true or false."""


Question = (
    SingleQuestion
    | MultiQuestion
    | ScaleQuestion
    | TextQuestion
    | PromptQuestion
    | NumberQuestion
    | YesNoQuestion
)
Questions = Annotated[list[Question], Meta(max_length=100)]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script of a campaign, and which version is the newest."""

    id: UUID
    campaign_id: UUID
    name: str
    version: int
    created_at: dt.datetime


class ScriptVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What canvassers say and ask; answers point at exactly one version."""

    script_id: UUID
    version: int
    name: str
    language: Annotated[str, Meta(description="In which the script is written, or `und`.")]
    introduction: str
    questions: list[Question]
    translations: Translations
    created_at: dt.datetime


class ScriptVersionCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version of a script."""

    language: Language = UNKNOWN_LANGUAGE
    introduction: Introduction
    questions: Questions
    translations: Translations = {}


class ScriptCreate(ScriptVersionCreate, frozen=True, kw_only=True):
    """A script to be."""

    name: Name


class CampaignScriptCreate(ScriptCreate, frozen=True, kw_only=True):
    """A script to be, and the campaign it is for."""

    campaign_id: UUID
