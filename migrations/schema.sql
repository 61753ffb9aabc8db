CREATE SCHEMA queue;

CREATE TYPE queue.pgqueuer_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);

CREATE TABLE public.consent (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL,
    person_id uuid,
    purpose text NOT NULL,
    basis text NOT NULL,
    wording text DEFAULT ''::text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    recorded_by uuid,
    withdrawn_at timestamp with time zone,
    channel text,
    captured_how text DEFAULT 'door'::text NOT NULL,
    wording_version integer,
    expires_at timestamp with time zone NOT NULL,
    withdrawn_by uuid,
    withdrawn_how text,
    CONSTRAINT consent_basis_known CHECK ((basis = ANY (ARRAY['explicit'::text, 'membership'::text, 'legitimate_interest'::text, 'policy'::text]))),
    CONSTRAINT consent_captured_how_known CHECK ((captured_how = ANY (ARRAY['door'::text, 'web'::text, 'event'::text, 'phone'::text, 'import'::text, 'paper'::text]))),
    CONSTRAINT consent_channel_known CHECK ((channel = ANY (ARRAY['door'::text, 'phone'::text, 'sms'::text, 'email'::text, 'post'::text, 'messenger'::text]))),
    CONSTRAINT consent_expires_later CHECK ((expires_at > given_at)),
    CONSTRAINT consent_opinion_basis CHECK (((purpose <> 'opinion_record'::text) OR (basis <> 'legitimate_interest'::text))),
    CONSTRAINT consent_purpose_known CHECK ((purpose = ANY (ARRAY['opinion_record'::text, 'follow_up'::text, 'events'::text, 'news'::text]))),
    CONSTRAINT consent_withdrawn_how_known CHECK ((withdrawn_how = ANY (ARRAY['door'::text, 'web'::text, 'event'::text, 'phone'::text, 'import'::text, 'paper'::text])))
);

ALTER TABLE ONLY public.consent FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.consents_to(of_organization uuid, of_person uuid, for_purpose text, over_channel text, at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (EXISTS (SELECT FROM public.consent c WHERE ((c.organization_id = consents_to.of_organization) AND (c.person_id = consents_to.of_person) AND (c.purpose = consents_to.for_purpose) AND ((consents_to.over_channel IS NULL) OR (c.channel IS NULL) OR (c.channel = consents_to.over_channel)) AND (c.withdrawn_at IS NULL) AND (c.given_at <= consents_to.at) AND (c.expires_at > consents_to.at))));

CREATE TABLE public.contact_event (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    review_reason text,
    target_id uuid,
    turf_id uuid,
    pass_id uuid,
    door_id uuid,
    building_id uuid,
    person_id uuid,
    member_id uuid NOT NULL,
    device_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    clock_offset_ms bigint NOT NULL,
    payload jsonb NOT NULL,
    payload_hash bytea NOT NULL,
    batch_id uuid,
    CONSTRAINT contact_event_kind_known CHECK ((kind = ANY (ARRAY['attempt'::text, 'answer'::text, 'note'::text, 'correct'::text, 'void'::text, 'unknown'::text]))),
    CONSTRAINT contact_event_reviewed CHECK (((status <> ALL (ARRAY['needs_review'::text, 'rejected'::text])) OR (review_reason IS NOT NULL))),
    CONSTRAINT contact_event_status_known CHECK ((status = ANY (ARRAY['accepted'::text, 'needs_review'::text, 'rejected'::text, 'rolled_back'::text])))
);

ALTER TABLE ONLY public.contact_event FORCE ROW LEVEL SECURITY;

CREATE TABLE public.survey_answer (
    organization_id uuid NOT NULL,
    event_id uuid NOT NULL,
    answer_id uuid NOT NULL,
    standing boolean NOT NULL,
    pass_id uuid NOT NULL,
    door_id uuid NOT NULL,
    script_id uuid NOT NULL,
    script_version integer NOT NULL,
    question_key text NOT NULL,
    value jsonb NOT NULL,
    sensitive boolean NOT NULL,
    consent_id uuid,
    CONSTRAINT survey_answer_consented CHECK (((NOT sensitive) OR (consent_id IS NOT NULL)))
);

ALTER TABLE ONLY public.survey_answer FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.counted_answer(of_organization uuid, of_pass uuid, of_doors uuid[]) RETURNS TABLE(answer_id uuid, pass_id uuid, door_id uuid, person_id uuid, script_id uuid, script_version integer, question_key text, value jsonb, sensitive boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT DISTINCT ON (a.pass_id, a.script_id, a.question_key, a.door_id, e.person_id) a.answer_id,
     a.pass_id,
     a.door_id,
     e.person_id,
     a.script_id,
     a.script_version,
     a.question_key,
     a.value,
     a.sensitive
    FROM ((public.survey_answer a
      JOIN public.contact_event e ON (((e.organization_id = a.organization_id) AND (e.id = a.answer_id))))
      LEFT JOIN public.consent c ON (((c.organization_id = a.organization_id) AND (c.id = a.consent_id))))
   WHERE ((a.organization_id = counted_answer.of_organization) AND ((counted_answer.of_pass IS NULL) OR (a.pass_id = counted_answer.of_pass)) AND ((counted_answer.of_doors IS NULL) OR (a.door_id = ANY (counted_answer.of_doors))) AND a.standing AND (e.status = 'accepted'::text) AND ((c.id IS NULL) OR ((c.withdrawn_at IS NULL) AND (c.expires_at > now())) OR public.consents_to(counted_answer.of_organization, e.person_id, 'opinion_record'::text, NULL::text, now())))
   ORDER BY a.pass_id, a.script_id, a.question_key, a.door_id, e.person_id, e.occurred_at DESC, e.id DESC;
END;

CREATE TABLE public.answer_tally (
    organization_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    script_id uuid NOT NULL,
    script_version integer NOT NULL,
    question_key text NOT NULL,
    value jsonb NOT NULL,
    sensitive boolean NOT NULL,
    answers_count integer NOT NULL
);

ALTER TABLE ONLY public.answer_tally FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.answer_count(of_organization uuid, of_pass uuid) RETURNS TABLE(script_id uuid, script_version integer, question_key text, value jsonb, sensitive boolean, answers_count bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT counted.script_id,
     counted.script_version,
     counted.question_key,
     counted.value,
     bool_or(counted.sensitive) AS bool_or,
     sum(counted.times) AS sum
    FROM ( SELECT a.script_id,
             a.script_version,
             a.question_key,
             a.sensitive,
             1 AS times,
                 CASE jsonb_typeof(a.value)
                     WHEN 'string'::text THEN to_jsonb("left"((a.value #>> '{}'::text[]), 40))
                     ELSE a.value
                 END AS value
            FROM public.counted_answer(answer_count.of_organization, answer_count.of_pass, NULL::uuid[]) a(answer_id, pass_id, door_id, person_id, script_id, script_version, question_key, value, sensitive)
         UNION ALL
          SELECT t.script_id,
             t.script_version,
             t.question_key,
             t.sensitive,
             t.answers_count,
             t.value
            FROM public.answer_tally t
           WHERE ((t.organization_id = answer_count.of_organization) AND (t.pass_id = answer_count.of_pass))) counted
   GROUP BY counted.script_id, counted.script_version, counted.question_key, counted.value
   ORDER BY counted.script_id, counted.script_version, counted.question_key, counted.value;
END;

CREATE FUNCTION public.apart_m(lon double precision, lat double precision, other_lon double precision, other_lat double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(((111200)::double precision * sqrt((power(((lon - other_lon) * cos(radians(lat))), (2)::double precision) + power((lat - other_lat), (2)::double precision)))), (0)::double precision);

CREATE FUNCTION public.audit_hash(organization_id uuid, seq bigint, at timestamp with time zone, actor_id uuid, action text, ids uuid[], previous_hash bytea) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(convert_to(concat_ws('|'::text, organization_id, seq, ((EXTRACT(epoch FROM at) * (1000000)::numeric))::bigint, COALESCE((actor_id)::text, ''::text), action, array_to_string(ids, ','::text), encode(previous_hash, 'hex'::text)), 'UTF8'::name));

CREATE FUNCTION public.begin_sync() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT set_config('doorstep.sees_people'::text, 'all'::text, true) AS set_config,
     set_config('plan_cache_mode'::text, 'force_generic_plan'::text, true) AS set_config,
     set_config('enable_seqscan'::text, 'off'::text, true) AS set_config;
END;

CREATE FUNCTION public.current_member_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('doorstep.member_id'::text, true), ''::text))::uuid;

CREATE FUNCTION public.current_organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('doorstep.organization_id'::text, true), ''::text))::uuid;

CREATE FUNCTION public.effective_attempt(of_organization uuid, of_pass uuid) RETURNS TABLE(event_id uuid, door_id uuid, member_id uuid, occurred_at timestamp with time zone, result text)
    LANGUAGE sql STABLE STRICT ROWS 10000
    BEGIN ATOMIC
 WITH RECURSIVE reply AS (
          SELECT r.id,
             r.target_id,
             r.kind,
             r.occurred_at,
             1 AS depth,
             (num_nonnulls((r.payload ->> 'result'::text), (r.payload ->> 'mark'::text)) > 0) AS speaks
            FROM (public.contact_event a
              JOIN public.contact_event r ON (((r.organization_id = a.organization_id) AND (r.target_id = a.id))))
           WHERE ((a.organization_id = effective_attempt.of_organization) AND (a.pass_id = effective_attempt.of_pass) AND (a.kind = 'attempt'::text) AND (a.status = 'accepted'::text) AND (r.kind = ANY (ARRAY['correct'::text, 'void'::text])) AND (r.status = 'accepted'::text))
         UNION ALL
          SELECT r.id,
             r.target_id,
             r.kind,
             r.occurred_at,
             (reply.depth + 1),
             (num_nonnulls((r.payload ->> 'result'::text), (r.payload ->> 'mark'::text)) > 0)
            FROM (reply
              JOIN public.contact_event r ON (((r.organization_id = effective_attempt.of_organization) AND (r.target_id = reply.id))))
           WHERE ((r.kind = ANY (ARRAY['correct'::text, 'void'::text])) AND (r.status = 'accepted'::text))
         ), decided(depth, fallen, corrected, speakers) AS (
          SELECT COALESCE(max(reply.depth), 0) AS "coalesce",
             '{}'::uuid[] AS uuid,
             '{}'::uuid[] AS uuid,
             '{}'::uuid[] AS uuid
            FROM reply
         UNION ALL
          SELECT (decided.depth - 1),
             inner_level.fallen,
             inner_level.corrected,
             inner_level.speakers
            FROM (decided
              CROSS JOIN LATERAL ( SELECT COALESCE(array_agg(t.id) FILTER (WHERE t.fallen), '{}'::uuid[]) AS fallen,
                     COALESCE(array_agg(t.id) FILTER (WHERE (t.speaker IS NOT NULL)), '{}'::uuid[]) AS corrected,
                     COALESCE(array_agg(t.speaker) FILTER (WHERE (t.speaker IS NOT NULL)), '{}'::uuid[]) AS speakers
                    FROM ( SELECT r.target_id AS id,
                             bool_or((r.kind = 'void'::text)) AS fallen,
                             (array_agg(COALESCE(c.speaker, r.id) ORDER BY r.occurred_at DESC, r.id DESC) FILTER (WHERE ((c.speaker IS NOT NULL) OR r.speaks)))[1] AS speaker
                            FROM (reply r
                              LEFT JOIN UNNEST(decided.corrected, decided.speakers) c(id, speaker) ON ((c.id = r.id)))
                           WHERE ((r.depth = decided.depth) AND (r.id <> ALL (decided.fallen)))
                           GROUP BY r.target_id) t) inner_level)
           WHERE (decided.depth > 0)
         ), settled AS (
          SELECT decided.fallen,
             decided.corrected,
             decided.speakers
            FROM decided
           WHERE (decided.depth = 0)
         ), said AS (
          SELECT a.id,
             a.door_id,
             a.member_id,
             a.occurred_at,
             a.payload
            FROM public.contact_event a
           WHERE ((a.organization_id = effective_attempt.of_organization) AND (a.pass_id = effective_attempt.of_pass) AND (a.kind = 'attempt'::text) AND (a.status = 'accepted'::text) AND (NOT (a.id IN ( SELECT unnest((settled.fallen || settled.corrected)) AS unnest
                    FROM settled))))
         UNION ALL
          SELECT a.id,
             a.door_id,
             a.member_id,
             a.occurred_at,
             s.payload
            FROM (((settled
              CROSS JOIN LATERAL UNNEST(settled.corrected, settled.speakers) c(id, speaker))
              JOIN public.contact_event a ON (((a.organization_id = effective_attempt.of_organization) AND (a.id = c.id))))
              JOIN public.contact_event s ON (((s.organization_id = effective_attempt.of_organization) AND (s.id = c.speaker))))
           WHERE (NOT (a.id IN ( SELECT unnest(settled_1.fallen) AS unnest
                    FROM settled settled_1)))
         )
  SELECT said.id,
     said.door_id,
     said.member_id,
     said.occurred_at,
     (said.payload ->> 'result'::text)
    FROM said
   WHERE ((said.door_id IS NOT NULL) AND ((said.payload ->> 'result'::text) IS NOT NULL) AND ((said.payload ->> 'mark'::text) IS NULL));
END;

CREATE FUNCTION public.effective_attempt_at(of_organization uuid, of_passes uuid[], of_doors uuid[]) RETURNS TABLE(pass_id uuid, event_id uuid, door_id uuid, member_id uuid, occurred_at timestamp with time zone, result text)
    LANGUAGE sql STABLE STRICT ROWS 10000
    BEGIN ATOMIC
 WITH RECURSIVE root AS MATERIALIZED (
          SELECT a.id,
             a.pass_id,
             a.door_id,
             a.member_id,
             a.occurred_at,
             a.payload
            FROM public.contact_event a
           WHERE ((a.organization_id = effective_attempt_at.of_organization) AND (a.door_id = ANY (effective_attempt_at.of_doors)) AND (a.pass_id = ANY (effective_attempt_at.of_passes)) AND (a.kind = 'attempt'::text) AND (a.status = 'accepted'::text))
         ), reply AS (
          SELECT r.id,
             r.target_id,
             r.kind,
             r.occurred_at,
             r.payload,
             1 AS depth
            FROM (root
              JOIN public.contact_event r ON (((r.organization_id = effective_attempt_at.of_organization) AND (r.target_id = root.id))))
           WHERE ((r.kind = ANY (ARRAY['correct'::text, 'void'::text])) AND (r.status = 'accepted'::text))
         UNION ALL
          SELECT r.id,
             r.target_id,
             r.kind,
             r.occurred_at,
             r.payload,
             (reply.depth + 1)
            FROM (reply
              JOIN public.contact_event r ON (((r.organization_id = effective_attempt_at.of_organization) AND (r.target_id = reply.id))))
           WHERE ((r.kind = ANY (ARRAY['correct'::text, 'void'::text])) AND (r.status = 'accepted'::text))
         ), decided(depth, fallen, corrected, speakers) AS (
          SELECT COALESCE(max(reply.depth), 0) AS "coalesce",
             '{}'::uuid[] AS uuid,
             '{}'::uuid[] AS uuid,
             '{}'::uuid[] AS uuid
            FROM reply
         UNION ALL
          SELECT (decided.depth - 1),
             inner_level.fallen,
             inner_level.corrected,
             inner_level.speakers
            FROM (decided
              CROSS JOIN LATERAL ( SELECT COALESCE(array_agg(t.id) FILTER (WHERE t.fallen), '{}'::uuid[]) AS fallen,
                     COALESCE(array_agg(t.id) FILTER (WHERE (t.speaker IS NOT NULL)), '{}'::uuid[]) AS corrected,
                     COALESCE(array_agg(t.speaker) FILTER (WHERE (t.speaker IS NOT NULL)), '{}'::uuid[]) AS speakers
                    FROM ( SELECT r.target_id AS id,
                             bool_or((r.kind = 'void'::text)) AS fallen,
                             (array_agg(COALESCE(c.speaker, r.id) ORDER BY r.occurred_at DESC, r.id DESC) FILTER (WHERE ((c.speaker IS NOT NULL) OR (num_nonnulls((r.payload ->> 'result'::text), (r.payload ->> 'mark'::text)) > 0))))[1] AS speaker
                            FROM (reply r
                              LEFT JOIN UNNEST(decided.corrected, decided.speakers) c(id, speaker) ON ((c.id = r.id)))
                           WHERE ((r.depth = decided.depth) AND (r.id <> ALL (decided.fallen)))
                           GROUP BY r.target_id) t) inner_level)
           WHERE (decided.depth > 0)
         ), settled AS (
          SELECT decided.fallen,
             decided.corrected,
             decided.speakers
            FROM decided
           WHERE (decided.depth = 0)
         ), said AS (
          SELECT root.pass_id,
             root.id,
             root.door_id,
             root.member_id,
             root.occurred_at,
             COALESCE(r.payload, root.payload) AS payload
            FROM ((root
              LEFT JOIN ( SELECT c_1.id,
                     c_1.speaker
                    FROM settled,
                     LATERAL UNNEST(settled.corrected, settled.speakers) c_1(id, speaker)) c ON ((c.id = root.id)))
              LEFT JOIN reply r ON ((r.id = c.speaker)))
           WHERE (NOT (root.id IN ( SELECT unnest(settled.fallen) AS unnest
                    FROM settled)))
         )
  SELECT said.pass_id,
     said.id,
     said.door_id,
     said.member_id,
     said.occurred_at,
     (said.payload ->> 'result'::text)
    FROM said
   WHERE (((said.payload ->> 'result'::text) IS NOT NULL) AND ((said.payload ->> 'mark'::text) IS NULL));
END;

CREATE FUNCTION public.end_guest_consents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update guest_consent
     set wording = 'Erased.', withdrawn_at = coalesce(withdrawn_at, now())
   where organization_id = new.organization_id and guest_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.facts_about(of_organization uuid, of_doors uuid[], of_buildings uuid[], of_events uuid[]) RETURNS TABLE(id uuid, kind text, occurred_at timestamp with time zone, target_id uuid, pass_id uuid, door_id uuid, building_id uuid, person_id uuid, result text, mark text, has_value boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH RECURSIVE touching AS MATERIALIZED (
          SELECT e_1.id,
             e_1.kind,
             e_1.status,
             e_1.occurred_at,
             e_1.target_id,
             e_1.pass_id,
             e_1.door_id,
             e_1.building_id,
             e_1.person_id,
             e_1.payload
            FROM public.contact_event e_1
           WHERE ((e_1.organization_id = facts_about.of_organization) AND (e_1.door_id = ANY (facts_about.of_doors)))
         UNION ALL
          SELECT e_1.id,
             e_1.kind,
             e_1.status,
             e_1.occurred_at,
             e_1.target_id,
             e_1.pass_id,
             e_1.door_id,
             e_1.building_id,
             e_1.person_id,
             e_1.payload
            FROM public.contact_event e_1
           WHERE ((e_1.organization_id = facts_about.of_organization) AND (e_1.building_id = ANY (facts_about.of_buildings)))
         UNION ALL
          SELECT e_1.id,
             e_1.kind,
             e_1.status,
             e_1.occurred_at,
             e_1.target_id,
             e_1.pass_id,
             e_1.door_id,
             e_1.building_id,
             e_1.person_id,
             e_1.payload
            FROM public.contact_event e_1
           WHERE ((e_1.organization_id = facts_about.of_organization) AND (e_1.target_id = ANY (facts_about.of_events)))
         ), early AS (
          SELECT reply.id
            FROM (touching
              JOIN public.contact_event reply ON (((reply.organization_id = facts_about.of_organization) AND (reply.target_id = touching.id) AND (reply.door_id IS NULL) AND (reply.building_id IS NULL))))
         UNION
          SELECT reply.id
            FROM (early
              JOIN public.contact_event reply ON (((reply.organization_id = facts_about.of_organization) AND (reply.target_id = early.id) AND (reply.door_id IS NULL) AND (reply.building_id IS NULL))))
         ), everything AS (
          SELECT touching.id,
             touching.kind,
             touching.status,
             touching.occurred_at,
             touching.target_id,
             touching.pass_id,
             touching.door_id,
             touching.building_id,
             touching.person_id,
             touching.payload
            FROM touching
         UNION ALL
          SELECT e_1.id,
             e_1.kind,
             e_1.status,
             e_1.occurred_at,
             e_1.target_id,
             e_1.pass_id,
             e_1.door_id,
             e_1.building_id,
             e_1.person_id,
             e_1.payload
            FROM public.contact_event e_1
           WHERE ((e_1.organization_id = facts_about.of_organization) AND (e_1.id = ANY (ARRAY( SELECT early.id
                    FROM early))))
         )
  SELECT DISTINCT ON (e.id) e.id,
     e.kind,
     e.occurred_at,
     e.target_id,
     e.pass_id,
     e.door_id,
     e.building_id,
     e.person_id,
     (e.payload ->> 'result'::text),
     (e.payload ->> 'mark'::text),
     ((e.payload ? 'question'::text) OR (e.payload ? 'corrects_answer'::text))
    FROM everything e
   WHERE (e.status = 'accepted'::text)
   ORDER BY e.id;
END;

CREATE FUNCTION public.feed_address() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_doors(new.organization_id, array(
    select d.id
      from door d
     where d.organization_id = new.organization_id and d.address_id = new.id));
  return null;
end
$$;

CREATE FUNCTION public.feed_assignment() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.turf_id, 'turf', new.turf_id);
  return null;
end
$$;

CREATE FUNCTION public.feed_building() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_doors(new.organization_id, array(
    select d.id
      from address a
      join door d on d.organization_id = a.organization_id and d.address_id = a.id
     where a.organization_id = new.organization_id and a.building_id = new.id));
  return null;
end
$$;

CREATE FUNCTION public.feed_changed_people() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  if exists (select from turf_door where organization_id = of_organization) then
    insert into feed_pending (organization_id, scope_id, kind, thing_id)
    select distinct td.organization_id, td.turf_id, 'person', c.id
      from changed c
      join was w on w.organization_id = c.organization_id and w.id = c.id
      join household h on h.organization_id = c.organization_id
                      and h.id in (c.household_id, w.household_id)
      join turf_door td on td.organization_id = h.organization_id and td.door_id = h.door_id
      join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
     where (c.household_id, c.given_name, c.family_name, c.language, c.erased_at, c.merged_into)
           is distinct from
           (w.household_id, w.given_name, w.family_name, w.language, w.erased_at, w.merged_into)
       and td.live
       and t.status = 'published';
  end if;
  return null;
end
$$;

CREATE FUNCTION public.feed_civic_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_shifts(new.organization_id, array(
    select id from shift where organization_id = new.organization_id and event_id = new.id));
  return null;
end
$$;

CREATE FUNCTION public.feed_door() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_doors(new.organization_id, array[new.id]);
  return null;
end
$$;

CREATE TABLE public.feed_pending (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    scope_id uuid NOT NULL,
    kind text NOT NULL,
    thing_id uuid NOT NULL,
    CONSTRAINT feed_pending_kind_known CHECK ((kind = ANY (ARRAY['batch'::text, 'door'::text, 'person'::text, 'turf'::text, 'script'::text, 'member'::text, 'signup'::text])))
);

ALTER TABLE ONLY public.feed_pending FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    pass_id uuid NOT NULL,
    name text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    polygon bytea NOT NULL,
    walk_m double precision NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    archived_at timestamp with time zone,
    minutes double precision DEFAULT 0 NOT NULL,
    cut_version integer DEFAULT 1 NOT NULL,
    frozen_at timestamp with time zone,
    CONSTRAINT turf_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT turf_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
);

ALTER TABLE ONLY public.turf FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf_door (
    organization_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    door_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    "position" integer NOT NULL,
    live boolean DEFAULT true NOT NULL
);

ALTER TABLE ONLY public.turf_door FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.feed_doors(of_organization uuid, of_doors uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.feed_pending (organization_id, scope_id, kind, thing_id)  SELECT td.organization_id,
             td.turf_id,
             'door',
             td.door_id
            FROM (public.turf_door td
              JOIN public.turf t ON (((t.organization_id = td.organization_id) AND (t.id = td.turf_id))))
           WHERE ((td.organization_id = feed_doors.of_organization) AND (td.door_id = ANY (feed_doors.of_doors)) AND td.live AND (t.status = 'published'::text));
END;

CREATE FUNCTION public.feed_events() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_doors((select organization_id from changed limit 1),
    array(select distinct door_id from changed where door_id is not null));
  return null;
end
$$;

CREATE FUNCTION public.feed_household() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select td.organization_id, td.turf_id, 'person', p.id
    from person p
    join turf_door td on td.organization_id = p.organization_id and td.door_id = old.door_id
   where p.organization_id = new.organization_id
     and p.household_id = new.id
     and td.live;
  perform feed_doors(new.organization_id, array[old.door_id, new.door_id]);
  return null;
end
$$;

CREATE FUNCTION public.feed_map() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, 'turf', t.id
    from pass p
    join turf t on t.organization_id = p.organization_id and t.pass_id = p.id
   where p.organization_id = new.organization_id
     and p.campaign_id = new.campaign_id
     and t.status = 'published';
  return null;
end
$$;

CREATE FUNCTION public.feed_marks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_doors((select organization_id from changed limit 1),
    array(select distinct door_id from changed));
  return null;
end
$$;

CREATE FUNCTION public.feed_member() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.id, 'member', new.id);
  return null;
end
$$;

CREATE FUNCTION public.feed_pass() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, told.kind, coalesce(told.script_id, t.id)
    from turf t
   cross join (values ('turf', null), ('script', old.script_id), ('script', new.script_id))
           told (kind, script_id)
   where t.organization_id = new.organization_id
     and t.pass_id = new.id
     and t.status = 'published'
     and (told.kind = 'turf' or told.script_id is not null);
  return null;
end
$$;

CREATE FUNCTION public.feed_people() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  -- Before anything was cut nobody holds anything: the greatest imports come then.
  if exists (select from turf_door where organization_id = of_organization) then
    insert into feed_pending (organization_id, scope_id, kind, thing_id)
    select td.organization_id, td.turf_id, 'person', c.id
      from changed c
      join household h on h.organization_id = c.organization_id and h.id = c.household_id
      join turf_door td on td.organization_id = h.organization_id and td.door_id = h.door_id
      join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
     where td.live and t.status = 'published';
  end if;
  return null;
end
$$;

CREATE FUNCTION public.feed_place() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_shifts(new.organization_id, array(
    select s.id
      from shift s
      join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
     where s.organization_id = new.organization_id
       and coalesce(s.place_id, e.place_id) = new.id));
  return null;
end
$$;

CREATE TABLE public.pass (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    name text NOT NULL,
    script_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    holdout_share double precision DEFAULT 0 NOT NULL,
    holdout_seed text,
    CONSTRAINT pass_holdout_share_range CHECK (((holdout_share >= (0)::double precision) AND (holdout_share <= (0.5)::double precision))),
    CONSTRAINT pass_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.pass FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.feed_script(of_organization uuid, of_script uuid) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.feed_pending (organization_id, scope_id, kind, thing_id)  SELECT t.organization_id,
             t.id,
             'script',
             feed_script.of_script AS of_script
            FROM (public.pass p
              JOIN public.turf t ON (((t.organization_id = p.organization_id) AND (t.pass_id = p.id))))
           WHERE ((p.organization_id = feed_script.of_organization) AND (p.script_id = feed_script.of_script) AND (t.status = 'published'::text));
END;

CREATE FUNCTION public.feed_script_name() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_script(new.organization_id, new.id);
  return null;
end
$$;

CREATE FUNCTION public.feed_script_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_script(new.organization_id, new.script_id);
  return null;
end
$$;

CREATE FUNCTION public.feed_shift() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform feed_shifts(new.organization_id, array[new.id]);
  return null;
end
$$;

CREATE TABLE public.shift (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    series_id uuid,
    occurrence_local timestamp without time zone,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    place_id uuid,
    status text DEFAULT 'open'::text NOT NULL,
    cancelled_reason text,
    sequence integer DEFAULT 0 NOT NULL,
    next_position bigint DEFAULT 1 NOT NULL,
    closed_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT shift_order CHECK ((ends_at > starts_at)),
    CONSTRAINT shift_status_known CHECK ((status = ANY (ARRAY['open'::text, 'cancelled'::text, 'closed'::text])))
);

ALTER TABLE ONLY public.shift FORCE ROW LEVEL SECURITY;

CREATE TABLE public.signup (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    shift_id uuid NOT NULL,
    role text NOT NULL,
    member_id uuid NOT NULL,
    state text NOT NULL,
    "position" bigint NOT NULL,
    signed_up_at timestamp with time zone DEFAULT now() NOT NULL,
    held_until timestamp with time zone,
    holds_count integer DEFAULT 0 NOT NULL,
    confirmed_at timestamp with time zone,
    checked_in_at timestamp with time zone,
    check_in_how text,
    left_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    override_reason text,
    overridden_by uuid,
    rating smallint,
    remark text,
    CONSTRAINT signup_check_in_how_known CHECK ((check_in_how = ANY (ARRAY['qr'::text, 'desk'::text, 'walk_in'::text, 'phone'::text]))),
    CONSTRAINT signup_held_until_when_held CHECK (((state = 'held'::text) = (held_until IS NOT NULL))),
    CONSTRAINT signup_rating_range CHECK (((rating >= 1) AND (rating <= 5))),
    CONSTRAINT signup_remark_length CHECK ((length(remark) <= 2000)),
    CONSTRAINT signup_state_known CHECK ((state = ANY (ARRAY['invited'::text, 'booked'::text, 'waitlisted'::text, 'held'::text, 'confirmed'::text, 'cancelled'::text, 'attended'::text, 'no_show'::text])))
);

ALTER TABLE ONLY public.signup FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.feed_shifts(of_organization uuid, of_shifts uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.feed_pending (organization_id, scope_id, kind, thing_id)  SELECT g.organization_id,
             g.member_id,
             'signup',
             g.id
            FROM (public.signup g
              JOIN public.shift s ON (((s.organization_id = g.organization_id) AND (s.id = g.shift_id))))
           WHERE ((g.organization_id = feed_shifts.of_organization) AND (g.shift_id = ANY (feed_shifts.of_shifts)) AND (g.state <> 'cancelled'::text) AND (s.ends_at > now()));
END;

CREATE FUNCTION public.feed_signups() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select organization_id, member_id, 'signup', id from changed;
  return null;
end
$$;

CREATE FUNCTION public.feed_turf() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  values (new.organization_id, new.id, 'turf', new.id);
  return null;
end
$$;

CREATE FUNCTION public.feed_turf_doors() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into feed_pending (organization_id, scope_id, kind, thing_id)
  select t.organization_id, t.id, 'door', c.door_id
    from changed c
    join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
   where t.status = 'published';
  return null;
end
$$;

CREATE TABLE public.case_notice (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    channel text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    why text,
    attempts_count integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT case_notice_channel_known CHECK ((channel = ANY (ARRAY['email'::text, 'phone'::text]))),
    CONSTRAINT case_notice_ended CHECK (((state = ANY (ARRAY['delivered'::text, 'failed'::text, 'suppressed'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT case_notice_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'suppressed'::text]))),
    CONSTRAINT case_notice_why_known CHECK ((why = ANY (ARRAY['erased'::text, 'left_alone'::text, 'withdrew'::text, 'no_consent'::text, 'refused'::text, 'bounced'::text, 'not_reached'::text, 'interrupted'::text]))),
    CONSTRAINT case_notice_why_not CHECK (((state = ANY (ARRAY['failed'::text, 'suppressed'::text])) = (why IS NOT NULL)))
);

ALTER TABLE ONLY public.case_notice FORCE ROW LEVEL SECURITY;

CREATE TABLE public.issue_report (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    topic_id uuid NOT NULL,
    source text NOT NULL,
    contact_event_id uuid,
    civic_event_id uuid,
    door_id uuid,
    person_id uuid,
    text text NOT NULL,
    recorded_by uuid,
    raised_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    payload_hash bytea NOT NULL,
    guest_id uuid,
    place text DEFAULT ''::text NOT NULL,
    place_lon double precision,
    place_lat double precision,
    CONSTRAINT issue_report_at_door CHECK (((source <> 'door'::text) OR (door_id IS NOT NULL))),
    CONSTRAINT issue_report_one_raiser CHECK ((num_nonnulls(person_id, guest_id) <= 1)),
    CONSTRAINT issue_report_place_lat_range CHECK (((place_lat >= ('-90'::integer)::double precision) AND (place_lat <= (90)::double precision))),
    CONSTRAINT issue_report_place_length CHECK ((length(place) <= 200)),
    CONSTRAINT issue_report_place_lon_range CHECK (((place_lon >= ('-180'::integer)::double precision) AND (place_lon <= (180)::double precision))),
    CONSTRAINT issue_report_place_whole CHECK ((num_nonnulls(place_lon, place_lat) = ANY (ARRAY[0, 2]))),
    CONSTRAINT issue_report_source_known CHECK ((source = ANY (ARRAY['door'::text, 'survey'::text, 'event'::text, 'web'::text, 'phone'::text]))),
    CONSTRAINT issue_report_text_length CHECK ((length(text) <= 4000))
);

ALTER TABLE ONLY public.issue_report FORCE ROW LEVEL SECURITY;

CREATE TABLE public.person (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    household_id uuid NOT NULL,
    external_id text,
    given_name text DEFAULT ''::text NOT NULL,
    family_name text DEFAULT ''::text NOT NULL,
    birth_year integer,
    phone text,
    email text,
    language text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id uuid,
    name_key text DEFAULT ''::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    added_at_door boolean DEFAULT false NOT NULL,
    added_by uuid,
    merged_into uuid,
    merged_external_id text,
    erased_at timestamp with time zone,
    CONSTRAINT person_birth_year_range CHECK (((birth_year >= 1850) AND (birth_year <= 2200))),
    CONSTRAINT person_erased_whole CHECK (((erased_at IS NULL) OR ((given_name = ''::text) AND (family_name = ''::text) AND (tags = '{}'::text[]) AND (attributes = '{}'::jsonb) AND (num_nonnulls(external_id, merged_external_id, birth_year, phone, email, language) = 0)))),
    CONSTRAINT person_has_name CHECK (((erased_at IS NOT NULL) OR (given_name <> ''::text) OR (family_name <> ''::text))),
    CONSTRAINT person_merged_id_free CHECK (((merged_into IS NULL) OR (external_id IS NULL))),
    CONSTRAINT person_merged_into_another CHECK ((merged_into <> id))
);

ALTER TABLE ONLY public.person FORCE ROW LEVEL SECURITY;

CREATE VIEW public.case_raiser WITH (security_invoker='true') AS
 SELECT DISTINCT r.organization_id,
    r.case_id,
    COALESCE(p.merged_into, r.person_id) AS person_id,
        CASE
            WHEN (num_nonnulls(r.person_id, r.guest_id) = 0) THEN r.door_id
            ELSE NULL::uuid
        END AS door_id,
    r.guest_id
   FROM (public.issue_report r
     LEFT JOIN public.person p ON (((p.organization_id = r.organization_id) AND (p.id = r.person_id))))
  WHERE (num_nonnulls(r.person_id, r.guest_id, r.door_id) > 0);

CREATE TABLE public.case_telling (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    round integer NOT NULL,
    person_id uuid,
    door_id uuid,
    notice_id uuid,
    revisit_id uuid,
    suppressed text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    guest_id uuid,
    CONSTRAINT case_telling_of_guest CHECK (((guest_id IS NULL) OR (suppressed IS NOT NULL))),
    CONSTRAINT case_telling_one CHECK ((num_nonnulls(person_id, door_id, guest_id) = 1)),
    CONSTRAINT case_telling_somehow CHECK ((num_nonnulls(notice_id, revisit_id, suppressed) = 1)),
    CONSTRAINT case_telling_suppressed_known CHECK ((suppressed = ANY (ARRAY['erased'::text, 'left_alone'::text, 'withdrew'::text, 'no_consent'::text])))
);

ALTER TABLE ONLY public.case_telling FORCE ROW LEVEL SECURITY;

CREATE TABLE public.issue_case (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    topic_id uuid NOT NULL,
    status text NOT NULL,
    owner_id uuid,
    due_on date NOT NULL,
    round integer DEFAULT 0 NOT NULL,
    outcome text,
    reason text,
    duplicate_of_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    first_owned_at timestamp with time zone,
    resolved_at timestamp with time zone,
    told_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    commitment_id uuid,
    CONSTRAINT issue_case_duplicate_of_another CHECK ((duplicate_of_id <> id)),
    CONSTRAINT issue_case_outcome_known CHECK ((outcome = ANY (ARRAY['fixed'::text, 'answered'::text, 'referred'::text, 'declined'::text, 'duplicate'::text]))),
    CONSTRAINT issue_case_owned CHECK (((status = 'new'::text) OR (owner_id IS NOT NULL))),
    CONSTRAINT issue_case_reason_length CHECK (((length(TRIM(BOTH FROM reason)) >= 1) AND (length(TRIM(BOTH FROM reason)) <= 2000))),
    CONSTRAINT issue_case_resolved_whole CHECK ((num_nonnulls(outcome, reason, resolved_at) =
CASE
    WHEN (status = ANY (ARRAY['resolved'::text, 'told'::text, 'confirmed'::text])) THEN 3
    ELSE 0
END)),
    CONSTRAINT issue_case_status_known CHECK ((status = ANY (ARRAY['new'::text, 'assigned'::text, 'in_progress'::text, 'waiting'::text, 'resolved'::text, 'told'::text, 'confirmed'::text, 'reopened'::text])))
);

ALTER TABLE ONLY public.issue_case FORCE ROW LEVEL SECURITY;

CREATE TABLE public.letter (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    about uuid NOT NULL,
    person_id uuid,
    guest_id uuid,
    key text NOT NULL,
    purpose text,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    why text,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    attempts_count integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    tried_at timestamp with time zone,
    sent_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT letter_key_length CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT letter_kind_known CHECK ((kind = ANY (ARRAY['confirm_email'::text, 'own_page'::text, 'ticket'::text, 'place_free'::text, 'event_changed'::text, 'event_cancelled'::text, 'event_reminder'::text, 'slot_booked'::text, 'feedback'::text, 'issue_received'::text, 'issue_told'::text, 'survey_thanks'::text, 'proposal_received'::text, 'mailing'::text]))),
    CONSTRAINT letter_one_recipient CHECK ((num_nonnulls(person_id, guest_id) = 1)),
    CONSTRAINT letter_purpose_known CHECK ((purpose = ANY (ARRAY['follow_up'::text, 'events'::text, 'news'::text]))),
    CONSTRAINT letter_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'suppressed'::text, 'unknown'::text]))),
    CONSTRAINT letter_why_known CHECK ((why = ANY (ARRAY['erased'::text, 'no_address'::text, 'suppressed'::text, 'left_alone'::text, 'no_consent'::text, 'bouncing'::text, 'withdrawn'::text, 'expired'::text, 'not_true'::text, 'refused'::text, 'bounced'::text, 'not_reached'::text, 'interrupted'::text]))),
    CONSTRAINT letter_why_not CHECK (((state = ANY (ARRAY['failed'::text, 'suppressed'::text, 'unknown'::text])) = (why IS NOT NULL)))
);

ALTER TABLE ONLY public.letter FORCE ROW LEVEL SECURITY;

CREATE TABLE public.organization (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    require_consent boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    consent_months integer DEFAULT 12 NOT NULL,
    CONSTRAINT organization_consent_months_range CHECK (((consent_months >= 1) AND (consent_months <= 24))),
    CONSTRAINT organization_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT organization_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);

ALTER TABLE ONLY public.organization FORCE ROW LEVEL SECURITY;

CREATE TABLE public.revisit (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    done_at timestamp with time zone
);

ALTER TABLE ONLY public.revisit FORCE ROW LEVEL SECURITY;

CREATE VIEW public.raiser_told WITH (security_invoker='true') AS
 SELECT r.organization_id,
    r.case_id,
    k.round,
    r.person_id,
    r.door_id,
    k.resolved_at,
    (COALESCE(t.told, false) OR COALESCE((l.state = ANY (ARRAY['delivered'::text, 'suppressed'::text])), false)) AS told,
    (COALESCE(t.under_way, false) OR COALESCE((l.state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text])), false)) AS under_way,
    r.guest_id
   FROM (((public.case_raiser r
     JOIN public.issue_case k ON (((k.organization_id = r.organization_id) AND (k.id = r.case_id))))
     LEFT JOIN LATERAL ( SELECT bool_or(((t_1.suppressed IS NOT NULL) OR COALESCE((n.state = ANY (ARRAY['delivered'::text, 'suppressed'::text])), false) OR (v.done_at IS NOT NULL))) AS told,
            bool_or((((v.id IS NOT NULL) AND (v.done_at IS NULL)) OR COALESCE((n.state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text])), false))) AS under_way
           FROM (((public.case_telling t_1
             LEFT JOIN public.person p ON (((p.organization_id = t_1.organization_id) AND (p.id = t_1.person_id))))
             LEFT JOIN public.case_notice n ON (((n.organization_id = t_1.organization_id) AND (n.id = t_1.notice_id))))
             LEFT JOIN public.revisit v ON (((v.organization_id = t_1.organization_id) AND (v.id = t_1.revisit_id))))
          WHERE ((t_1.organization_id = r.organization_id) AND (t_1.case_id = r.case_id) AND (t_1.round = k.round) AND (NOT (COALESCE(p.merged_into, t_1.person_id) IS DISTINCT FROM r.person_id)) AND (NOT (t_1.door_id IS DISTINCT FROM r.door_id)) AND (NOT (t_1.guest_id IS DISTINCT FROM r.guest_id)))) t ON (true))
     LEFT JOIN public.letter l ON (((l.organization_id = r.organization_id) AND (l.guest_id = r.guest_id) AND (l.key = ((('case-told:'::text || r.case_id) || ':'::text) || k.round)))))
  WHERE ((k.status = ANY (ARRAY['resolved'::text, 'told'::text, 'confirmed'::text])) AND (k.duplicate_of_id IS NULL));

