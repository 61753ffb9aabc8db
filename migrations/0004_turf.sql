-- migrate:up
set local lock_timeout = '5s';

-- A pass is one round of a campaign over its doors, with one script.
create table pass (
  organization_id uuid not null references organization (id),
  id uuid not null,
  campaign_id uuid not null,
  name text not null constraint pass_name_length check (length(name) between 1 and 200),
  script_id uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint pass_name_key unique (organization_id, campaign_id, name),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id),
  foreign key (organization_id, script_id) references script (organization_id, id)
);
call make_tenant_table('pass', 'select, insert, update');

create table turf (
  organization_id uuid not null references organization (id),
  id uuid not null,
  pass_id uuid not null,
  name text not null constraint turf_name_length check (length(name) between 1 and 200),
  status text not null default 'draft'
    constraint turf_status_known check (status in ('draft', 'published', 'archived')),
  -- Raised whenever what a phone holds of this turf changes; the bundle's entity tag.
  version integer not null default 1,
  polygon bytea not null,
  walk_m double precision not null,
  created_at timestamptz not null default now(),
  published_at timestamptz,
  archived_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, pass_id) references pass (organization_id, id)
);
create unique index turf_name_key on turf (organization_id, pass_id, name)
  where status <> 'archived';
call make_tenant_table('turf', 'select, insert, update, delete');

create table turf_door (
  organization_id uuid not null references organization (id),
  turf_id uuid not null,
  door_id uuid not null,
  pass_id uuid not null,
  -- Place in walking order, from 0.
  position integer not null,
  -- False once the turf is archived: the door may then be cut again.
  live boolean not null default true,
  primary key (organization_id, turf_id, door_id),
  foreign key (organization_id, turf_id) references turf (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, pass_id) references pass (organization_id, id)
);
create unique index turf_door_live_key on turf_door (organization_id, pass_id, door_id) where live;
create index turf_door_door on turf_door (organization_id, door_id);
call make_tenant_table('turf_door', 'select, insert, update, delete');

create table assignment (
  organization_id uuid not null references organization (id),
  id uuid not null,
  turf_id uuid not null,
  member_id uuid not null,
  assigned_by uuid not null,
  assigned_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text constraint assignment_ended_reason_known
    check (ended_reason in
      ('handed_back', 'handed_over', 'taken_back', 'archived', 'expired')),
  primary key (organization_id, id),
  foreign key (organization_id, turf_id) references turf (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, assigned_by) references member (organization_id, id)
);
create unique index assignment_live_key on assignment (organization_id, turf_id, member_id)
  where ended_at is null;
create index assignment_member on assignment (organization_id, member_id) where ended_at is null;
call make_tenant_table('assignment', 'select, insert, update');

-- A code that hands a turf from the one who shows it to the one who scans it.
create table handover (
  organization_id uuid not null references organization (id),
  id uuid not null,
  turf_id uuid not null,
  code_hash bytea not null,
  created_by uuid not null,
  -- True: who scans joins the one who shows. False: who scans takes over.
  as_pair boolean not null,
  hours integer not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by uuid,
  primary key (organization_id, id),
  constraint handover_code_key unique (organization_id, code_hash),
  foreign key (organization_id, turf_id) references turf (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id),
  foreign key (organization_id, used_by) references member (organization_id, id)
);
call make_tenant_table('handover', 'select, insert, update');

-- What a phone gained or lost, numbered by the organization's change counter.
create table scope_change (
  organization_id uuid not null references organization (id),
  seq bigint not null,
  member_id uuid not null,
  turf_id uuid not null,
  kind text not null
    constraint scope_change_kind_known check (kind in ('gained', 'lost', 'recut')),
  created_at timestamptz not null default now(),
  primary key (organization_id, seq),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, turf_id) references turf (organization_id, id)
);
call make_tenant_table('scope_change', 'select, insert');

-- The member of this transaction holds this turf now.
create function holds_turf(wanted_turf_id uuid) returns boolean
language sql stable
return exists (
  select from assignment a
    join turf t on t.organization_id = a.organization_id and t.id = a.turf_id
   where a.organization_id = (select current_organization_id())
     and a.turf_id = wanted_turf_id
     and a.member_id = (select current_member_id())
     and a.ended_at is null
     and a.expires_at > now()
     and t.status = 'published');

-- Volunteers see the people of turf assigned to them, while it is: the schema says so, not a query.
create policy assigned_only on person as restrictive for select to doorstep_request
  using ((select current_setting('doorstep.sees_people', true)) = 'all'
    or exists (
      select from household h
        join turf_door td on td.organization_id = h.organization_id and td.door_id = h.door_id
       where h.organization_id = person.organization_id
         and h.id = person.household_id
         and td.live
         and holds_turf(td.turf_id)));
