import csv
import datetime as dt
import io
import socket
from uuid import UUID

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from doorstep.commands import demo as command
from doorstep.commands import demo_setup
from doorstep.commands.demo_check import StoredEvent, compare, stored_events
from doorstep.commands.demo_network import Fault
from doorstep.commands.demo_screen import FieldDay
from doorstep.commands.demo_script import SCRIPT, conversation
from doorstep.commands.demo_server import free_port, serving, wait_until_ready
from doorstep.commands.demo_stage import found
from doorstep.commands.demo_stories import TELLERS
from doorstep.commands.demo_team import gathered
from doorstep.commands.screen import CommandError
from doorstep.commands.synthetic import COLUMNS, synthetic_csv
from doorstep.kit.auth import Role
from doorstep.kit.db import organization_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.resources import GEO
from doorstep.people.model import DoorPoint
from doorstep.settings import Settings

NOON = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)


def door(number, unit=""):
    return DoorPoint(
        id=new_id(),
        building_id=new_id(),
        street="Annankatu",
        house_number=str(number),
        unit=unit,
        floor="",
        lon=24.94 + number / 1e4,
        lat=60.17,
    )


def made(kind="attempt", **particulars):
    event_id = str(new_id())
    return {
        "id": event_id,
        "kind": kind,
        "occurred_at": NOON.isoformat(),
        "turf_id": str(new_id()),
        "door_id": str(new_id()),
        **particulars,
    }


def stored(event, value=None, **payload):
    return StoredEvent(
        id=UUID(event["id"]),
        kind=event["kind"],
        status="accepted",
        turf_id=UUID(event["turf_id"]),
        door_id=UUID(event["door_id"]),
        building_id=None,
        person_id=None,
        target_id=UUID(event["target_id"]) if "target_id" in event else None,
        recorded_at=NOON,
        payload=payload,
        value=value,
    )


async def test_a_whole_campaign_on_bad_networks_ends_with_every_event_there_exactly_once(
    world, tmp_path
):
    async with world.anonymous() as http:
        stage = await found(world.pool, world.keyring, http)
        stage.connect = lambda: httpx.ASGITransport(world.app, raise_app_exceptions=False)
        place = await demo_setup.import_place(stage, GEO / "helsinki.osm.pbf")
        imported = await demo_setup.import_people(stage, place.doors)
        pass_id = await demo_setup.start_pass(stage)
        turfs = await demo_setup.cut_turf(stage, pass_id, place)
        async with gathered(stage, turfs, 10, tmp_path, speed=1e6) as team:
            await team.walk()
        async with organization_transaction(stage.pool, stage.organization_id) as db:
            result = compare(team.made(), await stored_events(db, stage.organization_id))
        answer = await stage.call(
            Role.COORDINATOR, "GET", "/reports/progress", params={"pass_id": pass_id}
        )
    assert imported["rejected_count"] == 0
    assert imported["added_count"] == imported["row_count"] > len(place.doors)
    assert sum(turf["doors_count"] for turf in turfs) == len(place.doors) == 706
    assert result.made_count > 700
    assert result.exact
    assert result.in_review == []
    assert [one for one in team.canvassers if one.phone.outbox.waiting] == []
    assert sum(one.doors_done for one in team.canvassers) == 706
    faults = team.faults()
    assert all(faults[fault] for fault in Fault)
    assert team.canvassers[0].phone.tally.refreshes >= 2
    total = answer.json()["total"]
    assert total["doors_count"] == 706
    assert 600 < total["attempted_count"] <= 706
    shown = Console(width=80, record=True, file=io.StringIO())
    shown.print(FieldDay(team))
    assert "706" in shown.export_text()


def test_events_that_are_there_as_made_are_found_exact():
    knock = made(result="refused")
    answer = made("answer", question="wish", value=["a", "b"])
    undo = made("void", target_id=str(new_id()))
    told = {name: undo[name] for name in ("id", "kind", "occurred_at", "target_id")}
    result = compare(
        {knock["id"]: knock, answer["id"]: answer, undo["id"]: told},
        [
            stored(knock, result="refused"),
            stored(answer, ["a", "b"], question="wish"),
            stored(undo),
        ],
    )
    assert result.exact
    assert result.knocks_stored == 1


@pytest.mark.parametrize(
    "change",
    [
        {"result": "canvassed"},
        {"door_id": str(new_id())},
        {"occurred_at": (NOON + dt.timedelta(seconds=1)).isoformat()},
        {"kind": "note"},
    ],
)
def test_an_altered_event_is_found(change):
    knock = made(result="refused")
    result = compare({knock["id"]: {**knock, **change}}, [stored(knock, result="refused")])
    assert result.altered == [knock["id"]]
    assert not result.exact


