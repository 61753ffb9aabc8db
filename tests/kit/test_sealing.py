"""What a form carries: read by anybody, changed by nobody."""

import datetime as dt
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.kit.errors import RefusedError
from doorstep.kit.sealing import seal, unseal
from doorstep.kit.tokens import Keyring

OURS = UUID(int=1)
NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return Keyring(tmp_path_factory.mktemp("keys"), "https://doorstep.test")


@given(content=JSON)
@settings(max_examples=40, deadline=None)
def test_what_was_sealed_is_read_as_it_was(keyring, content):
    sealed = seal(keyring, OURS, "survey", content, LATER)
    assert unseal(keyring, OURS, "survey", sealed, object, NOW) == content


def test_nobody_else_nothing_else_and_not_for_ever(keyring):
    sealed = seal(keyring, OURS, "survey", {"a": 1}, LATER)
    for organization_id, purpose, text, at in (
        (UUID(int=2), "survey", sealed, NOW),
        (OURS, "issue", sealed, NOW),
        (OURS, "survey", sealed, LATER),
        (OURS, "survey", sealed + "====", NOW),
        (OURS, "survey", "", NOW),
        (OURS, "survey", "ü", NOW),
        (OURS, "survey", "AAAA", NOW),
    ):
        with pytest.raises(RefusedError, match="too old, or was changed"):
            unseal(keyring, organization_id, purpose, text, object, at)
    with pytest.raises(RefusedError):
        unseal(keyring, OURS, "survey", sealed, list[int], NOW)


def test_a_change_of_any_letter_is_found(keyring):
    sealed = seal(keyring, OURS, "survey", {"a": [1, 2]}, LATER)
    for place, letter in enumerate(sealed):
        other = "B" if letter != "B" else "C"
        changed = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(RefusedError):
            unseal(keyring, OURS, "survey", changed, object, NOW)
