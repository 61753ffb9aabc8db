-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- What an organization has promised in public. Nothing of it is about a person.
create table commitment (
  organization_id uuid not null references organization (id),
  id uuid not null,
  slug text not null constraint commitment_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  title text not null constraint commitment_title_length check (length(title) between 1 and 200),
  text text not null constraint commitment_text_length check (length(text) <= 5000),
  -- On what occasion it was made, in words.
  occasion text not null default '' constraint commitment_occasion_length
    check (length(occasion) <= 200),
  source text not null constraint commitment_source_known
    check (source in ('statement', 'case', 'decision', 'budget', 'event')),
  -- The case, proposal ... it came out of. Rooms above know which table that is: no foreign key.
  source_id uuid,
  due_on date,
  status text not null default 'draft' constraint commitment_status_known check (status in
    ('draft', 'published', 'in_progress', 'stalled', 'kept', 'partly_kept', 'not_kept',
     'withdrawn')),
  created_by uuid,
  created_at timestamptz not null default now(),
  published_at timestamptz,
  primary key (organization_id, id),
  constraint commitment_slug_key unique (organization_id, slug),
  constraint commitment_published check ((status = 'draft') = (published_at is null)),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
create unique index commitment_source_key on commitment (organization_id, source, source_id)
  where source_id is not null;
call make_tenant_table('commitment', 'select, insert, update');

-- What became of it, with the reason for each step: only ever added to.
create table commitment_update (
  organization_id uuid not null references organization (id),
  commitment_id uuid not null,
  number integer not null,
  kind text not null constraint commitment_update_kind_known
    check (kind in ('move', 'note', 'correction')),
  status_before text not null,
  status_after text not null,
  reason text not null constraint commitment_update_reason_length
    check (length(trim(reason)) between 1 and 1000),
  -- [{"label", "url"}]
  evidence jsonb not null default '[]',
  -- The earlier update that this one puts right.
  corrects integer,
  -- {"due_on": ["before", "after"], ...}
  changed jsonb not null default '{}',
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, commitment_id, number),
  constraint commitment_update_evidenced check (
    status_after not in ('kept', 'partly_kept') or status_after = status_before
    or jsonb_array_length(evidence) > 0),
  constraint commitment_update_corrects_earlier check (corrects < number),
  foreign key (organization_id, commitment_id) references commitment (organization_id, id),
  foreign key (organization_id, commitment_id, corrects)
    references commitment_update (organization_id, commitment_id, number),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('commitment_update', 'select, insert');
create trigger commitment_update_unchanged before update or delete or truncate on commitment_update
  for each statement execute function refuse_change();

-- What was decided, between which options, why, and who was asked. It never changes: another
-- decision takes its place.
create table decision (
  organization_id uuid not null references organization (id),
  id uuid not null,
  slug text not null constraint decision_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  question text not null constraint decision_question_length
    check (length(question) between 1 and 300),
  -- [{"title", "text"}]
  options jsonb not null,
  choice text not null,
  reasons text not null constraint decision_reasons_length
    check (length(trim(reasons)) between 1 and 5000),
  -- [{"who", "how"}]
  consulted jsonb not null,
  evidence jsonb not null,
  decided_on date not null,
  supersedes_id uuid,
  commitment_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint decision_slug_key unique (organization_id, slug),
  constraint decision_supersedes_key unique (organization_id, supersedes_id),
  foreign key (organization_id, supersedes_id) references decision (organization_id, id),
  foreign key (organization_id, commitment_id) references commitment (organization_id, id),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('decision', 'select, insert');
create trigger decision_unchanged before update or delete or truncate on decision
  for each statement execute function refuse_change();

-- A case may lead to a commitment.
alter table issue_case
  add column commitment_id uuid,
  add foreign key (organization_id, commitment_id) references commitment (organization_id, id);
create index issue_case_commitment on issue_case (organization_id, commitment_id)
  where commitment_id is not null;