CREATE FUNCTION public.follow_up_row(of_organization uuid, at_instant timestamp with time zone) RETURNS TABLE(figure text, thing_id uuid, counted boolean, value double precision, happened_at timestamp with time zone)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT 'raisers_told'::text,
     COALESCE(t.person_id, t.guest_id, t.door_id) AS "coalesce",
     bool_and(t.told) AS bool_and,
     NULL::double precision AS float8,
     max(t.resolved_at) AS max
    FROM public.raiser_told t
   WHERE (t.organization_id = follow_up_row.of_organization)
   GROUP BY COALESCE(t.person_id, t.guest_id, t.door_id)
 UNION ALL
  SELECT 'hours_to_first_owner'::text,
     k.id,
     true,
     (EXTRACT(epoch FROM (k.first_owned_at - k.created_at)) / (3600)::numeric),
     k.first_owned_at
    FROM public.issue_case k
   WHERE ((k.organization_id = follow_up_row.of_organization) AND (k.first_owned_at IS NOT NULL))
 UNION ALL
  SELECT 'age_days'::text,
     k.id,
     true,
     (EXTRACT(epoch FROM (follow_up_row.at_instant - k.created_at)) / (86400)::numeric),
     k.created_at
    FROM public.issue_case k
   WHERE ((k.organization_id = follow_up_row.of_organization) AND (k.status <> ALL (ARRAY['resolved'::text, 'told'::text, 'confirmed'::text])))
 UNION ALL
  SELECT 'within_due'::text,
     k.id,
     (((k.resolved_at AT TIME ZONE o.time_zone))::date <= k.due_on),
     NULL::double precision,
     k.resolved_at
    FROM (public.issue_case k
      JOIN public.organization o ON ((o.id = k.organization_id)))
   WHERE ((k.organization_id = follow_up_row.of_organization) AND (k.resolved_at IS NOT NULL) AND (k.duplicate_of_id IS NULL))
 UNION ALL
  SELECT 'reopened'::text,
     k.id,
     (k.round > 0),
     NULL::double precision,
     k.created_at
    FROM public.issue_case k
   WHERE ((k.organization_id = follow_up_row.of_organization) AND ((k.round > 0) OR (k.resolved_at IS NOT NULL)) AND (k.duplicate_of_id IS NULL));
END;

CREATE FUNCTION public.forget_attendances() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.forget_buddies() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from buddy_offer where organization_id = new.organization_id and member_id = new.id;
  delete from buddy_pair
   where organization_id = new.organization_id and new.id in (newcomer_id, buddy_id, ended_by);
  delete from reading_confirmed where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.forget_crews() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update crew c set facts = '{}'
    from crew_member m
   where c.organization_id = new.organization_id
     and m.organization_id = c.organization_id and m.crew_id = c.id and m.member_id = new.id;
  delete from crew_rule where organization_id = new.organization_id and new.id = any(member_ids);
  delete from crew_proposal p
   where p.organization_id = new.organization_id
     and exists (
       select from proposed_crew c
        where c.organization_id = p.organization_id and c.proposal_id = p.id
          and new.id = any(c.member_ids));
  return null;
end
$$;

