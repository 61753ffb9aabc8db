-- migrate:up
-- Columns and constraints are exchanged while the server is down.
-- squawk-ignore-file ban-drop-not-null, ban-drop-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file adding-foreign-key-constraint
set local lock_timeout = '5s';

-- What phones are to learn of -----------------------------------------------------------------

-- What changed, since nobody numbered it yet. Rows are only added and taken away, so writers never
-- wait for each other; one not yet committed when others are numbered is there for the next time.
-- The scope is a turf, or a member for what is theirs alone.
create table feed_pending (
  organization_id uuid not null references organization (id),
  id bigint not null generated always as identity,
  scope_id uuid not null,
  kind text not null constraint feed_pending_kind_known
    check (kind in ('batch', 'door', 'person', 'turf', 'script', 'member')),
  thing_id uuid not null,
  primary key (organization_id, id)
);
call make_tenant_table('feed_pending', 'select, insert, delete');

-- When a thing last changed within a scope, numbered by the change counter. Numbers are given by
-- one transaction at a time that holds the counter, to what is committed: who has seen a number
-- has seen all below it.
create table feed (
  organization_id uuid not null references organization (id),
  scope_id uuid not null,
  kind text not null constraint feed_kind_known
    check (kind in ('batch', 'door', 'person', 'turf', 'script', 'member')),
  thing_id uuid not null,
  seq bigint not null,
  primary key (organization_id, scope_id, kind, thing_id)
);
create index feed_scope on feed (organization_id, scope_id, seq);
call make_tenant_table('feed', 'select, insert, update');
create index scope_change_member on scope_change (organization_id, member_id, turf_id, seq);

-- Which database gave the numbers: after a restore it is another, and the epoch rises.
alter table change_counter add column origin bigint not null default 0;

