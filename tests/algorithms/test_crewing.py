import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.staffing.crewing import broken_rules, propose, rides
from doorstep.algorithms.staffing.model import Crew, Lock, LockError, People, Terms, Turfs
from doorstep.algorithms.staffing.scoring import goodness, worth


def people(count, **columns):
    """Volunteers who live anywhere, may go anywhere on foot, and have been to five shifts."""
    given_columns = {
        "shifts_done": np.full(count, 5),
        "languages": [frozenset({"en"})] * count,
        "reach_m": np.full(count, 5000.0),
        "seats": np.zeros(count, np.int64),
        "max_travel_m": np.full(count, np.inf),
        "max_walk_m": np.full(count, np.inf),
        "climbs_stairs": np.ones(count, np.bool_),
        "luck": np.zeros(count),
        "home": np.full((count, 2), np.nan),
    }
    return People(**given_columns | columns)


def turfs(count, **columns):
    """Turfs 500 m from the staging point, of 40 doors and 100 minutes."""
    given_columns = {
        "place": np.tile([500.0, 0.0], (count, 1)),
        "value": np.full(count, 40.0),
        "minutes": np.full(count, 100.0),
        "walk_m": np.full(count, 2000.0),
        "stairs": np.zeros(count, np.bool_),
    }
    return Turfs(**given_columns | columns)


def terms(**kept):
    return Terms(**{"staging": np.zeros(2), "shift_minutes": 120.0} | kept)


def pairs_of(proposal):
    return sorted(crew.people for crew in proposal.crews)


def instance(seed):
    """A shift of chance: anything from nobody to a dozen, with locks now and then."""
    rng = np.random.default_rng(seed)
    n, t = int(rng.integers(0, 13)), int(rng.integers(0, 9))
    drives = rng.random(n) < 0.3
    who = people(
        n,
        shifts_done=rng.integers(0, 8, n),
        languages=[frozenset(rng.choice(["en", "es", "so"], rng.integers(0, 3))) for _ in range(n)],
        reach_m=np.where(drives, np.inf, rng.choice([1500.0, 4000.0], n)),
        seats=np.where(drives, rng.integers(0, 4, n), 0),
        max_travel_m=np.where(rng.random(n) < 0.6, np.inf, rng.uniform(1000, 6000, n)),
        max_walk_m=np.where(rng.random(n) < 0.6, np.inf, rng.uniform(1500, 6000, n)),
        climbs_stairs=rng.random(n) < 0.7,
        luck=rng.uniform(-1, 1, n),
        home=np.where(rng.random((n, 1)) < 0.3, np.nan, rng.normal(0, 2000, (n, 2))),
    )
    where = turfs(
        t,
        place=rng.normal(0, 2000, (t, 2)),
        value=rng.integers(0, 60, t).astype(float),
        minutes=rng.uniform(30, 200, t),
        walk_m=rng.uniform(300, 4000, t),
        stairs=rng.random(t) < 0.3,
    )

    def some(count):
        found = (tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(count))
        return frozenset(found) if n > 1 else frozenset()

    known = terms(
        apart=some(3), banned=some(2), buddies=some(2), solo=bool(rng.random() < 0.2),
        not_there=frozenset({(0, 0)}) if n and t else frozenset(),
    )  # fmt: skip
    if n > 5 and t and rng.random() < 0.4:
        known = terms(**vars(known) | {"locks": (Lock(people=(1, 4)), Lock(people=(2,), turf=0))})
    return who, where, known


@pytest.mark.parametrize("decade", range(20))
def test_every_hard_rule_holds_on_two_hundred_instances_of_chance(decade):
    for seed in range(decade * 10, decade * 10 + 10):
        who, where, known = instance(seed)
        try:
            found = propose(who, where, known)
        except LockError:
            found = propose(who, where, terms(**vars(known) | {"locks": ()}))
            known = terms(**vars(known) | {"locks": ()})
        assert broken_rules(who, where, known, found.crews) == []
        assert found.points <= found.bound + 1e-6
        needing = {ride.person for ride in found.rides}
        away = np.hypot(*where.place.T) if len(where) else np.zeros(0)
        for crew in found.crews:
            for person in crew.people:
                assert (away[crew.turf] > who.reach_m[person]) == (person in needing)


