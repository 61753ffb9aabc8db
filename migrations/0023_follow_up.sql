-- migrate:up
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
set local lock_timeout = '5s';

alter table retention_rule
  drop constraint retention_rule_kind_known,
  add constraint retention_rule_kind_known check (kind in
    ('person_unseen', 'note_text', 'answer_identified', 'consent_expired', 'import_file',
     'issue_text'));

-- What issues are about, who takes them on, and how long that may take.
create table issue_topic (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint issue_topic_name_length check (length(name) between 1 and 200),
  -- The owner of new cases: this member, or of those with this role who has the fewest.
  owner_member_id uuid,
  owner_role text constraint issue_topic_owner_role_known
    check (owner_role in ('owner', 'organizer', 'coordinator', 'caseworker')),
  due_days integer not null constraint issue_topic_due_days_range check (due_days between 0 and 730),
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (organization_id, id),
  constraint issue_topic_one_owner check (num_nonnulls(owner_member_id, owner_role) = 1),
  foreign key (organization_id, owner_member_id) references member (organization_id, id)
);
create unique index issue_topic_name_key on issue_topic (organization_id, lower(name))
  where archived_at is null;
call make_tenant_table('issue_topic', 'select, insert, update');

-- What is done about an issue, from being raised until everybody who raised it was told.
create table issue_case (
  organization_id uuid not null references organization (id),
  id uuid not null,
  topic_id uuid not null,
  status text not null constraint issue_case_status_known check (status in
    ('new', 'assigned', 'in_progress', 'waiting', 'resolved', 'told', 'confirmed', 'reopened')),
  owner_id uuid,
  due_on date not null,
  -- How often it was reopened. Each time, everybody is to be told anew.
  round integer not null default 0,
  outcome text constraint issue_case_outcome_known
    check (outcome in ('fixed', 'answered', 'referred', 'declined', 'duplicate')),
  reason text constraint issue_case_reason_length check (length(trim(reason)) between 1 and 2000),
  duplicate_of_id uuid,
  created_at timestamptz not null default now(),
  first_owned_at timestamptz,
  resolved_at timestamptz,
  told_at timestamptz,
  confirmed_at timestamptz,
  primary key (organization_id, id),
  constraint issue_case_owned check (status = 'new' or owner_id is not null),
  constraint issue_case_resolved_whole check (
    num_nonnulls(outcome, reason, resolved_at)
      = case when status in ('resolved', 'told', 'confirmed') then 3 else 0 end),
  constraint issue_case_duplicate_of_another check (duplicate_of_id <> id),
  foreign key (organization_id, topic_id) references issue_topic (organization_id, id),
  foreign key (organization_id, owner_id) references member (organization_id, id),
  foreign key (organization_id, duplicate_of_id) references issue_case (organization_id, id)
);
create index issue_case_owner on issue_case (organization_id, owner_id, due_on)
  where status not in ('resolved', 'told', 'confirmed');
create index issue_case_resolved on issue_case (organization_id) where status = 'resolved';
call make_tenant_table('issue_case', 'select, insert, update');

-- What somebody raised, in their words. Its id is made by the phone: it means one report for ever.
create table issue_report (
  organization_id uuid not null references organization (id),
  id uuid not null,
  case_id uuid not null,
  topic_id uuid not null,
  source text not null constraint issue_report_source_known
    check (source in ('door', 'survey', 'event', 'web', 'phone')),
  -- The visit it was raised at, or the answer it was raised with. It may arrive later than this:
  -- no foreign key.
  contact_event_id uuid,
  civic_event_id uuid,
  door_id uuid,
  person_id uuid,
  text text not null constraint issue_report_text_length check (length(text) <= 4000),
  recorded_by uuid not null,
  raised_at timestamptz not null,
  received_at timestamptz not null default now(),
  payload_hash bytea not null,
  primary key (organization_id, id),
  constraint issue_report_at_door check (source <> 'door' or door_id is not null),
  foreign key (organization_id, case_id) references issue_case (organization_id, id),
  foreign key (organization_id, topic_id) references issue_topic (organization_id, id),
  foreign key (organization_id, civic_event_id) references civic_event (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id)
);
create index issue_report_case on issue_report (organization_id, case_id);
create index issue_report_person on issue_report (organization_id, person_id)
  where person_id is not null;
create index issue_report_door on issue_report (organization_id, door_id) where door_id is not null;
create index issue_report_recorded_by on issue_report (organization_id, recorded_by);
call make_tenant_table('issue_report', 'select, insert, update');

