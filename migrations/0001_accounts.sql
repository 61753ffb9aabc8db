-- migrate:up
set local lock_timeout = '5s';

-- Roles belong to the whole cluster, so they may be there already. Neither can sign in: the
-- program's own login becomes one of them for the length of a transaction.
--   doorstep_signin   finds whose token, code or invite this is; reads six tables, writes none
--   doorstep_request  does everything else, inside one organization
do $$
begin
  if not exists (select from pg_roles where rolname = 'doorstep_signin') then
    create role doorstep_signin nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'doorstep_request') then
    create role doorstep_request nologin noinherit;
  end if;
  execute format('grant doorstep_signin, doorstep_request to %I', current_user);
end
$$;

grant usage on schema public to doorstep_signin, doorstep_request;

-- The organization of the current transaction; null outside one, so that no row is visible.
create function current_organization_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('doorstep.organization_id', true), '')::uuid;

create function current_member_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('doorstep.member_id', true), '')::uuid;

-- Puts a table under tenancy: row-level security is forced, so that even its owner sees only the
-- rows of the transaction's organization, and the request role gets the named rights.
create procedure make_tenant_table(name regclass, rights text)
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', name);
  execute format('alter table %s force row level security', name);
  execute format(
    'create policy same_organization on %s to doorstep_request
       using (organization_id = (select current_organization_id()))
       with check (organization_id = (select current_organization_id()))', name);
  execute format('grant %s on %s to doorstep_request', rights, name);
end
$$;

create table organization (
  id uuid primary key,
  slug text not null constraint organization_slug_key unique
    constraint organization_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null constraint organization_name_length check (length(name) between 1 and 200),
  time_zone text not null default 'UTC',
  -- Privacy mode: a political opinion needs the person's recorded consent.
  require_consent boolean not null default true,
  created_at timestamptz not null default now()
);
alter table organization enable row level security;
alter table organization force row level security;
create policy same_organization on organization to doorstep_request
  using (id = (select current_organization_id()))
  with check (id = (select current_organization_id()));
create policy sign_in on organization for select to doorstep_signin using (true);
grant select, insert, update on organization to doorstep_request;
grant select on organization to doorstep_signin;

-- The organization's change counter. Whoever changes what phones hold raises it in the last
-- statement of the transaction, so a reader that saw number n has seen everything up to n.
create table change_counter (
  organization_id uuid primary key references organization (id),
  epoch integer not null default 1,
  seq bigint not null default 0
);
call make_tenant_table('change_counter', 'select, insert, update');

create table campaign (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint campaign_name_length check (length(name) between 1 and 200),
  status text not null default 'active'
    constraint campaign_status_known check (status in ('active', 'closed')),
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (organization_id, id),
  constraint campaign_name_key unique (organization_id, name)
);
call make_tenant_table('campaign', 'select, insert, update');

create table member (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint member_name_length check (length(name) between 1 and 200),
  email text,
  phone text,
  roles text[] not null constraint member_roles_known
    check (roles <@ array['owner', 'organizer', 'coordinator', 'caseworker', 'volunteer']),
  locale text not null default 'en',
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (organization_id, id)
);
create unique index member_email_key on member (organization_id, lower(email))
  where ended_at is null;
call make_tenant_table('member', 'select, insert, update');

create table invite (
  organization_id uuid not null references organization (id),
  id uuid not null,
  campaign_id uuid,
  name text not null constraint invite_name_length check (length(name) between 1 and 200),
  email text,
  phone text,
  roles text[] not null,
  token_hash bytea not null constraint invite_token_key unique,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz,
  member_id uuid,
  primary key (organization_id, id),
  constraint invite_has_address check (email is not null or phone is not null),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id),
  -- Deferred: the invite is taken before the member it makes is written.
  foreign key (organization_id, member_id) references member (organization_id, id)
    deferrable initially deferred
);
call make_tenant_table('invite', 'select, insert, update');

-- A device is a signed-in phone or browser; its refresh tokens form one family.
create table device (
  organization_id uuid not null references organization (id),
  id uuid not null constraint device_id_key unique,
  member_id uuid not null,
  name text not null constraint device_name_length check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text constraint device_revoked_reason_known
    check (revoked_reason in ('signed_out', 'revoked', 'token_reused', 'member_ended')),
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
create index device_member on device (organization_id, member_id);
call make_tenant_table('device', 'select, insert, update');

-- A one-time code on its way to a member (staff sign-in) or to an invited person.
create table sign_in_code (
  organization_id uuid not null references organization (id),
  id uuid not null constraint sign_in_code_id_key unique,
  member_id uuid,
  invite_id uuid,
  code_hash bytea not null,
  tries_left integer not null default 5,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  -- With what nonce, and what it made: a lost answer can be asked for again.
  used_nonce text,
  device_id uuid,
  primary key (organization_id, id),
  constraint sign_in_code_for_one check (num_nonnulls(member_id, invite_id) = 1),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, invite_id) references invite (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
call make_tenant_table('sign_in_code', 'select, insert, update, delete');

create table refresh_token (
  organization_id uuid not null references organization (id),
  id uuid not null,
  device_id uuid not null,
  token_hash bytea not null constraint refresh_token_hash_key unique,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_nonce text,
  successor_id uuid,
  primary key (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
create index refresh_token_device on refresh_token (organization_id, device_id);
call make_tenant_table('refresh_token', 'select, insert, update, delete');

do $$
declare name text;
begin
  foreach name in array array['member', 'invite', 'sign_in_code', 'device', 'refresh_token'] loop
    execute format('create policy sign_in on %I for select to doorstep_signin using (true)', name);
    execute format('grant select on %I to doorstep_signin', name);
  end loop;
end
$$;

-- Opens a request's transaction in one round trip: finds the live device and its member, then
-- takes the request role inside their organization. No row means: not signed in any more.
create function open_request(of_device uuid)
returns table (organization_id uuid, member_id uuid, device_id uuid, roles text[])
language plpgsql as $$
begin
  perform set_config('role', 'doorstep_signin', true);
  select d.organization_id, d.member_id, d.id, m.roles
    into open_request.organization_id, open_request.member_id,
         open_request.device_id, open_request.roles
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.id = of_device
     and d.revoked_at is null
     and d.expires_at > now()
     and m.ended_at is null;
  if not found then
    return;
  end if;
  perform
    set_config('role', 'doorstep_request', true),
    -- Compiling a statement costs more than any of ours takes; not every server has it off.
    set_config('jit', 'off', true),
    set_config('doorstep.organization_id', open_request.organization_id::text, true),
    set_config('doorstep.member_id', open_request.member_id::text, true),
    set_config('doorstep.sees_people',
      case when open_request.roles && array['owner', 'organizer', 'coordinator', 'caseworker']
        then 'all' else 'assigned' end, true);
  return next;
end
$$;

-- Takes the request role for the program itself: jobs, commands, and sign-in once it knows where.
create function open_organization(in_organization uuid) returns void
language sql
begin atomic
  select
    set_config('role', 'doorstep_request', true),
    set_config('jit', 'off', true),
    set_config('doorstep.organization_id', in_organization::text, true),
    set_config('doorstep.member_id', '', true),
    set_config('doorstep.sees_people', 'all', true);
end;
