-- migrate:up
-- Constraints are exchanged for ones that say more, and indexes made, while the server is down.
-- squawk-ignore-file ban-drop-constraint, ban-drop-not-null, constraint-missing-not-valid
-- squawk-ignore-file adding-foreign-key-constraint, adding-not-nullable-field
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- Who did what with people's data: ids only, never a personal word. Each entry holds the hash of
-- the one before, so that none can be altered or left out unseen.
create table audit_entry (
  organization_id uuid not null references organization (id),
  seq bigint not null,
  at timestamptz not null,
  -- Null where the program acted by itself, or at the command line.
  actor_id uuid,
  action text not null
    constraint audit_entry_action_format check (action ~ '^[a-z][a-z_.]{0,59}$'),
  ids uuid[] not null,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (organization_id, seq),
  foreign key (organization_id, actor_id) references member (organization_id, id)
);
create index audit_entry_ids on audit_entry using gin (ids);
call make_tenant_table('audit_entry', 'select');
-- Place, time and hashes are the trigger's to write.
grant insert (organization_id, actor_id, action, ids) on audit_entry to doorstep_request;

create function audit_hash(
  organization_id uuid, seq bigint, at timestamptz, actor_id uuid, action text, ids uuid[],
  previous_hash bytea
) returns bytea
language sql stable parallel safe
return sha256(convert_to(concat_ws('|',
  organization_id, seq, (extract(epoch from at) * 1000000)::bigint, coalesce(actor_id::text, ''),
  action, array_to_string(ids, ','), encode(previous_hash, 'hex')), 'UTF8'));

-- One writer at a time in each organization: who comes second waits for the first to commit.
create function seal_audit_entry() returns trigger
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(new.organization_id::text, 12));
  select e.seq + 1, e.hash
    into new.seq, new.previous_hash
    from audit_entry e
   where e.organization_id = new.organization_id
   order by e.seq desc
   limit 1;
  new.seq := coalesce(new.seq, 1);
  new.previous_hash := coalesce(new.previous_hash, '');
  new.at := clock_timestamp();
  new.hash := audit_hash(
    new.organization_id, new.seq, new.at, new.actor_id, new.action, new.ids, new.previous_hash);
  return new;
end
$$;
create trigger audit_entry_sealed before insert on audit_entry
  for each row execute function seal_audit_entry();

create function refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception 'Entries of % are never changed.', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_entry_unchanged before update or delete or truncate on audit_entry
  for each statement execute function refuse_change();

-- For how long a consent holds unless it says otherwise.
alter table organization add column consent_months integer not null default 12
  constraint organization_consent_months_range check (consent_months between 1 and 24);

-- In which words people are asked. A version never changes: consents point at it.
create table consent_wording (
  organization_id uuid not null references organization (id),
  purpose text not null constraint consent_wording_purpose_known
    check (purpose in ('opinion_record', 'follow_up', 'events', 'news')),
  version integer not null,
  language text not null constraint consent_wording_language_length
    check (length(language) between 2 and 10),
  text text not null constraint consent_wording_text_length check (length(text) between 1 and 2000),
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, purpose, version),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('consent_wording', 'select, insert');

alter table consent
  drop constraint consent_purpose_known,
  drop constraint consent_basis_known,
  alter column recorded_by drop not null,
  -- By which channel people may be reached; null: by any.
  add column channel text constraint consent_channel_known
    check (channel in ('door', 'phone', 'sms', 'email', 'post', 'messenger')),
  add column captured_how text not null default 'door' constraint consent_captured_how_known
    check (captured_how in ('door', 'web', 'event', 'phone', 'import', 'paper')),
  add column wording_version integer,
  add column expires_at timestamptz,
  add column withdrawn_by uuid,
  add column withdrawn_how text constraint consent_withdrawn_how_known
    check (withdrawn_how in ('door', 'web', 'event', 'phone', 'import', 'paper'));
-- Row-level security would hide every row from its owner too.
alter table consent no force row level security;
update consent
   set purpose = 'opinion_record',
       expires_at = given_at + interval '12 months';
alter table consent force row level security;
alter table consent
  alter column expires_at set not null,
  add constraint consent_purpose_known
    check (purpose in ('opinion_record', 'follow_up', 'events', 'news')),
  add constraint consent_basis_known
    check (basis in ('explicit', 'membership', 'legitimate_interest', 'policy')),
  -- No interest of ours outweighs that a political opinion is a person's own.
  add constraint consent_opinion_basis
    check (purpose <> 'opinion_record' or basis <> 'legitimate_interest'),
  add constraint consent_expires_later check (expires_at > given_at),
  add foreign key (organization_id, withdrawn_by) references member (organization_id, id),
  add foreign key (organization_id, purpose, wording_version)
    references consent_wording (organization_id, purpose, version);

