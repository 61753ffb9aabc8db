"""The statement behind the page of those who raised an issue."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.follow_up.model import CaseStatus
from doorstep.kit.db import Connection, fetch_maybe


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may see of their own case: nothing of staff, nothing of others."""

    organization_id: UUID
    organization: str
    case_id: UUID
    person_id: UUID | None
    guest_id: UUID | None
    topic: str
    raised_at: dt.datetime
    status: CaseStatus
    outcome: str | None
    reason: str | None


async def shown(
    db: Connection, organization_id: UUID, case_id: UUID, raiser_id: UUID
) -> Shown | None:
    return await fetch_maybe(
        db,
        Shown,
        """
        select k.organization_id, o.name as organization, k.id as case_id, p.id as person_id,
               g.id as guest_id, t.name as topic, min(r.raised_at) as raised_at, k.status,
               k.outcome, k.reason
          from issue_case k
          join organization o on o.id = k.organization_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
          join issue_report r on r.organization_id = k.organization_id and r.case_id = k.id
          left join person p on p.organization_id = r.organization_id
                            and p.id = r.person_id
                            and p.erased_at is null
          left join guest g on g.organization_id = r.organization_id
                           and g.id = r.guest_id
                           and g.erased_at is null
         where k.organization_id = $1
           and k.id = $2
           and $3 in (p.id, p.merged_into, g.id)
         group by k.organization_id, o.name, k.id, p.id, g.id, t.name, k.status, k.outcome,
                  k.reason
         order by p.id = $3 desc
         limit 1
        """,
        organization_id,
        case_id,
        raiser_id,
    )
