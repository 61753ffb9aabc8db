"""Published cases as Open311 GeoReport v2 has them, and FixMyStreet's updates: JSON and XML.

Specification: http://wiki.open311.org/GeoReport_v2/ (read side) and
https://www.fixmystreet.com/open311 (service request updates).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from doorstep.listening.model import PublicCase, PublicTopic, PublicUpdate

DAYS = 90
"""How far back requests are listed where nobody says from when; the specification's own."""
MOST_ROWS = 1000
XML, JSON = "text/xml", "application/json"
Row = Mapping[str, Any]


def encoded(name: str, rows: Sequence[Row] | Row, form: str) -> tuple[str, str]:
    """Rows (or one thing) as a document in this form, and its media type."""
    if form == "json":
        return msgspec.json.encode(rows).decode(), JSON
    root = _element(name, rows) if isinstance(rows, Mapping) else _list(name, rows)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}', XML


_SINGULAR = {
    "services": "service", "service_requests": "request", "errors": "error",
    "service_request_updates": "request_update", "endpoints": "endpoint", "formats": "format",
    "attributes": "attribute", "service_definitions": "service_definition",
}  # fmt: skip


def _list(name: str, rows: Sequence[Any]) -> ET.Element:
    root = ET.Element(name)
    root.extend(_element(_SINGULAR[name], row) for row in rows)
    return root


def _element(name: str, value: Any) -> ET.Element:
    if isinstance(value, list):
        return _list(name, value)  # pyright: ignore[reportUnknownArgumentType]
    root = ET.Element(name)
    if isinstance(value, Mapping):
        fields: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        root.extend(_element(key, inner) for key, inner in fields.items())
    elif value is not None:
        root.text = _text(value)
    return root


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # XML 1.0 has no way to write most control characters.
    return "".join(one for one in str(value) if one.isprintable() or one in "\n\t")


def discovery(public_url: str, slug: str, contact: str) -> Row:
    """Where everything is."""
    return {
        "changeset": "2027-01-01T00:00:00Z",
        "contact": contact,
        "key_service": "No key is needed to read.",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{public_url}/o/{slug}/open311/v2",
                "changeset": "2027-01-01T00:00:00Z",
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def services(topics: Sequence[PublicTopic]) -> list[Row]:
    """Topics as services."""
    return [
        {
            "service_code": str(one.id),
            "service_name": one.name,
            "description": one.name,
            "metadata": False,
            "type": "realtime",
            "keywords": "",
            "group": "",
        }
        for one in topics
    ]


def service_definition(topic: PublicTopic) -> Row:
    """What to say about an issue of a topic beside its words: nothing."""
    return {"service_code": str(topic.id), "attributes": []}


def requests(cases: Sequence[PublicCase]) -> list[Row]:
    """Cases as service requests; the reason for their end is their status note."""
    return [
        {
            "service_request_id": one.slug,
            "status": "open" if one.open else "closed",
            "status_notes": None if one.open else one.reason,
            "service_name": one.topic,
            "service_code": str(one.service_id),
            "description": one.summary,
            "agency_responsible": one.organization,
            "service_notice": None,
            "requested_datetime": stamp(one.requested_at),
            "updated_datetime": stamp(one.updated_at),
            "expected_datetime": stamp(one.expected_at),
            "address": one.place or None,
            "address_id": None,
            "zipcode": None,
            "lat": one.lat,
            "long": one.lon,
            "media_url": None,
        }
        for one in cases
    ]


_STATUS = {
    "fixed": "FIXED", "answered": "CLOSED", "referred": "NOT_COUNCILS_RESPONSIBILITY",
    "declined": "NO_FURTHER_ACTION", "duplicate": "DUPLICATE",
}  # fmt: skip
_OPEN = {"assigned": "INVESTIGATING", "moved": "IN_PROGRESS", "reopened": "OPEN"}


def updates(found: Sequence[PublicUpdate]) -> list[Row]:
    """Steps of cases as FixMyStreet reads them."""
    return [
        {
            "update_id": f"{one.slug}-{one.number}",
            "service_request_id": one.slug,
            "status": _OPEN.get(one.kind) or _STATUS.get(one.outcome or "", "CLOSED"),
            "updated_datetime": stamp(one.at),
            "description": one.text,
            "media_url": None,
        }
        for one in found
    ]


def errors(code: int, description: str) -> list[Row]:
    """A refusal as the specification has it."""
    return [{"code": code, "description": description}]


def stamp(at: dt.datetime) -> str:
    """An instant in UTC, to the second (W3C, ISO 8601)."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
