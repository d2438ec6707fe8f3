"""Substitution under three laws: bands and their edges, look-backs, gaps that meet, codes that stand for nothing."""

from __future__ import annotations

import gzip
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.carbon.monitoring.lost.part75 import admitted_codes, availability, initial_hours
from suyuan.carbon.monitoring.lost.substitution import Gap, Series, band, gaps_of, substitute, taken_out
from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon import monitoring

from .stacks import HJ75, MRR, PART75, law

VALUES = np.concatenate([np.arange(3000.0)[::-1], np.full(1000, 5.0)])
"""Falling, so that how far a look-back goes can be read from its largest value."""


def value(scheme: str, gap: tuple[int, int], level: float, values: Any = VALUES, **more: Any) -> float:
    series = taken_out(values, [gap])
    made, _ = substitute(law(scheme), Series(series.value, series.valid, **more), Gap(*gap), level)
    return made.value


@pytest.mark.parametrize(
    ("level", "hours", "back"),
    [(90.0, 24, 180), (90.0, 25, 720), (89.999, 24, 2160), (75.0, 100, 2160), (100.0, 1, 180), (100.0, 200, 720)],
)
def test_hj75_looks_back_as_far_as_its_band_says(level: float, hours: int, back: int) -> None:
    assert value(HJ75, (2500, 2500 + hours), level) == 2999.0 - (2500 - back)


def test_hj75_has_no_value_below_its_bands() -> None:
    made, told = substitute(law(HJ75), taken_out(VALUES, [(2500, 2510)]), Gap(2500, 2510), 74.999)
    assert math.isnan(made.value) and [f.code for f in told] == ["carbon_monitoring.substitution.no_band"]


@pytest.mark.parametrize(
    ("level", "hours", "expected"),
    [
        (95.0, 24, (501.0 + 476.0) / 2),  # mean of before and after
        (95.0, 25, 500.0 + 0.9 * 720),  # 90th percentile of 720, nearest rank
        (94.999, 8, (501.0 + 492.0) / 2),
        (94.999, 9, 500.0 + 0.95 * 720),
        (90.0, 9, 500.0 + 0.95 * 720),
        (89.999, 1, 500.0 + 720.0),  # the largest of 720
        (80.0, 30, 500.0 + 720.0),
        (79.999, 1, 4321.0),  # the potential value
    ],
)
def test_part75_bands(level: float, hours: int, expected: float) -> None:
    assert value(PART75, (2499, 2499 + hours), level, potential=4321.0) == pytest.approx(expected)


def test_part75_takes_the_mean_where_it_is_larger() -> None:
    values = np.concatenate([np.full(800, 10.0), np.zeros(30), np.full(50, 100.0)])
    assert value(PART75, (800, 830), 96.0, values) == 55.0


def test_part75_wants_the_potential_value() -> None:
    made, told = substitute(law(PART75), taken_out(VALUES, [(100, 101)]), Gap(100, 101), 50.0)
    assert not made.known and [f.code for f in told] == ["carbon_monitoring.substitution.potential"]


def test_the_european_value_is_mean_and_twice_the_spread() -> None:
    x = np.array([10.0, 12.0, 14.0, np.nan])
    made, _ = substitute(law(MRR), Series(x, np.isfinite(x)), Gap(3, 4), 10.0)
    assert made.value == pytest.approx(12.0 + 2.0 * 2.0)
    flat = Series(np.full(4, 3.0), np.array([True, True, True, False]))
    assert substitute(law(MRR), flat, Gap(3, 4), 10.0)[0].value == 3.0  # no spread at all
    one = Series(np.full(2, 3.0), np.array([True, False]))
    assert not substitute(law(MRR), one, Gap(1, 2), 10.0)[0].known


def test_few_hours_to_look_back_on_are_told() -> None:
    series = taken_out(VALUES, [(100, 110)])
    made, told = substitute(law(HJ75), series, Gap(100, 110), 95.0)
    assert made.value == 2999.0 and made.looked_back == 100
    assert [f.code for f in told] == ["carbon_monitoring.substitution.short"]
    start, told = substitute(law(HJ75), taken_out(VALUES, [(0, 5)]), Gap(0, 5), 95.0)
    assert not start.known and [f.code for f in told] == ["carbon_monitoring.substitution.nothing"]


@pytest.mark.parametrize("gaps", [[(5, 10), (9, 12)], [(5, 10), (10, 12)], [(20, 30), (5, 40)]])
def test_gaps_that_meet_are_one(gaps: list[tuple[int, int]]) -> None:
    with pytest.raises(Refused) as caught:
        taken_out(VALUES, gaps)
    assert caught.value.findings[0].code == "carbon_monitoring.gap.meet"


@pytest.mark.parametrize("gap", [(5, 5), (7, 5), (-1, 3), (3990, 4001)])
def test_a_gap_lies_within_the_hours(gap: tuple[int, int]) -> None:
    with pytest.raises(Refused) as caught:
        taken_out(VALUES, [gap])
    assert caught.value.findings[0].code == "carbon_monitoring.gap.place"


def test_only_the_row_that_decides_is_noted() -> None:
    rules = law(HJ75)
    assert band(rules, 80.0) is not None
    assert set(rules.used) == {"hj75.substitution.2"}


def test_codes_admit_their_bands_only() -> None:
    rules = law(PART75)
    every = ["06", "08", "09", "10", "11"]
    assert admitted_codes(rules, 94.99, every) == ("06", "09", "11")
    assert admitted_codes(rules, 95.0, every) == ("06", "08", "11")
    assert admitted_codes(rules, 89.99, every) == ("10",)
    assert admitted_codes(rules, 80.0, every) == ("10",) and admitted_codes(rules, 79.99, every) == ()
    with pytest.raises(Refused):
        admitted_codes(rules, 95.0, ["99"])
    assert initial_hours(rules, ["flow"]) == (2160,)
    with pytest.raises(Refused):
        initial_hours(rules, ["dust"])


