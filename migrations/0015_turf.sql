-- migrate:up
-- Foreign keys, checks and indexes on tables that are new have nothing to look through.
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

alter table turf
  -- The walk and what happens at the doors, as algorithms.cutting reckons.
  add column minutes double precision not null default 0,
  -- Raised whenever an organizer changes what the turf is: what a cut was drawn on. Imports and
  -- notes raise `version` alone, so they stand in nobody's way here.
  add column cut_version integer not null default 1,
  -- Settled: no operation touches it until it is unfrozen.
  add column frozen_at timestamptz;
-- Row-level security would hide every row from its owner too. Two minutes a door, 75 m a minute.
alter table turf no force row level security;
alter table turf_door no force row level security;
update turf
   set minutes = walk_m / 75 + 2 * (
     select count(*) from turf_door td
      where td.organization_id = turf.organization_id and td.turf_id = turf.id);
alter table turf_door force row level security;
alter table turf force row level security;

create or replace view turf_summary with (security_invoker = true) as
select t.organization_id, t.id, t.pass_id, p.campaign_id, t.name, t.status, t.version,
       counts.doors_count, counts.done_count, t.walk_m, t.created_at, t.published_at,
       t.archived_at, holding.holders, t.polygon, t.minutes, t.cut_version, t.frozen_at
  from turf t
  join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
 cross join lateral (
   select count(*) as doors_count, count(*) filter (where s.done) as done_count
     from turf_door td
     left join door_state s on s.organization_id = td.organization_id
                           and s.pass_id = td.pass_id and s.door_id = td.door_id
    where td.organization_id = t.organization_id and td.turf_id = t.id) counts
 cross join lateral (
   select coalesce(jsonb_agg(jsonb_build_object(
            'member_id', m.id, 'name', m.name, 'assigned_at', a.assigned_at,
            'expires_at', a.expires_at) order by a.assigned_at, m.id), '[]') as holders
     from assignment a
     join member m on m.organization_id = a.organization_id and m.id = a.member_id
    where a.organization_id = t.organization_id and a.turf_id = t.id
      and a.ended_at is null and a.expires_at > now() and m.ended_at is null) holding;

-- A door that a published turf once had: a knock that a phone made before it heard still has a
-- place.
create table left_door (
  organization_id uuid not null references organization (id),
  turf_id uuid not null,
  door_id uuid not null,
  left_at timestamptz not null default now(),
  primary key (organization_id, turf_id, door_id),
  foreign key (organization_id, turf_id) references turf (organization_id, id) on delete cascade,
  foreign key (organization_id, door_id) references door (organization_id, id) on delete cascade
);
create index left_door_door on left_door (organization_id, door_id);
call make_tenant_table('left_door', 'select, insert, delete');

-- What organizers did to the turfs of a pass, so that it can be taken back, the last first.
create table turf_step (
  organization_id uuid not null references organization (id),
  id uuid not null,
  pass_id uuid not null,
  number integer not null,
  kind text not null constraint turf_step_kind_known check (kind in
    ('create', 'auto', 'recut', 'split', 'merge', 'move', 'trade', 'freeze', 'unfreeze',
     'rename', 'publish', 'archive', 'delete')),
  made_by uuid not null,
  made_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by uuid,
  primary key (organization_id, id),
  constraint turf_step_number_key unique (organization_id, pass_id, number),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id),
  foreign key (organization_id, undone_by) references member (organization_id, id)
);
call make_tenant_table('turf_step', 'select, insert, update, delete');

-- Each turf that a step touched, as it was before. No foreign key to the turf: the step may have
-- taken it away, and undoing puts it there again.
create table turf_before (
  organization_id uuid not null,
  step_id uuid not null,
  turf_id uuid not null,
  -- False: the step made it, and nothing else is filled in.
  existed boolean not null,
  name text,
  status text,
  version integer,
  cut_version integer,
  polygon bytea,
  walk_m double precision,
  minutes double precision,
  frozen_at timestamptz,
  created_at timestamptz,
  published_at timestamptz,
  archived_at timestamptz,
  -- In walking order.
  door_ids uuid[],
  -- What the step ended, and undoing begins again.
  assignment_ids uuid[] not null default '{}',
  primary key (organization_id, step_id, turf_id),
  foreign key (organization_id, step_id) references turf_step (organization_id, id)
    on delete cascade
);
call make_tenant_table('turf_before', 'select, insert, update, delete');

