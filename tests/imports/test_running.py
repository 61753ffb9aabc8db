import asyncio

import pytest
from bringing import PEOPLE, csv, import_people

from doorstep.imports import service
from doorstep.kit import jobs

MAPPING = [
    {"column": "vid", "field": "external_id"},
    {"column": "vorname", "field": "given_name"},
    {"column": "street", "field": "street"},
    {"column": "no", "field": "house_number"},
    {"column": "lon", "field": "longitude"},
    {"column": "lat", "field": "latitude"},
    {"column": "Partei", "field": "attribute", "key": "party", "sensitive": True},
]
FILE = (
    b"vid,vorname,street,no,lon,lat,Partei\nv1,Eve,Katu,1,24.9,60.1,A\nv2,Aino,Katu,2,24.9,60.1,B\n"
)


async def upload(client, *parts, file_name="people.csv"):
    file = (await client.post("/import-files", json={"file_name": file_name})).json()
    for number, part in enumerate(parts, start=1):
        answer = await client.put(
            f"/import-files/{file['id']}/parts/{number}",
            content=part,
            headers={"content-type": "application/octet-stream"},
        )
        assert answer.status_code == 200, answer.text
    return file["id"]


async def finished(client, run_id):
    """The run once it has ended, whichever way."""
    for _ in range(400):
        run = (await client.get(f"/imports/{run_id}")).json()
        if run["state"] != "running":
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(run)


async def started(client, file_id, **wanted):
    answer = await client.post("/imports/runs", json={"file_id": file_id, **wanted})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def people_of(tenant):
    async with tenant.transaction() as db:
        return await db.fetch("select * from person order by external_id")


async def test_a_file_in_parts_is_looked_at_tried_and_imported(tenant):
    organizer = await tenant.organizer()
    data = csv(*PEOPLE)
    file_id = await upload(organizer, data[:100], data[100:150], data[150:])
    told = (await organizer.get(f"/import-files/{file_id}")).json()
    assert (told["parts_count"], told["byte_count"]) == (3, len(data))
    look = (await organizer.post(f"/import-files/{file_id}/reading", json={})).json()
    assert look["mapping"]["columns"][0] == {
        "column": "external_id", "field": "external_id", "key": None, "kind": "text",
        "sensitive": False, "policy": "file",
    }  # fmt: skip
    assert look["sample"][0]["street"] == "Kaivokatu"

    tried = await finished(organizer, await started(organizer, file_id, dry_run=True))
    assert (tried["state"], tried["dry_run"], tried["added_count"]) == ("done", True, 4)
    assert await people_of(tenant) == []

    run = await finished(organizer, await started(organizer, file_id))
    assert (run["state"], run["added_count"], run["failure"]) == ("done", 4, None)
    assert len(await people_of(tenant)) == 4
    # A whole list of people is not left lying about.
    assert (await organizer.get(f"/import-files/{file_id}")).status_code == 404


async def test_a_part_sent_again_takes_the_place_of_its_former_self(tenant):
    organizer = await tenant.organizer()
    file_id = await upload(organizer, b"rubbish")
    url = f"/import-files/{file_id}/parts/1"
    for _ in range(2):
        told = (await organizer.put(url, content=csv(*PEOPLE))).json()
    assert told["parts_count"] == 1
    assert (await finished(organizer, await started(organizer, file_id)))["added_count"] == 4


async def test_a_missing_part_is_named(tenant):
    organizer = await tenant.organizer()
    file_id = await upload(organizer, b"a,b\n")
    await organizer.put(f"/import-files/{file_id}/parts/3", content=b"1,2\n")
    run = await finished(organizer, await started(organizer, file_id))
    assert run["state"] == "failed"
    assert "Part 2" in run["failure"]


async def test_a_saved_mapping_reads_the_next_file_of_its_kind(tenant):
    organizer = await tenant.organizer()
    mapping = {"columns": MAPPING, "basis": "public register"}
    first = await upload(organizer, FILE)
    run_id = await started(organizer, first, mapping=mapping, save_as="Register")
    assert (await finished(organizer, run_id))["added_count"] == 2
    assert [one["attributes"] for one in await people_of(tenant)] == [
        {"party": "A"}, {"party": "B"},
    ]  # fmt: skip
    again = await upload(organizer, FILE.replace(b",B\n", b",C\n"))
    look = (await organizer.post(f"/import-files/{again}/reading", json={})).json()
    assert look["mapping_name"] == "Register"
    run = await finished(organizer, await started(organizer, again))
    assert (run["changed_count"], run["unchanged_count"]) == (1, 1)
    (change,) = (await organizer.get(f"/imports/{run['id']}/changes")).json()
    assert change["fields"] == [
        {"field": "attributes", "before": {"party": "B"}, "after": {"party": "C"}}
    ]
    (saved,) = (await organizer.get("/import-mappings")).json()
    assert (await organizer.delete(f"/import-mappings/{saved['id']}")).status_code == 204


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"basis": ""}, "mapping.basis"),
        ({"columns": [*MAPPING, {"column": "nix", "field": "floor"}]}, "mapping.columns[7].column"),
        ({"columns": MAPPING[:2]}, "mapping.columns"),
        ({"columns": [*MAPPING[:6], MAPPING[6] | {"key": None}]}, "mapping.columns[6].key"),
    ],
)
async def test_a_mapping_that_does_not_fit_is_refused_at_once(tenant, change, field):
    organizer = await tenant.organizer()
    mapping = {"columns": MAPPING, "basis": "public register"} | change
    answer = await organizer.post(
        "/imports/runs", json={"file_id": await upload(organizer, FILE), "mapping": mapping}
    )
    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["errors"]]


