-- migrate:up
set local lock_timeout = '5s';

-- Reports add up what was tallied before, and tally anew only the doors noted here since. A note
-- is only ever added and taken away: two that note the same door never wait for each other, and a
-- note not yet committed when others are taken is still there for the next to take.
create table stale_door (
  organization_id uuid not null references organization (id),
  id bigint not null generated always as identity,
  pass_id uuid not null,
  door_id uuid not null,
  primary key (organization_id, pass_id, id)
);
call make_tenant_table('stale_door', 'select, insert, delete');

-- A day of a member whose stints are to be measured again.
create table stale_stint (
  organization_id uuid not null references organization (id),
  pass_id uuid not null,
  member_id uuid not null,
  worked_on date not null,
  primary key (organization_id, pass_id, member_id, worked_on)
);
call make_tenant_table('stale_stint', 'select, insert, delete');

-- The attempts that count, with the result that counts, as effective_attempt has them. Turf,
-- precinct and people are those of the door as it was tallied: figures are added up from this
-- table alone, for a join would be planned without statistics while it fills for the first time.
-- For the same reason no two indexes begin alike: the wrong one could be walked through whole.
create table tallied_attempt (
  organization_id uuid not null references organization (id),
  door_id uuid not null,
  pass_id uuid not null,
  event_id uuid not null,
  member_id uuid not null,
  occurred_at timestamptz not null,
  -- In the organization's time zone.
  attempted_on date not null,
  result text not null,
  contact boolean not null,
  -- Nobody was home at any earlier attempt of the campaign, and there was one.
  second_try boolean not null,
  turf_id uuid,
  precinct text not null,
  people_count integer not null,
  primary key (organization_id, door_id, pass_id, event_id)
);
create index tallied_attempt_stint on tallied_attempt (member_id, attempted_on, pass_id);
call make_tenant_table('tallied_attempt', 'select, insert, delete');

-- The doors of a pass, each with the turf that answers for it, as pass_door has them.
create table tallied_door (
  organization_id uuid not null references organization (id),
  door_id uuid not null,
  pass_id uuid not null,
  turf_id uuid,
  place integer not null,
  precinct text not null,
  done boolean not null,
  people_count integer not null,
  attempts_count integer not null,
  contacts_count integer not null,
  second_tries_count integer not null,
  second_contacts_count integer not null,
  last_result text,
  last_attempt_at timestamptz,
  primary key (organization_id, door_id, pass_id)
);
create index tallied_door_turf on tallied_door (pass_id, turf_id, place);
create index tallied_door_precinct on tallied_door (precinct, pass_id);
call make_tenant_table('tallied_door', 'select, insert, delete');

-- Time from the first to the last attempt of a member's day, within the pass, a turf, a precinct.
create table tallied_stint (
  organization_id uuid not null references organization (id),
  pass_id uuid not null,
  member_id uuid not null,
  worked_on date not null,
  of text not null,
  key text not null,
  visits_count bigint not null,
  -- Whole microseconds: sums stay exact, however often something is added and taken away.
  worked_us bigint not null,
  primary key (organization_id, pass_id, member_id, worked_on, of, key)
);
call make_tenant_table('tallied_stint', 'select, insert, delete');

-- The figures of the pass (key ''), a turf, a precinct, a volunteer, a day, and of what a
-- volunteer did in a turf (key 'turf/member').
create table tally (
  organization_id uuid not null references organization (id),
  pass_id uuid not null,
  of text not null,
  key text not null,
  doors_count bigint not null default 0,
  attempted_count bigint not null default 0,
  contacted_count bigint not null default 0,
  done_count bigint not null default 0,
  people_count bigint not null default 0,
  people_reached_count bigint not null default 0,
  attempts_count bigint not null default 0,
  contacts_count bigint not null default 0,
  second_tries_count bigint not null default 0,
  second_contacts_count bigint not null default 0,
  visits_count bigint not null default 0,
  worked_us bigint not null default 0,
  primary key (organization_id, pass_id, of, key)
);
call make_tenant_table('tally', 'select, insert, update, delete');

-- Which attempts belong to which figures.
create view attempt_share with (security_invoker = true) as
select a.organization_id, a.pass_id, a.door_id, s.of, s.key, a.event_id, a.member_id,
       a.occurred_at, a.attempted_on, a.result, a.contact, a.second_try, a.turf_id,
       a.people_count
  from tallied_attempt a
 cross join lateral (
   values ('pass', ''),
          ('turf', coalesce(a.turf_id::text, '')),
          ('precinct', a.precinct),
          ('volunteer', a.member_id::text),
          ('day', a.attempted_on::text),
          ('turf_volunteer', concat(a.turf_id, '/', a.member_id))) s (of, key);
grant select on attempt_share to doorstep_request;

