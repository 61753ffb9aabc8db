"""Answers as a client wants them: JSON or MessagePack, packed as it takes them."""

from typing import Any, cast

import msgspec

from doorstep.kit.packing import best_encoding, packed

JSON, MESSAGE_PACK = "application/json", "application/msgpack"
_PACKED_FROM_BYTES = 512
"""Below, compressing saves less than its header costs."""


def written(
    value: Any, accept: str | None, accept_encoding: str | None
) -> tuple[bytes, str, dict[str, str]]:
    """The body of an answer, its media type, and its headers.

    Parameters
    ----------
    value
        What msgspec can encode.
    accept, accept_encoding
        The headers of the request. MessagePack is for those who ask for it by name: compressed, it
        is larger than JSON (measured).
    """
    wants = MESSAGE_PACK in (accept or "") or "application/x-msgpack" in (accept or "")
    # By way of plain values: times and ids are the texts that they are in JSON.
    body = (
        msgspec.msgpack.encode(msgspec.to_builtins(value)) if wants else msgspec.json.encode(value)
    )
    headers = {"Cache-Control": "private, no-store", "Vary": "Accept, Accept-Encoding"}
    encoding = best_encoding(accept_encoding or "") if len(body) > _PACKED_FROM_BYTES else None
    if encoding:
        headers["Content-Encoding"] = encoding
    return packed(body, encoding), MESSAGE_PACK if wants else JSON, headers


def fields_of(value: Any) -> dict[str, Any] | None:
    """What a JSON object holds; None of anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
