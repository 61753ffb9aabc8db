-- migrate:up
set local lock_timeout = '5s';

-- A letter to one constituent. It holds no words and no address: both are put in when it is sent.
create table letter (
  organization_id uuid not null references organization (id),
  id uuid not null,
  kind text not null constraint letter_kind_known check (kind in
    ('confirm_email', 'own_page', 'ticket', 'place_free', 'event_changed', 'event_cancelled',
     'event_reminder', 'slot_booked', 'feedback', 'issue_received', 'survey_thanks',
     'proposal_received', 'mailing')),
  -- The event, booking, mailing ... Rooms above know which table that is: no foreign key.
  about uuid not null,
  person_id uuid,
  guest_id uuid,
  -- One letter of a key goes to a recipient, for ever.
  key text not null constraint letter_key_length check (length(key) between 1 and 200),
  -- For which purpose a consent is needed; null: an answer to what they did themselves.
  purpose text constraint letter_purpose_known check (purpose in ('follow_up', 'events', 'news')),
  -- Ids, states and counts.
  facts jsonb not null default '{}',
  state text not null default 'queued' constraint letter_state_known check (state in
    ('queued', 'sending', 'sent', 'delivered', 'failed', 'suppressed', 'unknown')),
  why text constraint letter_why_known check (why in
    ('erased', 'no_address', 'suppressed', 'left_alone', 'no_consent', 'bouncing', 'withdrawn',
     'expired', 'not_true', 'refused', 'bounced', 'not_reached', 'interrupted')),
  due_at timestamptz not null default now(),
  expires_at timestamptz,
  attempts_count integer not null default 0,
  created_at timestamptz not null default now(),
  tried_at timestamptz,
  sent_at timestamptz,
  ended_at timestamptz,
  primary key (organization_id, id),
  constraint letter_one_recipient check (num_nonnulls(person_id, guest_id) = 1),
  constraint letter_key unique nulls not distinct (organization_id, person_id, guest_id, key),
  constraint letter_why_not
    check ((state in ('failed', 'suppressed', 'unknown')) = (why is not null)),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete cascade,
  foreign key (organization_id, guest_id) references guest (organization_id, id)
    on delete cascade
);
create index letter_due on letter (organization_id, due_at)
  where state in ('queued', 'sending', 'sent');
create index letter_about on letter (organization_id, about);
create index letter_guest on letter (organization_id, guest_id) where guest_id is not null;
call make_tenant_table('letter', 'select, insert, update');

-- Addresses from which letters come back, as keyed hashes: nothing is sent there until its owner
-- confirms it anew.
create table bouncing_address (
  organization_id uuid not null references organization (id),
  hash bytea not null,
  since timestamptz not null default now(),
  primary key (organization_id, hash)
);
call make_tenant_table('bouncing_address', 'select, insert, delete');

-- Why a letter may not go to somebody at an instant, as far as the database alone knows; null: it
-- may. People are known by who they are now: whoever calls sees those who were merged.
create function letter_refusal(
  of_organization uuid, of_person uuid, of_guest uuid, for_purpose text, at_instant timestamptz
) returns text
language sql stable
begin atomic
  select case
           when p.erased_at is not null then 'erased'
           when p.email is null then 'no_address'
           when exists (
             select from suppressed_person s
              where s.organization_id = of_organization and s.person_id = p.id) then 'suppressed'
           when for_purpose is null then null
           when exists (
             select from left_alone a
              where a.organization_id = of_organization
                and (a.person_id = p.id or a.person_id is null and a.door_id = h.door_id))
             then 'left_alone'
           when not consents_to(of_organization, p.id, for_purpose, 'email', at_instant)
             then 'no_consent' end
    from person p
    join household h on h.organization_id = p.organization_id and h.id = p.household_id
   where p.organization_id = of_organization and p.id = of_person
   union all
  select case
           when g.erased_at is not null then 'erased'
           when for_purpose is not null
             and not guest_consents_to(of_organization, g.id, for_purpose, at_instant)
             then 'no_consent' end
    from guest g
   where g.organization_id = of_organization and g.id = of_guest;
end;

create policy works on letter for select to doorstep_worker using (true);
grant select (organization_id, state, due_at) on letter to doorstep_worker;
create policy works on guest for select to doorstep_worker using (true);
grant select (organization_id, asks_at) on guest to doorstep_worker;
