"""Which column of a file holds what: a guess to start from, and a check of what was decided."""

import re
from collections import Counter
from collections.abc import Mapping as Table
from collections.abc import Sequence

import polars as pl

from doorstep.imports.cells import NUMBER, day, tidy, yes_or_no
from doorstep.imports.headers import field_of, is_guarded, is_opinion, is_useful, plain_header
from doorstep.imports.model import AttributeKind, ColumnUse, Field, GuessedColumn, Mapping
from doorstep.kit.errors import FieldProblem, RefusedError

# Under our own name for these, a cell that does not fit is at fault, and not the column.
_MEANT = frozenset({
    Field.STREET, Field.HOUSE_NUMBER, Field.UNIT, Field.POSTCODE, Field.CITY, Field.LONGITUDE,
    Field.LATITUDE, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.EXTERNAL_ID,
    Field.ADDRESS_EXTERNAL_ID,
})  # fmt: skip
JOINED = frozenset({
    Field.STREET, Field.HOUSE_NUMBER, Field.UNIT, Field.NAME, Field.ADDRESS, Field.TAGS,
})  # fmt: skip
"""Fields that several columns may make together, in the order of the file."""

SAMPLES = 5
_MOSTLY = 0.8
_FEW_VALUES = 0.5
_KEY_LENGTH = 30
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
# What the values of a column must mostly look like if its name is to be believed.
_FITTING = {
    Field.EMAIL: _EMAIL,
    Field.PHONE: r"^\D{0,3}\d[\d\s()./-]{4,}",
    Field.BIRTH_YEAR: r"\d{4}",
    Field.BIRTH_DATE: r"\d{4}",
    Field.LONGITUDE: r"\d",
    Field.LATITUDE: r"\d",
    Field.HOUSE_NUMBER: r"^.{0,4}\d.{0,9}$",
    Field.POSTCODE: r"\d",
    Field.LANGUAGE: r"^\D+$",
    Field.ADDRESS: r"\d",
    Field.UPDATED_AT: r"\d",
}
# What they must look like if they are to be believed without a name.
_TELLING = {
    Field.EMAIL: _EMAIL,
    Field.PHONE: r"^(?:\+\d[\d ()./-]{6,18}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})$",
    Field.ADDRESS: (
        r"^(?:\d{1,5}[A-Za-z]? [^\d\W][\w.' -]{3,}|[^\d\W][\w.' -]{3,} \d{1,4}[A-Za-z]?)$"
    ),
}
_PARTY_CODE = r"^(?i:d|r|i|g|l|dem|rep|ind|lib|grn|una|npa|democrat(?:ic)?|republican)$"
# Without any of these a row names no address.
_PLACES = frozenset({Field.ADDRESS, Field.STREET, Field.ADDRESS_EXTERNAL_ID})
_NAMES = frozenset({Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME})
_OF_PEOPLE = frozenset({
    Field.EXTERNAL_ID, Field.BIRTH_YEAR, Field.BIRTH_DATE, Field.PHONE, Field.EMAIL, Field.LANGUAGE,
})  # fmt: skip


def guess(columns: Sequence[str], sample: pl.DataFrame) -> list[GuessedColumn]:
    """What each column seems to hold, from its name and its first values.

    Parameters
    ----------
    columns
        The names of the header, in order, each once.
    sample
        The first rows; a text column for each name.
    """
    nothing = pl.Series([], dtype=pl.String)
    values = {name: _said(sample[name]) if name in sample.columns else nothing for name in columns}
    fields, reasons = _fields(columns, values)
    keys: set[str] = set()
    found: list[GuessedColumn] = []
    for name in columns:
        field = fields.get(name)
        use, why = ColumnUse(column=name, field=field), reasons.get(name, "")
        if not why:
            use, why = _kept(name, values[name], keys)
        samples = values[name].unique(maintain_order=True).head(SAMPLES).str.slice(0, 100)
        found.append(GuessedColumn(use=use, why=why, samples=samples.to_list()))
    return found


def _said(column: pl.Series) -> pl.Series:
    """The values of a column, without its name where lists were put end to end."""
    values = tidy(column).drop_nulls()
    return values.filter(values != column.name)


def safe_mapping(guessed: Sequence[GuessedColumn]) -> Mapping:
    """What can be read without anybody having looked: political opinions are left out."""
    return Mapping(
        columns=[
            ColumnUse(column=one.use.column, field=None) if one.use.sensitive else one.use
            for one in guessed
        ]
    )


