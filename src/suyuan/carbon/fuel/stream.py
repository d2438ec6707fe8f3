"""Source streams: what a unit burns, converts, buys and sells by month, and the part of the claim that each makes.

kind          emission, tCO2
combustion    amount · carbon · oxidation · 44/12, carbon measured or heat value times carbon per heat
process       amount · factor (limestone, electrodes, alloys …), tCO2 to a unit of amount
credit        − amount · factor: carbon that leaves in a product
electricity   amount · factor, MW·h and tCO2/(MW·h)
heat          amount · factor, GJ and tCO2/GJ
input         amount · carbon · 44/12: into the boundary of a mass balance (`suyuan.carbon.sector.balance`)
output        − amount · carbon · 44/12: in products, by-products and waste
stock         − (end − begin) · carbon · 44/12: what stayed on the heap
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.claim import BALANCE, MONTHS, TONNE, Evidence, Part, unstated
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.factor import co2_per_carbon
from suyuan.carbon.fuel.calculation import EXACT, Burnt, Rounding, by_carbon, by_heat, months_of, plain
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row

KINDS = ("combustion", "process", "credit", "electricity", "heat", *BALANCE)
FACTORS: Mapping[str, tuple[str, ...]] = {
    "combustion": ("amount", "carbon", "heat_value", "carbon_per_heat", "oxidation"),
    "process": ("amount", "factor"),
    "credit": ("amount", "factor"),
    "electricity": ("amount", "factor"),
    "heat": ("amount", "factor"),
    **{kind: ("amount", "carbon") for kind in BALANCE},
}
"""Kind → the factors of its product, as components name them."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceStream:
    """One source stream of a year.

    kind: one of KINDS; amount (12,): by month, t, 10⁴ Nm³, MW·h or GJ, of a stock its change; levels (13,): of a stock
    at the begin of the year and the end of each month; given: factor → (12,) or a number, plain or a quantity (carbon
    of laboratory reports); components: of uncertainty, `of` names a factor; rows: rule rows that gave
    a factor, and the statements of the enterprise; evidence: certificates; defaults: months (1 to 12) without a report
    beside others with, whose carbon is heat value times carbon per heat; operated (12,): months in which the unit ran,
    so that an amount of zero is a fault, None where unknown; told: what is to be said of its rows
    (`suyuan.carbon.factor.foreign`); origins: factor → «measured», «default» or «stated», measured where not given.
    """

    name: str
    kind: str
    amount: NDArray[np.float64]
    given: Mapping[str, Any]
    components: tuple[Component, ...] = ()
    rows: tuple[Row, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    defaults: frozenset[int] = frozenset()
    rounding: Rounding = EXACT
    operated: NDArray[np.bool_] | None = None
    told: tuple[Finding, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    levels: NDArray[np.float64] | None = None

    @property
    def sign(self) -> float:
        """Whether its product adds to the tonnes or is taken off."""
        return -1.0 if self.kind in ("credit", "output", "stock") else 1.0

    @property
    def unknown(self) -> tuple[str, ...]:
        """The factors of its product, its amount among them, whose uncertainty nobody states."""
        stated = {one.of for one in self.components}
        by_itself = {name for name, value in self.given.items() if isinstance(value, Quantity)}
        return tuple(name for name in ("amount", *self.given) if name not in stated | by_itself)


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """A source stream as a part of the claim, with what was found on the way."""

    part: Part
    findings: tuple[Finding, ...] = ()


def part_of(stream: SourceStream) -> Streamed:
    """The part that a source stream makes. Raises Refused for a kind, factor or number that cannot be."""
    if stream.kind not in KINDS:
        raise Refused(finding("carbon.claim.word", stream.name, given=stream.kind[:40], known=", ".join(KINDS)))
    months_of(stream.amount, f"{stream.name}/amount")
    for one in stream.components:
        if one.of not in FACTORS[stream.kind]:
            raise Refused(finding("carbon.stream.component", stream.name, name=one.name, of=one.of or "∅",
                                  known=", ".join(FACTORS[stream.kind])))  # fmt: skip
    burnt = _burnt(stream)
    legal = stream.sign * np.broadcast_to(burnt.emission, (MONTHS,))
    months = _as_tonnes(stream.sign * burnt.best)
    part = Part(stream.name, stream.kind, months, tuple(legal.tolist()), _methods(stream, legal),
                unstated=stream.unknown)  # fmt: skip
    return Streamed(part, (*unstated([part]), *_told(stream)))


def _burnt(stream: SourceStream) -> Burnt:
    """Legal value from plain numbers with their rounding, best estimate from the same with components."""
    given = {name: value for name, value in stream.given.items() if value is not None}
    plain_given = {name: plain(value) for name, value in given.items()}
    uncertain = {name: _uncertain(stream, name, value) for name, value in given.items()}
    amount = amount_of(stream)
    if stream.kind in BALANCE:
        content = stream.rounding.at("carbon_content", plain_given[_needed(stream, "carbon")])
        legal = stream.rounding.at("emission", stream.amount * content * co2_per_carbon())
        return Burnt(None, content, legal, amount * uncertain["carbon"] * co2_per_carbon())
    if stream.kind != "combustion":
        factor = _needed(stream, "factor")
        legal = stream.rounding.at("emission", stream.amount * plain_given[factor])
        return Burnt(None, plain_given[factor], legal, amount * uncertain[factor])
    oxidation = _needed(stream, "oxidation")
    ways = []
    if "carbon" in given:
        legal_part = by_carbon(stream.amount, plain_given["carbon"], plain_given[oxidation], stream.rounding)
        ways.append((legal_part, by_carbon(amount, uncertain["carbon"], uncertain[oxidation]).best))
    if "carbon" not in given or stream.defaults:
        heat, carbon = _needed(stream, "heat_value"), _needed(stream, "carbon_per_heat")
        legal_part = by_heat(stream.amount, plain_given[heat], plain_given[carbon], plain_given[oxidation],
                             stream.rounding)  # fmt: skip
        ways.append((legal_part, by_heat(amount, uncertain[heat], uncertain[carbon], uncertain[oxidation]).best))
    if len(ways) == 1:
        return replace(ways[0][0], best=ways[0][1])
    (measured, best), (default, other) = ways
    taken = _in_defaults(stream)
    content, legal = (np.where(taken, of_default, of_reports) for of_default, of_reports in (
        (default.carbon_content, measured.carbon_content), (default.emission, measured.emission)))  # fmt: skip
    return Burnt(None, content, legal, best * (~taken).astype(float) + other * taken.astype(float))


def factor_of(stream: SourceStream, name: str) -> Any:
    """A factor with its components: a number, a quantity, or (12,). Raises Refused where it is not given."""
    return _uncertain(stream, name, stream.given[_needed(stream, name)])


def amount_of(stream: SourceStream) -> Any:
    """The amounts by month (12,) with their components; of a stock the differences of its levels, so that what errs in
    one level errs in two months, and cancels in the year but for its ends."""
    if stream.levels is None:
        return _uncertain(stream, "amount", stream.amount)
    mine = [_of_levels(one) for one in stream.components if one.of == "amount"]
    levels: Any = with_components(stream.levels, mine) if mine else stream.levels
    return levels[1:] - levels[:-1]


def _of_levels(one: Component) -> Component:
    """A component of some months at the levels at their ends, and that of January at the begin of the year too."""
    places = {place + 1 for place in one.places} | ({0} if 0 in one.places else set())
    return replace(one, places=frozenset(places))


def _needed(stream: SourceStream, name: str) -> str:
    if stream.given.get(name) is None:
        raise Refused(finding("carbon.stream.absent", f"{stream.name}/{name}", name=stream.name, factor=name))
    return name


def _uncertain(stream: SourceStream, name: str, value: Any) -> Any:
    """A factor with its components; one number for all months stays one number with one error."""
    mine = [one for one in stream.components if one.of == name]
    if not mine:
        return value
    if isinstance(value, Quantity) or np.ndim(value):
        return with_components(value, mine)
    scalar = with_components(np.array([float(value)]), mine)
    return scalar[0]


def _as_tonnes(best: Any) -> Quantity:
    """Tonnes by month; numbers of a rule are plain, so the unit is set here and nowhere else."""
    whole: Any = best if isinstance(best, Quantity) else with_components(np.asarray(best, float), ())
    whole = whole * np.ones(MONTHS)
    return Quantity(whole.value, TONNE, whole.blocks)


def _in_defaults(stream: SourceStream) -> NDArray[np.bool_]:
    """Months (12,) without a report beside others with."""
    return np.isin(np.arange(1, MONTHS + 1), sorted(stream.defaults))


def _methods(stream: SourceStream, legal: NDArray[np.float64]) -> dict[str, float]:
    """Tonnes by how they came about, from the origin of each factor.

    «stated» where any number is only said by the enterprise, else «default» where any but the oxidation comes from a
    rule or table, else «calculated». Oxidation is a rule's for every coal, so it tells nothing of a month.
    """
    by_heat_only = ("heat_value", "carbon_per_heat")
    first = [name for name in stream.given if "carbon" not in stream.given or name not in by_heat_only]
    shares: dict[str, list[float]] = {}
    for taken, tonnes in zip(_in_defaults(stream).tolist(), legal.tolist(), strict=True):
        names = [name for name in stream.given if name != "carbon"] if taken else first
        origins = {stream.origins.get(name, "measured") for name in names if name != "oxidation"}
        stated = "stated" in origins or stream.origins.get("oxidation") == "stated"
        method = "stated" if stated else "default" if taken or "default" in origins else "calculated"
        shares.setdefault(method, []).append(tonnes)
    return {name: total for name, all_ in shares.items() if (total := math.fsum(all_))} or {"calculated": 0.0}


def _told(stream: SourceStream) -> tuple[Finding, ...]:
    """What looks wrong though it can be computed."""
    told = list(stream.told)
    amount = stream.amount
    told += [
        finding("carbon.factor.stated", f"{stream.name}/{row['name']}", "warning", name=stream.name,
                source=row["source"], **named("factor", "factor", str(row["name"])))
        for row in stream.rows if row["status"] == "stated"
    ]  # fmt: skip
    if stream.operated is not None:
        told += [
            finding("carbon.stream.zero", f"{stream.name}/amount/{month}", "error", name=stream.name, month=month + 1)
            for month in np.flatnonzero((amount == 0.0) & stream.operated).tolist()
        ]
    used = amount[amount > 0.0] if stream.levels is None else amount[:0]
    if len(used) > 2:
        middle = float(np.median(used))
        told += [
            finding("carbon.stream.jump", f"{stream.name}/amount/{month}", "warning", name=stream.name, month=month + 1,
                    ratio=f"{amount[month] / middle:.3g}")
            for month in np.flatnonzero((amount > 0.0) & ((amount > 10 * middle) | (amount < middle / 20))).tolist()
        ]  # fmt: skip
    return tuple(told)
