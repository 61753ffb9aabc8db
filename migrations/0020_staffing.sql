-- migrate:up
-- Foreign keys, checks and indexes on tables that are new have nothing to look through.
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- What a coordinator has decided for a shift, and every proposal keeps: who go together, who goes
-- where, and who does not.
create table crew_rule (
  organization_id uuid not null references organization (id),
  id uuid not null,
  shift_id uuid not null,
  kind text not null constraint crew_rule_kind_known check (kind in ('lock', 'ban')),
  member_ids uuid[] not null constraint crew_rule_members_count
    check (cardinality(member_ids) between 1 and 3),
  turf_id uuid,
  set_by uuid not null,
  set_at timestamptz not null default now(),
  primary key (organization_id, id),
  -- One person alone says nothing without a turf.
  constraint crew_rule_says_something check (cardinality(member_ids) > 1 or turf_id is not null),
  foreign key (organization_id, shift_id) references shift (organization_id, id),
  foreign key (organization_id, turf_id) references turf (organization_id, id) on delete cascade,
  foreign key (organization_id, set_by) references member (organization_id, id)
);
create index crew_rule_shift on crew_rule (organization_id, shift_id);
call make_tenant_table('crew_rule', 'select, insert, delete');

-- Matching the volunteers of a shift with turfs: a job, and what it proposes until it is accepted.
create table crew_proposal (
  organization_id uuid not null references organization (id),
  id uuid not null,
  shift_id uuid not null,
  pass_id uuid not null,
  -- What was asked for.
  wanted jsonb not null,
  state text not null default 'running' constraint crew_proposal_state_known
    check (state in ('running', 'done', 'failed', 'cancelled', 'accepted')),
  -- Raised while it runs; one that has not been heard of for a minute has died.
  heard_at timestamptz not null default now(),
  cancel_requested_at timestamptz,
  -- Why it failed, for people to read.
  failure text,
  -- Figures, and who and which turfs are left.
  found jsonb,
  made_by uuid not null,
  made_at timestamptz not null default now(),
  ended_at timestamptz,
  -- From then on it is forgotten.
  expires_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, shift_id) references shift (organization_id, id),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
create index crew_proposal_shift on crew_proposal (organization_id, shift_id);
call make_tenant_table('crew_proposal', 'select, insert, update, delete');

create table proposed_crew (
  organization_id uuid not null,
  proposal_id uuid not null,
  number integer not null,
  turf_id uuid not null,
  -- Those who hold the turf on their phones first.
  member_ids uuid[] not null,
  locked boolean not null,
  -- How good the turf is to be given, from -1 to 1: so that nobody always gets the poor ones.
  goodness double precision not null,
  -- Why: numbers, codes and ids, never a name.
  facts jsonb not null,
  primary key (organization_id, proposal_id, number),
  foreign key (organization_id, proposal_id) references crew_proposal (organization_id, id)
    on delete cascade,
  foreign key (organization_id, turf_id) references turf (organization_id, id) on delete cascade
);
call make_tenant_table('proposed_crew', 'select, insert, delete');

-- Those who were sent out together from a shift.
create table crew (
  organization_id uuid not null references organization (id),
  id uuid not null,
  shift_id uuid not null,
  turf_id uuid not null,
  locked boolean not null,
  goodness double precision not null,
  facts jsonb not null,
  sent_by uuid not null,
  sent_at timestamptz not null default now(),
  -- When they should be back; from then on they are overdue.
  due_at timestamptz not null,
  returned_at timestamptz,
  returned_by uuid,
  primary key (organization_id, id),
  foreign key (organization_id, shift_id) references shift (organization_id, id),
  foreign key (organization_id, turf_id) references turf (organization_id, id),
  foreign key (organization_id, sent_by) references member (organization_id, id),
  foreign key (organization_id, returned_by) references member (organization_id, id)
);
create index crew_shift on crew (organization_id, shift_id);
create index crew_turf on crew (organization_id, turf_id);
call make_tenant_table('crew', 'select, insert, update');

create table crew_member (
  organization_id uuid not null references organization (id),
  crew_id uuid not null,
  member_id uuid not null,
  -- In whose car they go, where it is too far otherwise.
  rides_with uuid,
  primary key (organization_id, crew_id, member_id),
  foreign key (organization_id, crew_id) references crew (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, rides_with) references member (organization_id, id)
);
create index crew_member_member on crew_member (organization_id, member_id);
call make_tenant_table('crew_member', 'select, insert');

-- Who is erased leaves that they went out, and not why with whom. What is only planned goes.
create function forget_crews() returns trigger
language plpgsql as $$
begin
  update crew c set facts = '{}'
    from crew_member m
   where c.organization_id = new.organization_id
     and m.organization_id = c.organization_id and m.crew_id = c.id and m.member_id = new.id;
  delete from crew_rule where organization_id = new.organization_id and new.id = any(member_ids);
  delete from crew_proposal p
   where p.organization_id = new.organization_id
     and exists (
       select from proposed_crew c
        where c.organization_id = p.organization_id and c.proposal_id = p.id
          and new.id = any(c.member_ids));
  return null;
end
$$;
create trigger member_erased_forget_crews after update of erased_at on member
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_crews();
