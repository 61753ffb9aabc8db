"""Where rows lie, and which of them lie where nobody else does."""

from dataclasses import dataclass

import polars as pl

from doorstep.imports.faults import Faults

FAR_KM = 500.0
NEAR_KM = 150.0
_KM_PER_DEGREE = 111.2
_MOST = {"longitude": 180, "latitude": 90}
_FEW = 3
_SOUTHERNMOST = -60
"""Further south lies Antarctica, and there are no doors."""

Place = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass
class Whereabouts:
    """The middle of the rows read so far, in degrees; None until there are some."""

    known: Place | None = None
    """Where the doors are that are stored already: it tells a file swapped from end to end."""
    middle: Place | None = None

    def learn(self, lon: pl.Series, lat: pl.Series) -> None:
        """Take the middle of the first rows that say where they are."""
        said = lon.is_not_null() & lat.is_not_null()
        if self.middle is not None or said.sum() < _FEW:
            return
        # Counted from one of them, as a list may lie astride the 180th meridian.
        first = float(lon.filter(said)[0])
        east = ((lon - first + 180) % 360 - 180).median()
        north = lat.median()
        if isinstance(east, float) and isinstance(north, float):
            self.middle = first + east, north
            if self.known and _swapped(self.middle, self.known):
                self.middle = north, first + east

    def away_km(self, lon: pl.Series, lat: pl.Series) -> pl.Series | None:
        """How far places lie from the middle."""
        return None if self.middle is None else _away_km(lon, lat, self.middle)


def _away_km(lon: pl.Series, lat: pl.Series, origin: Place) -> pl.Series:
    """Good to a few per cent where it matters."""
    across = pl.col("lat").radians().cos()
    east = ((pl.col("lon") - origin[0] + 180) % 360 - 180) * across
    north = pl.col("lat") - origin[1]
    away = (east**2 + north**2).sqrt() * _KM_PER_DEGREE
    return pl.DataFrame({"lon": lon, "lat": lat}).select(away=away)["away"]


def _swapped(place: Place, known: Place) -> bool:
    """Whether a place is far from a known one, and near to it the other way round."""
    one, other = pl.Series(place), pl.Series(place[::-1])
    away, other_way = _away_km(one, other, known)
    return away > FAR_KM and other_way < NEAR_KM


def positions(
    longitude: pl.Series, latitude: pl.Series, whereabouts: Whereabouts, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Places in degrees; what is no place, or far from all the others, is out."""
    lon = _degrees("longitude", longitude, latitude, faults)
    lat = _degrees("latitude", latitude, longitude, faults)
    faults.mark(
        (lon == 0) & (lat == 0), "longitude",
        "0, 0 lies in the ocean; programs write it for an unknown place.",
        "Look the address up, or leave both cells empty.",
    )  # fmt: skip
    faults.mark(
        lat < _SOUTHERNMOST, "latitude",
        "The place lies in Antarctica. Longitude and latitude seem swapped.",
        "Exchange the two cells, or map the two columns the other way round.",
    )  # fmt: skip
    lon, lat = lon.set(faults.found, None), lat.set(faults.found, None)
    whereabouts.learn(lon, lat)
    away = whereabouts.away_km(lon, lat)
    other_way = whereabouts.away_km(lat, lon)
    if away is not None and other_way is not None:
        far = away > FAR_KM
        faults.mark(
            far & (other_way < NEAR_KM), "longitude",
            "Longitude and latitude seem swapped: the other way round the place is near the rest.",
            "Exchange the two cells, or map the two columns the other way round.",
        )  # fmt: skip
        faults.mark(
            far, "longitude",
            f"The place is more than {FAR_KM:.0f} km from the others of the file.",
            "Check both coordinates, or leave both cells empty.",
        )  # fmt: skip
    return lon, lat


def _degrees(name: str, text: pl.Series, other: pl.Series, faults: Faults) -> pl.Series:
    most = _MOST[name]
    example = "24.94" if name == "longitude" else "60.17"
    value = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    value = value.set(~value.is_finite(), None)
    said = text.is_not_null()
    faults.mark(
        ~said & other.is_not_null(), name,
        f"The {name} is missing.", "Give both coordinates, or leave both cells empty.",
    )  # fmt: skip
    faults.mark(
        value.is_null() & text.str.contains("[°'\"\u2032\u2033NSEWnsew]"), name,
        lambda cell: f"“{cell}” is written in degrees and minutes.",
        f"Export decimal degrees, such as {example}.",
        text,
    )  # fmt: skip
    faults.mark(
        said & value.is_null(), name,
        lambda cell: f"“{cell}” is no {name}.",
        f"Give degrees between -{most} and {most}, such as {example}, or leave both empty.",
        text,
    )  # fmt: skip
    faults.mark(
        value.abs() > 1000, name,  # noqa: PLR2004
        lambda cell: f"“{cell}” looks like metres of a map grid, not like degrees.",
        "Export the layer in WGS 84 (EPSG:4326), or leave both cells empty.",
        text,
    )  # fmt: skip
    faults.mark(
        value.abs() > most, name,
        lambda cell: f"“{cell}” is no {name}. It may be swapped with the other coordinate.",
        f"Give degrees between -{most} and {most}, such as {example}, or leave both empty.",
        text,
    )  # fmt: skip
    return value