CREATE FUNCTION public.forget_notifications() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from notification where organization_id = new.organization_id and member_id = new.id;
  delete from notification_choice
   where organization_id = new.organization_id and member_id = new.id;
  delete from notification_setting
   where organization_id = new.organization_id and member_id = new.id;
  delete from device_push p
   using device d
   where p.organization_id = new.organization_id
     and d.organization_id = p.organization_id
     and d.id = p.device_id
     and d.member_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.forget_proposals() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update proposal
     set title = 'Taken back', text = '', place = '', lon = null, lat = null, cost_guess = null,
         eligible = false, reason = 'Whoever proposed it took it back.'
   where organization_id = new.organization_id and guest_id = new.id and eligible is null;
  update proposal
     set guest_id = null, form_id = null
   where organization_id = new.organization_id and guest_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.forget_shared_by() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update share_link
     set label = id::text
   where organization_id = new.organization_id and owner_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.forget_signups() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update signup set remark = null, rating = null, override_reason = null
   where organization_id = new.organization_id and member_id = new.id;
  update calendar_feed set revoked_at = coalesce(revoked_at, now())
   where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.forget_turf(of_organization uuid, of_turf uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
  delete from turf_door where organization_id = of_organization and turf_id = of_turf;
  delete from turf where organization_id = of_organization and id = of_turf;
  return true;
exception when foreign_key_violation then
  return false;
end
$$;

CREATE FUNCTION public.forget_volunteer() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from emergency_contact where organization_id = new.organization_id and member_id = new.id;
  delete from training_done where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer_tie
   where organization_id = new.organization_id and new.id in (member_id, other_id);
  delete from volunteer_exception
   where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer_availability
   where organization_id = new.organization_id and member_id = new.id;
  delete from volunteer where organization_id = new.organization_id and member_id = new.id;
  return null;
end
$$;

CREATE TABLE public.script_version (
    organization_id uuid NOT NULL,
    script_id uuid NOT NULL,
    version integer NOT NULL,
    introduction text NOT NULL,
    questions jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    language text DEFAULT 'und'::text NOT NULL,
    translations jsonb DEFAULT '{}'::jsonb NOT NULL,
    raises_issues boolean GENERATED ALWAYS AS (jsonb_path_exists(questions, '$[*].**."topic_id"'::jsonpath)) STORED NOT NULL
);

ALTER TABLE ONLY public.script_version FORCE ROW LEVEL SECURITY;

CREATE TABLE public.web_answer (
    organization_id uuid NOT NULL,
    response_id uuid NOT NULL,
    question_key text NOT NULL,
    value jsonb NOT NULL,
    sensitive boolean NOT NULL
);

ALTER TABLE ONLY public.web_answer FORCE ROW LEVEL SECURITY;

CREATE TABLE public.web_answer_tally (
    organization_id uuid NOT NULL,
    web_survey_id uuid NOT NULL,
    source text NOT NULL,
    question_key text NOT NULL,
    value jsonb NOT NULL,
    sensitive boolean NOT NULL,
    answers_count integer NOT NULL
);

ALTER TABLE ONLY public.web_answer_tally FORCE ROW LEVEL SECURITY;

CREATE TABLE public.web_response (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    web_survey_id uuid NOT NULL,
    source text NOT NULL,
    language text NOT NULL,
    guest_id uuid,
    opinion_wording text,
    opinion_until timestamp with time zone,
    civic_event_id uuid,
    recorded_by uuid,
    apart boolean DEFAULT false NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    payload_hash bytea NOT NULL,
    CONSTRAINT web_response_apart_unnamed CHECK (((NOT apart) OR (guest_id IS NULL))),
    CONSTRAINT web_response_event_recorded CHECK (((source = 'web'::text) OR (recorded_by IS NOT NULL))),
    CONSTRAINT web_response_language_length CHECK (((length(language) >= 2) AND (length(language) <= 30))),
    CONSTRAINT web_response_opinion_whole CHECK ((num_nonnulls(opinion_wording, opinion_until) = ANY (ARRAY[0, 2]))),
    CONSTRAINT web_response_opinion_wording_length CHECK ((length(opinion_wording) <= 2000)),
    CONSTRAINT web_response_source_known CHECK ((source = ANY (ARRAY['web'::text, 'event'::text])))
);

ALTER TABLE ONLY public.web_response FORCE ROW LEVEL SECURITY;

CREATE TABLE public.web_survey (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    script_id uuid NOT NULL,
    script_version integer NOT NULL,
    languages text[] NOT NULL,
    thanks text DEFAULT ''::text NOT NULL,
    opens_at timestamp with time zone DEFAULT now() NOT NULL,
    closes_at timestamp with time zone,
    by_invitation boolean DEFAULT false NOT NULL,
    civic_event_id uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT web_survey_closes_later CHECK ((closes_at > opens_at)),
    CONSTRAINT web_survey_languages_some CHECK (((cardinality(languages) >= 1) AND (cardinality(languages) <= 50))),
    CONSTRAINT web_survey_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text)),
    CONSTRAINT web_survey_thanks_length CHECK ((length(thanks) <= 2000)),
    CONSTRAINT web_survey_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.web_survey FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.forget_web_responses(of_organization uuid, response_ids uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.web_answer_tally AS t (organization_id, web_survey_id, source, question_key, value, sensitive, answers_count)  SELECT forget_web_responses.of_organization AS of_organization,
             s.id,
             r.source,
             a.question_key,
             kept.value,
             a.sensitive,
             count(*) AS count
            FROM ((((public.web_answer a
              JOIN public.web_response r ON (((r.organization_id = a.organization_id) AND (r.id = a.response_id))))
              JOIN public.web_survey s ON (((s.organization_id = r.organization_id) AND (s.id = r.web_survey_id))))
              JOIN public.script_version v ON (((v.organization_id = s.organization_id) AND (v.script_id = s.script_id) AND (v.version = s.script_version))))
              CROSS JOIN LATERAL ( SELECT
                         CASE
                             WHEN (EXISTS ( SELECT
                                FROM jsonb_array_elements(v.questions) question(value)
                               WHERE (((question.value ->> 'key'::text) = a.question_key) AND ((question.value ->> 'type'::text) = ANY (ARRAY['single'::text, 'multi'::text, 'scale'::text, 'yes_no'::text, 'number'::text]))))) THEN a.value
                             ELSE '"…"'::jsonb
                         END AS value) kept)
           WHERE ((a.organization_id = forget_web_responses.of_organization) AND (a.response_id = ANY (forget_web_responses.response_ids)))
           GROUP BY s.id, r.source, a.question_key, kept.value, a.sensitive ON CONFLICT(organization_id, web_survey_id, source, question_key, value, sensitive) DO UPDATE SET answers_count = (t.answers_count + excluded.answers_count);
 DELETE FROM public.web_answer a
   WHERE ((a.organization_id = forget_web_responses.of_organization) AND (a.response_id = ANY (forget_web_responses.response_ids)));
 UPDATE public.web_response r SET guest_id = NULL::uuid, opinion_wording = NULL::text, opinion_until = NULL::timestamp with time zone, answered_at = date_trunc('day'::text, r.answered_at)
   WHERE ((r.organization_id = forget_web_responses.of_organization) AND (r.id = ANY (forget_web_responses.response_ids)));
END;

CREATE FUNCTION public.forget_what_guest_said() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE public.guest_consent (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    guest_id uuid NOT NULL,
    purpose text NOT NULL,
    wording text NOT NULL,
    wording_version integer,
    given_at timestamp with time zone DEFAULT now() NOT NULL,
    confirmed_at timestamp with time zone,
    expires_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    CONSTRAINT guest_consent_expires CHECK (((confirmed_at IS NULL) = (expires_at IS NULL))),
    CONSTRAINT guest_consent_purpose_known CHECK ((purpose = ANY (ARRAY['follow_up'::text, 'events'::text, 'news'::text]))),
    CONSTRAINT guest_consent_wording_length CHECK (((length(wording) >= 1) AND (length(wording) <= 2000)))
);

ALTER TABLE ONLY public.guest_consent FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.guest_consents_to(of_organization uuid, of_guest uuid, for_purpose text, at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (EXISTS (SELECT FROM public.guest_consent c WHERE ((c.organization_id = guest_consents_to.of_organization) AND (c.guest_id = guest_consents_to.of_guest) AND (c.purpose = guest_consents_to.for_purpose) AND (c.confirmed_at <= guest_consents_to.at) AND (c.expires_at > guest_consents_to.at) AND (c.withdrawn_at IS NULL))));

CREATE FUNCTION public.heard_count(of_organization uuid, of_script uuid) RETURNS TABLE(source text, script_id uuid, script_version integer, question_key text, value jsonb, sensitive boolean, answers_count bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT heard.source,
     heard_count.of_script AS of_script,
     heard.script_version,
     heard.question_key,
     heard.value,
     bool_or(heard.sensitive) AS bool_or,
     sum(heard.times) AS sum
    FROM ( SELECT 'door'::text AS source,
             a.script_version,
             a.question_key,
             a.sensitive,
             1 AS times,
                 CASE jsonb_typeof(a.value)
                     WHEN 'string'::text THEN to_jsonb("left"((a.value #>> '{}'::text[]), 40))
                     ELSE a.value
                 END AS value
            FROM public.counted_answer(heard_count.of_organization, NULL::uuid, NULL::uuid[]) a(answer_id, pass_id, door_id, person_id, script_id, script_version, question_key, value, sensitive)
           WHERE (a.script_id = heard_count.of_script)
         UNION ALL
          SELECT 'door'::text,
             t.script_version,
             t.question_key,
             t.sensitive,
             t.answers_count,
             t.value
            FROM public.answer_tally t
           WHERE ((t.organization_id = heard_count.of_organization) AND (t.script_id = heard_count.of_script))
         UNION ALL
          SELECT r.source,
             s.script_version,
             a.question_key,
             a.sensitive,
             1,
                 CASE jsonb_typeof(a.value)
                     WHEN 'string'::text THEN to_jsonb("left"((a.value #>> '{}'::text[]), 40))
                     ELSE a.value
                 END AS value
            FROM ((public.web_survey s
              JOIN public.web_response r ON (((r.organization_id = s.organization_id) AND (r.web_survey_id = s.id))))
              JOIN public.web_answer a ON (((a.organization_id = r.organization_id) AND (a.response_id = r.id))))
           WHERE ((s.organization_id = heard_count.of_organization) AND (s.script_id = heard_count.of_script))
         UNION ALL
          SELECT t.source,
             s.script_version,
             t.question_key,
             t.sensitive,
             t.answers_count,
             t.value
            FROM (public.web_survey s
              JOIN public.web_answer_tally t ON (((t.organization_id = s.organization_id) AND (t.web_survey_id = s.id))))
           WHERE ((s.organization_id = heard_count.of_organization) AND (s.script_id = heard_count.of_script))) heard
   GROUP BY heard.source, heard.script_version, heard.question_key, heard.value
   ORDER BY heard.source, heard.script_version, heard.question_key, heard.value;
END;

CREATE TABLE public.assignment (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    turf_id uuid NOT NULL,
    member_id uuid NOT NULL,
    assigned_by uuid NOT NULL,
    assigned_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_reason text,
    CONSTRAINT assignment_ended_reason_known CHECK ((ended_reason = ANY (ARRAY['handed_back'::text, 'handed_over'::text, 'taken_back'::text, 'archived'::text, 'expired'::text])))
);

ALTER TABLE ONLY public.assignment FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.holds_turf(wanted_turf_id uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (EXISTS (SELECT FROM (public.assignment a JOIN public.turf t ON (((t.organization_id = a.organization_id) AND (t.id = a.turf_id)))) WHERE ((a.organization_id = (SELECT public.current_organization_id() AS current_organization_id)) AND (a.turf_id = holds_turf.wanted_turf_id) AND (a.member_id = (SELECT public.current_member_id() AS current_member_id)) AND (a.ended_at IS NULL) AND (a.expires_at > now()) AND (t.status = 'published'::text))));

CREATE TABLE public.do_not_contact (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL,
    person_id uuid,
    source_event_id uuid,
    recorded_by uuid,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    cleared_at timestamp with time zone,
    cleared_by uuid,
    cleared_reason text,
    CONSTRAINT do_not_contact_cleared_whole CHECK ((num_nonnulls(cleared_at, cleared_by, cleared_reason) = ANY (ARRAY[0, 3])))
);

ALTER TABLE ONLY public.do_not_contact FORCE ROW LEVEL SECURITY;

CREATE TABLE public.guest (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    email text,
    language text,
    source text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    confirmed_at timestamp with time zone,
    asks_at timestamp with time zone,
    asked_at timestamp with time zone,
    asked_count integer DEFAULT 0 NOT NULL,
    new_email text,
    person_id uuid,
    linked_by uuid,
    erased_at timestamp with time zone,
    CONSTRAINT guest_email_format CHECK ((((length(email) >= 3) AND (length(email) <= 254)) AND (email ~~ '%_@_%'::text))),
    CONSTRAINT guest_erased_whole CHECK (
CASE
    WHEN (erased_at IS NULL) THEN ((email IS NOT NULL) AND (name <> ''::text))
    ELSE ((num_nonnulls(email, new_email, language, person_id, asks_at) = 0) AND (name = ''::text))
END),
    CONSTRAINT guest_language_length CHECK (((length(language) >= 2) AND (length(language) <= 10))),
    CONSTRAINT guest_name_length CHECK ((length(name) <= 200)),
    CONSTRAINT guest_new_email_format CHECK ((((length(new_email) >= 3) AND (length(new_email) <= 254)) AND (new_email ~~ '%_@_%'::text))),
    CONSTRAINT guest_source_known CHECK ((source = ANY (ARRAY['rsvp'::text, 'slot'::text, 'survey'::text, 'issue'::text, 'signup'::text, 'proposal'::text])))
);

ALTER TABLE ONLY public.guest FORCE ROW LEVEL SECURITY;

CREATE TABLE public.household (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL,
    import_run_id uuid
);

ALTER TABLE ONLY public.household FORCE ROW LEVEL SECURITY;

CREATE TABLE public.suppressed_person (
    organization_id uuid NOT NULL,
    person_id uuid NOT NULL,
    suppression_id uuid NOT NULL
);

ALTER TABLE ONLY public.suppressed_person FORCE ROW LEVEL SECURITY;

CREATE VIEW public.left_alone WITH (security_invoker='true') AS
 SELECT do_not_contact.organization_id,
    do_not_contact.door_id,
    do_not_contact.person_id
   FROM public.do_not_contact
  WHERE (do_not_contact.cleared_at IS NULL)
UNION ALL
 SELECT s.organization_id,
    h.door_id,
    s.person_id
   FROM ((public.suppressed_person s
     JOIN public.person p ON (((p.organization_id = s.organization_id) AND (p.id = s.person_id))))
     JOIN public.household h ON (((h.organization_id = p.organization_id) AND (h.id = p.household_id))));

CREATE FUNCTION public.letter_refusal(of_organization uuid, of_person uuid, of_guest uuid, for_purpose text, at_instant timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (p.erased_at IS NOT NULL) THEN 'erased'::text
             WHEN (p.email IS NULL) THEN 'no_address'::text
             WHEN (EXISTS ( SELECT
                FROM public.suppressed_person s
               WHERE ((s.organization_id = letter_refusal.of_organization) AND (s.person_id = p.id)))) THEN 'suppressed'::text
             WHEN (letter_refusal.for_purpose IS NULL) THEN NULL::text
             WHEN (EXISTS ( SELECT
                FROM public.left_alone a
               WHERE ((a.organization_id = letter_refusal.of_organization) AND ((a.person_id = p.id) OR ((a.person_id IS NULL) AND (a.door_id = h.door_id)))))) THEN 'left_alone'::text
             WHEN (NOT public.consents_to(letter_refusal.of_organization, p.id, letter_refusal.for_purpose, 'email'::text, letter_refusal.at_instant)) THEN 'no_consent'::text
             ELSE NULL::text
         END AS "case"
    FROM (public.person p
      JOIN public.household h ON (((h.organization_id = p.organization_id) AND (h.id = p.household_id))))
   WHERE ((p.organization_id = letter_refusal.of_organization) AND (p.id = letter_refusal.of_person))
 UNION ALL
  SELECT
         CASE
             WHEN (g.erased_at IS NOT NULL) THEN 'erased'::text
             WHEN ((letter_refusal.for_purpose IS NOT NULL) AND (NOT public.guest_consents_to(letter_refusal.of_organization, g.id, letter_refusal.for_purpose, letter_refusal.at_instant))) THEN 'no_consent'::text
             ELSE NULL::text
         END AS "case"
    FROM public.guest g
   WHERE ((g.organization_id = letter_refusal.of_organization) AND (g.id = letter_refusal.of_guest));
END;

CREATE FUNCTION public.limit_consent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.expires_at := new.given_at + make_interval(months =>
    (select o.consent_months from organization o where o.id = new.organization_id));
  return new;
end
$$;

CREATE FUNCTION public.make_id() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    RETURN uuidv7();

CREATE PROCEDURE public.make_tenant_table(IN name regclass, IN rights text)
    LANGUAGE plpgsql
    AS $$
begin
  execute format('alter table %s enable row level security', name);
  execute format('alter table %s force row level security', name);
  execute format(
    'create policy same_organization on %s to doorstep_request
       using (organization_id = (select current_organization_id()))
       with check (organization_id = (select current_organization_id()))', name);
  execute format('grant %s on %s to doorstep_request', rights, name);
end
$$;

CREATE FUNCTION public.merged_ids(of_organization uuid) RETURNS TABLE(external_id text, person_id uuid, household_id uuid)
    LANGUAGE plpgsql
    AS $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select gone.merged_external_id, p.id, p.household_id
      from person gone
      join person p on p.organization_id = of_organization and p.id = gone.merged_into
     where gone.organization_id = of_organization and gone.merged_external_id is not null;
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

CREATE FUNCTION public.note_address() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform note_doors(new.organization_id, array(
    select d.id
      from door d
     where d.organization_id = new.organization_id and d.address_id = new.id));
  return null;
end
$$;

CREATE FUNCTION public.note_address_of_door() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform note_doors(new.organization_id, array[new.id]);
  return null;
end
$$;

CREATE TABLE public.stale_door (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    pass_id uuid NOT NULL,
    door_id uuid NOT NULL
);

ALTER TABLE ONLY public.stale_door FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tallied_door (
    organization_id uuid NOT NULL,
    door_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    turf_id uuid,
    place integer NOT NULL,
    precinct text NOT NULL,
    done boolean NOT NULL,
    people_count integer NOT NULL,
    attempts_count integer NOT NULL,
    contacts_count integer NOT NULL,
    second_tries_count integer NOT NULL,
    second_contacts_count integer NOT NULL,
    last_result text,
    last_attempt_at timestamp with time zone
);

ALTER TABLE ONLY public.tallied_door FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.note_doors(of_organization uuid, of_doors uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.stale_door (organization_id, pass_id, door_id)  SELECT turf_door.organization_id,
             turf_door.pass_id,
             turf_door.door_id
            FROM public.turf_door
           WHERE ((turf_door.organization_id = note_doors.of_organization) AND (turf_door.door_id = ANY (note_doors.of_doors)))
         UNION
          SELECT t.organization_id,
             t.pass_id,
             t.door_id
            FROM (public.pass
              JOIN public.tallied_door t ON (((t.organization_id = pass.organization_id) AND (t.pass_id = pass.id) AND (t.door_id = ANY (note_doors.of_doors)))))
           WHERE (pass.organization_id = note_doors.of_organization);
END;

CREATE FUNCTION public.note_events() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select distinct e.organization_id, e.pass_id, e.door_id
    from changed e
   where e.kind = 'attempt' and e.pass_id is not null and e.door_id is not null;
  -- A reply may not say where what it replies to happened.
  if exists (select from changed e where e.target_id is not null) then
    insert into stale_door (organization_id, pass_id, door_id)
    with recursive behind as (
      select e.organization_id, e.target_id as id from changed e where e.target_id is not null
       union
      select e.organization_id, e.target_id
        from behind
        join contact_event e on e.organization_id = behind.organization_id and e.id = behind.id
       where e.target_id is not null
    )
    select distinct e.organization_id, e.pass_id, e.door_id
      from behind
      join contact_event e on e.organization_id = behind.organization_id and e.id = behind.id
     where e.kind = 'attempt' and e.pass_id is not null and e.door_id is not null;
  end if;
  return null;
end
$$;

CREATE FUNCTION public.note_flagged_answers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.note_household() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform note_doors(new.organization_id, array[old.door_id, new.door_id]);
  return null;
end
$$;

CREATE FUNCTION public.note_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform note_doors(new.organization_id, array(
    select h.door_id
      from household h
     where h.organization_id = new.organization_id
       and h.id in (old.household_id, new.household_id)));
  return null;
end
$$;

CREATE FUNCTION public.note_people() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare of_organization uuid := (select organization_id from changed limit 1);
begin
  -- Before anything was cut there is nothing to note: the greatest imports come then.
  if exists (select from turf_door where organization_id = of_organization) then
    perform note_doors(of_organization, array(
      select distinct h.door_id
        from changed p
        join household h on h.organization_id = p.organization_id and h.id = p.household_id));
  end if;
  return null;
end
$$;

CREATE FUNCTION public.note_stale_facts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  changed text := case tg_op
    when 'INSERT' then 'select * from new_rows'
    when 'DELETE' then 'select * from old_rows'
    else 'select * from old_rows union all select * from new_rows' end;
  many boolean;
begin
  execute format('select count(*) > 10000 from (%s) c', changed) into many;
  if many or tg_argv[0] = 'everything' then
    execute format(
      'insert into fact_stale (organization_id, kind)
       select distinct organization_id, ''everything'' from (%s) c', changed);
  else
    execute format(
      'insert into fact_stale (organization_id, kind, thing_id)
       select distinct organization_id, %L, %I from (%s) c', tg_argv[0], tg_argv[1], changed);
  end if;
  return null;
end
$$;

CREATE FUNCTION public.note_state() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  values (new.organization_id, new.pass_id, new.door_id);
  return null;
end
$$;

CREATE FUNCTION public.note_time_zone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select organization_id, pass_id, door_id from tallied_door where organization_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.note_turf_doors() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into stale_door (organization_id, pass_id, door_id)
  select organization_id, pass_id, door_id from changed;
  return null;
end
$$;

CREATE FUNCTION public.number_changes(of_organization uuid, of_member uuid) RETURNS TABLE(epoch bigint, seq bigint)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
declare
  held change_counter;
  origin_here bigint := origin_of_numbers();
  given bigint;
begin
  perform set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true);
  select * into held from change_counter where organization_id = of_organization for update;
  with ended as (
    update assignment
       set ended_at = now(),
           ended_reason = 'expired'
     where organization_id = of_organization
       and member_id = of_member
       and ended_at is null
       and expires_at <= now()
    returning turf_id
  ),
  told as (
    insert into scope_change (organization_id, seq, turf_id, member_id, kind)
    select of_organization, held.seq + row_number() over (order by turf_id), turf_id, of_member,
           'lost'
      from ended
  )
  select count(*) into given from ended;
  held.seq := held.seq + given;
  with taken as (
    delete from feed_pending
     where organization_id = of_organization
    returning id, scope_id, kind, thing_id
  ),
  thing as (
    select scope_id, kind, thing_id, row_number() over (order by max(id)) as place
      from taken
     group by scope_id, kind, thing_id
  ),
  numbered as (
    insert into feed (organization_id, scope_id, kind, thing_id, seq)
    select of_organization, scope_id, kind, thing_id, held.seq + place from thing
        on conflict (organization_id, scope_id, kind, thing_id) do update
       set seq = excluded.seq
  )
  select count(*) into given from thing;
  update change_counter
     set epoch = held.epoch + (held.origin not in (0, origin_here))::int,
         seq = held.seq + given,
         origin = origin_here
   where organization_id = of_organization;
  return query
  select c.epoch::bigint, c.seq from change_counter c where c.organization_id = of_organization;
end
$$;

CREATE FUNCTION public.number_waiting() RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  of_organization uuid := current_organization_id();
  of_member uuid := current_member_id();
begin
  if of_organization is null then
    return;
  end if;
  -- The queue is nearly empty, however many went through it: only an index skips what is gone.
  perform set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
  if exists (select from change_counter c
              where c.organization_id = of_organization
                and (c.origin <> origin_of_numbers()
                     or exists (select from feed_pending p
                                 where p.organization_id = of_organization)
                     or exists (select from assignment a
                                 where a.organization_id = of_organization
                                   and a.member_id = of_member
                                   and a.ended_at is null
                                   and a.expires_at <= now()))) then
    perform number_changes(of_organization, of_member);
  end if;
end
$$;

CREATE FUNCTION public.open_organization(in_organization uuid) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT set_config('role'::text, 'doorstep_request'::text, true) AS set_config,
     set_config('jit'::text, 'off'::text, true) AS set_config,
     set_config('doorstep.organization_id'::text, (in_organization)::text, true) AS set_config,
     set_config('doorstep.member_id'::text, ''::text, true) AS set_config,
     set_config('doorstep.sees_people'::text, 'all'::text, true) AS set_config;
END;

CREATE FUNCTION public.open_request(of_device uuid) RETURNS TABLE(organization_id uuid, member_id uuid, device_id uuid, roles text[])
    LANGUAGE plpgsql
    AS $$
begin
  perform set_config('role', 'doorstep_signin', true);
  select d.organization_id, d.member_id, d.id, m.roles
    into open_request.organization_id, open_request.member_id,
         open_request.device_id, open_request.roles
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.id = of_device
     and d.revoked_at is null
     and d.expires_at > now()
     and m.ended_at is null;
  if not found then
    return;
  end if;
  perform
    set_config('role', 'doorstep_request', true),
    -- Compiling a statement costs more than any of ours takes; not every server has it off.
    set_config('jit', 'off', true),
    set_config('doorstep.organization_id', open_request.organization_id::text, true),
    set_config('doorstep.member_id', open_request.member_id::text, true),
    set_config('doorstep.sees_people',
      case when open_request.roles && array['owner', 'organizer', 'coordinator', 'caseworker']
        then 'all' else 'assigned' end, true);
  return next;
end
$$;

CREATE FUNCTION public.open_upload(of_device uuid) RETURNS TABLE(organization_id uuid, member_id uuid, device_id uuid, roles text[], revoked_at timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
begin
  perform set_config('role', 'doorstep_signin', true);
  select d.organization_id, d.member_id, d.id, '{}'::text[],
         least(d.revoked_at, d.expires_at, m.ended_at)
    into open_upload.organization_id, open_upload.member_id, open_upload.device_id,
         open_upload.roles, open_upload.revoked_at
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.id = of_device
     and least(d.revoked_at, d.expires_at, m.ended_at) between now() - interval '14 days' and now();
  if not found then
    return;
  end if;
  perform
    set_config('role', 'doorstep_request', true),
    set_config('jit', 'off', true),
    set_config('doorstep.organization_id', open_upload.organization_id::text, true),
    set_config('doorstep.member_id', open_upload.member_id::text, true),
    set_config('doorstep.sees_people', 'assigned', true);
  return next;
end
$$;

CREATE FUNCTION public.origin_of_numbers() RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT (pg_control_system.system_identifier # ((('x'::text || "left"(pg_walfile_name(pg_current_wal_insert_lsn()), 8)))::bit(32))::bigint)
    FROM pg_control_system() pg_control_system(pg_control_version, catalog_version_no, system_identifier, pg_control_last_modified);
END;

CREATE TABLE public.door_state (
    organization_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    door_id uuid NOT NULL,
    status text NOT NULL,
    last_result text,
    last_attempt_at timestamp with time zone,
    attempts_count integer NOT NULL,
    contacts_count integer NOT NULL,
    do_not_contact boolean NOT NULL,
    latest_event_id uuid,
    done boolean GENERATED ALWAYS AS ((do_not_contact OR (status = ANY (ARRAY['canvassed'::text, 'refused'::text, 'moved'::text, 'deceased'::text, 'do_not_contact'::text])))) STORED NOT NULL,
    last_attempt_id uuid,
    latest_at timestamp with time zone
);

ALTER TABLE ONLY public.door_state FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.pass_door(of_organization uuid, of_pass uuid) RETURNS TABLE(door_id uuid, turf_id uuid, place integer)
    LANGUAGE sql STABLE STRICT ROWS 10000
    BEGIN ATOMIC
 SELECT home.door_id,
     home.turf_id,
     home.place
    FROM ( SELECT DISTINCT ON (td.door_id) td.door_id,
             td.turf_id,
             td."position" AS place
            FROM (public.turf_door td
              JOIN public.turf t ON (((t.organization_id = td.organization_id) AND (t.id = td.turf_id))))
           WHERE ((td.organization_id = pass_door.of_organization) AND (td.pass_id = pass_door.of_pass))
           ORDER BY td.door_id, td.live DESC, t.archived_at DESC NULLS LAST, t.id DESC) home
 UNION ALL
  SELECT s.door_id,
     NULL::uuid,
     0
    FROM public.door_state s
   WHERE ((s.organization_id = pass_door.of_organization) AND (s.pass_id = pass_door.of_pass) AND (s.attempts_count > 0) AND (NOT (EXISTS ( SELECT
            FROM public.turf_door td
           WHERE ((td.organization_id = s.organization_id) AND (td.pass_id = s.pass_id) AND (td.door_id = s.door_id))))));
END;

CREATE FUNCTION public.people_meant(of_organization uuid, of_people uuid[]) RETURNS TABLE(id uuid, person_id uuid, door_id uuid, added_by uuid)
    LANGUAGE plpgsql
    AS $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select p.id, coalesce(p.merged_into, p.id),
           case when p.given_name <> '' or p.family_name <> '' then h.door_id end, p.added_by
      from person p
      join household h on h.organization_id = p.organization_id and h.id = p.household_id
     where p.organization_id = of_organization and p.id = any (of_people);
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

CREATE FUNCTION public.person_reach(of_organization uuid, of_person uuid, at_instant timestamp with time zone) RETURNS TABLE(how text, home_id uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (p.erased_at IS NOT NULL) THEN 'erased'::text
             WHEN (EXISTS ( SELECT
                FROM public.left_alone a
               WHERE ((a.organization_id = person_reach.of_organization) AND ((a.person_id = p.id) OR ((a.person_id IS NULL) AND (a.door_id = h.door_id)))))) THEN 'left_alone'::text
             WHEN ((NOT public.consents_to(person_reach.of_organization, p.id, 'follow_up'::text, NULL::text, person_reach.at_instant)) AND (EXISTS ( SELECT
                FROM public.consent c
               WHERE ((c.organization_id = person_reach.of_organization) AND (c.person_id = p.id) AND (c.purpose = 'follow_up'::text) AND (c.channel IS NULL) AND (c.withdrawn_at IS NOT NULL))))) THEN 'withdrew'::text
             WHEN ((p.email IS NOT NULL) AND (tried.email IS NULL) AND public.consents_to(person_reach.of_organization, p.id, 'follow_up'::text, 'email'::text, person_reach.at_instant)) THEN 'email'::text
             WHEN ((p.phone IS NOT NULL) AND (tried.phone IS NULL) AND public.consents_to(person_reach.of_organization, p.id, 'follow_up'::text, 'phone'::text, person_reach.at_instant)) THEN 'phone'::text
             ELSE 'revisit'::text
         END AS "case",
     h.door_id
    FROM ((public.person p
      JOIN public.household h ON (((h.organization_id = p.organization_id) AND (h.id = p.household_id))))
      CROSS JOIN LATERAL ( SELECT bool_or(true) FILTER (WHERE (n.channel = 'email'::text)) AS email,
             bool_or(true) FILTER (WHERE (n.channel = 'phone'::text)) AS phone
            FROM ((public.case_notice n
              JOIN public.case_telling t ON (((t.organization_id = n.organization_id) AND (t.notice_id = n.id))))
              JOIN public.issue_case k ON (((k.organization_id = t.organization_id) AND (k.id = t.case_id))))
           WHERE ((n.organization_id = person_reach.of_organization) AND (n.person_id = p.id) AND (n.state = 'failed'::text) AND (k.status = 'resolved'::text) AND (t.round = k.round))) tried)
   WHERE ((p.organization_id = person_reach.of_organization) AND (p.id = person_reach.of_person));
END;

CREATE FUNCTION public.raise_public_sequence() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update public_event set sequence = sequence + 1, updated_at = now()
   where organization_id = new.organization_id and event_id = new.id;
  return null;
end
$$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'Entries of % are never changed.', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

CREATE FUNCTION public.rows_of_person(of_organization uuid, of_person uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql
    AS $$
declare before text := current_setting('doorstep.sees_merged', true);
begin
  perform set_config('doorstep.sees_merged', 'yes', true);
  return query
    select id
      from person
     where organization_id = of_organization and (id = of_person or merged_into = of_person)
     order by id <> of_person, id;
  perform set_config('doorstep.sees_merged', coalesce(before, ''), true);
end
$$;

CREATE FUNCTION public.seal_audit_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.shift_hours(came_at timestamp with time zone, went_at timestamp with time zone, starts_at timestamp with time zone, ends_at timestamp with time zone) RETURNS double precision
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN GREATEST(((EXTRACT(epoch FROM (LEAST(COALESCE(went_at, ends_at), (ends_at + '00:15:00'::interval), now()) - GREATEST(came_at, starts_at))))::double precision / (3600)::double precision), (0)::double precision);

CREATE FUNCTION public.stored_among(of_organization uuid, of_events uuid[]) RETURNS TABLE(id uuid, payload_hash bytea)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
  return query
  select e.id, e.payload_hash
    from unnest(of_events) of_event
   cross join lateral (
     select there.id, there.payload_hash
       from contact_event there
      where there.organization_id = of_organization and there.id = of_event
      limit 1) e;
end
$$;

CREATE FUNCTION public.take_in(of_organization uuid, of_devices uuid[], of_events uuid[], of_doors uuid[], of_buildings uuid[], of_turfs uuid[], OUT stored_ids uuid[], OUT stored_hashes bytea[], OUT awaited_ids uuid[], OUT door_ids uuid[], OUT door_building_ids uuid[], OUT marked_building_ids uuid[], OUT in_turf_ids uuid[], OUT in_door_ids uuid[], OUT tangled_door_ids uuid[], OUT holder_turf_ids uuid[], OUT holder_member_ids uuid[], OUT holders_hold boolean[], OUT top_seq bigint, OUT device_ids uuid[], OUT device_member_ids uuid[], OUT device_roles text[], OUT clock_device_ids uuid[], OUT clock_offsets_ms bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS $$
begin
  perform begin_sync();
  perform pg_advisory_xact_lock_shared(hashtextextended(of_organization::text, 0));
  with wanted as (
    select unnest(of_doors) as id
     union
    select unit.id
      from address a
      join door unit on unit.organization_id = of_organization and unit.address_id = a.id
     where a.organization_id = of_organization and a.building_id = any (of_buildings)
  ),
  locked as materialized (
    -- Always in one order, so none waits in a circle.
    select d.id, a.building_id
      from door d
      join address a on a.organization_id = of_organization and a.id = d.address_id
     where d.organization_id = of_organization
       and d.id = any (array(select id from wanted))
     order by d.id
       for no key update of d
  )
  select array_agg(id), array_agg(building_id) into door_ids, door_building_ids from locked;
  select array_agg(e.id), array_agg(e.payload_hash)
    into stored_ids, stored_hashes
    from stored_among(of_organization, of_events) e;
  select array_agg(e.target_id)
    into awaited_ids
    from contact_event e
   where e.organization_id = of_organization
     and e.target_id = any (of_events)
     and e.target_id <> all (coalesce(stored_ids, '{}'));
  select array_agg(distinct e.building_id)
    into marked_building_ids
    from contact_event e
   where e.organization_id = of_organization and e.building_id = any (door_building_ids);
  select array_agg(td.turf_id), array_agg(td.door_id)
    into in_turf_ids, in_door_ids
    from (select t.turf_id, t.door_id
            from turf_door t
           where t.organization_id = of_organization
             and t.turf_id = any (of_turfs) and t.door_id = any (door_ids)
           union all
          select l.turf_id, l.door_id
            from left_door l
           where l.organization_id = of_organization
             and l.turf_id = any (of_turfs) and l.door_id = any (door_ids)) td;
  select array_agg(s.door_id)
    into tangled_door_ids
    from door_state s
   where s.organization_id = of_organization
     and s.pass_id = any (array(
       select t.pass_id
         from turf t
        where t.organization_id = of_organization and t.id = any (of_turfs)))
     and s.door_id = any (door_ids)
     and s.latest_at is null;
  select array_agg(h.turf_id), array_agg(h.member_id), array_agg(h.holds)
    into holder_turf_ids, holder_member_ids, holders_hold
    from (select a.turf_id, a.member_id,
                 bool_or(a.ended_at is null and a.expires_at > now()) as holds
            from assignment a
           where a.organization_id = of_organization and a.turf_id = any (of_turfs)
           group by a.turf_id, a.member_id) h;
  select c.seq into top_seq from change_counter c where c.organization_id = of_organization;
  select array_agg(d.id), array_agg(d.member_id), array_agg(array_to_string(m.roles, ','))
    into device_ids, device_member_ids, device_roles
    from device d
    join member m on m.organization_id = d.organization_id and m.id = d.member_id
   where d.organization_id = of_organization
     and d.id = any (of_devices)
     and d.revoked_at is null
     and d.expires_at > now()
     and m.ended_at is null;
  select array_agg(b.device_id order by b.received_at desc),
         array_agg(b.clock_offset_ms order by b.received_at desc)
    into clock_device_ids, clock_offsets_ms
    from unnest(of_devices) of_device
   cross join lateral (
     select batch.device_id, batch.received_at, batch.clock_offset_ms
       from event_batch batch
      where batch.organization_id = of_organization and batch.device_id = of_device
      order by batch.received_at desc
      limit 8) b;
end
$$;

CREATE FUNCTION public.topics_of_answer(questions jsonb, key text, value jsonb) RETURNS TABLE(topic_id uuid)
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
 SELECT DISTINCT ((said.topic #>> '{}'::text[]))::uuid AS uuid
    FROM (jsonb_array_elements(topics_of_answer.questions) question(value)
      CROSS JOIN LATERAL ( SELECT (question.value -> 'topic_id'::text) AS topic
         UNION ALL
          SELECT (option.value -> 'topic_id'::text)
            FROM jsonb_array_elements((question.value -> 'options'::text)) option(value)
           WHERE ((option.value = (option.value -> 'key'::text)) OR (option.value @> jsonb_build_array((option.value -> 'key'::text))))) said)
   WHERE (((question.value ->> 'key'::text) = topics_of_answer.key) AND (jsonb_typeof(said.topic) = 'string'::text));
END;

CREATE FUNCTION public.volunteer_deed(of_organization uuid, of_members uuid[], since timestamp with time zone[], until timestamp with time zone[]) RETURNS TABLE(member_id uuid, pass_id uuid, door_id uuid, attempt_id uuid, result text, issue_id uuid, case_id uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH span AS MATERIALIZED (
          SELECT s.member_id,
             s.since,
             s.until
            FROM UNNEST(volunteer_deed.of_members, volunteer_deed.since, volunteer_deed.until) s(member_id, since, until)
         )
  SELECT DISTINCT a.member_id,
     p.id,
     a.door_id,
     a.event_id,
     a.result,
     NULL::uuid AS uuid,
     NULL::uuid AS uuid
    FROM ((public.pass p
      CROSS JOIN LATERAL public.effective_attempt(p.organization_id, p.id) a(event_id, door_id, member_id, occurred_at, result))
      JOIN span s ON (((s.member_id = a.member_id) AND (a.occurred_at >= s.since) AND (a.occurred_at < s.until))))
   WHERE ((p.organization_id = volunteer_deed.of_organization) AND (EXISTS ( SELECT
            FROM public.contact_event e
           WHERE ((e.organization_id = volunteer_deed.of_organization) AND (e.pass_id = p.id) AND (e.occurred_at >= ( SELECT min(s_1.since) AS min
                    FROM span s_1)) AND (e.occurred_at < ( SELECT max(s_1.until) AS max
                    FROM span s_1))))))
 UNION ALL
  SELECT DISTINCT r.recorded_by,
     NULL::uuid AS uuid,
     r.door_id,
     NULL::uuid AS uuid,
     NULL::text,
     r.id,
     r.case_id
    FROM (span s
      JOIN public.issue_report r ON (((r.organization_id = volunteer_deed.of_organization) AND (r.recorded_by = s.member_id) AND (r.raised_at >= s.since) AND (r.raised_at < s.until))));
END;

CREATE FUNCTION queue.fn_pgqueuer_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$;

CREATE TABLE public.address (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    building_id uuid NOT NULL,
    external_id text NOT NULL,
    street text NOT NULL,
    house_number text NOT NULL,
    postcode text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    match_key text DEFAULT ''::text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    import_run_id uuid,
    precinct text DEFAULT ''::text NOT NULL,
    estimated boolean DEFAULT false NOT NULL,
    CONSTRAINT address_lat_range CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT address_lon_range CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

ALTER TABLE ONLY public.address FORCE ROW LEVEL SECURITY;

CREATE TABLE public.allowed_crossing (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    from_node bigint NOT NULL,
    to_node bigint NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.allowed_crossing FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tallied_attempt (
    organization_id uuid NOT NULL,
    door_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    event_id uuid NOT NULL,
    member_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    attempted_on date NOT NULL,
    result text NOT NULL,
    contact boolean NOT NULL,
    second_try boolean NOT NULL,
    turf_id uuid,
    precinct text NOT NULL,
    people_count integer NOT NULL
);

ALTER TABLE ONLY public.tallied_attempt FORCE ROW LEVEL SECURITY;

CREATE VIEW public.attempt_share WITH (security_invoker='true') AS
 SELECT a.organization_id,
    a.pass_id,
    a.door_id,
    s.of,
    s.key,
    a.event_id,
    a.member_id,
    a.occurred_at,
    a.attempted_on,
    a.result,
    a.contact,
    a.second_try,
    a.turf_id,
    a.people_count
   FROM (public.tallied_attempt a
     CROSS JOIN LATERAL ( VALUES ('pass'::text,''::text), ('turf'::text,COALESCE((a.turf_id)::text, ''::text)), ('precinct'::text,a.precinct), ('volunteer'::text,(a.member_id)::text), ('day'::text,(a.attempted_on)::text), ('turf_volunteer'::text,concat(a.turf_id, '/', a.member_id))) s(of, key));

CREATE TABLE public.attendance (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    guest_id uuid,
    person_id uuid,
    slot_id uuid,
    state text NOT NULL,
    seats smallint NOT NULL,
    source text NOT NULL,
    "position" bigint NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    held_until timestamp with time zone,
    confirmed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    checked_in_at timestamp with time zone,
    check_in_how text,
    checked_in_by uuid,
    CONSTRAINT attendance_check_in_how_known CHECK ((check_in_how = ANY (ARRAY['qr'::text, 'desk'::text, 'walk_in'::text, 'phone'::text]))),
    CONSTRAINT attendance_checked_in CHECK (((state = 'attended'::text) = (checked_in_at IS NOT NULL))),
    CONSTRAINT attendance_held_until_when_held CHECK (((state = 'held'::text) = (held_until IS NOT NULL))),
    CONSTRAINT attendance_of_one CHECK ((num_nonnulls(guest_id, person_id) <= 1)),
    CONSTRAINT attendance_seats_range CHECK (((seats >= 1) AND (seats <= 6))),
    CONSTRAINT attendance_source_known CHECK ((source = ANY (ARRAY['web'::text, 'desk'::text, 'invitation'::text, 'walk_in'::text]))),
    CONSTRAINT attendance_state_known CHECK ((state = ANY (ARRAY['invited'::text, 'going'::text, 'waitlisted'::text, 'held'::text, 'declined'::text, 'confirmed'::text, 'cancelled'::text, 'attended'::text, 'no_show'::text])))
);

ALTER TABLE ONLY public.attendance FORCE ROW LEVEL SECURITY;

CREATE TABLE public.attribute (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    sensitive boolean DEFAULT false NOT NULL,
    basis text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT attribute_key_format CHECK ((key ~ '^[a-z][a-z0-9_]{0,39}$'::text)),
    CONSTRAINT attribute_kind_known CHECK ((kind = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'yes_no'::text]))),
    CONSTRAINT attribute_label_length CHECK (((length(label) >= 1) AND (length(label) <= 200))),
    CONSTRAINT attribute_sensitive_has_basis CHECK (((NOT sensitive) OR (basis <> ''::text)))
);

ALTER TABLE ONLY public.attribute FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_entry (
    organization_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    ids uuid[] NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_entry_action_format CHECK ((action ~ '^[a-z][a-z_.]{0,59}$'::text))
);

ALTER TABLE ONLY public.audit_entry FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ballot (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    voter_hash bytea,
    choices jsonb NOT NULL,
    receipt_hash bytea NOT NULL
);

ALTER TABLE ONLY public.ballot FORCE ROW LEVEL SECURITY;

CREATE TABLE public.barrier (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    shape bytea NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    CONSTRAINT barrier_kind_known CHECK ((kind = ANY (ARRAY['water'::text, 'railway'::text, 'motorway'::text])))
);

ALTER TABLE ONLY public.barrier FORCE ROW LEVEL SECURITY;

CREATE TABLE public.bouncing_address (
    organization_id uuid NOT NULL,
    hash bytea NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.bouncing_address FORCE ROW LEVEL SECURITY;

CREATE TABLE public.boundary (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    id uuid NOT NULL,
    layer text NOT NULL,
    name text NOT NULL,
    shape bytea NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    CONSTRAINT boundary_layer_length CHECK (((length(layer) >= 1) AND (length(layer) <= 200))),
    CONSTRAINT boundary_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.boundary FORCE ROW LEVEL SECURITY;

CREATE TABLE public.broadcast (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    member_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    expires_at timestamp with time zone,
    recipients_count integer NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    approved_by uuid,
    approved_at timestamp with time zone,
    sent_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    CONSTRAINT broadcast_one_filter CHECK (((cardinality(roles) = 0) OR (cardinality(member_ids) = 0))),
    CONSTRAINT broadcast_second_person CHECK ((approved_by <> created_by)),
    CONSTRAINT broadcast_text_length CHECK (((length(text) >= 1) AND (length(text) <= 5000))),
    CONSTRAINT broadcast_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.broadcast FORCE ROW LEVEL SECURITY;

CREATE TABLE public.buddy_offer (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    newcomers_count integer NOT NULL,
    offered_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT buddy_offer_newcomers_range CHECK (((newcomers_count >= 1) AND (newcomers_count <= 10)))
);

ALTER TABLE ONLY public.buddy_offer FORCE ROW LEVEL SECURITY;

CREATE TABLE public.buddy_pair (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    newcomer_id uuid NOT NULL,
    buddy_id uuid NOT NULL,
    proposed_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    ended_why text,
    ended_by uuid,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT buddy_pair_ended_whole CHECK (((ended_at IS NULL) = (ended_why IS NULL))),
    CONSTRAINT buddy_pair_ended_why_known CHECK ((ended_why = ANY (ARRAY['declined'::text, 'ended'::text, 'settled'::text, 'left'::text, 'apart'::text]))),
    CONSTRAINT buddy_pair_of_two CHECK ((newcomer_id <> buddy_id)),
    CONSTRAINT buddy_pair_reason_length CHECK ((length(reason) <= 500))
);

ALTER TABLE ONLY public.buddy_pair FORCE ROW LEVEL SECURITY;

CREATE TABLE public.budget_round (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    country text NOT NULL,
    ballot_kind text NOT NULL,
    most_projects integer NOT NULL,
    most_amount bigint,
    points integer,
    rule text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    voting_opened_at timestamp with time zone,
    voting_closes_at timestamp with time zone,
    voter_key bytea,
    result jsonb,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT budget_round_amount_range CHECK (((amount >= 1) AND (amount <= '1000000000000'::bigint))),
    CONSTRAINT budget_round_ballot_kind_known CHECK ((ballot_kind = ANY (ARRAY['approval'::text, 'cumulative'::text, 'ranking'::text]))),
    CONSTRAINT budget_round_country_length CHECK (((length(country) >= 1) AND (length(country) <= 100))),
    CONSTRAINT budget_round_currency_format CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT budget_round_key_while_voting CHECK (((status = 'voting'::text) = (voter_key IS NOT NULL))),
    CONSTRAINT budget_round_most_amount_range CHECK ((most_amount >= 1)),
    CONSTRAINT budget_round_most_projects_range CHECK (((most_projects >= 1) AND (most_projects <= 100))),
    CONSTRAINT budget_round_points_range CHECK (((points >= 1) AND (points <= 1000))),
    CONSTRAINT budget_round_points_when_cumulative CHECK (((ballot_kind = 'cumulative'::text) = (points IS NOT NULL))),
    CONSTRAINT budget_round_result_once_counted CHECK (((status = ANY (ARRAY['counted'::text, 'published'::text, 'delivering'::text, 'done'::text])) = (result IS NOT NULL))),
    CONSTRAINT budget_round_rule_known CHECK ((rule = ANY (ARRAY['greedy'::text, 'equal_shares'::text]))),
    CONSTRAINT budget_round_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text)),
    CONSTRAINT budget_round_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'collecting'::text, 'reviewing'::text, 'costed'::text, 'voting'::text, 'counted'::text, 'published'::text, 'delivering'::text, 'done'::text]))),
    CONSTRAINT budget_round_text_length CHECK ((length(text) <= 5000)),
    CONSTRAINT budget_round_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.budget_round FORCE ROW LEVEL SECURITY;

CREATE TABLE public.budget_step (
    organization_id uuid NOT NULL,
    round_id uuid NOT NULL,
    number integer NOT NULL,
    status_before text NOT NULL,
    status_after text NOT NULL,
    reason text NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT budget_step_reason_length CHECK ((length(reason) <= 1000))
);

ALTER TABLE ONLY public.budget_step FORCE ROW LEVEL SECURITY;

CREATE TABLE public.building (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    access_note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id uuid,
    CONSTRAINT building_access_note_length CHECK ((length(access_note) <= 1000))
);

ALTER TABLE ONLY public.building FORCE ROW LEVEL SECURITY;

CREATE TABLE public.calendar_feed (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    member_id uuid,
    event_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT calendar_feed_of_one CHECK ((num_nonnulls(member_id, event_id) = 1))
);

ALTER TABLE ONLY public.calendar_feed FORCE ROW LEVEL SECURITY;

CREATE TABLE public.campaign (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT campaign_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT campaign_status_known CHECK ((status = ANY (ARRAY['active'::text, 'closed'::text])))
);

ALTER TABLE ONLY public.campaign FORCE ROW LEVEL SECURITY;

CREATE TABLE public.campaign_pace (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    kind text DEFAULT 'default'::text NOT NULL,
    own jsonb,
    measured jsonb,
    turfs jsonb DEFAULT '[]'::jsonb NOT NULL,
    newest_at timestamp with time zone,
    CONSTRAINT campaign_pace_kind_known CHECK ((kind = ANY (ARRAY['default'::text, 'own'::text, 'measured'::text]))),
    CONSTRAINT campaign_pace_own_there CHECK (((kind <> 'own'::text) OR (own IS NOT NULL)))
);

ALTER TABLE ONLY public.campaign_pace FORCE ROW LEVEL SECURITY;

CREATE TABLE public.case_change (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    status_before text,
    status_after text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    member_id uuid,
    person_id uuid,
    other_id uuid,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    guest_id uuid,
    CONSTRAINT case_change_by_one CHECK ((num_nonnulls(member_id, person_id, guest_id) <= 1)),
    CONSTRAINT case_change_kind_known CHECK ((kind = ANY (ARRAY['raised'::text, 'assigned'::text, 'moved'::text, 'resolved'::text, 'told'::text, 'confirmed'::text, 'reopened'::text, 'merged'::text, 'committed'::text]))),
    CONSTRAINT case_change_reason_length CHECK ((length(reason) <= 2000))
);

ALTER TABLE ONLY public.case_change FORCE ROW LEVEL SECURITY;

ALTER TABLE public.case_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.case_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.case_note (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    text text NOT NULL,
    written_by uuid NOT NULL,
    written_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT case_note_text_length CHECK ((length(text) <= 4000))
);

ALTER TABLE ONLY public.case_note FORCE ROW LEVEL SECURITY;

CREATE TABLE public.case_publication (
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL,
    slug text NOT NULL,
    summary text NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    lon double precision,
    lat double precision,
    published_by uuid,
    published_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT case_publication_lat_range CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT case_publication_lon_range CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT case_publication_place_length CHECK ((length(place) <= 200)),
    CONSTRAINT case_publication_place_whole CHECK ((num_nonnulls(lon, lat) = ANY (ARRAY[0, 2]))),
    CONSTRAINT case_publication_slug_format CHECK ((slug ~ '^[a-z0-9]{16,32}$'::text)),
    CONSTRAINT case_publication_summary_length CHECK (((length(TRIM(BOTH FROM summary)) >= 1) AND (length(TRIM(BOTH FROM summary)) <= 4000)))
);

ALTER TABLE ONLY public.case_publication FORCE ROW LEVEL SECURITY;

CREATE TABLE public.change_counter (
    organization_id uuid NOT NULL,
    epoch integer DEFAULT 1 NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    origin bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.change_counter FORCE ROW LEVEL SECURITY;

CREATE TABLE public.civic_event (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid,
    kind text NOT NULL,
    title text NOT NULL,
    summary text DEFAULT ''::text NOT NULL,
    topic text DEFAULT ''::text NOT NULL,
    briefing_url text,
    place_id uuid NOT NULL,
    time_zone text NOT NULL,
    public boolean DEFAULT false NOT NULL,
    slug text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    cancelled_reason text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT civic_event_briefing_length CHECK ((length(briefing_url) <= 2000)),
    CONSTRAINT civic_event_kind_known CHECK ((kind = ANY (ARRAY['canvass'::text, 'phone_bank'::text, 'training'::text, 'town_hall'::text, 'office_hours'::text, 'roundtable'::text, 'outreach'::text]))),
    CONSTRAINT civic_event_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text)),
    CONSTRAINT civic_event_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'cancelled'::text, 'held'::text, 'followed_up'::text]))),
    CONSTRAINT civic_event_summary_length CHECK ((length(summary) <= 5000)),
    CONSTRAINT civic_event_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT civic_event_topic_length CHECK ((length(topic) <= 200))
);

ALTER TABLE ONLY public.civic_event FORCE ROW LEVEL SECURITY;

CREATE TABLE public.commitment (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    occasion text DEFAULT ''::text NOT NULL,
    source text NOT NULL,
    source_id uuid,
    due_on date,
    status text DEFAULT 'draft'::text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT commitment_occasion_length CHECK ((length(occasion) <= 200)),
    CONSTRAINT commitment_published CHECK (((status = 'draft'::text) = (published_at IS NULL))),
    CONSTRAINT commitment_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text)),
    CONSTRAINT commitment_source_known CHECK ((source = ANY (ARRAY['statement'::text, 'case'::text, 'decision'::text, 'budget'::text, 'event'::text]))),
    CONSTRAINT commitment_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'in_progress'::text, 'stalled'::text, 'kept'::text, 'partly_kept'::text, 'not_kept'::text, 'withdrawn'::text]))),
    CONSTRAINT commitment_text_length CHECK ((length(text) <= 5000)),
    CONSTRAINT commitment_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.commitment FORCE ROW LEVEL SECURITY;

CREATE TABLE public.commitment_update (
    organization_id uuid NOT NULL,
    commitment_id uuid NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    status_before text NOT NULL,
    status_after text NOT NULL,
    reason text NOT NULL,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    corrects integer,
    changed jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT commitment_update_corrects_earlier CHECK ((corrects < number)),
    CONSTRAINT commitment_update_evidenced CHECK (((status_after <> ALL (ARRAY['kept'::text, 'partly_kept'::text])) OR (status_after = status_before) OR (jsonb_array_length(evidence) > 0))),
    CONSTRAINT commitment_update_kind_known CHECK ((kind = ANY (ARRAY['move'::text, 'note'::text, 'correction'::text]))),
    CONSTRAINT commitment_update_reason_length CHECK (((length(TRIM(BOTH FROM reason)) >= 1) AND (length(TRIM(BOTH FROM reason)) <= 1000)))
);

ALTER TABLE ONLY public.commitment_update FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consent_wording (
    organization_id uuid NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT consent_wording_language_length CHECK (((length(language) >= 2) AND (length(language) <= 10))),
    CONSTRAINT consent_wording_purpose_known CHECK ((purpose = ANY (ARRAY['opinion_record'::text, 'follow_up'::text, 'events'::text, 'news'::text]))),
    CONSTRAINT consent_wording_text_length CHECK (((length(text) >= 1) AND (length(text) <= 2000)))
);

ALTER TABLE ONLY public.consent_wording FORCE ROW LEVEL SECURITY;

CREATE VIEW public.contactable_person WITH (security_invoker='true') AS
 SELECT organization_id,
    id,
    household_id,
    import_run_id,
    birth_year,
    phone,
    email,
    language,
    tags,
    attributes
   FROM public.person
  WHERE ((erased_at IS NULL) AND (merged_into IS NULL));

CREATE TABLE public.correction (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    text text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    done_at timestamp with time zone,
    done_by uuid,
    CONSTRAINT correction_done CHECK (((done_at IS NULL) = (done_by IS NULL))),
    CONSTRAINT correction_text_length CHECK (((length(text) >= 1) AND (length(text) <= 1000)))
);

ALTER TABLE ONLY public.correction FORCE ROW LEVEL SECURITY;

CREATE TABLE public.crew (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    shift_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    locked boolean NOT NULL,
    goodness double precision NOT NULL,
    facts jsonb NOT NULL,
    sent_by uuid NOT NULL,
    sent_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    returned_at timestamp with time zone,
    returned_by uuid
);

ALTER TABLE ONLY public.crew FORCE ROW LEVEL SECURITY;

CREATE TABLE public.crew_member (
    organization_id uuid NOT NULL,
    crew_id uuid NOT NULL,
    member_id uuid NOT NULL,
    rides_with uuid
);

ALTER TABLE ONLY public.crew_member FORCE ROW LEVEL SECURITY;

CREATE TABLE public.crew_proposal (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    shift_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    wanted jsonb NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    heard_at timestamp with time zone DEFAULT now() NOT NULL,
    cancel_requested_at timestamp with time zone,
    failure text,
    found jsonb,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT crew_proposal_state_known CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'cancelled'::text, 'accepted'::text])))
);

ALTER TABLE ONLY public.crew_proposal FORCE ROW LEVEL SECURITY;

CREATE TABLE public.crew_rule (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    shift_id uuid NOT NULL,
    kind text NOT NULL,
    member_ids uuid[] NOT NULL,
    turf_id uuid,
    set_by uuid NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT crew_rule_kind_known CHECK ((kind = ANY (ARRAY['lock'::text, 'ban'::text]))),
    CONSTRAINT crew_rule_members_count CHECK (((cardinality(member_ids) >= 1) AND (cardinality(member_ids) <= 3))),
    CONSTRAINT crew_rule_says_something CHECK (((cardinality(member_ids) > 1) OR (turf_id IS NOT NULL)))
);

ALTER TABLE ONLY public.crew_rule FORCE ROW LEVEL SECURITY;

CREATE TABLE public.decision (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    question text NOT NULL,
    options jsonb NOT NULL,
    choice text NOT NULL,
    reasons text NOT NULL,
    consulted jsonb NOT NULL,
    evidence jsonb NOT NULL,
    decided_on date NOT NULL,
    supersedes_id uuid,
    commitment_id uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT decision_question_length CHECK (((length(question) >= 1) AND (length(question) <= 300))),
    CONSTRAINT decision_reasons_length CHECK (((length(TRIM(BOTH FROM reasons)) >= 1) AND (length(TRIM(BOTH FROM reasons)) <= 5000))),
    CONSTRAINT decision_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text))
);

ALTER TABLE ONLY public.decision FORCE ROW LEVEL SECURITY;

CREATE TABLE public.delivery (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    notification_id uuid NOT NULL,
    channel text NOT NULL,
    device_id uuid,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    tried_at timestamp with time zone,
    retry_at timestamp with time zone,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    error text,
    CONSTRAINT delivery_channel_known CHECK ((channel = ANY (ARRAY['push'::text, 'email'::text, 'sms'::text, 'chat'::text]))),
    CONSTRAINT delivery_error_length CHECK ((length(error) <= 100)),
    CONSTRAINT delivery_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'suppressed'::text, 'unknown'::text])))
);