-- What each door adds to which figures. Of volunteers and days, a door is done if the last of
-- their own attempts finished it; algorithms.projecting says with which results.
create view door_share with (security_invoker = true) as
select d.organization_id, d.pass_id, d.door_id, s.of, s.key,
       (d.attempts_count > 0)::integer as attempted_count,
       (d.contacts_count > 0)::integer as contacted_count,
       d.done::integer as done_count,
       d.people_count,
       case when d.contacts_count > 0 then d.people_count else 0 end as people_reached_count,
       d.attempts_count::bigint, d.contacts_count::bigint,
       d.second_tries_count::bigint, d.second_contacts_count::bigint
  from tallied_door d
 cross join lateral (
   values ('pass', ''),
          ('turf', coalesce(d.turf_id::text, '')),
          ('precinct', d.precinct)) s (of, key)
 union all
select a.organization_id, a.pass_id, a.door_id, a.of, a.key,
       1,
       bool_or(a.contact)::integer,
       ((array_agg(a.result order by a.occurred_at desc, a.event_id desc))[1] in
         ('canvassed', 'refused', 'moved', 'deceased', 'do_not_contact'))::integer,
       a.people_count,
       case when bool_or(a.contact) then a.people_count else 0 end,
       count(*), count(*) filter (where a.contact),
       count(*) filter (where a.second_try), count(*) filter (where a.second_try and a.contact)
  from attempt_share a
 where a.of in ('volunteer', 'day', 'turf_volunteer')
 group by a.organization_id, a.pass_id, a.door_id, a.of, a.key, a.people_count;
grant select on door_share to doorstep_request;

-- The attempts at some doors that count, by the rule of effective_attempt, which reads a pass.
create function effective_attempt_at(of_organization uuid, of_passes uuid[], of_doors uuid[])
returns table (
  pass_id uuid, event_id uuid, door_id uuid, member_id uuid, occurred_at timestamptz, result text)
language sql stable strict rows 10000
begin atomic
  with recursive root as materialized (
    select a.id, a.pass_id, a.door_id, a.member_id, a.occurred_at, a.payload
      from contact_event a
     where a.organization_id = of_organization
       and a.door_id = any (of_doors)
       and a.pass_id = any (of_passes)
       and a.kind = 'attempt'
       and a.status = 'accepted'
  ),
  reply as (
    select r.id, r.target_id, r.kind, r.occurred_at, r.payload, 1 as depth
      from root
      join contact_event r on r.organization_id = of_organization and r.target_id = root.id
     where r.kind in ('correct', 'void')
       and r.status = 'accepted'
     union all
    select r.id, r.target_id, r.kind, r.occurred_at, r.payload, reply.depth + 1
      from reply
      join contact_event r on r.organization_id = of_organization and r.target_id = reply.id
     where r.kind in ('correct', 'void')
       and r.status = 'accepted'
  ),
  decided (depth, fallen, corrected, speakers) as (
    select coalesce(max(depth), 0), '{}'::uuid[], '{}'::uuid[], '{}'::uuid[]
      from reply
     union all
    select decided.depth - 1, inner_level.fallen, inner_level.corrected, inner_level.speakers
      from decided
     cross join lateral (
       select coalesce(array_agg(t.id) filter (where t.fallen), '{}') as fallen,
              coalesce(array_agg(t.id) filter (where t.speaker is not null), '{}') as corrected,
              coalesce(array_agg(t.speaker) filter (where t.speaker is not null), '{}')
                as speakers
         from (
           select r.target_id as id, bool_or(r.kind = 'void') as fallen,
                  (array_agg(coalesce(c.speaker, r.id) order by r.occurred_at desc, r.id desc)
                    filter (where c.speaker is not null
                      or num_nonnulls(r.payload ->> 'result', r.payload ->> 'mark') > 0))[1]
                    as speaker
             from reply r
             left join unnest(decided.corrected, decided.speakers) c (id, speaker)
               on c.id = r.id
            where r.depth = decided.depth and r.id <> all (decided.fallen)
            group by r.target_id) t) inner_level
     where decided.depth > 0
  ),
  settled as (
    select fallen, corrected, speakers from decided where depth = 0
  ),
  said as (
    select root.pass_id, root.id, root.door_id, root.member_id, root.occurred_at,
           coalesce(r.payload, root.payload) as payload
      from root
      left join (
        select c.id, c.speaker from settled, unnest(corrected, speakers) c (id, speaker)) c
        on c.id = root.id
      left join reply r on r.id = c.speaker
     where root.id not in (select unnest(fallen) from settled)
  )
  select pass_id, id, door_id, member_id, occurred_at, payload ->> 'result'
    from said
   where payload ->> 'result' is not null
     and payload ->> 'mark' is null;
end;

-- What makes doors stale ---------------------------------------------------------------------