-- Ids that a phone must drop, because the server could not take what was under them.
create table sync_refusal (
  organization_id uuid not null references organization (id),
  device_id uuid not null,
  record_id text not null constraint sync_refusal_record_length check (length(record_id) <= 200),
  seq bigint not null,
  primary key (organization_id, device_id, record_id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
call make_tenant_table('sync_refusal', 'select, insert, update');

-- Batches and what organizers decide about them -----------------------------------------------

-- Events that came home together.
create table event_batch (
  organization_id uuid not null references organization (id),
  id uuid not null,
  member_id uuid not null,
  device_id uuid not null,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  clock_offset_ms bigint not null,
  events_count integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
create index event_batch_received on event_batch (organization_id, received_at);
create index event_batch_member on event_batch (organization_id, member_id, received_at);
call make_tenant_table('event_batch', 'select, insert');

-- Numbers are given by feed; a foreign key from every event to its batch, which the same
-- transaction writes, would guard nothing.
alter table contact_event
  alter column seq drop not null,
  add column batch_id uuid,
  drop constraint contact_event_status_known,
  drop constraint contact_event_reviewed,
  add constraint contact_event_status_known
    check (status in ('accepted', 'needs_review', 'rejected', 'rolled_back')),
  add constraint contact_event_reviewed
    check (status not in ('needs_review', 'rejected') or review_reason is not null);
drop index contact_event_seq_key;
create index contact_event_batch on contact_event (organization_id, batch_id)
  where batch_id is not null;
create index contact_event_member on contact_event (organization_id, member_id, occurred_at);

alter table event_conflict
  add column status text not null default 'waiting' constraint event_conflict_status_known
    check (status in ('waiting', 'accepted', 'rejected')),
  -- The event that it became.
  add column accepted_as uuid;
grant update (status, accepted_as) on event_conflict to doorstep_request;

-- What an organizer decided about events; taking it back is noted, not deleted.
create table event_decision (
  organization_id uuid not null references organization (id),
  id uuid not null,
  kind text not null constraint event_decision_kind_known
    check (kind in ('accept', 'reject', 'roll_back')),
  decided_by uuid not null,
  decided_at timestamptz not null default now(),
  undone_by uuid,
  undone_at timestamptz,
  primary key (organization_id, id),
  constraint event_decision_undone_whole check (num_nonnulls(undone_by, undone_at) in (0, 2)),
  foreign key (organization_id, decided_by) references member (organization_id, id),
  foreign key (organization_id, undone_by) references member (organization_id, id)
);
call make_tenant_table('event_decision', 'select, insert, update');

create table event_decision_item (
  organization_id uuid not null references organization (id),
  decision_id uuid not null,
  event_id uuid not null,
  status_before text not null,
  primary key (organization_id, decision_id, event_id),
  foreign key (organization_id, decision_id) references event_decision (organization_id, id),
  foreign key (organization_id, event_id) references contact_event (organization_id, id)
);
create index event_decision_item_event on event_decision_item (organization_id, event_id);
call make_tenant_table('event_decision_item', 'select, insert');

-- Revoked devices -----------------------------------------------------------------------------

-- A device that was signed out within the last fourteen days may still bring home what it has.
-- Opens the transaction as `open_request` does, for a caller without any role.
create function open_upload(of_device uuid)
returns table (
  organization_id uuid, member_id uuid, device_id uuid, roles text[], revoked_at timestamptz)
language plpgsql as $$
begin
  perform set_config('role', 'doorstep_signin', true);
  select d.organization_id, d.member_id, d.id, '{}'::text[],
         least(d.revoked_at, d.expires_at, m.ended_at)
    into open_upload.organization_id, open_upload.member_id, open_upload.device_id,
         open_upload.roles, open_upload.revoked_at
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.id = of_device
     and least(d.revoked_at, d.expires_at, m.ended_at) between now() - interval '14 days' and now();
  if not found then
    return;
  end if;
  perform
    set_config('role', 'doorstep_request', true),
    set_config('jit', 'off', true),
    set_config('doorstep.organization_id', open_upload.organization_id::text, true),
    set_config('doorstep.member_id', open_upload.member_id::text, true),
    set_config('doorstep.sees_people', 'assigned', true);
  return next;
end
$$;

-- What makes things change on phones ----------------------------------------------------------

-- Published turfs that doors are in now: nobody holds any other.
create function feed_doors(of_organization uuid, of_doors uuid[]) returns void
language sql
begin atomic
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select td.organization_id, td.turf_id, 'door', td.door_id
    from turf_door td
    join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
   where td.organization_id = of_organization
     and td.door_id = any (of_doors)
     and td.live
     and t.status = 'published';
end;

create function feed_turf_doors() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, 'door', c.door_id
    from changed c
    join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
   where t.status = 'published';
  return null;
end
$$;
create trigger feed_turf_doors_added after insert on turf_door
  referencing new table as changed for each statement execute function feed_turf_doors();
create trigger feed_turf_doors_changed after update on turf_door
  referencing new table as changed for each statement execute function feed_turf_doors();
-- A door that goes to another turf leaves this one.
create trigger feed_turf_doors_left after update on turf_door
  referencing old table as changed for each statement execute function feed_turf_doors();
create trigger feed_turf_doors_removed after delete on turf_door
  referencing old table as changed for each statement execute function feed_turf_doors();

create function feed_people() returns trigger
language plpgsql as $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  -- Before anything was cut nobody holds anything: the greatest imports come then.
  if exists (select from turf_door where organization_id = of_organization) then
    insert into feed_pending (organization_id, scope_id, kind, thing_id)
    select td.organization_id, td.turf_id, 'person', c.id
      from changed c
      join household h on h.organization_id = c.organization_id and h.id = c.household_id
      join turf_door td on td.organization_id = h.organization_id and td.door_id = h.door_id
      join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
     where td.live and t.status = 'published';
  end if;
  return null;
end
$$;
create trigger feed_people_added after insert on person
  referencing new table as changed for each statement execute function feed_people();
create trigger feed_people_removed after delete on person
  referencing old table as changed for each statement execute function feed_people();

create function feed_changed_people() returns trigger
language plpgsql as $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  if exists (select from turf_door where organization_id = of_organization) then
    insert into feed_pending (organization_id, scope_id, kind, thing_id)
    select distinct td.organization_id, td.turf_id, 'person', c.id
      from changed c
      join was w on w.organization_id = c.organization_id and w.id = c.id
      join household h on h.organization_id = c.organization_id
                      and h.id in (c.household_id, w.household_id)
      join turf_door td on td.organization_id = h.organization_id and td.door_id = h.door_id
      join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
     where (c.household_id, c.given_name, c.family_name, c.language, c.erased_at, c.merged_into)
           is distinct from
           (w.household_id, w.given_name, w.family_name, w.language, w.erased_at, w.merged_into)
       and td.live
       and t.status = 'published';
  end if;
  return null;
end
$$;
create trigger feed_people_changed after update on person
  referencing old table as was new table as changed
  for each statement execute function feed_changed_people();

-- Who moved is told to both ends: to the old door by themselves, to the new with the door.
create function feed_household() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select td.organization_id, td.turf_id, 'person', p.id
    from person p
    join turf_door td on td.organization_id = p.organization_id and td.door_id = old.door_id
   where p.organization_id = new.organization_id
     and p.household_id = new.id
     and td.live;
  perform feed_doors(new.organization_id, array[old.door_id, new.door_id]);
  return null;
end
$$;
create trigger feed_household_moved after update of door_id on household
  for each row when (old.door_id is distinct from new.door_id)
  execute function feed_household();

create function feed_marks() returns trigger
language plpgsql as $$
begin
  perform feed_doors((select organization_id from changed limit 1),
    array(select distinct door_id from changed));
  return null;
end
$$;
create trigger feed_marked after insert on do_not_contact
  referencing new table as changed for each statement execute function feed_marks();
create trigger feed_mark_changed after update on do_not_contact
  referencing new table as changed for each statement execute function feed_marks();

create function feed_door() returns trigger
language plpgsql as $$
begin
  perform feed_doors(new.organization_id, array[new.id]);
  return null;
end
$$;
create trigger feed_door_changed after update on door
  for each row when ((old.address_id, old.unit, old.floor, old.note)
    is distinct from (new.address_id, new.unit, new.floor, new.note))
  execute function feed_door();

create function feed_address() returns trigger
language plpgsql as $$
begin
  perform feed_doors(new.organization_id, array(
    select d.id
      from door d
     where d.organization_id = new.organization_id and d.address_id = new.id));
  return null;
end
$$;
create trigger feed_address_changed after update on address
  for each row when (
    (old.building_id, old.street, old.house_number, old.postcode, old.city, old.lon, old.lat)
    is distinct from
    (new.building_id, new.street, new.house_number, new.postcode, new.city, new.lon, new.lat))
  execute function feed_address();

create function feed_building() returns trigger
language plpgsql as $$
begin
  perform feed_doors(new.organization_id, array(
    select d.id
      from address a
      join door d on d.organization_id = a.organization_id and d.address_id = a.id
     where a.organization_id = new.organization_id and a.building_id = new.id));
  return null;
end
$$;
create trigger feed_building_changed after update on building
  for each row when (old.access_note is distinct from new.access_note)
  execute function feed_building();

create function feed_turf() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.id, 'turf', new.id);
  return null;
end
$$;
create trigger feed_turf_changed after update on turf
  for each row when (new.status = 'published'
    and (old.name, old.polygon, old.walk_m) is distinct from (new.name, new.polygon, new.walk_m))
  execute function feed_turf();

create function feed_assignment() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.turf_id, 'turf', new.turf_id);
  return null;
end
$$;
create trigger feed_assignment_changed after update of expires_at on assignment
  for each row when (old.expires_at is distinct from new.expires_at)
  execute function feed_assignment();

create function feed_map() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, 'turf', t.id
    from pass p
    join turf t on t.organization_id = p.organization_id and t.pass_id = p.id
   where p.organization_id = new.organization_id
     and p.campaign_id = new.campaign_id
     and t.status = 'published';
  return null;
end
$$;
create trigger feed_map_changed after insert or update on map_source
  for each row execute function feed_map();

-- A script is told to every turf that is walked with it.
create function feed_script(of_organization uuid, of_script uuid) returns void
language sql
begin atomic
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, 'script', of_script
    from pass p
    join turf t on t.organization_id = p.organization_id and t.pass_id = p.id
   where p.organization_id = of_organization
     and p.script_id = of_script
     and t.status = 'published';
end;

create function feed_script_version() returns trigger
language plpgsql as $$
begin
  perform feed_script(new.organization_id, new.script_id);
  return null;
end
$$;
create trigger feed_script_version_added after insert on script_version
  for each row execute function feed_script_version();

create function feed_script_name() returns trigger
language plpgsql as $$
begin
  perform feed_script(new.organization_id, new.id);
  return null;
end
$$;
create trigger feed_script_renamed after update on script
  for each row when (old.name is distinct from new.name)
  execute function feed_script_name();

create function feed_pass() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, told.kind, coalesce(told.script_id, t.id)
    from turf t
   cross join (values ('turf', null), ('script', old.script_id), ('script', new.script_id))
           told (kind, script_id)
   where t.organization_id = new.organization_id
     and t.pass_id = new.id
     and t.status = 'published'
     and (told.kind = 'turf' or told.script_id is not null);
  return null;
end
$$;
create trigger feed_pass_changed after update on pass
  for each row when (old.script_id is distinct from new.script_id)
  execute function feed_pass();

create function feed_member() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.id, 'member', new.id);
  return null;
end
$$;
create trigger feed_member_changed after update on member
  for each row when ((old.name, old.locale, old.roles) is distinct from
    (new.name, new.locale, new.roles))
  execute function feed_member();

-- What was decided about events, or forgotten of them.
create function feed_events() returns trigger
language plpgsql as $$
begin
  perform feed_doors((select organization_id from changed limit 1),
    array(select distinct door_id from changed where door_id is not null));
  return null;
end
$$;
create trigger feed_events_changed after update on contact_event
  referencing new table as changed for each statement execute function feed_events();
