-- migrate:up
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- Money that people share out themselves, from the first idea to what is built.
create table budget_round (
  organization_id uuid not null references organization (id),
  id uuid not null,
  slug text not null constraint budget_round_slug_format check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  title text not null constraint budget_round_title_length check (length(title) between 1 and 200),
  text text not null default '' constraint budget_round_text_length check (length(text) <= 5000),
  -- Whole units of the currency, as all amounts of a round.
  amount bigint not null constraint budget_round_amount_range check (amount between 1 and 1000000000000),
  currency text not null constraint budget_round_currency_format check (currency ~ '^[A-Z]{3}$'),
  country text not null constraint budget_round_country_length check (length(country) between 1 and 100),
  ballot_kind text not null constraint budget_round_ballot_kind_known
    check (ballot_kind in ('approval', 'cumulative', 'ranking')),
  most_projects integer not null constraint budget_round_most_projects_range
    check (most_projects between 1 and 100),
  -- Approval: what the projects of a ballot may cost together.
  most_amount bigint constraint budget_round_most_amount_range check (most_amount >= 1),
  -- Cumulative: the points that each voter has.
  points integer constraint budget_round_points_range check (points between 1 and 1000),
  -- Which of the two counts decides; both are made and shown.
  rule text not null constraint budget_round_rule_known check (rule in ('greedy', 'equal_shares')),
  status text not null default 'draft' constraint budget_round_status_known check (status in
    ('draft', 'collecting', 'reviewing', 'costed', 'voting', 'counted', 'published', 'delivering',
     'done')),
  voting_opened_at timestamptz,
  voting_closes_at timestamptz,
  -- What voters are hashed with; destroyed by the count, so that no ballot leads to its voter.
  voter_key bytea,
  result jsonb,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint budget_round_slug_key unique (organization_id, slug),
  constraint budget_round_points_when_cumulative check ((ballot_kind = 'cumulative') = (points is not null)),
  constraint budget_round_key_while_voting check ((status = 'voting') = (voter_key is not null)),
  constraint budget_round_result_once_counted check (
    (status in ('counted', 'published', 'delivering', 'done')) = (result is not null)),
  foreign key (organization_id, created_by) references member (organization_id, id)
);
call make_tenant_table('budget_round', 'select, insert, update');

-- Every move of a round: only added to.
create table budget_step (
  organization_id uuid not null references organization (id),
  round_id uuid not null,
  number integer not null,
  status_before text not null,
  status_after text not null,
  reason text not null constraint budget_step_reason_length check (length(reason) <= 1000),
  made_by uuid not null,
  made_at timestamptz not null default now(),
  primary key (organization_id, round_id, number),
  foreign key (organization_id, round_id) references budget_round (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
call make_tenant_table('budget_step', 'select, insert');

create table proposal (
  organization_id uuid not null references organization (id),
  id uuid not null,
  round_id uuid not null,
  -- Its number on the ballot; the last word in a tie.
  number integer not null,
  title text not null constraint proposal_title_length check (length(title) between 1 and 200),
  text text not null default '' constraint proposal_text_length check (length(text) <= 5000),
  lon double precision constraint proposal_lon_range check (lon between -180 and 180),
  lat double precision constraint proposal_lat_range check (lat between -90 and 90),
  cost bigint constraint proposal_cost_range check (cost between 1 and 1000000000000),
  -- Null until it was looked at.
  eligible boolean,
  reason text not null default '' constraint proposal_reason_length check (length(reason) <= 1000),
  proposed_by uuid not null,
  proposed_at timestamptz not null default now(),
  commitment_id uuid,
  primary key (organization_id, id),
  constraint proposal_number_key unique (organization_id, round_id, number),
  constraint proposal_place_whole check (num_nonnulls(lon, lat) in (0, 2)),
  foreign key (organization_id, round_id) references budget_round (organization_id, id),
  foreign key (organization_id, proposed_by) references member (organization_id, id)
);
call make_tenant_table('proposal', 'select, insert, update');

-- Codes handed out to people who are no members: keyed hashes only, gone with the count.
create table voter_code (
  organization_id uuid not null references organization (id),
  round_id uuid not null,
  code_hash bytea not null,
  primary key (organization_id, round_id, code_hash),
  foreign key (organization_id, round_id) references budget_round (organization_id, id)
);
call make_tenant_table('voter_code', 'select, insert, delete');

-- A ballot knows neither its voter nor when it was cast.
create table ballot (
  organization_id uuid not null references organization (id),
  -- Drawn at random: ids that grow with time would tell the order.
  id uuid not null,
  round_id uuid not null,
  -- Under the round's key; taken away by the count.
  voter_hash bytea,
  -- Points by the number of a proposal.
  choices jsonb not null,
  receipt_hash bytea not null,
  primary key (organization_id, id),
  constraint ballot_voter_key unique (organization_id, round_id, voter_hash),
  foreign key (organization_id, round_id) references budget_round (organization_id, id)
);
create index ballot_receipt on ballot (organization_id, round_id, receipt_hash);
call make_tenant_table('ballot', 'select, insert, update');
