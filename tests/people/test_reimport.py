"""Who asked to be forgotten is not brought back by the list they came from."""

import pytest

from doorstep.imports import service as imports
from doorstep.imports.service import Source

LIST = (
    "external_id,street,house_number,longitude,latitude,given_name,family_name,phone,email\n"
    "z1,Hill Street,1,24.9,60.2,Zyxone,Zyxfamily,+358401234567,one@zyx.example\n"
    "z2,Hill Street,1,24.9,60.2,Zyxtwo,Zyxfamily,+358401234567,one@zyx.example\n"
)
NEW_IDS = LIST.replace("z1,", "y1,").replace("z2,", "y2,")
MOVED = NEW_IDS.replace("Hill Street,1", "Lake Road,9")


async def bring(tenant, tmp_path, text):
    path = tmp_path / "people.csv"
    path.write_text(text)
    key = tenant.world.keyring.suppression_key(tenant.id)
    async with tenant.transaction() as db:
        return await imports.import_table(db, tenant.id, Source(path, path.name), key)


async def names(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch("select given_name from person order by given_name")
    return [row["given_name"] for row in rows]


@pytest.mark.parametrize("again", [LIST, NEW_IDS, MOVED], ids=["same", "new ids", "moved"])
async def test_an_erased_person_is_left_out_and_their_spouse_is_not(tenant, tmp_path, again):
    assert (await bring(tenant, tmp_path, LIST)).added_count == 2
    async with tenant.transaction() as db:
        person_id = await db.fetchval("select id from person where given_name = 'Zyxone'")
    organizer = await tenant.organizer()
    done = await organizer.post(f"/people/{person_id}/erasure", json={"reason": "asked"})
    assert done.status_code == 201, done.text
    run = await bring(tenant, tmp_path, again)
    assert run.rejected_count == 1
    assert "Zyxone" not in await names(tenant)
    assert "Zyxtwo" in await names(tenant)
    async with tenant.transaction() as db:
        reject = await db.fetchrow(
            "select row_number, reason from import_reject where import_run_id = $1", run.id
        )
    assert tuple(reject) == (2, "This person asked to be forgotten.")
