"""The pass over columns says what the plain function says, for any records and any day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.talent.columns import columns, states
from suyuan.talent.joined import Records
from suyuan.talent.records import Requirement
from suyuan.talent.scopes import later_by_months
from suyuan.talent.standing import STATES, after_months, of_authorisation, standing
from tests.talent.made import LAB, OTHER, event, granted, interval, outcome, person, records, shown, unit

FIRST = date(2024, 1, 1)
days = st.integers(0, 900).map(lambda n: FIRST + timedelta(n))
maybe = st.one_of(st.none(), days)
early = st.integers(0, 200).map(lambda n: FIRST + timedelta(n))
seldom = st.one_of(st.none(), st.none(), st.none(), days)
persons = st.sampled_from(["P-1", "P-2", "P-3"])
units = st.sampled_from(["U-1", "U-2", "U-3"])
KINDS = ("training", "exam", "witnessed", "comparison", "contest")
kinds = st.sampled_from(KINDS)


@st.composite
def many(draw: Any) -> Records:
    """Three persons, three units, anything else."""
    rows: list[Any] = []
    for id in ("P-1", "P-2"):
        for lab in draw(st.sampled_from([[LAB], [OTHER], [LAB, OTHER], [LAB, LAB]])):
            rows.append(
                (lab["zh"], person(id, f"演示{id}", lab, employed_from=draw(seldom), employed_until=draw(seldom)))
            )
    rows += [unit("U-1"), unit("U-2", interval=interval(0.2, 2.0, "m"), method="JJG 100", edition="2003")]
    rows += [
        unit("U-3", draw(st.sampled_from(["mass", "长度"])), interval=None, method=draw(st.sampled_from(["", "M"])))
    ]
    for n in range(draw(st.integers(0, 5))):
        basis = tuple(draw(st.lists(st.sampled_from([f"E-{m}" for m in range(6)]), max_size=2)))
        rows.append(granted(
            f"A-{n}", draw(st.sampled_from([*["P-1", "P-2"] * 4, "P-9"])), draw(units), granted=draw(early),
            valid_from=draw(early), valid_until=draw(seldom), laboratory=draw(st.sampled_from([LAB, LAB, OTHER])),
            basis=basis,
            edition=draw(st.sampled_from(["", "2011", "2026"])),
        ))  # fmt: skip
    for n in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["suspended", "suspended", "resumed", "withdrawn", "method_revised"]))
        of = draw(st.sampled_from([*(f"A-{m}" for m in range(5)), ""]))
        rows.append(event(kind, draw(days), f"X-{n}", of, method=draw(st.sampled_from(["JJG 146", "JJG 100", "M"])),
                          edition=draw(st.sampled_from(["", "2011", "2026"]))))  # fmt: skip
    for n in range(draw(st.integers(0, 4))):
        measure = draw(st.sampled_from(["count", "sum", "latest"]))
        rows.append(Requirement(f"R-{n}", draw(units), draw(kinds), measure, draw(st.sampled_from([1.0, 2.0, 0.3])),
                                draw(st.sampled_from([0, 1, 12]))))  # fmt: skip
    for n in range(draw(st.integers(0, 8))):
        rows.append(shown(
            f"E-{n}", draw(kinds), draw(days), person=draw(persons),
            unit=draw(st.sampled_from(["", "U-1", "U-2", "U-9"])),
            quantity=draw(st.sampled_from(["", "length", "mass", "time"])), good=draw(st.booleans()),
            value=draw(st.sampled_from([None, 0.1, 0.2, 1.0, 2.0])), valid_until=draw(maybe),
        ))  # fmt: skip
    verdicts = st.sampled_from(["satisfactory", "unsatisfactory", "questionable"])
    found = tuple(
        outcome(draw(verdicts), draw(days), draw(persons), remedied=draw(maybe), comparison=f"C-{n}",
                nominal=draw(st.sampled_from(["", "50 mm", "0.5 m", "10 kg"])))
        for n in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    return records(*rows, outcomes=found)


@settings(max_examples=300, deadline=None)
@given(many(), st.lists(days, min_size=1, max_size=4))
def test_columns_say_what_the_plain_function_says(known: Records, when: list[date]) -> None:
    given_ = columns(known)
    for day in when:
        found = states(given_, day)
        each = [STATES[code] for code in found.of_authorisation]
        assert each == [of_authorisation(known, a, day).state for a in known.authorisations]
        for person_ in found.persons:
            for unit_ in found.units:
                assert found.state(person_, unit_) == standing(known, person_, unit_, day).state
    assert found.state("nobody", "U-1") == "unknown"


@given(st.lists(days, min_size=1, max_size=5), st.integers(1, 60))
def test_months_are_added_alike(given_: list[date], months: int) -> None:
    found = later_by_months(np.array([d.toordinal() for d in given_]), np.full(len(given_), months))
    assert [date.fromordinal(int(d)) for d in found] == [after_months(d, months) for d in given_]


def test_the_last_days_of_the_calendar() -> None:
    known = records(person(), unit(), granted(valid_from=date.min, valid_until=date.max),
                    Requirement("R-1", "U-1", "training", "count", 1.0, 12), shown(day=date(9999, 11, 1)))  # fmt: skip
    assert states(columns(known), date.max).state("P-1", "U-1") == "authorised"
    assert states(columns(records()), date.max).states.shape == (0, 0)
