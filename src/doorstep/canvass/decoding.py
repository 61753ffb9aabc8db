"""From the bytes a phone sent to events, one by one, whatever else is among them."""

import hashlib
import re
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.canvass.model import MAX_EVENTS, Event, Instant
from doorstep.kit.errors import InvalidError

# Every escape of a JSON text, from the left: a whole surrogate pair, a single unit, or another.
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_HALVES = frozenset((b"d8", b"d9", b"da", b"db", b"dc", b"dd", b"de", b"df"))
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_ID = re.compile(rb'"id"\s*:\s*"([0-9a-fA-F-]{36})"')
MAX_DEPTH = 64
_ITEM_DEPTH = 2
T = TypeVar("T")


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch whose items were not looked at yet."""

    sent_at: Instant
    events: Annotated[list[msgspec.Raw], Meta(max_length=MAX_EVENTS)]


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


class Item(msgspec.Struct, frozen=True, gc=False):
    """One item of a batch.

    ``event`` is None when it cannot be read, ``fault`` then says why; ``id`` is None when it has
    no usable id either. ``payload_hash`` tells whether two items with one id are the same.
    """

    id: UUID | None
    event: Event | None
    fault: str | None
    fields: dict[str, Any]
    payload_hash: bytes


# Made once: a batch has thousands of items.
_FIELDS = msgspec.json.Decoder(dict[str, Any])
_EVENT = msgspec.json.Decoder(Event)
_SORTED = msgspec.json.Encoder(order="sorted")


def read_batch(body: bytes) -> Envelope:
    """The items of a request, each of which `read_item` reads.

    Half characters, NULs and bytes that are no UTF-8 become U+FFFD. An item that is nested too
    deeply or cannot be read spoils itself alone.

    Raises
    ------
    InvalidError
        If the whole is no batch: not JSON, no ``sent_at``, no list of ``events``, too many.
    """
    return read_envelope(body, Envelope, _ITEM_DEPTH)


def read_envelope(body: bytes, of: type[T], item_depth: int) -> T:
    """What holds items, mended as far as it can be stored.

    Parameters
    ----------
    body
        JSON as it came.
    of
        The envelope, whose items are ``msgspec.Raw`` or plain values.
    item_depth
        In how many lists and objects an item stands.

    Raises
    ------
    InvalidError
        If the whole is not JSON, or another shape.
    """
    readable = _storable(_as_utf8(body))
    try:
        return _decoded(readable, of)
    except (msgspec.DecodeError, RecursionError):
        return _decoded_flat(readable, of, item_depth)


def _decoded(body: bytes, of: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=of)
    except msgspec.ValidationError as error:
        raise InvalidError(str(error), field="body") from None


def _decoded_flat(body: bytes, of: type[T], item_depth: int) -> T:
    try:
        return _decoded(_without_depths(body, item_depth), of)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"The body is not JSON: {error}"
        raise InvalidError(message, field="body") from None


def _as_utf8(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(errors="replace").encode()
    return body


def _storable(body: bytes) -> bytes:
    """The body without NULs and lone halves of surrogate pairs, which no text column takes."""
    return _ESCAPES.sub(_mended, body) if b"\\u" in body else body


def _mended(match: re.Match[bytes]) -> bytes:
    escape = match[0]
    lone = len(escape) == len(b"\\u0000") and escape[2:4].lower() in _HALVES
    return b"\\ufffd" if lone or escape == b"\\u0000" else escape


def _without_depths(body: bytes, item_depth: int) -> bytes:
    """The body with every item that is nested too deeply cut down to its id."""
    parts: list[bytes] = []
    depth = deepest = begin = done = 0
    for token in _TOKEN.finditer(body):
        if token[0] in b"[{":
            if depth == item_depth:
                begin, deepest = token.start(), 0
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in b"]}":
            depth -= 1
            if depth == item_depth and deepest > MAX_DEPTH:
                named = _ID.search(body, begin, token.end())
                parts += [body[done:begin], b'{"id":"%s"}' % named[1] if named else b"{}"]
                done = token.end()
    return b"".join([*parts, body[done:]])


def read_item(raw: bytes | msgspec.Raw) -> Item:
    """One item of a batch, whatever it is."""
    fields: dict[str, Any] = {}
    try:
        fields = _FIELDS.decode(raw)
        event = _EVENT.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return Item(_usable_id(fields), None, str(error), fields, _payload_hash(fields))
    return Item(event.id, event, None, fields, _payload_hash(fields))


def _usable_id(fields: dict[str, Any]) -> UUID | None:
    try:
        return msgspec.convert(fields, _Named).id
    except msgspec.ValidationError:
        return None


def _payload_hash(fields: dict[str, Any]) -> bytes:
    """SHA-256 over the item with its fields in order.

    Without consent a value is left out: from a hash, a short list of opinions could be guessed.
    """
    told = fields
    if "value" in fields and not fields.get("consent"):
        told = {k: v for k, v in fields.items() if k != "value"}
    return hashlib.sha256(_SORTED.encode(told)).digest()
