"""The words of notifications about shifts, in each language that is spoken."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DE_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


class Times(Protocol):
    """What has a start, an end and a clock."""

    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...
    @property
    def time_zone(self) -> str: ...


@dataclass(frozen=True)
class Language:
    """How one language says it; each text names what it is filled with in braces."""

    code: str
    day: Callable[[dt.datetime], str]
    titles: dict[str, str]
    texts: dict[str, str]
    states: dict[str, str]
    """What became of it, by the state of the sign-up."""
    partner: str
    map: str
    confirm: str
    accept: str
    cancel: str


def language_of(locale: str) -> Language:
    """The language of a locale such as ``de-AT``; English where it is not spoken."""
    return _LANGUAGES.get(locale.partition("-")[0].lower(), ENGLISH)


def when(language: Language, times: Times) -> str:
    """From when until when, on the clock of the place."""
    zone = ZoneInfo(times.time_zone)
    starts, ends = times.starts_at.astimezone(zone), times.ends_at.astimezone(zone)
    until = f"{ends:%H:%M}"
    if ends.date() != starts.date():
        until = f"{language.day(ends)} {until}"
    return f"{language.day(starts)}, {starts:%H:%M}\N{EN DASH}{until}"


def moment(language: Language, at: dt.datetime, time_zone: str) -> str:
    """An instant on the clock of the place."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{language.day(local)}, {local:%H:%M}"


def _english_day(at: dt.datetime) -> str:
    return f"{_EN_DAYS[at.weekday()]} {at.day} {_EN_MONTHS[at.month - 1]}"


def _german_day(at: dt.datetime) -> str:
    return f"{_DE_DAYS[at.weekday()]}, {at.day}.{at.month}."


ENGLISH = Language(
    code="en",
    day=_english_day,
    titles={
        "shift_booked": "You are booked: {title}",
        "shift_waitlisted": "You are on the waitlist: {title}",
        "shift_reminder": "Coming up: {title}",
        "waitlist_hold": "A place came free: {title}",
        "shift_moved": "Changed: {title}",
        "shift_cancelled": "Cancelled: {title}",
        "partner_checked_in": "{partner} is here: {title}",
    },
    texts={
        "shift_booked": "Hello {name}, you have a place as {role}. {when}, {place}.",
        "shift_waitlisted": "Hello {name}, all places as {role} are taken. We write as soon as "
        "one comes free. {when}, {place}.",
        "shift_reminder": "Hello {name}, see you as {role}. {when}, {place}.",
        "waitlist_hold": "Hello {name}, a place as {role} is kept for you until {until}; then it "
        "goes to the next. {when}, {place}.",
        "shift_moved": "Hello {name}, this is now {when}, {place}. If you cannot come, please "
        "cancel.",
        "shift_cancelled": "Hello {name}, {title} ({when}) does not take place. {reason}",
        "partner_checked_in": "Hello {name}, {partner} has checked in and looks out for you. "
        "{when}, {place}.",
    },
    states={
        "booked": "You have the place. See you there!",
        "confirmed": "Thank you, see you there!",
        "cancelled": "Cancelled. Thank you for telling us.",
        "waitlisted": "The place is taken by now; you are on the waitlist.",
    },
    partner="Also coming: {names}.",
    map="Map",
    confirm="I am coming",
    accept="Take the place",
    cancel="I cannot come",
)
GERMAN = Language(
    code="de",
    day=_german_day,
    titles={
        "shift_booked": "Du bist dabei: {title}",
        "shift_waitlisted": "Du stehst auf der Warteliste: {title}",
        "shift_reminder": "Bald ist es so weit: {title}",
        "waitlist_hold": "Ein Platz ist frei: {title}",
        "shift_moved": "Geändert: {title}",
        "shift_cancelled": "Abgesagt: {title}",
        "partner_checked_in": "{partner} ist da: {title}",
    },
    texts={
        "shift_booked": "Hallo {name}, du hast einen Platz als {role}. {when}, {place}.",
        "shift_waitlisted": "Hallo {name}, alle Plätze als {role} sind vergeben. Wir schreiben, "
        "sobald einer frei wird. {when}, {place}.",
        "shift_reminder": "Hallo {name}, wir sehen uns; du kommst als {role}. {when}, {place}.",
        "waitlist_hold": "Hallo {name}, ein Platz als {role} ist bis {until} für dich frei; dann "
        "bekommt ihn, wer nach dir kommt. {when}, {place}.",
        "shift_moved": "Hallo {name}, es ist jetzt {when}, {place}. Falls du nicht kannst, sage "
        "bitte ab.",
        "shift_cancelled": "Hallo {name}, {title} ({when}) findet nicht statt. {reason}",
        "partner_checked_in": "Hallo {name}, {partner} ist da und hält nach dir Ausschau. "
        "{when}, {place}.",
    },
    states={
        "booked": "Der Platz ist deiner. Bis dann!",
        "confirmed": "Danke, bis dann!",
        "cancelled": "Abgesagt. Danke, dass du Bescheid gibst.",
        "waitlisted": "Der Platz ist inzwischen vergeben; du stehst auf der Warteliste.",
    },
    partner="Auch dabei: {names}.",
    map="Karte",
    confirm="Ich komme",
    accept="Platz nehmen",
    cancel="Ich kann nicht",
)
_LANGUAGES = {"en": ENGLISH, "de": GERMAN}