create function limit_consent() returns trigger
language plpgsql as $$
begin
  new.expires_at := new.given_at + make_interval(months =>
    (select o.consent_months from organization o where o.id = new.organization_id));
  return new;
end
$$;
create trigger consent_limited before insert on consent
  for each row when (new.expires_at is null) execute function limit_consent();

-- Whether a person allows something at an instant, by a channel or (null) by any at all. Whoever
-- needs a consent asks this: what is withdrawn or too old never counts.
create function consents_to(
  of_organization uuid, of_person uuid, for_purpose text, over_channel text, at timestamptz
) returns boolean
language sql stable parallel safe
return exists (
  select from consent c
   where c.organization_id = of_organization
     and c.person_id = of_person
     and c.purpose = for_purpose
     and (over_channel is null or c.channel is null or c.channel = over_channel)
     and c.withdrawn_at is null
     and c.given_at <= at
     and c.expires_at > at);

-- Answers that were forgotten, as nothing but numbers: reports add up as before.
create table answer_tally (
  organization_id uuid not null references organization (id),
  pass_id uuid not null,
  script_id uuid not null,
  script_version integer not null,
  question_key text not null,
  -- Free words are never kept: they are all counted as the same one.
  value jsonb not null,
  sensitive boolean not null,
  answers_count integer not null,
  primary key (organization_id, pass_id, script_id, script_version, question_key, value, sensitive),
  foreign key (organization_id, pass_id) references pass (organization_id, id),
  foreign key (organization_id, script_id, script_version)
    references script_version (organization_id, script_id, version)
);
call make_tenant_table('answer_tally', 'select, insert, update');

-- The answers that count, each person's (each door's, if nobody was named) last to a question in
-- a pass; of one pass or of some doors, or (null) of all.
create function counted_answer(of_organization uuid, of_pass uuid, of_doors uuid[])
returns table (answer_id uuid, pass_id uuid, door_id uuid, person_id uuid, script_id uuid,
               script_version integer, question_key text, value jsonb, sensitive boolean)
language sql stable
begin atomic
  select distinct on (a.pass_id, a.script_id, a.question_key, a.door_id, e.person_id)
         a.answer_id, a.pass_id, a.door_id, e.person_id, a.script_id, a.script_version,
         a.question_key, a.value, a.sensitive
    from survey_answer a
    join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
    left join consent c on c.organization_id = a.organization_id and c.id = a.consent_id
   where a.organization_id = of_organization
     and (of_pass is null or a.pass_id = of_pass)
     and (of_doors is null or a.door_id = any(of_doors))
     and a.standing
     and e.status = 'accepted'
     and (c.id is null
       or c.withdrawn_at is null and c.expires_at > now()
       or consents_to(of_organization, e.person_id, 'opinion_record', null, now()))
   order by a.pass_id, a.script_id, a.question_key, a.door_id, e.person_id,
            e.occurred_at desc, e.id desc;
end;

-- How many gave each answer in a pass, the forgotten ones among them. Texts are cut to 40 letters,
-- which no option's key exceeds: they are counted, not read.
create function answer_count(of_organization uuid, of_pass uuid)
returns table (script_id uuid, script_version integer, question_key text, value jsonb,
               sensitive boolean, answers_count bigint)
