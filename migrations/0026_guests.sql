-- migrate:up
set local lock_timeout = '5s';

-- Somebody without an account who gave a name and an e-mail address on a public page. Whoever is
-- erased leaves an empty row, so that what they came to still counts.
create table guest (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null default '' constraint guest_name_length check (length(name) <= 200),
  email text constraint guest_email_format
    check (length(email) between 3 and 254 and email like '%_@_%'),
  language text constraint guest_language_length check (length(language) between 2 and 10),
  -- On what occasion they came first.
  source text not null constraint guest_source_known
    check (source in ('rsvp', 'slot', 'survey', 'issue', 'signup', 'proposal')),
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  -- Since when it is known that the address is theirs.
  confirmed_at timestamptz,
  -- Since when a letter is due that asks them to confirm.
  asks_at timestamptz,
  asked_at timestamptz,
  -- How often they were asked and did not confirm.
  asked_count integer not null default 0,
  -- Another address that they want instead, until they confirm it.
  new_email text constraint guest_new_email_format
    check (length(new_email) between 3 and 254 and new_email like '%_@_%'),
  -- Who they are on the lists, once an organizer said so.
  person_id uuid,
  linked_by uuid,
  erased_at timestamptz,
  primary key (organization_id, id),
  constraint guest_erased_whole check (case when erased_at is null
    then email is not null and name <> ''
    else num_nonnulls(email, new_email, language, person_id, asks_at) = 0 and name = '' end),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete set null (person_id),
  foreign key (organization_id, linked_by) references member (organization_id, id)
);
create unique index guest_email_key on guest (organization_id, lower(email))
  where erased_at is null;
create index guest_person on guest (organization_id, person_id) where person_id is not null;
create index guest_asks on guest (organization_id, asks_at) where asks_at is not null;
call make_tenant_table('guest', 'select, insert, update, delete');

-- What a guest allows, by e-mail. It counts from when they confirmed it by a letter.
create table guest_consent (
  organization_id uuid not null references organization (id),
  id uuid not null,
  guest_id uuid not null,
  purpose text not null constraint guest_consent_purpose_known
    check (purpose in ('follow_up', 'events', 'news')),
  -- In which words they were asked.
  wording text not null constraint guest_consent_wording_length
    check (length(wording) between 1 and 2000),
  wording_version integer,
  given_at timestamptz not null default now(),
  confirmed_at timestamptz,
  expires_at timestamptz,
  withdrawn_at timestamptz,
  primary key (organization_id, id),
  constraint guest_consent_expires check ((confirmed_at is null) = (expires_at is null)),
  foreign key (organization_id, guest_id) references guest (organization_id, id) on delete cascade,
  foreign key (organization_id, purpose, wording_version)
    references consent_wording (organization_id, purpose, version)
);
create unique index guest_consent_asked_key on guest_consent (organization_id, guest_id, purpose)
  where confirmed_at is null and withdrawn_at is null;
create index guest_consent_guest on guest_consent (organization_id, guest_id);
call make_tenant_table('guest_consent', 'select, insert, update');

-- Whether a guest allows letters of a purpose at an instant: confirmed, not taken back, not too old.
create function guest_consents_to(
  of_organization uuid, of_guest uuid, for_purpose text, at timestamptz
) returns boolean
language sql stable parallel safe
return exists (
  select from guest_consent c
   where c.organization_id = of_organization
     and c.guest_id = of_guest
     and c.purpose = for_purpose
     and c.confirmed_at <= at
     and c.expires_at > at
     and c.withdrawn_at is null);

-- That something was allowed stays on record, in nobody's words.
create function end_guest_consents() returns trigger
language plpgsql as $$
begin
  update guest_consent
     set wording = 'Erased.', withdrawn_at = coalesce(withdrawn_at, now())
   where organization_id = new.organization_id and guest_id = new.id;
  return null;
end
$$;
create trigger guest_erased_consents after update of erased_at on guest
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function end_guest_consents();
