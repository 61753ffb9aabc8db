-- migrate:up
set local lock_timeout = '5s';

create table script (
  organization_id uuid not null references organization (id),
  id uuid not null,
  campaign_id uuid not null,
  name text not null constraint script_name_length check (length(name) between 1 and 200),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint script_name_key unique (organization_id, campaign_id, name),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('script', 'select, insert, update');

-- What canvassers were told to ask. A version never changes: answers point at it.
create table script_version (
  organization_id uuid not null references organization (id),
  script_id uuid not null,
  version integer not null,
  introduction text not null,
  questions jsonb not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, script_id, version),
  foreign key (organization_id, script_id) references script (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('script_version', 'select, insert');