def test_availability_forgets_what_is_older_than_its_hours() -> None:
    operating = np.ones(9000, bool)
    valid = operating.copy()
    valid[:100] = False
    found = availability(law(PART75), operating, valid)
    assert (found[99], found[199]) == (0.0, 50.0)
    assert found[8759] == pytest.approx(100.0 * 8660 / 8760) and found[8859] == 100.0
    operating[50:60] = False
    assert availability(law(PART75), operating, valid)[60] == 0.0
    assert np.isnan(availability(law(PART75), np.zeros(3, bool), np.zeros(3, bool))).all()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(1.0, 1000.0), min_size=20, max_size=200),
    st.data(),
)
def test_the_rule_is_never_undercut(values: list[float], data: Any) -> None:
    """HJ 75 gives the largest of what it looks back on; Part 75 at least the mean, and at least its percentile."""
    x = np.array(values)
    start = data.draw(st.integers(1, len(x) - 2))
    stop = data.draw(st.integers(start + 1, len(x) - 1))
    hj = value(HJ75, (start, stop), 80.0, x)
    assert hj == x[:start].max()
    us = value(PART75, (start, stop), 92.0, x)
    mean = (x[start - 1] + x[stop]) / 2.0
    assert us >= mean - 1e-9
    if stop - start > 8:
        rank = math.ceil(0.95 * min(start, 720) - 1e-9)
        assert us == pytest.approx(max(mean, np.sort(x[:start][-720:])[rank - 1]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_gaps_cover_what_is_lost(lost: list[bool]) -> None:
    covered = np.zeros(len(lost), bool)
    for gap in gaps_of(np.array(lost, bool)):
        assert not covered[gap.start : gap.stop].any()
        covered[gap.start : gap.stop] = True
    assert covered.tolist() == lost


# ---------------------------------------------------------------- cases


def files(text: str) -> Any:
    return lambda name: gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()


HOURS = "unit,so2,rate,heat\n" + "\n".join(
    f"1,{v},{r},{h}" for v, r, h in [(6, 2, 3), (-9, 4, 5), (0, 0, 7), (8, 2, 4)]
)


def test_a_missing_code_is_missing_and_zero_is_a_value() -> None:
    body = {"file": "a.csv", "filter": {"unit": "1"}, "missing_code": -9, "result": "so2", "product": ["rate", "heat"],
            "sum_column": "so2"}  # fmt: skip
    found = monitoring.hourly_consistency(body, files(HOURS))
    assert (found["hours"], found["compared"], found["sum"], found["missing"]) == (4, 3, 14.0, 1)
    assert found["max_relative_difference"] == 0.0
    counted = monitoring.series_statistics({"file": "a.csv", "columns": {"so2": ["n", "mean", "sd", "p95"]},
                                            "missing_code": -9}, files(HOURS))["so2"]  # fmt: skip
    assert (counted["n"], counted["mean"]) == (3, pytest.approx(14.0 / 3.0))
    assert counted["p95"] == pytest.approx(np.quantile([6.0, 0.0, 8.0], 0.95))
    naive = monitoring.series_statistics({"file": "a.csv", "columns": {"so2": ["n"]}}, files(HOURS))["so2"]
    assert naive["n"] == 4


def test_an_intensity_of_nothing_is_refused() -> None:
    table = "what,2001\nmass,\ngen,5\nzero,0\nmass2,3\n"
    for mass, generation, code in (("mass", "gen", "sum.empty"), ("mass2", "zero", "sum.zero")):
        body = {"file": "a.csv", "mass": {"filter": {"what": mass}, "column": "2001"},
                "generation": {"filter": {"what": generation}, "column": "2001"}}  # fmt: skip
        with pytest.raises(Refused) as caught:
            monitoring.emission_intensity(body, files(table))
        assert caught.value.findings[0].code == f"carbon_monitoring.{code}"


def test_a_substitution_without_a_value_is_null_and_told() -> None:
    body = {"rule_set": "HJ 75", "file": "a.csv", "column": "rate", "gaps": [[0, 1], [2, 3]],
            "availability_percent": [95, 60]}  # fmt: skip
    found = monitoring.substitution(body, files(HOURS))
    assert found["substitute"] == [[None, 4.0], [None, None]]
    codes = [item["code"].rpartition(".")[2] for item in found["findings"]]
    assert codes.count("nothing") == 1 and codes.count("no_band") == 2 and codes.count("short") == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"rule_set": "HJ 76"}, "/input/rule_set"),
        ({"rule_set": "HJ 75", "file": "a.csv", "column": "rate", "gaps": [], "availability_percent": [90]},
         "/input/gaps"),
        ({"rule_set": "HJ 75", "file": "a.csv", "column": "rate", "gaps": [[0]], "availability_percent": [90]},
         "/input/gaps/0"),
        ({"rule_set": "HJ 75", "file": "a.csv", "column": "rate", "gaps": [[0, 1]], "availability_percent": [101]},
         "/input/availability_percent/0"),
        ({"rule_set": "HJ 75", "file": "a.csv", "column": "no", "gaps": [[0, 1]], "availability_percent": [90]},
         "/input/column"),
    ],
)  # fmt: skip
def test_bad_cases_are_told_where(body: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as caught:
        monitoring.substitution(body, files(HOURS))
    assert where in [item.where for item in caught.value.findings]
