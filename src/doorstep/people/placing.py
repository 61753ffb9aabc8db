"""Finds the place of imported rows among what is there: which are new, changed, or nothing new.

Pure: rows and what is known go in, what has to be written comes out.
"""

import math
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from doorstep.kit.ids import new_id
from doorstep.people.model import ImportReject

# Two sources seldom put one address further apart; the next house of that name and number does.
NEAR_M = 200.0
_METRES_PER_DEGREE = 111_200.0


class Row(NamedTuple):
    """One imported door, mostly with a person behind it; what is not known is empty or None."""

    number: int
    address_external_id: str
    street: str
    house_number: str
    unit: str
    floor: str
    postcode: str
    city: str
    lon: float | None
    lat: float | None
    external_id: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_year: int | None = None
    phone: str = ""
    email: str = ""
    language: str = ""

    @property
    def has_person(self) -> bool:
        """Whether the row names somebody."""
        return bool(self.given_name or self.family_name)

    @property
    def match_key(self) -> str:
        """What addresses are looked up by when their ids differ or are not known."""
        return match_key(self.street, self.house_number)

    @property
    def source_id(self) -> str:
        """The address's id in the file; an address without one is known by what it is called."""
        # Where there is no postcode, the town tells streets of one name apart.
        town = _postcode(self.postcode) or plain(self.city)
        return self.address_external_id or f"csv:{self.match_key}|{town}"