ALTER TABLE ONLY public.delivery FORCE ROW LEVEL SECURITY;

CREATE TABLE public.device (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text,
    CONSTRAINT device_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT device_revoked_reason_known CHECK ((revoked_reason = ANY (ARRAY['signed_out'::text, 'revoked'::text, 'token_reused'::text, 'member_ended'::text])))
);

ALTER TABLE ONLY public.device FORCE ROW LEVEL SECURITY;

CREATE TABLE public.device_push (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL,
    platform text NOT NULL,
    registration text NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT device_push_kind_known CHECK ((kind = ANY (ARRAY['token'::text, 'fid'::text]))),
    CONSTRAINT device_push_platform_known CHECK ((platform = ANY (ARRAY['android'::text, 'ios'::text, 'web'::text]))),
    CONSTRAINT device_push_registration_length CHECK (((length(registration) >= 1) AND (length(registration) <= 4096)))
);

ALTER TABLE ONLY public.device_push FORCE ROW LEVEL SECURITY;

CREATE TABLE public.door (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    address_id uuid NOT NULL,
    unit text DEFAULT ''::text NOT NULL,
    floor text DEFAULT ''::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    import_run_id uuid,
    unit_key text DEFAULT ''::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT door_note_length CHECK ((length(note) <= 1000))
);

ALTER TABLE ONLY public.door FORCE ROW LEVEL SECURITY;

CREATE VIEW public.door_share WITH (security_invoker='true') AS
 SELECT d.organization_id,
    d.pass_id,
    d.door_id,
    s.of,
    s.key,
    ((d.attempts_count > 0))::integer AS attempted_count,
    ((d.contacts_count > 0))::integer AS contacted_count,
    (d.done)::integer AS done_count,
    d.people_count,
        CASE
            WHEN (d.contacts_count > 0) THEN d.people_count
            ELSE 0
        END AS people_reached_count,
    (d.attempts_count)::bigint AS attempts_count,
    (d.contacts_count)::bigint AS contacts_count,
    (d.second_tries_count)::bigint AS second_tries_count,
    (d.second_contacts_count)::bigint AS second_contacts_count
   FROM (public.tallied_door d
     CROSS JOIN LATERAL ( VALUES ('pass'::text,''::text), ('turf'::text,COALESCE((d.turf_id)::text, ''::text)), ('precinct'::text,d.precinct)) s(of, key))
UNION ALL
 SELECT a.organization_id,
    a.pass_id,
    a.door_id,
    a.of,
    a.key,
    1 AS attempted_count,
    (bool_or(a.contact))::integer AS contacted_count,
    (((array_agg(a.result ORDER BY a.occurred_at DESC, a.event_id DESC))[1] = ANY (ARRAY['canvassed'::text, 'refused'::text, 'moved'::text, 'deceased'::text, 'do_not_contact'::text])))::integer AS done_count,
    a.people_count,
        CASE
            WHEN bool_or(a.contact) THEN a.people_count
            ELSE 0
        END AS people_reached_count,
    count(*) AS attempts_count,
    count(*) FILTER (WHERE a.contact) AS contacts_count,
    count(*) FILTER (WHERE a.second_try) AS second_tries_count,
    count(*) FILTER (WHERE (a.second_try AND a.contact)) AS second_contacts_count
   FROM public.attempt_share a
  WHERE (a.of = ANY (ARRAY['volunteer'::text, 'day'::text, 'turf_volunteer'::text]))
  GROUP BY a.organization_id, a.pass_id, a.door_id, a.of, a.key, a.people_count;

CREATE TABLE public.drawn_barrier (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    shape bytea NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT drawn_barrier_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.drawn_barrier FORCE ROW LEVEL SECURITY;

CREATE TABLE public.emergency_contact (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    phone text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT emergency_contact_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT emergency_contact_phone_length CHECK (((length(phone) >= 3) AND (length(phone) <= 40)))
);

ALTER TABLE ONLY public.emergency_contact FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_batch (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    clock_offset_ms bigint NOT NULL,
    events_count integer NOT NULL
);

ALTER TABLE ONLY public.event_batch FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_conflict (
    organization_id uuid NOT NULL,
    event_id uuid NOT NULL,
    payload_hash bytea NOT NULL,
    payload jsonb NOT NULL,
    member_id uuid NOT NULL,
    device_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    accepted_as uuid,
    CONSTRAINT event_conflict_status_known CHECK ((status = ANY (ARRAY['waiting'::text, 'accepted'::text, 'rejected'::text])))
);

ALTER TABLE ONLY public.event_conflict FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_decision (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    decided_by uuid NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    undone_by uuid,
    undone_at timestamp with time zone,
    CONSTRAINT event_decision_kind_known CHECK ((kind = ANY (ARRAY['accept'::text, 'reject'::text, 'roll_back'::text]))),
    CONSTRAINT event_decision_undone_whole CHECK ((num_nonnulls(undone_by, undone_at) = ANY (ARRAY[0, 2])))
);

ALTER TABLE ONLY public.event_decision FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_decision_item (
    organization_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    event_id uuid NOT NULL,
    status_before text NOT NULL
);

ALTER TABLE ONLY public.event_decision_item FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_feedback (
    organization_id uuid NOT NULL,
    attendance_id uuid NOT NULL,
    rating smallint NOT NULL,
    good text NOT NULL,
    change text NOT NULL,
    given_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT event_feedback_change_length CHECK ((length(change) <= 2000)),
    CONSTRAINT event_feedback_good_length CHECK ((length(good) <= 2000)),
    CONSTRAINT event_feedback_rating_range CHECK (((rating >= 1) AND (rating <= 5)))
);

ALTER TABLE ONLY public.event_feedback FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_result (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    event_id uuid NOT NULL,
    commitment_id uuid,
    decision_id uuid,
    CONSTRAINT event_result_one CHECK ((num_nonnulls(commitment_id, decision_id) = 1))
);

ALTER TABLE ONLY public.event_result FORCE ROW LEVEL SECURITY;

ALTER TABLE public.event_result ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.event_result_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.place (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    staging_lon double precision,
    staging_lat double precision,
    staging_note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT place_address_length CHECK ((length(address) <= 500)),
    CONSTRAINT place_lat_range CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT place_lon_range CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT place_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT place_staging_lat_range CHECK (((staging_lat >= ('-90'::integer)::double precision) AND (staging_lat <= (90)::double precision))),
    CONSTRAINT place_staging_lon_range CHECK (((staging_lon >= ('-180'::integer)::double precision) AND (staging_lon <= (180)::double precision))),
    CONSTRAINT place_staging_note_length CHECK ((length(staging_note) <= 1000)),
    CONSTRAINT place_staging_whole CHECK ((num_nonnulls(staging_lon, staging_lat) = ANY (ARRAY[0, 2])))
);

ALTER TABLE ONLY public.place FORCE ROW LEVEL SECURITY;

CREATE TABLE public.public_event (
    organization_id uuid NOT NULL,
    event_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    rsvp boolean NOT NULL,
    capacity integer,
    agenda text DEFAULT ''::text NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    spoke jsonb DEFAULT '[]'::jsonb NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    told_sequence integer DEFAULT 0 NOT NULL,
    next_position bigint DEFAULT 1 NOT NULL,
    closed_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT public_event_agenda_length CHECK ((length(agenda) <= 3000)),
    CONSTRAINT public_event_capacity_range CHECK (((capacity >= 1) AND (capacity <= 100000))),
    CONSTRAINT public_event_notes_length CHECK ((length(notes) <= 5000)),
    CONSTRAINT public_event_order CHECK ((ends_at > starts_at)),
    CONSTRAINT public_event_outcome_length CHECK ((length(outcome) <= 5000))
);

ALTER TABLE ONLY public.public_event FORCE ROW LEVEL SECURITY;

CREATE VIEW public.event_seen WITH (security_invoker='true') AS
 SELECT e.organization_id,
    e.id,
    e.kind,
    e.title,
    e.summary,
    e.topic,
    e.briefing_url,
    e.slug,
    e.status,
    (e.public AND (e.published_at IS NOT NULL)) AS listed,
    e.cancelled_reason,
    e.published_at,
    e.time_zone,
    e.place_id,
    p.name AS place_name,
    p.address,
    p.lon,
    p.lat,
    COALESCE(o.starts_at, s.starts_at) AS starts_at,
    COALESCE(o.ends_at, s.ends_at) AS ends_at,
    COALESCE(o.rsvp, false) AS rsvp,
    o.capacity,
    COALESCE(t.taken_count, 0) AS taken_count,
    COALESCE(o.agenda, ''::text) AS agenda,
    COALESCE(o.outcome, ''::text) AS outcome,
    COALESCE(o.notes, ''::text) AS notes,
    COALESCE(o.spoke, '[]'::jsonb) AS spoke,
    COALESCE(o.sequence, s.sequence, 0) AS sequence,
    GREATEST(e.published_at, o.updated_at, s.updated_at) AS updated_at
   FROM ((((public.civic_event e
     JOIN public.place p ON (((p.organization_id = e.organization_id) AND (p.id = e.place_id))))
     LEFT JOIN public.public_event o ON (((o.organization_id = e.organization_id) AND (o.event_id = e.id))))
     LEFT JOIN LATERAL ( SELECT min(f.starts_at) AS starts_at,
            max(f.ends_at) AS ends_at,
            (sum(f.sequence))::integer AS sequence,
            max(f.updated_at) AS updated_at
           FROM public.shift f
          WHERE ((f.organization_id = e.organization_id) AND (f.event_id = e.id) AND ((f.status <> 'cancelled'::text) OR (e.status = 'cancelled'::text)))) s ON (true))
     LEFT JOIN LATERAL ( SELECT (sum(a.seats))::integer AS taken_count
           FROM public.attendance a
          WHERE ((a.organization_id = e.organization_id) AND (a.event_id = e.id) AND (a.slot_id IS NULL) AND (a.state = ANY (ARRAY['going'::text, 'held'::text, 'confirmed'::text, 'attended'::text])))) t ON (true));

CREATE TABLE public.fact_column (
    organization_id uuid NOT NULL,
    block_no integer NOT NULL,
    name text NOT NULL,
    content bytea NOT NULL
);
ALTER TABLE ONLY public.fact_column ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.fact_column FORCE ROW LEVEL SECURITY;

CREATE TABLE public.fact_door (
    organization_id uuid NOT NULL,
    door_id uuid NOT NULL,
    door_no integer NOT NULL
);

ALTER TABLE ONLY public.fact_door FORCE ROW LEVEL SECURITY;

CREATE TABLE public.fact_stale (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    thing_id uuid,
    CONSTRAINT fact_stale_kind_known CHECK ((kind = ANY (ARRAY['everything'::text, 'address'::text, 'door'::text, 'household'::text])))
);

ALTER TABLE ONLY public.fact_stale FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fact_stale ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.fact_stale_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.feed (
    organization_id uuid NOT NULL,
    scope_id uuid NOT NULL,
    kind text NOT NULL,
    thing_id uuid NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT feed_kind_known CHECK ((kind = ANY (ARRAY['batch'::text, 'door'::text, 'person'::text, 'turf'::text, 'script'::text, 'member'::text, 'signup'::text])))
);

ALTER TABLE ONLY public.feed FORCE ROW LEVEL SECURITY;

ALTER TABLE public.feed_pending ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feed_pending_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.flagged_answer (
    organization_id uuid NOT NULL,
    answer_id uuid NOT NULL,
    topic_id uuid NOT NULL,
    noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    raised_at timestamp with time zone
);

ALTER TABLE ONLY public.flagged_answer FORCE ROW LEVEL SECURITY;

CREATE TABLE public.script (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    name text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT script_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.script FORCE ROW LEVEL SECURITY;

CREATE VIEW public.guest_answer WITH (security_invoker='true') AS
 SELECT r.organization_id,
    r.guest_id,
    r.id AS response_id,
    r.answered_at,
    s.name AS script_name,
    a.question_key,
    ( SELECT (question.value ->> 'text'::text)
           FROM jsonb_array_elements(v.questions) question(value)
          WHERE ((question.value ->> 'key'::text) = a.question_key)) AS question,
    a.value,
    a.sensitive
   FROM ((((public.web_response r
     JOIN public.web_answer a ON (((a.organization_id = r.organization_id) AND (a.response_id = r.id))))
     JOIN public.web_survey w ON (((w.organization_id = r.organization_id) AND (w.id = r.web_survey_id))))
     JOIN public.script s ON (((s.organization_id = w.organization_id) AND (s.id = w.script_id))))
     JOIN public.script_version v ON (((v.organization_id = w.organization_id) AND (v.script_id = w.script_id) AND (v.version = w.script_version))))
  WHERE (r.guest_id IS NOT NULL);

CREATE TABLE public.handover (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    turf_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_by uuid NOT NULL,
    as_pair boolean NOT NULL,
    hours integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    used_by uuid
);

ALTER TABLE ONLY public.handover FORCE ROW LEVEL SECURITY;

CREATE TABLE public.hook (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    kinds text[] NOT NULL,
    secret_number integer DEFAULT 1 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    off_reason text,
    failing_since timestamp with time zone,
    made_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT hook_kinds_some CHECK ((cardinality(kinds) > 0)),
    CONSTRAINT hook_off_for_a_reason CHECK ((active = (off_reason IS NULL))),
    CONSTRAINT hook_off_reason_known CHECK ((off_reason = ANY (ARRAY['gone'::text, 'failing'::text, 'switched_off'::text]))),
    CONSTRAINT hook_url_length CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
);

ALTER TABLE ONLY public.hook FORCE ROW LEVEL SECURITY;

CREATE TABLE public.hook_delivery (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    hook_id uuid NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    next_at timestamp with time zone DEFAULT now(),
    tried_at timestamp with time zone,
    response_status integer,
    error text,
    CONSTRAINT hook_delivery_error_length CHECK ((length(error) <= 40)),
    CONSTRAINT hook_delivery_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text]))),
    CONSTRAINT hook_delivery_waits_until CHECK (((state = 'waiting'::text) = (next_at IS NOT NULL)))
);

ALTER TABLE ONLY public.hook_delivery FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_change (
    organization_id uuid NOT NULL,
    import_run_id uuid NOT NULL,
    kind text NOT NULL,
    thing_id uuid NOT NULL,
    before jsonb NOT NULL,
    CONSTRAINT import_change_kind_known CHECK ((kind = ANY (ARRAY['address'::text, 'door'::text, 'person'::text])))
);

ALTER TABLE ONLY public.import_change FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_file (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    file_name text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT import_file_name_length CHECK (((length(file_name) >= 1) AND (length(file_name) <= 200)))
);

ALTER TABLE ONLY public.import_file FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_file_part (
    organization_id uuid NOT NULL,
    import_file_id uuid NOT NULL,
    part_number integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT import_file_part_number_range CHECK (((part_number >= 1) AND (part_number <= 1000)))
);
ALTER TABLE ONLY public.import_file_part ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.import_file_part FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_mapping (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    mapping jsonb NOT NULL,
    columns text[] NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT import_mapping_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.import_mapping FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_reject (
    organization_id uuid NOT NULL,
    import_run_id uuid NOT NULL,
    row_number integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    remedy text NOT NULL
);

ALTER TABLE ONLY public.import_reject FORCE ROW LEVEL SECURITY;

CREATE TABLE public.import_run (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    row_count integer NOT NULL,
    added_count integer NOT NULL,
    changed_count integer NOT NULL,
    unchanged_count integer NOT NULL,
    rejected_count integer NOT NULL,
    state text DEFAULT 'done'::text NOT NULL,
    dry_run boolean DEFAULT false NOT NULL,
    mapping jsonb,
    as_of timestamp with time zone,
    preview jsonb,
    failure text,
    done_units bigint DEFAULT 0 NOT NULL,
    total_units bigint DEFAULT 0 NOT NULL,
    heard_at timestamp with time zone DEFAULT now() NOT NULL,
    cancel_requested_at timestamp with time zone,
    ended_at timestamp with time zone,
    undone_at timestamp with time zone,
    undone_by uuid,
    CONSTRAINT import_run_kind_known CHECK ((kind = ANY (ARRAY['table'::text, 'osm'::text]))),
    CONSTRAINT import_run_state_known CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'cancelled'::text, 'undone'::text])))
);

ALTER TABLE ONLY public.import_run FORCE ROW LEVEL SECURITY;

CREATE TABLE public.invite (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid,
    name text NOT NULL,
    email text,
    phone text,
    roles text[] NOT NULL,
    token_hash bytea NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    member_id uuid,
    CONSTRAINT invite_has_address CHECK ((num_nonnulls(email, phone, used_at, withdrawn_at) > 0)),
    CONSTRAINT invite_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.invite FORCE ROW LEVEL SECURITY;

CREATE TABLE public.issue_topic (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    owner_member_id uuid,
    owner_role text,
    due_days integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT issue_topic_due_days_range CHECK (((due_days >= 0) AND (due_days <= 730))),
    CONSTRAINT issue_topic_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT issue_topic_one_owner CHECK ((num_nonnulls(owner_member_id, owner_role) = 1)),
    CONSTRAINT issue_topic_owner_role_known CHECK ((owner_role = ANY (ARRAY['owner'::text, 'organizer'::text, 'coordinator'::text, 'caseworker'::text])))
);

ALTER TABLE ONLY public.issue_topic FORCE ROW LEVEL SECURITY;

CREATE TABLE public.left_door (
    organization_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    door_id uuid NOT NULL,
    left_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.left_door FORCE ROW LEVEL SECURITY;

CREATE TABLE public.letter_naming (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.letter_naming FORCE ROW LEVEL SECURITY;

CREATE TABLE public.letter_template (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    newest_version integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT letter_template_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.letter_template FORCE ROW LEVEL SECURITY;

CREATE TABLE public.letter_template_version (
    organization_id uuid NOT NULL,
    template_id uuid NOT NULL,
    version integer NOT NULL,
    texts jsonb NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.letter_template_version FORCE ROW LEVEL SECURITY;

CREATE TABLE public.mailing (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    template_id uuid NOT NULL,
    template_version integer NOT NULL,
    purpose text NOT NULL,
    segment jsonb NOT NULL,
    civic_event_id uuid,
    sender text NOT NULL,
    per_minute integer NOT NULL,
    once_per_address boolean NOT NULL,
    send_at timestamp with time zone,
    written_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    previewed_revision integer,
    previewed_at timestamp with time zone,
    approved_by uuid,
    approved_at timestamp with time zone,
    recipients_count integer,
    left_out jsonb DEFAULT '{}'::jsonb NOT NULL,
    stopped_by uuid,
    stopped_at timestamp with time zone,
    CONSTRAINT mailing_approved_whole CHECK ((num_nonnulls(approved_by, approved_at, recipients_count) = ANY (ARRAY[0, 3]))),
    CONSTRAINT mailing_per_minute_range CHECK (((per_minute >= 1) AND (per_minute <= 1000))),
    CONSTRAINT mailing_previewed_whole CHECK ((num_nonnulls(previewed_revision, previewed_at) = ANY (ARRAY[0, 2]))),
    CONSTRAINT mailing_purpose_known CHECK ((purpose = ANY (ARRAY['follow_up'::text, 'events'::text, 'news'::text]))),
    CONSTRAINT mailing_sender_length CHECK ((length(sender) <= 100)),
    CONSTRAINT mailing_stopped_whole CHECK ((num_nonnulls(stopped_by, stopped_at) = ANY (ARRAY[0, 2]))),
    CONSTRAINT mailing_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.mailing FORCE ROW LEVEL SECURITY;

CREATE VIEW public.mailing_standing WITH (security_invoker='true') AS
 SELECT organization_id,
    id,
    title,
    revision,
    template_id,
    template_version,
    purpose,
    segment,
    civic_event_id,
    sender,
    per_minute,
    once_per_address,
    send_at,
    written_by,
    created_at,
    previewed_at,
    approved_by,
    approved_at,
    recipients_count,
    left_out,
    stopped_by,
    stopped_at,
        CASE
            WHEN (stopped_at IS NOT NULL) THEN 'stopped'::text
            WHEN (approved_at IS NULL) THEN
            CASE previewed_revision
                WHEN revision THEN 'previewed'::text
                ELSE 'draft'::text
            END
            WHEN (send_at > now()) THEN 'approved'::text
            WHEN (EXISTS ( SELECT
               FROM public.letter l
              WHERE ((l.organization_id = m.organization_id) AND (l.about = m.id) AND (l.state = ANY (ARRAY['queued'::text, 'sending'::text]))))) THEN 'sending'::text
            ELSE 'sent'::text
        END AS status
   FROM public.mailing m;

CREATE TABLE public.map_source (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    file_name text NOT NULL,
    attribution text NOT NULL,
    data_at timestamp with time zone,
    imported_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.map_source FORCE ROW LEVEL SECURITY;

CREATE TABLE public.member (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    roles text[] NOT NULL,
    locale text DEFAULT 'en'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    erased_at timestamp with time zone,
    CONSTRAINT member_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT member_roles_known CHECK ((roles <@ ARRAY['owner'::text, 'organizer'::text, 'coordinator'::text, 'caseworker'::text, 'volunteer'::text]))
);

ALTER TABLE ONLY public.member FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    about uuid NOT NULL,
    key text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    planned_at timestamp with time zone,
    dropped text,
    withdrawn_at timestamp with time zone,
    read_at timestamp with time zone,
    CONSTRAINT notification_dropped_known CHECK ((dropped = ANY (ARRAY['expired'::text, 'collapsed'::text, 'unwanted'::text, 'ended'::text, 'no_way'::text]))),
    CONSTRAINT notification_key_length CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT notification_kind_known CHECK ((kind = ANY (ARRAY['sync'::text, 'turf_assigned'::text, 'turf_taken_back'::text, 'turf_recut'::text, 'shift_booked'::text, 'shift_waitlisted'::text, 'shift_reminder'::text, 'waitlist_hold'::text, 'shift_moved'::text, 'shift_cancelled'::text, 'partner_checked_in'::text, 'broadcast'::text, 'account_security'::text, 'buddy'::text])))
);

ALTER TABLE ONLY public.notification FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification_choice (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    wanted boolean NOT NULL,
    CONSTRAINT notification_choice_channel_known CHECK ((channel = ANY (ARRAY['push'::text, 'email'::text, 'sms'::text, 'chat'::text])))
);

ALTER TABLE ONLY public.notification_choice FORCE ROW LEVEL SECURITY;

CREATE TABLE public.notification_setting (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    time_zone text,
    locale text,
    quiet_from time without time zone NOT NULL,
    quiet_until time without time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notification_setting_locale_length CHECK ((length(locale) <= 16)),
    CONSTRAINT notification_setting_zone_length CHECK ((length(time_zone) <= 64))
);

ALTER TABLE ONLY public.notification_setting FORCE ROW LEVEL SECURITY;

CREATE TABLE public.office_slot (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    with_whom text NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT office_slot_order CHECK ((ends_at > starts_at)),
    CONSTRAINT office_slot_with_length CHECK (((length(with_whom) >= 1) AND (length(with_whom) <= 200)))
);

ALTER TABLE ONLY public.office_slot FORCE ROW LEVEL SECURITY;

CREATE VIEW public.person_card WITH (security_invoker='true') AS
 SELECT p.organization_id,
    p.id,
    p.merged_into,
    jsonb_build_object('id', p.id, 'door_id', h.door_id, 'street', a.street, 'house_number', a.house_number, 'unit', d.unit, 'city', a.city, 'external_id', COALESCE(p.external_id, p.merged_external_id), 'given_name', p.given_name, 'family_name', p.family_name, 'birth_year', p.birth_year, 'phone', p.phone, 'email', p.email, 'added_at_door', p.added_at_door) AS card
   FROM (((public.person p
     JOIN public.household h ON (((h.organization_id = p.organization_id) AND (h.id = p.household_id))))
     JOIN public.door d ON (((d.organization_id = h.organization_id) AND (d.id = h.door_id))))
     JOIN public.address a ON (((a.organization_id = d.organization_id) AND (a.id = d.address_id))))
  WHERE ((p.given_name <> ''::text) OR (p.family_name <> ''::text));

CREATE TABLE public.person_match (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    person_id uuid NOT NULL,
    other_person_id uuid,
    score double precision NOT NULL,
    reasons jsonb NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    kept_id uuid,
    moved jsonb,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_at timestamp with time zone,
    decided_by uuid,
    CONSTRAINT person_match_decided CHECK (((status = 'open'::text) = (decided_at IS NULL))),
    CONSTRAINT person_match_kind_known CHECK ((kind = ANY (ARRAY['duplicate'::text, 'added_at_door'::text]))),
    CONSTRAINT person_match_merged CHECK ((((status = 'merged'::text) = (moved IS NOT NULL)) AND ((moved IS NULL) = (kept_id IS NULL)))),
    CONSTRAINT person_match_of_two CHECK ((other_person_id <> person_id)),
    CONSTRAINT person_match_score_range CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision))),
    CONSTRAINT person_match_status_known CHECK ((status = ANY (ARRAY['open'::text, 'merged'::text, 'apart'::text, 'unmerged'::text])))
);

ALTER TABLE ONLY public.person_match FORCE ROW LEVEL SECURITY;

CREATE TABLE public.post (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    text text NOT NULL,
    share_link_id uuid,
    made_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT post_text_length CHECK (((length(text) >= 1) AND (length(text) <= 2000)))
);

ALTER TABLE ONLY public.post FORCE ROW LEVEL SECURITY;

CREATE TABLE public.post_delivery (
    organization_id uuid NOT NULL,
    post_id uuid NOT NULL,
    target_id uuid NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    round integer DEFAULT 1 NOT NULL,
    tries_count integer DEFAULT 0 NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    next_at timestamp with time zone DEFAULT now(),
    tried_at timestamp with time zone,
    CONSTRAINT post_delivery_error_length CHECK ((length(error) <= 40)),
    CONSTRAINT post_delivery_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'unknown'::text]))),
    CONSTRAINT post_delivery_waits_until CHECK (((state = ANY (ARRAY['queued'::text, 'sending'::text])) = (next_at IS NOT NULL)))
);

