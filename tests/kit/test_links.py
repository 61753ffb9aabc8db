import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.errors import RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose, read, sign
from doorstep.kit.tokens import Keyring

NOW = dt.datetime(2027, 3, 27, 10, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
OURS, SIGNUP = new_id(), new_id()


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return Keyring(tmp_path_factory.mktemp("keys"), "https://doorstep.example.org")


def refusal(keyring, purpose, token, now=NOW):
    with pytest.raises(RefusedError) as caught:
        read(keyring, purpose, token, now)
    return caught.value.detail


def test_a_link_says_what_was_signed(keyring):
    token = sign(keyring, Purpose.CONFIRM, OURS, SIGNUP, expires_at=LATER)
    said = read(keyring, Purpose.CONFIRM, token, NOW)
    assert (said.organization_id, said.ids, said.expires_at) == (OURS, (SIGNUP,), LATER)
    assert len(token) == 75
    assert len(sign(keyring, Purpose.CONFIRM, OURS, expires_at=LATER)) == 54


def test_too_old_forged_and_for_another_purpose_are_refused_alike(keyring, tmp_path):
    token = sign(keyring, Purpose.CONFIRM, OURS, SIGNUP, expires_at=LATER)
    elsewhere = sign(
        Keyring(tmp_path, "https://x.example.org"), Purpose.CONFIRM, OURS, SIGNUP, expires_at=LATER
    )
    assert {
        refusal(keyring, Purpose.CONFIRM, token, LATER),
        refusal(keyring, Purpose.CANCEL, token),
        refusal(keyring, Purpose.CONFIRM, elsewhere),
        refusal(keyring, Purpose.CONFIRM, token[:-4]),
        refusal(keyring, Purpose.CONFIRM, token + "="),
        refusal(keyring, Purpose.CONFIRM, ""),
    } == {"This link is not valid, or not any more. Ask for a new one."}


@given(data=st.data())
def test_no_letter_of_a_link_can_be_changed(keyring, data):
    token = sign(keyring, Purpose.CANCEL, OURS, SIGNUP, expires_at=LATER)
    at = data.draw(st.integers(0, len(token) - 1))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = data.draw(st.sampled_from([one for one in letters if one != token[at]]))
    changed = token[:at] + other + token[at + 1 :]
    refusal(keyring, Purpose.CANCEL, changed)


@given(token=st.text(max_size=120))
def test_whatever_is_sent_is_refused_and_nothing_breaks(keyring, token):
    refusal(keyring, Purpose.CANCEL, token)
