import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import make_field
from sending import attempt, states

from doorstep.canvass.clocks import DELAY, clock_offset

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
delays = st.timedeltas(dt.timedelta(0), DELAY)


@given(st.timedeltas(-400 * DAY, 400 * DAY), st.lists(delays, min_size=2, max_size=20))
def test_batches_of_one_clock_get_one_offset_however_long_each_is_on_its_way(wrong_by, waits):
    found = []
    for wait in waits:
        found.append(clock_offset(wrong_by + wait, found[:-9:-1]))
        assert abs(found[-1] - wrong_by) <= 3 * DELAY
    assert len(set(found)) == 1


@given(st.timedeltas(-400 * DAY, 400 * DAY), st.lists(st.timedeltas(-DAY, DAY), max_size=8))
def test_an_offset_is_never_further_from_what_was_seen_than_two_minutes(seen, before):
    assert abs(clock_offset(seen, before) - seen) <= 2 * DELAY


@pytest.mark.parametrize(
    ("seen", "before", "found"),
    [
        (3 * SECOND, [], 0 * SECOND),
        (-59 * SECOND, [], 0 * SECOND),
        (DAY + 3 * SECOND, [], DAY),
        (-DAY, [0 * SECOND], -DAY),
        (90 * SECOND, [0 * SECOND], 0 * SECOND),
        # It was put right again.
        (2 * SECOND, [DAY, 0 * SECOND], 0 * SECOND),
    ],
)
def test_a_clock_is_put_forward_in_whole_steps(seen, before, found):
    assert clock_offset(seen, before) == found


@pytest.mark.parametrize("days", [-1, 0, 1])
async def test_knocks_of_one_phone_keep_their_order_though_a_batch_took_longer(tenant, days):
    field = await make_field(tenant)
    client, now = field.volunteer, dt.datetime.now(dt.UTC)
    wrong = now + days * DAY
    for result, at, took in (("not_home", -10, 3), ("canvassed", -9, 0)):
        event = attempt(field, result=result)
        event["occurred_at"] = (wrong + at * SECOND).isoformat()
        sent = dt.datetime.now(dt.UTC) + days * DAY - took * SECOND
        body = {"sent_at": sent.isoformat(), "events": [event]}
        got = await client.post("/sync/events", content=json.dumps(body))
        assert got.json()["results"][0]["outcome"] == "accepted"
    assert (await states(field))[0][:2] == ("canvassed", "canvassed")
