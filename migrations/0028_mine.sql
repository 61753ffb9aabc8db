-- migrate:up
-- The index is made while the server is down.
-- squawk-ignore-file require-concurrent-index-creation
set local lock_timeout = '5s';

-- What somebody on the lists says is wrong about what is known of them: data from a file is put
-- right there, or the next import would bring the mistake again.
create table correction (
  organization_id uuid not null references organization (id),
  id uuid not null,
  person_id uuid not null,
  text text not null constraint correction_text_length check (length(text) between 1 and 1000),
  asked_at timestamptz not null default now(),
  done_at timestamptz,
  done_by uuid,
  primary key (organization_id, id),
  constraint correction_done check ((done_at is null) = (done_by is null)),
  foreign key (organization_id, person_id) references person (organization_id, id)
    on delete cascade,
  foreign key (organization_id, done_by) references member (organization_id, id)
);
create index correction_open on correction (organization_id, asked_at) where done_at is null;
create index correction_person on correction (organization_id, person_id);
call make_tenant_table('correction', 'select, insert, update, delete');

-- Whoever asks for their own page gives an address.
create index person_email on person (organization_id, lower(email)) where email is not null;