ALTER TABLE ONLY public.post_delivery FORCE ROW LEVEL SECURITY;

CREATE TABLE public.post_target (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    label text NOT NULL,
    shown text NOT NULL,
    sealed bytea,
    made_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT post_target_label_length CHECK (((length(label) >= 1) AND (length(label) <= 100))),
    CONSTRAINT post_target_shown_length CHECK ((length(shown) <= 300))
);

ALTER TABLE ONLY public.post_target FORCE ROW LEVEL SECURITY;

CREATE TABLE public.proposal (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    lon double precision,
    lat double precision,
    cost bigint,
    eligible boolean,
    reason text DEFAULT ''::text NOT NULL,
    proposed_by uuid,
    proposed_at timestamp with time zone DEFAULT now() NOT NULL,
    commitment_id uuid,
    guest_id uuid,
    place text DEFAULT ''::text NOT NULL,
    cost_guess bigint,
    form_id uuid,
    CONSTRAINT proposal_by_one CHECK ((num_nonnulls(proposed_by, guest_id) <= 1)),
    CONSTRAINT proposal_cost_guess_range CHECK (((cost_guess >= 1) AND (cost_guess <= '1000000000000'::bigint))),
    CONSTRAINT proposal_cost_range CHECK (((cost >= 1) AND (cost <= '1000000000000'::bigint))),
    CONSTRAINT proposal_lat_range CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT proposal_lon_range CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT proposal_place_length CHECK ((length(place) <= 200)),
    CONSTRAINT proposal_place_whole CHECK ((num_nonnulls(lon, lat) = ANY (ARRAY[0, 2]))),
    CONSTRAINT proposal_reason_length CHECK ((length(reason) <= 1000)),
    CONSTRAINT proposal_text_length CHECK ((length(text) <= 5000)),
    CONSTRAINT proposal_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.proposal FORCE ROW LEVEL SECURITY;

CREATE TABLE public.proposed_crew (
    organization_id uuid NOT NULL,
    proposal_id uuid NOT NULL,
    number integer NOT NULL,
    turf_id uuid NOT NULL,
    member_ids uuid[] NOT NULL,
    locked boolean NOT NULL,
    goodness double precision NOT NULL,
    facts jsonb NOT NULL
);

ALTER TABLE ONLY public.proposed_crew FORCE ROW LEVEL SECURITY;

CREATE TABLE public.proposed_turf (
    organization_id uuid NOT NULL,
    cut_id uuid NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    polygon bytea NOT NULL,
    walk_m double precision NOT NULL,
    minutes double precision NOT NULL,
    door_ids uuid[] NOT NULL
);

ALTER TABLE ONLY public.proposed_turf FORCE ROW LEVEL SECURITY;

CREATE VIEW public.raised_by WITH (security_invoker='true') AS
 SELECT r.organization_id,
    r.id,
    COALESCE(p.merged_into, r.person_id, g.person_id, r.guest_id) AS raiser_id,
    r.raised_at,
    t.name AS topic,
    (k.status <> ALL (ARRAY['resolved'::text, 'told'::text, 'confirmed'::text])) AS open,
        CASE
            WHEN ((n.member_id IS NOT NULL) AND (m.erased_at IS NULL)) THEN split_part(m.name, ' '::text, 1)
            ELSE NULL::text
        END AS listener,
        CASE
            WHEN (u.created_at > COALESCE(k.resolved_at, '-infinity'::timestamp with time zone)) THEN u.reason
            ELSE k.reason
        END AS reason,
    GREATEST(u.created_at, k.resolved_at) AS reasoned_at
   FROM (((((((public.issue_report r
     JOIN public.issue_case k ON (((k.organization_id = r.organization_id) AND (k.id = r.case_id))))
     JOIN public.issue_topic t ON (((t.organization_id = k.organization_id) AND (t.id = k.topic_id))))
     LEFT JOIN public.person p ON (((p.organization_id = r.organization_id) AND (p.id = r.person_id))))
     LEFT JOIN public.guest g ON (((g.organization_id = r.organization_id) AND (g.id = r.guest_id))))
     LEFT JOIN public.member m ON (((m.organization_id = r.organization_id) AND (m.id = r.recorded_by))))
     LEFT JOIN public.letter_naming n ON (((n.organization_id = m.organization_id) AND (n.member_id = m.id))))
     LEFT JOIN LATERAL ( SELECT c.reason,
            c.created_at
           FROM public.commitment_update c
          WHERE ((c.organization_id = k.organization_id) AND (c.commitment_id = k.commitment_id) AND (c.status_after <> 'draft'::text))
          ORDER BY c.number DESC
         LIMIT 1) u ON (true));

CREATE TABLE public.reading_confirmed (
    organization_id uuid NOT NULL,
    step_id uuid NOT NULL,
    member_id uuid NOT NULL,
    confirmed_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.reading_confirmed FORCE ROW LEVEL SECURITY;

CREATE TABLE public.refresh_token (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    issued_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    used_nonce text,
    successor_id uuid
);

ALTER TABLE ONLY public.refresh_token FORCE ROW LEVEL SECURITY;

CREATE TABLE public.retention_rule (
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    months integer NOT NULL,
    changed_by uuid,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT retention_rule_kind_known CHECK ((kind = ANY (ARRAY['person_unseen'::text, 'note_text'::text, 'answer_identified'::text, 'consent_expired'::text, 'import_file'::text, 'issue_text'::text]))),
    CONSTRAINT retention_rule_months_range CHECK (((months >= 1) AND (months <= 120)))
);

ALTER TABLE ONLY public.retention_rule FORCE ROW LEVEL SECURITY;

CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);

CREATE TABLE public.scope_change (
    organization_id uuid NOT NULL,
    seq bigint NOT NULL,
    member_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    kind text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT scope_change_kind_known CHECK ((kind = ANY (ARRAY['gained'::text, 'lost'::text, 'recut'::text])))
);

ALTER TABLE ONLY public.scope_change FORCE ROW LEVEL SECURITY;

CREATE TABLE public.share_conversion (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    link_id uuid NOT NULL,
    what text NOT NULL,
    about_id uuid NOT NULL,
    person_id uuid,
    guest_id uuid,
    member_id uuid,
    converted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT share_conversion_of_one CHECK ((num_nonnulls(person_id, guest_id, member_id) <= 1)),
    CONSTRAINT share_conversion_what_known CHECK ((what = ANY (ARRAY['rsvp'::text, 'slot'::text, 'signup'::text, 'survey'::text, 'ballot'::text, 'proposal'::text, 'issue'::text])))
);

ALTER TABLE ONLY public.share_conversion FORCE ROW LEVEL SECURITY;

CREATE TABLE public.share_link (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    item_id uuid NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    owner_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT share_link_code_format CHECK ((code ~ '^[1-9A-HJ-NP-Za-km-z]{10}$'::text)),
    CONSTRAINT share_link_kind_known CHECK ((kind = ANY (ARRAY['event'::text, 'commitment'::text, 'decision'::text, 'budget'::text]))),
    CONSTRAINT share_link_label_length CHECK ((length(label) <= 100))
);

ALTER TABLE ONLY public.share_link FORCE ROW LEVEL SECURITY;

CREATE VIEW public.share_target WITH (security_invoker='true') AS
 SELECT e.organization_id,
    'event'::text AS kind,
    e.id,
    e.slug,
    e.title,
    e.summary AS text,
    e.status,
    p.name AS place,
    e.time_zone,
    COALESCE(v.starts_at, ( SELECT min(s.starts_at) AS min
           FROM public.shift s
          WHERE ((s.organization_id = e.organization_id) AND (s.event_id = e.id) AND (s.status <> 'cancelled'::text)))) AS starts_at,
    NULL::date AS on_day,
    NULL::bigint AS amount,
    NULL::text AS currency
   FROM ((public.civic_event e
     JOIN public.place p ON (((p.organization_id = e.organization_id) AND (p.id = e.place_id))))
     LEFT JOIN public.public_event v ON (((v.organization_id = e.organization_id) AND (v.event_id = e.id))))
  WHERE (e.public AND (e.published_at IS NOT NULL))
UNION ALL
 SELECT c.organization_id,
    'commitment'::text AS kind,
    c.id,
    c.slug,
    c.title,
    c.text,
    c.status,
    NULL::text AS place,
    NULL::text AS time_zone,
    NULL::timestamp with time zone AS starts_at,
    c.due_on AS on_day,
    NULL::bigint AS amount,
    NULL::text AS currency
   FROM public.commitment c
  WHERE (c.status <> 'draft'::text)
UNION ALL
 SELECT d.organization_id,
    'decision'::text AS kind,
    d.id,
    d.slug,
    d.question AS title,
    d.reasons AS text,
    d.choice AS status,
    NULL::text AS place,
    NULL::text AS time_zone,
    NULL::timestamp with time zone AS starts_at,
    d.decided_on AS on_day,
    NULL::bigint AS amount,
    NULL::text AS currency
   FROM public.decision d
UNION ALL
 SELECT r.organization_id,
    'budget'::text AS kind,
    r.id,
    r.slug,
    r.title,
    r.text,
    r.status,
    NULL::text AS place,
    NULL::text AS time_zone,
    r.voting_closes_at AS starts_at,
    NULL::date AS on_day,
    r.amount,
    r.currency
   FROM public.budget_round r
  WHERE (r.status <> 'draft'::text);

CREATE TABLE public.share_visit (
    organization_id uuid NOT NULL,
    link_id uuid NOT NULL,
    visited_on date NOT NULL,
    visits_count bigint NOT NULL,
    CONSTRAINT share_visit_some CHECK ((visits_count > 0))
);

ALTER TABLE ONLY public.share_visit FORCE ROW LEVEL SECURITY;

CREATE TABLE public.shift_role (
    organization_id uuid NOT NULL,
    shift_id uuid NOT NULL,
    role text NOT NULL,
    capacity integer NOT NULL,
    CONSTRAINT shift_role_capacity_range CHECK (((capacity >= 0) AND (capacity <= 10000))),
    CONSTRAINT shift_role_length CHECK (((length(role) >= 1) AND (length(role) <= 40)))
);

ALTER TABLE ONLY public.shift_role FORCE ROW LEVEL SECURITY;

CREATE VIEW public.shift_seen WITH (security_invoker='true') AS
 SELECT s.organization_id,
    s.id,
    s.event_id,
    e.title,
    e.kind,
    e.status AS event_status,
    e.time_zone,
    s.series_id,
    s.starts_at,
    s.ends_at,
    COALESCE(s.place_id, e.place_id) AS place_id,
    p.name AS place_name,
    s.status,
    s.cancelled_reason,
    s.sequence,
    s.updated_at,
    COALESCE(r.roles, '[]'::jsonb) AS roles
   FROM (((public.shift s
     JOIN public.civic_event e ON (((e.organization_id = s.organization_id) AND (e.id = s.event_id))))
     JOIN public.place p ON (((p.organization_id = s.organization_id) AND (p.id = COALESCE(s.place_id, e.place_id)))))
     LEFT JOIN LATERAL ( SELECT jsonb_agg(jsonb_build_object('role', r_1.role, 'capacity', r_1.capacity, 'taken_count', COALESCE(g.taken_count, (0)::bigint), 'waitlisted_count', COALESCE(g.waitlisted_count, (0)::bigint), 'attended_count', COALESCE(g.attended_count, (0)::bigint)) ORDER BY r_1.role) AS roles
           FROM (public.shift_role r_1
             LEFT JOIN LATERAL ( SELECT count(*) FILTER (WHERE (g_1.state = ANY (ARRAY['booked'::text, 'held'::text, 'confirmed'::text, 'attended'::text]))) AS taken_count,
                    count(*) FILTER (WHERE (g_1.state = 'waitlisted'::text)) AS waitlisted_count,
                    count(*) FILTER (WHERE (g_1.state = 'attended'::text)) AS attended_count
                   FROM public.signup g_1
                  WHERE ((g_1.organization_id = r_1.organization_id) AND (g_1.shift_id = r_1.shift_id) AND (g_1.role = r_1.role))) g ON (true))
          WHERE ((r_1.organization_id = s.organization_id) AND (r_1.shift_id = s.id))) r ON (true));

CREATE TABLE public.shift_series (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    starts_local timestamp without time zone NOT NULL,
    duration_min integer NOT NULL,
    rule text NOT NULL,
    except_on date[] DEFAULT '{}'::date[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT shift_series_duration_range CHECK (((duration_min >= 5) AND (duration_min <= 1440))),
    CONSTRAINT shift_series_rule_length CHECK (((length(rule) >= 1) AND (length(rule) <= 500)))
);

ALTER TABLE ONLY public.shift_series FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sign_in_code (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid,
    invite_id uuid,
    code_hash bytea NOT NULL,
    tries_left integer DEFAULT 5 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    used_nonce text,
    device_id uuid,
    CONSTRAINT sign_in_code_for_one CHECK ((num_nonnulls(member_id, invite_id) = 1))
);

ALTER TABLE ONLY public.sign_in_code FORCE ROW LEVEL SECURITY;

CREATE TABLE public.signup_change (
    organization_id uuid NOT NULL,
    id bigint NOT NULL,
    signup_id uuid NOT NULL,
    state_before text,
    state_after text NOT NULL,
    changed_by uuid,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.signup_change FORCE ROW LEVEL SECURITY;

ALTER TABLE public.signup_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signup_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.stale_door ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stale_door_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.stale_stint (
    organization_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    member_id uuid NOT NULL,
    worked_on date NOT NULL
);

ALTER TABLE ONLY public.stale_stint FORCE ROW LEVEL SECURITY;

CREATE TABLE public.stall_contact (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    result text NOT NULL,
    topic_id uuid,
    minutes smallint NOT NULL,
    guest_id uuid,
    issue_id uuid,
    recorded_by uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    payload_hash bytea NOT NULL,
    CONSTRAINT stall_contact_minutes_range CHECK (((minutes >= 0) AND (minutes <= 240))),
    CONSTRAINT stall_contact_result_known CHECK ((result = ANY (ARRAY['talked'::text, 'took_leaflet'::text, 'declined'::text, 'wants_more'::text])))
);

ALTER TABLE ONLY public.stall_contact FORCE ROW LEVEL SECURITY;

CREATE VIEW public.standing_consent WITH (security_invoker='true') AS
 SELECT organization_id,
    id,
    person_id,
    purpose,
    channel
   FROM public.consent
  WHERE ((withdrawn_at IS NULL) AND (expires_at > now()));

CREATE TABLE public.statement (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    topic_id uuid CONSTRAINT statement_topic_id_not_null1 NOT NULL,
    number integer NOT NULL,
    text text NOT NULL,
    status text NOT NULL,
    written_by uuid,
    decided_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT statement_status_known CHECK ((status = ANY (ARRAY['proposed'::text, 'shown'::text, 'refused'::text]))),
    CONSTRAINT statement_text_length CHECK (((length(TRIM(BOTH FROM text)) >= 1) AND (length(TRIM(BOTH FROM text)) <= 300)))
);

ALTER TABLE ONLY public.statement FORCE ROW LEVEL SECURITY;

CREATE TABLE public.statement_topic (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    question text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    opens_at timestamp with time zone DEFAULT now() NOT NULL,
    closes_at timestamp with time zone,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT statement_topic_closes_later CHECK ((closes_at > opens_at)),
    CONSTRAINT statement_topic_question_length CHECK (((length(question) >= 1) AND (length(question) <= 300))),
    CONSTRAINT statement_topic_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'::text)),
    CONSTRAINT statement_topic_text_length CHECK ((length(text) <= 4000))
);

ALTER TABLE ONLY public.statement_topic FORCE ROW LEVEL SECURITY;

CREATE TABLE public.statement_vote (
    organization_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    vote text NOT NULL,
    CONSTRAINT statement_vote_known CHECK ((vote = ANY (ARRAY['agree'::text, 'disagree'::text, 'pass'::text])))
);

ALTER TABLE ONLY public.statement_vote FORCE ROW LEVEL SECURITY;

CREATE TABLE public.street_edge (
    organization_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    id bigint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    highway text NOT NULL,
    from_node bigint NOT NULL,
    to_node bigint NOT NULL,
    length_m double precision NOT NULL,
    walkable boolean DEFAULT true NOT NULL,
    crosses_barrier boolean NOT NULL,
    shape bytea NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL
);

ALTER TABLE ONLY public.street_edge FORCE ROW LEVEL SECURITY;

CREATE TABLE public.suppression (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL,
    scope text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    person_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by uuid,
    cleared_at timestamp with time zone,
    cleared_by uuid,
    CONSTRAINT suppression_cleared_whole CHECK ((num_nonnulls(cleared_at, cleared_by) = ANY (ARRAY[0, 2]))),
    CONSTRAINT suppression_kind_known CHECK ((kind = ANY (ARRAY['external_id'::text, 'phone'::text, 'email'::text, 'person'::text]))),
    CONSTRAINT suppression_reason_known CHECK ((reason = ANY (ARRAY['asked'::text, 'objected'::text, 'withdrew'::text, 'wrong'::text, 'other'::text]))),
    CONSTRAINT suppression_scope_known CHECK ((scope = ANY (ARRAY['contact'::text, 'erased'::text])))
);

ALTER TABLE ONLY public.suppression FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sync_refusal (
    organization_id uuid NOT NULL,
    device_id uuid NOT NULL,
    record_id text NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT sync_refusal_record_length CHECK ((length(record_id) <= 200))
);

ALTER TABLE ONLY public.sync_refusal FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tallied_stint (
    organization_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    member_id uuid NOT NULL,
    worked_on date NOT NULL,
    of text NOT NULL,
    key text NOT NULL,
    visits_count bigint NOT NULL,
    worked_us bigint NOT NULL
);

ALTER TABLE ONLY public.tallied_stint FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tally (
    organization_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    of text NOT NULL,
    key text NOT NULL,
    doors_count bigint DEFAULT 0 NOT NULL,
    attempted_count bigint DEFAULT 0 NOT NULL,
    contacted_count bigint DEFAULT 0 NOT NULL,
    done_count bigint DEFAULT 0 NOT NULL,
    people_count bigint DEFAULT 0 NOT NULL,
    people_reached_count bigint DEFAULT 0 NOT NULL,
    attempts_count bigint DEFAULT 0 NOT NULL,
    contacts_count bigint DEFAULT 0 NOT NULL,
    second_tries_count bigint DEFAULT 0 NOT NULL,
    second_contacts_count bigint DEFAULT 0 NOT NULL,
    visits_count bigint DEFAULT 0 NOT NULL,
    worked_us bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.tally FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tombstone (
    organization_id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    thing_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tombstone_kind_known CHECK ((kind = 'person'::text))
);

ALTER TABLE ONLY public.tombstone FORCE ROW LEVEL SECURITY;

CREATE TABLE public.training_done (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    training text NOT NULL,
    done_on date NOT NULL,
    recorded_by uuid NOT NULL,
    CONSTRAINT training_done_length CHECK (((length(training) >= 1) AND (length(training) <= 100)))
);

ALTER TABLE ONLY public.training_done FORCE ROW LEVEL SECURITY;

CREATE TABLE public.training_step (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    track_id uuid NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    training text,
    url text,
    CONSTRAINT training_step_kind_known CHECK ((kind = ANY (ARRAY['session'::text, 'reading'::text]))),
    CONSTRAINT training_step_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT training_step_training_length CHECK (((length(training) >= 1) AND (length(training) <= 100))),
    CONSTRAINT training_step_url_length CHECK ((length(url) <= 2000)),
    CONSTRAINT training_step_whole CHECK (
CASE kind
    WHEN 'session'::text THEN ((training IS NOT NULL) AND (url IS NULL))
    ELSE ((url IS NOT NULL) AND (training IS NULL))
END)
);

ALTER TABLE ONLY public.training_step FORCE ROW LEVEL SECURITY;

CREATE TABLE public.training_track (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    role text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT training_track_name_length CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT training_track_role_length CHECK (((length(role) >= 1) AND (length(role) <= 40)))
);

ALTER TABLE ONLY public.training_track FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf_before (
    organization_id uuid NOT NULL,
    step_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    existed boolean NOT NULL,
    name text,
    status text,
    version integer,
    cut_version integer,
    polygon bytea,
    walk_m double precision,
    minutes double precision,
    frozen_at timestamp with time zone,
    created_at timestamp with time zone,
    published_at timestamp with time zone,
    archived_at timestamp with time zone,
    door_ids uuid[],
    assignment_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL
);

ALTER TABLE ONLY public.turf_before FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf_cut (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    pass_id uuid NOT NULL,
    kind text NOT NULL,
    wanted jsonb NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    done_units bigint DEFAULT 0 NOT NULL,
    total_units bigint DEFAULT 0 NOT NULL,
    heard_at timestamp with time zone DEFAULT now() NOT NULL,
    cancel_requested_at timestamp with time zone,
    failure text,
    found jsonb,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT turf_cut_kind_known CHECK ((kind = ANY (ARRAY['auto'::text, 'recut'::text]))),
    CONSTRAINT turf_cut_state_known CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'cancelled'::text, 'accepted'::text])))
);

ALTER TABLE ONLY public.turf_cut FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf_step (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    pass_id uuid NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    undone_at timestamp with time zone,
    undone_by uuid,
    CONSTRAINT turf_step_kind_known CHECK ((kind = ANY (ARRAY['create'::text, 'auto'::text, 'recut'::text, 'split'::text, 'merge'::text, 'move'::text, 'trade'::text, 'freeze'::text, 'unfreeze'::text, 'rename'::text, 'publish'::text, 'archive'::text, 'delete'::text])))
);

ALTER TABLE ONLY public.turf_step FORCE ROW LEVEL SECURITY;

CREATE VIEW public.turf_summary WITH (security_invoker='true') AS
 SELECT t.organization_id,
    t.id,
    t.pass_id,
    p.campaign_id,
    t.name,
    t.status,
    t.version,
    counts.doors_count,
    counts.done_count,
    t.walk_m,
    t.created_at,
    t.published_at,
    t.archived_at,
    holding.holders,
    t.polygon,
    t.minutes,
    t.cut_version,
    t.frozen_at
   FROM (((public.turf t
     JOIN public.pass p ON (((p.organization_id = t.organization_id) AND (p.id = t.pass_id))))
     CROSS JOIN LATERAL ( SELECT count(*) AS doors_count,
            count(*) FILTER (WHERE s.done) AS done_count
           FROM (public.turf_door td
             LEFT JOIN public.door_state s ON (((s.organization_id = td.organization_id) AND (s.pass_id = td.pass_id) AND (s.door_id = td.door_id))))
          WHERE ((td.organization_id = t.organization_id) AND (td.turf_id = t.id))) counts)
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('member_id', m.id, 'name', m.name, 'assigned_at', a.assigned_at, 'expires_at', a.expires_at) ORDER BY a.assigned_at, m.id), '[]'::jsonb) AS holders
           FROM (public.assignment a
             JOIN public.member m ON (((m.organization_id = a.organization_id) AND (m.id = a.member_id))))
          WHERE ((a.organization_id = t.organization_id) AND (a.turf_id = t.id) AND (a.ended_at IS NULL) AND (a.expires_at > now()) AND (m.ended_at IS NULL))) holding);

