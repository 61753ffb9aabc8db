-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation, ban-drop-constraint
set local lock_timeout = '5s';

-- Who takes newcomers along, and how many at a time.
create table buddy_offer (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  newcomers_count integer not null constraint buddy_offer_newcomers_range
    check (newcomers_count between 1 and 10),
  offered_at timestamptz not null default now(),
  primary key (organization_id, member_id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('buddy_offer', 'select, insert, update, delete');

-- A newcomer and who takes them along. Of those that ended by somebody's word, the two are not
-- brought together again.
create table buddy_pair (
  organization_id uuid not null references organization (id),
  id uuid not null,
  newcomer_id uuid not null,
  buddy_id uuid not null,
  proposed_at timestamptz not null default now(),
  ended_at timestamptz,
  ended_why text constraint buddy_pair_ended_why_known
    check (ended_why in ('declined', 'ended', 'settled', 'left', 'apart')),
  ended_by uuid,
  reason text not null default '' constraint buddy_pair_reason_length check (length(reason) <= 500),
  primary key (organization_id, id),
  constraint buddy_pair_of_two check (newcomer_id <> buddy_id),
  constraint buddy_pair_ended_whole check ((ended_at is null) = (ended_why is null)),
  foreign key (organization_id, newcomer_id) references member (organization_id, id),
  foreign key (organization_id, buddy_id) references member (organization_id, id),
  foreign key (organization_id, ended_by) references member (organization_id, id)
);
create unique index buddy_pair_open_key on buddy_pair (organization_id, newcomer_id)
  where ended_at is null;
create index buddy_pair_buddy on buddy_pair (organization_id, buddy_id);
call make_tenant_table('buddy_pair', 'select, insert, update, delete');

-- What somebody learns one after the other, for a role or for all.
create table training_track (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint training_track_name_length check (length(name) between 1 and 100),
  role text constraint training_track_role_length check (length(role) between 1 and 40),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
create unique index training_track_name_key on training_track (organization_id, name)
  where archived_at is null;
call make_tenant_table('training_track', 'select, insert, update');

create table training_step (
  organization_id uuid not null references organization (id),
  id uuid not null,
  track_id uuid not null,
  number integer not null,
  title text not null constraint training_step_title_length check (length(title) between 1 and 200),
  kind text not null constraint training_step_kind_known check (kind in ('session', 'reading')),
  -- The training that is recorded, or the topic (or title) of training events where one attends it.
  training text constraint training_step_training_length check (length(training) between 1 and 100),
  url text constraint training_step_url_length check (length(url) <= 2000),
  primary key (organization_id, id),
  constraint training_step_number_key unique (organization_id, track_id, number),
  constraint training_step_whole check (
    case kind when 'session' then training is not null and url is null
      else url is not null and training is null end),
  foreign key (organization_id, track_id) references training_track (organization_id, id)
);
call make_tenant_table('training_step', 'select, insert');

-- Who says that they have read it.
create table reading_confirmed (
  organization_id uuid not null references organization (id),
  step_id uuid not null,
  member_id uuid not null,
  confirmed_at timestamptz not null default now(),
  primary key (organization_id, step_id, member_id),
  foreign key (organization_id, step_id) references training_step (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('reading_confirmed', 'select, insert, delete');

create function forget_buddies() returns trigger
language plpgsql as $$
begin
  delete from buddy_offer where organization_id = new.organization_id and member_id = new.id;
  delete from buddy_pair
   where organization_id = new.organization_id and new.id in (newcomer_id, buddy_id, ended_by);
  delete from reading_confirmed where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;
create trigger member_erased_forget_buddies after update of erased_at on member
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_buddies();

alter table notification
  drop constraint notification_kind_known,
  add constraint notification_kind_known check (kind in
    ('sync', 'turf_assigned', 'turf_taken_back', 'turf_recut', 'shift_booked', 'shift_waitlisted',
     'shift_reminder', 'waitlist_hold', 'shift_moved', 'shift_cancelled', 'partner_checked_in',
     'broadcast', 'account_security', 'buddy'));

-- What each member did so far, and when first: the steps of the ladder are read off it.
create view volunteer_fact with (security_invoker = true) as
select m.organization_id, m.id as member_id, m.created_at as joined_at, s.signed_up_at,
       s.first_shift_at, s.second_shift_at, least(t.trained_at, s.training_at) as trained_at,
       least(s.captain_at, c.led_at) as led_at, b.brought_at
  from member m
  left join lateral (
    select min(g.signed_up_at) as signed_up_at,
           (array_agg(h.starts_at order by h.starts_at, h.id)
             filter (where g.state = 'attended'))[1] as first_shift_at,
           (array_agg(h.starts_at order by h.starts_at, h.id)
             filter (where g.state = 'attended'))[2] as second_shift_at,
           min(h.starts_at) filter (where g.state = 'attended' and e.kind = 'training')
             as training_at,
           min(h.starts_at) filter (where g.state = 'attended' and lower(g.role) = 'captain')
             as captain_at
      from signup g
      join shift h on h.organization_id = g.organization_id and h.id = g.shift_id
      join civic_event e on e.organization_id = h.organization_id and e.id = h.event_id
     where g.organization_id = m.organization_id and g.member_id = m.id
       and g.state <> 'invited') s on true
  left join lateral (
    select min(d.done_on)::timestamp at time zone o.time_zone as trained_at
      from training_done d
      join organization o on o.id = d.organization_id
     where d.organization_id = m.organization_id and d.member_id = m.id
     group by o.time_zone) t on true
  left join lateral (
    select min(c.sent_at) as led_at
      from crew_member w
      join crew c on c.organization_id = w.organization_id and c.id = w.crew_id
     where w.organization_id = m.organization_id and w.member_id = m.id
       and c.facts -> 'guides' ? m.id::text
       and jsonb_array_length(c.facts -> 'newcomers') > 0) c on true
  left join lateral (
    select min(v.converted_at) as brought_at
      from share_link l
      join share_conversion v on v.organization_id = l.organization_id and v.link_id = l.id
     where l.organization_id = m.organization_id and l.owner_id = m.id) b on true;
grant select on volunteer_fact to doorstep_request;

-- What members did within spans of time, a member and span each: attempts that count, and issues
-- they wrote down with the cases these are in.
create function volunteer_deed(
  of_organization uuid, of_members uuid[], since timestamptz[], until timestamptz[]
) returns table (member_id uuid, pass_id uuid, door_id uuid, attempt_id uuid, result text,
                 issue_id uuid, case_id uuid)
language sql stable
begin atomic
  with span as materialized (
    select s.member_id, s.since, s.until from unnest(of_members, since, until)
      s (member_id, since, until)
  )
  select distinct a.member_id, p.id, a.door_id, a.event_id, a.result, null::uuid, null::uuid
    from pass p
   cross join lateral effective_attempt(p.organization_id, p.id) a
    join span s on s.member_id = a.member_id
     and a.occurred_at >= s.since and a.occurred_at < s.until
   where p.organization_id = of_organization
     and exists (
       select from contact_event e
        where e.organization_id = of_organization and e.pass_id = p.id
          and e.occurred_at >= (select min(s.since) from span s)
          and e.occurred_at < (select max(s.until) from span s))
   union all
  select distinct r.recorded_by, null::uuid, r.door_id, null::uuid, null, r.id, r.case_id
    from span s
    join issue_report r on r.organization_id = of_organization and r.recorded_by = s.member_id
     and r.raised_at >= s.since and r.raised_at < s.until;
end;

-- The rows behind the figures of the dashboard: of each figure the things it looks at in a span of
-- time, whether a thing counts, the number it has, and the group it is in. Figures add these up, so
-- they cannot say otherwise.
create function overview_row(
  of_organization uuid, since timestamptz, until timestamptz, at_instant timestamptz,
  contacts text[]
) returns table (figure text, thing_id uuid, counted boolean, value double precision,
                 happened_at timestamptz, of_group text)
language sql stable
begin atomic
  -- Doors, each once in a pass; then of those where somebody was spoken to.
  select 'doors_spoken_at', a.door_id, bool_or(a.result = any (contacts)), null::double precision,
         max(a.occurred_at), p.name
    from pass p
   cross join lateral effective_attempt(p.organization_id, p.id) a
   where p.organization_id = of_organization
     and a.occurred_at >= since and a.occurred_at < until
   group by p.id, p.name, a.door_id
   union all
  select 'conversations_with_issue', a.door_id,
         exists (
           select from issue_report r
            where r.organization_id = of_organization and r.door_id = a.door_id
              and r.raised_at >= since and r.raised_at < until),
         null, max(a.occurred_at), p.name
    from pass p
   cross join lateral effective_attempt(p.organization_id, p.id) a
   where p.organization_id = of_organization
     and a.occurred_at >= since and a.occurred_at < until
     and a.result = any (contacts)
   group by p.id, p.name, a.door_id
   union all
  -- Promises, by how they stand; those that are open with the days since their last update.
  select 'commitment_age_days', c.id, c.status in ('published', 'in_progress', 'stalled'),
         case when c.status in ('published', 'in_progress', 'stalled') then
           extract(epoch from at_instant - coalesce(max(u.created_at), c.published_at)) / 86400
         end,
         coalesce(max(u.created_at), c.published_at), c.status
    from commitment c
    left join commitment_update u on u.organization_id = c.organization_id
     and u.commitment_id = c.id
   where c.organization_id = of_organization and c.status <> 'draft'
   group by c.organization_id, c.id
   union all
  -- Places in shifts that were closed since, by whether a reminder was sent.
  select 'booked_came', g.id, g.state = 'attended', null, s.starts_at,
         case when exists (
           select from notification n
             join delivery d on d.organization_id = n.organization_id and d.notification_id = n.id
              and d.state in ('sent', 'delivered')
            where n.organization_id = of_organization and n.about = g.id
              and n.kind = 'shift_reminder') then 'reminded' else 'not_reminded' end
    from shift s
    join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
   where s.organization_id = of_organization
     and s.starts_at >= since and s.starts_at < until
     and s.status = 'closed'
     and g.state in ('attended', 'no_show')
     and g.check_in_how is distinct from 'walk_in'
   union all
  -- Guests who said that they come to what is over by now, by whether a reminder was sent.
  select 'rsvp_came', a.id, a.state = 'attended', null, e.starts_at,
         case when exists (
           select from letter l
            where l.organization_id = of_organization and l.about = a.id
              and l.kind = 'event_reminder' and l.state in ('sent', 'delivered'))
           then 'reminded' else 'not_reminded' end
    from public_event e
    join attendance a on a.organization_id = e.organization_id and a.event_id = e.event_id
   where e.organization_id = of_organization
     and e.starts_at >= since and e.starts_at < until and e.ends_at < at_instant
     and a.state in ('attended', 'no_show')
     and a.source <> 'walk_in'
   union all
  -- Who came for the first time, once 30 days are over or they came again.
  select 'second_shift', f.member_id,
         coalesce(f.second_shift_at <= f.first_shift_at + interval '30 days', false),
         extract(epoch from f.second_shift_at - f.first_shift_at) / 86400, f.first_shift_at, null
    from volunteer_fact f
   where f.organization_id = of_organization
     and f.first_shift_at >= since and f.first_shift_at < until
     and (f.first_shift_at + interval '30 days' <= at_instant or f.second_shift_at is not null)
   union all
  -- People on the lists, and whether they agreed to hear from us on a way that there is.
  select 'reachable', p.id,
         exists (
           select from consent c
            where c.organization_id = of_organization and c.person_id = p.id
              and c.withdrawn_at is null and c.given_at <= at_instant
              and c.expires_at > at_instant
              and c.purpose in ('follow_up', 'events', 'news')
              and (p.email is not null and coalesce(c.channel, 'email') = 'email'
                or p.phone is not null and coalesce(c.channel, 'phone')
                  in ('phone', 'sms', 'messenger')))
           and not exists (
             select from left_alone l
              where l.organization_id = of_organization
                and (l.person_id = p.id or l.person_id is null and l.door_id = h.door_id)),
         null, null::timestamptz, null
    from person p
    join household h on h.organization_id = p.organization_id and h.id = p.household_id
   where p.organization_id = of_organization and p.erased_at is null and p.merged_into is null
   union all
  -- Ballots of rounds counted by now, and whether one of their projects is funded.
  select 'voters_served', b.id,
         exists (
           select from jsonb_array_elements(b.choices) choice
            where r.result -> (r.result ->> 'rule') -> 'winners' @> (choice -> 0)),
         null, (r.result ->> 'counted_at')::timestamptz, r.slug
    from budget_round r
    join ballot b on b.organization_id = r.organization_id and b.round_id = r.id
   where r.organization_id = of_organization
     and r.result is not null
     and (r.result ->> 'counted_at')::timestamptz >= since
     and (r.result ->> 'counted_at')::timestamptz < until
   union all
  -- What people did who came by a link that somebody passed on, by who did.
  select 'brought_by_sharers', v.id, v.what in ('rsvp', 'slot', 'signup'), null, v.converted_at,
         m.id::text
    from share_conversion v
    join share_link l on l.organization_id = v.organization_id and l.id = v.link_id
    join member m on m.organization_id = l.organization_id and m.id = l.owner_id
   where v.organization_id = of_organization
     and v.converted_at >= since and v.converted_at < until;
end;
