CREATE FUNCTION public.current_member_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('doorstep.member_id'::text, true), ''::text))::uuid;

CREATE FUNCTION public.current_organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('doorstep.organization_id'::text, true), ''::text))::uuid;

CREATE TABLE public.contact_event (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
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
    CONSTRAINT contact_event_kind_known CHECK ((kind = ANY (ARRAY['attempt'::text, 'answer'::text, 'note'::text, 'correct'::text, 'void'::text, 'unknown'::text]))),
    CONSTRAINT contact_event_reviewed CHECK (((status = 'needs_review'::text) = (review_reason IS NOT NULL))),
    CONSTRAINT contact_event_status_known CHECK ((status = ANY (ARRAY['accepted'::text, 'needs_review'::text])))
);

ALTER TABLE ONLY public.contact_event FORCE ROW LEVEL SECURITY;

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
    CONSTRAINT turf_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT turf_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
);

ALTER TABLE ONLY public.turf FORCE ROW LEVEL SECURITY;

CREATE FUNCTION public.holds_turf(wanted_turf_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (EXISTS (SELECT FROM (public.assignment a JOIN public.turf t ON (((t.organization_id = a.organization_id) AND (t.id = a.turf_id)))) WHERE ((a.organization_id = (SELECT public.current_organization_id() AS current_organization_id)) AND (a.turf_id = holds_turf.wanted_turf_id) AND (a.member_id = (SELECT public.current_member_id() AS current_member_id)) AND (a.ended_at IS NULL) AND (a.expires_at > now()) AND (t.status = 'published'::text))));

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
    done boolean GENERATED ALWAYS AS ((do_not_contact OR (status = ANY (ARRAY['canvassed'::text, 'refused'::text, 'moved'::text, 'deceased'::text, 'do_not_contact'::text])))) STORED NOT NULL
);

ALTER TABLE ONLY public.door_state FORCE ROW LEVEL SECURITY;

CREATE TABLE public.turf_door (
    organization_id uuid NOT NULL,
    turf_id uuid NOT NULL,
    door_id uuid NOT NULL,
    pass_id uuid NOT NULL,
    "position" integer NOT NULL,
    live boolean DEFAULT true NOT NULL
);

ALTER TABLE ONLY public.turf_door FORCE ROW LEVEL SECURITY;

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
    CONSTRAINT address_lat_range CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT address_lon_range CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

ALTER TABLE ONLY public.address FORCE ROW LEVEL SECURITY;

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

CREATE TABLE public.building (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    access_note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT building_access_note_length CHECK ((length(access_note) <= 1000))
);

ALTER TABLE ONLY public.building FORCE ROW LEVEL SECURITY;

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

