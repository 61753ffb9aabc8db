import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.errors import NotFoundError
from doorstep.sheets.codes import LETTERS, new_code, read_code, shown


def test_a_code_is_read_as_it_is_shown_in_any_case():
    code = new_code()
    assert read_code(f" {shown(code).lower()} ") == code


@given(st.integers(0, 7), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_noticed(place, letter):
    code = new_code()
    typed = code[:place] + letter + code[place + 1 :]
    if typed == code:
        return
    with pytest.raises(NotFoundError, match="not the code of a sheet"):
        read_code(typed)


@given(st.integers(0, 6))
def test_neighbours_that_changed_places_are_noticed(place):
    code = "ABCDEFG"
    code += next(last for last in LETTERS if is_code(code + last))
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert not is_code(typed)


def is_code(typed):
    try:
        return read_code(typed) == typed
    except NotFoundError:
        return False


@pytest.mark.parametrize(
    "typed", ["", "ABC", "ABCD-EFGH-ABCD", "0000-0000", "ÄÖÜßÄÖÜß", "ABCD\x00EFG"]
)
def test_what_can_be_no_code_is_refused(typed):
    with pytest.raises(NotFoundError):
        read_code(typed)
