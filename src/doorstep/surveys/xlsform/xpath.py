"""XPath, as far as forms use it in conditions, as a tree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.surveys.answering import LARGEST

_MAX_DEPTH = 20
_TOKEN = re.compile(
    r"""\s*(?:
      \$\{\s*(?P<name>[^\s{}]+)\s*\}
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<dot>\.)
    | (?P<word>[A-Za-z][A-Za-z-]*)
    | (?P<sign><=|>=|!=|[=<>(),-])
    )""",
    re.VERBOSE,
)
_END = ("end", "")
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


class NotSayableError(ValueError):
    """An expression beyond what a script can say; its text tells an organizer what."""


@dataclass(frozen=True)
class Ref:
    """The answer to a question, by its name in the form; of the question itself, ``.``."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function or operator, or a pair of brackets named ``()``, with what stands inside."""

    name: str
    inner: Sequence["Node"]


Node = Ref | Call | str | float
Tokens = list[tuple[str, str]]


def parse(text: str) -> Node:
    """An expression as a tree.

    Raises
    ------
    NotSayableError
        If it cannot be read.
    """
    tokens = _tokens(text)
    node = _joined(tokens, "or", 0)
    if tokens[-1] != _END:
        message = f"It cannot be read from “{tokens[-1][1]}” on."
        raise NotSayableError(message)
    return node


def inside(node: Node) -> Node:
    """What stands in the brackets, if there are any."""
    while isinstance(node, Call) and node.name == "()" and len(node.inner) == 1:
        node = node.inner[0]
    return node


def _tokens(text: str) -> Tokens:
    """Kind and text of each token, the first one last."""
    found: Tokens = []
    place, end = 0, len(text.rstrip())
    while place < end:
        token = _TOKEN.match(text, place)
        if token is None or token.lastgroup is None:
            message = f"It cannot be read from “{text[place : place + 20].strip()}” on."
            raise NotSayableError(message)
        found.append((token.lastgroup, token[token.lastgroup]))
        place = token.end()
    return [_END, *reversed(found)]


def _joined(tokens: Tokens, word: str, depth: int) -> Node:
    """Parts joined by ``or``, each of which may be joined by ``and``."""
    if depth > _MAX_DEPTH:
        message = f"It has more than {_MAX_DEPTH} brackets within each other."
        raise NotSayableError(message)
    parts: list[Node] = []
    while True:
        parts.append(_joined(tokens, "and", depth) if word == "or" else _compared(tokens, depth))
        if tokens[-1] != ("word", word):
            return parts[0] if len(parts) == 1 else Call(word, parts)
        tokens.pop()


def _compared(tokens: Tokens, depth: int) -> Node:
    left = _value(tokens, depth)
    kind, sign = tokens[-1]
    if kind != "sign" or sign not in COMPARISONS:
        return left
    tokens.pop()
    return Call(sign, (left, _value(tokens, depth)))


def _value(tokens: Tokens, depth: int) -> Node:
    kind, text = tokens[-1]
    if tokens[-1] != _END:
        tokens.pop()
    node: Node | None = None
    match kind, text:
        case "name", name:
            node = Ref(name)
        case "dot", _:
            node = Ref(".")
        case "text", literal:
            node = literal[1:-1]
        case "number", digits:
            node = _number(digits)
        case "sign", "-" if tokens[-1][0] == "number":
            node = -_number(tokens.pop()[1])
        case "sign", "(":
            node = Call("()", _arguments(tokens, depth))
        case "word", name if tokens[-1] == ("sign", "("):
            tokens.pop()
            node = _call(name, _arguments(tokens, depth))
        case _:
            pass
    if node is None:
        message = f"It cannot be read at “{text or 'its end'}”."
        raise NotSayableError(message)
    return node


def _number(digits: str) -> float:
    value = number_of(digits)
    if value is None:
        message = f"Numbers go to {LARGEST:,}."
        raise NotSayableError(message)
    return value


def number_of(text: str) -> float | None:
    """The number that is written so; None if it is none, or larger than scripts know."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


def _arguments(tokens: Tokens, depth: int) -> list[Node]:
    inner = [_joined(tokens, "or", depth + 1)]
    while tokens[-1] == ("sign", ","):
        tokens.pop()
        inner.append(_joined(tokens, "or", depth + 1))
    if tokens[-1] != ("sign", ")"):
        message = "A bracket is not closed."
        raise NotSayableError(message)
    tokens.pop()
    return inner


def _call(name: str, inner: Sequence[Node]) -> Node:
    texts = [one for one in inner if isinstance(one, str)]
    # A text with quotes of both kinds can be written in no other way.
    return "".join(texts) if name == "concat" and len(texts) == len(inner) else Call(name, inner)
