"""What 40 CFR 75 asks of hourly records: admitted codes, availability of a monitor, hours of the initial rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Refused, finding


def admitted_codes(rules: Rules, availability: float, codes: Sequence[str]) -> tuple[str, ...]:
    """Those method codes that are admitted at an availability in percent, in the order given.

    Raises Refused for a code that the rules do not know.

    >>> from datetime import date
    >>> from suyuan.carbon.rule import rules
    >>> admitted_codes(rules("40 CFR 75", date(2024, 1, 1)), 90.0, ["06", "08", "09", "10", "11"])
    ('06', '09', '11')

    Source: US EPA ECMPS check engine, HOURMHV9 and HOURMHV10.
    """
    bands = rules.value("codes")
    for at, code in enumerate(codes):
        if code not in bands:
            raise Refused(finding("carbon_monitoring.code.unknown", f"codes.{at}", given=str(code)[:20],
                                  known=", ".join(bands)))  # fmt: skip
    return tuple(c for c in codes if bands[c][0] <= availability < (bands[c][1] or np.inf))


def initial_hours(rules: Rules, parameters: Sequence[str]) -> tuple[int, ...]:
    """Quality-assured hours under the initial rule, by parameter. Raises Refused for another one."""
    known = rules.value("initial_hours")
    for at, name in enumerate(parameters):
        if name not in known:
            raise Refused(finding("carbon_monitoring.parameter.unknown", f"parameters.{at}", name=str(name)[:40],
                                  known=", ".join(known)))  # fmt: skip
    return tuple(int(known[name]) for name in parameters)


def availability(rules: Rules, operating: NDArray[np.bool_], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Percent monitor availability at each hour (n,): 100·valid/operating over the last 8760 operating hours so far.

    operating, valid (n,): by hour, in order. NaN before the first operating hour.
    """
    limit = int(rules.value("availability_hours"))
    place = np.cumsum(operating)
    counted = np.concatenate(([0], np.cumsum((valid & operating)[operating])))
    first = np.maximum(place - limit, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(100.0 * (counted[place] - counted[first]) / (place - first), float)