def test_an_altered_or_missing_value_of_an_answer_is_found():
    answer = made("answer", question="support", value="yes")
    for value in ("no", None):
        result = compare({answer["id"]: answer}, [stored(answer, value, question="support")])
        assert result.altered == [answer["id"]]


def test_missing_and_strange_events_are_named():
    lost, strange = made(result="refused"), made(result="refused")
    result = compare({lost["id"]: lost}, [stored(strange, result="refused")])
    assert (result.missing, result.strange) == ([lost["id"]], [strange["id"]])
    assert not result.exact


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, 80), min_size=1, max_size=40), count=st.integers(1, 30))
def test_turf_is_shared_out_whole_to_one_or_two_and_nobody_gets_too_much(sizes, count):
    turfs = {str(at): size for at, size in enumerate(sizes)}
    wanted = [{"id": turf_id, "doors_count": size} for turf_id, size in turfs.items()]
    shares = demo_setup.share_out(wanted, count)
    places = {}
    for share in shares:
        load = sum(turfs[turf_id] / holders for turf_id, _, holders in share)
        assert len(share) <= 1 or load <= demo_setup.MOST_DOORS
        for turf_id, place, holders in share:
            places.setdefault((turf_id, holders), []).append(place)
    assert len(shares) == count
    for (_, holders), seen in places.items():
        assert holders in (1, 2)
        assert sorted(seen) == list(range(holders))
    if sum(sizes) <= count * demo_setup.MOST_DOORS / 4:
        assert {turf_id for turf_id, _ in places} == turfs.keys()


def test_invented_people_are_labelled_and_the_same_each_time():
    doors = [door(number) for number in range(1, 400)]
    rows = list(csv.DictReader(io.StringIO(synthetic_csv(doors).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert synthetic_csv(doors) == synthetic_csv(doors[::-1])
    assert synthetic_csv(doors, seed=1) != synthetic_csv(doors)
    assert 1.6 < len(rows) / len(doors) < 2.0
    assert len({row["external_id"] for row in rows}) == len(rows)
    assert {row["external_id"][:10] for row in rows} == {"synthetic-"}
    assert {row["phone"][:9] for row in rows} == {"", "+44770090"}
    assert all(row["email"].endswith("@example.org") for row in rows if row["email"])
    assert {row["language"] for row in rows} == {"fi", "sv", "en"}
    families = {}
    for row in rows:
        families.setdefault(row["house_number"], set()).add(row["family_name"])
    assert {len(names) for names in families.values()} == {1}


@given(seed=st.integers(0, 2**32))
def test_a_conversation_follows_the_script_and_asks_for_consent(seed):
    shown = {"required": False, "sensitive": False, "show_if": None}
    script = {"questions": [{**shown, **question} for question in SCRIPT["questions"]]}
    said = list(conversation(np.random.default_rng(seed), script))
    values = {answer["question"]: answer["value"] for answer in said}
    assert "has_time" in values
    assert values["has_time"] or len(values) == 1
    assert "traffic_measures" not in values or values["top_issue"] == "traffic"
    for answer in said:
        assert (answer["consent"] is not None) == (answer["question"] == "support")


def test_a_run_tidies_up_after_itself_and_leaves_what_was_there(tmp_path):
    (tmp_path / "keys").mkdir()
    with command._tidied(tmp_path, keep=False):
        (tmp_path / "postgres").mkdir()
        (tmp_path / "server.log").write_text("ready")
        (tmp_path / "map.png").write_text("picture")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "map.png"]


def test_a_port_in_use_is_refused_with_the_remedy():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(CommandError, match="Choose another with --port"):
            free_port("127.0.0.1", busy.getsockname()[1])


def test_a_server_that_cannot_start_is_reported_with_its_own_words(tmp_path):
    settings = Settings(data_dir=tmp_path, host="127.0.0.1", port=free_port("127.0.0.1"))
    log = tmp_path / "server.log"
    (tmp_path / "postgres").write_text("in the way")
    with serving(settings, log) as server, pytest.raises(CommandError, match=r"server\.log ends"):
        wait_until_ready(server, settings, log)


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ("follow-up", {"raisers": 2, "told": 2, "called": 1, "revisited": 1, "status": "told"}),
        (
            "budget",
            {
                "ballots": 10,
                "greedy_winners": [1, 2, 3],
                "equal_shares_winners": [2, 3, 5, 4],
                "commitments": 4,
            },
        ),
    ],
)
async def test_a_story_comes_to_its_end(world, story, told):
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://doorstep.test") as http:
        stage = await found(world.pool, world.keyring, http)
        place = await demo_setup.import_place(stage, GEO / "helsinki.osm.pbf")
        await demo_setup.import_people(stage, place.doors)
        pass_id = await demo_setup.start_pass(stage)
        turfs = await demo_setup.cut_turf(stage, pass_id, place)
        assert await TELLERS[story](stage, turfs[0]["id"]) == told
