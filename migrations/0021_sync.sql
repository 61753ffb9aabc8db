-- migrate:up
-- The column goes while the server is down; nothing has read or written it since 0013.
-- squawk-ignore-file ban-drop-column, ban-drop-constraint
set local lock_timeout = '5s';

alter table contact_event
  drop column seq,
  -- Checked for every event, and said by every other foreign key as well.
  drop constraint contact_event_organization_id_fkey;
alter table door_state drop constraint door_state_organization_id_fkey;

-- What was accepted about doors and buildings, and every reply to it or to `of_events`.
create function facts_about(
  of_organization uuid, of_doors uuid[], of_buildings uuid[], of_events uuid[])
returns table (
  id uuid, kind text, occurred_at timestamptz, target_id uuid, pass_id uuid, door_id uuid,
  building_id uuid, person_id uuid, result text, mark text, has_value boolean)
language sql stable
begin atomic
  with recursive touching as materialized (
    -- Apart, so that each has an index even when nothing is known of the table yet.
    select e.id, e.kind, e.status, e.occurred_at, e.target_id, e.pass_id, e.door_id,
           e.building_id, e.person_id, e.payload
      from contact_event e
     where e.organization_id = of_organization and e.door_id = any (of_doors)
     union all
    select e.id, e.kind, e.status, e.occurred_at, e.target_id, e.pass_id, e.door_id,
           e.building_id, e.person_id, e.payload
      from contact_event e
     where e.organization_id = of_organization and e.building_id = any (of_buildings)
     union all
    select e.id, e.kind, e.status, e.occurred_at, e.target_id, e.pass_id, e.door_id,
           e.building_id, e.person_id, e.payload
      from contact_event e
     where e.organization_id = of_organization and e.target_id = any (of_events)
  ),
  -- Replies have the place of what they reply to, unless they came first.
  early as (
    select reply.id
      from touching
      join contact_event reply on reply.organization_id = of_organization
                              and reply.target_id = touching.id
                              and reply.door_id is null
                              and reply.building_id is null
     union
    select reply.id
      from early
      join contact_event reply on reply.organization_id = of_organization
                              and reply.target_id = early.id
                              and reply.door_id is null
                              and reply.building_id is null
  ),
  everything as (
    select * from touching
     union all
    select e.id, e.kind, e.status, e.occurred_at, e.target_id, e.pass_id, e.door_id,
           e.building_id, e.person_id, e.payload
      from contact_event e
     where e.organization_id = of_organization
       and e.id = any (array(select early.id from early))
  )
  select distinct on (e.id)
         e.id, e.kind, e.occurred_at, e.target_id, e.pass_id, e.door_id, e.building_id,
         e.person_id, e.payload ->> 'result', e.payload ->> 'mark',
         e.payload ? 'question' or e.payload ? 'corrects_answer'
    from everything e
   where e.status = 'accepted'
   order by e.id;
end;

-- Begin to take a batch in, in one round trip: hold the doors whose state may change, then tell
-- what is known about its events, each `part` in the columns that it needs. Every statement in here
-- sees what was committed before it began, so what is told is as the held doors have it.
create function take_in(
  of_organization uuid, of_events uuid[], of_doors uuid[], of_buildings uuid[], of_turfs uuid[])
returns table (
  part text, id uuid, kind text, status text, payload_hash bytea, target_id uuid, turf_id uuid,
  pass_id uuid, door_id uuid, building_id uuid, person_id uuid, member_id uuid,
  occurred_at timestamptz, result text, mark text, has_value boolean, seq bigint)
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
         null::boolean, null::bigint
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
         null::bigint
    from unnest(held, buildings) as d (id, building_id);
  return query
  select 'turf_door', null::uuid, null, null, null::bytea, null::uuid, td.turf_id, null::uuid,
         td.door_id, null::uuid, null::uuid, null::uuid, null::timestamptz, null, null,
         null::boolean, null::bigint
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
         null::bigint
    from facts_about(of_organization, held, buildings, fresh) f;
  -- Who else holds these turfs, and how far changes are numbered: their phones are to look.
  return query
  select distinct 'holder', null::uuid, null, null, null::bytea, null::uuid, null::uuid, null::uuid,
         null::uuid, null::uuid, null::uuid, a.member_id, null::timestamptz, null, null,
         null::boolean, c.seq
    from assignment a
    join change_counter c on c.organization_id = a.organization_id
   where a.organization_id = of_organization
     and a.turf_id = any (of_turfs)
     and a.ended_at is null
     and a.expires_at > now();
end
$$;

-- How all that follows in the transaction is planned: it looks things up by their ids, however
-- many, so the plan is always the same, and making it anew takes as long as running it. And a plan
-- made while a table was empty is kept for hours: without an index it reads ever more.
create function begin_sync() returns void
language sql
begin atomic
  select
    -- Whom the volunteer may see does not matter: nothing about people is answered.
    set_config('doorstep.sees_people', 'all', true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true);
end;

-- Which database gives numbers: another after a restore, or when a standby took over. The timeline
-- is that of the log as it is written; the control file learns of a new one minutes later.
create function origin_of_numbers() returns bigint
language sql
begin atomic
  select system_identifier
         # ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
    from pg_control_system();
end;

-- Give numbers to what waits for one. The counter is held meanwhile, so one does it at a time, and
-- who has seen a number has seen all below it. Holds of the member that have run out end here, for
-- no clock does it.
create function number_changes(of_organization uuid, of_member uuid)
returns table (epoch bigint, seq bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  held change_counter;
  origin_here bigint := origin_of_numbers();
  given bigint;
begin
  perform set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true);
  select * into held from change_counter where organization_id = of_organization for update;
  with ended as (
    update assignment
       set ended_at = now(),
           ended_reason = 'expired'
     where organization_id = of_organization
       and member_id = of_member
       and ended_at is null
       and expires_at <= now()
    returning turf_id
  ),
  told as (
    insert into scope_change (organization_id, seq, turf_id, member_id, kind)
    select of_organization, held.seq + row_number() over (order by turf_id), turf_id, of_member,
           'lost'
      from ended
  )
  select count(*) into given from ended;
  held.seq := held.seq + given;
  with taken as (
    delete from feed_pending
     where organization_id = of_organization
    returning id, scope_id, kind, thing_id
  ),
  thing as (
    select scope_id, kind, thing_id, row_number() over (order by max(id)) as place
      from taken
     group by scope_id, kind, thing_id
  ),
  numbered as (
    insert into feed (organization_id, scope_id, kind, thing_id, seq)
    select of_organization, scope_id, kind, thing_id, held.seq + place from thing
        on conflict (organization_id, scope_id, kind, thing_id) do update
       set seq = excluded.seq
  )
  select count(*) into given from thing;
  update change_counter
     set epoch = held.epoch + (held.origin not in (0, origin_here))::int,
         seq = held.seq + given,
         origin = origin_here
   where organization_id = of_organization;
  return query
  select c.epoch::bigint, c.seq from change_counter c where c.organization_id = of_organization;
end
$$;
