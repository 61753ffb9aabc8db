"""What the demo's canvassers ask, and what its invented people say to it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

Json = dict[str, Any]

CONSENT_WORDING = "May we note how you stand on this? You can withdraw it at any time."
CONSENT_SHARE = 0.8
OPTIONAL_SHARE = 0.6

WISHES = (
    "Safer crossing at the school, please.",
    "More benches in the park",
    "The tram stop needs a roof ☂",
    "Penkkejä puistoon ja lisää pyöräparkkeja",
    "Tystare nätter på vår gata",
)
NOTES = (
    "Dog in the yard, friendly",
    "Ring twice, the bell is broken",
    "Back on Thursday after six",
    "Wants a leaflet in Swedish",
    "Entrance from the courtyard",
)

SCRIPT: Json = {
    "name": "Streets for people",
    "introduction": (
        "Hello! We are neighbours who go from door to door to hear what our streets need."
    ),
    "questions": [
        {
            "type": "yes_no",
            "key": "has_time",
            "text": "Do you have two minutes for us?",
            "required": True,
        },
        {
            "type": "single",
            "key": "top_issue",
            "text": "What should change first around here?",
            "show_if": {"question": "has_time", "equals": True},
            "options": [
                {"key": "traffic", "text": "Traffic"},
                {"key": "parks", "text": "Parks"},
                {"key": "housing", "text": "Housing"},
                {"key": "noise", "text": "Noise"},
            ],
        },
        {
            "type": "multi",
            "key": "traffic_measures",
            "text": "Which of these would help?",
            "show_if": {"question": "top_issue", "equals": "traffic"},
            "options": [
                {"key": "speed", "text": "A lower speed limit"},
                {"key": "crossings", "text": "More crossings"},
                {"key": "cycling", "text": "Cycle lanes"},
            ],
        },
        {
            "type": "scale",
            "key": "satisfied",
            "text": "From 1 to 5: how happy are you with your street?",
            "show_if": {"question": "has_time", "equals": True},
            "low": 1,
            "high": 5,
        },
        {
            "type": "single",
            "key": "support",
            "text": "Would you support a slow street here?",
            "sensitive": True,
            "show_if": {"question": "has_time", "equals": True},
            "options": [
                {"key": "yes", "text": "Yes"},
                {"key": "leaning", "text": "Rather yes"},
                {"key": "undecided", "text": "Undecided"},
                {"key": "no", "text": "No"},
            ],
        },
        {
            "type": "number",
            "key": "at_home",
            "text": "How many of you live here?",
            "show_if": {"question": "has_time", "equals": True},
            "minimum": 1,
            "maximum": 12,
        },
        {
            "type": "text",
            "key": "wish",
            "text": "Is there anything you want the city to know?",
            "show_if": {"question": "has_time", "equals": True},
            "max_length": 500,
        },
    ],
}


def conversation(rng: np.random.Generator, script: Json) -> Iterator[Json]:
    """What one person answers, in the script's order: question, value and consent.

    Questions that the answers so far rule out are not asked; a sensitive one is noted with the
    person's consent or not at all.
    """
    said: dict[str, Any] = {}
    for question in script["questions"]:
        if not _is_asked(question, said):
            continue
        if not question["required"] and rng.random() > OPTIONAL_SHARE:
            continue
        if question["sensitive"] and rng.random() > CONSENT_SHARE:
            continue
        said[question["key"]] = _value(rng, question)
        yield {
            "question": question["key"],
            "value": said[question["key"]],
            "consent": {"wording": CONSENT_WORDING} if question["sensitive"] else None,
        }


def _is_asked(question: Json, said: dict[str, Any]) -> bool:
    condition = question["show_if"]
    if condition is None:
        return True
    given = said.get(condition["question"])
    return given == condition["equals"] or (
        isinstance(given, list) and condition["equals"] in given
    )


def _value(rng: np.random.Generator, question: Json) -> Any:
    match question["type"]:
        case "yes_no":
            return bool(rng.random() < 0.85)  # noqa: PLR2004
        case "single":
            return _keys(rng, question, 1)[0]
        case "multi":
            return _keys(rng, question, int(rng.integers(1, len(question["options"]) + 1)))
        case "scale":
            low, high = int(question["low"]), int(question["high"])
            return int(rng.integers(low, high + 1))
        case "number":
            return int(rng.integers(1, 5))
        case _:
            return str(rng.choice(WISHES))


def _keys(rng: np.random.Generator, question: Json, count: int) -> list[str]:
    keys = [option["key"] for option in question["options"]]
    # The first options are the likelier ones, so that the report has something to show.
    weights = [2 / (2 + place) for place in range(len(keys))]
    shares = [weight / sum(weights) for weight in weights]
    return [str(key) for key in rng.choice(keys, count, replace=False, p=shares)]
