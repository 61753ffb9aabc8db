"""In which words guests are asked, where an organization has none of its own."""

from doorstep.people.rights_model import Purpose

ASKED: dict[Purpose, str] = {
    "follow_up": "You may write to me about what became of what I told you.",
    "events": "You may write to me about events like this one.",
    "news": "You may write to me about news of your work.",
}
"""By purpose; an opinion is never asked for on a public page."""

ABOUT: dict[Purpose, str] = {
    "follow_up": "what became of what you told us",
    "events": "events",
    "news": "news of our work",
    "opinion_record": "your opinions, as you told them",
}
"""What a purpose is about, behind "letters about"."""
