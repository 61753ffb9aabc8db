import contextlib
import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.errors import InvalidError, TooLargeError
from doorstep.kit.packing import unpacked

PACK = {"gzip": gzip.compress, "zstd": zstandard.compress, "identity": bytes}
MIB = 2**20


@given(body=st.binary(max_size=5000), encoding=st.sampled_from(sorted(PACK)))
def test_what_was_packed_comes_out_as_it_was(body, encoding):
    assert unpacked(PACK[encoding](body), encoding, MIB) == body


@pytest.mark.parametrize("encoding", sorted(PACK))
def test_a_body_of_just_the_limit_passes_and_one_more_byte_does_not(encoding):
    assert len(unpacked(PACK[encoding](b"x" * MIB), encoding, MIB)) == MIB
    with pytest.raises(TooLargeError):
        unpacked(PACK[encoding](b"x" * (MIB + 1)), encoding, MIB)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_not_unpacked(encoding):
    bomb = PACK[encoding](bytes(200 * MIB))
    assert len(bomb) < MIB
    with pytest.raises(TooLargeError):
        unpacked(bomb, encoding, MIB)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@given(data=st.data())
def test_a_body_cut_short_is_refused(encoding, data):
    whole = PACK[encoding](b"knock " * 300)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(InvalidError):
        unpacked(whole[:cut], encoding, MIB)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@given(body=st.binary(max_size=200))
def test_bytes_of_any_kind_are_unpacked_or_refused(encoding, body):
    with contextlib.suppress(InvalidError):
        assert isinstance(unpacked(body, encoding, MIB), bytes)


def test_an_encoding_that_is_not_known_is_named():
    with pytest.raises(InvalidError) as refused:
        unpacked(zlib.compress(b"x"), "br", MIB)
    assert refused.value.errors[0].field == "Content-Encoding"
