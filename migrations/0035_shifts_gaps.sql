-- migrate:up
set local lock_timeout = '5s';

-- Hours that somebody gave in a shift: from coming or its start, whichever is later, to going. Who
-- stays on after its end is counted for a quarter of an hour more; who never said that they went,
-- to the end.
create function shift_hours(
  came_at timestamptz, went_at timestamptz, starts_at timestamptz, ends_at timestamptz
) returns double precision
language sql stable parallel safe
return greatest(
  extract(epoch from
    least(coalesce(went_at, ends_at), ends_at + interval '15 minutes', now())
      - greatest(came_at, starts_at))::double precision / 3600,
  0);
