-- migrate:up
-- The function is exchanged while the server is down.
-- squawk-ignore-file ban-drop-function
set local lock_timeout = '5s';

-- Give numbers to what waits for one in the caller's organization, and end their holds that have run
-- out, if there is anything of the sort: nearly every pull begins with this, and few find any. Of
-- who is not signed in, nothing is looked at.
create function number_waiting() returns void
language plpgsql as $$
declare
  of_organization uuid := current_organization_id();
  of_member uuid := current_member_id();
begin
  if of_organization is null then
    return;
  end if;
  -- The queue is nearly empty, however many went through it: only an index skips what is gone.
  perform set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
  if exists (select from change_counter c
              where c.organization_id = of_organization
                and (c.origin <> origin_of_numbers()
                     or exists (select from feed_pending p
                                 where p.organization_id = of_organization)
                     or exists (select from assignment a
                                 where a.organization_id = of_organization
                                   and a.member_id = of_member
                                   and a.ended_at is null
                                   and a.expires_at <= now()))) then
    perform number_changes(of_organization, of_member);
  end if;
end
$$;

drop function take_in(uuid, uuid[], uuid[], uuid[], uuid[], uuid[]);

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
  -- The doors to whose state in the passes of the turfs nothing can be added: their past is read.
  out tangled_door_ids uuid[],
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
  select array_agg(s.door_id)
    into tangled_door_ids
    from door_state s
   where s.organization_id = of_organization
     and s.pass_id = any (array(
       select t.pass_id
         from turf t
        where t.organization_id = of_organization and t.id = any (of_turfs)))
     and s.door_id = any (door_ids)
     and s.latest_at is null;
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
