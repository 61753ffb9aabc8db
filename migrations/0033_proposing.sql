-- migrate:up
-- A round has some hundred proposals at most: looking at them all takes a blink.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, ban-drop-not-null
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- People who are no members propose too. Who was erased leaves a proposal of nobody's.
alter table proposal
  alter column proposed_by drop not null,
  add column guest_id uuid,
  add column place text not null default ''
    constraint proposal_place_length check (length(place) <= 200),
  -- What whoever proposed it thinks that it costs; what it does cost is found out in the review.
  add column cost_guess bigint
    constraint proposal_cost_guess_range check (cost_guess between 1 and 1000000000000),
  -- One for each time the form was opened: sent twice, it is one proposal.
  add column form_id uuid,
  add constraint proposal_by_one check (num_nonnulls(proposed_by, guest_id) <= 1),
  add foreign key (organization_id, guest_id) references guest (organization_id, id)
    on delete set null (guest_id);
create unique index proposal_form_key on proposal (organization_id, round_id, form_id)
  where form_id is not null;
create index proposal_guest on proposal (organization_id, guest_id) where guest_id is not null;

-- What an erased guest proposed is taken back where nobody has looked at it yet. What organizers
-- have published stays, as nobody's.
create function forget_proposals() returns trigger
language plpgsql as $$
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
create trigger guest_erased_forget_proposals after update of erased_at on guest
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_proposals();
