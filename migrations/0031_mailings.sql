-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- Letters that are written again and again. Their words are in versions, which never change.
create table letter_template (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint letter_template_name_length check (length(name) between 1 and 200),
  newest_version integer not null,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (organization_id, id)
);
create unique index letter_template_name_key on letter_template (organization_id, lower(name))
  where archived_at is null;
call make_tenant_table('letter_template', 'select, insert, update');

create table letter_template_version (
  organization_id uuid not null references organization (id),
  template_id uuid not null,
  version integer not null,
  -- [{"language", "subject", "body"}]
  texts jsonb not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, template_id, version),
  foreign key (organization_id, template_id) references letter_template (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('letter_template_version', 'select, insert');
create trigger letter_template_version_unchanged
  before update or delete or truncate on letter_template_version
  for each statement execute function refuse_change();

-- One letter to many. How far it is follows from these instants and from its letters.
create table mailing (
  organization_id uuid not null references organization (id),
  id uuid not null,
  title text not null constraint mailing_title_length check (length(title) between 1 and 200),
  -- One more with each change: what was previewed or approved is a revision.
  revision integer not null default 1,
  template_id uuid not null,
  template_version integer not null,
  purpose text not null
    constraint mailing_purpose_known check (purpose in ('follow_up', 'events', 'news')),
  -- {"universe_id", "guests": {"sources"}, "attendees": {"civic_event_id", "states"}}
  segment jsonb not null,
  civic_event_id uuid,
  sender text not null constraint mailing_sender_length check (length(sender) <= 100),
  per_minute integer not null
    constraint mailing_per_minute_range check (per_minute between 1 and 1000),
  once_per_address boolean not null,
  send_at timestamptz,
  written_by uuid not null,
  created_at timestamptz not null default now(),
  previewed_revision integer,
  previewed_at timestamptz,
  approved_by uuid,
  approved_at timestamptz,
  recipients_count integer,
  -- Why others of the segment got none: reason → how many.
  left_out jsonb not null default '{}',
  stopped_by uuid,
  stopped_at timestamptz,
  primary key (organization_id, id),
  constraint mailing_previewed_whole check (num_nonnulls(previewed_revision, previewed_at) in (0, 2)),
  constraint mailing_approved_whole
    check (num_nonnulls(approved_by, approved_at, recipients_count) in (0, 3)),
  constraint mailing_stopped_whole check (num_nonnulls(stopped_by, stopped_at) in (0, 2)),
  foreign key (organization_id, template_id, template_version)
    references letter_template_version (organization_id, template_id, version),
  foreign key (organization_id, civic_event_id) references civic_event (organization_id, id),
  foreign key (organization_id, written_by) references member (organization_id, id),
  foreign key (organization_id, approved_by) references member (organization_id, id),
  foreign key (organization_id, stopped_by) references member (organization_id, id)
);
call make_tenant_table('mailing', 'select, insert, update');

-- Members whose first name letters may say to those whom they listened to.
create table letter_naming (
  organization_id uuid not null references organization (id),
  member_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, member_id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
call make_tenant_table('letter_naming', 'select, insert, delete');

-- Mailings and how far they are.
create view mailing_standing with (security_invoker = true) as
select m.organization_id, m.id, m.title, m.revision, m.template_id, m.template_version, m.purpose,
       m.segment, m.civic_event_id, m.sender, m.per_minute, m.once_per_address, m.send_at, m.written_by,
       m.created_at, m.previewed_at, m.approved_by, m.approved_at, m.recipients_count, m.left_out,
       m.stopped_by, m.stopped_at,
       case
         when m.stopped_at is not null then 'stopped'
         when m.approved_at is null then
           case m.previewed_revision when m.revision then 'previewed' else 'draft' end
         when m.send_at > now() then 'approved'
         when exists (
           select from letter l
            where l.organization_id = m.organization_id
              and l.about = m.id
              and l.state in ('queued', 'sending')) then 'sending'
         else 'sent' end as status
  from mailing m;
grant select on mailing_standing to doorstep_request;

-- What people and guests raised (of those known to be a person, that person), who listened where
-- they may be named, and the newest word on it: why it was resolved as it was, or on the commitment
-- it led to.
create view raised_by with (security_invoker = true) as
select r.organization_id, r.id,
       coalesce(p.merged_into, r.person_id, g.person_id, r.guest_id) as raiser_id, r.raised_at,
       t.name as topic, k.status not in ('resolved', 'told', 'confirmed') as open,
       case when n.member_id is not null and m.erased_at is null
         then split_part(m.name, ' ', 1) end as listener,
       case when u.created_at > coalesce(k.resolved_at, '-infinity') then u.reason
         else k.reason end as reason,
       greatest(u.created_at, k.resolved_at) as reasoned_at
  from issue_report r
  join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
  join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
  left join person p on p.organization_id = r.organization_id and p.id = r.person_id
  left join guest g on g.organization_id = r.organization_id and g.id = r.guest_id
  left join member m on m.organization_id = r.organization_id and m.id = r.recorded_by
  left join letter_naming n on n.organization_id = m.organization_id and n.member_id = m.id
  left join lateral (
    select c.reason, c.created_at
      from commitment_update c
     where c.organization_id = k.organization_id
       and c.commitment_id = k.commitment_id
       and c.status_after <> 'draft'
     order by c.number desc
     limit 1) u on true;
grant select on raised_by to doorstep_request;
