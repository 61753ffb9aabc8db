"""Who lives together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.algorithms.names import family_parts


def households(door: NDArray[np.integer[Any]], family_names: Sequence[str]) -> NDArray[np.int64]:
    """Return a household for each person: who shares a door and a part of the family name.

    Parameters
    ----------
    door
        Shape (n,), whole numbers, one per door.
    family_names
        As written; who has none lives alone.

    Returns
    -------
    ndarray
        Shape (n,): for each person the place of the first one of their household. "Salo-Virta"
        lives with "Salo" and with "Virta", and so brings these two together.
    """
    doors = np.asarray(door).tolist()
    head = list(range(len(doors)))

    def top(place: int) -> int:
        while head[place] != place:
            head[place] = head[head[place]]
            place = head[place]
        return place

    first: dict[tuple[int, str], int] = {}
    for place, (at, name) in enumerate(zip(doors, family_names, strict=True)):
        for part in family_parts(name):
            one, other = sorted((top(first.setdefault((at, part), place)), top(place)))
            head[other] = one
    return np.array([top(place) for place in head], np.int64)