async def test_a_political_opinion_is_not_read_unless_somebody_decides_it(tenant):
    organizer = await tenant.organizer()
    data = csv(PEOPLE[0] + ",A", header=csv().decode().strip() + ",party")
    file_id = await upload(organizer, data)
    look = (await organizer.post(f"/import-files/{file_id}/reading", json={})).json()
    guessed = {one["use"]["column"]: one["use"] for one in look["columns"]}
    assert guessed["party"]["sensitive"]
    await finished(organizer, await started(organizer, file_id))
    assert (await people_of(tenant))[0]["attributes"] == {}


async def test_a_file_that_cannot_be_read_says_why_and_stores_nothing(tenant):
    organizer = await tenant.organizer()
    run = await finished(organizer, await started(organizer, await upload(organizer, b"\x00" * 99)))
    assert run["state"] == "failed"
    assert len(run["failure"]) > 20
    assert run["ended_at"]


async def test_a_running_import_can_be_cancelled_and_leaves_nothing(tenant, monkeypatch):
    organizer = await tenant.organizer()
    begun = asyncio.Event()

    async def slowly(*_):
        begun.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(service, "merge", slowly)
    monkeypatch.setattr(jobs, "LISTENS_EVERY_S", 0.05)
    run_id = await started(organizer, await upload(organizer, csv(*PEOPLE)))
    await begun.wait()
    other = await upload(organizer, csv(*PEOPLE))
    answer = await organizer.post("/imports/runs", json={"file_id": other})
    assert answer.status_code == 409
    assert (await organizer.post(f"/imports/{run_id}/cancelling")).status_code == 202
    run = await finished(organizer, run_id)
    assert run["state"] == "cancelled"
    assert await people_of(tenant) == []
    assert (await organizer.post(f"/imports/{run_id}/cancelling")).status_code == 409


async def test_a_run_whose_server_died_is_told_apart(tenant):
    organizer = await tenant.organizer()
    run = await import_people(tenant, csv(*PEOPLE))
    async with tenant.transaction() as db:
        await db.execute(
            "update import_run set state = 'running', heard_at = now() - interval '2 minutes'"
        )
    await finished(organizer, await started(organizer, await upload(organizer, csv(*PEOPLE))))
    dead = (await organizer.get(f"/imports/{run.id}")).json()
    assert dead["state"] == "failed"
    assert "stopped" in dead["failure"]


async def test_the_last_import_is_undone_and_only_that(tenant):
    organizer = await tenant.organizer()
    first = await import_people(tenant, csv(*PEOPLE[:2]))
    changed = PEOPLE[0].replace("Aino", "Eino")
    second = await import_people(tenant, csv(changed, *PEOPLE[1:]))
    assert (await organizer.post(f"/imports/{first.id}/undoing")).status_code == 409
    undone = (await organizer.post(f"/imports/{second.id}/undoing")).json()
    assert (undone["state"], undone["undone_at"] is None) == ("undone", False)
    assert [one["given_name"] for one in await people_of(tenant)] == ["Aino", "Onni"]
    assert (await organizer.post(f"/imports/{second.id}/undoing")).status_code == 409
    assert (await organizer.post(f"/imports/{first.id}/undoing")).status_code == 200
    async with tenant.transaction() as db:
        for table in ("building", "address", "door", "household", "person", "import_change"):
            assert await db.fetchval(f"select count(*) from {table}") == 0  # noqa: S608


async def test_an_import_that_was_worked_with_is_not_undone(tenant):
    organizer = await tenant.organizer()
    run = await import_people(tenant, csv(*PEOPLE))
    door = (await organizer.get("/doors")).json()[0]
    await organizer.post("/do-not-contact", json={"door_id": door["id"]})
    answer = await organizer.post(f"/imports/{run.id}/undoing")
    assert answer.status_code == 409
    assert "1 are marked" in answer.json()["detail"]
    assert len(await people_of(tenant)) == 4


async def test_a_list_swapped_from_end_to_end_is_told_by_the_doors_there_are(tenant):
    await import_people(tenant, csv(*PEOPLE))
    swapped = [f"s{n},Tori,{n},,,,60.1{n},24.9{n},Eve,Salo,,,," for n in range(1, 5)]
    run = await import_people(tenant, csv(*swapped, "s9,Tori,9,,,,24.94,60.17,Ida,Salo,,,,"))
    assert (run.rejected_count, run.added_count) == (4, 1)


async def test_an_import_whose_past_was_forgotten_is_not_undone(tenant):
    organizer, owner = await tenant.organizer(), await tenant.owner()
    await import_people(tenant, csv(*PEOPLE))
    run = await import_people(tenant, csv(PEOPLE[0].replace("Aino", "Eino"), *PEOPLE[1:]))
    async with tenant.transaction() as db:
        await db.execute("update import_run set created_at = created_at - interval '4 months'")
    await owner.put("/retention", json={"rules": [{"kind": "import_file", "months": 3}]})
    await owner.post("/retention/run", json={"dry_run": False})
    answer = await organizer.post(f"/imports/{run.id}/undoing")
    assert answer.status_code == 409
    assert "no longer kept" in answer.json()["detail"]
    assert "Eino" in [one["given_name"] for one in await people_of(tenant)]


async def test_rejects_come_as_a_file_that_no_spreadsheet_runs(tenant):
    organizer = await tenant.organizer()
    run = await import_people(tenant, csv("p1,Katu,1,,,,=1+1,60.1,Eve,Salo,,,,"))
    answer = await organizer.get(f"/imports/{run.id}/rejects.csv")
    assert answer.content.startswith(b"\xef\xbb\xbfrow,field,reason,remedy\r\n2,longitude,")
    assert "attachment" in answer.headers["content-disposition"]
