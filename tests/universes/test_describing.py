import datetime as dt
from uuid import UUID

import msgspec
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.kit.geometry import Polygon
from doorstep.universes import model as m
from doorstep.universes.describing import describe

IDS = [UUID(int=n) for n in (1, 2)]
# Letters with which one might try to make two filters read the same.
TEXT = st.one_of(
    st.text(alphabet="“”a, or()d", min_size=1, max_size=5),
    st.sampled_from(["yes", "1", "2026-10-01", "1 October 2026", "a” or “b", "known"]),
)
NUMBER = st.sampled_from([0.0, 1.0, 2.5, 1e15, 1.0000001, -3.0, 0.1, 0.1 + 0.2])
VALUE = st.one_of(TEXT, NUMBER, st.booleans())
LIMIT = st.one_of(TEXT, NUMBER)
TEST = st.one_of(
    VALUE.map(lambda v: m.Is(value=v)),
    VALUE.map(lambda v: m.IsNot(value=v)),
    st.lists(VALUE, min_size=1, max_size=3).map(lambda v: m.OneOf(values=v)),
    TEXT.map(lambda v: m.Contains(value=v)),
    TEXT.map(lambda v: m.StartsWith(value=v)),
    LIMIT.map(lambda v: m.AtLeast(value=v)),
    LIMIT.map(lambda v: m.AtMost(value=v)),
    st.tuples(LIMIT, LIMIT).map(lambda v: m.Between(low=v[0], high=v[1])),
    st.just(m.Known()),
    st.just(m.Unknown()),
)
ID = st.sampled_from(IDS)
MAYBE_ID = st.none() | ID
DAY = st.none() | st.sampled_from([dt.date(2026, 10, 1), dt.date(2026, 1, 10)])
KEY = st.sampled_from(["party", "a"])
COUNT = st.integers(0, 3)
RING = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 60.0]]
LEAF = st.one_of(
    st.builds(m.Attribute, key=KEY, test=TEST),
    st.builds(m.Place, field=st.sampled_from(["precinct", "city"]), test=TEST),
    st.builds(m.Speaks, test=TEST),
    st.builds(m.Age, test=TEST),
    st.builds(m.Reachable, by=st.sampled_from(["phone", "email"])),
    st.builds(m.HouseholdSize, test=TEST),
    st.builds(m.Tagged, tag=TEXT),
    st.builds(m.Imported, import_id=ID),
    st.builds(m.Answered, question=KEY, script_id=MAYBE_ID, test=TEST),
    st.builds(
        m.LastResult,
        results=st.lists(st.sampled_from(list(m.Result)), min_size=1, max_size=2),
        pass_id=MAYBE_ID,
        campaign_id=MAYBE_ID,
    ),
    st.builds(
        m.Tried,
        at_least=COUNT,
        at_most=st.none() | COUNT,
        since=DAY,
        pass_id=MAYBE_ID,
        campaign_id=MAYBE_ID,
    ).filter(lambda one: one.at_most is None or one.at_least <= one.at_most),
    st.builds(m.NeverContacted, pass_id=MAYBE_ID, campaign_id=MAYBE_ID),
    st.builds(m.LastContact, after=DAY, before=DAY, pass_id=MAYBE_ID).filter(
        lambda one: one.after or one.before
    ),
    st.builds(
        m.Inside,
        area=st.sampled_from([Polygon(coordinates=[RING]), Polygon(coordinates=[RING[::-1]])]),
    ),
    st.builds(
        m.Near,
        lon=st.sampled_from([24.0, -24.0, 24.0000001]),
        lat=st.just(60.0),
        within_m=st.sampled_from([100.0, 100.5]),
    ),
    st.builds(m.Revisit),
    st.builds(m.InTurf, turf_id=ID),
    st.builds(m.InPass, pass_id=ID),
    st.builds(m.HeldOut, pass_id=ID),
    st.builds(m.Consented, purpose=KEY, channel=st.none() | KEY),
    st.builds(m.InUniverse, universe_id=ID),
)
EXPRESSION = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: m.AllOf(all_of=found)),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: m.AnyOf(any_of=found)),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: m.NoneOf(none_of=found)),
    ),
    max_leaves=5,
)


