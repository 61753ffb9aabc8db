"""Invented people, for demonstrations: no row of it describes anyone who lives.

Every row says so: external ids begin with ``synthetic-``, addresses of mail end in ``example.org``
(RFC 2606), telephone numbers come from the block that Ofcom keeps free for drama.
"""

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from doorstep.people.model import DoorPoint

SEED = 20260401
COLUMNS = (
    "external_id",
    "given_name",
    "family_name",
    "birth_year",
    "phone",
    "email",
    "language",
    "street",
    "house_number",
    "unit",
    "lon",
    "lat",
)
# Ofcom, "Telephone numbers for use in TV and radio drama programmes": mobile.
PHONES = range(447_700_900_000, 447_700_901_000)
HOUSEHOLD_SIZES = (1, 2, 3, 4, 5)
# 1.8 people on average, near the mean of a Helsinki household (Statistics Finland, 2023: 1.8).
HOUSEHOLD_SHARES = (0.5, 0.31, 0.1, 0.07, 0.02)
ADULTS_BORN = (1938, 2008)

NAMES = {
    "fi": (
        ("Aino", "Eero", "Helmi", "Ilmari", "Kerttu", "Lauri", "Oona", "Pekka", "Saimi", "Veikko"),
        ("Aallonrinne", "Havukoski", "Kuuralehto", "Lumiharju", "Pilvenmäki", "Rantasuvi"),
    ),
    "sv": (
        ("Alva", "Birger", "Ebba", "Folke", "Greta", "Hjalmar", "Linnea", "Sixten"),
        ("Björkvind", "Fjällros", "Havsdal", "Lindstjärna", "Snöholm"),
    ),
    "en": (
        ("Amina", "Daniel", "Grace", "Kofi", "Leila", "Noor", "Samuel", "Tara"),
        ("Brightwater", "Fernhollow", "Hazelmoor", "Larkmead", "Stonebrook"),
    ),
}
LANGUAGE_SHARES = (0.78, 0.07, 0.15)


def synthetic_csv(doors: Sequence[DoorPoint], seed: int = SEED) -> bytes:
    """A list of invented people behind these doors, as ``POST /imports`` takes it.

    Parameters
    ----------
    doors
        Where they live; their order does not matter.
    seed
        The same seed and doors give the same bytes.

    Returns
    -------
    bytes
        CSV in UTF-8 with a header of `COLUMNS`; about 1.8 rows for each door, at least one.
    """
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    rng = np.random.default_rng(seed)
    known = sorted(doors, key=lambda d: (d.street, d.house_number, d.unit, d.lon, d.lat))
    number = 0
    for door in known:
        for person in _household(rng):
            number += 1
            rows.writerow((f"synthetic-{number:05}", *_contacts(rng, person, number), *_at(door)))
    return out.getvalue().encode()


def _household(rng: np.random.Generator) -> Iterator[tuple[str, str, int, str]]:
    """Given name, family name, year of birth and language of those who live together."""
    language = str(rng.choice(list(NAMES), p=LANGUAGE_SHARES))
    given, family = NAMES[language]
    name = str(rng.choice(family))
    born = int(rng.integers(*ADULTS_BORN))
    size = int(rng.choice(HOUSEHOLD_SIZES, p=HOUSEHOLD_SHARES))
    for first in rng.permutation(given)[:size]:
        yield str(first), name, int(np.clip(born + rng.integers(-6, 7), *ADULTS_BORN)), language


def _contacts(
    rng: np.random.Generator, person: tuple[str, str, int, str], number: int
) -> tuple[str, str, str, str, str, str]:
    given, family, born, language = person
    phone = f"+{rng.choice(PHONES)}" if rng.random() < 0.4 else ""  # noqa: PLR2004
    email = f"synthetic-{number}@example.org" if rng.random() < 0.3 else ""  # noqa: PLR2004
    return given, family, str(born), phone, email, language


def _at(door: DoorPoint) -> tuple[str, str, str, str, str]:
    return door.street, door.house_number, door.unit, str(door.lon), str(door.lat)
