-- migrate:up
-- Local times are kept as the place's clocks show them; a rating stays below six.
-- squawk-ignore-file prefer-timestamp-tz, prefer-bigint-over-smallint
set local lock_timeout = '5s';

-- Where people meet. The staging point is where turfs are handed out and walks begin.
create table place (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint place_name_length check (length(name) between 1 and 200),
  address text not null default '' constraint place_address_length check (length(address) <= 500),
  lon double precision not null constraint place_lon_range check (lon between -180 and 180),
  lat double precision not null constraint place_lat_range check (lat between -90 and 90),
  staging_lon double precision constraint place_staging_lon_range check (staging_lon between -180 and 180),
  staging_lat double precision constraint place_staging_lat_range check (staging_lat between -90 and 90),
  staging_note text not null default '' constraint place_staging_note_length
    check (length(staging_note) <= 1000),
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (organization_id, id),
  constraint place_staging_whole check (num_nonnulls(staging_lon, staging_lat) in (0, 2))
);
create unique index place_name_key on place (organization_id, name) where archived_at is null;
call make_tenant_table('place', 'select, insert, update');

-- Something people come together for; what phones tell from doors are contact events.
create table civic_event (
  organization_id uuid not null references organization (id),
  id uuid not null,
  campaign_id uuid,
  kind text not null constraint civic_event_kind_known check (kind in
    ('canvass', 'phone_bank', 'training', 'town_hall', 'office_hours', 'roundtable', 'outreach')),
  title text not null constraint civic_event_title_length check (length(title) between 1 and 200),
  summary text not null default '' constraint civic_event_summary_length check (length(summary) <= 5000),
  topic text not null default '' constraint civic_event_topic_length check (length(topic) <= 200),
  briefing_url text constraint civic_event_briefing_length check (length(briefing_url) <= 2000),
  place_id uuid not null,
  time_zone text not null,
  -- Whether people outside the organization may see it.
  public boolean not null default false,
  slug text not null constraint civic_event_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  status text not null default 'draft' constraint civic_event_status_known
    check (status in ('draft', 'published', 'cancelled', 'held', 'followed_up')),
  cancelled_reason text,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  published_at timestamptz,
  primary key (organization_id, id),
  constraint civic_event_slug_key unique (organization_id, slug),
  foreign key (organization_id, campaign_id) references campaign (organization_id, id),
  foreign key (organization_id, place_id) references place (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('civic_event', 'select, insert, update');

-- Shifts that come again, as RFC 5545 has it: local start, rule, exceptions.
create table shift_series (
  organization_id uuid not null references organization (id),
  id uuid not null,
  event_id uuid not null,
  starts_local timestamp not null,
  duration_min integer not null constraint shift_series_duration_range
    check (duration_min between 5 and 1440),
  rule text not null constraint shift_series_rule_length check (length(rule) between 1 and 500),
  except_on date[] not null default '{}',
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, event_id) references civic_event (organization_id, id)
);
call make_tenant_table('shift_series', 'select, insert, update');

create table shift (
  organization_id uuid not null references organization (id),
  id uuid not null,
  event_id uuid not null,
  series_id uuid,
  -- Which occurrence of the series it is, in local time: stays though the shift moves.
  occurrence_local timestamp,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Where it is not the event's place.
  place_id uuid,
  status text not null default 'open' constraint shift_status_known
    check (status in ('open', 'cancelled', 'closed')),
  cancelled_reason text,
  -- The SEQUENCE of its calendar entry; its UID is its id.
  sequence integer not null default 0,
  -- The next place in the order of sign-ups.
  next_position bigint not null default 1,
  closed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint shift_order check (ends_at > starts_at),
  constraint shift_occurrence_key unique (organization_id, series_id, occurrence_local),
  foreign key (organization_id, event_id) references civic_event (organization_id, id),
  foreign key (organization_id, series_id) references shift_series (organization_id, id),
  foreign key (organization_id, place_id) references place (organization_id, id)
);
create index shift_event on shift (organization_id, event_id, starts_at);
create index shift_starts on shift (organization_id, starts_at);
call make_tenant_table('shift', 'select, insert, update');

create table shift_role (
  organization_id uuid not null references organization (id),
  shift_id uuid not null,
  role text not null constraint shift_role_length check (length(role) between 1 and 40),
  capacity integer not null constraint shift_role_capacity_range check (capacity between 0 and 10000),
  primary key (organization_id, shift_id, role),
  foreign key (organization_id, shift_id) references shift (organization_id, id)
);
call make_tenant_table('shift_role', 'select, insert, update, delete');

create table signup (
  organization_id uuid not null references organization (id),
  id uuid not null,
  shift_id uuid not null,
  role text not null,
  member_id uuid not null,
  state text not null constraint signup_state_known check (state in
    ('invited', 'booked', 'waitlisted', 'held', 'confirmed', 'cancelled', 'attended', 'no_show')),
  -- Place in the order in which people asked.
  position bigint not null,
  signed_up_at timestamptz not null default now(),
  -- Until when a place that came free is kept for them.
  held_until timestamptz,
  -- How often a place was kept for them; the second that runs out is the last.
  holds_count integer not null default 0,
  confirmed_at timestamptz,
  checked_in_at timestamptz,
  check_in_how text constraint signup_check_in_how_known
    check (check_in_how in ('qr', 'desk', 'walk_in', 'phone')),
  left_at timestamptz,
  cancelled_at timestamptz,
  -- Why it stands although it clashes with another.
  override_reason text,
  overridden_by uuid,
  rating smallint constraint signup_rating_range check (rating between 1 and 5),
  remark text constraint signup_remark_length check (length(remark) <= 2000),
  primary key (organization_id, id),
  constraint signup_held_until_when_held check ((state = 'held') = (held_until is not null)),
  foreign key (organization_id, shift_id, role) references shift_role (organization_id, shift_id, role),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, overridden_by) references member (organization_id, id)
);
-- One live sign-up of a member for a shift.
create unique index signup_live_key on signup (organization_id, shift_id, member_id)
  where state <> 'cancelled';