-- The history of a case: only ever added to, but that words about somebody erased are emptied.
create table case_change (
  organization_id uuid not null references organization (id),
  id bigint not null generated always as identity,
  case_id uuid not null,
  kind text not null constraint case_change_kind_known check (kind in
    ('raised', 'assigned', 'moved', 'resolved', 'told', 'confirmed', 'reopened', 'merged',
     'committed')),
  status_before text,
  status_after text not null,
  reason text not null default '' constraint case_change_reason_length
    check (length(reason) <= 2000),
  -- A member, or somebody who raised it, or (neither) the program.
  member_id uuid,
  person_id uuid,
  -- The other case of a merge, the new owner, the commitment.
  other_id uuid,
  at timestamptz not null default clock_timestamp(),
  primary key (organization_id, id),
  constraint case_change_by_one check (num_nonnulls(member_id, person_id) <= 1),
  foreign key (organization_id, case_id) references issue_case (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id)
);
create index case_change_case on case_change (organization_id, case_id, id);
call make_tenant_table('case_change', 'select, insert');
grant update (reason) on case_change to doorstep_request;

-- What staff note for each other; volunteers and raisers never see it.
create table case_note (
  organization_id uuid not null references organization (id),
  id uuid not null,
  case_id uuid not null,
  text text not null constraint case_note_text_length check (length(text) <= 4000),
  written_by uuid not null,
  written_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, case_id) references issue_case (organization_id, id),
  foreign key (organization_id, written_by) references member (organization_id, id)
);
create index case_note_case on case_note (organization_id, case_id, written_at);
call make_tenant_table('case_note', 'select, insert, update');

-- A door to go back to, because somebody there cannot be told otherwise.
create table revisit (
  organization_id uuid not null references organization (id),
  id uuid not null,
  door_id uuid not null,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id)
);
create unique index revisit_open_key on revisit (organization_id, door_id) where done_at is null;
call make_tenant_table('revisit', 'select, insert, update');

-- A message to one person about what became of their issues. It holds no words and no address:
-- both are put in when it is sent.
create table case_notice (
  organization_id uuid not null references organization (id),
  id uuid not null,
  person_id uuid not null,
  channel text not null constraint case_notice_channel_known check (channel in ('email', 'phone')),
  state text not null default 'queued' constraint case_notice_state_known
    check (state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'suppressed')),
  why text constraint case_notice_why_known check (why in
    ('erased', 'left_alone', 'withdrew', 'no_consent', 'refused', 'bounced', 'not_reached',
     'interrupted')),
  attempts_count integer not null default 0,
  retry_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  ended_at timestamptz,
  primary key (organization_id, id),
  constraint case_notice_why_not check ((state in ('failed', 'suppressed')) = (why is not null)),
  constraint case_notice_ended
    check ((state in ('delivered', 'failed', 'suppressed')) = (ended_at is not null)),
  foreign key (organization_id, person_id) references person (organization_id, id)
);
create index case_notice_waiting on case_notice (organization_id, retry_at)
  where state in ('queued', 'sending', 'sent');
create index case_notice_person on case_notice (organization_id, person_id);
call make_tenant_table('case_notice', 'select, insert, update');

-- By what one who raised a case (a person, or a door where nobody is known) is told of its end; one
-- more where the first way failed.
create table case_telling (
  organization_id uuid not null references organization (id),
  id uuid not null,
  case_id uuid not null,
  round integer not null,
  person_id uuid,
  door_id uuid,
  notice_id uuid,
  revisit_id uuid,
  -- Why they are not told at all.
  suppressed text constraint case_telling_suppressed_known
    check (suppressed in ('erased', 'left_alone', 'withdrew')),
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint case_telling_key unique nulls not distinct
    (organization_id, case_id, round, person_id, door_id, notice_id, revisit_id),
  constraint case_telling_one check (num_nonnulls(person_id, door_id) = 1),
  constraint case_telling_somehow check (num_nonnulls(notice_id, revisit_id, suppressed) = 1),
  foreign key (organization_id, case_id) references issue_case (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, notice_id) references case_notice (organization_id, id),
  foreign key (organization_id, revisit_id) references revisit (organization_id, id)
);
create index case_telling_notice on case_telling (organization_id, notice_id);
create index case_telling_revisit on case_telling (organization_id, revisit_id);
call make_tenant_table('case_telling', 'select, insert');

-- Who raised a case: a person (of those merged, who they are now), or else a door.
create view case_raiser with (security_invoker = true) as
select distinct r.organization_id, r.case_id, coalesce(p.merged_into, r.person_id) as person_id,
       case when r.person_id is null then r.door_id end as door_id
  from issue_report r
  left join person p on p.organization_id = r.organization_id and p.id = r.person_id
 where num_nonnulls(r.person_id, r.door_id) > 0;
grant select on case_raiser to doorstep_request;

