"""The statement that tells what happened to a person, apart from visits."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.canvass.history_model import PersonRecord
from doorstep.kit.db import Connection, fetch_all


async def records_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID], limit: int
) -> list[PersonRecord]:
    """What happened to people, the latest first; of imports only which fields they changed."""
    return await fetch_all(
        db,
        PersonRecord,
        """
        with met as (
          select p.*, h.door_id
            from person p
            join household h on h.organization_id = p.organization_id and h.id = p.household_id
           where p.organization_id = $1 and p.id = any($2)
        ),
        -- What an import found, beside what the next one found, or what is there now.
        changed as (
          select c.thing_id, c.import_run_id, r.created_at, c.before,
                 lead(c.before, 1, to_jsonb(met))
                   over (partition by c.thing_id order by r.created_at, r.id) as after
            from import_change c
            join import_run r on r.organization_id = c.organization_id and r.id = c.import_run_id
            join met on met.id = c.thing_id
           where c.organization_id = $1 and c.kind = 'person'
        ),
        told (at, kind, person_id, other_person_id, member_id, import_run_id, fields, about) as (
          select coalesce(r.created_at, met.created_at), 'imported', met.id, null::uuid,
                 r.created_by, r.id, '{}'::text[], null::text
            from met
            join import_run r on r.organization_id = $1 and r.id = met.import_run_id
           union all
          select c.created_at, 'changed_by_import', c.thing_id, null, r.created_by, r.id,
                 array(select case key when 'household_id' then 'household' else key end
                         from jsonb_each(c.before) as was (key, value)
                        where value is distinct from c.after -> key
                          and key not in ('name_key', 'changed_at')
                        order by key),
                 null
            from changed c
            join import_run r on r.organization_id = $1 and r.id = c.import_run_id
           union all
          select created_at, 'added_at_door', id, null, added_by, null, '{}', null
            from met
           where added_at_door
           union all
          select given_at, 'consent', person_id, null, recorded_by, null, '{}', purpose
            from consent
           where organization_id = $1 and person_id = any($2)
           union all
          select withdrawn_at, 'consent_withdrawn', person_id, null, withdrawn_by, null, '{}',
                 purpose
            from consent
           where organization_id = $1 and person_id = any($2) and withdrawn_at is not null
           union all
          select n.recorded_at, 'do_not_contact', met.id, null, n.recorded_by, null, '{}',
                 case when n.person_id is null then 'door' else 'person' end
            from met
            join do_not_contact n on n.organization_id = $1
                                 and (n.person_id = met.id
                                   or n.person_id is null and n.door_id = met.door_id)
           union all
          select n.cleared_at, 'do_not_contact_cleared', met.id, null, n.cleared_by, null, '{}',
                 case when n.person_id is null then 'door' else 'person' end
            from met
            join do_not_contact n on n.organization_id = $1
                                 and (n.person_id = met.id
                                   or n.person_id is null and n.door_id = met.door_id)
           where n.cleared_at is not null
           union all
          select m.decided_at, case m.status when 'apart' then 'kept_apart' else m.status end,
                 met.id, case when m.person_id = met.id then m.other_person_id else m.person_id end,
                 m.decided_by, null, '{}', null
            from met
            join person_match m on m.organization_id = $1
                               and (m.person_id = met.id or m.other_person_id = met.id)
           where m.status <> 'open'
             -- Of a merge each side would tell: once is enough.
             and (m.kept_id is null or m.kept_id = met.id)
        )
        select t.at, t.kind, t.person_id, t.other_person_id, t.member_id, m.name as member_name,
               t.import_run_id, r.file_name, t.fields, t.about
          from told t
          left join member m on m.organization_id = $1 and m.id = t.member_id
          left join import_run r on r.organization_id = $1 and r.id = t.import_run_id
         order by t.at desc, t.kind, t.person_id, t.other_person_id
         limit $3
        """,
        organization_id,
        person_ids,
        limit,
    )
