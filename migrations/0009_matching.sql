-- migrate:up
-- Foreign keys, checks and indexes on columns that are new and empty have little to look through.
-- squawk-ignore-file require-concurrent-index-creation
-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint
set local lock_timeout = '5s';

alter table person
  -- Entered by a canvasser at the door, and not by an import.
  add column added_at_door boolean not null default false,
  add column added_by uuid,
  -- The person this one turned out to be. All that is known of both hangs on that one; this row
  -- stays as it was and is hidden, so that the merge can be taken back.
  add column merged_into uuid,
  -- The id by which imports know the hidden one: rows with it mean the other.
  add column merged_external_id text,
  add constraint person_merged_into_another check (merged_into <> id),
  add constraint person_merged_id_free check (merged_into is null or external_id is null),
  add foreign key (organization_id, added_by) references member (organization_id, id),
  add foreign key (organization_id, merged_into) references person (organization_id, id)
    on delete set null (merged_into);
create index person_merged on person (organization_id, merged_into)
  where merged_into is not null;
create index person_merged_external_id on person (organization_id, merged_external_id)
  where merged_external_id is not null;

-- Who was merged is nobody any more, whatever a query forgets. Only what merges, takes back,
-- exports and erases looks at them, and says so.
create policy not_merged on person as restrictive to doorstep_request
  using (merged_into is null
    or (select current_setting('doorstep.sees_merged', true)) = 'yes');

-- The rows that are one person: their own first, then those merged into it.
create function rows_of_person(of_organization uuid, of_person uuid) returns setof uuid
language plpgsql as $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select id
      from person
     where organization_id = of_organization and (id = of_person or merged_into = of_person)
     order by id <> of_person, id;
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

-- Whom ids stand for now, and the door where those who had them lived (null if they were erased):
-- phones that were away name people who were merged since.
create function people_meant(of_organization uuid, of_people uuid[])
returns table (id uuid, person_id uuid, door_id uuid, added_by uuid)
language plpgsql as $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select p.id, coalesce(p.merged_into, p.id),
           case when p.given_name <> '' or p.family_name <> '' then h.door_id end, p.added_by
      from person p
      join household h on h.organization_id = p.organization_id and h.id = p.household_id
     where p.organization_id = of_organization and p.id = any (of_people);
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

-- The ids by which imports know people who were merged, and whom they stand for now.
create function merged_ids(of_organization uuid)
returns table (external_id text, person_id uuid, household_id uuid)
language plpgsql as $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select gone.merged_external_id, p.id, p.household_id
      from person gone
      join person p on p.organization_id = of_organization and p.id = gone.merged_into
     where gone.organization_id = of_organization and gone.merged_external_id is not null;
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

-- Pairs of people who may be one, and people added at the door, who may be somebody known: for an
-- organizer to decide.
create table person_match (
  organization_id uuid not null references organization (id),
  id uuid not null,
  kind text not null constraint person_match_kind_known
    check (kind in ('duplicate', 'added_at_door')),
  person_id uuid not null,
  -- Null while it is open whom somebody added at the door is, if anyone.
  other_person_id uuid,
  score double precision not null constraint person_match_score_range
    check (score between 0 and 1),
  -- Why the two may be one, and why not: algorithms.likeness.Reason.
  reasons jsonb not null,
  status text not null default 'open' constraint person_match_status_known
    check (status in ('open', 'merged', 'apart', 'unmerged')),
  -- Of a merge: who was kept, and the ids of all that was moved, for taking it back.
  kept_id uuid,
  moved jsonb,
  found_at timestamptz not null default now(),
  decided_at timestamptz,
  -- Null where the program itself decided.
  decided_by uuid,
  primary key (organization_id, id),
  constraint person_match_of_two check (other_person_id <> person_id),
  constraint person_match_decided check ((status = 'open') = (decided_at is null)),
  constraint person_match_merged
    check ((status = 'merged') = (moved is not null) and (moved is null) = (kept_id is null)),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete cascade,
  foreign key (organization_id, other_person_id) references person (organization_id, id)
    on delete cascade,
  foreign key (organization_id, decided_by) references member (organization_id, id)
);
create unique index person_match_pair_key on person_match
  (organization_id, least(person_id, other_person_id), greatest(person_id, other_person_id));
create index person_match_queue on person_match (organization_id, status, score desc, id desc);
create index person_match_person on person_match (organization_id, person_id);
create index person_match_other on person_match (organization_id, other_person_id);
call make_tenant_table('person_match', 'select, insert, update, delete');

-- A person as one compares them with another.
create view person_card with (security_invoker = true) as
select p.organization_id, p.id, p.merged_into,
       jsonb_build_object(
         'id', p.id, 'door_id', h.door_id, 'street', a.street, 'house_number', a.house_number,
         'unit', d.unit, 'city', a.city,
         'external_id', coalesce(p.external_id, p.merged_external_id),
         'given_name', p.given_name, 'family_name', p.family_name, 'birth_year', p.birth_year,
         'phone', p.phone, 'email', p.email, 'added_at_door', p.added_at_door) as card
  from person p
  join household h on h.organization_id = p.organization_id and h.id = p.household_id
  join door d on d.organization_id = h.organization_id and d.id = h.door_id
  join address a on a.organization_id = d.organization_id and a.id = d.address_id
 -- Who was erased is nobody to compare with.
 where p.given_name <> '' or p.family_name <> '';
grant select on person_card to doorstep_request;

-- A merge marks people whose door asked to be left alone; taking it back removes such a mark.
grant delete on do_not_contact to doorstep_request;
