"""What ought to be there after everything that phones and organizers did, kept in memory."""

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from doorstep.algorithms.projecting import EventKind, Fact, Result, project_door

LEFT_ALONE = "do_not_contact"


@dataclass(frozen=True)
class Kept:
    """An event that the server must have."""

    item: dict
    who: int
    door: str | None
    """Where it happened, as far as the event itself says and the server may believe it."""


@dataclass
class Oracle:
    """Volunteers are 0 and 1; turfs and doors their ids."""

    turf_of: dict
    """Door → turf."""
    left: set = field(default_factory=set)
    """Turf and door, where the server knows that the door was there."""
    holders: dict = field(default_factory=lambda: defaultdict(set))
    """Volunteer → turfs held."""
    ever: dict = field(default_factory=lambda: defaultdict(set))
    at: dict = field(default_factory=dict)
    """When things happened by a right clock, by event."""
    accepted: dict = field(default_factory=dict)
    waiting: dict = field(default_factory=dict)
    texts: dict = field(default_factory=dict)
    conflicts: set = field(default_factory=set)
    left_alone: set = field(default_factory=set)
    asked: set = field(default_factory=set)
    """Events whose wish to be left alone was heard: organizers may have cleared it since."""
    notes: dict = field(default_factory=lambda: defaultdict(str))

    def happen(self, item, at: dt.datetime):
        """Note when that happened which a phone is going to tell."""
        self.at[item["id"]] = at

    def take(self, who, items):
        """What the server must say to items, in their order: (id, outcome)."""
        return [(item["id"], self._take(who, item)) for item in items]

    def _take(self, who, item):
        event_id, text = item["id"], json.dumps(item, sort_keys=True)
        if event_id not in self.at:
            return "malformed"
        first = self.texts.setdefault(event_id, text)
        if first != text:
            self.conflicts.add((event_id, text))
            return "conflict"
        if event_id in self.accepted or event_id in self.waiting:
            return "duplicate"
        readable = "mood" not in item
        kept = Kept(item, who, self._there(item) if readable else None)
        if not (readable and self._counts(kept)):
            self.waiting[event_id] = kept
            return "needs_review"
        self.accepted[event_id] = kept
        self._leave_alone()
        return "accepted"

    def _there(self, item):
        door, turf = item.get("door_id"), item.get("turf_id")
        return door if self.turf_of.get(door) == turf or (turf, door) in self.left else None

    def _counts(self, kept):
        # Phones reply to what is their own, or happened where they were sent.
        return "target_id" in kept.item or (
            kept.door is not None and kept.item["turf_id"] in self.ever[kept.who]
        )

    def _leave_alone(self):
        for event_id, kept in self.accepted.items():
            if kept.item.get("result") == LEFT_ALONE and event_id not in self.asked:
                door = self.door_of(kept)
                if door is not None:
                    self.asked.add(event_id)
                    self.left_alone.add(door)

    def door_of(self, kept):
        """Where an accepted event happened, by way of what it replies to."""
        while kept is not None and "target_id" in kept.item:
            kept = self.accepted.get(kept.item["target_id"])
        return kept and kept.door

    def state(self, door):
        """Where a door stands, by everything accepted."""
        return project_door(
            Fact(
                id=UUID(event_id),
                kind=EventKind(kept.item["kind"]),
                occurred_at=self.at[event_id],
                target_id=UUID(target) if (target := kept.item.get("target_id")) else None,
                door_id=UUID(door),
                result=Result(result) if (result := kept.item.get("result")) else None,
            )
            for event_id, kept in self.accepted.items()
            if self.door_of(kept) == door
        )

    def doors_of(self, who):
        """The doors that a volunteer may see."""
        return {door for door, turf in self.turf_of.items() if turf in self.holders[who]}

    def told_of(self, who):
        """What a volunteer told at doors that they may see, replies aside."""
        kept = {**self.accepted, **self.waiting}.items()
        doors = self.doors_of(who)
        return {event_id for event_id, one in kept if one.who == who and one.door in doors}
