"""A good request for every operation, and an organization that has something of everything.

A new route needs a line in ``SAMPLES`` if it takes a body or must be given query parameters.
"""

import datetime as dt
import functools
import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import osmium
import shapely
from makers import QUESTIONS, Field, Tenant, make_field, make_pass, make_street, make_turf
from osmium.osm import mutable

from doorstep.commands.openapi import schema_text
from doorstep.guests import service as guests
from doorstep.guests.model import Recipient, Source
from doorstep.imports import queries as import_queries
from doorstep.imports.model import ColumnUse, Mapping
from doorstep.imports.model import Field as ColumnField
from doorstep.kit import links
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter
from doorstep.mine import queries as mine_queries
from doorstep.overview import buddy_queries
from doorstep.sheets import queries as sheet_queries
from doorstep.sheets.codes import new_code
from doorstep.sheets.queries import SheetRow
from doorstep.staffing import queries as crew_queries
from doorstep.staffing.model import CrewFacts, ProposalCreate
from doorstep.staffing.queries import StoredCrew
from doorstep.surveys.xlsform.workbook import write_sheets
from doorstep.turf import cut_queries
from doorstep.turf.cut_model import CutCreate, CutFound

AREA = [[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.1], [10.0, 50.0]]
POLYGON = {"type": "Polygon", "coordinates": [AREA]}
CSV = (
    "external_id,street,house_number,longitude,latitude,given_name,family_name\n"
    "c1,Canary Lane,1,10.05,50.05,Canaria,Feathers\n"
    "c2,,2,10.05,50.05,Canaria,Feathers\n"
)


@dataclass(frozen=True)
class Sample:
    """What to send. ``$turf`` stands for the id of the turf that the organization has.

    ``unknown`` is what an id that is not there is answered with; ``holder`` sends it as the
    volunteer who holds the turf, where others have nothing to act on.
    """

    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    unknown: tuple[int, ...] = (404,)
    holder: bool = False


RAISING = {"type": "text", "key": "wish", "text": "What is broken?", "topic_id": "$issue_topic"}
SCRIPT = {"introduction": "Hello", "questions": [*QUESTIONS, RAISING]}
OF_PASS = Sample(query={"pass_id": "$pass"})
UNIVERSE = {
    "type": "any_of",
    "any_of": [
        {
            "type": "last_result",
            "results": ["not_home"],
            "pass_id": "$pass",
            "campaign_id": "$campaign",
        },
        {"type": "in_turf", "turf_id": "$turf"},
        {"type": "imported", "import_id": "$import"},
        {
            "type": "answered",
            "question": "votes",
            "script_id": "$script",
            "test": {"op": "known"},
        },
    ],
}
IN_UNIVERSE = {"type": "in_universe", "universe_id": "$universe"}
NESTED = {"type": "all_of", "all_of": [UNIVERSE, IN_UNIVERSE]}
LAYER = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"name": "Another"}, "geometry": POLYGON}],
}
# The first was published, which made it a version newer; the other is a draft.
TURF = {"turf_id": "$turf", "cut_version": 2}
OTHER_TURF = {"turf_id": "$other_turf", "cut_version": 1}
OF_LAYER = {"layer": "Wards"}
KNOCK = {
    "id": "0198c0de-0000-7000-8000-0000000000aa",
    "kind": "attempt",
    "turf_id": "$turf",
    "door_id": "$door",
    "result": "not_home",
    "occurred_at": "2026-11-22T10:15:00Z",
}

SHIFT = {
    "starts_at": "2027-03-27T10:00:00Z",
    "ends_at": "2027-03-27T13:00:00Z",
    "place_id": "$place",
    "roles": [{"role": "knocker", "capacity": 3}],
}
AT = {"name": "Hall", "point": {"lon": 10.05, "lat": 50.05}}

COMMITMENT = {"title": "Lamps", "text": "We repair every lamp.", "due_on": "2027-03-01"}
DECISION = {
    "question": "Where does the lamp go?",
    "options": [{"title": "North Street"}, {"title": "South Street"}],
    "choice": "North Street",
    "reasons": "It is the darkest.",
    "consulted": [{"who": "People of both streets", "how": "At their doors"}],
    "decided_on": "2026-11-20",
}
ISSUE = {
    "id": "0198c0de-0000-7000-8000-0000000000bb",
    "topic_id": "$issue_topic",
    "door_id": "$door",
    "person_id": "$person",
    "text": "The lamp is broken",
    "raised_at": "2026-11-22T10:15:00Z",
}

ROUND = {"title": "Village money", "amount": 900, "currency": "EUR", "country": "Finland"} | {
    "ballot_kind": "approval", "most_projects": 3,
}  # fmt: skip

LETTER = {"language": "en", "subject": "Come", "body": "Dear {{name|friend}}, come."}
MAILING = {
    "title": "Invitation",
    "template_id": "$letter_template",
    "purpose": "events",
    "segment": {
        "universe_id": "$universe",
        "attendees": {"civic_event_id": "$civic_event", "states": ["invited"]},
    },
    "civic_event_id": "$civic_event",
}

TRACK = {
    "name": "First steps",
    "role": "captain",
    "steps": [
        {"title": "Safety", "kind": "session", "training": "Safety"},
        {"title": "The script", "kind": "reading", "url": "https://example.org/script"},
    ],
}

PB = (
    "META\nkey;value\nbudget;900\nvote_type;approval\nPROJECTS\nproject_id;cost;name\n"
    "1;300;Bench\nVOTES\nvoter_id;vote\n1;1\n"
)
SHARED = {"kind": "decision", "item_id": "$public_decision"}
POST = {
    "id": "0198c0de-0000-7000-8000-0000000000cc",
    "text": "The lamps are mended.",
    "post_target_ids": ["$post_target"],
    "share_link_id": "$share_link",
}

