-- migrate:up
-- Constraints are exchanged while the server is down.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
set local lock_timeout = '5s';

-- A volunteer's phone holds what they signed up for.
alter table feed_pending
  drop constraint feed_pending_kind_known,
  add constraint feed_pending_kind_known
    check (kind in ('batch', 'door', 'person', 'turf', 'script', 'member', 'signup'));
alter table feed
  drop constraint feed_kind_known,
  add constraint feed_kind_known
    check (kind in ('batch', 'door', 'person', 'turf', 'script', 'member', 'signup'));

create function feed_signups() returns trigger
language plpgsql as $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select organization_id, member_id, 'signup', id from changed;
  return null;
end
$$;
create trigger feed_signup_added after insert on signup
  referencing new table as changed for each statement execute function feed_signups();
create trigger feed_signup_changed after update on signup
  referencing new table as changed for each statement execute function feed_signups();

-- Sign-ups that somebody still counts on, of shifts that are not over.
create function feed_shifts(of_organization uuid, of_shifts uuid[]) returns void
language sql
begin atomic
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select g.organization_id, g.member_id, 'signup', g.id
    from signup g
    join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
   where g.organization_id = of_organization
     and g.shift_id = any (of_shifts)
     and g.state <> 'cancelled'
     and s.ends_at > now();
end;

create function feed_shift() returns trigger
language plpgsql as $$
begin
  perform feed_shifts(new.organization_id, array[new.id]);
  return null;
end
$$;
create trigger feed_shift_changed after update on shift
  for each row when ((old.starts_at, old.ends_at, old.place_id, old.status)
    is distinct from (new.starts_at, new.ends_at, new.place_id, new.status))
  execute function feed_shift();

create function feed_civic_event() returns trigger
language plpgsql as $$
begin
  perform feed_shifts(new.organization_id, array(
    select id from shift where organization_id = new.organization_id and event_id = new.id));
  return null;
end
$$;
create trigger feed_civic_event_changed after update on civic_event
  for each row when ((old.title, old.kind, old.place_id, old.time_zone)
    is distinct from (new.title, new.kind, new.place_id, new.time_zone))
  execute function feed_civic_event();

create function feed_place() returns trigger
language plpgsql as $$
begin
  perform feed_shifts(new.organization_id, array(
    select s.id
      from shift s
      join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
     where s.organization_id = new.organization_id
       and coalesce(s.place_id, e.place_id) = new.id));
  return null;
end
$$;
create trigger feed_place_changed after update on place
  for each row when (
    (old.name, old.address, old.lon, old.lat, old.staging_lon, old.staging_lat, old.staging_note)
    is distinct from
    (new.name, new.address, new.lon, new.lat, new.staging_lon, new.staging_lat, new.staging_note))
  execute function feed_place();