def best_by_hand(who, where, known):
    """The most points of pairs alone, by trying everything."""
    points = worth(who, where, known)

    def most(left, free):
        if len(left) < 2 or not free:
            return 0.0
        first, rest = left[0], left[1:]
        best = most(rest, free)
        for mate in rest:
            for turf in free:
                now = (
                    points.pair[first, mate]
                    + points.turf[turf]
                    + points.there[first, turf]
                    + points.there[mate, turf]
                )
                if np.isfinite(now):
                    others = [one for one in rest if one != mate]
                    best = max(best, now + most(others, [one for one in free if one != turf]))
        return best

    return most(list(range(len(who))), list(range(len(where))))


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_no_pairing_found_by_trying_everything_is_better(seed):
    rng = np.random.default_rng(seed)
    who = people(
        6,
        shifts_done=rng.integers(0, 6, 6),
        languages=[frozenset(rng.choice(["en", "es"], 1)) for _ in range(6)],
        luck=rng.uniform(-1, 1, 6),
    )
    where = turfs(
        4, value=rng.integers(10, 60, 4).astype(float), place=rng.uniform(-2000, 2000, (4, 2))
    )
    known = terms(apart=frozenset({(0, 1)}))
    best = best_by_hand(who, where, known)
    found = propose(who, where, known)
    assert found.points >= best * (1 - 1e-3)
    assert found.bound >= best


def test_a_newcomer_goes_with_somebody_who_knows_the_work():
    found = propose(people(4, shifts_done=np.array([0, 9, 0, 9])), turfs(2), terms())
    for one, other in pairs_of(found):
        assert {one, other} & {0, 2}
        assert {one, other} & {1, 3}


def test_those_who_share_a_language_go_together():
    spoken = [frozenset({"es"}), frozenset({"en"}), frozenset({"es"}), frozenset({"en"})]
    assert pairs_of(propose(people(4, languages=spoken), turfs(2), terms())) == [(0, 2), (1, 3)]


def test_buddies_go_together_and_those_to_be_kept_apart_do_not():
    found = propose(people(4), turfs(2), terms(buddies=frozenset({(0, 3)})))
    assert pairs_of(found) == [(0, 3), (1, 2)]
    apart = frozenset({(0, 1), (0, 2)})
    assert pairs_of(propose(people(4), turfs(2), terms(apart=apart))) == [(0, 3), (1, 2)]


def test_the_odd_one_out_joins_a_pair_rather_than_going_alone_or_staying():
    (crew,) = propose(people(3), turfs(2), terms()).crews
    assert crew.people == (0, 1, 2)
    alone = propose(people(1), turfs(1), terms())
    assert (alone.crews, alone.spare_people) == ([], [0])
    assert propose(people(1), turfs(1), terms(solo=True)).crews == [Crew(people=(0,), turf=0)]


def test_a_third_is_kept_apart_from_both_of_a_pair():
    found = propose(people(3), turfs(2), terms(apart=frozenset({(0, 2)})))
    assert len(found.crews) == 1
    assert found.crews[0].people in {(0, 1), (1, 2)}


def test_the_most_valuable_turfs_are_covered_first():
    found = propose(people(4), turfs(4, value=np.array([10.0, 40.0, 12.0, 38.0])), terms())
    assert sorted(crew.turf for crew in found.crews) == [1, 3]
    assert found.spare_turfs == [0, 2]
    assert found.coverage == pytest.approx(78.0)


def test_a_turf_that_takes_longer_than_the_shift_counts_for_what_can_be_walked_of_it():
    # 500 m there and back on foot take 13.3 of 120 minutes; half of 213.3 minutes is left.
    found = propose(people(2), turfs(1, minutes=np.array([640 / 3])), terms())
    assert found.coverage == pytest.approx(20.0)


def test_nobody_is_sent_beyond_their_limits():
    far = turfs(1, place=np.array([[3000.0, 0.0]]))
    assert propose(people(2, max_travel_m=np.array([2999.0, 9e9])), far, terms()).crews == []
    # 3 km there, 2 km from door to door, 3 km back.
    assert propose(people(2, max_walk_m=np.array([7999.0, 9e9])), far, terms()).crews == []
    assert len(propose(people(2, max_walk_m=np.array([8001.0, 9e9])), far, terms()).crews) == 1
    high = turfs(1, stairs=np.array([True]))
    assert propose(people(2, climbs_stairs=np.array([True, False])), high, terms()).crews == []
    assert propose(people(2), far, terms(within_m=2000.0)).crews == []


def test_a_far_turf_needs_a_seat_for_whoever_does_not_drive():
    far = turfs(1, place=np.array([[4000.0, 0.0]]))
    on_foot = people(2, reach_m=np.array([1500.0, 1500.0]))
    assert propose(on_foot, far, terms()).crews == []
    driven = people(2, reach_m=np.array([np.inf, 1500.0]), seats=np.array([1, 0]))
    found = propose(driven, far, terms())
    assert [(ride.person, ride.driver) for ride in found.rides] == [(1, 0)]


