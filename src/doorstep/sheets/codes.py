"""Codes of sheets: short to type, and a slip of the finger is noticed."""

import secrets

from doorstep.kit.errors import NotFoundError

# Without 0, 1, I and O, which are misread when a code is typed.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 8
_HALF = LENGTH // 2


def new_code() -> str:
    """A code that nobody can tell beforehand, with its check letter."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(LENGTH - 1))
    return drawn + _check_letter(drawn)


def shown(code: str) -> str:
    """The code as it is printed, in two halves."""
    return f"{code[:_HALF]}-{code[_HALF:]}"


def read_code(typed: str) -> str:
    """The code that somebody typed, with or without its hyphen, in any case.

    Raises
    ------
    NotFoundError
        If it cannot be a code: too short, too long, or mistyped.
    """
    code = "".join(typed.upper().split()).replace("-", "")
    usable = len(code) == LENGTH and set(code) <= set(LETTERS)
    if not usable or _check_letter(code[:-1]) != code[-1]:
        message = "This is not the code of a sheet. Type the eight letters at its top right again."
        raise NotFoundError(message)
    return code


def _check_letter(drawn: str) -> str:
    """Luhn's sum over 32 letters: one wrong letter, or most neighbours swapped, show."""
    total = 0
    for place, letter in enumerate(reversed(drawn)):
        value = LETTERS.index(letter) * (1 + (place + 1) % 2)
        total += value // len(LETTERS) + value % len(LETTERS)
    return LETTERS[-total % len(LETTERS)]
