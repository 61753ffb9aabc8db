-- migrate:up
set local lock_timeout = '5s';

-- How long things take at the doors of a campaign: which pace minutes are counted by, the
-- organizers' own numbers, and what was measured. Without a row it is the default.
create table campaign_pace (
  organization_id uuid not null references organization (id),
  campaign_id uuid not null,
  kind text not null default 'default'
    constraint campaign_pace_kind_known check (kind in ('default', 'own', 'measured')),
  own jsonb,
  measured jsonb,
  -- Of each turf that was measured: its steps, what they took, and what they were made of.
  turfs jsonb not null default '[]',
  -- The newest knock that was looked at.
  newest_at timestamptz,
  primary key (organization_id, campaign_id),
  constraint campaign_pace_own_there check (kind <> 'own' or own is not null),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id)
);
call make_tenant_table('campaign_pace', 'select, insert, update');
