-- migrate:up
set local lock_timeout = '5s';

-- Count anew what the planner goes by, for the tables that imports fill. Without it the next
-- statements are planned as if there were hardly a row, until the database looks for itself, which
-- may be a minute later. Only the owner of a table may have it counted; it tells nothing.
create function renew_statistics() returns void
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  analyze building, address, door, household, person;
end
$$;
revoke execute on function renew_statistics() from public;
grant execute on function renew_statistics() to doorstep_request;
