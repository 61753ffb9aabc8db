-- migrate:up
set local lock_timeout = '5s';

-- Somebody else's server that is told what happens here. Its secret is not kept: it is derived
-- from a key that is not in the database, and from the number.
create table hook (
  organization_id uuid not null references organization (id),
  id uuid not null,
  url text not null constraint hook_url_length check (length(url) between 1 and 2000),
  kinds text[] not null constraint hook_kinds_some check (cardinality(kinds) > 0),
  secret_number integer not null default 1,
  active boolean not null default true,
  off_reason text constraint hook_off_reason_known
    check (off_reason in ('gone', 'failing', 'switched_off')),
  -- Since when nothing was taken; null: the last thing sent was.
  failing_since timestamptz,
  made_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint hook_off_for_a_reason check (active = (off_reason is null)),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
call make_tenant_table('hook', 'select, insert, update, delete');

create table hook_delivery (
  organization_id uuid not null references organization (id),
  -- The same in every try, so that a receiver knows a repeated one.
  id uuid not null,
  hook_id uuid not null,
  kind text not null,
  -- Ids only.
  data jsonb not null,
  state text not null default 'waiting' constraint hook_delivery_state_known
    check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  next_at timestamptz default now(),
  tried_at timestamptz,
  response_status integer,
  error text constraint hook_delivery_error_length check (length(error) <= 40),
  primary key (organization_id, id),
  constraint hook_delivery_waits_until check ((state = 'waiting') = (next_at is not null)),
  foreign key (organization_id, hook_id) references hook (organization_id, id) on delete cascade
);
create index hook_delivery_due on hook_delivery (next_at, organization_id)
  where state = 'waiting';
create index hook_delivery_hook on hook_delivery (organization_id, hook_id, id desc);
create index hook_delivery_old on hook_delivery (created_at) where state <> 'waiting';
call make_tenant_table('hook_delivery', 'select, insert, update, delete');
-- The worker finds out in which organizations there is something to send or to forget.
create policy works on hook_delivery for select to doorstep_worker using (true);
grant select (organization_id, state, next_at, created_at) on hook_delivery to doorstep_worker;

-- Sign-in with a verified address finds its member in whatever organization.
-- A group's members are some thousands at most: made in a blink.
-- squawk-ignore require-concurrent-index-creation
create index member_email_anywhere on member (lower(email)) where ended_at is null;
-- squawk-ignore require-concurrent-index-creation
create index member_phone_anywhere on member (phone) where ended_at is null;
