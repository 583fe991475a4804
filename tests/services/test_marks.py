"""From submissions to marks, against the same rules worked out by trying everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from quizsvc.services.marks import (
    Adjustments,
    ItemRule,
    Result,
    SetRules,
    course_share,
    mark_of,
    share_of_item,
    valid_results,
)

START = datetime(2026, 11, 3, 18, tzinfo=UTC)
KEYS = ("chain", "relu", "norm")

shares = st.integers(0, 12).map(lambda twelfths: Fraction(twelfths, 12))
minutes = st.integers(0, 5).map(lambda number: START + timedelta(minutes=number))
typed = st.builds(
    Result,
    variant=st.integers(1, 3),
    score=shares,
    time_credit=st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]),
    counted=st.booleans(),
    origin=st.sampled_from(["typed", "draft"]),
    arrived_at=minutes,
)
on_paper = st.builds(
    Result,
    variant=st.just(1),
    score=shares,
    time_credit=st.just(Fraction(1)),
    counted=st.booleans(),
    origin=st.just("paper"),
    arrived_at=minutes,
)
of_item = st.one_of(st.lists(typed, max_size=6), st.lists(on_paper, max_size=3))
ways = st.sampled_from(["best", "last", "average"])
dropped = st.sampled_from(["no", "no", "excluded", "full-marks"])
rules_of_sets = st.builds(
    lambda points, states, way: SetRules(
        {key: ItemRule(key, worth, state) for key, worth, state in zip(KEYS, points, states, strict=True)}, way
    ),
    st.tuples(*[st.integers(1, 20)] * len(KEYS)),
    st.tuples(*[dropped] * len(KEYS)),
    ways,
)
by_hand = st.builds(
    Adjustments,
    items=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 60).map(lambda points: Fraction(points, 2))),
    whole=st.none() | st.integers(0, 120).map(lambda points: Fraction(points, 2)),
    held=st.none() | shares,
)
works = st.dictionaries(st.sampled_from(KEYS), of_item)


def brute_share(results, way):
    """The share of one item, found by asking of every submission whether it decides."""
    if any(one.origin == "paper" for one in results):
        results = [results[len(results) - 1]]
    worth = [one for one in results if one.counted is True and one.time_credit != 0]
    if worth == []:
        return None
    gained = {place: one.score * one.time_credit for place, one in enumerate(worth)}
    if way == "best":
        [*_, best] = sorted(gained.values())
        return best
    if way == "last":
        for place, one in enumerate(worth):
            later = [other.arrived_at > one.arrived_at for other in worth[:place]]
            as_late = [other.arrived_at >= one.arrived_at for other in worth[place + 1 :]]
            if not any(later) and not any(as_late):
                return gained[place]
    by_variant = [
        max(gained[place] for place, one in enumerate(worth) if one.variant == variant)
        for variant in sorted({one.variant for one in worth})
    ]
    total = Fraction(0)
    for best in by_variant:
        total += Fraction(best, len(by_variant))
    return total


def brute_mark(rules, keys, work, adjustments):
    """Points earned, and points that can be earned, added up one by one."""
    possible, earned = 0, Fraction(0)
    for key in keys:
        rule = rules.items[key]
        if rule.dropped == "excluded":
            continue
        possible += rule.points
        if key in adjustments.items:
            earned += min(adjustments.items[key], Fraction(rule.points))
        elif rule.dropped == "full-marks":
            earned += rule.points
        else:
            earned += (brute_share(work.get(key, []), rules.grade_by) or 0) * rule.points
    floor = (adjustments.held or 0) * possible
    return (max(earned, floor) if adjustments.whole is None else min(adjustments.whole, Fraction(possible))), possible


@given(of_item, ways)
def test_an_item_is_worth_what_its_best_last_or_average_submission_is(results, way):
    assert share_of_item(results, way) == brute_share(results, way)


@given(rules_of_sets, works, by_hand)
def test_a_set_is_worth_its_items_with_what_was_dropped_set_by_hand_and_held(rules, work, adjustments):
    mark = mark_of(rules, KEYS, work, adjustments)
    assert (mark.earned, mark.max_points) == brute_mark(rules, KEYS, work, adjustments)


@given(rules_of_sets, works, by_hand)
def test_marks_are_exact_and_from_nothing_to_all_there_is(rules, work, adjustments):
    mark = mark_of(rules, KEYS, work, adjustments)
    assert type(mark.earned) is Fraction
    assert 0 <= mark.earned <= mark.max_points == rules.max_points(KEYS)
    assert mark.share is None if not mark.max_points else 0 <= mark.share <= 1
    for item in mark.items:
        assert type(item.earned) is Fraction
        assert 0 <= item.earned <= item.points


@given(st.lists(typed, max_size=6).flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_for_the_best_and_the_average_the_order_plays_no_part(orders):
    for way in ("best", "average"):
        assert share_of_item(orders[0], way) == share_of_item(orders[1], way)


@given(st.lists(typed, max_size=6), typed, ways, st.data())
def test_what_comes_too_late_for_any_credit_or_cannot_be_read_changes_nothing(results, one, way, data):
    place = data.draw(st.integers(0, len(results)))
    worthless = one if not one.time_credit or not one.counted else Result(**fields(one) | {"time_credit": Fraction(0)})
    assert share_of_item([*results[:place], worthless, *results[place:]], way) == share_of_item(results, way)


def fields(result):
    return {name: getattr(result, name) for name in Result.__slots__}


@given(st.lists(typed, min_size=1, max_size=6), typed)
def test_no_submission_lowers_a_mark_that_is_made_by_the_best(results, one):
    assert (share_of_item([*results, one], "best") or 0) >= (share_of_item(results, "best") or 0)


@given(st.lists(on_paper, min_size=1, max_size=4), ways)
def test_what_was_typed_in_from_a_paper_last_corrects_all_before(results, way):
    last = results[-1]
    assert share_of_item(results, way) == (last.share if last.counted else None)
    assert valid_results(results) == ([last] if last.counted else [])


def test_late_work_counts_with_its_credit_and_the_last_of_two_at_one_instant_is_the_later_one():
    def result(score, minute, credit=1):
        when = START + timedelta(minutes=minute)
        return Result(1, Fraction(score), Fraction(credit), counted=True, origin="typed", arrived_at=when)

    in_time, late = result("1/2", 0), result(1, 1, "3/4")
    assert share_of_item([in_time, late], "best") == Fraction(3, 4)
    assert share_of_item([late, in_time], "last") == Fraction(3, 4)
    assert share_of_item([result("1/4", 2), result("1/3", 2)], "last") == Fraction(1, 3)


@given(works, by_hand)
def test_what_is_excluded_counts_for_nobody_even_where_a_mark_was_set_by_hand(work, adjustments):
    rules = SetRules({"chain": ItemRule("chain", 7, "excluded"), "relu": ItemRule("relu", 5)})
    without = SetRules({"relu": rules.items["relu"]})
    mark, other = mark_of(rules, ("chain", "relu"), work, adjustments), mark_of(without, ("relu",), work, adjustments)
    assert (mark.earned, mark.max_points, mark.share) == (other.earned, other.max_points, other.share)


@given(works)
def test_a_mark_by_hand_holds_and_taken_back_it_is_again_what_the_work_earned(work):
    rules = SetRules({key: ItemRule(key, 10) for key in KEYS})
    plain = mark_of(rules, KEYS, work)
    by_item = mark_of(rules, KEYS, work, Adjustments({"relu": Fraction(15, 2)}))
    own = {item.key: item.earned for item in plain.items}
    assert by_item.earned == own["chain"] + Fraction(15, 2) + own["norm"]
    assert mark_of(rules, KEYS, work, Adjustments(whole=Fraction(3, 2))).earned == Fraction(3, 2)
    assert mark_of(rules, KEYS, work, Adjustments()) == plain


@given(rules_of_sets, works, shares)
def test_a_held_mark_never_falls_below_its_floor_and_rises_with_the_work(rules, work, floor):
    plain, held = mark_of(rules, KEYS, work), mark_of(rules, KEYS, work, Adjustments(held=floor))
    assert held.earned == max(plain.earned, floor * plain.max_points)
    assert (held.source == "held") == (held.earned > plain.earned)


def test_who_has_not_begun_has_of_each_pool_as_many_as_are_picked():
    pooled = {
        "first": ItemRule("first", 3),
        **{f"a{place}": ItemRule(f"a{place}", 5, pool=1, pick=2) for place in range(4)},
        **{f"b{place}": ItemRule(f"b{place}", 2, pool=2, pick=1) for place in range(3)},
    }
    rules = SetRules(pooled)
    assert rules.usual_keys == ("first", "a0", "a1", "b0")
    assert rules.max_points() == 3 + 2 * 5 + 2 == rules.max_points(["first", "a2", "a3", "b2"])


weights = st.integers(0, 4).map(Fraction)
courses = st.dictionaries(st.integers(1, 9), st.tuples(shares, weights), max_size=5)
equal_courses = st.dictionaries(st.integers(1, 9), shares, min_size=1, max_size=5)


@given(equal_courses, st.integers(0, 6), st.integers(1, 30))
def test_without_the_lowest_a_course_is_worth_the_most_that_leaving_out_so_many_can_give(of_sets, count, weight):
    share, left_out = course_share({one: (share, Fraction(weight)) for one, share in of_sets.items()}, count)
    fewer = min(count, len(of_sets) - 1)
    assert len(left_out) == fewer
    kept = [list(some) for some in combinations(of_sets.values(), len(of_sets) - fewer)]
    assert share == max(sum(some, Fraction(0)) / len(some) for some in kept)


@given(courses, st.integers(0, 6))
def test_a_course_is_worth_the_weighted_mean_of_what_is_kept_and_never_is_all_left_out(of_sets, count):
    share, left_out = course_share(of_sets, count)
    weighed = [one for one, (_share, weight) in of_sets.items() if weight]
    assert left_out <= set(of_sets)
    assert (share is None) == (not weighed)
    if share is not None:
        kept = [of_sets[one] for one in of_sets if one not in left_out]
        assert sum((share - of_set) * weight for of_set, weight in kept) == 0
        assert min(of_set for of_set, weight in kept if weight) <= share <= max(of_set for of_set, _weight in kept)


@given(courses, st.integers(0, 6))
def test_nothing_that_is_kept_is_lower_than_what_is_left_out(of_sets, count):
    _share, left_out = course_share(of_sets, count)
    kept = [of_set for one, (of_set, weight) in of_sets.items() if one not in left_out and weight]
    assert all(of_sets[one][0] <= of_set for one in left_out for of_set in kept)


def test_of_equal_sets_the_one_that_weighs_more_is_left_out_and_then_the_later_one():
    half = Fraction(1, 2)
    assert course_share({1: (half, Fraction(2)), 2: (half, Fraction(3))}, 1)[1] == {2}
    assert course_share({1: (half, Fraction(2)), 2: (half, Fraction(2))}, 1)[1] == {2}