-- Takes a turf away whose making is undone; false if something speaks of it already, such as a
-- knock: then it must be archived instead.
create function forget_turf(of_organization uuid, of_turf uuid) returns boolean
language plpgsql as $$
begin
  delete from turf_door where organization_id = of_organization and turf_id = of_turf;
  delete from turf where organization_id = of_organization and id = of_turf;
  return true;
exception when foreign_key_violation then
  return false;
end
$$;

-- Dividing ground into turfs: a job, and what it proposes until somebody accepts it.
create table turf_cut (
  organization_id uuid not null references organization (id),
  id uuid not null,
  pass_id uuid not null,
  kind text not null constraint turf_cut_kind_known check (kind in ('auto', 'recut')),
  -- What was asked for.
  wanted jsonb not null,
  state text not null default 'running' constraint turf_cut_state_known
    check (state in ('running', 'done', 'failed', 'cancelled', 'accepted')),
  stage text not null default '',
  done_units bigint not null default 0,
  total_units bigint not null default 0,
  -- Raised while it runs; a cut that has not been heard of for a minute has died.
  heard_at timestamptz not null default now(),
  cancel_requested_at timestamptz,
  -- Why it failed, for people to read.
  failure text,
  -- Figures and notes of what came of it.
  found jsonb,
  made_by uuid not null,
  made_at timestamptz not null default now(),
  ended_at timestamptz,
  -- From then on it is forgotten.
  expires_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
create index turf_cut_pass on turf_cut (organization_id, pass_id);
call make_tenant_table('turf_cut', 'select, insert, update, delete');

-- A turf that a cut proposes; it is none yet.
create table proposed_turf (
  organization_id uuid not null,
  cut_id uuid not null,
  number integer not null,
  name text not null,
  polygon bytea not null,
  walk_m double precision not null,
  minutes double precision not null,
  -- In walking order.
  door_ids uuid[] not null,
  primary key (organization_id, cut_id, number),
  foreign key (organization_id, cut_id) references turf_cut (organization_id, id)
    on delete cascade
);
call make_tenant_table('proposed_turf', 'select, insert, delete');

-- Areas that a campaign keeps, such as precincts or districts, layer by layer.
create table boundary (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  id uuid not null,
  layer text not null constraint boundary_layer_length check (length(layer) between 1 and 200),
  name text not null constraint boundary_name_length check (length(name) between 1 and 200),
  shape bytea not null,
  west double precision not null,
  south double precision not null,
  east double precision not null,
  north double precision not null,
  primary key (organization_id, id),
  constraint boundary_name_key unique (organization_id, campaign_id, layer, name),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('boundary', 'select, insert, delete');

-- A line that organizers drew, and that no turf and no walk crosses. Apart from the map's own
-- barriers, which the next map replaces.
create table drawn_barrier (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  id uuid not null,
  name text not null constraint drawn_barrier_name_length check (length(name) between 1 and 200),
  shape bytea not null,
  west double precision not null,
  south double precision not null,
  east double precision not null,
  north double precision not null,
  made_by uuid not null,
  made_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
create index drawn_barrier_campaign on drawn_barrier (organization_id, campaign_id);
call make_tenant_table('drawn_barrier', 'select, insert, delete');

-- A stretch of street that may cross barriers, such as a footbridge, named by its two ends as
-- OpenStreetMap numbers them: these stay when a newer map comes.
create table allowed_crossing (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  from_node bigint not null,
  to_node bigint not null,
  made_by uuid not null,
  made_at timestamptz not null default now(),
  primary key (organization_id, campaign_id, from_node, to_node),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
call make_tenant_table('allowed_crossing', 'select, insert, delete');
