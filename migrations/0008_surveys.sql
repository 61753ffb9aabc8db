-- migrate:up
set local lock_timeout = '5s';

-- In which language a version is written, and its texts in others: language → place → text.
alter table script_version
  add column language text not null default 'und',
  add column translations jsonb not null default '{}';

-- The share of buildings that a pass never knocks at, for comparison, and what decides which; where
-- no seed is given, the id of the pass.
alter table pass
  add column holdout_share double precision not null default 0
    constraint pass_holdout_share_range check (holdout_share between 0 and 0.5),
  add column holdout_seed text;
