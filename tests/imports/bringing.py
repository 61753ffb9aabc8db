"""Files of people and a map, and how tests bring them in."""

import tempfile
from pathlib import Path

from doorstep.imports import service

HELSINKI = Path(__file__).parents[2] / "geo" / "helsinki.osm.pbf"
HEADER = (
    "external_id,street,house_number,unit,postcode,city,longitude,latitude,"
    "given_name,family_name,birth_year,phone,email,language"
)
PEOPLE = [
    "p1,Kaivokatu,1,A 10,00100,Helsinki,24.94,60.17,Aino,Salo,1985,+358401,a@example.org,fi",
    "p2,Kaivokatu,1,A 10,00100,Helsinki,24.94,60.17,Onni,Salo,,,,",
    "p3,Kaivokatu,1,A 2,00100,Helsinki,24.94,60.17,Eve,Niemi,,,,sv",
    "p4,Mikonkatu,7,,00100,Helsinki,24.95,60.17,Ville,Laine,,,,",
]


def csv(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


async def send(client, data, file_name="people.csv"):
    return await client.post(
        "/imports",
        params={"file_name": file_name},
        content=data,
        headers={"content-type": "text/csv"},
    )


async def send_map(client, campaign_id, data, **params):
    return await client.post(
        f"/campaigns/{campaign_id}/map",
        content=data,
        params=params,
        headers={"content-type": "application/octet-stream"},
    )


async def import_people(tenant, data, file_name="people.csv", **given):
    """The run that brings a file in, in a transaction of its own."""
    async with tenant.transaction() as db:
        return await import_within(db, tenant, data, file_name, **given)


async def import_within(db, tenant, data, file_name="people.csv", **given):
    """The same in a transaction that is open already."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        source = service.Source(path, file_name, mapping=given.pop("mapping", None))
        key = tenant.world.keyring.suppression_key(tenant.id)
        return await service.import_table(db, tenant.id, source, key, **given)
