"""Scripts as spreadsheets and back; the spreadsheets convert without a warning."""

import contextlib
import datetime as dt
import io
import zipfile
from uuid import UUID

import msgspec
import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyxform.xls2xform import convert
from strategies_of_surveys import patient, scripts, words

from doorstep.kit.errors import RefusedError
from doorstep.surveys.checking import script_faults
from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Option,
    PromptQuestion,
    ScaleQuestion,
    ScriptCreate,
    ScriptVersion,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.xlsform import read_xlsform, write_xlsform

# Hardly any of its warnings are about us, and every one would be an error here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def same(version, read):
    names = ("name", "language", "introduction", "questions", "translations")
    return {name: (getattr(version, name), getattr(read, name)) for name in names}


@patient
@given(scripts())
def test_a_script_comes_back_from_a_spreadsheet_the_same(version):
    assume(version.introduction or version.questions)
    read, notes = read_xlsform(write_xlsform(version))
    assert notes == []
    for name, (wrote, got) in same(version, read).items():
        assert got == wrote, name


@patient
@given(scripts())
def test_every_spreadsheet_is_a_form_without_a_warning(version):
    assume(version.questions)
    form = convert(xlsform=io.BytesIO(write_xlsform(version)), validate=False)
    assert form.warnings == []
    for question in version.questions:
        name = "_meta" if question.key == "meta" else question.key
        assert f'nodeset="/Doorstep/{name}"' in form.xform


SURVEY = ["type", "name", "label"]


