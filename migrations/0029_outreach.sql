-- migrate:up
-- A rating stays below six, a party below seven.
-- squawk-ignore-file prefer-bigint-over-smallint
set local lock_timeout = '5s';

-- What an event is for people outside the organization: when they come, how many can, what came
-- of it. Volunteers' shifts may begin earlier and end later.
create table public_event (
  organization_id uuid not null references organization (id),
  event_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Whether people say beforehand that they come, and for how many there is room (null: for all).
  rsvp boolean not null,
  capacity integer constraint public_event_capacity_range check (capacity between 1 and 100000),
  agenda text not null default '' constraint public_event_agenda_length check (length(agenda) <= 3000),
  -- What came of it.
  outcome text not null default '' constraint public_event_outcome_length
    check (length(outcome) <= 5000),
  notes text not null default '' constraint public_event_notes_length check (length(notes) <= 5000),
  -- [{"who", "position"}]: groups and offices.
  spoke jsonb not null default '[]',
  -- The SEQUENCE of its calendar entry; its UID is the event's id.
  sequence integer not null default 0,
  -- Which sequence those who come were told of.
  told_sequence integer not null default 0,
  -- The next place in the order in which people asked.
  next_position bigint not null default 1,
  -- When reminders, feedback and no-shows were seen to.
  closed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (organization_id, event_id),
  constraint public_event_order check (ends_at > starts_at),
  foreign key (organization_id, event_id) references civic_event (organization_id, id)
);
create index public_event_open on public_event (organization_id, ends_at) where closed_at is null;
call make_tenant_table('public_event', 'select, insert, update');

-- A place that changes, a cancellation: calendars take no notice without a higher sequence.
create function raise_public_sequence() returns trigger
language plpgsql as $$
begin
  update public_event set sequence = sequence + 1, updated_at = now()
   where organization_id = new.organization_id and event_id = new.id;
  return null;
end
$$;
create trigger civic_event_changed_for_the_public after update on civic_event
  for each row when (old.place_id <> new.place_id
    or old.status <> new.status and new.status = 'cancelled')
  execute function raise_public_sequence();

-- A time to talk to somebody, for one party.
create table office_slot (
  organization_id uuid not null references organization (id),
  id uuid not null,
  event_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  with_whom text not null constraint office_slot_with_length
    check (length(with_whom) between 1 and 200),
  cancelled_at timestamptz,
  primary key (organization_id, id),
  constraint office_slot_order check (ends_at > starts_at),
  constraint office_slot_key unique (organization_id, event_id, starts_at, with_whom),
  foreign key (organization_id, event_id) references public_event (organization_id, event_id)
);
call make_tenant_table('office_slot', 'select, insert, update');

-- Somebody from outside who comes to an event, waits for a place, or came. Who was erased, and who
-- walked in without a word, are counted without a name.
create table attendance (
  organization_id uuid not null references organization (id),
  id uuid not null,
  event_id uuid not null,
  guest_id uuid,
  person_id uuid,
  slot_id uuid,
  state text not null constraint attendance_state_known check (state in
    ('invited', 'going', 'waitlisted', 'held', 'declined', 'confirmed', 'cancelled', 'attended',
     'no_show')),
  -- With how many they come, themselves among them.
  seats smallint not null constraint attendance_seats_range check (seats between 1 and 6),
  source text not null constraint attendance_source_known
    check (source in ('web', 'desk', 'invitation', 'walk_in')),
  position bigint not null,
  asked_at timestamptz not null default now(),
  held_until timestamptz,
  confirmed_at timestamptz,
  cancelled_at timestamptz,
  checked_in_at timestamptz,
  check_in_how text constraint attendance_check_in_how_known
    check (check_in_how in ('qr', 'desk', 'walk_in', 'phone')),
  checked_in_by uuid,
  primary key (organization_id, id),
  constraint attendance_of_one check (num_nonnulls(guest_id, person_id) <= 1),
  constraint attendance_held_until_when_held check ((state = 'held') = (held_until is not null)),
  constraint attendance_checked_in check ((state = 'attended') = (checked_in_at is not null)),
  foreign key (organization_id, event_id) references public_event (organization_id, event_id),
  foreign key (organization_id, guest_id) references guest (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id),
  foreign key (organization_id, slot_id) references office_slot (organization_id, id),
  foreign key (organization_id, checked_in_by) references member (organization_id, id)
);
-- One live attendance of somebody at an event, and one party in a slot.
create unique index attendance_guest_key on attendance (organization_id, event_id, guest_id)
  where guest_id is not null and state not in ('cancelled', 'declined');
create unique index attendance_person_key on attendance (organization_id, event_id, person_id)
  where person_id is not null and state not in ('cancelled', 'declined');
create unique index attendance_slot_key on attendance (organization_id, slot_id)
  where slot_id is not null and state not in ('cancelled', 'declined');
create index attendance_order on attendance (organization_id, event_id, position);
create index attendance_guest on attendance (organization_id, guest_id) where guest_id is not null;
create index attendance_person on attendance (organization_id, person_id)
  where person_id is not null;
create index attendance_held on attendance (organization_id, held_until) where state = 'held';
call make_tenant_table('attendance', 'select, insert, update');

