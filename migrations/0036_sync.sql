-- migrate:up
-- Small: a row for each batch, which are few beside the events in them.
-- The function is exchanged while the server is down.
-- squawk-ignore-file require-concurrent-index-creation, ban-drop-function, ban-drop-constraint
set local lock_timeout = '5s';

-- How wrong a phone's clock was found with its last batches.
create index event_batch_device on event_batch (organization_id, device_id, received_at);

-- Checked for every event, and said by other keys as well: who told an event, with which device,
-- by its batch; its pass by its turf; the organization of what is stale by the door's events.
alter table contact_event
  drop constraint contact_event_organization_id_member_id_fkey,
  drop constraint contact_event_organization_id_device_id_fkey,
  drop constraint contact_event_organization_id_pass_id_fkey;
alter table stale_door drop constraint stale_door_organization_id_fkey;

-- Begin to take batches in, in one round trip: hold the doors whose state may change, then tell
-- what is known about their events and devices, each `part` in the columns that it needs. Every
-- statement in here sees what was committed before it began, so what is told is as the held doors
-- have it.
create function take_in(
  of_organization uuid, of_devices uuid[], of_events uuid[], of_doors uuid[], of_buildings uuid[],
  of_turfs uuid[])
returns table (
  part text, id uuid, kind text, status text, payload_hash bytea, target_id uuid, turf_id uuid,
  pass_id uuid, door_id uuid, building_id uuid, person_id uuid, member_id uuid,
  occurred_at timestamptz, result text, mark text, has_value boolean, seq bigint,
  clock_offset_ms bigint, roles text[])
language plpgsql as $$
#variable_conflict use_column
declare
  held uuid[];
  buildings uuid[];
  fresh uuid[];
begin
  perform begin_sync();
  perform pg_advisory_xact_lock_shared(hashtextextended(of_organization::text, 0));
  with wanted as (
    select unnest(of_doors) as id
     union
    select unit.id
      from address a
      join door unit on unit.organization_id = of_organization and unit.address_id = a.id
     where a.organization_id = of_organization and a.building_id = any (of_buildings)
  ),
  locked as materialized (
    -- Always in one order, so none waits in a circle.
    select d.id, a.building_id
      from door d
      join address a on a.organization_id = of_organization and a.id = d.address_id
     where d.organization_id = of_organization
       and d.id = any (array(select id from wanted))
     order by d.id
       for no key update of d
  )
  select array_agg(id), array_agg(building_id) into held, buildings from locked;
  return query
  select 'event', e.id, e.kind, e.status, e.payload_hash, e.target_id, e.turf_id, e.pass_id,
         e.door_id, e.building_id, e.person_id, e.member_id, null::timestamptz, null, null,
         null::boolean, null::bigint, null::bigint, null::text[]
    from contact_event e
   where e.organization_id = of_organization and e.id = any (of_events);
  fresh := of_events;
  if found then
    fresh := array(
      select id from unnest(of_events) id
      except
      select e.id from contact_event e
       where e.organization_id = of_organization and e.id = any (of_events));
  end if;
  return query
  select 'door', d.id, null, null, null::bytea, null::uuid, null::uuid, null::uuid, null::uuid,
         d.building_id, null::uuid, null::uuid, null::timestamptz, null, null, null::boolean,
         null::bigint, null::bigint, null::text[]
    from unnest(held, buildings) as d (id, building_id);
  return query
  select 'turf_door', null::uuid, null, null, null::bytea, null::uuid, td.turf_id, null::uuid,
         td.door_id, null::uuid, null::uuid, null::uuid, null::timestamptz, null, null,
         null::boolean, null::bigint, null::bigint, null::text[]
    from (select t.turf_id, t.door_id
            from turf_door t
           where t.organization_id = of_organization
             and t.turf_id = any (of_turfs) and t.door_id = any (held)
           union
          select l.turf_id, l.door_id
            from left_door l
           where l.organization_id = of_organization
             and l.turf_id = any (of_turfs) and l.door_id = any (held)) td;
  return query
  select 'fact', f.id, f.kind, null, null::bytea, f.target_id, null::uuid, f.pass_id, f.door_id,
         f.building_id, f.person_id, null::uuid, f.occurred_at, f.result, f.mark, f.has_value,
         null::bigint, null::bigint, null::text[]
    from facts_about(of_organization, held, buildings, fresh) f;
  -- Who ever held these turfs, whether now as well, and how far changes are numbered: the phones
  -- of the others are to look.
  return query
  select 'holder', null::uuid, null, null, null::bytea, null::uuid, a.turf_id, null::uuid,
         null::uuid, null::uuid, null::uuid, a.member_id, null::timestamptz, null, null,
         bool_or(a.ended_at is null and a.expires_at > now()), c.seq, null::bigint, null::text[]
    from assignment a
    join change_counter c on c.organization_id = a.organization_id
   where a.organization_id = of_organization
     and a.turf_id = any (of_turfs)
   group by a.turf_id, a.member_id, c.seq;
  -- The devices, as far as they are signed in still.
  return query
  select 'device', d.id, null, null, null::bytea, null::uuid, null::uuid, null::uuid, null::uuid,
         null::uuid, null::uuid, d.member_id, null::timestamptz, null, null, null::boolean,
         null::bigint, null::bigint, m.roles
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.organization_id = of_organization
     and d.id = any (of_devices)
     and d.revoked_at is null
     and d.expires_at > now()
     and m.ended_at is null;
  return query
  select 'clock', of_device, null, null, null::bytea, null::uuid, null::uuid, null::uuid,
         null::uuid, null::uuid, null::uuid, null::uuid, b.received_at, null, null, null::boolean,
         null::bigint, b.clock_offset_ms, null::text[]
    from unnest(of_devices) of_device
   cross join lateral (
     select batch.received_at, batch.clock_offset_ms
       from event_batch batch
      where batch.organization_id = of_organization and batch.device_id = of_device
      order by batch.received_at desc
      limit 8) b;
end
$$;
drop function take_in(uuid, uuid[], uuid[], uuid[], uuid[]);
