-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation, ban-drop-constraint, ban-drop-not-null
-- squawk-ignore-file adding-not-nullable-field, disallowed-unique-constraint
-- squawk-ignore-file adding-field-with-default
set local lock_timeout = '5s';

-- A version of a script that everybody may answer, or whoever was sent a link to it.
create table web_survey (
  organization_id uuid not null references organization (id),
  id uuid not null,
  slug text not null constraint web_survey_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  title text not null constraint web_survey_title_length check (length(title) between 1 and 200),
  script_id uuid not null,
  script_version integer not null,
  -- In which it is shown, the first where nobody chose.
  languages text[] not null constraint web_survey_languages_some
    check (cardinality(languages) between 1 and 50),
  thanks text not null default '' constraint web_survey_thanks_length check (length(thanks) <= 2000),
  opens_at timestamptz not null default now(),
  closes_at timestamptz,
  by_invitation boolean not null default false,
  civic_event_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint web_survey_slug_key unique (organization_id, slug),
  constraint web_survey_closes_later check (closes_at > opens_at),
  foreign key (organization_id, script_id, script_version)
    references script_version (organization_id, script_id, version),
  foreign key (organization_id, civic_event_id) references civic_event (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('web_survey', 'select, insert, update');

-- What one sitting brought, on the web or written down by a member at an event. Its id is made with
-- the form, the link or by the phone: it means one sitting for ever.
create table web_response (
  organization_id uuid not null references organization (id),
  id uuid not null,
  web_survey_id uuid not null,
  source text not null constraint web_response_source_known check (source in ('web', 'event')),
  language text not null constraint web_response_language_length
    check (length(language) between 2 and 30),
  -- Null: nobody knows who it was.
  guest_id uuid,
  -- In which words they agreed that their opinions are kept with their name, and until when.
  opinion_wording text constraint web_response_opinion_wording_length
    check (length(opinion_wording) <= 2000),
  opinion_until timestamptz,
  civic_event_id uuid,
  recorded_by uuid,
  -- Opinions that were parted from the name of the rest: no sitting of their own.
  apart boolean not null default false,
  -- Of opinions that were parted: the day alone.
  answered_at timestamptz not null,
  payload_hash bytea not null,
  primary key (organization_id, id),
  constraint web_response_event_recorded check (source = 'web' or recorded_by is not null),
  constraint web_response_apart_unnamed check (not apart or guest_id is null),
  constraint web_response_opinion_whole
    check (num_nonnulls(opinion_wording, opinion_until) in (0, 2)),
  foreign key (organization_id, web_survey_id) references web_survey (organization_id, id),
  foreign key (organization_id, guest_id) references guest (organization_id, id),
  foreign key (organization_id, civic_event_id) references civic_event (organization_id, id),
  foreign key (organization_id, recorded_by) references member (organization_id, id)
);
create index web_response_survey on web_response (organization_id, web_survey_id, answered_at, id);
create index web_response_guest on web_response (organization_id, guest_id)
  where guest_id is not null;
call make_tenant_table('web_response', 'select, insert, update');

create table web_answer (
  organization_id uuid not null references organization (id),
  response_id uuid not null,
  question_key text not null,
  value jsonb not null,
  sensitive boolean not null,
  primary key (organization_id, response_id, question_key),
  foreign key (organization_id, response_id) references web_response (organization_id, id)
);
call make_tenant_table('web_answer', 'select, insert, delete');

-- Answers of those who were forgotten, which are only counted; of words, that there were some.
create table web_answer_tally (
  organization_id uuid not null references organization (id),
  web_survey_id uuid not null,
  source text not null,
  question_key text not null,
  value jsonb not null,
  sensitive boolean not null,
  answers_count integer not null,
  primary key (organization_id, web_survey_id, source, question_key, value, sensitive),
  foreign key (organization_id, web_survey_id) references web_survey (organization_id, id)
);
call make_tenant_table('web_answer_tally', 'select, insert, update');

-- What guests answered under their name, as they may ask for it.
create view guest_answer with (security_invoker = true) as
select r.organization_id, r.guest_id, r.id as response_id, r.answered_at, s.name as script_name,
       a.question_key,
       (select question ->> 'text' from jsonb_array_elements(v.questions) question
         where question ->> 'key' = a.question_key) as question,
       a.value, a.sensitive
  from web_response r
  join web_answer a on a.organization_id = r.organization_id and a.response_id = r.id
  join web_survey w on w.organization_id = r.organization_id and w.id = r.web_survey_id
  join script s on s.organization_id = w.organization_id and s.id = w.script_id
  join script_version v on v.organization_id = w.organization_id
                       and v.script_id = w.script_id
                       and v.version = w.script_version
 where r.guest_id is not null;
grant select on guest_answer to doorstep_request;

-- How often each answer was given to a script, by where: at doors, on the web, at events. Texts are
-- cut to 40 letters, which no option's key exceeds: they are counted, not read.
create function heard_count(of_organization uuid, of_script uuid)
returns table (source text, script_id uuid, script_version integer, question_key text, value jsonb,
               sensitive boolean, answers_count bigint)
language sql stable
begin atomic
  select heard.source, of_script, heard.script_version, heard.question_key, heard.value,
         bool_or(heard.sensitive), sum(heard.times)::bigint
    from (
      select 'door' as source, a.script_version, a.question_key, a.sensitive, 1 as times,
             case jsonb_typeof(a.value)
               when 'string' then to_jsonb(left(a.value #>> '{}', 40)) else a.value end as value
        from counted_answer(of_organization, null, null) a
       where a.script_id = of_script
       union all
      select 'door', t.script_version, t.question_key, t.sensitive, t.answers_count, t.value
        from answer_tally t
       where t.organization_id = of_organization and t.script_id = of_script
       union all
      select r.source, s.script_version, a.question_key, a.sensitive, 1,
             case jsonb_typeof(a.value)
               when 'string' then to_jsonb(left(a.value #>> '{}', 40)) else a.value end
        from web_survey s
        join web_response r on r.organization_id = s.organization_id and r.web_survey_id = s.id
        join web_answer a on a.organization_id = r.organization_id and a.response_id = r.id
       where s.organization_id = of_organization and s.script_id = of_script
       union all
      select t.source, s.script_version, t.question_key, t.sensitive, t.answers_count, t.value
        from web_survey s
        join web_answer_tally t on t.organization_id = s.organization_id
                               and t.web_survey_id = s.id
       where s.organization_id = of_organization and s.script_id = of_script) heard
   group by heard.source, heard.script_version, heard.question_key, heard.value
   order by heard.source, heard.script_version, heard.question_key, heard.value;
end;

-- Turn sittings into numbers: nobody can be told from what is left.
create function forget_web_responses(of_organization uuid, response_ids uuid[]) returns void
language sql
begin atomic
  insert into web_answer_tally as t
    (organization_id, web_survey_id, source, question_key, value, sensitive, answers_count)
  select of_organization, s.id, r.source, a.question_key, kept.value, a.sensitive, count(*)
    from web_answer a
    join web_response r on r.organization_id = a.organization_id and r.id = a.response_id
    join web_survey s on s.organization_id = r.organization_id and s.id = r.web_survey_id
    join script_version v on v.organization_id = s.organization_id
                         and v.script_id = s.script_id
                         and v.version = s.script_version
   cross join lateral (
     select case when exists (
         select from jsonb_array_elements(v.questions) question
          where question ->> 'key' = a.question_key
            and question ->> 'type' in ('single', 'multi', 'scale', 'yes_no', 'number'))
       then a.value else '"…"' end as value) kept
   where a.organization_id = of_organization and a.response_id = any(response_ids)
   group by s.id, r.source, a.question_key, kept.value, a.sensitive
      on conflict (organization_id, web_survey_id, source, question_key, value, sensitive)
      do update set answers_count = t.answers_count + excluded.answers_count;
  delete from web_answer a
   where a.organization_id = of_organization and a.response_id = any(response_ids);
  update web_response r
     set guest_id = null, opinion_wording = null, opinion_until = null,
         answered_at = date_trunc('day', r.answered_at)
   where r.organization_id = of_organization and r.id = any(response_ids);
end;

-- What a canvasser heard that the script says is an issue; a worker takes it on within seconds.
create table flagged_answer (
  organization_id uuid not null references organization (id),
  answer_id uuid not null,
  topic_id uuid not null,
  noted_at timestamptz not null default clock_timestamp(),
  -- Null: still to do.
  raised_at timestamptz,
  primary key (organization_id, answer_id, topic_id)
);
create index flagged_answer_waiting on flagged_answer (organization_id) where raised_at is null;
call make_tenant_table('flagged_answer', 'select, insert, update');
create policy works on flagged_answer for select to doorstep_worker using (true);
grant select (organization_id, raised_at) on flagged_answer to doorstep_worker;

-- The topic that an answer raises by what its script says; null for nearly all.
create function topics_of_answer(questions jsonb, key text, value jsonb)
returns table (topic_id uuid)
language sql immutable
begin atomic
  select distinct (topic #>> '{}')::uuid
    from jsonb_array_elements(questions) question
   cross join lateral (
     select question -> 'topic_id' as topic
      union all
     select option -> 'topic_id'
       from jsonb_array_elements(question -> 'options') option
      where value = option -> 'key' or value @> jsonb_build_array(option -> 'key')) said
   where question ->> 'key' = key and jsonb_typeof(topic) = 'string';
end;

create function note_flagged_answers() returns trigger
language plpgsql as $$
begin
  insert into flagged_answer (organization_id, answer_id, topic_id)
  select a.organization_id, a.answer_id, t.topic_id
    from new_answer a
    join script_version v on v.organization_id = a.organization_id
                         and v.script_id = a.script_id
                         and v.version = a.script_version
                         and v.raises_issues
   cross join lateral topics_of_answer(v.questions, a.question_key, a.value) t
   where a.standing
      on conflict do nothing;
  return null;
end
$$;
alter table script_version add column raises_issues boolean not null
  generated always as (jsonb_path_exists(questions, '$[*].**.topic_id')) stored;
create trigger survey_answer_flagged after insert on survey_answer
  referencing new table as new_answer
  for each statement execute function note_flagged_answers();

-- A question for which people write down what they think, and vote on what others wrote.
create table statement_topic (
  organization_id uuid not null references organization (id),
  id uuid not null,
  slug text not null
    constraint statement_topic_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  question text not null constraint statement_topic_question_length
    check (length(question) between 1 and 300),
  text text not null default '' constraint statement_topic_text_length check (length(text) <= 4000),
  opens_at timestamptz not null default now(),
  closes_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint statement_topic_slug_key unique (organization_id, slug),
  constraint statement_topic_closes_later check (closes_at > opens_at),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('statement_topic', 'select, insert, update');

create table statement (
  organization_id uuid not null references organization (id),
  id uuid not null,
  topic_id uuid not null,
  number integer not null,
  text text not null constraint statement_text_length check (length(trim(text)) between 1 and 300),
  status text not null constraint statement_status_known
    check (status in ('proposed', 'shown', 'refused')),
  -- Null: a visitor wrote it.
  written_by uuid,
  decided_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint statement_number_key unique (organization_id, topic_id, number),
  foreign key (organization_id, topic_id) references statement_topic (organization_id, id),
  foreign key (organization_id, written_by) references member (organization_id, id),
  foreign key (organization_id, decided_by) references member (organization_id, id)
);
call make_tenant_table('statement', 'select, insert, update');

-- A visitor is a number in the form they hold, and nothing else is known of them.
create table statement_vote (
  organization_id uuid not null references organization (id),
  statement_id uuid not null,
  visitor_id uuid not null,
  vote text not null constraint statement_vote_known check (vote in ('agree', 'disagree', 'pass')),
  primary key (organization_id, statement_id, visitor_id),
  foreign key (organization_id, statement_id) references statement (organization_id, id)
);
call make_tenant_table('statement_vote', 'select, insert, update');

-- What everybody may read of a case: words and a place of their own, looked over by an organizer.
create table case_publication (
  organization_id uuid not null references organization (id),
  case_id uuid not null,
  -- Made by chance: trying addresses finds nothing.
  slug text not null constraint case_publication_slug_format check (slug ~ '^[a-z0-9]{16,32}$'),
  summary text not null constraint case_publication_summary_length
    check (length(trim(summary)) between 1 and 4000),
  place text not null default '' constraint case_publication_place_length
    check (length(place) <= 200),
  -- Rounded to 0.001 degrees, some hundred metres.
  lon double precision constraint case_publication_lon_range check (lon between -180 and 180),
  lat double precision constraint case_publication_lat_range check (lat between -90 and 90),
  published_by uuid,
  published_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (organization_id, case_id),
  constraint case_publication_slug_key unique (organization_id, slug),
  constraint case_publication_place_whole check (num_nonnulls(lon, lat) in (0, 2)),
  foreign key (organization_id, case_id) references issue_case (organization_id, id),
  foreign key (organization_id, published_by) references member (organization_id, id)
);
call make_tenant_table('case_publication', 'select, insert, update');

-- Issues that nobody of ours wrote down: on the web, and by what was answered.
alter table issue_report
  alter column recorded_by drop not null,
  add column guest_id uuid,
  add column place text not null default '' constraint issue_report_place_length
    check (length(place) <= 200),
  add column place_lon double precision
    constraint issue_report_place_lon_range check (place_lon between -180 and 180),
  add column place_lat double precision
    constraint issue_report_place_lat_range check (place_lat between -90 and 90),
  add constraint issue_report_place_whole check (num_nonnulls(place_lon, place_lat) in (0, 2)),
  add constraint issue_report_one_raiser check (num_nonnulls(person_id, guest_id) <= 1),
  add foreign key (organization_id, guest_id) references guest (organization_id, id);
create index issue_report_guest on issue_report (organization_id, guest_id)
  where guest_id is not null;

alter table case_change
  add column guest_id uuid,
  drop constraint case_change_by_one,
  add constraint case_change_by_one check (num_nonnulls(member_id, person_id, guest_id) <= 1),
  add foreign key (organization_id, guest_id) references guest (organization_id, id);

-- A guest is told by letter; here is only why one is not written to at all.
alter table case_telling
  add column guest_id uuid,
  drop constraint case_telling_key,
  add constraint case_telling_key unique nulls not distinct
    (organization_id, case_id, round, person_id, door_id, guest_id, notice_id, revisit_id),
  drop constraint case_telling_one,
  add constraint case_telling_one check (num_nonnulls(person_id, door_id, guest_id) = 1),
  drop constraint case_telling_suppressed_known,
  add constraint case_telling_suppressed_known
    check (suppressed in ('erased', 'left_alone', 'withdrew', 'no_consent')),
  add constraint case_telling_of_guest check (guest_id is null or suppressed is not null),
  add foreign key (organization_id, guest_id) references guest (organization_id, id);

alter table letter
  drop constraint letter_kind_known,
  add constraint letter_kind_known check (kind in
    ('confirm_email', 'own_page', 'ticket', 'place_free', 'event_changed', 'event_cancelled',
     'event_reminder', 'slot_booked', 'feedback', 'issue_received', 'issue_told', 'survey_thanks',
     'proposal_received', 'mailing'));

-- Who raised a case: a person (of those merged, who they are now), a guest, or else a door.
create or replace view case_raiser with (security_invoker = true) as
select distinct r.organization_id, r.case_id, coalesce(p.merged_into, r.person_id) as person_id,
       case when num_nonnulls(r.person_id, r.guest_id) = 0 then r.door_id end as door_id,
       r.guest_id
  from issue_report r
  left join person p on p.organization_id = r.organization_id and p.id = r.person_id
 where num_nonnulls(r.person_id, r.guest_id, r.door_id) > 0;

create or replace view raiser_told with (security_invoker = true) as
select r.organization_id, r.case_id, k.round, r.person_id, r.door_id, k.resolved_at,
       coalesce(t.told, false) or coalesce(l.state in ('delivered', 'suppressed'), false) as told,
       coalesce(t.under_way, false)
         or coalesce(l.state in ('queued', 'sending', 'sent'), false) as under_way,
       r.guest_id
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
       and t.door_id is not distinct from r.door_id
       and t.guest_id is not distinct from r.guest_id) t on true
  left join letter l on l.organization_id = r.organization_id
                    and l.guest_id = r.guest_id
                    and l.key = 'case-told:' || r.case_id || ':' || k.round
 where k.status in ('resolved', 'told', 'confirmed') and k.duplicate_of_id is null;

create or replace function follow_up_row(of_organization uuid, at_instant timestamptz)
returns table (figure text, thing_id uuid, counted boolean, value double precision,
               happened_at timestamptz)
language sql stable
begin atomic
  select 'raisers_told', coalesce(t.person_id, t.guest_id, t.door_id), bool_and(t.told),
         null::double precision, max(t.resolved_at)
    from raiser_told t
   where t.organization_id = of_organization
   group by coalesce(t.person_id, t.guest_id, t.door_id)
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

-- A guest who is erased takes along what they said. A trigger, because guests know nothing of the
-- rooms above, and nobody who erases may forget it. That it was said stays, and how it ended.
create function forget_what_guest_said() returns trigger
language plpgsql as $$
begin
  perform forget_web_responses(new.organization_id, array(
    select id from web_response
     where organization_id = new.organization_id and guest_id = new.id));
  update case_note c
     set text = 'Erased.'
   where c.organization_id = new.organization_id
     and c.case_id in (
       select r.case_id
         from issue_report r
        where r.organization_id = new.organization_id
          and r.guest_id = new.id
          and not exists (
            select from issue_report o
             where o.organization_id = new.organization_id
               and o.case_id = r.case_id
               and o.guest_id is distinct from new.id));
  update case_change
     set reason = 'Erased.'
   where organization_id = new.organization_id and guest_id = new.id and reason <> '';
  update issue_report
     set text = '', place = '', place_lon = null, place_lat = null
   where organization_id = new.organization_id and guest_id = new.id;
  return null;
end
$$;
create trigger guest_erased_forget_said after update of erased_at on guest
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_what_guest_said();
