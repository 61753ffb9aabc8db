"""Doors that a pass leaves alone, so that one can tell later what knocking changed."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

MAX_SHARE = 0.5
"""Beyond this, fewer doors would be knocked at than held out."""


def held_out(cluster_ids: Sequence[UUID], *, share: float, seed: str) -> NDArray[np.bool_]:
    """Return which clusters are held out.

    The first eight bytes of the SHA-256 of ``{seed}/{cluster id}``, read as a big-endian fraction
    of 2**64, decide: below ``share`` a cluster is held out. So each is decided for itself, today
    as in a month and by anybody who knows the seed; a larger share only adds to a smaller one.
    Chance comes from a hash rather than a generator because doors are cut a few at a time, and
    added later.

    Whole clusters are held out because neighbours talk: the effect on those who were knocked at
    would spill over to those who were not [1]_. What is measured later must allow for it, with
    standard errors by cluster.

    Parameters
    ----------
    cluster_ids
        What is never divided, such as the building of each door; ids may repeat, shape (n,).
    share
        Of the clusters, from 0 to ``MAX_SHARE``. The share of doors comes near it the more
        clusters there are and the more alike they are in size.
    seed
        The same seed holds out the same clusters, another seed others.

    Returns
    -------
    numpy.ndarray
        True where a cluster is held out, shape (n,).

    Raises
    ------
    ValueError
        If the share is out of range.

    References
    ----------
    .. [1] A. S. Gerber and D. P. Green, *Field Experiments: Design, Analysis, and
       Interpretation*, W. W. Norton, 2012, chapters 3 (cluster assignment) and 8 (spillover).
    """
    if not 0 <= share <= MAX_SHARE:
        msg = f"share must be from 0 to {MAX_SHARE}, not {share}"
        raise ValueError(msg)
    if share == 0:
        return np.zeros(len(cluster_ids), dtype=bool)
    places = {one: _fraction(f"{seed}/{one}") for one in set(cluster_ids)}
    return np.array([places[one] < share for one in cluster_ids], dtype=bool)


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
