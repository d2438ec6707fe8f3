"""The year of a stack as a part of a claim: shares, certificates with their months, rows of rules."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon.stack import monitored

from .stacks import HJ75, HOURS, certificate, certificates, minutes, year

SECOND = certificate("co2", since=int(HOURS.begin[HOURS.of_month(7).start]), number="co2-C2")
ENDS = certificate("velocity", until=HOURS.end)


@pytest.fixture(scope="module")
def made():  # type: ignore[no-untyped-def]
    every = [one for one in certificates() if one.instrument != "velocity-1"]
    read = {m: minutes(m, lost=[(60 * 300, 60 * 9, 2)]) for m in range(1, 13)}
    return year(HJ75, read, every=[*every, SECOND, ENDS])[0]


def test_a_year_is_a_part_of_a_claim(made) -> None:  # type: ignore[no-untyped-def]
    brought = monitored([made])
    (part,) = brought.parts
    assert part.kind == "monitoring" and part.months.shape == (12,)
    assert sum(part.legal) == pytest.approx(float(made.total().value), rel=1e-12)
    assert part.months.sum().same_as(made.total("best"))
    hours = 12 * 9
    assert (
        part.methods["substituted"] == pytest.approx(np.nansum(made.legal[made.rule >= 0]), rel=1e-9)
        and made.shares["hj75.substitution.1"][0] == hours
    )
    assert {"hj75.substitution.1", "hj75.valid_minutes"} <= {row["id"] for row in brought.rows}


def test_certificates_stand_with_the_months_in_which_they_counted(made) -> None:  # type: ignore[no-untyped-def]
    behind = {one.number: one for one in monitored([made]).evidence}
    assert behind["co2-C1"].months == tuple(range(1, 7)) and behind["co2-C2"].months == tuple(range(7, 13))
    assert behind["velocity-C1"].valid_until == date(2024, 12, 31)
    assert behind["moisture-C1"].valid_until is None


def test_a_part_of_a_year_is_no_claim() -> None:
    short, _ = year(HJ75, {2: minutes(2)})
    with pytest.raises(Refused):
        monitored([short])
