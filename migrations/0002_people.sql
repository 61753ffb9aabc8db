-- migrate:up
set local lock_timeout = '5s';

create table import_run (
  organization_id uuid not null references organization (id),
  id uuid not null,
  kind text not null constraint import_run_kind_known check (kind in ('csv', 'osm')),
  file_name text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  row_count integer not null,
  added_count integer not null,
  changed_count integer not null,
  unchanged_count integer not null,
  rejected_count integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('import_run', 'select, insert');

create table import_reject (
  organization_id uuid not null references organization (id),
  import_run_id uuid not null,
  row_number integer not null,
  field text not null,
  reason text not null,
  remedy text not null,
  primary key (organization_id, import_run_id, row_number),
  foreign key (organization_id, import_run_id) references import_run (organization_id, id)
);
call make_tenant_table('import_reject', 'select, insert');

create table building (
  organization_id uuid not null references organization (id),
  id uuid not null,
  access_note text not null default ''
    constraint building_access_note_length check (length(access_note) <= 1000),
  created_at timestamptz not null default now(),
  primary key (organization_id, id)
);
call make_tenant_table('building', 'select, insert, update');

create table address (
  organization_id uuid not null references organization (id),
  id uuid not null,
  building_id uuid not null,
  external_id text not null,
  street text not null,
  house_number text not null,
  postcode text not null default '',
  city text not null default '',
  -- Street and house number without differences of case and space, as imports look them up.
  match_key text not null default '',
  lon double precision not null constraint address_lon_range check (lon between -180 and 180),
  lat double precision not null constraint address_lat_range check (lat between -90 and 90),
  primary key (organization_id, id),
  constraint address_external_id_key unique (organization_id, external_id),
  foreign key (organization_id, building_id) references building (organization_id, id)
);
create index address_building on address (organization_id, building_id);
create index address_match on address (organization_id, match_key);
create index address_position on address (organization_id, lon, lat);
call make_tenant_table('address', 'select, insert, update');

-- A door is one unit (dwelling) at an address; a house has one door with an empty unit.
create table door (
  organization_id uuid not null references organization (id),
  id uuid not null,
  address_id uuid not null,
  unit text not null default '',
  floor text not null default '',
  note text not null default '' constraint door_note_length check (length(note) <= 1000),
  primary key (organization_id, id),
  constraint door_unit_key unique (organization_id, address_id, unit),
  foreign key (organization_id, address_id) references address (organization_id, id)
);
call make_tenant_table('door', 'select, insert, update');

create table household (
  organization_id uuid not null references organization (id),
  id uuid not null,
  door_id uuid not null,
  primary key (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id)
);
create index household_door on household (organization_id, door_id);
call make_tenant_table('household', 'select, insert, update');

create table person (
  organization_id uuid not null references organization (id),
  id uuid not null,
  household_id uuid not null,
  external_id text,
  given_name text not null default '',
  family_name text not null default '',
  birth_year integer constraint person_birth_year_range check (birth_year between 1850 and 2200),
  phone text,
  email text,
  language text,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint person_external_id_key unique (organization_id, external_id),
  constraint person_has_name check (given_name <> '' or family_name <> ''),
  foreign key (organization_id, household_id) references household (organization_id, id)
);
create index person_household on person (organization_id, household_id);
call make_tenant_table('person', 'select, insert, update');

-- A request to be left alone, for a whole door or for one person. It stands until an organizer
-- clears it; undoing the knock that recorded it does not.
create table do_not_contact (
  organization_id uuid not null references organization (id),
  id uuid not null,
  door_id uuid not null,
  person_id uuid,
  source_event_id uuid,
  recorded_by uuid,
  recorded_at timestamptz not null default now(),
  cleared_at timestamptz,
  cleared_by uuid,
  cleared_reason text,
  primary key (organization_id, id),
  constraint do_not_contact_cleared_whole
    check (num_nonnulls(cleared_at, cleared_by, cleared_reason) in (0, 3)),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id),
  foreign key (organization_id, cleared_by) references member (organization_id, id)
);
create unique index do_not_contact_live_key on do_not_contact
  (organization_id, door_id, person_id) nulls not distinct where cleared_at is null;
call make_tenant_table('do_not_contact', 'select, insert, update');

-- Proof that a person allowed something to be stored, or on what basis it is stored without.
create table consent (
  organization_id uuid not null references organization (id),
  id uuid not null,
  door_id uuid not null,
  person_id uuid,
  purpose text not null constraint consent_purpose_known check (purpose in ('opinion')),
  basis text not null constraint consent_basis_known check (basis in ('explicit', 'policy')),
  wording text not null default '',
  given_at timestamptz not null,
  recorded_by uuid not null,
  withdrawn_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id)
);
create index consent_person on consent (organization_id, person_id);
call make_tenant_table('consent', 'select, insert, update');

-- Where a campaign's map came from; the attribution is shown wherever the map is.
create table map_source (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  file_name text not null,
  attribution text not null,
  data_at timestamptz,
  imported_at timestamptz not null default now(),
  primary key (organization_id, campaign_id),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('map_source', 'select, insert, update, delete');

create table street_edge (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  id bigint not null,
  name text not null default '',
  highway text not null,
  from_node bigint not null,
  to_node bigint not null,
  length_m double precision not null,
  walkable boolean not null default true,
  crosses_barrier boolean not null,
  shape bytea not null,
  west double precision not null,
  south double precision not null,
  east double precision not null,
  north double precision not null,
  primary key (organization_id, campaign_id, id),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('street_edge', 'select, insert, delete');

create table barrier (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  id bigint not null,
  kind text not null
    constraint barrier_kind_known check (kind in ('water', 'railway', 'motorway')),
  name text not null default '',
  shape bytea not null,
  west double precision not null,
  south double precision not null,
  east double precision not null,
  north double precision not null,
  primary key (organization_id, campaign_id, id),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('barrier', 'select, insert, delete');
