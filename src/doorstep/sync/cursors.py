"""Cursors: the number of a change, and the epoch in which it was given. Pure."""

from typing import NamedTuple

SEQ_BITS = 40
"""A million million changes in an epoch, 8,000 epochs: together they fit a JSON number."""


class Cursor(NamedTuple):
    """How far a phone has come."""

    epoch: int
    seq: int


def read_cursor(number: int) -> Cursor:
    """The cursor that a phone gave back.

    Parameters
    ----------
    number
        0 or more; 0 from a phone that has nothing.
    """
    return Cursor(number >> SEQ_BITS, number & ((1 << SEQ_BITS) - 1))


def write_cursor(cursor: Cursor) -> int:
    """The number that stands for a cursor: below 2**53 for epochs up to 8191."""
    return (cursor.epoch << SEQ_BITS) + cursor.seq
