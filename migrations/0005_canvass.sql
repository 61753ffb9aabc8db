-- migrate:up
set local lock_timeout = '5s';

-- Everything that happened at a door, as the phone told it. Rows are never changed by a phone:
-- a correction or an undo is an event of its own.
create table contact_event (
  organization_id uuid not null references organization (id),
  -- Made by the phone (UUIDv7): the same id always means the same event.
  id uuid not null,
  seq bigint not null,
  kind text not null constraint contact_event_kind_known
    check (kind in ('attempt', 'answer', 'note', 'correct', 'void', 'unknown')),
  status text not null constraint contact_event_status_known
    check (status in ('accepted', 'needs_review')),
  review_reason text,
  -- The event corrected or undone. It may arrive later than this one: no foreign key.
  target_id uuid,
  turf_id uuid,
  pass_id uuid,
  door_id uuid,
  building_id uuid,
  person_id uuid,
  member_id uuid not null,
  device_id uuid not null,
  -- The phone's clock corrected by its offset, never after received_at.
  occurred_at timestamptz not null,
  -- The phone's clock as it was.
  recorded_at timestamptz not null,
  received_at timestamptz not null,
  clock_offset_ms bigint not null,
  payload jsonb not null,
  payload_hash bytea not null,
  primary key (organization_id, id),
  constraint contact_event_reviewed check ((status = 'needs_review') = (review_reason is not null)),
  foreign key (organization_id, turf_id) references turf (organization_id, id),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, building_id) references building (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
create unique index contact_event_seq_key on contact_event (organization_id, seq);
create index contact_event_door on contact_event (organization_id, door_id, pass_id);
create index contact_event_building on contact_event (organization_id, building_id, pass_id)
  where building_id is not null;
create index contact_event_target on contact_event (organization_id, target_id)
  where target_id is not null;
-- Replies that came before what they reply to: few, and looked for with every batch.
create index contact_event_early on contact_event (organization_id, target_id)
  where target_id is not null and door_id is null and building_id is null;
create index contact_event_pass on contact_event (organization_id, pass_id, occurred_at);
call make_tenant_table('contact_event', 'select, insert, update');

-- A second event under an id already taken: the first stands, this one waits for an organizer.
create table event_conflict (
  organization_id uuid not null references organization (id),
  event_id uuid not null,
  payload_hash bytea not null,
  payload jsonb not null,
  member_id uuid not null,
  device_id uuid not null,
  received_at timestamptz not null,
  primary key (organization_id, event_id, payload_hash),
  foreign key (organization_id, event_id) references contact_event (organization_id, id)
    deferrable initially deferred,
  foreign key (organization_id, member_id) references member (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
call make_tenant_table('event_conflict', 'select, insert');

-- What people said. Kept apart from the events, so that it can be forgotten without rewriting
-- history. A sensitive answer cannot exist without its consent.
create table survey_answer (
  organization_id uuid not null references organization (id),
  -- The answer, or the correction that carries another value for it.
  event_id uuid not null,
  -- The event at the root of corrections: one answer given at a door.
  answer_id uuid not null,
  -- Whether this value counts: neither undone nor corrected by a later one.
  standing boolean not null,
  pass_id uuid not null,
  door_id uuid not null,
  script_id uuid not null,
  script_version integer not null,
  question_key text not null,
  value jsonb not null,
  sensitive boolean not null,
  consent_id uuid,
  primary key (organization_id, event_id),
  constraint survey_answer_consented check (not sensitive or consent_id is not null),
  -- Deferred: events are written by the last statement of their transaction.
  foreign key (organization_id, event_id) references contact_event (organization_id, id)
    deferrable initially deferred,
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id),
  foreign key (organization_id, script_id, script_version)
    references script_version (organization_id, script_id, version),
  foreign key (organization_id, consent_id) references consent (organization_id, id)
);
create index survey_answer_pass on survey_answer (organization_id, pass_id) where standing;
create index survey_answer_answer on survey_answer (organization_id, answer_id);
call make_tenant_table('survey_answer', 'select, insert, update, delete');

-- Where a door stands in a pass: computed from its events, in the same transaction.
create table door_state (
  organization_id uuid not null references organization (id),
  pass_id uuid not null,
  door_id uuid not null,
  status text not null,
  last_result text,
  last_attempt_at timestamptz,
  attempts_count integer not null,
  contacts_count integer not null,
  do_not_contact boolean not null,
  latest_event_id uuid,
  -- Not to be knocked again in this pass; algorithms.projecting says the same.
  done boolean not null generated always as (do_not_contact or status in
    ('canvassed', 'refused', 'moved', 'deceased', 'do_not_contact')) stored,
  primary key (organization_id, pass_id, door_id),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, door_id) references door (organization_id, id)
);
call make_tenant_table('door_state', 'select, insert, update');

-- A turf as lists show it: how far it is, and who holds it now.
create view turf_summary with (security_invoker = true) as
select t.organization_id, t.id, t.pass_id, p.campaign_id, t.name, t.status, t.version,
       counts.doors_count, counts.done_count, t.walk_m, t.created_at, t.published_at,
       t.archived_at, holding.holders, t.polygon
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
grant select on turf_summary to doorstep_request;
