-- migrate:up
-- Constraints are exchanged here for ones that say more; nothing imports while this runs.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- squawk-ignore-file disallowed-unique-constraint, adding-foreign-key-constraint
set local lock_timeout = '5s';

-- A row's parent belongs to the same organization by its key, and only `building` has no other
-- parent: checking the organization again for each imported row took a third of an import.
alter table address drop constraint address_organization_id_fkey;
alter table door drop constraint door_organization_id_fkey;
alter table household drop constraint household_organization_id_fkey;
alter table person drop constraint person_organization_id_fkey;

-- Which import brought a row; undoing it takes away what it added. Not a foreign key: it is
-- written by imports alone, a million at a time, and runs are never deleted.
alter table building add column import_run_id uuid;
alter table address
  add column import_run_id uuid,
  add column precinct text not null default '',
  -- Nobody said where it lies: it was put between its neighbours of the same street.
  add column estimated boolean not null default false;
alter table door
  add column import_run_id uuid,
  -- The unit as algorithms.addresses reads it: "Apt 2-B" and "#2b" are one door.
  add column unit_key text not null default '',
  add column tags text[] not null default '{}',
  add column attributes jsonb not null default '{}';
-- Row-level security would hide every row from its owner too. Until the next import reads units
-- properly, each is its own key.
alter table door no force row level security;
update door set unit_key = unit;
alter table door force row level security;
alter table door drop constraint door_unit_key;
alter table door
  add constraint door_unit_key unique (organization_id, address_id, unit_key);
alter table household add column import_run_id uuid;
alter table person
  add column import_run_id uuid,
  -- Both names without differences of case and space, as imports look people up.
  add column name_key text not null default '',
  add column tags text[] not null default '{}',
  add column attributes jsonb not null default '{}',
  -- When what is stored was true: the date of the file, or of a change by hand.
  add column changed_at timestamptz not null default now();

-- A column of imported files that is kept for filters and exports.
create table attribute (
  organization_id uuid not null references organization (id),
  key text not null constraint attribute_key_format check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  label text not null constraint attribute_label_length check (length(label) between 1 and 200),
  kind text not null constraint attribute_kind_known
    check (kind in ('text', 'number', 'date', 'yes_no')),
  -- A political opinion: never on phones, and never without the ground it is kept on.
  sensitive boolean not null default false,
  basis text not null default '',
  created_at timestamptz not null default now(),
  primary key (organization_id, key),
  constraint attribute_sensitive_has_basis check (not sensitive or basis <> '')
);
call make_tenant_table('attribute', 'select, insert, update');

-- A file on its way in, in parts that can be sent again; gone after its import or a day.
create table import_file (
  organization_id uuid not null references organization (id),
  id uuid not null,
  file_name text not null constraint import_file_name_length
    check (length(file_name) between 1 and 200),
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('import_file', 'select, insert, delete');

create table import_file_part (
  organization_id uuid not null,
  import_file_id uuid not null,
  part_number integer not null constraint import_file_part_number_range
    check (part_number between 1 and 1000),
  content bytea not null,
  primary key (organization_id, import_file_id, part_number),
  foreign key (organization_id, import_file_id) references import_file (organization_id, id)
    on delete cascade
);
-- Packed already or soon gone: compressing it again costs more than the room.
alter table import_file_part alter column content set storage external;
call make_tenant_table('import_file_part', 'select, insert, update, delete');

-- How the columns of a kind of file are read, for the next file of that kind.
create table import_mapping (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint import_mapping_name_length
    check (length(name) between 1 and 200),
  mapping jsonb not null,
  -- The file's column names in order: what a new file is recognised by.
  columns text[] not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint import_mapping_name_key unique (organization_id, name),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('import_mapping', 'select, insert, update, delete');

alter table import_run drop constraint import_run_kind_known;
alter table import_run no force row level security;
update import_run set kind = 'table' where kind = 'csv';
alter table import_run force row level security;
alter table import_run
  add constraint import_run_kind_known check (kind in ('table', 'osm')),
  add column state text not null default 'done' constraint import_run_state_known
    check (state in ('running', 'done', 'failed', 'cancelled', 'undone')),
  add column dry_run boolean not null default false,
  add column mapping jsonb,
  -- When what the file says was true.
  add column as_of timestamptz,
  -- What would change or changed, a few of each, for people to look at.
  add column preview jsonb,
  -- Why it failed, for people to read.
  add column failure text,
  add column done_units bigint not null default 0,
  add column total_units bigint not null default 0,
  -- Raised while it runs; a run that has not been heard of for a minute has died.
  add column heard_at timestamptz not null default now(),
  add column cancel_requested_at timestamptz,
  add column ended_at timestamptz,
  add column undone_at timestamptz,
  add column undone_by uuid;
alter table import_run add constraint import_run_undone_by_fkey
  foreign key (organization_id, undone_by) references member (organization_id, id);
grant update on import_run to doorstep_request;

-- What an import changed, as it was before: for the history, and to undo it.
create table import_change (
  organization_id uuid not null,
  import_run_id uuid not null,
  kind text not null constraint import_change_kind_known
    check (kind in ('address', 'door', 'person')),
  thing_id uuid not null,
  before jsonb not null,
  primary key (organization_id, import_run_id, kind, thing_id),
  foreign key (organization_id, import_run_id) references import_run (organization_id, id)
);
create index import_change_thing on import_change (organization_id, thing_id);
call make_tenant_table('import_change', 'select, insert, delete');

-- Undoing an import takes away what it added.
grant delete on building, address, door, household, person to doorstep_request;

-- Files are staged in temporary tables.
do $$
begin
  execute format('grant temporary on database %I to doorstep_request', current_database());
end
$$;

-- Sorted ids keep indexes small and quick; before version 18 the server makes random ones.
do $$
begin
  if current_setting('server_version_num')::integer >= 180000 then
    create function make_id() returns uuid language sql volatile parallel safe return uuidv7();
  else
    create function make_id() returns uuid language sql volatile parallel safe
      return gen_random_uuid();
  end if;
end
$$;

-- Counting people reads them all, on every core there is: nothing may stand in the way of that.
alter function holds_turf(uuid) parallel safe;

-- Metres between two places, 0 where the second is not known; good to a few per cent nearby.
create function apart_m(lon float8, lat float8, other_lon float8, other_lat float8)
returns float8
language sql immutable parallel safe
return coalesce(111200 * sqrt(power((lon - other_lon) * cos(radians(lat)), 2)
                              + power(lat - other_lat, 2)), 0);
