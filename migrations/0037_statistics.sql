-- migrate:up
set local lock_timeout = '5s';

-- Whoever imports has counted anew what the planner goes by: else the next statements are planned as
-- if there were hardly a row, until the database looks for itself, which may be a minute later.
-- Before PostgreSQL 17 there is no such right; then the request goes without, and is warned.
do $$
begin
  if current_setting('server_version_num')::integer >= 170000 then
    execute 'grant maintain on building, address, door, household, person to doorstep_request';
  end if;
end
$$;
