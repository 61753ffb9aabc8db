-- migrate:up
-- A weekday is no count, and stays below eight.
-- squawk-ignore-file prefer-bigint-over-smallint
set local lock_timeout = '5s';

-- What a volunteer says of themselves. Home is an area, not an address: two decimals of a degree.
create table volunteer (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  languages text[] not null default '{}',
  skills text[] not null default '{}' constraint volunteer_skills_known
    check (skills <@ array['captain', 'driver', 'knocker', 'trainer', 'data']),
  home_lon double precision constraint volunteer_home_lon_rounded
    check (home_lon between -180 and 180 and home_lon = round(home_lon::numeric, 2)::float8),
  home_lat double precision constraint volunteer_home_lat_rounded
    check (home_lat between -90 and 90 and home_lat = round(home_lat::numeric, 2)::float8),
  transport text not null default 'foot' constraint volunteer_transport_known
    check (transport in ('foot', 'bicycle', 'transit', 'car')),
  -- Free places in the car, for others.
  seats_count integer not null default 0 constraint volunteer_seats_range
    check (seats_count between 0 and 20),
  max_travel_km double precision constraint volunteer_travel_range
    check (max_travel_km > 0 and max_travel_km <= 1000),
  max_walk_km double precision constraint volunteer_walk_range
    check (max_walk_km > 0 and max_walk_km <= 100),
  climbs_stairs boolean not null default true,
  updated_at timestamptz not null default now(),
  primary key (organization_id, member_id),
  constraint volunteer_home_whole check (num_nonnulls(home_lon, home_lat) in (0, 2)),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('volunteer', 'select, insert, update, delete');

-- When they can usually come, in the organization's time zone. 1 is Monday, 7 is Sunday.
create table volunteer_availability (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  weekday smallint not null constraint volunteer_availability_weekday check (weekday between 1 and 7),
  starts_at_time time not null,
  ends_at_time time not null,
  primary key (organization_id, member_id, weekday, starts_at_time),
  constraint volunteer_availability_order check (ends_at_time > starts_at_time),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('volunteer_availability', 'select, insert, delete');

-- A day that differs: away, or there at other hours.
create table volunteer_exception (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  on_date date not null,
  available boolean not null,
  starts_at_time time,
  ends_at_time time,
  primary key (organization_id, member_id, on_date),
  constraint volunteer_exception_order check (ends_at_time > starts_at_time),
  constraint volunteer_exception_whole check (num_nonnulls(starts_at_time, ends_at_time) in (0, 2)),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('volunteer_exception', 'select, insert, delete');

-- Two who like to go together, or must not be sent out together. Smaller id first.
--   asked  one of them asked for the other; nothing follows until the other asks as well
--   buddy  both want it, or a coordinator says so
--   apart  never together; it stands beside the others, so that asking does not show it, and wins
create table volunteer_tie (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  other_id uuid not null,
  kind text not null constraint volunteer_tie_kind_known check (kind in ('asked', 'buddy', 'apart')),
  set_by uuid not null,
  set_at timestamptz not null default now(),
  primary key (organization_id, member_id, other_id, kind),
  constraint volunteer_tie_ordered check (member_id < other_id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, other_id) references member (organization_id, id),
  foreign key (organization_id, set_by) references member (organization_id, id)
);
create index volunteer_tie_other on volunteer_tie (organization_id, other_id);
call make_tenant_table('volunteer_tie', 'select, insert, update, delete');

-- Whom to call if something happens; coordinators alone read it.
create table emergency_contact (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  name text not null constraint emergency_contact_name_length check (length(name) between 1 and 200),
  phone text not null constraint emergency_contact_phone_length check (length(phone) between 3 and 40),
  updated_at timestamptz not null default now(),
  primary key (organization_id, member_id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('emergency_contact', 'select, insert, update, delete');

create table training_done (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  training text not null constraint training_done_length check (length(training) between 1 and 100),
  done_on date not null,
  recorded_by uuid not null,
  primary key (organization_id, member_id, training),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id)
);
call make_tenant_table('training_done', 'select, insert, update, delete');

-- Who is erased takes along what they said of themselves. A trigger, because accounts know nothing
-- of volunteers, and nobody who erases may forget it.
create function forget_volunteer() returns trigger
language plpgsql as $$
begin
  delete from emergency_contact where organization_id = new.organization_id and member_id = new.id;
  delete from training_done where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer_tie
   where organization_id = new.organization_id and new.id in (member_id, other_id);
  delete from volunteer_exception
   where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer_availability
   where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;
create trigger member_erased_forget_volunteer after update of erased_at on member
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_volunteer();