create function note_events() returns trigger
language plpgsql as $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select distinct e.organization_id, e.pass_id, e.door_id
    from changed e
   where e.kind = 'attempt' and e.pass_id is not null and e.door_id is not null;
  -- A reply may not say where what it replies to happened.
  if exists (select from changed e where e.target_id is not null) then
    insert into stale_door (organization_id, pass_id, door_id)
    with recursive behind as (
      select e.organization_id, e.target_id as id from changed e where e.target_id is not null
       union
      select e.organization_id, e.target_id
        from behind
        join contact_event e on e.organization_id = behind.organization_id and e.id = behind.id
       where e.target_id is not null
    )
    select distinct e.organization_id, e.pass_id, e.door_id
      from behind
      join contact_event e on e.organization_id = behind.organization_id and e.id = behind.id
     where e.kind = 'attempt' and e.pass_id is not null and e.door_id is not null;
  end if;
  return null;
end
$$;
create trigger contact_event_added after insert on contact_event
  referencing new table as changed for each statement execute function note_events();
create trigger contact_event_changed after update on contact_event
  referencing new table as changed for each statement execute function note_events();

-- With an event the state changes along with it; this is for changes without.
create function note_state() returns trigger
language plpgsql as $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  values (new.organization_id, new.pass_id, new.door_id);
  return null;
end
$$;
create trigger door_state_changed after update on door_state
  for each row
  when (old.done is distinct from new.done
    and old.latest_event_id is not distinct from new.latest_event_id)
  execute function note_state();

create function note_turf_doors() returns trigger
language plpgsql as $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select organization_id, pass_id, door_id from changed;
  return null;
end
$$;
create trigger turf_door_added after insert on turf_door
  referencing new table as changed for each statement execute function note_turf_doors();
create trigger turf_door_changed after update on turf_door
  referencing new table as changed for each statement execute function note_turf_doors();
create trigger turf_door_removed after delete on turf_door
  referencing old table as changed for each statement execute function note_turf_doors();

-- Doors of a pass have turf, or had: tallied_door may not show yet those that are tallied now.
create function note_doors(of_organization uuid, of_doors uuid[]) returns void
language sql
begin atomic
  insert into stale_door (organization_id, pass_id, door_id)
  select organization_id, pass_id, door_id
    from turf_door
   where organization_id = of_organization and door_id = any (of_doors)
   union
  select t.organization_id, t.pass_id, t.door_id
    from pass
    join tallied_door t on t.organization_id = pass.organization_id
                       and t.pass_id = pass.id
                       and t.door_id = any (of_doors)
   where pass.organization_id = of_organization;
end;

create function note_people() returns trigger
language plpgsql as $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  -- Before anything was cut there is nothing to note: the greatest imports come then.
  if exists (select from turf_door where organization_id = of_organization) then
    perform note_doors(of_organization, array(
      select distinct h.door_id
        from changed p
        join household h on h.organization_id = p.organization_id and h.id = p.household_id));
  end if;
  return null;
end
$$;
create trigger person_added after insert on person
  referencing new table as changed for each statement execute function note_people();
create trigger person_removed after delete on person
  referencing old table as changed for each statement execute function note_people();

create function note_move() returns trigger
language plpgsql as $$
begin
  perform note_doors(new.organization_id, array(
    select h.door_id
      from household h
     where h.organization_id = new.organization_id
       and h.id in (old.household_id, new.household_id)));
  return null;
end
$$;
create trigger person_moved after update of household_id, merged_into on person
  for each row when ((old.household_id, old.merged_into)
    is distinct from (new.household_id, new.merged_into))
  execute function note_move();

create function note_household() returns trigger
language plpgsql as $$
begin
  perform note_doors(new.organization_id, array[old.door_id, new.door_id]);
  return null;
end
$$;
create trigger household_moved after update of door_id on household
  for each row when (old.door_id is distinct from new.door_id)
  execute function note_household();

create function note_address() returns trigger
language plpgsql as $$
begin
  perform note_doors(new.organization_id, array(
    select d.id
      from door d
     where d.organization_id = new.organization_id and d.address_id = new.id));
  return null;
end
$$;
create trigger address_precinct_changed after update of precinct on address
  for each row when (old.precinct is distinct from new.precinct)
  execute function note_address();

create function note_address_of_door() returns trigger
language plpgsql as $$
begin
  perform note_doors(new.organization_id, array[new.id]);
  return null;
end
$$;
create trigger door_moved after update of address_id on door
  for each row when (old.address_id is distinct from new.address_id)
  execute function note_address_of_door();

-- Days begin elsewhere.
create function note_time_zone() returns trigger
language plpgsql as $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select organization_id, pass_id, door_id from tallied_door where organization_id = new.id;
  return null;
end
$$;
create trigger organization_time_zone_changed after update of time_zone on organization
  for each row when (old.time_zone is distinct from new.time_zone)
  execute function note_time_zone();

-- All that was done so far is still to be tallied. Row-level security would hide it from its
-- owner too.
alter table turf_door no force row level security;
alter table door_state no force row level security;
alter table stale_door no force row level security;
insert into stale_door (organization_id, pass_id, door_id)
select organization_id, pass_id, door_id from turf_door
 union
select organization_id, pass_id, door_id from door_state;
alter table turf_door force row level security;
alter table door_state force row level security;
alter table stale_door force row level security;