def plainest(one):
    """The same meaning in its plainest form: groups of one and repeated values are undone."""
    match one:
        case m.AllOf(all_of=[only]) | m.AnyOf(any_of=[only]):
            return plainest(only)
        case m.AllOf() | m.AnyOf() | m.NoneOf():
            return [type(one).__name__, *map(plainest, m.members(one))]
        case m.LastResult():
            return [*dict.fromkeys(one.results), one.pass_id, one.campaign_id]
        case _:
            found = {"type": type(one).__name__, **msgspec.structs.asdict(one)}
            if isinstance(test := found.get("test"), m.OneOf):
                values = list(dict.fromkeys((type(v), v) for v in test.values))
                found["test"] = m.OneOf(values=[v for _, v in values])
                if len(values) == 1:
                    found["test"] = m.Is(value=values[0][1])
            return msgspec.json.encode(found)


@given(EXPRESSION, EXPRESSION)
@settings(max_examples=examples(250), deadline=None)
def test_what_reads_the_same_means_the_same(one, other):
    if describe(one) == describe(other):
        assert plainest(one) == plainest(other)


@given(st.lists(LEAF, min_size=3, max_size=3), st.sampled_from([m.AllOf, m.AnyOf, m.NoneOf]))
def test_brackets_show_what_belongs_together(leaves, kind):
    a, b, c = leaves

    def group(of, *inner):
        return of(**{of.__struct_fields__[0]: list(inner)})

    forms = [
        group(kind, a, b, c),
        group(kind, group(m.AnyOf, a, b), c),
        group(kind, a, group(m.AnyOf, b, c)),
        group(kind, group(m.AllOf, a, b), c),
        group(m.NoneOf, group(kind, a, b), c),
    ]
    plain = {str(plainest(form)) for form in forms}
    assert len({describe(form) for form in forms}) == len(plain)


@given(EXPRESSION)
def test_an_expression_sent_to_and_fro_reads_the_same(one):
    again = msgspec.json.decode(msgspec.json.encode(one), type=m.Expression)
    assert again == one
    assert describe(again) == describe(one)


def test_a_filter_reads_as_a_sentence():
    campaign, turf = IDS
    expression = m.AllOf(
        all_of=[
            m.Place(field="precinct", test=m.OneOf(values=["3-1", "3-2"])),
            m.Age(test=m.Between(low=18.0, high=34.0)),
            m.NeverContacted(campaign_id=campaign),
            m.Tried(at_most=2, since=dt.date(2026, 10, 1)),
            m.NoneOf(none_of=[m.Tagged(tag="donor"), m.InTurf(turf_id=turf)]),
        ]
    )
    assert describe(expression, {campaign: "Spring", turf: "North in First of Spring"}) == (
        "People who live where the precinct is “3-1” or “3-2” and are of an age 18 to 34 "
        "and were never contacted in the campaign “Spring” "
        "and were not tried more than twice since 1 October 2026 "
        "and do not (are tagged “donor” or live in the turf “North in First of Spring”)"
    )


def test_every_condition_has_words_of_its_own():
    texts = [
        describe(one)
        for one in (
            m.Tried(at_most=0),
            m.Tried(at_least=1),
            m.Tried(at_least=2, at_most=2),
            m.Tried(at_least=1, at_most=3),
            m.LastContact(after=dt.date(2026, 3, 4)),
            m.Attribute(key="registered", test=m.AtLeast(value="2024-05-06")),
            m.Answered(question="support", test=m.AtLeast(value=4.0)),
            m.Consented(purpose="news", channel="email"),
            m.Attribute(key="party", test=m.Unknown()),
            m.Near(lon=24.9, lat=-60.2, within_m=500.0),
        )
    ]
    assert [text.removeprefix("People who ") for text in texts] == [
        "were never tried",
        "were tried once or more",
        "were tried exactly twice",
        "were tried 1 to 3 times",
        "were last contacted after 4 March 2026",
        "have “registered” 6 May 2024 or more",
        "gave an answer to the question “support” that is 4 or more",
        "consent to “news” by “email”",
        "have “party” not known",
        "live within 500 metres of 60.2° S 24.9° E",
    ]
