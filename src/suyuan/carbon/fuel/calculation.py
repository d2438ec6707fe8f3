"""Emissions of fuel by calculation: E = FC · NCV · CC · OF · 44/12, or FC · C_ar · OF · 44/12 with measured carbon.

Legal value and best estimate are computed side by side. The legal value follows the rounding of the rule set, step by
step, each from the rounded one before: 21·10⁴ Nm³ of natural gas are 454.33 t with the carbon content rounded first,
454.68 t with the heat rounded to whole GJ, and 454.65 t without. The best
estimate is a quantity whose influences (belt scale, laboratory, sampling, oxidation) are those of its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.factor import co2_per_carbon
from suyuan.carbon.words import named
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity

HALVES: Mapping[str, str] = {"up": ROUND_HALF_UP, "even": ROUND_HALF_EVEN}
"""What a half is rounded to: away from zero (四舍五入), or to the even digit (GB/T 8170)."""
STEPS = ("heat", "carbon_content", "emission")
"""Results on the way that a rule may round; what follows is computed from the rounded one. Heat and carbon content are
two ways to the same tonnes, so a rule rounds one of them."""
MOST_DECIMALS = 12
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Rounding:
    """Decimals of the steps that a rule rounds. half: one of HALVES.

    Raises Refused for what it does not know, and for both heat and carbon content: each is a way of its own, and no
    result follows from both.
    """

    decimals: Mapping[str, int]
    half: str = "up"

    def __post_init__(self) -> None:
        for step, digits in self.decimals.items():
            if step not in STEPS:
                raise Refused(finding("carbon.fuel.rounding_step", f"/round/{step}", given=str(step)[:40],
                                      known=", ".join(STEPS)))  # fmt: skip
            if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DECIMALS:
                raise Refused(finding("carbon.fuel.rounding_digits", f"/round/{step}", given=str(digits)[:20],
                                      most=MOST_DECIMALS))  # fmt: skip
        if {"heat", "carbon_content"} <= set(self.decimals):
            raise Refused(finding("carbon.fuel.rounding_ways", "/round"))
        if self.half not in HALVES:
            raise Refused(finding("carbon.fuel.rounding_half", "/round/half", given=self.half[:20],
                                  known=", ".join(HALVES)))  # fmt: skip

    def at(self, step: str, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values rounded where the rule rounds this step; halves are taken from the shortest decimal of a float.

        >>> Rounding({"carbon_content": 2}).at("carbon_content", np.array([5.9642292]))
        array([5.96])
        """
        digits = self.decimals.get(step)
        if digits is None:
            return value
        place, half = Decimal(1).scaleb(-digits), HALVES[self.half]
        flat = [float(Decimal(repr(float(one))).quantize(place, rounding=half)) for one in np.ravel(value)]
        return np.reshape(np.array(flat), np.shape(value))


EXACT = Rounding({})


@dataclass(frozen=True, slots=True, eq=False)
class Burnt:
    """What a fuel emitted, by its periods. heat: GJ, None with measured carbon; carbon_content: tC to a unit of
    amount; emission: tCO2, the legal value with its rounding; best: tCO2 as a quantity, not rounded."""

    heat: NDArray[np.float64] | None
    carbon_content: NDArray[np.float64]
    emission: NDArray[np.float64]
    best: Any


def by_heat(amount: Any, net_calorific_value: Any, carbon_per_heat: Any, oxidation: Any,
            rounding: Rounding = EXACT) -> Burnt:  # fmt: skip
    """FC · (NCV · CC) · OF · 44/12; where the heat is rounded (FC · NCV) · CC · OF · 44/12, from the rounded heat.

    amount: t or 10⁴ Nm³; net_calorific_value: GJ to a unit of amount; carbon_per_heat: tC/GJ; oxidation: 0 to 1; each a
    quantity, a number or an array (periods,). Chinese sector guidelines (GB/T 32151), power and others.
    Raises Refused for a negative amount, heat value or carbon, and for an oxidation outside 0 to 1.

    >>> gas = by_heat(21.0, 389.31, 0.01532, 0.99)
    >>> float(gas.heat), round(float(gas.emission), 6)
    (8175.51, 454.653192)
    """
    content = net_calorific_value * carbon_per_heat
    burnt = by_carbon(amount, content, oxidation, rounding)
    heat = plain(amount) * plain(net_calorific_value)
    if "heat" not in rounding.decimals:
        return replace(burnt, heat=heat)
    heat = rounding.at("heat", heat)
    legal = rounding.at("emission", heat * plain(carbon_per_heat) * plain(oxidation) * co2_per_carbon())
    return replace(burnt, heat=heat, emission=legal)


def by_carbon(amount: Any, carbon_content: Any, oxidation: Any, rounding: Rounding = EXACT) -> Burnt:
    """FC · C · OF · 44/12 with C the carbon in a unit of amount, as received (measured elemental carbon).

    amount: t or 10⁴ Nm³; carbon_content: tC to a unit of amount; oxidation: 0 to 1; see `by_heat`.
    """
    for name, value in (("amount", amount), ("carbon_content", carbon_content)):
        _check(name, plain(value), 0.0, np.inf)
    _check("oxidation", plain(oxidation), 0.0, 1.0)
    content = rounding.at("carbon_content", plain(carbon_content))
    legal = rounding.at("emission", plain(amount) * content * plain(oxidation) * co2_per_carbon())
    return Burnt(None, content, legal, amount * carbon_content * oxidation * co2_per_carbon())


def plain(value: Any) -> NDArray[np.float64]:
    """The estimates of a quantity, a number or an array as an array of floats."""
    return np.asarray(value.value if isinstance(value, Quantity) else value, float)


def _check(name: str, value: NDArray[np.float64], low: float, high: float) -> None:
    bad = ~((value >= low) & (value <= high)) | ~np.isfinite(value)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        month = str(at + 1) if value.shape == (MONTHS,) else ""
        said = {"given": f"{float(value.flat[at]):g}", "month": month, **named("name", "factor", name)}
        if np.isinf(high):
            raise Refused(finding("carbon.fuel.negative", name, **said))
        raise Refused(finding("carbon.fuel.range", name, low=f"{low:g}", high=f"{high:g}", **said))


def months_of(values: Sequence[float] | NDArray[np.float64], name: str, months: int = MONTHS) -> NDArray[np.float64]:
    """Values by month as an array. Raises Refused where a month is left out: it is not a month of zero."""
    found = np.asarray(values, float)
    if found.shape != (months,):
        raise Refused(finding("carbon.fuel.months", name, name=name, given=found.size, months=months))
    return found
