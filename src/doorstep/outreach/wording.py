"""The words of letters and pages about events; every text that the public reads is here."""

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.letters.model import LetterKind
from doorstep.outreach.states import State


@dataclass(frozen=True)
class Text:
    """A letter's subject and paragraphs, filled with what stands in braces."""

    subject: str
    paragraphs: tuple[str, ...]


_WHERE = "{when}\n{place}"
_CANNOT = "If you cannot come after all, please cancel: somebody else may be waiting."
TICKETS: Mapping[State, Text] = {
    State.GOING: Text(
        "You have a place: {title}",
        ("You have {seats} at “{title}”.", _WHERE,
         "Your ticket is behind the link below; show it at the entrance. " + _CANNOT),
    ),
    State.CONFIRMED: Text(
        "See you there: {title}",
        ("You have {seats} at “{title}”, and said that you come. Thank you!", _WHERE, _CANNOT),
    ),
    State.WAITLISTED: Text(
        "You are on the waitlist: {title}",
        (("All places at “{title}” are taken just now. You are on the waitlist for {seats}; we "
         "write as soon as there is room for you."), _WHERE),
    ),
    State.HELD: Text(
        "A place is kept for you: {title}",
        (("There is room for you at “{title}” now: {seats}, kept until {until}. Take it with the "
         "link below, or give it up; then it goes to the next."), _WHERE),
    ),
    State.INVITED: Text(
        "Would you like to come? {title}",
        ("You are invited to “{title}”.", _WHERE, "{summary}",
         "Say with the link below whether you come; we keep {seats} as long as there is room."),
    ),
}  # fmt: skip
"""By where an attendance stands; in any other state there is nothing to write."""
LETTERS: Mapping[LetterKind, Text] = {
    LetterKind.SLOT_BOOKED: Text(
        "Your appointment: {title}",
        ("You have an appointment with {with_whom} at “{title}”.", _WHERE,
         "If you cannot come after all, please cancel, so that somebody else can."),
    ),
    LetterKind.EVENT_CHANGED: Text(
        "Changed: {title}",
        ("“{title}” has changed. This is how it is now:", _WHERE, _CANNOT),
    ),
    LetterKind.EVENT_CANCELLED: Text(
        "Cancelled: {title}",
        ("“{title}” ({when}) does not take place. {reason}",
         "We are sorry, and hope to see you another time."),
    ),
    LetterKind.EVENT_REMINDER: Text(
        "Coming up: {title}",
        ("See you at “{title}”.", _WHERE, _CANNOT),
    ),
    LetterKind.FEEDBACK: Text(
        "How was it? {title}",
        (("Thank you for coming to “{title}”. How was it? Three short questions are behind the "
         "link below; the organizers read the answers without your name."),),
    ),
}  # fmt: skip
TICKET, MAP, FEEDBACK = "Your ticket", "Map", "Say how it was"
STATES: Mapping[State, str] = {
    State.INVITED: "You are invited.",
    State.GOING: "You have a place.",
    State.WAITLISTED: "You are on the waitlist. We write as soon as there is room.",
    State.HELD: "A place is kept for you until {until}.",
    State.DECLINED: "You have no place here. Thank you for telling us.",
    State.CONFIRMED: "You have a place, and said that you come. See you there!",
    State.CANCELLED: "This was cancelled. Thank you for telling us.",
    State.ATTENDED: "You were there. Thank you for coming!",
    State.NO_SHOW: "We missed you.",
}
BUTTONS: Mapping[State, tuple[tuple[str, str], ...]] = {
    State.INVITED: (("accept", "I am coming"), ("cancel", "I cannot come")),
    State.GOING: (("confirm", "I am coming for sure"), ("cancel", "I cannot come")),
    State.CONFIRMED: (("cancel", "I cannot come"),),
    State.WAITLISTED: (("cancel", "Do not wait for me"),),
    State.HELD: (("accept", "Take the place"), ("cancel", "Give it up")),
}
"""By where an attendance stands: what its holder may do, and the words on the button."""
THANKS = (
    "Thank you. Now look into your mail: a letter to the address you gave says whether you have a "
    "place. If none comes within a few minutes, look among the unwanted mail, or check the "
    "address and send it once more."
)


def places(count: int) -> str:
    """A number of places in words."""
    return "a place" if count == 1 else f"{count} places"