def form(survey, choices=(), settings=(), header=SURVEY, **others):
    """An .xlsx file as somebody else would make it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "survey"
    for row in (header, *survey):
        sheet.append(row)
    rest = {"choices": [("list_name", "name", "label"), *choices], "settings": settings, **others}
    for name, rows in rest.items():
        other = book.create_sheet(name)
        for row in rows:
            other.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def noted(notes):
    return [(note.sheet, note.row, note.column) for note in notes]


def test_a_form_from_elsewhere_becomes_a_script():
    read, notes = read_xlsform(
        form(
            [
                ("note", "hello", "Good evening!", None, None, None, None),
                ("select_one yn", "time", "Do you have a minute?", "yes", None, None, None),
                (
                    "select one topics",
                    "Topic",
                    "What matters?",
                    None,
                    "${time} = 'yes'",
                    None,
                    None,
                ),
                (
                    "select_multiple topics",
                    "more",
                    "What else?",
                    None,
                    None,
                    None,
                    "randomize=true",
                ),
                ("integer", "people", "How many?", None, None, ". >= 1 and . <= 12", None),
                ("decimal", "rent", "How much is the rent?", "TRUE", "${people} > 1", None, None),
                ("text", "why", "Why?", None, "selected(${more}, '2')", None, None),
                ("range", "liking", "How much?", None, "${Topic} != ''", None, "start=0 end=10"),
                ("acknowledge", "told", "We keep this", None, None, None, None),
                ("note", "thanks", "Thank them", None, "${told} = 'OK'", None, None),
            ],
            [
                ("yn", "yes", "Yes"),
                ("yn", "no", "No"),
                ("topics", 1, "Rents"),
                ("topics", 2, "Roads"),
            ],
            [("form_title", "version"), ("Spring", 3)],
            [*SURVEY, "required", "relevant", "constraint", "parameters"],
        )
    )
    assert (read.name, read.introduction, read.language) == ("Spring", "Good evening!", "und")
    assert script_faults(read.questions) == []
    offered = [Option(key="option_1", text="Rents"), Option(key="option_2", text="Roads")]
    assert read.questions == [
        YesNoQuestion(key="time", text="Do you have a minute?", required=True),
        SingleQuestion(
            key="topic",
            text="What matters?",
            options=offered,
            show_if=ShowIf(question="time", equals=True),
        ),
        MultiQuestion(key="more", text="What else?", options=offered, random_order=True),
        NumberQuestion(key="people", text="How many?", minimum=1, maximum=12, whole=True),
        NumberQuestion(
            key="rent",
            text="How much is the rent?",
            required=True,
            show_if=ShowIf(question="people", at_least=2.0),
        ),
        TextQuestion(key="why", text="Why?", show_if=ShowIf(question="more", equals="option_2")),
        ScaleQuestion(
            key="liking",
            text="How much?",
            low=0,
            high=10,
            show_if=ShowIf(question="topic", answered=True),
        ),
        YesNoQuestion(key="told", text="We keep this"),
        PromptQuestion(
            key="thanks", text="Thank them", show_if=ShowIf(question="told", equals=True)
        ),
    ]
    assert noted(notes) == [
        ("survey", 4, "name"), ("choices", 4, "name"), ("choices", 5, "name"),
    ]  # fmt: skip
    assert notes[0].remedy == "It is called topic now."


UNSUPPORTED = {
    "a type": (["geopoint", "place", "Where?"], "type", "no questions of the type “geopoint”"),
    "a calculation": (["calculate", "sum", None], "type", "no questions of the type"),
    "what is recorded anyway": (["deviceid", "deviceid", None], "type", "recorded anyway"),
    "a group": (["begin_group", "g", "Group"], "type", "no groups"),
    "a repeat": (["begin repeat", "r", "Each"], "type", "once"),
    "a list that is not there": (["select_one none", "x", "?"], "type", "fewer than two"),
    "an answer in a text": (["text", "x", "Hello ${name}"], "label", "an answer into a text"),
    "a label that is missing": (["text", "x", None], "label", "no label"),
    "a name that is no key": (["text", "Ärger!", "?"], "name", "cannot be one"),
    "a name that is taken": (["text", "first", "?"], "name", "used once"),
    "a text that is too long": (["text", "x", "y" * 501], "label", "501 characters"),
    "other": (["select_one l or_other", "x", "?"], "type", "cannot be written down"),
    "a scale that is none": (
        ["range", "x", "?", {"parameters": "start=0 end=100 step=5"}],
        "parameters",
        "steps of 1",
    ),
    "a parameter": (
        ["range", "x", "?", {"parameters": "end=5 placeholder=2"}],
        "parameters",
        "placeholder",
    ),
    "a condition": (["text", "x", "?", {"relevant": "once(${first})"}], "relevant", "only compare"),
    "a condition on later questions": (
        ["text", "x", "?", {"relevant": "${last} = 'a'"}],
        "relevant",
        "no earlier question called “last”",
    ),
    "a condition on no option": (
        ["text", "x", "?", {"relevant": "${chosen} = 'c'"}],
        "relevant",
        "cannot be answered with “c”",
    ),
    "a constraint": (
        ["text", "x", "?", {"constraint": "regex(., '[A-Z]')"}],
        "constraint",
        "length",
    ),
    "a number beyond all": (
        ["integer", "x", "?", {"constraint": ". > 1" + "0" * 400}],
        "constraint",
        "1,000,000,000,000",
    ),
    "a length beyond all": (
        ["text", "x", "?", {"constraint": f"string-length(.) <= 1{'0' * 400}"}],
        "constraint",
        "1,000,000,000,000",
    ),
    "a constraint where there is none": (
        ["select_one l", "x", "?", {"constraint": ". != 'a'"}],
        "constraint",
        "no limits",
    ),
    "a required that depends": (
        ["text", "x", "?", {"required": "${first} = 'a'"}],
        "required",
        "Only yes or no",
    ),
    "a row that is switched off": (
        ["text", "x", "?", {"disabled": "yes"}],
        "disabled",
        "switched off",
    ),
    "a repetition of nothing": (
        ["range", "x", "?", {"doorstep::repeats": "nothing"}],
        "doorstep::repeats",
        "no earlier question",
    ),
    "a picture": (["text", "x", "?", {"media::image": "a.png"}], "media::image", "nothing like it"),
    "looks": (["text", "x", "?", {"appearance": "multiline"}], "appearance", "the app's affair"),
    "a default": (["text", "x", "?", {"default": "a"}], "default", "beforehand"),
    "a choice filter": (
        ["select_one l", "x", "?", {"choice_filter": "a"}],
        "choice_filter",
        "always offered",
    ),
    "guidance of what is no prompt": (
        ["text", "x", "?", {"guidance_hint": "a"}],
        "guidance_hint",
        "Only prompts",
    ),
}


@pytest.mark.parametrize(("row", "column", "words"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_a_script_cannot_have_is_named_with_its_cell_and_a_remedy(row, column, words):
    extra = row[3] if len(row) > 3 else {}
    _, notes = read_xlsform(
        form(
            [
                ("text", "first", "First?"),
                ("select_one l", "chosen", "Which?"),
                [*row[:3], *extra.values()],
            ],
            [("l", "a", "A"), ("l", "b", "B")],
            header=[*SURVEY, *extra],
        )
    )
    (note,) = [one for one in notes if one.row == 4]
    assert (note.sheet, note.column) == ("survey", column)
    assert words in note.detail
    assert note.remedy.endswith(".")


def test_names_that_come_twice_lose_nothing():
    read, notes = read_xlsform(
        form(
            [("text", "a", "First"), ("text", "a", "Second"), ("select_one l", "b", "?")],
            [("l", "x", "One"), ("l", "x", "Two"), ("l", "x", "Three"), ("l", "x_2", "Four")],
        )
    )
    assert [(one.key, one.text) for one in read.questions][:2] == [
        ("a", "First"),
        ("a_2", "Second"),
    ]
    offered = [option.key for option in read.questions[2].options]
    assert offered == ["x", "x_2", "x_3", "x_2_2"]
    assert noted(notes) == [("survey", 3, "name"), *(("choices", row, "name") for row in (3, 4, 5))]


def test_a_list_is_cut_where_a_question_can_have_no_more_options():
    choices = [("l", f"o{number}", f"Option {number}") for number in range(31)]
    for kind, last in (("select_one l", "o29"), ("select_one l or_other", "other")):
        read, notes = read_xlsform(form([(kind, "a", "?")], choices))
        assert len(read.questions[0].options) == 30
        assert read.questions[0].options[-1].key == last
        assert any("30 options at most" in note.detail for note in notes)


def test_what_is_repeated_is_left_out_and_a_group_hands_its_condition_on():
    read, _ = read_xlsform(
        form(
            [
                ("integer", "people", "How many?", None),
                ("begin_group", "g", None, "${people} >= 2"),
                ("text", "inside", "?", "${people} <= 5"),
                ("end_group", None, None, None),
                ("begin_repeat", "r", None, None),
                ("text", "again", "?", None),
                ("end_repeat", None, None, None),
                ("text", "after", "?", None),
            ],
            header=[*SURVEY, "relevant"],
        )
    )
    _, inside, after = read.questions
    tests = [Condition(question="people", at_least=2.0), Condition(question="people", at_most=5.0)]
    assert (inside.key, inside.show_if) == ("inside", ShowIf(all=tests))
    assert (after.key, after.show_if) == ("after", None)


def test_a_sheet_that_means_nothing_is_passed_over_and_one_that_does_is_named():
    read, notes = read_xlsform(
        form(
            [("text", "x", "?")],
            notes=[("anything",), *[("at all",)] * 6000],
            entities=[("list_name", "label"), ("people", "name")],
            settings=[("form_title", "style"), ("Spring", "pages")],
        )
    )
    assert len(read.questions) == 1
    assert noted(notes) == [("settings", 2, "style"), ("entities", 1, "")]


def test_languages_are_told_by_their_tags():
    header = ["type", "name", "label::English (en)", "label::Suomi (fi)", "label::Elvish", "hint"]
    read, notes = read_xlsform(
        form(
            [("text", "wish", "Your wish?", "Toiveesi?", "?", "Listen")],
            settings=[("default_language",), ("English (en)",)],
            header=header,
        )
    )
    assert read.language == "en"
    assert read.questions == [TextQuestion(key="wish", text="Your wish?", hint="Listen")]
    assert read.translations == {"fi": {"wish.text": "Toiveesi?"}}
    assert noted(notes) == [("survey", 1, "label::Elvish")]


def test_a_hundred_questions_are_taken_and_the_rest_named():
    rows = [("text", f"q{number}", "?") for number in range(103)]
    read, notes = read_xlsform(form(rows))
    assert len(read.questions) == 100
    assert noted(notes) == [("survey", row, "name") for row in (102, 103, 104)]


@patient
@given(
    st.lists(
        st.lists(
            st.sampled_from(["text", "select_one l", "range", "integer", "note", "x", "", None])
            | words
            | st.integers()
            | st.booleans(),
            max_size=9,
        ),
        max_size=8,
    ),
    st.permutations(
        [*SURVEY, "hint", "required", "relevant", "constraint", "parameters", "label::Suomi (fi)"]
    ),
)
def test_whatever_is_in_its_cells_a_form_becomes_a_script_of_the_right_shape(rows, header):
    read, notes = read_xlsform(
        form(rows, [("l", "a", "A"), ("l", None, "B"), (None, 3)], header=header)
    )
    again = msgspec.json.decode(msgspec.json.encode(read), type=ScriptCreate)
    assert again == read
    assert all(note.detail and note.remedy for note in notes)


def test_a_text_that_looks_like_a_formula_stays_a_text():
    hostile = '=HYPERLINK("http://example.org","Click")'
    version = ScriptVersion(
        script_id=UUID(int=1),
        version=1,
        name="@SUM(1)",
        language="und",
        introduction="+1",
        questions=[TextQuestion(key="x", text=hostile), TextQuestion(key="y", text="#N/A")],
        translations={},
        created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )
    packed = write_xlsform(version)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for part in archive.namelist():
            assert b"<f>" not in archive.read(part), part
    sheet = openpyxl.load_workbook(io.BytesIO(packed))["survey"]
    cell = next(one for row in sheet.iter_rows() for one in row if one.value == hostile)
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert read_xlsform(packed)[0].questions == version.questions


def test_what_no_spreadsheet_can_hold_is_shown_as_such_or_refused():
    usual = {"script_id": UUID(int=1), "version": 1, "name": "a", "language": "und"}
    usual |= {"translations": {}, "created_at": dt.datetime(2026, 11, 22, tzinfo=dt.UTC)}
    odd = ScriptVersion(introduction="a\r\nb\x01c\ufffe", questions=[], **usual)
    assert read_xlsform(write_xlsform(odd))[0].introduction == "a\nb\ufffdc\ufffd"
    with pytest.raises(RefusedError, match="empty"):
        write_xlsform(ScriptVersion(introduction=" ", questions=[], **usual))
    values = [f"{number} {'x' * 1990}" for number in range(20)]
    long = [TextQuestion(key="a", text="?"), TextQuestion(key="b", text="?")]
    long[1] = msgspec.structs.replace(long[1], show_if=ShowIf(question="a", any_of=values))
    with pytest.raises(RefusedError, match="32,767"):
        write_xlsform(ScriptVersion(introduction="", questions=long, **usual))


def bomb(size):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * size)
    return packed.getvalue()


def one_far_cell():
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active["XFD1048576"] = "far"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def laughs():
    """A few hundred bytes of XML that say a billion words."""
    entities = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    text = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l9;</a>'
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good, zipfile.ZipFile(packed, "w") as archive:
        for part in good.namelist():
            archive.writestr(part, text if "sheet1" in part else good.read(part))
    return packed.getvalue()


GOOD = form([("text", "x", "?")])
HARMFUL = {
    "nothing": (b"", "no Excel workbook"),
    "text": (b"type,name,label\ntext,x,?\n", "no Excel workbook"),
    "another zip": (bomb(10), "damaged"),
    "half a file": (GOOD[: len(GOOD) // 2], "no Excel workbook"),
    "a damaged part": (GOOD.replace(GOOD[120:140], b"\xff" * 20, 1), "no Excel workbook"),
    "a bomb": (bomb(20 * 2**20), "larger than 16 MiB"),
    "XML that unfolds without end": (laughs(), "damaged"),
    "an old or locked workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
    "no survey": (form([], header=[]).replace(b"survey", b"others"), "sheet called survey"),
    "no columns": (form([], header=["question", "answer"]), "columns type and name"),
    "one cell far away": (one_far_cell(), "columns type and name"),
    "too many rows": (form([("text", f"q{row}", "?") for row in range(5001)]), "5,000 rows"),
}


@pytest.mark.parametrize(("content", "words"), HARMFUL.values(), ids=HARMFUL)
def test_what_is_no_form_is_refused_in_words(content, words):
    with pytest.raises(RefusedError, match=words) as refused:
        read_xlsform(content)
    assert refused.value.errors[0].field == "body"


@patient
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused(place, damage):
    content = GOOD[:place] + damage + GOOD[place + len(damage) :]
    with contextlib.suppress(RefusedError):
        assert read_xlsform(content)