def _fields(
    columns: Sequence[str], values: Table[str, pl.Series]
) -> tuple[dict[str, Field], dict[str, str]]:
    """The field of each column that fills one, and why it does, or why another does instead."""
    named = {name: claim for name in columns if (claim := _by_name(name, values[name]))}
    claims = named | _by_values([name for name in columns if name not in named], named, values)
    # Of several columns for one field, the one with the surest name; parts of it come along.
    best: dict[Field, str] = {}
    for name, (field, rank) in sorted(claims.items(), key=lambda claim: claim[1][1]):
        if rank >= 0:
            best.setdefault(field, name)
    fields = {
        name: field
        for name, (field, rank) in claims.items()
        if best.get(field) == name
        or (rank < 0 and (field in best or field is Field.UNIT))
        or field is Field.TAGS
    }
    _settle_address(fields, best, values)
    _settle_person(fields, best, values)
    reasons = {
        name: f"left out, as other columns tell the {field.replace('_', ' ')} better"
        for name, (field, _) in claims.items()
    }
    reasons |= {name: "by its name" if name in named else "by what is in it" for name in fields}
    return fields, reasons


def _by_name(name: str, values: pl.Series) -> tuple[Field, int] | None:
    """What the name says, unless the values belie it; our own names are meant."""
    claim = field_of(name)
    if claim is None or (claim[0] in _MEANT and plain_header(name).replace(" ", "_") == claim[0]):
        return claim
    return claim if _looks(values, _FITTING.get(claim[0], "")) else None


def _by_values(
    columns: Sequence[str],
    named: Table[str, tuple[Field, int]],
    values: Table[str, pl.Series],
) -> dict[str, tuple[Field, int]]:
    """The fields that no name says and that values tell, each of one column."""
    told = {field for field, _ in named.values()}
    if Field.STREET in told:
        told.add(Field.ADDRESS)
    found: dict[str, tuple[Field, int]] = {}
    for name in columns:
        cells = values[name]
        # What differs in its number alone is numbered, not an address.
        stems = cells.str.replace_all(r"\d", "").n_unique()
        for field in [field for field in _TELLING if field not in told]:
            numbered = field is Field.ADDRESS and stems == 1 < len(cells)
            if len(cells) and not numbered and _looks(cells, _TELLING[field]):
                found[name] = (field, 0)
                told.add(field)
                break
    return found


def _settle_address(
    fields: dict[str, Field], best: dict[Field, str], values: Table[str, pl.Series]
) -> None:
    """Street and number in columns of their own, or both in one."""
    street = best.get(Field.STREET)
    if street and Field.HOUSE_NUMBER in best:
        _drop(fields, Field.ADDRESS)
    else:
        _drop(fields, Field.STREET, Field.HOUSE_NUMBER)
        if street and Field.ADDRESS not in best and _looks(values[street], r"\d"):
            fields[street] = Field.ADDRESS
    if not (Field.LONGITUDE in best and Field.LATITUDE in best):
        _drop(fields, Field.LONGITUDE, Field.LATITUDE)


def _settle_person(
    fields: dict[str, Field], best: dict[Field, str], values: Table[str, pl.Series]
) -> None:
    """A whole name, or its parts; and nothing about people who have none."""
    name, given, family = map(best.get, (Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME))
    if name and given and not family:
        fields[name] = Field.FAMILY_NAME
    elif given and family:
        _drop(fields, Field.NAME)
    elif not name and (alone := given or family) and _looks(values[alone], r"\S[, ]+\S"):
        fields[alone] = Field.NAME
    if Field.BIRTH_YEAR in best:
        _drop(fields, Field.BIRTH_DATE)
    if not _NAMES & set(fields.values()):
        own = best.get(Field.EXTERNAL_ID)
        of = Field.DOOR_EXTERNAL_ID if Field.UNIT in best else Field.ADDRESS_EXTERNAL_ID
        if own and of not in best:
            fields[own] = of
        _drop(fields, *_OF_PEOPLE)


def _drop(fields: dict[str, Field], *dropped: Field) -> None:
    for name in [name for name, field in fields.items() if field in dropped]:
        del fields[name]


def _kept(name: str, values: pl.Series, keys: set[str]) -> tuple[ColumnUse, str]:
    """A column without a field: kept for filters if it is of use there."""
    left_out = ColumnUse(column=name, field=None)
    if is_guarded(name):
        return left_out, "left out: it tells origin, belief or health"
    votes = is_useful(name) and bool(len(values)) and _looks(values, _PARTY_CODE)
    opinion = is_opinion(name) or votes
    if not (opinion or (is_useful(name) and _repeats(values))):
        return left_out, "left out: no field has this name"
    kept = ColumnUse(
        column=name,
        field=Field.ATTRIBUTE,
        key=_key(name, keys),
        kind=_kind(values),
        sensitive=opinion,
    )
    return kept, "a political opinion: needs a legal basis" if opinion else "useful in filters"