-- A conversation at a stall or in a hall, without a door.
create table stall_contact (
  organization_id uuid not null references organization (id),
  id uuid not null,
  event_id uuid not null,
  result text not null constraint stall_contact_result_known
    check (result in ('talked', 'took_leaflet', 'declined', 'wants_more')),
  topic_id uuid,
  minutes smallint not null constraint stall_contact_minutes_range check (minutes between 0 and 240),
  -- Who left their address, because they wanted to.
  guest_id uuid,
  issue_id uuid,
  recorded_by uuid not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  payload_hash bytea not null,
  primary key (organization_id, id),
  foreign key (organization_id, event_id) references civic_event (organization_id, id),
  foreign key (organization_id, topic_id) references issue_topic (organization_id, id),
  foreign key (organization_id, guest_id) references guest (organization_id, id),
  foreign key (organization_id, issue_id) references issue_report (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id)
);
create index stall_contact_event on stall_contact (organization_id, event_id);
create index stall_contact_guest on stall_contact (organization_id, guest_id)
  where guest_id is not null;
call make_tenant_table('stall_contact', 'select, insert, update');

-- How it was, once of each who came.
create table event_feedback (
  organization_id uuid not null references organization (id),
  attendance_id uuid not null,
  rating smallint not null constraint event_feedback_rating_range check (rating between 1 and 5),
  good text not null constraint event_feedback_good_length check (length(good) <= 2000),
  change text not null constraint event_feedback_change_length check (length(change) <= 2000),
  given_at timestamptz not null default now(),
  primary key (organization_id, attendance_id),
  foreign key (organization_id, attendance_id) references attendance (organization_id, id)
);
call make_tenant_table('event_feedback', 'select, insert, update');

-- What an event led to.
create table event_result (
  organization_id uuid not null references organization (id),
  id bigint not null generated always as identity,
  event_id uuid not null,
  commitment_id uuid,
  decision_id uuid,
  primary key (organization_id, id),
  constraint event_result_key unique nulls not distinct
    (organization_id, event_id, commitment_id, decision_id),
  constraint event_result_one check (num_nonnulls(commitment_id, decision_id) = 1),
  foreign key (organization_id, event_id) references public_event (organization_id, event_id),
  foreign key (organization_id, commitment_id) references commitment (organization_id, id),
  foreign key (organization_id, decision_id) references decision (organization_id, id)
);
call make_tenant_table('event_result', 'select, insert');

-- An event as the public sees it: of one that says nothing else, when its shifts are.
create view event_seen with (security_invoker = true) as
select e.organization_id, e.id, e.kind, e.title, e.summary, e.topic, e.briefing_url, e.slug,
       e.status, e.public and e.published_at is not null as listed, e.cancelled_reason,
       e.published_at, e.time_zone, e.place_id, p.name as place_name, p.address, p.lon, p.lat,
       coalesce(o.starts_at, s.starts_at) as starts_at, coalesce(o.ends_at, s.ends_at) as ends_at,
       coalesce(o.rsvp, false) as rsvp, o.capacity, coalesce(t.taken_count, 0) as taken_count,
       coalesce(o.agenda, '') as agenda, coalesce(o.outcome, '') as outcome,
       coalesce(o.notes, '') as notes, coalesce(o.spoke, '[]') as spoke,
       coalesce(o.sequence, s.sequence, 0) as sequence,
       greatest(e.published_at, o.updated_at, s.updated_at) as updated_at
  from civic_event e
  join place p on p.organization_id = e.organization_id and p.id = e.place_id
  left join public_event o on o.organization_id = e.organization_id and o.event_id = e.id
  left join lateral (
    select min(f.starts_at) as starts_at, max(f.ends_at) as ends_at,
           sum(f.sequence)::integer as sequence, max(f.updated_at) as updated_at
      from shift f
     where f.organization_id = e.organization_id and f.event_id = e.id
       and (f.status <> 'cancelled' or e.status = 'cancelled')) s on true
  left join lateral (
    select sum(a.seats)::integer as taken_count
      from attendance a
     where a.organization_id = e.organization_id and a.event_id = e.id and a.slot_id is null
       and a.state in ('going', 'held', 'confirmed', 'attended')) t on true;
grant select on event_seen to doorstep_request;

-- Who is erased leaves a number at what they came to; what they had not come to yet is given up.
create function forget_attendances() returns trigger
language plpgsql as $$
begin
  update event_feedback f set good = '', change = ''
    from attendance a
   where f.organization_id = new.organization_id
     and a.organization_id = f.organization_id and a.id = f.attendance_id
     and (a.guest_id = new.id or a.person_id = new.id);
  update attendance
     set guest_id = null, person_id = null, held_until = null,
         state = case when state in ('invited', 'going', 'waitlisted', 'held', 'confirmed')
                   then 'cancelled' else state end
   where organization_id = new.organization_id and (guest_id = new.id or person_id = new.id);
  update stall_contact set guest_id = null
   where organization_id = new.organization_id and guest_id = new.id;
  return null;
end
$$;
create trigger person_erased_forget_attendances after update of erased_at on person
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_attendances();
create trigger guest_erased_forget_attendances after update of erased_at on guest
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_attendances();