class KnownAddress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An address as stored."""

    id: UUID
    building_id: UUID
    external_id: str
    street: str
    house_number: str
    postcode: str
    city: str
    match_key: str
    lon: float
    lat: float


class KnownDoor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A door as stored."""

    id: UUID
    address_id: UUID
    unit: str
    floor: str


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person as stored, with the door of their household."""

    id: UUID
    household_id: UUID
    door_id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None


_Known = TypeVar("_Known", KnownAddress, KnownDoor, KnownPerson)


class RowError(Exception):
    """A row that cannot be used: why, how to mend it, and in which field."""

    def __init__(self, reason: str, remedy: str, *, field: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy, self.field = reason, remedy, field

    def reject(self, row_number: int) -> ImportReject:
        """What is kept of it."""
        return ImportReject(
            row_number=row_number, field=self.field, reason=self.reason, remedy=self.remedy
        )


@dataclass
class Plan:
    """What has to be written, and what became of each row."""

    new_addresses: list[KnownAddress] = field(default_factory=list[KnownAddress])
    new_doors: list[KnownDoor] = field(default_factory=list[KnownDoor])
    new_households: list[tuple[UUID, UUID]] = field(default_factory=list[tuple[UUID, UUID]])
    new_people: list[KnownPerson] = field(default_factory=list[KnownPerson])
    changed_addresses: list[KnownAddress] = field(default_factory=list[KnownAddress])
    changed_doors: list[KnownDoor] = field(default_factory=list[KnownDoor])
    changed_people: list[KnownPerson] = field(default_factory=list[KnownPerson])
    rejects: list[ImportReject] = field(default_factory=list[ImportReject])
    touched_doors: set[UUID] = field(default_factory=set[UUID])
    added_count: int = 0
    changed_count: int = 0
    unchanged_count: int = 0


def plain(text: str) -> str:
    """The text without differences of case, width and space."""
    if text.isascii():
        # Most are, and an import asks half a million times.
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def plan_import(
    rows: Sequence[Row],
    addresses: Sequence[KnownAddress],
    doors: Sequence[KnownDoor],
    people: Sequence[KnownPerson],
) -> Plan:
    """What these rows add to and change in what is known of their addresses, doors and people."""
    placing = _Placing(addresses, doors, people)
    # Rows without coordinates lean on addresses that others of the file may bring.
    for row in sorted(rows, key=lambda row: row.lon is None):
        placing.take(row)
    plan = placing.plan
    moved = {address.id for address in plan.changed_addresses}
    plan.touched_doors.update(door.id for door in doors if door.address_id in moved)
    return plan


class _Placing:
    """Everything known so far, by what it is looked up by."""

    def __init__(
        self,
        addresses: Sequence[KnownAddress],
        doors: Sequence[KnownDoor],
        people: Sequence[KnownPerson],
    ) -> None:
        self.plan = Plan()
        self._current: dict[UUID, msgspec.Struct] = {
            one.id: one for one in (*addresses, *doors, *people)
        }
        # Which row of this file decided what a thing is like; later rows follow it.
        self._settled: dict[UUID, int] = {}
        self._address = {one.external_id: one for one in addresses}
        self._same_name: dict[str, list[KnownAddress]] = defaultdict(list)
        for one in addresses:
            self._same_name[one.match_key].append(one)
        self._brought: dict[str, list[KnownAddress]] = defaultdict(list)
        self._door = {(one.address_id, plain(one.unit)): one for one in doors}
        self._person: dict[str, KnownPerson] = {}
        self._namesake: dict[tuple[UUID, str, str, int | None], KnownPerson] = {}
        self._household: dict[tuple[UUID, str], UUID] = {}
        self._households = {one.household_id for one in people}
        for one in people:
            self._remember(one)

    def _remember(self, one: KnownPerson) -> None:
        given_name, family_name = plain(one.given_name), plain(one.family_name)
        self._namesake.setdefault((one.door_id, given_name, family_name, one.birth_year), one)
        if one.external_id:
            self._person[one.external_id] = one
        if family_name:
            self._household.setdefault((one.door_id, family_name), one.household_id)

    def take(self, row: Row) -> None:
        """Place one row whole or not at all; what has to be written goes into the plan."""
        try:
            address = self._address_of(row)
            door = self._door_of(row, address)
            person = self._person_of(row, door) if row.has_person else None
        except RowError as error:
            self.plan.rejects.append(error.reject(row.number))
            return
        steps = [self._put_address(row, address), self._put_door(row, door)]
        if person is not None:
            steps.append(self._put_person(row, person))
        self._count(steps, door)

    def _count(self, steps: list[str], door: KnownDoor) -> None:
        plan = self.plan
        if set(steps) == {"same"}:
            plan.unchanged_count += 1
            return
        plan.touched_doors.add(door.id)
        if steps[-1] == "added":
            plan.added_count += 1
        else:
            plan.changed_count += 1

    def _put(self, row: Row, thing: _Known, added: list[_Known], changed: list[_Known]) -> str:
        known = self._current.get(thing.id)
        self._current[thing.id] = thing
        self._settled.setdefault(thing.id, row.number)
        if known is None:
            added.append(thing)
            return "added"
        if known != thing:
            changed.append(thing)
            return "changed"
        return "same"

    def _address_of(self, row: Row) -> KnownAddress:
        """The address as it shall be: of the same id, or of the same name nearby, or a new one."""
        known = self._address.get(row.source_id)
        if known is not None:
            return self._renewed(known, row)
        known = self._same_place(row)
        if known is not None:
            return known
        if row.lon is None or row.lat is None or not row.street or not row.house_number:
            reason = "The address is not known yet, and the row does not say where it is."
            remedy = (
                "Give street, house_number, longitude and latitude; or import a map that holds "
                "the address; or correct street, house_number or postcode."
            )
            raise RowError(reason, remedy, field="longitude")
        return KnownAddress(
            id=new_id(),
            building_id=new_id(),
            external_id=row.source_id,
            street=row.street,
            house_number=row.house_number,
            postcode=row.postcode,
            city=row.city,
            match_key=row.match_key,
            lon=row.lon,
            lat=row.lat,
        )

    def _renewed(self, known: KnownAddress, row: Row) -> KnownAddress:
        if known.id in self._settled:
            if _apart_m(known, row) > NEAR_M:
                reason = f"Row {self._settled[known.id]} puts this address elsewhere."
                remedy = "Correct the coordinates, or give a postcode or an address_external_id."
                raise RowError(reason, remedy, field="longitude")
            return known
        street, house_number = row.street or known.street, row.house_number or known.house_number
        return msgspec.structs.replace(
            known,
            street=street,
            house_number=house_number,
            postcode=row.postcode or known.postcode,
            city=row.city or known.city,
            match_key=match_key(street, house_number),
            lon=known.lon if row.lon is None else row.lon,
            lat=known.lat if row.lat is None else row.lat,
        )

    def _same_place(self, row: Row) -> KnownAddress | None:
        """A known address that the row can only mean; coordinates, where given, must agree."""
        found = [*self._same_name.get(row.match_key, ())]
        if row.lon is None:
            found += self._brought.get(row.match_key, ())
        found = [one for one in found if _same_town(one, row) and _apart_m(one, row) <= NEAR_M]
        found.sort(
            key=lambda one: (
                not _same_postcode(one, row),
                (one.id, plain(row.unit)) not in self._door,
                _apart_m(one, row),
                one.external_id,
            )
        )
        if not found:
            return None
        first = found[0]
        if not _same_postcode(first, row) and any(_apart_m(first, one) > NEAR_M for one in found):
            return None
        return first

    def _put_address(self, row: Row, address: KnownAddress) -> str:
        if address.external_id != row.source_id:
            # It is another source's: the row uses it and has no say in it.
            return "same"
        plan = self.plan
        step = self._put(row, address, plan.new_addresses, plan.changed_addresses)
        if step == "added":
            self._brought[address.match_key].append(address)
        self._address[address.external_id] = address
        return step

    def _door_of(self, row: Row, address: KnownAddress) -> KnownDoor:
        known = self._door.get((address.id, plain(row.unit)))
        if known is None:
            return KnownDoor(id=new_id(), address_id=address.id, unit=row.unit, floor=row.floor)
        if known.id in self._settled or not row.floor:
            return known
        return msgspec.structs.replace(known, floor=row.floor)

    def _put_door(self, row: Row, door: KnownDoor) -> str:
        self._door[door.address_id, plain(door.unit)] = door
        return self._put(row, door, self.plan.new_doors, self.plan.changed_doors)

    def _person_of(self, row: Row, door: KnownDoor) -> KnownPerson:
        """The person as they shall be; an empty cell leaves what is known."""
        known = self._known_person(row, door)
        family_name = row.family_name or (known.family_name if known else "")
        return KnownPerson(
            id=known.id if known else new_id(),
            household_id=self._household_of(door, plain(family_name), known),
            door_id=door.id,
            external_id=row.external_id or (known.external_id if known else None),
            given_name=row.given_name or (known.given_name if known else ""),
            family_name=family_name,
            birth_year=row.birth_year or (known.birth_year if known else None),
            phone=row.phone or (known.phone if known else None),
            email=row.email or (known.email if known else None),
            language=row.language or (known.language if known else None),
        )

    def _known_person(self, row: Row, door: KnownDoor) -> KnownPerson | None:
        known = self._person.get(row.external_id) if row.external_id else None
        if known is None:
            names = plain(row.given_name), plain(row.family_name)
            namesake = self._namesake.get((door.id, *names, row.birth_year))
            if namesake and not (row.external_id and namesake.external_id):
                known = namesake
        if known is not None and known.id in self._settled:
            reason = f"The same person is in row {self._settled[known.id]}."
            remedy = "Remove one of the two rows, or give each person their own external_id."
            raise RowError(reason, remedy, field="external_id")
        return known

    def _household_of(self, door: KnownDoor, name: str, known: KnownPerson | None) -> UUID:
        """Who shares door and family name shares a household; who has none lives in their own."""
        if known and known.door_id == door.id and plain(known.family_name) == name:
            return known.household_id
        return self._household.get((door.id, name)) or new_id()

    def _put_person(self, row: Row, person: KnownPerson) -> str:
        plan, known = self.plan, self._current.get(person.id)
        if isinstance(known, KnownPerson) and known != person:
            plan.touched_doors.add(known.door_id)
        if person.household_id not in self._households:
            self._households.add(person.household_id)
            plan.new_households.append((person.household_id, person.door_id))
        self._remember(person)
        return self._put(row, person, plan.new_people, plan.changed_people)


@lru_cache(maxsize=10_000)
def match_key(street: str, house_number: str) -> str:
    """What addresses are looked up by when their ids differ or are not known."""
    return f"{plain(street)}|{plain(house_number).replace(' ', '')}"


def _same_postcode(one: KnownAddress, row: Row) -> bool:
    return bool(row.postcode) and _postcode(one.postcode) == _postcode(row.postcode)


def _same_town(one: KnownAddress, row: Row) -> bool:
    """Whether both can lie in one town: equal postcodes, or nothing that speaks against it."""
    if one.postcode and row.postcode:
        return _same_postcode(one, row)
    return not one.city or not row.city or plain(one.city) == plain(row.city)


def _postcode(text: str) -> str:
    return plain(text).replace(" ", "")


def _apart_m(one: KnownAddress, other: KnownAddress | Row) -> float:
    """Metres between two places, 0 where one is not known; good to a few per cent nearby."""
    if other.lon is None or other.lat is None:
        return 0.0
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * _METRES_PER_DEGREE