CREATE TABLE public.change_counter (
    organization_id uuid NOT NULL,
    epoch integer DEFAULT 1 NOT NULL,
    seq bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.change_counter FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consent (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL,
    person_id uuid,
    purpose text NOT NULL,
    basis text NOT NULL,
    wording text DEFAULT ''::text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    recorded_by uuid NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT consent_basis_known CHECK ((basis = ANY (ARRAY['explicit'::text, 'policy'::text]))),
    CONSTRAINT consent_purpose_known CHECK ((purpose = 'opinion'::text))
);

ALTER TABLE ONLY public.consent FORCE ROW LEVEL SECURITY;

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

CREATE TABLE public.door (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    address_id uuid NOT NULL,
    unit text DEFAULT ''::text NOT NULL,
    floor text DEFAULT ''::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT door_note_length CHECK ((length(note) <= 1000))
);

ALTER TABLE ONLY public.door FORCE ROW LEVEL SECURITY;

CREATE TABLE public.event_conflict (
    organization_id uuid NOT NULL,
    event_id uuid NOT NULL,
    payload_hash bytea NOT NULL,
    payload jsonb NOT NULL,
    member_id uuid NOT NULL,
    device_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.event_conflict FORCE ROW LEVEL SECURITY;

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

CREATE TABLE public.household (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    door_id uuid NOT NULL
);

ALTER TABLE ONLY public.household FORCE ROW LEVEL SECURITY;

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
    CONSTRAINT import_run_kind_known CHECK ((kind = ANY (ARRAY['csv'::text, 'osm'::text])))
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
    CONSTRAINT invite_has_address CHECK (((email IS NOT NULL) OR (phone IS NOT NULL))),
    CONSTRAINT invite_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.invite FORCE ROW LEVEL SECURITY;

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
    CONSTRAINT member_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT member_roles_known CHECK ((roles <@ ARRAY['owner'::text, 'organizer'::text, 'coordinator'::text, 'caseworker'::text, 'volunteer'::text]))
);

ALTER TABLE ONLY public.member FORCE ROW LEVEL SECURITY;

CREATE TABLE public.organization (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    require_consent boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organization_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT organization_slug_format CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);

ALTER TABLE ONLY public.organization FORCE ROW LEVEL SECURITY;

CREATE TABLE public.pass (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    name text NOT NULL,
    script_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pass_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE ONLY public.pass FORCE ROW LEVEL SECURITY;

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
    CONSTRAINT person_birth_year_range CHECK (((birth_year >= 1850) AND (birth_year <= 2200))),
    CONSTRAINT person_has_name CHECK (((given_name <> ''::text) OR (family_name <> ''::text)))
);

ALTER TABLE ONLY public.person FORCE ROW LEVEL SECURITY;

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

CREATE TABLE public.script_version (
    organization_id uuid NOT NULL,
    script_id uuid NOT NULL,
    version integer NOT NULL,
    introduction text NOT NULL,
    questions jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.script_version FORCE ROW LEVEL SECURITY;

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
    t.polygon
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

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_external_id_key UNIQUE (organization_id, external_id);

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_pkey PRIMARY KEY (organization_id, campaign_id, id);

ALTER TABLE ONLY public.building
    ADD CONSTRAINT building_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_name_key UNIQUE (organization_id, name);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.change_counter
    ADD CONSTRAINT change_counter_pkey PRIMARY KEY (organization_id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_id_key UNIQUE (id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.do_not_contact
    ADD CONSTRAINT do_not_contact_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_pkey PRIMARY KEY (organization_id, pass_id, door_id);

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_unit_key UNIQUE (organization_id, address_id, unit);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_pkey PRIMARY KEY (organization_id, event_id, payload_hash);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_code_key UNIQUE (organization_id, code_hash);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_pkey PRIMARY KEY (organization_id, import_run_id, row_number);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_pkey PRIMARY KEY (organization_id, campaign_id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (organization_id, id);

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

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (organization_id, id);

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

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_id_key UNIQUE (id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_pkey PRIMARY KEY (organization_id, campaign_id, id);

ALTER TABLE ONLY public.survey_answer
    ADD CONSTRAINT survey_answer_pkey PRIMARY KEY (organization_id, event_id);

ALTER TABLE ONLY public.turf_door
    ADD CONSTRAINT turf_door_pkey PRIMARY KEY (organization_id, turf_id, door_id);

ALTER TABLE ONLY public.turf
    ADD CONSTRAINT turf_pkey PRIMARY KEY (organization_id, id);

CREATE INDEX address_building ON public.address USING btree (organization_id, building_id);

CREATE INDEX address_match ON public.address USING btree (organization_id, match_key);

CREATE INDEX address_position ON public.address USING btree (organization_id, lon, lat);

CREATE UNIQUE INDEX assignment_live_key ON public.assignment USING btree (organization_id, turf_id, member_id) WHERE (ended_at IS NULL);

CREATE INDEX assignment_member ON public.assignment USING btree (organization_id, member_id) WHERE (ended_at IS NULL);

CREATE INDEX consent_person ON public.consent USING btree (organization_id, person_id);

CREATE INDEX contact_event_building ON public.contact_event USING btree (organization_id, building_id, pass_id) WHERE (building_id IS NOT NULL);

CREATE INDEX contact_event_door ON public.contact_event USING btree (organization_id, door_id, pass_id);

CREATE INDEX contact_event_early ON public.contact_event USING btree (organization_id, target_id) WHERE ((target_id IS NOT NULL) AND (door_id IS NULL) AND (building_id IS NULL));

CREATE INDEX contact_event_pass ON public.contact_event USING btree (organization_id, pass_id, occurred_at);

CREATE UNIQUE INDEX contact_event_seq_key ON public.contact_event USING btree (organization_id, seq);

CREATE INDEX contact_event_target ON public.contact_event USING btree (organization_id, target_id) WHERE (target_id IS NOT NULL);

CREATE INDEX device_member ON public.device USING btree (organization_id, member_id);

CREATE UNIQUE INDEX do_not_contact_live_key ON public.do_not_contact USING btree (organization_id, door_id, person_id) NULLS NOT DISTINCT WHERE (cleared_at IS NULL);

CREATE INDEX household_door ON public.household USING btree (organization_id, door_id);

CREATE UNIQUE INDEX member_email_key ON public.member USING btree (organization_id, lower(email)) WHERE (ended_at IS NULL);

CREATE INDEX person_household ON public.person USING btree (organization_id, household_id);

CREATE INDEX refresh_token_device ON public.refresh_token USING btree (organization_id, device_id);

CREATE INDEX survey_answer_answer ON public.survey_answer USING btree (organization_id, answer_id);

CREATE INDEX survey_answer_pass ON public.survey_answer USING btree (organization_id, pass_id) WHERE standing;

CREATE INDEX turf_door_door ON public.turf_door USING btree (organization_id, door_id);

CREATE UNIQUE INDEX turf_door_live_key ON public.turf_door USING btree (organization_id, pass_id, door_id) WHERE live;

CREATE UNIQUE INDEX turf_name_key ON public.turf USING btree (organization_id, pass_id, name) WHERE (status <> 'archived'::text);

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_organization_id_building_id_fkey FOREIGN KEY (organization_id, building_id) REFERENCES public.building(organization_id, id);

ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_assigned_by_fkey FOREIGN KEY (organization_id, assigned_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.assignment
    ADD CONSTRAINT assignment_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.barrier
    ADD CONSTRAINT barrier_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.building
    ADD CONSTRAINT building_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT campaign_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.change_counter
    ADD CONSTRAINT change_counter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_organization_id_recorded_by_fkey FOREIGN KEY (organization_id, recorded_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_building_id_fkey FOREIGN KEY (organization_id, building_id) REFERENCES public.building(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.person(organization_id, id);

ALTER TABLE ONLY public.contact_event
    ADD CONSTRAINT contact_event_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

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

ALTER TABLE ONLY public.door
    ADD CONSTRAINT door_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.door_state
    ADD CONSTRAINT door_state_organization_id_pass_id_fkey FOREIGN KEY (organization_id, pass_id) REFERENCES public.pass(organization_id, id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES public.contact_event(organization_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.event_conflict
    ADD CONSTRAINT event_conflict_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_turf_id_fkey FOREIGN KEY (organization_id, turf_id) REFERENCES public.turf(organization_id, id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_organization_id_used_by_fkey FOREIGN KEY (organization_id, used_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_organization_id_door_id_fkey FOREIGN KEY (organization_id, door_id) REFERENCES public.door(organization_id, id);

ALTER TABLE ONLY public.household
    ADD CONSTRAINT household_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.import_reject
    ADD CONSTRAINT import_reject_organization_id_import_run_id_fkey FOREIGN KEY (organization_id, import_run_id) REFERENCES public.import_run(organization_id, id);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.invite
    ADD CONSTRAINT invite_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.map_source
    ADD CONSTRAINT map_source_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_organization_id_script_id_fkey FOREIGN KEY (organization_id, script_id) REFERENCES public.script(organization_id, id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_organization_id_household_id_fkey FOREIGN KEY (organization_id, household_id) REFERENCES public.household(organization_id, id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

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

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_invite_id_fkey FOREIGN KEY (organization_id, invite_id) REFERENCES public.invite(organization_id, id);

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT sign_in_code_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES public.member(organization_id, id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_organization_id_campaign_id_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES public.campaign(organization_id, id);

ALTER TABLE ONLY public.street_edge
    ADD CONSTRAINT street_edge_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);

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

ALTER TABLE public.address ENABLE ROW LEVEL SECURITY;

CREATE POLICY assigned_only ON public.person AS RESTRICTIVE FOR SELECT TO doorstep_request USING (((( SELECT current_setting('doorstep.sees_people'::text, true) AS current_setting) = 'all'::text) OR (EXISTS ( SELECT
   FROM (public.household h
     JOIN public.turf_door td ON (((td.organization_id = h.organization_id) AND (td.door_id = h.door_id))))
  WHERE ((h.organization_id = person.organization_id) AND (h.id = person.household_id) AND td.live AND public.holds_turf(td.turf_id))))));

ALTER TABLE public.assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.barrier ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.building ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.campaign ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.change_counter ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contact_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.device ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.do_not_contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.door ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.door_state ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_conflict ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.handover ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.household ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_reject ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_run ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invite ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.map_source ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.member ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.organization ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pass ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.person ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.refresh_token ENABLE ROW LEVEL SECURITY;

CREATE POLICY same_organization ON public.address TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.assignment TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.barrier TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.building TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.campaign TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.change_counter TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.consent TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.contact_event TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.device TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.do_not_contact TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.door_state TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.event_conflict TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.handover TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.household TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_reject TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.import_run TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.invite TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.map_source TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.member TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.organization TO doorstep_request USING ((id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.pass TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.person TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.refresh_token TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.scope_change TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.script TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.script_version TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.sign_in_code TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.street_edge TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.survey_answer TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

CREATE POLICY same_organization ON public.turf_door TO doorstep_request USING ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id))) WITH CHECK ((organization_id = ( SELECT public.current_organization_id() AS current_organization_id)));

ALTER TABLE public.scope_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.script ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.script_version ENABLE ROW LEVEL SECURITY;

CREATE POLICY sign_in ON public.device FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.invite FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.member FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.organization FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.refresh_token FOR SELECT TO doorstep_signin USING (true);

CREATE POLICY sign_in ON public.sign_in_code FOR SELECT TO doorstep_signin USING (true);

ALTER TABLE public.sign_in_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.street_edge ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.survey_answer ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.turf_door ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA public TO doorstep_signin;
GRANT USAGE ON SCHEMA public TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.contact_event TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assignment TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.door_state TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.turf_door TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.address TO doorstep_request;

GRANT SELECT,INSERT,DELETE ON TABLE public.barrier TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.building TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.campaign TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.change_counter TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consent TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.device TO doorstep_request;
GRANT SELECT ON TABLE public.device TO doorstep_signin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.do_not_contact TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.door TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.event_conflict TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.handover TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.household TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.import_reject TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.import_run TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invite TO doorstep_request;
GRANT SELECT ON TABLE public.invite TO doorstep_signin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.map_source TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.member TO doorstep_request;
GRANT SELECT ON TABLE public.member TO doorstep_signin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.organization TO doorstep_request;
GRANT SELECT ON TABLE public.organization TO doorstep_signin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.pass TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.person TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_token TO doorstep_request;
GRANT SELECT ON TABLE public.refresh_token TO doorstep_signin;

GRANT SELECT,INSERT ON TABLE public.scope_change TO doorstep_request;

GRANT SELECT,INSERT,UPDATE ON TABLE public.script TO doorstep_request;

GRANT SELECT,INSERT ON TABLE public.script_version TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_code TO doorstep_request;
GRANT SELECT ON TABLE public.sign_in_code TO doorstep_signin;

GRANT SELECT,INSERT,DELETE ON TABLE public.street_edge TO doorstep_request;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.survey_answer TO doorstep_request;

GRANT SELECT ON TABLE public.turf_summary TO doorstep_request;
