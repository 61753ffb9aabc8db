"""A pass with a map, of which one turf was begun, stored as phones would have left it."""

import shapely
from field_work import after, make_field

from doorstep.surveys import service as surveys
from doorstep.surveys.model import ScriptCreate, YesNoQuestion

ATTRIBUTION = "© OpenStreetMap contributors"


async def walked(tenant):
    """A pass with two turfs of which one was begun, on a map with a street and a river."""
    by, _ = await tenant.member(name="Aino Salo")
    async with tenant.transaction() as db:
        sign = YesNoQuestion(key="sign", text="A sign?")
        script = await surveys.create_script(
            db,
            None,
            tenant.id,
            tenant.campaign_id,
            ScriptCreate(name="Round one", introduction="", questions=[sign]),
        )
        field = await make_field(db, tenant, script=script)
        risky = await field.add_door(db, street="=cmd|' /C calc'!A0", house_number="+1")
        await field.add_turf(db, [risky, await field.add_door(db)], "Hill")
        await field.add_turf(db, 3, "Shore")
        field.knock(by, risky, "canvassed", after(0))
        await field.write(db)
        await field.answer(db, by, risky, script, "sign", True)
        await add_map(db, tenant)
    return field


async def add_map(db, tenant):
    street = shapely.LineString([(24.9, 60.1), (25.0, 60.2)])
    river = shapely.LineString([(24.9, 60.2), (25.0, 60.1)])
    await db.execute(
        """
        insert into map_source (organization_id, campaign_id, file_name, attribution)
        values ($1, $2, 'town.osm.pbf', $3)
        """,
        tenant.id,
        tenant.campaign_id,
        ATTRIBUTION,
    )
    await db.execute(
        """
        insert into street_edge
          (organization_id, campaign_id, id, highway, from_node, to_node, length_m,
           crosses_barrier, shape, west, south, east, north)
        values ($1, $2, 1, 'residential', 1, 2, 100, false, $3, $4, $5, $6, $7)
        """,
        tenant.id,
        tenant.campaign_id,
        street.wkb,
        *street.bounds,
    )
    await db.execute(
        """
        insert into barrier
          (organization_id, campaign_id, id, kind, shape, west, south, east, north)
        values ($1, $2, 1, 'water', $3, $4, $5, $6, $7)
        """,
        tenant.id,
        tenant.campaign_id,
        river.wkb,
        *river.bounds,
    )
