-- migrate:up
-- The function is exchanged while the server is down.
-- squawk-ignore-file ban-drop-function
set local lock_timeout = '5s';

-- What another event has to be told from where a door stands, without reading its past: which
-- attempt was the last, and when the latest event was. Null where replies or marks bear on it, and
-- for all that was written before; then the past is read.
alter table door_state
  add column last_attempt_id uuid,
  add column latest_at timestamptz;

drop function take_in(uuid, uuid[], uuid[], uuid[], uuid[], uuid[]);

-- Which of the events are there, one by one by their key, and planned anew each time: the plan that a
-- connection keeps from when there was hardly an event takes whichever index begins with the
-- organization, and reads every event of it for each batch until the table is analyzed.
create function stored_among(of_organization uuid, of_events uuid[])
returns table (id uuid, payload_hash bytea)
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
  return query
  select e.id, e.payload_hash
    from unnest(of_events) of_event
   cross join lateral (
     select there.id, there.payload_hash
       from contact_event there
      where there.organization_id = of_organization and there.id = of_event
      limit 1) e;
end
$$;

-- Begin to take batches in, in one round trip: hold the doors whose state may change, then tell
-- what is known about their events and devices. Every statement in here sees what was committed
-- before it began, so what is told is as the held doors have it. Columns of one prefix go together;
-- arrays, because ten thousand rows take the database and its client five times as long.
create function take_in(
  of_organization uuid, of_devices uuid[], of_events uuid[], of_doors uuid[], of_buildings uuid[],
  of_turfs uuid[],
  -- Events that are there already.
  out stored_ids uuid[], out stored_hashes bytea[],
  -- Events that are not, though something is about them.
  out awaited_ids uuid[],
  -- The doors held, and those of their buildings that somebody marked.
  out door_ids uuid[], out door_building_ids uuid[], out marked_building_ids uuid[],
  -- Which of the doors are in which of the turfs, or were.
  out in_turf_ids uuid[], out in_door_ids uuid[],
  -- Where the doors stand in the passes of the turfs.
  out state_pass_ids uuid[], out state_door_ids uuid[], out statuses text[],
  out last_results text[], out last_attempt_ats timestamptz[], out attempts_counts integer[],
  out contacts_counts integer[], out do_not_contacts boolean[], out latest_event_ids uuid[],
  out last_attempt_ids uuid[], out latest_ats timestamptz[],
  -- Who ever held the turfs, and whether now as well: phones of the others are to look.
  out holder_turf_ids uuid[], out holder_member_ids uuid[], out holders_hold boolean[],
  -- How far changes are numbered.
  out top_seq bigint,
  -- The devices, as far as they are signed in still.
  out device_ids uuid[], out device_member_ids uuid[], out device_roles text[],
  -- How wrong their clocks were found with their last batches, the latest first.
  out clock_device_ids uuid[], out clock_offsets_ms bigint[])
language plpgsql as $$
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
  select array_agg(id), array_agg(building_id) into door_ids, door_building_ids from locked;
  select array_agg(e.id), array_agg(e.payload_hash)
    into stored_ids, stored_hashes
    from stored_among(of_organization, of_events) e;
  select array_agg(e.target_id)
    into awaited_ids
    from contact_event e
   where e.organization_id = of_organization
     and e.target_id = any (of_events)
     and e.target_id <> all (coalesce(stored_ids, '{}'));
  select array_agg(distinct e.building_id)
    into marked_building_ids
    from contact_event e
   where e.organization_id = of_organization and e.building_id = any (door_building_ids);
  select array_agg(td.turf_id), array_agg(td.door_id)
    into in_turf_ids, in_door_ids
    from (select t.turf_id, t.door_id
            from turf_door t
           where t.organization_id = of_organization
             and t.turf_id = any (of_turfs) and t.door_id = any (door_ids)
           union all
          select l.turf_id, l.door_id
            from left_door l
           where l.organization_id = of_organization
             and l.turf_id = any (of_turfs) and l.door_id = any (door_ids)) td;
  select array_agg(s.pass_id), array_agg(s.door_id), array_agg(s.status), array_agg(s.last_result),
         array_agg(s.last_attempt_at), array_agg(s.attempts_count), array_agg(s.contacts_count),
         array_agg(s.do_not_contact), array_agg(s.latest_event_id), array_agg(s.last_attempt_id),
         array_agg(s.latest_at)
    into state_pass_ids, state_door_ids, statuses, last_results, last_attempt_ats,
         attempts_counts, contacts_counts, do_not_contacts, latest_event_ids, last_attempt_ids,
         latest_ats
    from door_state s
   where s.organization_id = of_organization
     and s.pass_id = any (array(
       select t.pass_id
         from turf t
        where t.organization_id = of_organization and t.id = any (of_turfs)))
     and s.door_id = any (door_ids);
  select array_agg(h.turf_id), array_agg(h.member_id), array_agg(h.holds)
    into holder_turf_ids, holder_member_ids, holders_hold
    from (select a.turf_id, a.member_id,
                 bool_or(a.ended_at is null and a.expires_at > now()) as holds
            from assignment a
           where a.organization_id = of_organization and a.turf_id = any (of_turfs)
           group by a.turf_id, a.member_id) h;
  select c.seq into top_seq from change_counter c where c.organization_id = of_organization;
  select array_agg(d.id), array_agg(d.member_id), array_agg(array_to_string(m.roles, ','))
    into device_ids, device_member_ids, device_roles
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.organization_id = of_organization
     and d.id = any (of_devices)
     and d.revoked_at is null
     and d.expires_at > now()
     and m.ended_at is null;
  select array_agg(b.device_id order by b.received_at desc),
         array_agg(b.clock_offset_ms order by b.received_at desc)
    into clock_device_ids, clock_offsets_ms
    from unnest(of_devices) of_device
   cross join lateral (
     select batch.device_id, batch.received_at, batch.clock_offset_ms
       from event_batch batch
      where batch.organization_id = of_organization and batch.device_id = of_device
      order by batch.received_at desc
      limit 8) b;
end
$$;