create index signup_member on signup (organization_id, member_id, shift_id);
create index signup_queue on signup (organization_id, shift_id, role, position)
  where state = 'waitlisted';
create index signup_held on signup (held_until) where state = 'held';
call make_tenant_table('signup', 'select, insert, update');

-- Every move of a sign-up: only added to.
create table signup_change (
  organization_id uuid not null references organization (id),
  id bigint not null generated always as identity,
  signup_id uuid not null,
  state_before text,
  state_after text not null,
  -- Null where nobody decided: a hold that ran out, a place that came free.
  changed_by uuid,
  changed_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, signup_id) references signup (organization_id, id),
  foreign key (organization_id, changed_by) references member (organization_id, id)
);
create index signup_change_signup on signup_change (organization_id, signup_id, id);
call make_tenant_table('signup_change', 'select, insert');

-- Secret addresses of calendars; only the hash is kept.
create table calendar_feed (
  organization_id uuid not null references organization (id),
  id uuid not null,
  token_hash bytea not null constraint calendar_feed_token_key unique,
  -- Whose shifts, or which event's; exactly one.
  member_id uuid,
  event_id uuid,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (organization_id, id),
  constraint calendar_feed_of_one check (num_nonnulls(member_id, event_id) = 1),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, event_id) references civic_event (organization_id, id)
);
call make_tenant_table('calendar_feed', 'select, insert, update');

-- A shift as it is shown: where it really is, and how full.
create view shift_seen with (security_invoker = true) as
select s.organization_id, s.id, s.event_id, e.title, e.kind, e.status as event_status, e.time_zone,
       s.series_id, s.starts_at, s.ends_at, coalesce(s.place_id, e.place_id) as place_id,
       p.name as place_name, s.status, s.cancelled_reason, s.sequence, s.updated_at,
       coalesce(r.roles, '[]') as roles
  from shift s
  join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
  join place p on p.organization_id = s.organization_id
              and p.id = coalesce(s.place_id, e.place_id)
  left join lateral (
    select jsonb_agg(jsonb_build_object(
             'role', r.role, 'capacity', r.capacity,
             'taken_count', coalesce(g.taken_count, 0),
             'waitlisted_count', coalesce(g.waitlisted_count, 0),
             'attended_count', coalesce(g.attended_count, 0)) order by r.role) as roles
      from shift_role r
      left join lateral (
        select count(*) filter (where g.state in ('booked', 'held', 'confirmed', 'attended'))
                 as taken_count,
               count(*) filter (where g.state = 'waitlisted') as waitlisted_count,
               count(*) filter (where g.state = 'attended') as attended_count
          from signup g
         where g.organization_id = r.organization_id and g.shift_id = r.shift_id
           and g.role = r.role
      ) g on true
     where r.organization_id = s.organization_id and r.shift_id = s.id
  ) r on true;
grant select on shift_seen to doorstep_request;

-- Who is erased leaves their attendance as a former member's, without a word of theirs.
create function forget_signups() returns trigger
language plpgsql as $$
begin
  update signup set remark = null, rating = null, override_reason = null
   where organization_id = new.organization_id and member_id = new.id;
  update calendar_feed set revoked_at = coalesce(revoked_at, now())
   where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;
create trigger member_erased_forget_signups after update of erased_at on member
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_signups();