-- Whether each who raised a case that is resolved knows how it ended: a message that arrived, a
-- visit that was made, or the reason why they are left alone. Sent is not told.
create view raiser_told with (security_invoker = true) as
select r.organization_id, r.case_id, k.round, r.person_id, r.door_id, k.resolved_at,
       coalesce(t.told, false) as told, coalesce(t.under_way, false) as under_way
  from case_raiser r
  join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
  left join lateral (
    select bool_or(t.suppressed is not null or coalesce(n.state in ('delivered', 'suppressed'), false)
             or v.done_at is not null) as told,
           bool_or(v.id is not null and v.done_at is null
             or coalesce(n.state in ('queued', 'sending', 'sent'), false)) as under_way
      from case_telling t
      left join person p on p.organization_id = t.organization_id and p.id = t.person_id
      left join case_notice n on n.organization_id = t.organization_id and n.id = t.notice_id
      left join revisit v on v.organization_id = t.organization_id and v.id = t.revisit_id
     where t.organization_id = r.organization_id
       and t.case_id = r.case_id
       and t.round = k.round
       and coalesce(p.merged_into, t.person_id) is not distinct from r.person_id
       and t.door_id is not distinct from r.door_id) t on true
 where k.status in ('resolved', 'told', 'confirmed') and k.duplicate_of_id is null;
grant select on raiser_told to doorstep_request;

-- By what a person may be told of their case at an instant, and where they live: a channel they
-- consented to, a visit, or why they are left alone.
create function person_reach(of_organization uuid, of_person uuid, at_instant timestamptz)
returns table (how text, home_id uuid)
language sql stable
begin atomic
  select case
           when p.erased_at is not null then 'erased'
           when exists (
             select from left_alone a
              where a.organization_id = of_organization
                and (a.person_id = p.id or a.person_id is null and a.door_id = h.door_id))
             then 'left_alone'
           when not consents_to(of_organization, p.id, 'follow_up', null, at_instant) and exists (
             select from consent c
              where c.organization_id = of_organization
                and c.person_id = p.id
                and c.purpose = 'follow_up'
                and c.channel is null
                and c.withdrawn_at is not null)
             then 'withdrew'
           when p.email is not null and tried.email is null
             and consents_to(of_organization, p.id, 'follow_up', 'email', at_instant) then 'email'
           when p.phone is not null and tried.phone is null
             and consents_to(of_organization, p.id, 'follow_up', 'phone', at_instant) then 'phone'
           else 'revisit' end,
         h.door_id
    from person p
    join household h on h.organization_id = p.organization_id and h.id = p.household_id
   -- What failed for what is open now is not tried again by the same way.
   cross join lateral (
     select bool_or(true) filter (where n.channel = 'email') as email,
            bool_or(true) filter (where n.channel = 'phone') as phone
       from case_notice n
       join case_telling t on t.organization_id = n.organization_id and t.notice_id = n.id
       join issue_case k on k.organization_id = t.organization_id and k.id = t.case_id
      where n.organization_id = of_organization
        and n.person_id = p.id
        and n.state = 'failed'
        and k.status = 'resolved'
        and t.round = k.round) tried
   where p.organization_id = of_organization and p.id = of_person;
end;

-- The rows behind the figures of follow-up: of each figure the things it looks at, whether a thing
-- counts, and the number it has. Figures add these up, so they cannot say otherwise.
create function follow_up_row(of_organization uuid, at_instant timestamptz)
returns table (figure text, thing_id uuid, counted boolean, value double precision,
               happened_at timestamptz)
language sql stable
begin atomic
  select 'raisers_told', coalesce(t.person_id, t.door_id), bool_and(t.told),
         null::double precision, max(t.resolved_at)
    from raiser_told t
   where t.organization_id = of_organization
   group by coalesce(t.person_id, t.door_id)
   union all
  select 'hours_to_first_owner', k.id, true,
         extract(epoch from k.first_owned_at - k.created_at) / 3600, k.first_owned_at
    from issue_case k
   where k.organization_id = of_organization and k.first_owned_at is not null
   union all
  select 'age_days', k.id, true, extract(epoch from at_instant - k.created_at) / 86400, k.created_at
    from issue_case k
   where k.organization_id = of_organization
     and k.status not in ('resolved', 'told', 'confirmed')
   union all
  select 'within_due', k.id, (k.resolved_at at time zone o.time_zone)::date <= k.due_on, null,
         k.resolved_at
    from issue_case k
    join organization o on o.id = k.organization_id
   where k.organization_id = of_organization
     and k.resolved_at is not null
     and k.duplicate_of_id is null
   union all
  select 'reopened', k.id, k.round > 0, null, k.created_at
    from issue_case k
   where k.organization_id = of_organization
     and (k.round > 0 or k.resolved_at is not null)
     and k.duplicate_of_id is null;
end;
