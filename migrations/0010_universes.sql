-- migrate:up
set local lock_timeout = '5s';

-- A saved filter over people and doors.
create table universe (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint universe_name_length check (length(name) between 1 and 200),
  expression jsonb not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint universe_name_key unique (organization_id, name),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('universe', 'select, insert, update, delete');

-- The people that filters see. Whoever hides people (merged into others, erased) redefines this;
-- the columns stay as they are.
create view contactable_person with (security_invoker = true) as
select organization_id, id, household_id, import_run_id, birth_year, phone, email, language,
       tags, attributes
  from person;
grant select on contactable_person to doorstep_request;

-- Who is found but left out, because they asked: a whole door, or (with person_id) one person.
-- Whoever suppresses in other ways redefines this; the columns stay as they are.
create view left_alone with (security_invoker = true) as
select organization_id, door_id, person_id
  from do_not_contact
 where cleared_at is null;
grant select on left_alone to doorstep_request;

-- The consents that count now. Whoever adds channels and ends to consents redefines this; the
-- columns stay as they are, and a null channel stands for every channel.
create view standing_consent with (security_invoker = true) as
select organization_id, id, person_id, purpose, null::text as channel
  from consent
 where withdrawn_at is null;
grant select on standing_consent to doorstep_request;

-- What filters ask of people and doors, by columns: a block holds some thousand doors, and each
-- row one column of it, as universes.columns packs it. A filter reads the columns it names and
-- nothing else. Made from the tables, never the other way round: all three may be emptied at any
-- time (with an `everything` in fact_stale) and are made anew by the next count. None has a foreign
-- key: a door may go before its block is made anew, and checking the organization of half a million
-- rows took longer than writing them.
create table fact_column (
  organization_id uuid not null,
  block_no integer not null,
  name text not null,
  content bytea not null,
  primary key (organization_id, block_no, name)
);
-- Packed tightly already; compressing again would cost more than the reading it saves.
alter table fact_column alter column content set storage external;
call make_tenant_table('fact_column', 'select, insert, delete');

-- Each door's place in the list, and so its block.
create table fact_door (
  organization_id uuid not null,
  door_id uuid not null,
  door_no integer not null,
  primary key (organization_id, door_id)
);
create index fact_door_no on fact_door (organization_id, door_no);
call make_tenant_table('fact_door', 'select, insert, delete');

-- What changed since its block was made. Only ever added to and taken away, one row for each
-- change: a mark that were written once could be taken by a count that does not see the second
-- change yet.
create table fact_stale (
  organization_id uuid not null,
  id bigint generated always as identity,
  kind text not null constraint fact_stale_kind_known
    check (kind in ('everything', 'address', 'door', 'household')),
  thing_id uuid,
  primary key (organization_id, id)
);
call make_tenant_table('fact_stale', 'select, insert, delete');

-- Notes what a statement changed. Arguments: the kind of thing, and the column that names it.
-- A statement that changes very many touches nearly every block, and noting each of its rows would
-- hold an import up: then everything is stale.
create function note_stale_facts() returns trigger
language plpgsql as $$
declare
  changed text := case tg_op
    when 'INSERT' then 'select * from new_rows'
    when 'DELETE' then 'select * from old_rows'
    else 'select * from old_rows union all select * from new_rows' end;
  many boolean;
begin
  execute format('select count(*) > 10000 from (%s) c', changed) into many;
  if many or tg_argv[0] = 'everything' then
    execute format(
      'insert into fact_stale (organization_id, kind)
       select distinct organization_id, ''everything'' from (%s) c', changed);
  else
    execute format(
      'insert into fact_stale (organization_id, kind, thing_id)
       select distinct organization_id, %L, %I from (%s) c', tg_argv[0], tg_argv[1], changed);
  end if;
  return null;
end
$$;

-- An address or household is of interest with the doors and people that come after it.
create trigger stale_facts_inserted after insert on person
  referencing new table as new_rows
  for each statement execute function note_stale_facts('household', 'household_id');
create trigger stale_facts_updated after update on person
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_stale_facts('household', 'household_id');
create trigger stale_facts_deleted after delete on person
  referencing old table as old_rows
  for each statement execute function note_stale_facts('household', 'household_id');

create trigger stale_facts_updated after update on household
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_stale_facts('door', 'door_id');
create trigger stale_facts_deleted after delete on household
  referencing old table as old_rows
  for each statement execute function note_stale_facts('door', 'door_id');

create trigger stale_facts_inserted after insert on door
  referencing new table as new_rows
  for each statement execute function note_stale_facts('door', 'id');
create trigger stale_facts_updated after update on door
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_stale_facts('door', 'id');
create trigger stale_facts_deleted after delete on door
  referencing old table as old_rows
  for each statement execute function note_stale_facts('door', 'id');

create trigger stale_facts_updated after update on address
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_stale_facts('address', 'id');

create trigger stale_facts_inserted after insert on attribute
  referencing new table as new_rows
  for each statement execute function note_stale_facts('everything');
create trigger stale_facts_updated after update on attribute
  referencing old table as old_rows new table as new_rows
  for each statement execute function note_stale_facts('everything');

-- What was there before universes were.
alter table organization no force row level security;
alter table fact_stale no force row level security;
insert into fact_stale (organization_id, kind) select id, 'everything' from organization;
alter table organization force row level security;
alter table fact_stale force row level security;
