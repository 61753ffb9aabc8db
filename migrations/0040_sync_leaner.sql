-- migrate:up
set local lock_timeout = '5s';

-- Give numbers to what waits for one in the caller's organization, and end their holds that have run
-- out, if there is anything of the sort: nearly every pull begins with this, and few find any. Of
-- who is not signed in, nothing is looked at.
create function number_waiting() returns void
language plpgsql as $$
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