def _looks(values: pl.Series, pattern: str) -> bool:
    """Whether most values look like this; a column without values may hold anything."""
    return values.is_empty() or values.str.contains(pattern).sum() >= _MOSTLY * len(values)


def _repeats(values: pl.Series) -> bool:
    """Whether values come up again and again, as those that one filters by do."""
    few = values.n_unique() <= max(len(values) * _FEW_VALUES, 2)
    return few or _kind(values) is AttributeKind.NUMBER


def _kind(values: pl.Series) -> AttributeKind:
    """How the cells are read; texts such as 007 keep their zeros."""
    if values.is_empty() or values.str.contains(r"^0\d").any():
        return AttributeKind.TEXT
    if values.n_unique() > 1 and all(yes_or_no(text) is not None for text in values):
        return AttributeKind.YES_NO
    if values.str.contains(NUMBER).all():
        return AttributeKind.NUMBER
    if all(day(text, day_first=True) for text in values):
        return AttributeKind.DATE
    return AttributeKind.TEXT


def _key(name: str, taken: set[str]) -> str:
    """The column's name as a key of ours, not yet taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", plain_header(name)).strip("_")
    stem = plain[:_KEY_LENGTH].strip("_") or "column"
    stem = stem if stem[0].isalpha() else f"c_{stem}"
    numbered = (stem if count == 1 else f"{stem}_{count}" for count in range(1, len(taken) + 2))
    key = next(key for key in numbered if key not in taken)
    taken.add(key)
    return key


def check_mapping(mapping: Mapping, columns: Sequence[str]) -> None:
    """Refuse a mapping that does not fit a file of these columns.

    Raises
    ------
    RefusedError
        With every fault and the column it is about.
    """
    faults = [*_column_faults(mapping, columns), *_whole_faults(mapping)]
    if faults:
        refused = RefusedError(f"The columns cannot be read like that. {faults[0].detail}")
        refused.errors = faults
        raise refused


def _column_faults(mapping: Mapping, columns: Sequence[str]) -> list[FieldProblem]:
    known, seen = set(columns), Counter(use.column for use in mapping.columns)
    keys = Counter(use.key for use in mapping.columns if use.field is Field.ATTRIBUTE)
    faults: list[FieldProblem] = []
    for place, use in enumerate(mapping.columns):
        about = f"mapping.columns[{place}]"

        def fault(what: str, detail: str, about: str = about) -> None:
            faults.append(FieldProblem(field=f"{about}.{what}", detail=detail))

        if use.column not in known:
            fault("column", f"The file has no column {use.column}. It has: {_listed(columns)}.")
        if seen[use.column] > 1:
            fault("column", f"The column {use.column} is mapped twice. Keep one of them.")
        if use.field is Field.ATTRIBUTE:
            if use.key is None:
                fault("key", f"Give a key under which the column {use.column} is kept.")
            elif keys[use.key] > 1:
                fault("key", f"Two columns are to be kept as {use.key}. Choose another key.")
        elif use.key is not None:
            fault("key", "Only a kept column (attribute) has a key. Leave it out.")
        if use.sensitive and use.field is not Field.ATTRIBUTE:
            fault("sensitive", "Only a kept column (attribute) can be sensitive.")
    return faults


def _whole_faults(mapping: Mapping) -> list[FieldProblem]:
    fields = Counter(use.field for use in mapping.columns if use.field is not None)
    details = [
        f"{count} columns are to fill {field}. Keep one of them."
        for field, count in fields.items()
        if count > 1 and field not in JOINED and field is not Field.ATTRIBUTE
    ]
    if not _PLACES & fields.keys():
        details.append(
            "No column says where the doors are. Map one to address, or to street and "
            "house_number, or to address_external_id."
        )
    if (Field.LONGITUDE in fields) != (Field.LATITUDE in fields):
        details.append("Map longitude and latitude both, or neither.")
    if _OF_PEOPLE & fields.keys() and not _NAMES & fields.keys():
        told = sorted(_OF_PEOPLE & fields.keys())
        details.append(
            f"{_listed(told)} tell of people whose names are in no column. Map one to name, "
            "given_name or family_name, or leave these columns out."
        )
    faults = [FieldProblem(field="mapping.columns", detail=detail) for detail in details]
    sensitive = [use.column for use in mapping.columns if use.sensitive]
    if sensitive and not mapping.basis.strip():
        detail = (
            f"{_listed(sensitive)} tells political opinions. Say in `basis` on what legal ground "
            "it is kept, such as “public voter register”, or leave the column out."
        )
        faults.append(FieldProblem(field="mapping.basis", detail=detail))
    return faults


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
