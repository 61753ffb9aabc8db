"""The order in which a door is read the options of a question."""

import hashlib
from uuid import UUID

from doorstep.surveys.model import MultiQuestion, Option, SingleQuestion


def options_at(question: SingleQuestion | MultiQuestion, door_id: UUID) -> list[Option]:
    """The options as they are shown at a door.

    Phones do the same without a network, so this cannot change: docs/mobile.md says how it is
    done and shows an example.
    """
    if not question.random_order:
        return question.options

    def rank(option: Option) -> bytes:
        return hashlib.sha256(f"{door_id}/{question.key}/{option.key}".encode()).digest()

    shuffled = iter(sorted((one for one in question.options if not one.fixed), key=rank))
    return [one if one.fixed else next(shuffled) for one in question.options]