def test_one_car_takes_no_more_than_it_has_seats_for():
    who = people(4, reach_m=np.array([np.inf, 100.0, 100.0, 100.0]), seats=np.array([2, 0, 0, 0]))
    where = turfs(2, place=np.array([[4000.0, 0.0], [4000.0, 300.0]]))
    known = terms()
    found = propose(who, where, known)
    assert len(found.rides) == 2
    assert len(found.crews) == 1
    assert rides(who, where, known, [Crew(people=(1, 2), turf=0)])[0].driver == 0


def test_who_had_poor_turfs_gets_the_better_one():
    unlucky = people(4, luck=np.array([-1.0, 1.0, -1.0, 1.0]))
    where = turfs(2, value=np.array([40.0, 39.0]))
    found = propose(unlucky, where, terms(buddies=frozenset({(0, 2), (1, 3)})))
    assert next(crew.people for crew in found.crews if crew.turf == 0) == (0, 2)


def test_locks_and_bans_of_the_coordinator_stand_when_it_is_solved_again():
    who = people(6, shifts_done=np.array([0, 0, 9, 9, 9, 9]))
    locks = (Lock(people=(0, 1)), Lock(people=(2,), turf=2), Lock(people=(3, 4), turf=0))
    found = propose(who, turfs(4), terms(locks=locks, banned=frozenset({(1, 5)})))
    crews = {crew.people: crew for crew in found.crews}
    assert (0, 1) in crews
    assert crews[3, 4].turf == 0
    assert crews[2, 5].turf == 2
    assert all(crew.locked for crew in found.crews)
    assert broken_rules(who, turfs(4), terms(locks=locks), found.crews) == []


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (Lock(people=(0, 1)), "kept apart"),
        (Lock(people=(0, 2)), "banned"),
        (Lock(people=(0,)), "need a turf"),
        (Lock(people=(2, 3, 4)), "need a turf"),
        (Lock(people=(3, 3)), "different people"),
        (Lock(people=(3, 4), turf=1), "beyond"),
    ],
)
def test_a_lock_that_cannot_be_kept_says_why(lock, why):
    known = terms(locks=(lock,), apart=frozenset({(0, 1)}), banned=frozenset({(0, 2)}))
    where = turfs(2, place=np.array([[500.0, 0.0], [9000.0, 0.0]]))
    with pytest.raises(LockError, match=why) as raised:
        propose(people(5), where, known)
    assert raised.value.number == 0


def test_two_locks_on_one_person_or_turf_are_refused():
    for second in (Lock(people=(0, 2)), Lock(people=(2, 3), turf=0)):
        known = terms(locks=(Lock(people=(0, 1), turf=0), second))
        with pytest.raises(LockError, match="another lock"):
            propose(people(4), turfs(2), known)


def test_a_lock_for_which_nothing_is_left_is_refused():
    known = terms(locks=(Lock(people=(0, 1)),))
    with pytest.raises(LockError, match="is left for it"):
        propose(people(2), turfs(0), known)


def test_the_same_shift_always_gives_the_same_crews():
    who, where, known = instance(11)
    assert propose(who, where, known) == propose(who, where, known)


def test_how_good_a_turf_is_goes_by_rank_and_equal_turfs_are_equal():
    rated = turfs(4, value=np.array([10.0, 20.0, 20.0, 99.0]))
    assert goodness(rated).tolist() == pytest.approx([-1.0, 0.0, 0.0, 1.0])
    assert goodness(turfs(1)).tolist() == [0.0]


def test_what_is_broken_is_told_in_words():
    who, known = people(4, climbs_stairs=np.zeros(4, np.bool_)), terms(apart=frozenset({(0, 1)}))
    where = turfs(2, stairs=np.ones(2, np.bool_))
    crews = [Crew(people=(0, 1), turf=0), Crew(people=(1,), turf=0)]
    told = "; ".join(broken_rules(who, where, known, crews))
    for what in ("goes twice", "given twice", "0 and 1 go together", "meets stairs", "1 go to"):
        assert what in told


def test_columns_of_different_length_or_order_are_refused():
    with pytest.raises(ValueError, match="one length"):
        people(3, seats=np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="smaller number"):
        terms(apart=frozenset({(2, 1)}))
    with pytest.raises(ValueError, match="above 0"):
        terms(shift_minutes=0.0)
