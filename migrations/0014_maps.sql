-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint
set local lock_timeout = '5s';

-- A walk sheet as it was printed. Turf is cut anew while paper stays as it is: what comes back is
-- keyed by the sheet's own lines, not by what the turf has become.
create table walk_sheet (
  organization_id uuid not null references organization (id),
  id uuid not null,
  pass_id uuid not null,
  -- No foreign key: paper outlives a turf that was drawn anew, and its doors still count.
  turf_id uuid not null,
  turf_name text not null,
  -- Printed in words and as QR; its last letter checks the others.
  code text not null constraint walk_sheet_code_format check (code ~ '^[A-Z2-9]{8}$'),
  script_id uuid,
  script_version integer,
  -- One door for each line, from line 1.
  door_ids uuid[] not null,
  -- The people under the lines, each beside their door; the first of a door is its a.
  person_ids uuid[] not null,
  person_door_ids uuid[] not null,
  printed_at timestamptz not null default now(),
  -- Null where it was printed at the command line.
  printed_by uuid,
  primary key (organization_id, id),
  constraint walk_sheet_code_key unique (organization_id, code),
  constraint walk_sheet_people_whole
    check (cardinality(person_ids) = cardinality(person_door_ids)),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, script_id, script_version)
    references script_version (organization_id, script_id, version),
  foreign key (organization_id, printed_by) references member (organization_id, id)
);
create index walk_sheet_turf on walk_sheet (organization_id, turf_id, printed_at desc);
call make_tenant_table('walk_sheet', 'select, insert');