SAMPLES: dict[str, Sample] = {
    "share": Sample(SHARED),
    "listShareLinks": Sample(query={"member_id": "$member"}, unknown=(200,)),
    "listConversionsOfSharer": Sample(unknown=(200,)),
    "creditSharedSignup": Sample({"code": "friend", "signup_id": "$signup"}, holder=True),
    "addPostTarget": Sample({"label": "Site", "address": "jsons://hooks.example.org/x"}),
    "writePost": Sample(POST, unknown=(404, 422)),
    "importBallots": Sample(PB),
    "createBudgetRound": Sample(ROUND),
    "changeBudgetRound": Sample({"title": "Another"}),
    "moveBudgetRound": Sample({"to": "counted", "reason": "Everybody has voted"}),
    "propose": Sample({"title": "A bench"}),
    "reviewProposal": Sample({"title": "A longer bench"}),
    "createVoterCodes": Sample({"count": 2}),
    "castBallot": Sample({"choices": [{"number": 1}]}),
    "readNotification": Sample(holder=True),
    "confirmNotifications": Sample({"nids": ["$notification"]}, unknown=(200,), holder=True),
    "putNotificationSettings": Sample({"time_zone": "Europe/Helsinki", "quiet_from": "22:00"}),
    "putPushDevice": Sample(
        {"kind": "fid", "platform": "android", "registration": "canary-phone"}, holder=True
    ),
    "deletePushDevice": Sample(holder=True),
    "linkGuest": Sample({"person_id": "$person"}),
    "noteLetterOutcome": Sample({"state": "delivered"}),
    "listLetters": Sample(query={"about": "$guest"}, unknown=(200,)),
    "countLetters": Sample(query={"about": "$guest"}, unknown=(200,)),
    "createLetterTemplate": Sample({"name": "Invitation", "texts": [LETTER]}),
    "changeLetterTemplate": Sample({"based_on": 1, "texts": [LETTER]}),
    "putLetterNaming": Sample({"first_name": True}),
    "createMailing": Sample(MAILING, unknown=(404, 422)),
    "changeMailing": Sample({**MAILING, "revision": 1}, unknown=(404, 422)),
    "approveMailing": Sample({"revision": 1}),
    "createBroadcast": Sample(
        {"title": "Thanks", "text": "See you.", "member_ids": ["$caseworker"]}, unknown=(422,)
    ),
    "createPlace": Sample(AT),
    "putPlace": Sample(AT),
    "createEvent": Sample(
        {"kind": "canvass", "title": "Again", "place_id": "$place", "campaign_id": "$campaign"}
        | {"shifts": [SHIFT]}
    ),
    "changeEvent": Sample({"title": "Changed", "place_id": "$place"}),
    "cancelEvent": Sample({"reason": "Storm"}),
    "addShifts": Sample({"shifts": [SHIFT]}),
    "addSeries": Sample(
        {"starts_local": "2027-03-27T10:00:00", "duration_min": 180, "place_id": "$place"}
        | {"rule": "FREQ=WEEKLY;COUNT=2", "roles": SHIFT["roles"]}
    ),
    "addCrewRule": Sample(
        {"kind": "lock", "member_ids": ["$caseworker"], "turf_id": "$turf"}, unknown=(404, 422)
    ),
    "proposeCrews": Sample({"pass_id": "$pass", "who": "booked"}),
    "copyShifts": Sample({"shift_ids": ["$shift"], "place_ids": ["$place"], "days_later": [7, 14]}),
    "listShifts": Sample(query={"civic_event_id": "$civic_event"}, unknown=(200,)),
    "changeShift": Sample({"place_id": "$place", "roles": SHIFT["roles"]}),
    "cancelShift": Sample({"reason": "Storm"}),
    # Volunteers may not sign up others, whoever they are.
    "signUp": Sample({"member_id": "$member", "role": "knocker"}, unknown=(404, 403)),
    "walkIn": Sample({"member_id": "$member"}),
    "checkInSignup": Sample({"how": "desk"}),
    "checkInByCode": Sample({"token": "$check_in_code"}, unknown=(422,)),
    "rateShift": Sample({"rating": 5}, holder=True),
    "checkOutSignup": Sample({"occurred_at": None}, holder=True),
    "createTrainingTrack": Sample(TRACK | {"name": "Captains"}),
    "endBuddyPair": Sample({"why": "ended", "reason": "Moved away"}, holder=True),
    "listDashboardRows": Sample(query={"figure": "reachable"}),
    "offerToBeBuddy": Sample({"newcomers_count": 2}),
    "putMyVolunteer": Sample({"languages": ["fi"], "home": {"lon": 10.0512, "lat": 50.0498}}),
    "putVolunteer": Sample({"skills": ["driver"], "transport": "car", "seats_count": 3}),
    "putMyEmergencyContact": Sample({"name": "Canaria", "phone": "+15550100199"}),
    "putTie": Sample({"kind": "apart"}),
    "recordTraining": Sample({"training": "Safety"}),
    "splitTurf": Sample(TURF | {"parts": 2}),
    "mergeTurfs": Sample({"turfs": [TURF, OTHER_TURF]}),
    "moveDoors": Sample(
        {"to_turf": OTHER_TURF, "from_turfs": [TURF], "door_ids": ["$door"]}, unknown=(404, 422)
    ),
    "tradeDoors": Sample(
        {
            "one": TURF | {"door_ids": ["$door"]},
            "other": OTHER_TURF | {"door_ids": ["$other_door"]},
        },
        unknown=(404, 422),
    ),
    "freezeTurfs": Sample({"turfs": [TURF]}),
    # A step that is not the last cannot be taken back, be it there or not.
    "undoStep": Sample({"step_id": "$step"}, unknown=(404, 409)),
    "startCut": Sample(
        {"universe_id": "$universe", "boundary_id": "$boundary", "recut_of": "$earlier_pass"}
        | {"doors": 20}
    ),
    "drawBarrier": Sample(
        {"name": "Fence", "line": {"type": "LineString", "coordinates": AREA[:2]}}
    ),
    "allowCrossing": Sample({"from_node": 1, "to_node": 2}),
    "forbidCrossing": Sample(query={"from_node": "1", "to_node": "2"}),
    "putBoundaries": Sample(LAYER, query={"layer": "Beats"}),
    "deleteBoundaries": Sample(query=OF_LAYER),
    "addPerson": Sample({"given_name": "Canaria", "family_name": "Feathers"}),
    # Who is not one of the two of a match cannot be kept.
    "mergePeople": Sample({"other_person_id": None, "keep_id": "$person"}, unknown=(404, 422)),
    "acceptHandover": Sample({"code": "$code"}, unknown=(422,)),
    "addConsentWording": Sample({"purpose": "news", "text": "May we write to you?"}),
    "addScriptVersion": Sample(SCRIPT, unknown=(404, 422)),
    # A member of another organization is no member: the same refusal as for nobody at all.
    "assignTurf": Sample({"member_ids": ["$caseworker"], "hours": 2}, unknown=(404, 422)),
    "changeMember": Sample({"name": "Another"}),
    "changeOrganization": Sample({"name": "Another", "time_zone": "Europe/Helsinki"}),
    "changeTurf": Sample({"name": "Another"}),
    "choosePace": Sample({"kind": "default"}),
    "changeUniverse": Sample({"name": "Another", "expression": UNIVERSE}, unknown=(404, 422)),
    "clearDoNotContact": Sample({"reason": "They asked"}),
    "compareScriptVersions": Sample(query={"from": "1", "to": "1"}),
    "countPeople": Sample({"expression": NESTED}, unknown=(422,)),
    "createImportFile": Sample({"file_name": "people.csv"}),
    "changeHook": Sample({"kinds": ["turf.assigned"]}),
    "createHook": Sample({"url": "https://hooks.example.org/x", "kinds": ["turf.published"]}),
    "createCampaign": Sample({"name": "Autumn"}),
    "createInvite": Sample(
        {"name": "New", "email": "new@example.org", "roles": ["volunteer"]}
        | {"campaign_id": "$campaign"}
    ),
    "createPass": Sample({"campaign_id": "$campaign", "name": "Another", "script_id": "$script"}),
    "createScript": Sample(
        {"campaign_id": "$campaign", "name": "Another", **SCRIPT}, unknown=(404, 422)
    ),
    "publishWebSurvey": Sample(
        {"script_id": "$script", "title": "Another", "civic_event_id": "$civic_event"}
    ),
    "changeWebSurvey": Sample({"title": "Another"}),
    "inviteToWebSurvey": Sample({"count": 2}),
    "recordWebSurveyAnswers": Sample(
        {
            "id": "0198c0de-0000-7000-8000-0000000000dd",
            "answers": {"votes": True},
            "answered_at": "2026-11-22T10:15:00Z",
            "civic_event_id": "$civic_event",
        }
    ),
    "createStatementTopic": Sample({"question": "What next?", "statements": ["More trees"]}),
    "changeStatementTopic": Sample({"closes_at": "2999-01-01T00:00:00Z"}),
    "addStatement": Sample({"text": "More lamps"}),
    "decideStatement": Sample({"status": "refused"}),
    "publishCase": Sample({"summary": "A lamp is broken", "lon": 24.9, "lat": 60.2}),
    "createTurf": Sample({"pass_id": "$pass", "name": "Another", "polygon": POLYGON}),
    "createTurfsFromLayer": Sample(LAYER),
    "createUniverse": Sample({"name": "Another", "expression": NESTED}, unknown=(422,)),
    "downloadDoorsCsv": OF_PASS,
    "downloadChart": OF_PASS,
    "downloadDoorsGeojson": OF_PASS,
    "downloadExport": OF_PASS,
    "downloadFieldDay": OF_PASS,
    "downloadFigureRows": OF_PASS,
    "downloadMap": OF_PASS,
    "downloadPeople": Sample(query={"universe_id": "$universe"}),
    "downloadReachedMap": OF_PASS,
    "getCrosstab": Sample({"pass_id": "$pass", "rows": "question:votes", "columns": "age"}),
    "getDataQuality": OF_PASS,
    "getUniverseProgress": Sample(query={"pass_id": "$pass", "universe_id": "$universe"}),
    "listFigureRows": OF_PASS,
    "erasePerson": Sample({"reason": "asked"}),
    "getAnswers": OF_PASS,
    "getProgress": OF_PASS,
    "handTurfBack": Sample(holder=True),
    "putImportFilePart": Sample(CSV),
    "readImportFile": Sample({"layer": "People"}, unknown=(404, 422)),
    "startImport": Sample({"file_id": "$file", "dry_run": True}),
    "importMap": Sample(query={"file_name": "map.osm.pbf"}),
    "importPeople": Sample(CSV, query={"file_name": "people.csv"}),
    # A filter for what is not there leaves nothing over.
    "listPasses": Sample(query={"campaign_id": "$campaign"}, unknown=(200,)),
    "listScripts": Sample(query={"campaign_id": "$campaign"}, unknown=(200,)),
    "listTurfs": OF_PASS,
    "markDoNotContact": Sample({"door_id": "$door", "person_id": "$person"}, unknown=(404, 422)),
    "noteAccess": Sample({"access_note": "Ring twice"}),
    "noteDoor": Sample({"note": "Dog"}),
    "offerHandover": Sample({"as_pair": True, "hours": 2}),
    "recordConsent": Sample({"purpose": "news", "channel": "email", "wording": "May we write?"}),
    # The door says in which order options are shown, and need not be there.
    "previewScript": Sample({"language": "und", "door_id": "$door"}, unknown=(200, 404)),
    "readXlsform": Sample(),
    "refreshTokens": Sample({"refresh_token": "x" * 43, "nonce": "one-nonce"}),
    "requestSignInCode": Sample({"organization": "nobody", "email": "nobody@example.org"}),
    "runRetention": Sample({"dry_run": False}),
    "searchSuppressions": Sample({"phone": "+15550100199"}),
    # Answered event by event, see test_routes.
    "sendEvents": Sample(
        {
            "sent_at": "2026-11-22T10:15:00Z",
            "events": [
                {
                    "id": "0198c0de-0000-7000-8000-000000000001",
                    "kind": "answer",
                    "turf_id": "$turf",
                    "door_id": "$door",
                    "person_id": "$person",
                    "script_id": "$script",
                    "script_version": 1,
                    "question": "votes",
                    "value": True,
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
                {
                    "id": "0198c0de-0000-7000-8000-000000000002",
                    "kind": "attempt",
                    "turf_id": "$turf",
                    "building_id": "$building",
                    "mark": "locked",
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
                {
                    "id": "0198c0de-0000-7000-8000-000000000003",
                    "kind": "void",
                    "target_id": "$event",
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
            ],
        },
        unknown=(200,),
    ),
    "setRetention": Sample({"rules": [{"kind": "note_text", "months": 6}]}),
    "signIn": Sample(
        {"request_id": "$code_request", "code": "12345678", "device_name": "Phone"},
        unknown=(401,),
    ),
    "signInWithFirebase": Sample({"id_token": "x.y.z", "device_name": "Phone"}),
    "signOutMyDevice": Sample(holder=True),
    "startInvite": Sample({"token": "x" * 43}),
    "suppressContact": Sample({"kind": "email", "value": "other@example.org"}),
    "decideConflicts": Sample(
        {"verdict": "reject", "conflicts": [{"event_id": "$event", "payload_hash": "$hash"}]}
    ),
    "decideEvents": Sample({"verdict": "reject", "event_ids": ["$event"]}),
    "listBatches": Sample(query={"member_id": "$member"}, unknown=(200,)),
    "pushRxdb": Sample([{"newDocumentState": KNOCK}], unknown=(200,)),
    "pushWatermelon": Sample(
        {"contact_events": {"created": [KNOCK | {"occurred_at": 1_795_342_500_000}]}},
        unknown=(200,),
    ),
    "rollBackDay": Sample({"day": "2026-11-22"}),
    "getBaseTile": Sample(query={"campaign_id": "$campaign"}),
    "getBoundariesTile": Sample(query={"campaign_id": "$campaign"}),
    "getDoorsTile": OF_PASS,
    "getTurfsTile": OF_PASS,
    "keyWalkSheet": Sample(
        {
            "sheet_code": "$sheet_code",
            "walked_at": "2026-11-22T10:15:00Z",
            "results": [{"line": 1, "result": "not_home"}],
        }
    ),
    "printWalkSheets": Sample({"turf_ids": ["$turf"]}),
    "withdrawConsent": Sample({"withdrawn_how": "phone"}),
    "changeCommitment": Sample({"title": "More lamps", "due_on": "2027-05-01"}),
    "changeIssueTopic": Sample({"owner_member_id": "$caseworker", "owner_role": None}),
    "commitFromCase": Sample({"commitment_id": "$commitment"}),
    "createCommitment": Sample(COMMITMENT | {"title": "Trees"}),
    "createIssueTopic": Sample({"name": "Parks", "due_days": 30, "owner_member_id": "$caseworker"}),
    "giveCase": Sample({"owner_id": "$caseworker"}),
    "listCases": Sample(query={"issue_topic_id": "$issue_topic"}, unknown=(200,)),
    "mergeCases": Sample({"into_case_id": "$other_case", "reason": "The same lamp"}),
    "moveCase": Sample({"to": "in_progress", "reason": "Ordered a lamp"}),
    "noteCase": Sample({"text": "Called the works"}),
    "noteCaseNotice": Sample({"state": "delivered"}),
    "publishDecision": Sample(
        DECISION | {"supersedes_id": "$public_decision", "commitment_id": "$commitment"}
    ),
    "addOfficeSlots": Sample({"minutes": 60, "with_whom": "The mayor"}),
    "checkInAtEventDesk": Sample({"occurred_at": None}),
    "checkInByTicket": Sample({"token": "$ticket"}, unknown=(404, 422)),
    # Before it was held, nothing came of it.
    "followUpEvent": Sample(
        {
            "summary": "Forty came, and asked for lamps.",
            "commitment_ids": ["$commitment"],
            "decision_ids": ["$public_decision"],
        },
        unknown=(404, 409),
    ),
    "putOnEventList": Sample({"person_id": "$person", "seats": 2}),
    "putPublicEvent": Sample(
        {
            "starts_at": "2027-03-27T17:00:00Z",
            "ends_at": "2027-03-27T19:00:00Z",
            "capacity": 60,
        }
    ),
    "recordStallContact": Sample(
        {
            "id": "0198c0de-0000-7000-8000-00000000c0de",
            "result": "talked",
            "occurred_at": "2026-11-22T10:15:00Z",
            "topic_id": "$issue_topic",
            "minutes": 4,
        }
    ),
    "walkInToEvent": Sample({"id": "0198c0de-0000-7000-8000-00000000c0df", "seats": 2}),
    # The visit it came with need not be known yet.
    "raiseIssue": Sample(
        ISSUE | {"contact_event_id": "$event", "civic_event_id": "$civic_event"},
        unknown=(404, 201, 409),
    ),
    "tellRaisers": Sample({"dry_run": False}),
    "updateCommitment": Sample({"to": "published", "reason": "Asked for at many doors"}),
}


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI file with its sample."""

    id: str
    method: str
    path: str
    roles: tuple[Role, ...]
    security: list[dict[str, Any]] | None
    media_type: str | None
    sample: Sample

    @property
    def placeholders(self) -> list[str]:
        """The kinds of ids in the request, such as ``turf``."""
        text = json.dumps([self.path, self.sample.query, self.sample.body])
        return sorted(set(re.findall(r"\$([a-z_]+)", text)))

    @property
    def takes_body(self) -> bool:
        return self.media_type is not None

    def url(self, ids: dict[str, str]) -> str:
        return filled(self.path, ids)

    def content(self, ids: dict[str, str]) -> bytes:
        if self.id == "importMap":
            return small_map()
        if self.id == "readXlsform":
            return small_form()
        body = filled(self.sample.body, ids)
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()

    async def send(
        self, client: httpx.AsyncClient, ids: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """The sample with these ids, or other content in its place."""
        headers = {"content-type": self.media_type} if self.media_type else {}
        if content is None and self.takes_body:
            content = self.content(ids)
        return await client.request(
            self.method,
            self.url(ids),
            params=filled(self.sample.query, ids),
            content=content,
            headers=headers,
        )


def filled(template: Any, ids: dict[str, str]) -> Any:
    """The template with ids in place of their kinds."""
    match template:
        case str():
            return re.sub(r"\$([a-z_]+)", lambda found: ids[found[1]], template)
        case dict():
            return {key: filled(value, ids) for key, value in template.items()}
        case list():
            return [filled(value, ids) for value in template]
        case _:
            return template


@functools.cache
def schema() -> dict[str, Any]:
    """The OpenAPI file of the application."""
    return json.loads(schema_text())


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the application."""
    return tuple(
        _operation(path, method, about)
        for path, methods in schema()["paths"].items()
        for method, about in methods.items()
    )


def _operation(path: str, method: str, about: dict[str, Any]) -> Operation:
    kinds = (
        re.sub(r"\{([a-z_]+?)(?:_id)?\}", r"$\1", path)
        .replace("$version", "1")
        .replace("$number", "1")
        .replace("$collection", "events")
        .replace("$z/$x/$y", "14/8647/5492")
        .replace("$layer", "turfs")
    )
    return Operation(
        id=about["operationId"],
        method=method.upper(),
        path=kinds,
        roles=tuple(Role(role) for role in about["x-roles"]),
        security=about.get("security"),
        media_type=next(iter(about.get("requestBody", {}).get("content", {})), None),
        sample=SAMPLES.get(about["operationId"], Sample()),
    )


@functools.cache
def small_map() -> bytes:
    """A file with one address on one street."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.osm.pbf"
        with osmium.SimpleWriter(path) as writer:
            for number, place in enumerate([(10.0, 50.0), (10.001, 50.0)], 1):
                writer.add(mutable.Node(id=number, location=place, version=1))
            tags = {"addr:street": "Canary Lane", "addr:housenumber": "9"}
            writer.add(mutable.Node(id=3, location=(10.0005, 50.0001), version=1, tags=tags))
            street = {"highway": "residential", "name": "Canary Lane"}
            writer.add(mutable.Way(id=1, nodes=[1, 2], version=1, tags=street))
        return path.read_bytes()


@functools.cache
def small_form() -> bytes:
    """A spreadsheet with one question."""
    rows = [{"type": "text", "name": "wish", "label": "What do you wish for?"}]
    return write_sheets({"survey": rows})


@dataclass(frozen=True)
class Whole:
    """An organization that has something of everything, by kind."""

    tenant: Tenant
    field: Field
    ids: dict[str, str]

    def client(self, role: Role, operation: Operation) -> httpx.AsyncClient:
        """Who sends the sample when a member of this role does."""
        if role is Role.VOLUNTEER or operation.sample.holder:
            return self.field.volunteer
        return self.tenant.clients[role]


ABSENT = {"code": "AAAAAAAAAA", "hash": "0" * 64, "sheet_code": "ABCDEFG9"}
NOBODY = "0198c0de-dead-7000-8000-000000000000"


def absent(kind: str) -> str:
    """An id of this kind that nobody has."""
    return ABSENT.get(kind, NOBODY)


async def make_whole(tenant: Tenant) -> Whole:
    """Fills an organization through the API with something of every kind."""
    made = await make_field(tenant, houses=3)
    free = await make_street(tenant, houses=1, lon=10.02)
    other = await make_street(tenant, houses=2, lon=24.95)
    other_turf = await make_turf(tenant, made.pass_id, other.box, "Turf 2")
    async with tenant.transaction() as db:
        # One more house, inside the outline that the samples cut.
        await db.execute("update address set lat = 50.05 where lon = 10.02")
    organizer = await tenant.organizer()
    for role in Role:
        await tenant.client(role)
    door, person = str(made.street.door_ids[0]), str(made.street.person_ids[0])
    ids = {
        "campaign": str(tenant.campaign_id),
        "pass": made.pass_id,
        "script": made.script_id,
        "turf": made.turf_id,
        "member": str(made.volunteer_id),
        "caseworker": str(tenant.member_ids[Role.CASEWORKER]),
        "building": str(made.street.building_ids[0]),
        "door": door,
        "person": person,
        "code_request": NOBODY,
        "other_turf": other_turf["id"],
        "other_door": str(other.door_ids[0]),
        "cut": await _cut(tenant, made.pass_id, free.door_ids[0]),
    }
    ids["earlier_pass"], _ = await make_pass(tenant, "Earlier")
    ids["step"] = (await organizer.get(f"/passes/{made.pass_id}/steps")).json()[0]["id"]
    ids |= await _ground(tenant)
    await _post(organizer, "/matches/search")
    matches = (await organizer.get("/matches")).json()
    ids["match"] = next(one["id"] for one in matches if one["person"]["id"] == person)
    ids["import"] = (await _post(organizer, "/imports?file_name=a.csv", content=CSV))["id"]
    ids |= await _follow_up(tenant, ids)
    ids["mark"] = (await _post(organizer, "/do-not-contact", json={"door_id": door}))["id"]
    await _post(organizer, f"/campaigns/{tenant.campaign_id}/map", content=small_map())
    crossing = {"from_node": 1, "to_node": 2}
    await organizer.put(f"/campaigns/{tenant.campaign_id}/crossings", json=crossing)
    wanted = {"name": "Canaria", "email": "canary@example.org", "campaign_id": ids["campaign"]}
    ids["invite"] = (await _post(organizer, "/invites", json=wanted))["invite"]["id"]
    path = f"/turfs/{made.turf_id}/handovers"
    ids["code"] = (await _post(organizer, path, json={"as_pair": True}))["code"]
    allowed = {"purpose": "events", "wording": "May we invite you?"}
    ids["consent"] = (await _post(organizer, f"/people/{person}/consents", json=allowed))["id"]
    number = {"kind": "phone", "value": "+15550100199"}
    ids["suppression"] = (await _post(organizer, "/suppressions", json=number))["id"]
    file = (await _post(organizer, "/import-files", json={"file_name": "a.csv"}))["id"]
    await organizer.put(f"/import-files/{file}/parts/1", content=CSV)
    ids["file"] = file
    ids["mapping"] = await _mapping(tenant)
    saved = {"name": "Phones", "expression": {"type": "reachable", "by": "phone"}}
    ids["universe"] = (await _post(organizer, "/universes", json=saved))["id"]
    ids["device"] = (await made.volunteer.get("/me")).json()["device_id"]
    ids["event"] = await _knock(made)
    ids["hash"], ids["batch"] = await _conflict(made, ids["event"])
    refused = {"verdict": "reject", "event_ids": [ids["event"]]}
    ids["decision"] = (await _post(organizer, "/decisions", json=refused))["id"]
    ids["sheet_code"], ids["feature"] = await _sheet(made), made.turf_id
    ids |= await _hook(organizer)
    ids |= await _shifts(tenant, made.volunteer)
    ids |= await _crews(tenant, ids)
    ids |= await _growing(tenant, ids)
    ids |= await _told(tenant, made.volunteer_id) | await _budget(tenant)
    ids |= await _heard(tenant, ids) | await _sharing(tenant, ids)
    ids |= await _mailing(tenant, ids) | await _letters(tenant, ids)
    return Whole(tenant, made, ids)


async def _told(tenant: Tenant, member_id: UUID) -> dict[str, str]:
    """What a volunteer was told of their turf, and a broadcast that was not sent."""
    async with tenant.transaction() as db:
        told = "select id from notification where member_id = $1"
        notification_id = await db.fetchval(told, member_id)
    broadcast = {"title": "Rain", "text": "Bring a coat.", "roles": ["volunteer"]}
    made = await _post(await tenant.organizer(), "/broadcasts", json=broadcast)
    return {"notification": str(notification_id), "broadcast": made["id"]}


async def _letters(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A guest to whom a letter was sent, and something that a person says is wrong."""
    async with tenant.transaction() as db:
        guest_id = await guests.welcome(
            db, tenant.id, name="Canaria Feathers", email="canary@example.org", source=Source.RSVP
        )
        recipient = Recipient(guest_id=guest_id)
        letter = NewLetter(kind=LetterKind.TICKET, about=guest_id, recipient=recipient, key="made")
        await letters.queue(db, tenant.id, [letter])
        letter_id = await db.fetchval(
            "update letter set state = 'sent', sent_at = now() where key = 'made' returning id"
        )
        correction_id = new_id()
        await mine_queries.insert_correction(
            db, tenant.id, correction_id, UUID(ids["person"]), "Canaria has moved"
        )
    made = {"guest": guest_id, "letter": letter_id, "correction": correction_id}
    return {kind: str(id_) for kind, id_ in made.items()}


async def _mailing(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A mailing to one guest that was looked at, and its template."""
    organizer = await tenant.organizer()
    async with tenant.transaction() as db:
        guest_id = await guests.welcome(
            db, tenant.id, name="Canaria Reader", email="canary.reader@example.org",
            source=Source.RSVP, purposes=["events"],
        )  # fmt: skip
        given = await guests.consents_of_guest(db, tenant.id, guest_id)
        await guests.confirm(db, tenant.id, guest_id, [one.id for one in given])
    body = {"name": "News", "texts": [LETTER]}
    template = (await _post(organizer, "/letter-templates", json=body))["id"]
    segment = {"universe_id": ids["universe"], "guests": {}}
    wanted = {"title": "News", "template_id": template, "purpose": "events", "segment": segment}
    mailing = (await _post(organizer, "/mailings", json=wanted))["id"]
    await _post(organizer, f"/mailings/{mailing}/preview")
    return {"letter_template": template, "mailing": mailing}


async def _shifts(tenant: Tenant, volunteer: httpx.AsyncClient) -> dict[str, str]:
    """A public event today with two shifts, a volunteer signed up for the later one."""
    coordinator = await tenant.coordinator()
    place = (await _post(coordinator, "/places", json={**AT, "name": "Square"}))["id"]
    now = dt.datetime.now(dt.UTC)
    shifts = [
        {
            "starts_at": (now + dt.timedelta(hours=hours)).isoformat(),
            "ends_at": (now + dt.timedelta(hours=hours + 2)).isoformat(),
            "roles": [{"role": "knocker", "capacity": 3}],
        }
        for hours in (3, 6)
    ]
    wanted = {"kind": "office_hours", "title": "Canvass", "place_id": place, "public": True}
    event = await _post(coordinator, "/events", json=wanted | {"shifts": shifts})
    event_id, (shift, later) = event["event"]["id"], [one["id"] for one in event["shifts"]]
    await _post(coordinator, f"/events/{event_id}/publishing")
    signup = await _post(volunteer, f"/shifts/{later}/signups", json={})
    code = (await coordinator.get(f"/shifts/{shift}/check-in-code")).json()["token"]
    feed = (await _post(volunteer, "/me/calendar-feed"))["url"]
    contact = SAMPLES["putMyEmergencyContact"].body
    assert (await volunteer.put("/me/volunteer/emergency-contact", json=contact)).is_success
    return {
        "place": place,
        "civic_event": event_id,
        "event_slug": event["event"]["slug"],
        "organization_slug": tenant.slug,
        "shift": shift,
        "signup": signup["id"],
        "check_in_code": code,
        "feed_token": feed.split("/")[-2],
        "other_member": str(tenant.member_ids[Role.CASEWORKER]),
        **await _for_the_public(tenant, event_id),
    }


async def _for_the_public(tenant: Tenant, event_id: str) -> dict[str, str]:
    """Somebody from outside who comes to an event, and an appointment there that is free."""
    coordinator, path = await tenant.coordinator(), f"/events/{event_id}"
    now = dt.datetime.now(dt.UTC)
    hours = {"starts_at": 3, "ends_at": 8}
    times = {name: (now + dt.timedelta(hours=one)).isoformat() for name, one in hours.items()}
    assert (await coordinator.put(f"{path}/public", json=times | {"capacity": 50})).is_success
    slot = {"minutes": 30, "with_whom": "The councillor"}
    slots = await _post(coordinator, f"{path}/slots", json=slot)
    guest = {"name": "Canaria", "email": "canary@example.org"}
    coming = await _post(coordinator, f"{path}/attendances", json=guest)
    until = now + dt.timedelta(days=1)
    keyring, about = tenant.world.keyring, UUID(coming["id"])
    ticket = links.sign(keyring, links.Purpose.TICKET, tenant.id, about, expires_at=until)
    return {"attendance": coming["id"], "office_slot": slots[0]["id"], "ticket": ticket}


async def _crews(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A ban, a proposal that is worked on, and a crew that is out."""
    ban = {"kind": "ban", "member_ids": [ids["member"]], "turf_id": ids["turf"]}
    path = f"/shifts/{ids['shift']}/crew-rules"
    rule = (await _post(await tenant.coordinator(), path, json=ban))["id"]
    proposal_id, crew_id = new_id(), new_id()
    shift_id, by = UUID(ids["shift"]), tenant.member_ids[Role.COORDINATOR]
    crew = StoredCrew(
        number=0, turf_id=UUID(ids["other_turf"]), turf_name="", member_ids=[UUID(ids["member"])],
        locked=False, goodness=0.0, facts=CrewFacts(languages=["fi"]),
    )  # fmt: skip
    async with tenant.transaction() as db:
        wanted = ProposalCreate(pass_id=UUID(ids["pass"]))
        await crew_queries.insert_proposal(db, tenant.id, proposal_id, shift_id, wanted, by, 3600.0)
        await crew_queries.put_proposed(db, tenant.id, proposal_id, [crew])
        due_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
        await crew_queries.insert_crew(db, tenant.id, crew_id, shift_id, crew, by, due_at, [None])
    return {"crew_rule": rule, "crew_proposal": str(proposal_id), "crew": str(crew_id)}


async def _growing(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A training track, and the volunteer as somebody's newcomer."""
    coordinator = await tenant.coordinator()
    track = await _post(coordinator, "/training-tracks", json=TRACK)
    pair_id, buddy_id = new_id(), tenant.member_ids[Role.COORDINATOR]
    async with tenant.transaction() as db:
        await buddy_queries.insert_pair(db, tenant.id, pair_id, UUID(ids["member"]), buddy_id)
    return {
        "training_track": track["id"],
        "training_step": track["steps"][1]["id"],
        "buddy_pair": str(pair_id),
    }


async def _follow_up(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """Two open cases, a message about a third, a commitment and a decision."""
    organizer = await tenant.organizer()
    topic = {"name": "Lamps", "owner_role": "caseworker", "due_days": 14}
    made = {"issue_topic": (await _post(organizer, "/issue-topics", json=topic))["id"]}
    made["organization_slug"] = tenant.slug
    made["civic_event"] = ids.get("civic_event") or await _civic_event(tenant)
    for kind in ("case", "other_case", "told_case"):
        issue = filled(ISSUE, ids | made) | {"id": str(new_id())}
        made[kind] = (await _post(organizer, "/issues", json=issue))["case_id"]
    allowed = {"purpose": "follow_up", "channel": "email", "wording": "May we tell you?"}
    await _post(organizer, f"/people/{ids['person']}/consents", json=allowed)
    ended = {"to": "resolved", "outcome": "fixed", "reason": "There is a new lamp."}
    await _post(organizer, f"/cases/{made['told_case']}/moves", json=ended)
    await _post(organizer, "/tell-runs", json={"dry_run": False})
    made["case_notice"] = (await organizer.get("/case-notices")).json()[0]["id"]
    made["commitment"] = (await _post(organizer, "/commitments", json=COMMITMENT))["id"]
    made["public_decision"] = (await _post(organizer, "/public-decisions", json=DECISION))["id"]
    return made


async def _civic_event(tenant: Tenant) -> str:
    place_id, event_id = new_id(), new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into place (organization_id, id, name, lon, lat)
            values ($1, $2, 'Town hall', 24.9, 60.2)
            """,
            tenant.id,
            place_id,
        )
        await db.execute(
            """
            insert into civic_event
              (organization_id, id, kind, title, place_id, time_zone, slug, created_by)
            values ($1, $2, 'town_hall', 'Lamps', $3, 'UTC', $4, $5)
            """,
            tenant.id,
            event_id,
            place_id,
            f"lamps-{event_id.hex}",
            tenant.member_ids[Role.ORGANIZER],
        )
    return str(event_id)


async def _hook(organizer: httpx.AsyncClient) -> dict[str, str]:
    """A hook that was pinged."""
    wanted = {"url": "https://hooks.example.org/x", "kinds": ["turf.assigned"]}
    hook = (await _post(organizer, "/hooks", json=wanted))["hook"]["id"]
    return {"hook": hook, "hook_delivery": (await _post(organizer, f"/hooks/{hook}/ping"))["id"]}


async def _budget(tenant: Tenant) -> dict[str, str]:
    """A round that is voted on, with one proposal."""
    organizer = await tenant.organizer()
    made = await _post(organizer, "/budget-rounds", json=ROUND)
    path = f"/budget-rounds/{made['id']}"
    await _post(organizer, f"{path}/moves", json={"to": "collecting"})
    one = await _post(organizer, f"{path}/proposals", json={"title": "Bench"})
    ready = {"eligible": True, "cost": 300}
    await organizer.patch(f"{path}/proposals/{one['id']}", json=ready)
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    for move in ({"to": "reviewing"}, {"to": "costed"}, {"to": "voting"}):
        await _post(organizer, f"{path}/moves", json=move | {"voting_closes_at": until})
    return {"round": made["id"], "round_slug": made["slug"], "proposal": one["id"]}


async def _sharing(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A link to a decision, and a post that may have arrived."""
    organizer = await tenant.organizer()
    made = {"share_link": (await _post(organizer, "/share-links", json=filled(SHARED, ids)))["id"]}
    target = {"label": "News", "address": "jsons://hooks.example.org/news"}
    made["post_target"] = (await _post(organizer, "/post-targets", json=target))["id"]
    post = filled(POST, made) | {"id": str(new_id())}
    made["post"] = (await _post(organizer, "/posts", json=post))["id"]
    async with tenant.transaction() as db:
        await db.execute("update post_delivery set state = 'unknown', next_at = null")
    return made


async def _heard(tenant: Tenant, ids: dict[str, str]) -> dict[str, str]:
    """A survey that somebody answered, a topic with a statement, and a published case."""
    organizer = await tenant.organizer()
    wanted = {"script_id": ids["script"], "title": "Survey"}
    survey = (await _post(organizer, "/web-surveys", json=wanted))["id"]
    answers = SAMPLES["recordWebSurveyAnswers"].body | {"id": str(new_id()), "civic_event_id": None}
    await _post(organizer, f"/web-surveys/{survey}/answers", json=answers)
    topic = SAMPLES["createStatementTopic"].body
    made = {"web_survey": survey}
    made["statement_topic"] = (await _post(organizer, "/statement-topics", json=topic))["id"]
    words = SAMPLES["publishCase"].body
    await _post(organizer, f"/cases/{ids['case']}/publication", json=words)
    return made


async def _sheet(made: Field) -> str:
    """The code of a sheet as if it had been printed."""
    now = dt.datetime.now(dt.UTC)
    sheet = SheetRow(
        id=new_id(),
        pass_id=UUID(made.pass_id),
        turf_id=UUID(made.turf_id),
        turf_name="Turf 1",
        code=new_code(),
        script_id=None,
        script_version=None,
        door_ids=made.street.door_ids,
        person_ids=[],
        person_door_ids=[],
        printed_at=now,
    )
    async with made.tenant.transaction() as db:
        await sheet_queries.insert_sheet(db, made.tenant.id, sheet, None)
    return sheet.code


async def _post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, **body)
    assert answer.is_success, answer.text
    return answer.json()


async def _mapping(tenant: Tenant) -> str:
    mapping = Mapping(columns=[ColumnUse(column="where", field=ColumnField.ADDRESS)])
    mapping_id = new_id()
    async with tenant.transaction() as db:
        await import_queries.put_mapping(
            db, tenant.id, mapping_id, "Register", mapping, ["where"], None
        )
    return str(mapping_id)


async def _cut(tenant: Tenant, pass_id: str, door_id: UUID) -> str:
    """A cut that proposes a turf of one door."""
    cut_id = new_id()
    wanted = CutCreate(doors=1)
    found = CutFound(
        turfs_count=1, doors_count=1, walk_m=0, minutes=2, undersized=[], left_over_count=0,
        left_over=[], notes=[], figures={}, churn=None,
    )  # fmt: skip
    shape = shapely.to_wkb(shapely.Point(10.02, 50.05).buffer(1e-4))
    made_by = tenant.member_ids[Role.ORGANIZER]
    async with tenant.transaction() as db:
        await cut_queries.insert_cut(
            db, tenant.id, cut_id, UUID(pass_id), "auto", wanted, made_by, 3600
        )
        await cut_queries.propose(db, tenant.id, cut_id, [(0, "Free", shape, 0, 2, [door_id])])
        await cut_queries.end_cut(db, tenant.id, cut_id, found, 3600)
    return str(cut_id)


async def _ground(tenant: Tenant) -> dict[str, str]:
    """A barrier and a boundary of the campaign."""
    organizer, path = await tenant.organizer(), f"/campaigns/{tenant.campaign_id}"
    line = {"type": "LineString", "coordinates": AREA[:2]}
    fence = await _post(organizer, f"{path}/drawn-barriers", json={"name": "Wall", "line": line})
    kept = await organizer.put(f"{path}/boundaries", params=OF_LAYER, json=LAYER)
    assert kept.is_success, kept.text
    return {"barrier": fence["id"], "boundary": kept.json()["boundaries"][0]["id"]}


async def _knock(made: Field) -> str:
    event = {
        "id": str(UUID(int=UUID(made.turf_id).int + 1)),
        "kind": "attempt",
        "turf_id": made.turf_id,
        "door_id": str(made.street.door_ids[1]),
        "result": "not_home",
        "occurred_at": "2026-11-22T10:00:00Z",
    }
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": [event]}
    answer = await _post(made.volunteer, "/sync/events", json=body)
    assert answer["results"][0]["outcome"] == "accepted"
    return event["id"]


async def _conflict(made: Field, event_id: str) -> tuple[str, str]:
    """The hash of another event under an id that is taken, and the batch of the first."""
    event = {"id": event_id, "kind": "void", "target_id": event_id}
    event["occurred_at"] = "2026-11-22T10:00:00Z"
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": [event]}
    await _post(made.volunteer, "/sync/events", json=body)
    async with made.tenant.transaction() as db:
        payload_hash = await db.fetchval("select payload_hash from event_conflict")
        return payload_hash.hex(), str(await db.fetchval("select id from event_batch"))


async def snapshot(tenant: Tenant) -> dict[str, str]:
    """A fingerprint of every table's rows that belong to the organization."""
    async with tenant.transaction() as db:
        tables = await db.fetch(
            """
            select c.relname
              from pg_class c
              join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
             where c.relkind = 'r'
               and c.relnamespace = 'public'::regnamespace
             order by c.relname
            """
        )
        # What is packed for counting is made anew whenever it is asked for.
        names = [row["relname"] for row in tables if not row["relname"].startswith("fact_")]
        parts = [
            f"select '{name}' as name, count(*) || ' ' || coalesce("  # noqa: S608 -- the catalog's
            f"md5(string_agg(t::text, '|' order by t::text)), '') as rows from {name} t"
            for name in [*names, "organization"]
        ]
        found = await db.fetch(" union all ".join(parts))
    return {row["name"]: row["rows"] for row in found}
