"""What the makers call people, streets and addresses, so that it can be told from all else."""

from urllib.parse import unquote_plus

CANARIES = ("Canaria", "Feathers", "Canary Lane", "+15550100199", "canary@example.org")


def found_in(text: str) -> list[str]:
    """The canaries in a text, also where they are written as part of an address or in capitals."""
    lower = text.lower()
    forms = lower + "\n" + unquote_plus(lower)
    return [canary for canary in CANARIES if canary.lower() in forms]
