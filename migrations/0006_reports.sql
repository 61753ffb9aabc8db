-- migrate:up
set local lock_timeout = '5s';

-- The doors of a pass, each with the one turf that answers for it: the one that has it now, or
-- else the last that had it; none if it was tried and then taken out of every turf. Whatever
-- counts by turf counts by this, so that turfs add up to their pass.
-- Strict, like the next one, so that it is run once and not woven into the asking statement, where
-- its size would be guessed far too small and it would be run again for every row.
create function pass_door(of_organization uuid, of_pass uuid)
returns table (door_id uuid, turf_id uuid, place integer)
language sql stable strict rows 10000
begin atomic
  select home.door_id, home.turf_id, home.place
    from (
      select distinct on (td.door_id) td.door_id, td.turf_id, td.position as place
        from turf_door td
        join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
       where td.organization_id = of_organization and td.pass_id = of_pass
       order by td.door_id, td.live desc, t.archived_at desc nulls last, t.id desc) home
   union all
  select s.door_id, null, 0
    from door_state s
   where s.organization_id = of_organization
     and s.pass_id = of_pass
     and s.attempts_count > 0
     and not exists (
       select from turf_door td
        where td.organization_id = s.organization_id
          and td.pass_id = s.pass_id
          and td.door_id = s.door_id);
end;

-- The attempts of a pass that count, with the result that counts: accepted, not taken away, as
-- last corrected. The same rule as algorithms.projecting, which tells the state of one door.
-- Replies (corrections and voids) may themselves be corrected and taken away, so levels of
-- replies are decided from the outermost inwards.
create function effective_attempt(of_organization uuid, of_pass uuid)
returns table (event_id uuid, door_id uuid, member_id uuid, occurred_at timestamptz, result text)
language sql stable strict rows 10000
begin atomic
  with recursive reply as (
    select r.id, r.target_id, r.kind, r.occurred_at, 1 as depth,
           num_nonnulls(r.payload ->> 'result', r.payload ->> 'mark') > 0 as speaks
      from contact_event a
      join contact_event r on r.organization_id = a.organization_id and r.target_id = a.id
     where a.organization_id = of_organization
       and a.pass_id = of_pass
       and a.kind = 'attempt'
       and a.status = 'accepted'
       and r.kind in ('correct', 'void')
       and r.status = 'accepted'
     union all
    select r.id, r.target_id, r.kind, r.occurred_at, reply.depth + 1,
           num_nonnulls(r.payload ->> 'result', r.payload ->> 'mark') > 0
      from reply
      join contact_event r on r.organization_id = of_organization and r.target_id = reply.id
     where r.kind in ('correct', 'void')
       and r.status = 'accepted'
  ),
  -- Of the events at a depth: those taken away, and who speaks for those corrected.
  decided (depth, fallen, corrected, speakers) as (
    select coalesce(max(depth), 0), '{}'::uuid[], '{}'::uuid[], '{}'::uuid[]
      from reply
     union all
    select decided.depth - 1, inner_level.fallen, inner_level.corrected, inner_level.speakers
      from decided
     cross join lateral (
       select coalesce(array_agg(t.id) filter (where t.fallen), '{}') as fallen,
              coalesce(array_agg(t.id) filter (where t.speaker is not null), '{}') as corrected,
              coalesce(array_agg(t.speaker) filter (where t.speaker is not null), '{}')
                as speakers
         from (
           select r.target_id as id, bool_or(r.kind = 'void') as fallen,
                  (array_agg(coalesce(c.speaker, r.id) order by r.occurred_at desc, r.id desc)
                    filter (where c.speaker is not null or r.speaks))[1] as speaker
             from reply r
             left join unnest(decided.corrected, decided.speakers) c (id, speaker)
               on c.id = r.id
            where r.depth = decided.depth and r.id <> all (decided.fallen)
            group by r.target_id) t) inner_level
     where decided.depth > 0
  ),
  settled as (
    select fallen, corrected, speakers from decided where depth = 0
  ),
  -- Most attempts have no reply. Those that have are looked up one by one: joined to all, they
  -- would be gone through for each attempt while the table's statistics are young.
  said as (
    select a.id, a.door_id, a.member_id, a.occurred_at, a.payload
      from contact_event a
     where a.organization_id = of_organization
       and a.pass_id = of_pass
       and a.kind = 'attempt'
       and a.status = 'accepted'
       and a.id not in (select unnest(fallen || corrected) from settled)
     union all
    select a.id, a.door_id, a.member_id, a.occurred_at, s.payload
      from settled
     cross join unnest(settled.corrected, settled.speakers) c (id, speaker)
      join contact_event a on a.organization_id = of_organization and a.id = c.id
      join contact_event s on s.organization_id = of_organization and s.id = c.speaker
     where a.id not in (select unnest(fallen) from settled)
  )
  select id, door_id, member_id, occurred_at, payload ->> 'result'
    from said
   where door_id is not null
     and payload ->> 'result' is not null
     and payload ->> 'mark' is null;
end;
