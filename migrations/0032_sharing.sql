-- migrate:up
-- squawk-ignore-file constraint-missing-not-valid
set local lock_timeout = '5s';

-- An address of a public page that says by whom it was passed on.
create table share_link (
  organization_id uuid not null references organization (id),
  id uuid not null,
  -- Short, for it is read out and printed; drawn at random, so that nobody comes upon another's.
  code text not null constraint share_link_code_key unique
    constraint share_link_code_format check (code ~ '^[1-9A-HJ-NP-Za-km-z]{10}$'),
  kind text not null constraint share_link_kind_known
    check (kind in ('event', 'commitment', 'decision', 'budget')),
  item_id uuid not null,
  label text not null default '' constraint share_link_label_length check (length(label) <= 100),
  owner_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint share_link_same_key unique (organization_id, owner_id, kind, item_id, label),
  foreign key (organization_id, owner_id) references member (organization_id, id)
);
call make_tenant_table('share_link', 'select, insert, update');
-- Whoever opens a link does not say of which organization it is.
create policy works on share_link for select to doorstep_worker using (true);
grant select (organization_id, code) on share_link to doorstep_worker;

-- How often a link was opened on a day, by people as far as one can tell. Nothing of them is kept.
create table share_visit (
  organization_id uuid not null references organization (id),
  link_id uuid not null,
  visited_on date not null,
  visits_count bigint not null constraint share_visit_some check (visits_count > 0),
  primary key (organization_id, link_id, visited_on),
  foreign key (organization_id, link_id) references share_link (organization_id, id)
);
call make_tenant_table('share_visit', 'select, insert, update');

-- What somebody did who came by a link; the first link that brought them to it has the credit.
create table share_conversion (
  organization_id uuid not null references organization (id),
  id uuid not null,
  link_id uuid not null,
  what text not null constraint share_conversion_what_known
    check (what in ('rsvp', 'slot', 'signup', 'survey', 'ballot', 'proposal', 'issue')),
  -- The event, shift, survey ... it was done at. Rooms above know which table that is: no foreign key.
  about_id uuid not null,
  person_id uuid,
  guest_id uuid,
  member_id uuid,
  converted_at timestamptz not null default now(),
  primary key (organization_id, id),
  constraint share_conversion_of_one check (num_nonnulls(person_id, guest_id, member_id) <= 1),
  foreign key (organization_id, link_id) references share_link (organization_id, id),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete set null (person_id),
  foreign key (organization_id, guest_id) references guest (organization_id, id)
    on delete set null (guest_id),
  foreign key (organization_id, member_id) references member (organization_id, id)
);
create unique index share_conversion_person_key
  on share_conversion (organization_id, person_id, what, about_id) where person_id is not null;
create unique index share_conversion_guest_key
  on share_conversion (organization_id, guest_id, what, about_id) where guest_id is not null;
create unique index share_conversion_member_key
  on share_conversion (organization_id, member_id, what, about_id) where member_id is not null;
create index share_conversion_link on share_conversion (organization_id, link_id, id);
call make_tenant_table('share_conversion', 'select, insert');

-- Whatever has a page that everybody may see, as a link or a picture tells of it.
create view share_target with (security_invoker = true) as
select e.organization_id, 'event' as kind, e.id, e.slug, e.title, e.summary as text, e.status,
       p.name as place, e.time_zone,
       coalesce(v.starts_at, (
         select min(s.starts_at)
           from shift s
          where s.organization_id = e.organization_id
            and s.event_id = e.id
            and s.status <> 'cancelled')) as starts_at,
       null::date as on_day, null::bigint as amount, null as currency
  from civic_event e
  join place p on p.organization_id = e.organization_id and p.id = e.place_id
  left join public_event v on v.organization_id = e.organization_id and v.event_id = e.id
 where e.public and e.published_at is not null
 union all
select c.organization_id, 'commitment', c.id, c.slug, c.title, c.text, c.status,
       null, null, null, c.due_on, null, null
  from commitment c
 where c.status <> 'draft'
 union all
select d.organization_id, 'decision', d.id, d.slug, d.question, d.reasons, d.choice,
       null, null, null, d.decided_on, null, null
  from decision d
 union all
select r.organization_id, 'budget', r.id, r.slug, r.title, r.text, r.status,
       null, null, r.voting_closes_at, null, r.amount, r.currency
  from budget_round r
 where r.status <> 'draft';
grant select on share_target to doorstep_request;

-- A service that posts go to. Its address holds a password: it is kept under a key that is not in
-- the database, and shown without it.
create table post_target (
  organization_id uuid not null references organization (id),
  id uuid not null,
  label text not null constraint post_target_label_length check (length(label) between 1 and 100),
  shown text not null constraint post_target_shown_length check (length(shown) <= 300),
  -- Null once it is not to be used any more.
  sealed bytea,
  made_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
create unique index post_target_label_key on post_target (organization_id, lower(label))
  where sealed is not null;
call make_tenant_table('post_target', 'select, insert, update');

create table post (
  organization_id uuid not null references organization (id),
  id uuid not null,
  text text not null constraint post_text_length check (length(text) between 1 and 2000),
  share_link_id uuid,
  made_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, share_link_id) references share_link (organization_id, id),
  foreign key (organization_id, made_by) references member (organization_id, id)
);
call make_tenant_table('post', 'select, insert');

-- A post on its way to one service. Whether it arrived is not always known: such a one is sent
-- again only when somebody says so.
create table post_delivery (
  organization_id uuid not null references organization (id),
  post_id uuid not null,
  target_id uuid not null,
  state text not null default 'queued' constraint post_delivery_state_known
    check (state in ('queued', 'sending', 'sent', 'failed', 'unknown')),
  -- How often somebody asked for it, the first time among them; and how often it was tried for that.
  round integer not null default 1,
  tries_count integer not null default 0,
  error text not null default '' constraint post_delivery_error_length check (length(error) <= 40),
  next_at timestamptz default now(),
  tried_at timestamptz,
  primary key (organization_id, post_id, target_id),
  constraint post_delivery_waits_until
    check ((state in ('queued', 'sending')) = (next_at is not null)),
  foreign key (organization_id, post_id) references post (organization_id, id),
  foreign key (organization_id, target_id) references post_target (organization_id, id)
);
create index post_delivery_due on post_delivery (next_at, organization_id)
  where next_at is not null;
call make_tenant_table('post_delivery', 'select, insert, update');
create policy works on post_delivery for select to doorstep_worker using (next_at is not null);
grant select (organization_id, next_at) on post_delivery to doorstep_worker;

-- What a member called their links may name people they know; it goes with them.
create function forget_shared_by() returns trigger
language plpgsql as $$
begin
  update share_link
     set label = id::text
   where organization_id = new.organization_id and owner_id = new.id;
  return null;
end
$$;
create trigger member_erased_forget_shared_by after update of erased_at on member
  for each row when (old.erased_at is null and new.erased_at is not null)
  execute function forget_shared_by();