CREATE TABLE public.universe (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    expression jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT universe_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.universe FORCE ROW LEVEL SECURITY;

CREATE TABLE public.volunteer (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    skills text[] DEFAULT '{}'::text[] NOT NULL,
    home_lon double precision,
    home_lat double precision,
    transport text DEFAULT 'foot'::text NOT NULL,
    seats_count integer DEFAULT 0 NOT NULL,
    max_travel_km double precision,
    max_walk_km double precision,
    climbs_stairs boolean DEFAULT true NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT volunteer_home_lat_rounded CHECK ((((home_lat >= ('-90'::integer)::double precision) AND (home_lat <= (90)::double precision)) AND (home_lat = (round((home_lat)::numeric, 2))::double precision))),
    CONSTRAINT volunteer_home_lon_rounded CHECK ((((home_lon >= ('-180'::integer)::double precision) AND (home_lon <= (180)::double precision)) AND (home_lon = (round((home_lon)::numeric, 2))::double precision))),
    CONSTRAINT volunteer_home_whole CHECK ((num_nonnulls(home_lon, home_lat) = ANY (ARRAY[0, 2]))),
    CONSTRAINT volunteer_seats_range CHECK (((seats_count >= 0) AND (seats_count <= 20))),
    CONSTRAINT volunteer_skills_known CHECK ((skills <@ ARRAY['captain'::text, 'driver'::text, 'knocker'::text, 'trainer'::text, 'data'::text])),
    CONSTRAINT volunteer_transport_known CHECK ((transport = ANY (ARRAY['foot'::text, 'bicycle'::text, 'transit'::text, 'car'::text]))),
    CONSTRAINT volunteer_travel_range CHECK (((max_travel_km > (0)::double precision) AND (max_travel_km <= (1000)::double precision))),
    CONSTRAINT volunteer_walk_range CHECK (((max_walk_km > (0)::double precision) AND (max_walk_km <= (100)::double precision)))
);

ALTER TABLE ONLY public.volunteer FORCE ROW LEVEL SECURITY;

CREATE TABLE public.volunteer_availability (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    weekday smallint NOT NULL,
    starts_at_time time without time zone NOT NULL,
    ends_at_time time without time zone NOT NULL,
    CONSTRAINT volunteer_availability_order CHECK ((ends_at_time > starts_at_time)),
    CONSTRAINT volunteer_availability_weekday CHECK (((weekday >= 1) AND (weekday <= 7)))
);

ALTER TABLE ONLY public.volunteer_availability FORCE ROW LEVEL SECURITY;

CREATE TABLE public.volunteer_exception (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    on_date date NOT NULL,
    available boolean NOT NULL,
    starts_at_time time without time zone,
    ends_at_time time without time zone,
    CONSTRAINT volunteer_exception_order CHECK ((ends_at_time > starts_at_time)),
    CONSTRAINT volunteer_exception_whole CHECK ((num_nonnulls(starts_at_time, ends_at_time) = ANY (ARRAY[0, 2])))
);

ALTER TABLE ONLY public.volunteer_exception FORCE ROW LEVEL SECURITY;

CREATE VIEW public.volunteer_fact WITH (security_invoker='true') AS
 SELECT m.organization_id,
    m.id AS member_id,
    m.created_at AS joined_at,
    s.signed_up_at,
    s.first_shift_at,
    s.second_shift_at,
    LEAST(t.trained_at, s.training_at) AS trained_at,
    LEAST(s.captain_at, c.led_at) AS led_at,
    b.brought_at
   FROM ((((public.member m
     LEFT JOIN LATERAL ( SELECT min(g.signed_up_at) AS signed_up_at,
            (array_agg(h.starts_at ORDER BY h.starts_at, h.id) FILTER (WHERE (g.state = 'attended'::text)))[1] AS first_shift_at,
            (array_agg(h.starts_at ORDER BY h.starts_at, h.id) FILTER (WHERE (g.state = 'attended'::text)))[2] AS second_shift_at,
            min(h.starts_at) FILTER (WHERE ((g.state = 'attended'::text) AND (e.kind = 'training'::text))) AS training_at,
            min(h.starts_at) FILTER (WHERE ((g.state = 'attended'::text) AND (lower(g.role) = 'captain'::text))) AS captain_at
           FROM ((public.signup g
             JOIN public.shift h ON (((h.organization_id = g.organization_id) AND (h.id = g.shift_id))))
             JOIN public.civic_event e ON (((e.organization_id = h.organization_id) AND (e.id = h.event_id))))
          WHERE ((g.organization_id = m.organization_id) AND (g.member_id = m.id) AND (g.state <> 'invited'::text))) s ON (true))
     LEFT JOIN LATERAL ( SELECT ((min(d.done_on))::timestamp without time zone AT TIME ZONE o.time_zone) AS trained_at
           FROM (public.training_done d
             JOIN public.organization o ON ((o.id = d.organization_id)))
          WHERE ((d.organization_id = m.organization_id) AND (d.member_id = m.id))
          GROUP BY o.time_zone) t ON (true))
     LEFT JOIN LATERAL ( SELECT min(c_1.sent_at) AS led_at
           FROM (public.crew_member w
             JOIN public.crew c_1 ON (((c_1.organization_id = w.organization_id) AND (c_1.id = w.crew_id))))
          WHERE ((w.organization_id = m.organization_id) AND (w.member_id = m.id) AND ((c_1.facts -> 'guides'::text) ? (m.id)::text) AND (jsonb_array_length((c_1.facts -> 'newcomers'::text)) > 0))) c ON (true))
     LEFT JOIN LATERAL ( SELECT min(v.converted_at) AS brought_at
           FROM (public.share_link l
             JOIN public.share_conversion v ON (((v.organization_id = l.organization_id) AND (v.link_id = l.id))))
          WHERE ((l.organization_id = m.organization_id) AND (l.owner_id = m.id))) b ON (true));

CREATE TABLE public.volunteer_tie (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    other_id uuid NOT NULL,
    kind text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT volunteer_tie_kind_known CHECK ((kind = ANY (ARRAY['asked'::text, 'buddy'::text, 'apart'::text]))),
    CONSTRAINT volunteer_tie_ordered CHECK ((member_id < other_id))
);

ALTER TABLE ONLY public.volunteer_tie FORCE ROW LEVEL SECURITY;

CREATE TABLE public.voter_code (
    organization_id uuid NOT NULL,
    round_id uuid NOT NULL,
    code_hash bytea NOT NULL
);

ALTER TABLE ONLY public.voter_code FORCE ROW LEVEL SECURITY;

CREATE TABLE public.walk_sheet (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    pass_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    turf_name text NOT NULL,
    code text NOT NULL,
    script_id uuid,
    script_version integer,
    door_ids uuid[] NOT NULL,
    person_ids uuid[] NOT NULL,
    person_door_ids uuid[] NOT NULL,
    printed_at timestamp with time zone DEFAULT now() NOT NULL,
    printed_by uuid,
    CONSTRAINT walk_sheet_code_format CHECK ((code ~ '^[A-Z2-9]{8}$'::text)),
    CONSTRAINT walk_sheet_people_whole CHECK ((cardinality(person_ids) = cardinality(person_door_ids)))
);

ALTER TABLE ONLY public.walk_sheet FORCE ROW LEVEL SECURITY;

CREATE TABLE queue.periodic (
    name text NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    taken_until timestamp with time zone,
    taken_by uuid,
    ended_at timestamp with time zone,
    error text
);

CREATE TABLE queue.pgqueuer (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint
);

ALTER TABLE ONLY queue.pgqueuer FORCE ROW LEVEL SECURITY;

CREATE SEQUENCE queue.pgqueuer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_id_seq OWNED BY queue.pgqueuer.id;

CREATE TABLE queue.pgqueuer_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

ALTER TABLE ONLY queue.pgqueuer_log FORCE ROW LEVEL SECURITY;

ALTER TABLE queue.pgqueuer_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME queue.pgqueuer_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE queue.pgqueuer_schedules (
    id bigint NOT NULL,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    next_run timestamp with time zone DEFAULT now() NOT NULL,
    last_run timestamp with time zone,
    status queue.pgqueuer_status DEFAULT 'queued'::queue.pgqueuer_status
);

CREATE SEQUENCE queue.pgqueuer_schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_schedules_id_seq OWNED BY queue.pgqueuer_schedules.id;

CREATE TABLE queue.pgqueuer_statistics (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT date_trunc('sec'::text, now()) NOT NULL,
    count bigint NOT NULL,
    priority integer NOT NULL,
    status queue.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE SEQUENCE queue.pgqueuer_statistics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE queue.pgqueuer_statistics_id_seq OWNED BY queue.pgqueuer_statistics.id;

ALTER TABLE ONLY queue.pgqueuer ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_id_seq'::regclass);

ALTER TABLE ONLY queue.pgqueuer_schedules ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_schedules_id_seq'::regclass);

ALTER TABLE ONLY queue.pgqueuer_statistics ALTER COLUMN id SET DEFAULT nextval('queue.pgqueuer_statistics_id_seq'::regclass);

ALTER TABLE ONLY public.commitment
    ADD CONSTRAINT commitment_pkey PRIMARY KEY (organization_id, id);

CREATE FUNCTION public.overview_row(of_organization uuid, since timestamp with time zone, until timestamp with time zone, at_instant timestamp with time zone, contacts text[]) RETURNS TABLE(figure text, thing_id uuid, counted boolean, value double precision, happened_at timestamp with time zone, of_group text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT 'doors_spoken_at'::text,
     a.door_id,
     bool_or((a.result = ANY (overview_row.contacts))) AS bool_or,
     NULL::double precision AS float8,
     max(a.occurred_at) AS max,
     p.name
    FROM (public.pass p
      CROSS JOIN LATERAL public.effective_attempt(p.organization_id, p.id) a(event_id, door_id, member_id, occurred_at, result))
   WHERE ((p.organization_id = overview_row.of_organization) AND (a.occurred_at >= overview_row.since) AND (a.occurred_at < overview_row.until))
   GROUP BY p.id, p.name, a.door_id
 UNION ALL
  SELECT 'conversations_with_issue'::text,
     a.door_id,
     (EXISTS ( SELECT
            FROM public.issue_report r
           WHERE ((r.organization_id = overview_row.of_organization) AND (r.door_id = a.door_id) AND (r.raised_at >= overview_row.since) AND (r.raised_at < overview_row.until)))) AS "exists",
     NULL::double precision,
     max(a.occurred_at) AS max,
     p.name
    FROM (public.pass p
      CROSS JOIN LATERAL public.effective_attempt(p.organization_id, p.id) a(event_id, door_id, member_id, occurred_at, result))
   WHERE ((p.organization_id = overview_row.of_organization) AND (a.occurred_at >= overview_row.since) AND (a.occurred_at < overview_row.until) AND (a.result = ANY (overview_row.contacts)))
   GROUP BY p.id, p.name, a.door_id
 UNION ALL
  SELECT 'commitment_age_days'::text,
     c.id,
     (c.status = ANY (ARRAY['published'::text, 'in_progress'::text, 'stalled'::text])),
         CASE
             WHEN (c.status = ANY (ARRAY['published'::text, 'in_progress'::text, 'stalled'::text])) THEN (EXTRACT(epoch FROM (overview_row.at_instant - COALESCE(max(u.created_at), c.published_at))) / (86400)::numeric)
             ELSE NULL::numeric
         END AS "case",
     COALESCE(max(u.created_at), c.published_at) AS "coalesce",
     c.status
    FROM (public.commitment c
      LEFT JOIN public.commitment_update u ON (((u.organization_id = c.organization_id) AND (u.commitment_id = c.id))))
   WHERE ((c.organization_id = overview_row.of_organization) AND (c.status <> 'draft'::text))
   GROUP BY c.organization_id, c.id
 UNION ALL
  SELECT 'booked_came'::text,
     g.id,
     (g.state = 'attended'::text),
     NULL::double precision,
     s.starts_at,
         CASE
             WHEN (EXISTS ( SELECT
                FROM (public.notification n
                  JOIN public.delivery d ON (((d.organization_id = n.organization_id) AND (d.notification_id = n.id) AND (d.state = ANY (ARRAY['sent'::text, 'delivered'::text])))))
               WHERE ((n.organization_id = overview_row.of_organization) AND (n.about = g.id) AND (n.kind = 'shift_reminder'::text)))) THEN 'reminded'::text
             ELSE 'not_reminded'::text
         END AS "case"
    FROM (public.shift s
      JOIN public.signup g ON (((g.organization_id = s.organization_id) AND (g.shift_id = s.id))))
   WHERE ((s.organization_id = overview_row.of_organization) AND (s.starts_at >= overview_row.since) AND (s.starts_at < overview_row.until) AND (s.status = 'closed'::text) AND (g.state = ANY (ARRAY['attended'::text, 'no_show'::text])) AND (g.check_in_how IS DISTINCT FROM 'walk_in'::text))
 UNION ALL
  SELECT 'rsvp_came'::text,
     a.id,
     (a.state = 'attended'::text),
     NULL::double precision,
     e.starts_at,
         CASE
             WHEN (EXISTS ( SELECT
                FROM public.letter l
               WHERE ((l.organization_id = overview_row.of_organization) AND (l.about = a.id) AND (l.kind = 'event_reminder'::text) AND (l.state = ANY (ARRAY['sent'::text, 'delivered'::text]))))) THEN 'reminded'::text
             ELSE 'not_reminded'::text
         END AS "case"
    FROM (public.public_event e
      JOIN public.attendance a ON (((a.organization_id = e.organization_id) AND (a.event_id = e.event_id))))
   WHERE ((e.organization_id = overview_row.of_organization) AND (e.starts_at >= overview_row.since) AND (e.starts_at < overview_row.until) AND (e.ends_at < overview_row.at_instant) AND (a.state = ANY (ARRAY['attended'::text, 'no_show'::text])) AND (a.source <> 'walk_in'::text))
 UNION ALL
  SELECT 'second_shift'::text,
     f.member_id,
     COALESCE((f.second_shift_at <= (f.first_shift_at + '30 days'::interval)), false) AS "coalesce",
     (EXTRACT(epoch FROM (f.second_shift_at - f.first_shift_at)) / (86400)::numeric),
     f.first_shift_at,
     NULL::text
    FROM public.volunteer_fact f
   WHERE ((f.organization_id = overview_row.of_organization) AND (f.first_shift_at >= overview_row.since) AND (f.first_shift_at < overview_row.until) AND (((f.first_shift_at + '30 days'::interval) <= overview_row.at_instant) OR (f.second_shift_at IS NOT NULL)))
 UNION ALL
  SELECT 'reachable'::text,
     p.id,
     ((EXISTS ( SELECT
            FROM public.consent c
           WHERE ((c.organization_id = overview_row.of_organization) AND (c.person_id = p.id) AND (c.withdrawn_at IS NULL) AND (c.given_at <= overview_row.at_instant) AND (c.expires_at > overview_row.at_instant) AND (c.purpose = ANY (ARRAY['follow_up'::text, 'events'::text, 'news'::text])) AND (((p.email IS NOT NULL) AND (COALESCE(c.channel, 'email'::text) = 'email'::text)) OR ((p.phone IS NOT NULL) AND (COALESCE(c.channel, 'phone'::text) = ANY (ARRAY['phone'::text, 'sms'::text, 'messenger'::text]))))))) AND (NOT (EXISTS ( SELECT
            FROM public.left_alone l
           WHERE ((l.organization_id = overview_row.of_organization) AND ((l.person_id = p.id) OR ((l.person_id IS NULL) AND (l.door_id = h.door_id)))))))),
     NULL::double precision,
     NULL::timestamp with time zone AS timestamptz,
     NULL::text
    FROM (public.person p
      JOIN public.household h ON (((h.organization_id = p.organization_id) AND (h.id = p.household_id))))
   WHERE ((p.organization_id = overview_row.of_organization) AND (p.erased_at IS NULL) AND (p.merged_into IS NULL))
 UNION ALL
  SELECT 'voters_served'::text,
     b.id,
     (EXISTS ( SELECT
            FROM jsonb_array_elements(b.choices) choice(value)
           WHERE (((r.result -> (r.result ->> 'rule'::text)) -> 'winners'::text) @> (choice.value -> 0)))) AS "exists",
     NULL::double precision,
     ((r.result ->> 'counted_at'::text))::timestamp with time zone AS timestamptz,
     r.slug
    FROM (public.budget_round r
      JOIN public.ballot b ON (((b.organization_id = r.organization_id) AND (b.round_id = r.id))))
   WHERE ((r.organization_id = overview_row.of_organization) AND (r.result IS NOT NULL) AND (((r.result ->> 'counted_at'::text))::timestamp with time zone >= overview_row.since) AND (((r.result ->> 'counted_at'::text))::timestamp with time zone < overview_row.until))
 UNION ALL
  SELECT 'brought_by_sharers'::text,
     v.id,
     (v.what = ANY (ARRAY['rsvp'::text, 'slot'::text, 'signup'::text])),
     NULL::double precision,
     v.converted_at,
     (m.id)::text AS id
    FROM ((public.share_conversion v
      JOIN public.share_link l ON (((l.organization_id = v.organization_id) AND (l.id = v.link_id))))
      JOIN public.member m ON (((m.organization_id = l.organization_id) AND (m.id = l.owner_id))))
   WHERE ((v.organization_id = overview_row.of_organization) AND (v.converted_at >= overview_row.since) AND (v.converted_at < overview_row.until));
END;

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_external_id_key UNIQUE (organization_id, external_id);

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.allowed_crossing
    ADD CONSTRAINT allowed_crossing_pkey PRIMARY KEY (organization_id, campaign_id, from_node, to_node);

ALTER TABLE ONLY public.answer_tally
    ADD CONSTRAINT answer_tally_pkey PRIMARY KEY (organization_id, pass_id, script_id, script_version, question_key, value, sensitive);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.attribute
    ADD CONSTRAINT attribute_pkey PRIMARY KEY (organization_id, key);

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (organization_id, seq);

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_voter_key UNIQUE (organization_id, round_id, voter_hash);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_pkey PRIMARY KEY (organization_id, campaign_id, id);

ALTER TABLE ONLY public.bouncing_address
    ADD CONSTRAINT bouncing_address_pkey PRIMARY KEY (organization_id, hash);

ALTER TABLE ONLY public.boundary
    ADD CONSTRAINT boundary_name_key UNIQUE (organization_id, campaign_id, layer, name);

ALTER TABLE ONLY public.boundary
    ADD CONSTRAINT boundary_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.buddy_offer
    ADD CONSTRAINT buddy_offer_pkey PRIMARY KEY (organization_id, member_id);

ALTER TABLE ONLY public.buddy_pair
    ADD CONSTRAINT buddy_pair_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT budget_round_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT budget_round_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.budget_step
    ADD CONSTRAINT budget_step_pkey PRIMARY KEY (organization_id, round_id, number);

ALTER TABLE ONLY public.building
    ADD CONSTRAINT building_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_name_key UNIQUE (organization_id, name);

ALTER TABLE ONLY public.campaign_pace
    ADD CONSTRAINT campaign_pace_pkey PRIMARY KEY (organization_id, campaign_id);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.case_note
    ADD CONSTRAINT case_note_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.case_notice
    ADD CONSTRAINT case_notice_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.case_publication
    ADD CONSTRAINT case_publication_pkey PRIMARY KEY (organization_id, case_id);

ALTER TABLE ONLY public.case_publication
    ADD CONSTRAINT case_publication_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_key UNIQUE NULLS NOT DISTINCT (organization_id, case_id, round, person_id, door_id, guest_id, notice_id, revisit_id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.change_counter
    ADD CONSTRAINT change_counter_pkey PRIMARY KEY (organization_id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.commitment
    ADD CONSTRAINT commitment_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.commitment_update
    ADD CONSTRAINT commitment_update_pkey PRIMARY KEY (organization_id, commitment_id, number);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.consent_wording
    ADD CONSTRAINT consent_wording_pkey PRIMARY KEY (organization_id, purpose, version);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.crew_member
    ADD CONSTRAINT crew_member_pkey PRIMARY KEY (organization_id, crew_id, member_id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.crew_proposal
    ADD CONSTRAINT crew_proposal_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.crew_rule
    ADD CONSTRAINT crew_rule_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_supersedes_key UNIQUE (organization_id, supersedes_id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_once UNIQUE NULLS NOT DISTINCT (organization_id, notification_id, channel, device_id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_id_key UNIQUE (id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.device_push
    ADD CONSTRAINT device_push_pkey PRIMARY KEY (organization_id, device_id);

ALTER TABLE ONLY public.device_push
    ADD CONSTRAINT device_push_registration_key UNIQUE (organization_id, registration);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_pkey PRIMARY KEY (organization_id, pass_id, door_id);

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_unit_key UNIQUE (organization_id, address_id, unit_key);

ALTER TABLE ONLY public.drawn_barrier
    ADD CONSTRAINT drawn_barrier_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.emergency_contact
    ADD CONSTRAINT emergency_contact_pkey PRIMARY KEY (organization_id, member_id);

ALTER TABLE ONLY public.event_batch
    ADD CONSTRAINT event_batch_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_pkey PRIMARY KEY (organization_id, event_id, payload_hash);

ALTER TABLE ONLY public.event_decision_item
    ADD CONSTRAINT event_decision_item_pkey PRIMARY KEY (organization_id, decision_id, event_id);

ALTER TABLE ONLY public.event_decision
    ADD CONSTRAINT event_decision_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.event_feedback
    ADD CONSTRAINT event_feedback_pkey PRIMARY KEY (organization_id, attendance_id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_key UNIQUE NULLS NOT DISTINCT (organization_id, event_id, commitment_id, decision_id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.fact_column
    ADD CONSTRAINT fact_column_pkey PRIMARY KEY (organization_id, block_no, name);

ALTER TABLE ONLY public.fact_door
    ADD CONSTRAINT fact_door_pkey PRIMARY KEY (organization_id, door_id);

ALTER TABLE ONLY public.fact_stale
    ADD CONSTRAINT fact_stale_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.feed_pending
    ADD CONSTRAINT feed_pending_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (organization_id, scope_id, kind, thing_id);

ALTER TABLE ONLY public.flagged_answer
    ADD CONSTRAINT flagged_answer_pkey PRIMARY KEY (organization_id, answer_id, topic_id);

ALTER TABLE ONLY public.guest_consent
    ADD CONSTRAINT guest_consent_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_code_key UNIQUE (organization_id, code_hash);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.hook_delivery
    ADD CONSTRAINT hook_delivery_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.hook
    ADD CONSTRAINT hook_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.import_change
    ADD CONSTRAINT import_change_pkey PRIMARY KEY (organization_id, import_run_id, kind, thing_id);

ALTER TABLE ONLY public.import_file_part
    ADD CONSTRAINT import_file_part_pkey PRIMARY KEY (organization_id, import_file_id, part_number);

ALTER TABLE ONLY public.import_file
    ADD CONSTRAINT import_file_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.import_mapping
    ADD CONSTRAINT import_mapping_name_key UNIQUE (organization_id, name);

ALTER TABLE ONLY public.import_mapping
    ADD CONSTRAINT import_mapping_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_pkey PRIMARY KEY (organization_id, import_run_id, row_number);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.issue_topic
    ADD CONSTRAINT issue_topic_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.left_door
    ADD CONSTRAINT left_door_pkey PRIMARY KEY (organization_id, turf_id, door_id);

ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_key UNIQUE NULLS NOT DISTINCT (organization_id, person_id, guest_id, key);

ALTER TABLE ONLY public.letter_naming
    ADD CONSTRAINT letter_naming_pkey PRIMARY KEY (organization_id, member_id);

ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.letter_template
    ADD CONSTRAINT letter_template_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.letter_template_version
    ADD CONSTRAINT letter_template_version_pkey PRIMARY KEY (organization_id, template_id, version);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_pkey PRIMARY KEY (organization_id, campaign_id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.notification_choice
    ADD CONSTRAINT notification_choice_pkey PRIMARY KEY (organization_id, member_id, kind, channel);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_once UNIQUE (organization_id, member_id, key);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.notification_setting
    ADD CONSTRAINT notification_setting_pkey PRIMARY KEY (organization_id, member_id);

ALTER TABLE ONLY public.office_slot
    ADD CONSTRAINT office_slot_key UNIQUE (organization_id, event_id, starts_at, with_whom);

ALTER TABLE ONLY public.office_slot
    ADD CONSTRAINT office_slot_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_name_key UNIQUE (organization_id, campaign_id, name);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_external_id_key UNIQUE (organization_id, external_id);

ALTER TABLE ONLY public.person_match
    ADD CONSTRAINT person_match_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.place
    ADD CONSTRAINT place_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.post_delivery
    ADD CONSTRAINT post_delivery_pkey PRIMARY KEY (organization_id, post_id, target_id);

ALTER TABLE ONLY public.post
    ADD CONSTRAINT post_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.post_target
    ADD CONSTRAINT post_target_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_number_key UNIQUE (organization_id, round_id, number);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.proposed_crew
    ADD CONSTRAINT proposed_crew_pkey PRIMARY KEY (organization_id, proposal_id, number);

ALTER TABLE ONLY public.proposed_turf
    ADD CONSTRAINT proposed_turf_pkey PRIMARY KEY (organization_id, cut_id, number);

ALTER TABLE ONLY public.public_event
    ADD CONSTRAINT public_event_pkey PRIMARY KEY (organization_id, event_id);

ALTER TABLE ONLY public.reading_confirmed
    ADD CONSTRAINT reading_confirmed_pkey PRIMARY KEY (organization_id, step_id, member_id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.retention_rule
    ADD CONSTRAINT retention_rule_pkey PRIMARY KEY (organization_id, kind);

ALTER TABLE ONLY public.revisit
    ADD CONSTRAINT revisit_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.scope_change
    ADD CONSTRAINT scope_change_pkey PRIMARY KEY (organization_id, seq);

ALTER TABLE ONLY public.script
    ADD CONSTRAINT script_name_key UNIQUE (organization_id, campaign_id, name);

ALTER TABLE ONLY public.script
    ADD CONSTRAINT script_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.script_version
    ADD CONSTRAINT script_version_pkey PRIMARY KEY (organization_id, script_id, version);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.share_link
    ADD CONSTRAINT share_link_code_key UNIQUE (code);

ALTER TABLE ONLY public.share_link
    ADD CONSTRAINT share_link_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.share_link
    ADD CONSTRAINT share_link_same_key UNIQUE (organization_id, owner_id, kind, item_id, label);

ALTER TABLE ONLY public.share_visit
    ADD CONSTRAINT share_visit_pkey PRIMARY KEY (organization_id, link_id, visited_on);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_occurrence_key UNIQUE (organization_id, series_id, occurrence_local);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.shift_role
    ADD CONSTRAINT shift_role_pkey PRIMARY KEY (organization_id, shift_id, role);

ALTER TABLE ONLY public.shift_series
    ADD CONSTRAINT shift_series_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_id_key UNIQUE (id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.signup_change
    ADD CONSTRAINT signup_change_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.signup
    ADD CONSTRAINT signup_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.stale_door
    ADD CONSTRAINT stale_door_pkey PRIMARY KEY (organization_id, pass_id, id);

ALTER TABLE ONLY public.stale_stint
    ADD CONSTRAINT stale_stint_pkey PRIMARY KEY (organization_id, pass_id, member_id, worked_on);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_number_key UNIQUE (organization_id, topic_id, number);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.statement_topic
    ADD CONSTRAINT statement_topic_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.statement_topic
    ADD CONSTRAINT statement_topic_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY public.statement_vote
    ADD CONSTRAINT statement_vote_pkey PRIMARY KEY (organization_id, statement_id, visitor_id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_pkey PRIMARY KEY (organization_id, campaign_id, id);

ALTER TABLE ONLY public.suppressed_person
    ADD CONSTRAINT suppressed_person_pkey PRIMARY KEY (organization_id, person_id, suppression_id);

ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT suppression_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_pkey PRIMARY KEY (organization_id, event_id);

ALTER TABLE ONLY public.sync_refusal
    ADD CONSTRAINT sync_refusal_pkey PRIMARY KEY (organization_id, device_id, record_id);

ALTER TABLE ONLY public.tallied_attempt
    ADD CONSTRAINT tallied_attempt_pkey PRIMARY KEY (organization_id, door_id, pass_id, event_id);

ALTER TABLE ONLY public.tallied_door
    ADD CONSTRAINT tallied_door_pkey PRIMARY KEY (organization_id, door_id, pass_id);

ALTER TABLE ONLY public.tallied_stint
    ADD CONSTRAINT tallied_stint_pkey PRIMARY KEY (organization_id, pass_id, member_id, worked_on, of, key);

ALTER TABLE ONLY public.tally
    ADD CONSTRAINT tally_pkey PRIMARY KEY (organization_id, pass_id, of, key);

ALTER TABLE ONLY public.tombstone
    ADD CONSTRAINT tombstone_pkey PRIMARY KEY (organization_id, seq);

ALTER TABLE ONLY public.training_done
    ADD CONSTRAINT training_done_pkey PRIMARY KEY (organization_id, member_id, training);

ALTER TABLE ONLY public.training_step
    ADD CONSTRAINT training_step_number_key UNIQUE (organization_id, track_id, number);

ALTER TABLE ONLY public.training_step
    ADD CONSTRAINT training_step_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.training_track
    ADD CONSTRAINT training_track_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.turf_before
    ADD CONSTRAINT turf_before_pkey PRIMARY KEY (organization_id, step_id, turf_id);

ALTER TABLE ONLY public.turf_cut
    ADD CONSTRAINT turf_cut_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_pkey PRIMARY KEY (organization_id, turf_id, door_id);

ALTER TABLE ONLY public.turf
    ADD CONSTRAINT turf_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_number_key UNIQUE (organization_id, pass_id, number);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.universe
    ADD CONSTRAINT universe_name_key UNIQUE (organization_id, name);

ALTER TABLE ONLY public.universe
    ADD CONSTRAINT universe_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.volunteer_availability
    ADD CONSTRAINT volunteer_availability_pkey PRIMARY KEY (organization_id, member_id, weekday, starts_at_time);

ALTER TABLE ONLY public.volunteer_exception
    ADD CONSTRAINT volunteer_exception_pkey PRIMARY KEY (organization_id, member_id, on_date);

ALTER TABLE ONLY public.volunteer
    ADD CONSTRAINT volunteer_pkey PRIMARY KEY (organization_id, member_id);

ALTER TABLE ONLY public.volunteer_tie
    ADD CONSTRAINT volunteer_tie_pkey PRIMARY KEY (organization_id, member_id, other_id, kind);

ALTER TABLE ONLY public.voter_code
    ADD CONSTRAINT voter_code_pkey PRIMARY KEY (organization_id, round_id, code_hash);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_code_key UNIQUE (organization_id, code);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.web_answer
    ADD CONSTRAINT web_answer_pkey PRIMARY KEY (organization_id, response_id, question_key);

ALTER TABLE ONLY public.web_answer_tally
    ADD CONSTRAINT web_answer_tally_pkey PRIMARY KEY (organization_id, web_survey_id, source, question_key, value, sensitive);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_slug_key UNIQUE (organization_id, slug);

ALTER TABLE ONLY queue.periodic
    ADD CONSTRAINT periodic_pkey PRIMARY KEY (name);

ALTER TABLE ONLY queue.pgqueuer_log
    ADD CONSTRAINT pgqueuer_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer
    ADD CONSTRAINT pgqueuer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_expression_entrypoint_key UNIQUE (expression, entrypoint);

ALTER TABLE ONLY queue.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY queue.pgqueuer_statistics
    ADD CONSTRAINT pgqueuer_statistics_pkey PRIMARY KEY (id);

CREATE INDEX address_building ON public.address USING btree (organization_id, building_id);

CREATE INDEX address_match ON public.address USING btree (organization_id, match_key);

CREATE INDEX address_position ON public.address USING btree (organization_id, lon, lat);

CREATE UNIQUE INDEX assignment_live_key ON public.assignment USING btree (organization_id, turf_id, member_id) WHERE (ended_at IS NULL);

CREATE INDEX assignment_member ON public.assignment USING btree (organization_id, member_id) WHERE (ended_at IS NULL);

CREATE INDEX attendance_guest ON public.attendance USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE UNIQUE INDEX attendance_guest_key ON public.attendance USING btree (organization_id, event_id, guest_id) WHERE ((guest_id IS NOT NULL) AND (state <> ALL (ARRAY['cancelled'::text, 'declined'::text])));

CREATE INDEX attendance_held ON public.attendance USING btree (organization_id, held_until) WHERE (state = 'held'::text);

CREATE INDEX attendance_order ON public.attendance USING btree (organization_id, event_id, "position");

CREATE INDEX attendance_person ON public.attendance USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

CREATE UNIQUE INDEX attendance_person_key ON public.attendance USING btree (organization_id, event_id, person_id) WHERE ((person_id IS NOT NULL) AND (state <> ALL (ARRAY['cancelled'::text, 'declined'::text])));

CREATE UNIQUE INDEX attendance_slot_key ON public.attendance USING btree (organization_id, slot_id) WHERE ((slot_id IS NOT NULL) AND (state <> ALL (ARRAY['cancelled'::text, 'declined'::text])));

CREATE INDEX audit_entry_ids ON public.audit_entry USING gin (ids);

CREATE INDEX ballot_receipt ON public.ballot USING btree (organization_id, round_id, receipt_hash);

CREATE INDEX buddy_pair_buddy ON public.buddy_pair USING btree (organization_id, buddy_id);

CREATE UNIQUE INDEX buddy_pair_open_key ON public.buddy_pair USING btree (organization_id, newcomer_id) WHERE (ended_at IS NULL);

CREATE INDEX case_change_case ON public.case_change USING btree (organization_id, case_id, id);

CREATE INDEX case_note_case ON public.case_note USING btree (organization_id, case_id, written_at);

CREATE INDEX case_notice_person ON public.case_notice USING btree (organization_id, person_id);

CREATE INDEX case_notice_waiting ON public.case_notice USING btree (organization_id, retry_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text]));

CREATE INDEX case_telling_notice ON public.case_telling USING btree (organization_id, notice_id);

CREATE INDEX case_telling_revisit ON public.case_telling USING btree (organization_id, revisit_id);

CREATE UNIQUE INDEX commitment_source_key ON public.commitment USING btree (organization_id, source, source_id) WHERE (source_id IS NOT NULL);

CREATE INDEX consent_person ON public.consent USING btree (organization_id, person_id);

CREATE INDEX contact_event_batch ON public.contact_event USING btree (organization_id, batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX contact_event_building ON public.contact_event USING btree (organization_id, building_id, pass_id) WHERE (building_id IS NOT NULL);

CREATE INDEX contact_event_door ON public.contact_event USING btree (organization_id, door_id, pass_id);

CREATE INDEX contact_event_early ON public.contact_event USING btree (organization_id, target_id) WHERE ((target_id IS NOT NULL) AND (door_id IS NULL) AND (building_id IS NULL));

CREATE INDEX contact_event_member ON public.contact_event USING btree (organization_id, member_id, occurred_at);

CREATE INDEX contact_event_pass ON public.contact_event USING btree (organization_id, pass_id, occurred_at);

CREATE INDEX contact_event_person ON public.contact_event USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX contact_event_review ON public.contact_event USING btree (organization_id, received_at) WHERE (status = 'needs_review'::text);

CREATE INDEX contact_event_target ON public.contact_event USING btree (organization_id, target_id) WHERE (target_id IS NOT NULL);

CREATE INDEX correction_open ON public.correction USING btree (organization_id, asked_at) WHERE (done_at IS NULL);

CREATE INDEX correction_person ON public.correction USING btree (organization_id, person_id);

CREATE INDEX crew_member_member ON public.crew_member USING btree (organization_id, member_id);

CREATE INDEX crew_proposal_shift ON public.crew_proposal USING btree (organization_id, shift_id);

CREATE INDEX crew_rule_shift ON public.crew_rule USING btree (organization_id, shift_id);

CREATE INDEX crew_shift ON public.crew USING btree (organization_id, shift_id);

CREATE INDEX crew_turf ON public.crew USING btree (organization_id, turf_id);

CREATE INDEX delivery_open ON public.delivery USING btree (organization_id, retry_at) WHERE ((state = 'queued'::text) OR ((state = 'unknown'::text) AND (retry_at IS NOT NULL)));

CREATE INDEX device_member ON public.device USING btree (organization_id, member_id);

CREATE UNIQUE INDEX do_not_contact_live_key ON public.do_not_contact USING btree (organization_id, door_id, person_id) NULLS NOT DISTINCT WHERE (cleared_at IS NULL);

CREATE INDEX do_not_contact_person ON public.do_not_contact USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX drawn_barrier_campaign ON public.drawn_barrier USING btree (organization_id, campaign_id);

CREATE INDEX event_batch_device ON public.event_batch USING btree (organization_id, device_id, received_at);

CREATE INDEX event_batch_member ON public.event_batch USING btree (organization_id, member_id, received_at);

CREATE INDEX event_batch_received ON public.event_batch USING btree (organization_id, received_at);

CREATE INDEX event_decision_item_event ON public.event_decision_item USING btree (organization_id, event_id);

CREATE INDEX fact_door_no ON public.fact_door USING btree (organization_id, door_no);

CREATE INDEX feed_scope ON public.feed USING btree (organization_id, scope_id, seq);

CREATE INDEX flagged_answer_waiting ON public.flagged_answer USING btree (organization_id) WHERE (raised_at IS NULL);

CREATE INDEX guest_asks ON public.guest USING btree (organization_id, asks_at) WHERE (asks_at IS NOT NULL);

CREATE UNIQUE INDEX guest_consent_asked_key ON public.guest_consent USING btree (organization_id, guest_id, purpose) WHERE ((confirmed_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX guest_consent_guest ON public.guest_consent USING btree (organization_id, guest_id);

CREATE UNIQUE INDEX guest_email_key ON public.guest USING btree (organization_id, lower(email)) WHERE (erased_at IS NULL);

CREATE INDEX guest_person ON public.guest USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX hook_delivery_due ON public.hook_delivery USING btree (next_at, organization_id) WHERE (state = 'waiting'::text);

CREATE INDEX hook_delivery_hook ON public.hook_delivery USING btree (organization_id, hook_id, id DESC);

CREATE INDEX hook_delivery_old ON public.hook_delivery USING btree (created_at) WHERE (state <> 'waiting'::text);

CREATE INDEX household_door ON public.household USING btree (organization_id, door_id);

CREATE INDEX import_change_thing ON public.import_change USING btree (organization_id, thing_id);

CREATE INDEX issue_case_commitment ON public.issue_case USING btree (organization_id, commitment_id) WHERE (commitment_id IS NOT NULL);

CREATE INDEX issue_case_owner ON public.issue_case USING btree (organization_id, owner_id, due_on) WHERE (status <> ALL (ARRAY['resolved'::text, 'told'::text, 'confirmed'::text]));

CREATE INDEX issue_case_resolved ON public.issue_case USING btree (organization_id) WHERE (status = 'resolved'::text);

CREATE INDEX issue_report_case ON public.issue_report USING btree (organization_id, case_id);

CREATE INDEX issue_report_door ON public.issue_report USING btree (organization_id, door_id) WHERE (door_id IS NOT NULL);

CREATE INDEX issue_report_guest ON public.issue_report USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE INDEX issue_report_person ON public.issue_report USING btree (organization_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX issue_report_recorded_by ON public.issue_report USING btree (organization_id, recorded_by);

CREATE UNIQUE INDEX issue_topic_name_key ON public.issue_topic USING btree (organization_id, lower(name)) WHERE (archived_at IS NULL);

CREATE INDEX left_door_door ON public.left_door USING btree (organization_id, door_id);

CREATE INDEX letter_about ON public.letter USING btree (organization_id, about);

CREATE INDEX letter_due ON public.letter USING btree (organization_id, due_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text]));

CREATE INDEX letter_guest ON public.letter USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE UNIQUE INDEX letter_template_name_key ON public.letter_template USING btree (organization_id, lower(name)) WHERE (archived_at IS NULL);

CREATE INDEX member_email_anywhere ON public.member USING btree (lower(email)) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX member_email_key ON public.member USING btree (organization_id, lower(email)) WHERE (ended_at IS NULL);

CREATE INDEX member_phone_anywhere ON public.member USING btree (phone) WHERE (ended_at IS NULL);

CREATE INDEX notification_about ON public.notification USING btree (organization_id, about);

CREATE INDEX notification_due ON public.notification USING btree (due_at, organization_id) WHERE ((planned_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX notification_member ON public.notification USING btree (organization_id, member_id, id DESC) WHERE (kind <> 'sync'::text);

CREATE INDEX notification_waiting ON public.notification USING btree (organization_id, member_id, kind, about) WHERE ((planned_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX person_email ON public.person USING btree (organization_id, lower(email)) WHERE (email IS NOT NULL);

CREATE INDEX person_household ON public.person USING btree (organization_id, household_id);

CREATE INDEX person_match_other ON public.person_match USING btree (organization_id, other_person_id);

CREATE UNIQUE INDEX person_match_pair_key ON public.person_match USING btree (organization_id, LEAST(person_id, other_person_id), GREATEST(person_id, other_person_id));

CREATE INDEX person_match_person ON public.person_match USING btree (organization_id, person_id);

CREATE INDEX person_match_queue ON public.person_match USING btree (organization_id, status, score DESC, id DESC);

CREATE INDEX person_merged ON public.person USING btree (organization_id, merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX person_merged_external_id ON public.person USING btree (organization_id, merged_external_id) WHERE (merged_external_id IS NOT NULL);

CREATE UNIQUE INDEX place_name_key ON public.place USING btree (organization_id, name) WHERE (archived_at IS NULL);

CREATE INDEX post_delivery_due ON public.post_delivery USING btree (next_at, organization_id) WHERE (next_at IS NOT NULL);

CREATE UNIQUE INDEX post_target_label_key ON public.post_target USING btree (organization_id, lower(label)) WHERE (sealed IS NOT NULL);

CREATE UNIQUE INDEX proposal_form_key ON public.proposal USING btree (organization_id, round_id, form_id) WHERE (form_id IS NOT NULL);

CREATE INDEX proposal_guest ON public.proposal USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE INDEX public_event_open ON public.public_event USING btree (organization_id, ends_at) WHERE (closed_at IS NULL);

CREATE INDEX refresh_token_device ON public.refresh_token USING btree (organization_id, device_id);

CREATE UNIQUE INDEX revisit_open_key ON public.revisit USING btree (organization_id, door_id) WHERE (done_at IS NULL);

CREATE INDEX scope_change_member ON public.scope_change USING btree (organization_id, member_id, turf_id, seq);

CREATE UNIQUE INDEX share_conversion_guest_key ON public.share_conversion USING btree (organization_id, guest_id, what, about_id) WHERE (guest_id IS NOT NULL);

CREATE INDEX share_conversion_link ON public.share_conversion USING btree (organization_id, link_id, id);

CREATE UNIQUE INDEX share_conversion_member_key ON public.share_conversion USING btree (organization_id, member_id, what, about_id) WHERE (member_id IS NOT NULL);

CREATE UNIQUE INDEX share_conversion_person_key ON public.share_conversion USING btree (organization_id, person_id, what, about_id) WHERE (person_id IS NOT NULL);

CREATE INDEX shift_event ON public.shift USING btree (organization_id, event_id, starts_at);

CREATE INDEX shift_starts ON public.shift USING btree (organization_id, starts_at);

CREATE INDEX signup_change_signup ON public.signup_change USING btree (organization_id, signup_id, id);

CREATE INDEX signup_held ON public.signup USING btree (held_until) WHERE (state = 'held'::text);

CREATE UNIQUE INDEX signup_live_key ON public.signup USING btree (organization_id, shift_id, member_id) WHERE (state <> 'cancelled'::text);

CREATE INDEX signup_member ON public.signup USING btree (organization_id, member_id, shift_id);

CREATE INDEX signup_queue ON public.signup USING btree (organization_id, shift_id, role, "position") WHERE (state = 'waitlisted'::text);

CREATE INDEX stall_contact_event ON public.stall_contact USING btree (organization_id, event_id);

CREATE INDEX stall_contact_guest ON public.stall_contact USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE UNIQUE INDEX suppression_live_key ON public.suppression USING btree (organization_id, scope, hash) WHERE (cleared_at IS NULL);

CREATE INDEX survey_answer_answer ON public.survey_answer USING btree (organization_id, answer_id);

CREATE INDEX survey_answer_door ON public.survey_answer USING btree (organization_id, door_id);

CREATE INDEX survey_answer_pass ON public.survey_answer USING btree (organization_id, pass_id) WHERE standing;

CREATE INDEX tallied_attempt_stint ON public.tallied_attempt USING btree (member_id, attempted_on, pass_id);

CREATE INDEX tallied_door_precinct ON public.tallied_door USING btree (precinct, pass_id);

CREATE INDEX tallied_door_turf ON public.tallied_door USING btree (pass_id, turf_id, place);

CREATE UNIQUE INDEX training_track_name_key ON public.training_track USING btree (organization_id, name) WHERE (archived_at IS NULL);

CREATE INDEX turf_cut_pass ON public.turf_cut USING btree (organization_id, pass_id);

CREATE INDEX turf_door_door ON public.turf_door USING btree (organization_id, door_id);

CREATE UNIQUE INDEX turf_door_live_key ON public.turf_door USING btree (organization_id, pass_id, door_id) WHERE live;

CREATE UNIQUE INDEX turf_name_key ON public.turf USING btree (organization_id, pass_id, name) WHERE (status <> 'archived'::text);

CREATE INDEX volunteer_tie_other ON public.volunteer_tie USING btree (organization_id, other_id);

CREATE INDEX walk_sheet_turf ON public.walk_sheet USING btree (organization_id, turf_id, printed_at DESC);

CREATE INDEX web_response_guest ON public.web_response USING btree (organization_id, guest_id) WHERE (guest_id IS NOT NULL);

CREATE INDEX web_response_survey ON public.web_response USING btree (organization_id, web_survey_id, answered_at, id);

CREATE INDEX pgqueuer_ep_ea_idx ON queue.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::queue.pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON queue.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::queue.pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON queue.pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON queue.pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON queue.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON queue.pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON queue.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::queue.pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON queue.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::queue.pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON queue.pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::queue.pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON queue.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON queue.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON queue.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::queue.pgqueuer_status, 'picked'::queue.pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON queue.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::queue.pgqueuer_status);

CREATE TRIGGER address_precinct_changed AFTER UPDATE OF precinct ON public.address FOR EACH ROW WHEN ((old.precinct IS DISTINCT FROM new.precinct)) EXECUTE FUNCTION public.note_address();

CREATE TRIGGER audit_entry_sealed BEFORE INSERT ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.seal_audit_entry();

CREATE TRIGGER audit_entry_unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER civic_event_changed_for_the_public AFTER UPDATE ON public.civic_event FOR EACH ROW WHEN (((old.place_id <> new.place_id) OR ((old.status <> new.status) AND (new.status = 'cancelled'::text)))) EXECUTE FUNCTION public.raise_public_sequence();

CREATE TRIGGER commitment_update_unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON public.commitment_update FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER consent_limited BEFORE INSERT ON public.consent FOR EACH ROW WHEN ((new.expires_at IS NULL)) EXECUTE FUNCTION public.limit_consent();

CREATE TRIGGER contact_event_added AFTER INSERT ON public.contact_event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_events();

CREATE TRIGGER contact_event_changed AFTER UPDATE ON public.contact_event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_events();

CREATE TRIGGER decision_unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON public.decision FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER door_moved AFTER UPDATE OF address_id ON public.door FOR EACH ROW WHEN ((old.address_id IS DISTINCT FROM new.address_id)) EXECUTE FUNCTION public.note_address_of_door();

CREATE TRIGGER door_state_changed AFTER UPDATE ON public.door_state FOR EACH ROW WHEN (((old.done IS DISTINCT FROM new.done) AND (NOT (old.latest_event_id IS DISTINCT FROM new.latest_event_id)))) EXECUTE FUNCTION public.note_state();

CREATE TRIGGER feed_address_changed AFTER UPDATE ON public.address FOR EACH ROW WHEN ((((((((old.building_id IS DISTINCT FROM new.building_id) OR (old.street IS DISTINCT FROM new.street)) OR (old.house_number IS DISTINCT FROM new.house_number)) OR (old.postcode IS DISTINCT FROM new.postcode)) OR (old.city IS DISTINCT FROM new.city)) OR (old.lon IS DISTINCT FROM new.lon)) OR (old.lat IS DISTINCT FROM new.lat))) EXECUTE FUNCTION public.feed_address();

CREATE TRIGGER feed_assignment_changed AFTER UPDATE OF expires_at ON public.assignment FOR EACH ROW WHEN ((old.expires_at IS DISTINCT FROM new.expires_at)) EXECUTE FUNCTION public.feed_assignment();

CREATE TRIGGER feed_building_changed AFTER UPDATE ON public.building FOR EACH ROW WHEN ((old.access_note IS DISTINCT FROM new.access_note)) EXECUTE FUNCTION public.feed_building();

CREATE TRIGGER feed_civic_event_changed AFTER UPDATE ON public.civic_event FOR EACH ROW WHEN (((((old.title IS DISTINCT FROM new.title) OR (old.kind IS DISTINCT FROM new.kind)) OR (old.place_id IS DISTINCT FROM new.place_id)) OR (old.time_zone IS DISTINCT FROM new.time_zone))) EXECUTE FUNCTION public.feed_civic_event();

CREATE TRIGGER feed_door_changed AFTER UPDATE ON public.door FOR EACH ROW WHEN (((((old.address_id IS DISTINCT FROM new.address_id) OR (old.unit IS DISTINCT FROM new.unit)) OR (old.floor IS DISTINCT FROM new.floor)) OR (old.note IS DISTINCT FROM new.note))) EXECUTE FUNCTION public.feed_door();

CREATE TRIGGER feed_events_changed AFTER UPDATE ON public.contact_event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_events();

CREATE TRIGGER feed_household_moved AFTER UPDATE OF door_id ON public.household FOR EACH ROW WHEN ((old.door_id IS DISTINCT FROM new.door_id)) EXECUTE FUNCTION public.feed_household();

CREATE TRIGGER feed_map_changed AFTER INSERT OR UPDATE ON public.map_source FOR EACH ROW EXECUTE FUNCTION public.feed_map();

CREATE TRIGGER feed_mark_changed AFTER UPDATE ON public.do_not_contact REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_marks();

CREATE TRIGGER feed_marked AFTER INSERT ON public.do_not_contact REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_marks();

CREATE TRIGGER feed_member_changed AFTER UPDATE ON public.member FOR EACH ROW WHEN ((((old.name IS DISTINCT FROM new.name) OR (old.locale IS DISTINCT FROM new.locale)) OR (old.roles IS DISTINCT FROM new.roles))) EXECUTE FUNCTION public.feed_member();

CREATE TRIGGER feed_pass_changed AFTER UPDATE ON public.pass FOR EACH ROW WHEN ((old.script_id IS DISTINCT FROM new.script_id)) EXECUTE FUNCTION public.feed_pass();

CREATE TRIGGER feed_people_added AFTER INSERT ON public.person REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_people();

CREATE TRIGGER feed_people_changed AFTER UPDATE ON public.person REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_changed_people();

CREATE TRIGGER feed_people_removed AFTER DELETE ON public.person REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_people();

CREATE TRIGGER feed_place_changed AFTER UPDATE ON public.place FOR EACH ROW WHEN ((((((((old.name IS DISTINCT FROM new.name) OR (old.address IS DISTINCT FROM new.address)) OR (old.lon IS DISTINCT FROM new.lon)) OR (old.lat IS DISTINCT FROM new.lat)) OR (old.staging_lon IS DISTINCT FROM new.staging_lon)) OR (old.staging_lat IS DISTINCT FROM new.staging_lat)) OR (old.staging_note IS DISTINCT FROM new.staging_note))) EXECUTE FUNCTION public.feed_place();

CREATE TRIGGER feed_script_renamed AFTER UPDATE ON public.script FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION public.feed_script_name();

CREATE TRIGGER feed_script_version_added AFTER INSERT ON public.script_version FOR EACH ROW EXECUTE FUNCTION public.feed_script_version();

CREATE TRIGGER feed_shift_changed AFTER UPDATE ON public.shift FOR EACH ROW WHEN (((((old.starts_at IS DISTINCT FROM new.starts_at) OR (old.ends_at IS DISTINCT FROM new.ends_at)) OR (old.place_id IS DISTINCT FROM new.place_id)) OR (old.status IS DISTINCT FROM new.status))) EXECUTE FUNCTION public.feed_shift();

CREATE TRIGGER feed_signup_added AFTER INSERT ON public.signup REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_signups();

CREATE TRIGGER feed_signup_changed AFTER UPDATE ON public.signup REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_signups();

CREATE TRIGGER feed_turf_changed AFTER UPDATE ON public.turf FOR EACH ROW WHEN (((new.status = 'published'::text) AND (((old.name IS DISTINCT FROM new.name) OR (old.polygon IS DISTINCT FROM new.polygon)) OR (old.walk_m IS DISTINCT FROM new.walk_m)))) EXECUTE FUNCTION public.feed_turf();

CREATE TRIGGER feed_turf_doors_added AFTER INSERT ON public.turf_door REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_turf_doors();

CREATE TRIGGER feed_turf_doors_changed AFTER UPDATE ON public.turf_door REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_turf_doors();

CREATE TRIGGER feed_turf_doors_left AFTER UPDATE ON public.turf_door REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_turf_doors();

CREATE TRIGGER feed_turf_doors_removed AFTER DELETE ON public.turf_door REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.feed_turf_doors();

CREATE TRIGGER guest_erased_consents AFTER UPDATE OF erased_at ON public.guest FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.end_guest_consents();

CREATE TRIGGER guest_erased_forget_attendances AFTER UPDATE OF erased_at ON public.guest FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_attendances();

CREATE TRIGGER guest_erased_forget_proposals AFTER UPDATE OF erased_at ON public.guest FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_proposals();

CREATE TRIGGER guest_erased_forget_said AFTER UPDATE OF erased_at ON public.guest FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_what_guest_said();

CREATE TRIGGER household_moved AFTER UPDATE OF door_id ON public.household FOR EACH ROW WHEN ((old.door_id IS DISTINCT FROM new.door_id)) EXECUTE FUNCTION public.note_household();

CREATE TRIGGER letter_template_version_unchanged BEFORE DELETE OR UPDATE OR TRUNCATE ON public.letter_template_version FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER member_erased_forget_buddies AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_buddies();

CREATE TRIGGER member_erased_forget_crews AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_crews();

CREATE TRIGGER member_erased_forget_notifications AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_notifications();

CREATE TRIGGER member_erased_forget_shared_by AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_shared_by();

CREATE TRIGGER member_erased_forget_signups AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_signups();

CREATE TRIGGER member_erased_forget_volunteer AFTER UPDATE OF erased_at ON public.member FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_volunteer();

CREATE TRIGGER organization_time_zone_changed AFTER UPDATE OF time_zone ON public.organization FOR EACH ROW WHEN ((old.time_zone IS DISTINCT FROM new.time_zone)) EXECUTE FUNCTION public.note_time_zone();

CREATE TRIGGER person_added AFTER INSERT ON public.person REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_people();

CREATE TRIGGER person_erased_forget_attendances AFTER UPDATE OF erased_at ON public.person FOR EACH ROW WHEN (((old.erased_at IS NULL) AND (new.erased_at IS NOT NULL))) EXECUTE FUNCTION public.forget_attendances();

CREATE TRIGGER person_moved AFTER UPDATE OF household_id, merged_into ON public.person FOR EACH ROW WHEN (((old.household_id IS DISTINCT FROM new.household_id) OR (old.merged_into IS DISTINCT FROM new.merged_into))) EXECUTE FUNCTION public.note_move();

CREATE TRIGGER person_removed AFTER DELETE ON public.person REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_people();

CREATE TRIGGER stale_facts_deleted AFTER DELETE ON public.door REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('door', 'id');

CREATE TRIGGER stale_facts_deleted AFTER DELETE ON public.household REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('door', 'door_id');

CREATE TRIGGER stale_facts_deleted AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('household', 'household_id');

CREATE TRIGGER stale_facts_inserted AFTER INSERT ON public.attribute REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('everything');

CREATE TRIGGER stale_facts_inserted AFTER INSERT ON public.door REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('door', 'id');

CREATE TRIGGER stale_facts_inserted AFTER INSERT ON public.person REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('household', 'household_id');

CREATE TRIGGER stale_facts_updated AFTER UPDATE ON public.address REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('address', 'id');

CREATE TRIGGER stale_facts_updated AFTER UPDATE ON public.attribute REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('everything');

CREATE TRIGGER stale_facts_updated AFTER UPDATE ON public.door REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('door', 'id');

CREATE TRIGGER stale_facts_updated AFTER UPDATE ON public.household REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('door', 'door_id');

CREATE TRIGGER stale_facts_updated AFTER UPDATE ON public.person REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_stale_facts('household', 'household_id');

CREATE TRIGGER survey_answer_flagged AFTER INSERT ON public.survey_answer REFERENCING NEW TABLE AS new_answer FOR EACH STATEMENT EXECUTE FUNCTION public.note_flagged_answers();

CREATE TRIGGER turf_door_added AFTER INSERT ON public.turf_door REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_turf_doors();

CREATE TRIGGER turf_door_changed AFTER UPDATE ON public.turf_door REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_turf_doors();

CREATE TRIGGER turf_door_removed AFTER DELETE ON public.turf_door REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_turf_doors();

CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON queue.pgqueuer FOR EACH STATEMENT EXECUTE FUNCTION queue.fn_pgqueuer_changed();

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_organization_id_building_id_fkey FOREIGN KEY (organization_id, building_id) REFERENCES public.building(organization_id, id);

ALTER TABLE ONLY public.allowed_crossing
    ADD CONSTRAINT allowed_crossing_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.allowed_crossing
    ADD CONSTRAINT allowed_crossing_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.allowed_crossing
    ADD CONSTRAINT allowed_crossing_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.answer_tally
    ADD CONSTRAINT answer_tally_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.answer_tally
    ADD CONSTRAINT answer_tally_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.answer_tally
    ADD CONSTRAINT answer_tally_organization_id_script_id_script_version_fkey FOREIGN KEY (organization_id, script_id, script_version) REFERENCES public.script_version(organization_id, script_id, version);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_assigned_by_fkey FOREIGN KEY (organization_id, assigned_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_checked_in_by_fkey FOREIGN KEY (organization_id, checked_in_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.public_event(organization_id, event_id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_organization_id_slot_id_fkey FOREIGN KEY (organization_id, slot_id) REFERENCES public.office_slot(organization_id, id);

ALTER TABLE ONLY public.attribute
    ADD CONSTRAINT attribute_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_organization_id_actor_id_fkey FOREIGN KEY (organization_id, actor_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_organization_id_round_id_fkey FOREIGN KEY (organization_id, round_id) REFERENCES public.budget_round(organization_id, id);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.bouncing_address
    ADD CONSTRAINT bouncing_address_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.boundary
    ADD CONSTRAINT boundary_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.boundary
    ADD CONSTRAINT boundary_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_organization_id_approved_by_fkey FOREIGN KEY (organization_id, approved_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.buddy_offer
    ADD CONSTRAINT buddy_offer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.buddy_offer
    ADD CONSTRAINT buddy_offer_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.buddy_pair
    ADD CONSTRAINT buddy_pair_organization_id_buddy_id_fkey FOREIGN KEY (organization_id, buddy_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.buddy_pair
    ADD CONSTRAINT buddy_pair_organization_id_ended_by_fkey FOREIGN KEY (organization_id, ended_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.buddy_pair
    ADD CONSTRAINT buddy_pair_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.buddy_pair
    ADD CONSTRAINT buddy_pair_organization_id_newcomer_id_fkey FOREIGN KEY (organization_id, newcomer_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT budget_round_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT budget_round_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.budget_step
    ADD CONSTRAINT budget_step_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.budget_step
    ADD CONSTRAINT budget_step_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.budget_step
    ADD CONSTRAINT budget_step_organization_id_round_id_fkey FOREIGN KEY (organization_id, round_id) REFERENCES public.budget_round(organization_id, id);

ALTER TABLE ONLY public.building
    ADD CONSTRAINT building_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.campaign_pace
    ADD CONSTRAINT campaign_pace_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.campaign_pace
    ADD CONSTRAINT campaign_pace_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_organization_id_case_id_fkey FOREIGN KEY (organization_id, case_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.case_change
    ADD CONSTRAINT case_change_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.case_note
    ADD CONSTRAINT case_note_organization_id_case_id_fkey FOREIGN KEY (organization_id, case_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.case_note
    ADD CONSTRAINT case_note_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_note
    ADD CONSTRAINT case_note_organization_id_written_by_fkey FOREIGN KEY (organization_id, written_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.case_notice
    ADD CONSTRAINT case_notice_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_notice
    ADD CONSTRAINT case_notice_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.case_publication
    ADD CONSTRAINT case_publication_organization_id_case_id_fkey FOREIGN KEY (organization_id, case_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.case_publication
    ADD CONSTRAINT case_publication_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_publication
    ADD CONSTRAINT case_publication_organization_id_published_by_fkey FOREIGN KEY (organization_id, published_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_case_id_fkey FOREIGN KEY (organization_id, case_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_notice_id_fkey FOREIGN KEY (organization_id, notice_id) REFERENCES public.case_notice(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.case_telling
    ADD CONSTRAINT case_telling_organization_id_revisit_id_fkey FOREIGN KEY (organization_id, revisit_id) REFERENCES public.revisit(organization_id, id);

ALTER TABLE ONLY public.change_counter
    ADD CONSTRAINT change_counter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.civic_event
    ADD CONSTRAINT civic_event_organization_id_place_id_fkey FOREIGN KEY (organization_id, place_id) REFERENCES public.place(organization_id, id);

ALTER TABLE ONLY public.commitment
    ADD CONSTRAINT commitment_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.commitment
    ADD CONSTRAINT commitment_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.commitment_update
    ADD CONSTRAINT commitment_update_organization_id_commitment_id_corrects_fkey FOREIGN KEY (organization_id, commitment_id, corrects) REFERENCES public.commitment_update(organization_id, commitment_id, number);

ALTER TABLE ONLY public.commitment_update
    ADD CONSTRAINT commitment_update_organization_id_commitment_id_fkey FOREIGN KEY (organization_id, commitment_id) REFERENCES public.commitment(organization_id, id);

ALTER TABLE ONLY public.commitment_update
    ADD CONSTRAINT commitment_update_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.commitment_update
    ADD CONSTRAINT commitment_update_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_purpose_wording_version_fkey FOREIGN KEY (organization_id, purpose, wording_version) REFERENCES public.consent_wording(organization_id, purpose, version);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_withdrawn_by_fkey FOREIGN KEY (organization_id, withdrawn_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.consent_wording
    ADD CONSTRAINT consent_wording_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.consent_wording
    ADD CONSTRAINT consent_wording_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_building_id_fkey FOREIGN KEY (organization_id, building_id) REFERENCES public.building(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_organization_id_done_by_fkey FOREIGN KEY (organization_id, done_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crew_member
    ADD CONSTRAINT crew_member_organization_id_crew_id_fkey FOREIGN KEY (organization_id, crew_id) REFERENCES public.crew(organization_id, id);

ALTER TABLE ONLY public.crew_member
    ADD CONSTRAINT crew_member_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.crew_member
    ADD CONSTRAINT crew_member_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew_member
    ADD CONSTRAINT crew_member_organization_id_rides_with_fkey FOREIGN KEY (organization_id, rides_with) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_organization_id_returned_by_fkey FOREIGN KEY (organization_id, returned_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_organization_id_sent_by_fkey FOREIGN KEY (organization_id, sent_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_organization_id_shift_id_fkey FOREIGN KEY (organization_id, shift_id) REFERENCES public.shift(organization_id, id);

ALTER TABLE ONLY public.crew
    ADD CONSTRAINT crew_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.crew_proposal
    ADD CONSTRAINT crew_proposal_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.crew_proposal
    ADD CONSTRAINT crew_proposal_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew_proposal
    ADD CONSTRAINT crew_proposal_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.crew_proposal
    ADD CONSTRAINT crew_proposal_organization_id_shift_id_fkey FOREIGN KEY (organization_id, shift_id) REFERENCES public.shift(organization_id, id);

ALTER TABLE ONLY public.crew_rule
    ADD CONSTRAINT crew_rule_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.crew_rule
    ADD CONSTRAINT crew_rule_organization_id_set_by_fkey FOREIGN KEY (organization_id, set_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.crew_rule
    ADD CONSTRAINT crew_rule_organization_id_shift_id_fkey FOREIGN KEY (organization_id, shift_id) REFERENCES public.shift(organization_id, id);

ALTER TABLE ONLY public.crew_rule
    ADD CONSTRAINT crew_rule_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_organization_id_commitment_id_fkey FOREIGN KEY (organization_id, commitment_id) REFERENCES public.commitment(organization_id, id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_organization_id_supersedes_id_fkey FOREIGN KEY (organization_id, supersedes_id) REFERENCES public.decision(organization_id, id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_notification_id_fkey FOREIGN KEY (organization_id, notification_id) REFERENCES public.notification(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.device_push
    ADD CONSTRAINT device_push_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.device_push
    ADD CONSTRAINT device_push_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_organization_id_cleared_by_fkey FOREIGN KEY (organization_id, cleared_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_organization_id_address_id_fkey FOREIGN KEY (organization_id, address_id) REFERENCES public.address(organization_id, id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.drawn_barrier
    ADD CONSTRAINT drawn_barrier_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.drawn_barrier
    ADD CONSTRAINT drawn_barrier_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.drawn_barrier
    ADD CONSTRAINT drawn_barrier_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.emergency_contact
    ADD CONSTRAINT emergency_contact_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.emergency_contact
    ADD CONSTRAINT emergency_contact_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.event_batch
    ADD CONSTRAINT event_batch_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.event_batch
    ADD CONSTRAINT event_batch_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_batch
    ADD CONSTRAINT event_batch_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.contact_event(organization_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.event_decision_item
    ADD CONSTRAINT event_decision_item_organization_id_decision_id_fkey FOREIGN KEY (organization_id, decision_id) REFERENCES public.event_decision(organization_id, id);

ALTER TABLE ONLY public.event_decision_item
    ADD CONSTRAINT event_decision_item_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.contact_event(organization_id, id);

ALTER TABLE ONLY public.event_decision_item
    ADD CONSTRAINT event_decision_item_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_decision
    ADD CONSTRAINT event_decision_organization_id_decided_by_fkey FOREIGN KEY (organization_id, decided_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.event_decision
    ADD CONSTRAINT event_decision_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_decision
    ADD CONSTRAINT event_decision_organization_id_undone_by_fkey FOREIGN KEY (organization_id, undone_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.event_feedback
    ADD CONSTRAINT event_feedback_organization_id_attendance_id_fkey FOREIGN KEY (organization_id, attendance_id) REFERENCES public.attendance(organization_id, id);

ALTER TABLE ONLY public.event_feedback
    ADD CONSTRAINT event_feedback_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_organization_id_commitment_id_fkey FOREIGN KEY (organization_id, commitment_id) REFERENCES public.commitment(organization_id, id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_organization_id_decision_id_fkey FOREIGN KEY (organization_id, decision_id) REFERENCES public.decision(organization_id, id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.public_event(organization_id, event_id);

ALTER TABLE ONLY public.event_result
    ADD CONSTRAINT event_result_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.feed_pending
    ADD CONSTRAINT feed_pending_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.flagged_answer
    ADD CONSTRAINT flagged_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.guest_consent
    ADD CONSTRAINT guest_consent_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.guest_consent
    ADD CONSTRAINT guest_consent_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.guest_consent
    ADD CONSTRAINT guest_consent_organization_id_purpose_wording_version_fkey FOREIGN KEY (organization_id, purpose, wording_version) REFERENCES public.consent_wording(organization_id, purpose, version);

ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_organization_id_linked_by_fkey FOREIGN KEY (organization_id, linked_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.guest
    ADD CONSTRAINT guest_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE SET NULL (person_id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_used_by_fkey FOREIGN KEY (organization_id, used_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.hook_delivery
    ADD CONSTRAINT hook_delivery_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.hook_delivery
    ADD CONSTRAINT hook_delivery_organization_id_hook_id_fkey FOREIGN KEY (organization_id, hook_id) REFERENCES public.hook(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.hook
    ADD CONSTRAINT hook_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.hook
    ADD CONSTRAINT hook_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.import_change
    ADD CONSTRAINT import_change_organization_id_import_run_id_fkey FOREIGN KEY (organization_id, import_run_id) REFERENCES public.import_run(organization_id, id);

ALTER TABLE ONLY public.import_file
    ADD CONSTRAINT import_file_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.import_file
    ADD CONSTRAINT import_file_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_file_part
    ADD CONSTRAINT import_file_part_organization_id_import_file_id_fkey FOREIGN KEY (organization_id, import_file_id) REFERENCES public.import_file(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_mapping
    ADD CONSTRAINT import_mapping_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.import_mapping
    ADD CONSTRAINT import_mapping_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_organization_id_import_run_id_fkey FOREIGN KEY (organization_id, import_run_id) REFERENCES public.import_run(organization_id, id);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_undone_by_fkey FOREIGN KEY (organization_id, undone_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_organization_id_commitment_id_fkey FOREIGN KEY (organization_id, commitment_id) REFERENCES public.commitment(organization_id, id);

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_organization_id_duplicate_of_id_fkey FOREIGN KEY (organization_id, duplicate_of_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_organization_id_owner_id_fkey FOREIGN KEY (organization_id, owner_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.issue_case
    ADD CONSTRAINT issue_case_organization_id_topic_id_fkey FOREIGN KEY (organization_id, topic_id) REFERENCES public.issue_topic(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_case_id_fkey FOREIGN KEY (organization_id, case_id) REFERENCES public.issue_case(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_civic_event_id_fkey FOREIGN KEY (organization_id, civic_event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.issue_report
    ADD CONSTRAINT issue_report_organization_id_topic_id_fkey FOREIGN KEY (organization_id, topic_id) REFERENCES public.issue_topic(organization_id, id);

ALTER TABLE ONLY public.issue_topic
    ADD CONSTRAINT issue_topic_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.issue_topic
    ADD CONSTRAINT issue_topic_organization_id_owner_member_id_fkey FOREIGN KEY (organization_id, owner_member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.left_door
    ADD CONSTRAINT left_door_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.left_door
    ADD CONSTRAINT left_door_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.left_door
    ADD CONSTRAINT left_door_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.letter_naming
    ADD CONSTRAINT letter_naming_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.letter_naming
    ADD CONSTRAINT letter_naming_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.letter_template
    ADD CONSTRAINT letter_template_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.letter_template_version
    ADD CONSTRAINT letter_template_version_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.letter_template_version
    ADD CONSTRAINT letter_template_version_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.letter_template_version
    ADD CONSTRAINT letter_template_version_organization_id_template_id_fkey FOREIGN KEY (organization_id, template_id) REFERENCES public.letter_template(organization_id, id);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_approved_by_fkey FOREIGN KEY (organization_id, approved_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_civic_event_id_fkey FOREIGN KEY (organization_id, civic_event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_stopped_by_fkey FOREIGN KEY (organization_id, stopped_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_template_id_template_version_fkey FOREIGN KEY (organization_id, template_id, template_version) REFERENCES public.letter_template_version(organization_id, template_id, version);

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_organization_id_written_by_fkey FOREIGN KEY (organization_id, written_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.notification_choice
    ADD CONSTRAINT notification_choice_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.notification_choice
    ADD CONSTRAINT notification_choice_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.notification_setting
    ADD CONSTRAINT notification_setting_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.notification_setting
    ADD CONSTRAINT notification_setting_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.office_slot
    ADD CONSTRAINT office_slot_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.public_event(organization_id, event_id);

ALTER TABLE ONLY public.office_slot
    ADD CONSTRAINT office_slot_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_script_id_fkey FOREIGN KEY (organization_id, script_id) REFERENCES public.script(organization_id, id);

ALTER TABLE ONLY public.person_match
    ADD CONSTRAINT person_match_organization_id_decided_by_fkey FOREIGN KEY (organization_id, decided_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.person_match
    ADD CONSTRAINT person_match_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.person_match
    ADD CONSTRAINT person_match_organization_id_other_person_id_fkey FOREIGN KEY (organization_id, other_person_id) REFERENCES public.person(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_match
    ADD CONSTRAINT person_match_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_organization_id_added_by_fkey FOREIGN KEY (organization_id, added_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_organization_id_household_id_fkey FOREIGN KEY (organization_id, household_id) REFERENCES public.household(organization_id, id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_organization_id_merged_into_fkey FOREIGN KEY (organization_id, merged_into) REFERENCES public.person(organization_id, id) ON DELETE SET NULL (merged_into);

ALTER TABLE ONLY public.place
    ADD CONSTRAINT place_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.post_delivery
    ADD CONSTRAINT post_delivery_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.post_delivery
    ADD CONSTRAINT post_delivery_organization_id_post_id_fkey FOREIGN KEY (organization_id, post_id) REFERENCES public.post(organization_id, id);

ALTER TABLE ONLY public.post_delivery
    ADD CONSTRAINT post_delivery_organization_id_target_id_fkey FOREIGN KEY (organization_id, target_id) REFERENCES public.post_target(organization_id, id);

ALTER TABLE ONLY public.post
    ADD CONSTRAINT post_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.post
    ADD CONSTRAINT post_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.post
    ADD CONSTRAINT post_organization_id_share_link_id_fkey FOREIGN KEY (organization_id, share_link_id) REFERENCES public.share_link(organization_id, id);

ALTER TABLE ONLY public.post_target
    ADD CONSTRAINT post_target_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.post_target
    ADD CONSTRAINT post_target_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id) ON DELETE SET NULL (guest_id);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_organization_id_proposed_by_fkey FOREIGN KEY (organization_id, proposed_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_organization_id_round_id_fkey FOREIGN KEY (organization_id, round_id) REFERENCES public.budget_round(organization_id, id);

ALTER TABLE ONLY public.proposed_crew
    ADD CONSTRAINT proposed_crew_organization_id_proposal_id_fkey FOREIGN KEY (organization_id, proposal_id) REFERENCES public.crew_proposal(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.proposed_crew
    ADD CONSTRAINT proposed_crew_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.proposed_turf
    ADD CONSTRAINT proposed_turf_organization_id_cut_id_fkey FOREIGN KEY (organization_id, cut_id) REFERENCES public.turf_cut(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.public_event
    ADD CONSTRAINT public_event_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.public_event
    ADD CONSTRAINT public_event_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.reading_confirmed
    ADD CONSTRAINT reading_confirmed_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.reading_confirmed
    ADD CONSTRAINT reading_confirmed_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.reading_confirmed
    ADD CONSTRAINT reading_confirmed_organization_id_step_id_fkey FOREIGN KEY (organization_id, step_id) REFERENCES public.training_step(organization_id, id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.retention_rule
    ADD CONSTRAINT retention_rule_organization_id_changed_by_fkey FOREIGN KEY (organization_id, changed_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.retention_rule
    ADD CONSTRAINT retention_rule_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.revisit
    ADD CONSTRAINT revisit_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.revisit
    ADD CONSTRAINT revisit_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.scope_change
    ADD CONSTRAINT scope_change_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.scope_change
    ADD CONSTRAINT scope_change_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.scope_change
    ADD CONSTRAINT scope_change_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.script
    ADD CONSTRAINT script_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.script
    ADD CONSTRAINT script_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.script_version
    ADD CONSTRAINT script_version_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.script_version
    ADD CONSTRAINT script_version_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.script_version
    ADD CONSTRAINT script_version_organization_id_script_id_fkey FOREIGN KEY (organization_id, script_id) REFERENCES public.script(organization_id, id);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id) ON DELETE SET NULL (guest_id);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_organization_id_link_id_fkey FOREIGN KEY (organization_id, link_id) REFERENCES public.share_link(organization_id, id);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.share_conversion
    ADD CONSTRAINT share_conversion_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE SET NULL (person_id);

ALTER TABLE ONLY public.share_link
    ADD CONSTRAINT share_link_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.share_link
    ADD CONSTRAINT share_link_organization_id_owner_id_fkey FOREIGN KEY (organization_id, owner_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.share_visit
    ADD CONSTRAINT share_visit_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.share_visit
    ADD CONSTRAINT share_visit_organization_id_link_id_fkey FOREIGN KEY (organization_id, link_id) REFERENCES public.share_link(organization_id, id);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_organization_id_place_id_fkey FOREIGN KEY (organization_id, place_id) REFERENCES public.place(organization_id, id);

ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_organization_id_series_id_fkey FOREIGN KEY (organization_id, series_id) REFERENCES public.shift_series(organization_id, id);

ALTER TABLE ONLY public.shift_role
    ADD CONSTRAINT shift_role_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.shift_role
    ADD CONSTRAINT shift_role_organization_id_shift_id_fkey FOREIGN KEY (organization_id, shift_id) REFERENCES public.shift(organization_id, id);

ALTER TABLE ONLY public.shift_series
    ADD CONSTRAINT shift_series_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.shift_series
    ADD CONSTRAINT shift_series_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_invite_id_fkey FOREIGN KEY (organization_id, invite_id) REFERENCES public.invite(organization_id, id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.signup_change
    ADD CONSTRAINT signup_change_organization_id_changed_by_fkey FOREIGN KEY (organization_id, changed_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.signup_change
    ADD CONSTRAINT signup_change_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.signup_change
    ADD CONSTRAINT signup_change_organization_id_signup_id_fkey FOREIGN KEY (organization_id, signup_id) REFERENCES public.signup(organization_id, id);

ALTER TABLE ONLY public.signup
    ADD CONSTRAINT signup_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.signup
    ADD CONSTRAINT signup_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.signup
    ADD CONSTRAINT signup_organization_id_overridden_by_fkey FOREIGN KEY (organization_id, overridden_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.signup
    ADD CONSTRAINT signup_organization_id_shift_id_role_fkey FOREIGN KEY (organization_id, shift_id, role) REFERENCES public.shift_role(organization_id, shift_id, role);

ALTER TABLE ONLY public.stale_stint
    ADD CONSTRAINT stale_stint_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_issue_id_fkey FOREIGN KEY (organization_id, issue_id) REFERENCES public.issue_report(organization_id, id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.stall_contact
    ADD CONSTRAINT stall_contact_organization_id_topic_id_fkey FOREIGN KEY (organization_id, topic_id) REFERENCES public.issue_topic(organization_id, id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_organization_id_decided_by_fkey FOREIGN KEY (organization_id, decided_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_organization_id_topic_id_fkey FOREIGN KEY (organization_id, topic_id) REFERENCES public.statement_topic(organization_id, id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_organization_id_written_by_fkey FOREIGN KEY (organization_id, written_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.statement_topic
    ADD CONSTRAINT statement_topic_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.statement_topic
    ADD CONSTRAINT statement_topic_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.statement_vote
    ADD CONSTRAINT statement_vote_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.statement_vote
    ADD CONSTRAINT statement_vote_organization_id_statement_id_fkey FOREIGN KEY (organization_id, statement_id) REFERENCES public.statement(organization_id, id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.suppressed_person
    ADD CONSTRAINT suppressed_person_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.suppressed_person
    ADD CONSTRAINT suppressed_person_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.suppressed_person
    ADD CONSTRAINT suppressed_person_organization_id_suppression_id_fkey FOREIGN KEY (organization_id, suppression_id) REFERENCES public.suppression(organization_id, id);

ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT suppression_organization_id_cleared_by_fkey FOREIGN KEY (organization_id, cleared_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT suppression_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT suppression_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_consent_id_fkey FOREIGN KEY (organization_id, consent_id) REFERENCES public.consent(organization_id, id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.contact_event(organization_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_organization_id_script_id_script_version_fkey FOREIGN KEY (organization_id, script_id, script_version) REFERENCES public.script_version(organization_id, script_id, version);

ALTER TABLE ONLY public.sync_refusal
    ADD CONSTRAINT sync_refusal_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.sync_refusal
    ADD CONSTRAINT sync_refusal_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.tallied_attempt
    ADD CONSTRAINT tallied_attempt_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.tallied_door
    ADD CONSTRAINT tallied_door_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.tallied_stint
    ADD CONSTRAINT tallied_stint_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.tally
    ADD CONSTRAINT tally_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.tombstone
    ADD CONSTRAINT tombstone_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.training_done
    ADD CONSTRAINT training_done_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.training_done
    ADD CONSTRAINT training_done_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.training_done
    ADD CONSTRAINT training_done_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.training_step
    ADD CONSTRAINT training_step_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.training_step
    ADD CONSTRAINT training_step_organization_id_track_id_fkey FOREIGN KEY (organization_id, track_id) REFERENCES public.training_track(organization_id, id);

ALTER TABLE ONLY public.training_track
    ADD CONSTRAINT training_track_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.training_track
    ADD CONSTRAINT training_track_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.turf_before
    ADD CONSTRAINT turf_before_organization_id_step_id_fkey FOREIGN KEY (organization_id, step_id) REFERENCES public.turf_step(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.turf_cut
    ADD CONSTRAINT turf_cut_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.turf_cut
    ADD CONSTRAINT turf_cut_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.turf_cut
    ADD CONSTRAINT turf_cut_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.turf
    ADD CONSTRAINT turf_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.turf
    ADD CONSTRAINT turf_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_organization_id_made_by_fkey FOREIGN KEY (organization_id, made_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.turf_step
    ADD CONSTRAINT turf_step_organization_id_undone_by_fkey FOREIGN KEY (organization_id, undone_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.universe
    ADD CONSTRAINT universe_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.universe
    ADD CONSTRAINT universe_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.volunteer_availability
    ADD CONSTRAINT volunteer_availability_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.volunteer_availability
    ADD CONSTRAINT volunteer_availability_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.volunteer_exception
    ADD CONSTRAINT volunteer_exception_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.volunteer_exception
    ADD CONSTRAINT volunteer_exception_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.volunteer
    ADD CONSTRAINT volunteer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.volunteer
    ADD CONSTRAINT volunteer_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.volunteer_tie
    ADD CONSTRAINT volunteer_tie_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.volunteer_tie
    ADD CONSTRAINT volunteer_tie_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.volunteer_tie
    ADD CONSTRAINT volunteer_tie_organization_id_other_id_fkey FOREIGN KEY (organization_id, other_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.volunteer_tie
    ADD CONSTRAINT volunteer_tie_organization_id_set_by_fkey FOREIGN KEY (organization_id, set_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.voter_code
    ADD CONSTRAINT voter_code_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.voter_code
    ADD CONSTRAINT voter_code_organization_id_round_id_fkey FOREIGN KEY (organization_id, round_id) REFERENCES public.budget_round(organization_id, id);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_organization_id_printed_by_fkey FOREIGN KEY (organization_id, printed_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.walk_sheet
    ADD CONSTRAINT walk_sheet_organization_id_script_id_script_version_fkey FOREIGN KEY (organization_id, script_id, script_version) REFERENCES public.script_version(organization_id, script_id, version);

ALTER TABLE ONLY public.web_answer
    ADD CONSTRAINT web_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.web_answer
    ADD CONSTRAINT web_answer_organization_id_response_id_fkey FOREIGN KEY (organization_id, response_id) REFERENCES public.web_response(organization_id, id);

ALTER TABLE ONLY public.web_answer_tally
    ADD CONSTRAINT web_answer_tally_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.web_answer_tally
    ADD CONSTRAINT web_answer_tally_organization_id_web_survey_id_fkey FOREIGN KEY (organization_id, web_survey_id) REFERENCES public.web_survey(organization_id, id);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_organization_id_civic_event_id_fkey FOREIGN KEY (organization_id, civic_event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_organization_id_guest_id_fkey FOREIGN KEY (organization_id, guest_id) REFERENCES public.guest(organization_id, id);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.web_response
    ADD CONSTRAINT web_response_organization_id_web_survey_id_fkey FOREIGN KEY (organization_id, web_survey_id) REFERENCES public.web_survey(organization_id, id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_organization_id_civic_event_id_fkey FOREIGN KEY (organization_id, civic_event_id) REFERENCES public.civic_event(organization_id, id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.web_survey
    ADD CONSTRAINT web_survey_organization_id_script_id_script_version_fkey FOREIGN KEY (organization_id, script_id, script_version) REFERENCES public.script_version(organization_id, script_id, version);

ALTER TABLE public.address ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.allowed_crossing ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.answer_tally ENABLE ROW LEVEL SECURITY;

CREATE POLICY assigned_only ON public.person AS RESTRICTIVE FOR SELECT TO doorstep_request USING (((( SELECT current_setting('doorstep.sees_people'::text, true) AS current_setting) = 'all'::text) OR (EXISTS ( SELECT
   FROM (public.household h
     JOIN public.turf_door td ON (((td.organization_id = h.organization_id) AND (td.door_id = h.door_id))))
  WHERE ((h.organization_id = person.organization_id) AND (h.id = person.household_id) AND td.live AND public.holds_turf(td.turf_id))))));

ALTER TABLE public.assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attendance ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attribute ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ballot ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.barrier ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bouncing_address ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.boundary ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.broadcast ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.buddy_offer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.buddy_pair ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_round ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_step ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.building ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.calendar_feed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.campaign ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.campaign_pace ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_note ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_publication ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_telling ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.change_counter ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.civic_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.commitment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.commitment_update ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consent_wording ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contact_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.correction ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.crew ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.crew_member ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.crew_proposal ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.crew_rule ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.device ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.device_push ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.do_not_contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.door_state ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.drawn_barrier ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.emergency_contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_batch ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_conflict ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_decision_item ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_feedback ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_result ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fact_column ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fact_door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fact_stale ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.feed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.feed_pending ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.flagged_answer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.guest ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.guest_consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.handover ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.hook ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.hook_delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.household ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_file_part ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_mapping ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_reject ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_run ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invite ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.issue_case ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.issue_report ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.issue_topic ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.left_door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.letter ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.letter_naming ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.letter_template ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.letter_template_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.mailing ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.map_source ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.member ENABLE ROW LEVEL SECURITY;

CREATE POLICY not_merged ON public.person AS RESTRICTIVE TO doorstep_request USING (((merged_into IS NULL) OR (( SELECT current_setting('doorstep.sees_merged'::text, true) AS current_setting) = 'yes'::text)));

ALTER TABLE public.notification ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_choice ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_setting ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.office_slot ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.organization ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pass ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.person ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.person_match ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.place ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.post ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.post_delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.post_target ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.proposal ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.proposed_crew ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.proposed_turf ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.public_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reading_confirmed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.refresh_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.retention_rule ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.revisit ENABLE ROW LEVEL SECURITY;

CREATE POLICY same_organization ON public.address TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.allowed_crossing TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.answer_tally TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.assignment TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.attendance TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.attribute TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.audit_entry TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.ballot TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.barrier TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.bouncing_address TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.boundary TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.broadcast TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.buddy_offer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.buddy_pair TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.budget_round TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.budget_step TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.building TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.calendar_feed TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.campaign TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.campaign_pace TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.case_change TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.case_note TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.case_notice TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.case_publication TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.case_telling TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.change_counter TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.civic_event TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.commitment TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.commitment_update TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.consent TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.consent_wording TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.contact_event TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.correction TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.crew TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.crew_member TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.crew_proposal TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.crew_rule TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.decision TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.delivery TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.device TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.device_push TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.do_not_contact TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.door_state TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.drawn_barrier TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.emergency_contact TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_batch TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_conflict TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_decision TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_decision_item TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_feedback TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_result TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.fact_column TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.fact_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.fact_stale TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.feed TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.feed_pending TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.flagged_answer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.guest TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.guest_consent TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.handover TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.hook TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.hook_delivery TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.household TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_change TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_file TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_file_part TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_mapping TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_reject TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_run TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.invite TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.issue_case TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.issue_report TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.issue_topic TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.left_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.letter TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.letter_naming TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.letter_template TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.letter_template_version TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.mailing TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.map_source TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.member TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.notification TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.notification_choice TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.notification_setting TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.office_slot TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.organization TO doorstep_request USING ((id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.pass TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.person TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.person_match TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.place TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.post TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.post_delivery TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.post_target TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.proposal TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.proposed_crew TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.proposed_turf TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.public_event TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.reading_confirmed TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.refresh_token TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.retention_rule TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.revisit TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.scope_change TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.script TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.script_version TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.share_conversion TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.share_link TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.share_visit TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.shift TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.shift_role TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.shift_series TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.sign_in_code TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.signup TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.signup_change TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.stale_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.stale_stint TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.stall_contact TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.statement TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.statement_topic TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.statement_vote TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.street_edge TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.suppressed_person TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.suppression TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.survey_answer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.sync_refusal TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.tallied_attempt TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.tallied_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.tallied_stint TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.tally TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.tombstone TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.training_done TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.training_step TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.training_track TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf_before TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf_cut TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf_step TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.universe TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.volunteer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.volunteer_availability TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.volunteer_exception TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.volunteer_tie TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.voter_code TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.walk_sheet TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.web_answer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.web_answer_tally TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.web_response TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.web_survey TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

ALTER TABLE public.scope_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.script ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.script_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.share_conversion ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.share_link ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.share_visit ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.shift ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.shift_role ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.shift_series ENABLE ROW LEVEL SECURITY;

CREATE POLICY sign_in ON public.device FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.invite FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.member FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.organization FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.refresh_token FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.sign_in_code FOR SELECT TO doorstep_signin USING (true);

ALTER TABLE public.sign_in_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.signup ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.signup_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stale_door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stale_stint ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stall_contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statement ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statement_topic ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statement_vote ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.street_edge ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.suppressed_person ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.suppression ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.survey_answer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sync_refusal ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tallied_attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tallied_door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tallied_stint ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tombstone ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.training_done ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.training_step ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.training_track ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf_before ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf_cut ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf_door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf_step ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.universe ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.volunteer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.volunteer_availability ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.volunteer_exception ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.volunteer_tie ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.voter_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.walk_sheet ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.web_answer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.web_answer_tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.web_response ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.web_survey ENABLE ROW LEVEL SECURITY;

CREATE POLICY works ON public.flagged_answer FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY works ON public.guest FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY works ON public.hook_delivery FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY works ON public.letter FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY works ON public.notification FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY works ON public.post_delivery FOR SELECT TO doorstep_worker USING ((next_at IS NOT NULL));

CREATE POLICY works ON public.share_link FOR SELECT TO doorstep_worker USING (true);

CREATE POLICY adds ON queue.pgqueuer_log FOR INSERT TO doorstep_request WITH CHECK (true);

ALTER TABLE queue.pgqueuer ENABLE ROW LEVEL SECURITY;

ALTER TABLE queue.pgqueuer_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY same_organization ON queue.pgqueuer TO doorstep_request USING ((SUBSTRING(payload FROM 1 FOR 16) = ( SELECT uuid_send(public.current_organization_id()) AS uuid_send))) WITH CHECK ((SUBSTRING(payload FROM 1 FOR 16) = ( SELECT uuid_send(public.current_organization_id()) AS uuid_send)));

CREATE POLICY same_organization ON queue.pgqueuer_log FOR SELECT TO doorstep_request USING ((EXISTS ( SELECT
   FROM queue.pgqueuer j
  WHERE (j.id = pgqueuer_log.job_id))));

CREATE POLICY works ON queue.pgqueuer TO doorstep_worker USING (true) WITH CHECK (true);

CREATE POLICY works ON queue.pgqueuer_log TO doorstep_worker USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA public TO doorstep_signin;
GRANT USAGE ON SCHEMA public TO doorstep_request;
GRANT USAGE ON SCHEMA public TO doorstep_worker;

GRANT USAGE ON SCHEMA queue TO doorstep_request;
GRANT USAGE ON SCHEMA queue TO doorstep_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consent TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.contact_event TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.survey_answer TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.answer_tally TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.feed_pending TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf_door TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.pass TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shift TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.signup TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.case_notice TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.issue_report TO doorstep_request;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE public.person TO doorstep_request;

GRANT SELECT ON TABLE public.case_raiser TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.case_telling TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.issue_case TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.letter TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.letter TO doorstep_worker;

GRANT SELECT(state) ON TABLE public.letter TO doorstep_worker;

GRANT SELECT(due_at) ON TABLE public.letter TO doorstep_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.organization TO doorstep_request;
GRANT SELECT ON TABLE public.organization TO doorstep_signin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.revisit TO doorstep_request;

GRANT SELECT ON TABLE public.raiser_told TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.script_version TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.web_answer TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.web_answer_tally TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.web_response TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.web_survey TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.guest_consent TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assignment TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.do_not_contact TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.guest TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.guest TO doorstep_worker;

GRANT SELECT(asks_at) ON TABLE public.guest TO doorstep_worker;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE public.household TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.suppressed_person TO doorstep_request;

GRANT SELECT ON TABLE public.left_alone TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.stale_door TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.tallied_door TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.door_state TO doorstep_request;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE public.address TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.allowed_crossing TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.tallied_attempt TO doorstep_request;

GRANT SELECT ON TABLE public.attempt_share TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.attendance TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.attribute TO doorstep_request;

GRANT SELECT ON TABLE public.audit_entry TO doorstep_request;

GRANT INSERT(organization_id) ON TABLE public.audit_entry TO doorstep_request;

GRANT INSERT(actor_id) ON TABLE public.audit_entry TO doorstep_request;

GRANT INSERT(action) ON TABLE public.audit_entry TO doorstep_request;

GRANT INSERT(ids) ON TABLE public.audit_entry TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.ballot TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.barrier TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.bouncing_address TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.boundary TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.broadcast TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.buddy_offer TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.buddy_pair TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.budget_round TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.budget_step TO doorstep_request;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE public.building TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.calendar_feed TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.campaign TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.campaign_pace TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.case_change TO doorstep_request;

GRANT UPDATE(reason) ON TABLE public.case_change TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.case_note TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.case_publication TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.change_counter TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.civic_event TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.commitment TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.commitment_update TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.consent_wording TO doorstep_request;

GRANT SELECT ON TABLE public.contactable_person TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.correction TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.crew TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.crew_member TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.crew_proposal TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.crew_rule TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.decision TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.device TO doorstep_request;
GRANT SELECT ON TABLE public.device TO doorstep_signin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.device_push TO doorstep_request;

GRANT SELECT,INSERT,DELETE,MAINTAIN,UPDATE ON TABLE public.door TO doorstep_request;

GRANT SELECT ON TABLE public.door_share TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.drawn_barrier TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.emergency_contact TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.event_batch TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.event_conflict TO doorstep_request;

GRANT UPDATE(payload) ON TABLE public.event_conflict TO doorstep_request;

GRANT UPDATE(status) ON TABLE public.event_conflict TO doorstep_request;

GRANT UPDATE(accepted_as) ON TABLE public.event_conflict TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.event_decision TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.event_decision_item TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.event_feedback TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.event_result TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.place TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.public_event TO doorstep_request;

GRANT SELECT ON TABLE public.event_seen TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.fact_column TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.fact_door TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.fact_stale TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.feed TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.flagged_answer TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.flagged_answer TO doorstep_worker;

GRANT SELECT(raised_at) ON TABLE public.flagged_answer TO doorstep_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.script TO doorstep_request;

GRANT SELECT ON TABLE public.guest_answer TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.handover TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hook TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hook_delivery TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.hook_delivery TO doorstep_worker;

GRANT SELECT(state) ON TABLE public.hook_delivery TO doorstep_worker;

GRANT SELECT(created_at) ON TABLE public.hook_delivery TO doorstep_worker;

GRANT SELECT(next_at) ON TABLE public.hook_delivery TO doorstep_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.import_change TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.import_file TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_file_part TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_mapping TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.import_reject TO doorstep_request;

GRANT UPDATE(reason) ON TABLE public.import_reject TO doorstep_request;

GRANT UPDATE(remedy) ON TABLE public.import_reject TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.import_run TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invite TO doorstep_request;
GRANT SELECT ON TABLE public.invite TO doorstep_signin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.issue_topic TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.left_door TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.letter_naming TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.letter_template TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.letter_template_version TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.mailing TO doorstep_request;

GRANT SELECT ON TABLE public.mailing_standing TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.map_source TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.member TO doorstep_request;
GRANT SELECT ON TABLE public.member TO doorstep_signin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.notification TO doorstep_worker;

GRANT SELECT(due_at) ON TABLE public.notification TO doorstep_worker;

GRANT SELECT(planned_at) ON TABLE public.notification TO doorstep_worker;

GRANT SELECT(withdrawn_at) ON TABLE public.notification TO doorstep_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_choice TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_setting TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.office_slot TO doorstep_request;

GRANT SELECT ON TABLE public.person_card TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person_match TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.post TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.post_delivery TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.post_delivery TO doorstep_worker;

GRANT SELECT(next_at) ON TABLE public.post_delivery TO doorstep_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.post_target TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.proposal TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.proposed_crew TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.proposed_turf TO doorstep_request;

GRANT SELECT ON TABLE public.raised_by TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.reading_confirmed TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_token TO doorstep_request;
GRANT SELECT ON TABLE public.refresh_token TO doorstep_signin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.retention_rule TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.scope_change TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.share_conversion TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.share_link TO doorstep_request;

GRANT SELECT(organization_id) ON TABLE public.share_link TO doorstep_worker;

GRANT SELECT(code) ON TABLE public.share_link TO doorstep_worker;

GRANT SELECT ON TABLE public.share_target TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.share_visit TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.shift_role TO doorstep_request;

GRANT SELECT ON TABLE public.shift_seen TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shift_series TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_code TO doorstep_request;
GRANT SELECT ON TABLE public.sign_in_code TO doorstep_signin;

GRANT SELECT,INSERT ON TABLE public.signup_change TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.stale_stint TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.stall_contact TO doorstep_request;

GRANT SELECT ON TABLE public.standing_consent TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.statement TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.statement_topic TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.statement_vote TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.street_edge TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.suppression TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.sync_refusal TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.tallied_stint TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tally TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.tombstone TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.training_done TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.training_step TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.training_track TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf_before TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf_cut TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf_step TO doorstep_request;

GRANT SELECT ON TABLE public.turf_summary TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.universe TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.volunteer TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.volunteer_availability TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.volunteer_exception TO doorstep_request;

GRANT SELECT ON TABLE public.volunteer_fact TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.volunteer_tie TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.voter_code TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.walk_sheet TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.periodic TO doorstep_worker;

GRANT SELECT,INSERT ON TABLE queue.pgqueuer TO doorstep_request;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer TO doorstep_worker;

GRANT USAGE ON SEQUENCE queue.pgqueuer_id_seq TO doorstep_request;
GRANT USAGE ON SEQUENCE queue.pgqueuer_id_seq TO doorstep_worker;

GRANT SELECT,INSERT ON TABLE queue.pgqueuer_log TO doorstep_request;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_log TO doorstep_worker;

GRANT USAGE ON SEQUENCE queue.pgqueuer_log_id_seq TO doorstep_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_schedules TO doorstep_worker;

GRANT USAGE ON SEQUENCE queue.pgqueuer_schedules_id_seq TO doorstep_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE queue.pgqueuer_statistics TO doorstep_worker;

GRANT USAGE ON SEQUENCE queue.pgqueuer_statistics_id_seq TO doorstep_worker;
