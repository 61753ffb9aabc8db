import gzip
import json

import zstandard
from makers import make_field


async def bundle(field, **headers):
    return await field.volunteer.get(f"/turfs/{field.turf_id}/bundle", headers=headers)


async def test_a_bundle_holds_the_turf_as_it_is_walked(tenant):
    field = await make_field(tenant, houses=3, units=2)
    got = (await bundle(field)).json()
    assert got["turf"]["id"] == field.turf_id
    assert {door["id"] for door in got["doors"]} == {str(d) for d in field.street.door_ids}
    assert {person["id"] for person in got["people"]} == {str(p) for p in field.street.person_ids}
    assert got["script"]["script_id"] == field.script_id
    assert {door["status"] for door in got["doors"]} == {"open"}


async def test_a_phone_gets_no_more_of_people_than_walking_needs(tenant):
    field = await make_field(tenant)
    got = (await bundle(field)).json()
    assert set(got["people"][0]) == {
        "id",
        "household_id",
        "door_id",
        "given_name",
        "family_name",
        "language",
    }


async def test_units_of_a_house_follow_each_other_by_number(tenant):
    field = await make_field(tenant, houses=2, units=12)
    doors = (await bundle(field)).json()["doors"]
    units = [door["unit"] for door in doors if door["house_number"] == "1"]
    assert units == [f"A{n}" for n in range(1, 13)]


async def test_the_same_bundle_is_not_sent_twice(tenant):
    field = await make_field(tenant)
    first = await bundle(field)
    again = await bundle(field, **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    async with tenant.transaction() as db:
        await db.execute("update door set note = 'dog' where id = $1", field.street.door_ids[0])
    changed = await bundle(field, **{"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_bundles_come_compressed_as_the_phone_likes(tenant):
    field = await make_field(tenant)
    path = f"/turfs/{field.turf_id}/bundle"
    seen = {}
    for accept, unpack in (
        ("identity", bytes),
        ("gzip", gzip.decompress),
        ("gzip, zstd", zstandard.decompress),
    ):
        async with field.volunteer.stream("GET", path, headers={"accept-encoding": accept}) as got:
            raw = b"".join([part async for part in got.aiter_raw()])
        body = json.loads(unpack(raw))
        seen[got.headers["etag"]] = body
        assert got.headers.get("content-encoding", "identity") in accept
        assert body["turf"]["id"] == field.turf_id
    assert len(seen) == 3, "each encoding is other bytes and needs a strong tag of its own"


async def test_a_door_not_to_be_contacted_comes_without_its_people(tenant):
    field = await make_field(tenant)
    door_id = str(field.street.door_ids[0])
    coordinator = await tenant.coordinator()
    assert (await coordinator.post("/do-not-contact", json={"door_id": door_id})).is_success
    got = (await bundle(field)).json()
    assert [d["do_not_contact"] for d in got["doors"] if d["id"] == door_id] == [True]
    assert door_id not in {person["door_id"] for person in got["people"]}