language sql stable
begin atomic
  select counted.script_id, counted.script_version, counted.question_key, counted.value,
         bool_or(counted.sensitive), sum(counted.times)::bigint
    from (
      select a.script_id, a.script_version, a.question_key, a.sensitive, 1 as times,
             case jsonb_typeof(a.value)
               when 'string' then to_jsonb(left(a.value #>> '{}', 40))
               else a.value end as value
        from counted_answer(of_organization, of_pass, null) a
       union all
      select t.script_id, t.script_version, t.question_key, t.sensitive, t.answers_count, t.value
        from answer_tally t
       where t.organization_id = of_organization and t.pass_id = of_pass) counted
   group by counted.script_id, counted.script_version, counted.question_key, counted.value
   order by counted.script_id, counted.script_version, counted.question_key, counted.value;
end;

-- A person who asked to be forgotten leaves an empty row, so that visits keep what they point at.
alter table person
  add column erased_at timestamptz,
  drop constraint person_has_name,
  add constraint person_has_name
    check (erased_at is not null or given_name <> '' or family_name <> ''),
  add constraint person_erased_whole check (erased_at is null or (
    given_name = '' and family_name = '' and tags = '{}' and attributes = '{}'
    and num_nonnulls(external_id, merged_external_id, birth_year, phone, email, language) = 0));

-- What devices must drop, numbered by the organization's change counter.
create table tombstone (
  organization_id uuid not null references organization (id),
  seq bigint not null,
  kind text not null constraint tombstone_kind_known check (kind in ('person')),
  thing_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, seq)
);
call make_tenant_table('tombstone', 'select, insert');

-- Whom to leave alone or keep out, without knowing who they are: hashes under a key that is not
-- in the database. `contact`: this number or address is not used; `erased`: imports leave them out.
create table suppression (
  organization_id uuid not null references organization (id),
  id uuid not null,
  hash bytea not null,
  scope text not null constraint suppression_scope_known check (scope in ('contact', 'erased')),
  kind text not null constraint suppression_kind_known
    check (kind in ('external_id', 'phone', 'email', 'person')),
  reason text not null constraint suppression_reason_known
    check (reason in ('asked', 'objected', 'withdrew', 'wrong', 'other')),
  -- Of `erased`: whose empty row they left. No foreign key: undoing an import may take that away.
  person_id uuid,
  created_at timestamptz not null default now(),
  created_by uuid,
  cleared_at timestamptz,
  cleared_by uuid,
  primary key (organization_id, id),
  constraint suppression_cleared_whole check (num_nonnulls(cleared_at, cleared_by) in (0, 2)),
  foreign key (organization_id, created_by) references member (organization_id, id),
  foreign key (organization_id, cleared_by) references member (organization_id, id)
);
create unique index suppression_live_key on suppression (organization_id, scope, hash)
  where cleared_at is null;
call make_tenant_table('suppression', 'select, insert, update');

-- The people whom suppressed numbers and addresses belong to now.
create table suppressed_person (
  organization_id uuid not null references organization (id),
  person_id uuid not null,
  suppression_id uuid not null,
  primary key (organization_id, person_id, suppression_id),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete cascade,
  foreign key (organization_id, suppression_id) references suppression (organization_id, id)
);
call make_tenant_table('suppressed_person', 'select, insert, delete');

-- After how many months what is forgotten; a kind without a rule is kept.
create table retention_rule (
  organization_id uuid not null references organization (id),
  kind text not null constraint retention_rule_kind_known check (kind in
    ('person_unseen', 'note_text', 'answer_identified', 'consent_expired', 'import_file')),
  months integer not null constraint retention_rule_months_range check (months between 1 and 120),
  changed_by uuid,
  changed_at timestamptz not null default now(),
  primary key (organization_id, kind),
  foreign key (organization_id, changed_by) references member (organization_id, id)
);
call make_tenant_table('retention_rule', 'select, insert, update, delete');

alter table member add column erased_at timestamptz;
-- An invite that is used or withdrawn needs no address any more.
alter table invite
  drop constraint invite_has_address,
  add constraint invite_has_address
    check (num_nonnulls(email, phone, used_at, withdrawn_at) > 0);

-- Erasing empties what quotes a person, and touches nothing else of these.
grant update (payload) on event_conflict to doorstep_request;
grant update (reason, remedy) on import_reject to doorstep_request;

create index contact_event_person on contact_event (organization_id, person_id)
  where person_id is not null;
create index contact_event_review on contact_event (organization_id, received_at)
  where status = 'needs_review';
create index survey_answer_door on survey_answer (organization_id, door_id);
create index do_not_contact_person on do_not_contact (organization_id, person_id)
  where person_id is not null;

-- Filters see nobody who was erased, leave out whom suppressed numbers belong to, and count only
-- consents that hold.
create or replace view contactable_person with (security_invoker = true) as
select organization_id, id, household_id, import_run_id, birth_year, phone, email, language,
       tags, attributes
  from person
 where erased_at is null and merged_into is null;

create or replace view left_alone with (security_invoker = true) as
select organization_id, door_id, person_id
  from do_not_contact
 where cleared_at is null
 union all
select s.organization_id, h.door_id, s.person_id
  from suppressed_person s
  join person p on p.organization_id = s.organization_id and p.id = s.person_id
  join household h on h.organization_id = p.organization_id and h.id = p.household_id;

create or replace view standing_consent with (security_invoker = true) as
select organization_id, id, person_id, purpose, channel
  from consent
 where withdrawn_at is null and expires_at > now();
