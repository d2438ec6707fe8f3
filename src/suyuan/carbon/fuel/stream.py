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
ALL_FACTORS = tuple(dict.fromkeys(name for names in FACTORS.values() for name in names))
BY_HEAT = ("heat_value", "carbon_per_heat")
"""What gives carbon where it is not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceStream:
    """One source stream of a year.

    kind: one of KINDS; amount (12,): by month, t, 10⁴ Nm³, MW·h or GJ, of a stock its change; levels (13,): of a stock
    at the begin of the year and the end of each month; given: factor → (12,) or a number, plain or a quantity (carbon
    of laboratory reports); components: of uncertainty, `of` names a factor; rows: factor → the rule row that gave it,
    with the number that was taken from it, or the statement of the enterprise; evidence: certificates; defaults: months
    (1 to 12) without a report beside others with, whose carbon is heat value times carbon per heat; operated (12,):
    months in which the unit ran, so that an amount of zero is a fault, None where unknown; told: what is to be said of
    its rows (`suyuan.carbon.factor.foreign`); origins: factor → «measured», «default» or «stated», measured where not
    given; pointer: where it stands in its document; heat: net calorific value (12,) that its reports state, GJ/t, NaN
    where one has none: it enters no product; bare: months (1 to 12) of whose carbon reports leave a part of the
    uncertainty unstated; lapsed: factor → months whose certificate was withdrawn, so that nobody states its error.
    """

    name: str
    kind: str
    amount: NDArray[np.float64]
    given: Mapping[str, Any]
    components: tuple[Component, ...] = ()
    rows: Mapping[str, Row] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    defaults: frozenset[int] = frozenset()
    rounding: Rounding = EXACT
    operated: NDArray[np.bool_] | None = None
    told: tuple[Finding, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    levels: NDArray[np.float64] | None = None
    pointer: str = ""
    heat: NDArray[np.float64] | None = None
    bare: frozenset[int] = frozenset()
    lapsed: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def where(self, *path: object) -> str:
        """A place below this stream: a JSON pointer, or words where it stands in no document."""
        return "/".join(map(str, (self.pointer or self.name, *path)))

    @property
    def sign(self) -> float:
        """Whether its product adds to the tonnes or is taken off."""
        return -1.0 if self.kind in ("credit", "output", "stock") else 1.0

    @property
    def unstated(self) -> Mapping[str, NDArray[np.bool_]]:
        """Factor of its product, its amount among them → months (12,) in which it counts and nobody states its
        uncertainty; of months in which nothing was burnt there is nothing to state.

        Where months share an error, such as that of a calibration, the other months have one too: a scatter of their
        own does not state it.
        """
        some = np.asarray(self.amount) != 0.0
        found = {}
        for name in ("amount", *self.given):
            itself = isinstance(self.given.get(name), Quantity)
            stated = itself & ~np.isin(np.arange(1, MONTHS + 1), sorted(self.bare))
            for one in self.components:
                if one.of == name:
                    stated |= np.isin(np.arange(MONTHS), sorted(one.places)) if one.places else True
            calibrated = [one.places or range(MONTHS) for one in self.components if one.of == name and one.shared]
            if calibrated and not itself:
                stated &= np.isin(np.arange(MONTHS), [place for places in calibrated for place in places])
            stated = stated & ~np.isin(np.arange(1, MONTHS + 1), sorted(self.lapsed.get(name, ())))
            lacking = some & self.used(name) & ~stated
            if lacking.any():
                found[name] = lacking
        return found

    def counts(self, name: str) -> bool:
        """Whether a factor moves the tonnes of any month; a default for a month without fuel does not."""
        some = np.ones(MONTHS, bool) if self.levels is not None else self.amount != 0.0
        return bool((some & self.used(name)).any())

    def used(self, name: str) -> NDArray[np.bool_]:
        """Months (12,) in which a factor enters the product: where carbon is measured, heat value and carbon per heat
        stand in for it in the months without a report only; of a month in which nothing was burnt none is needed."""
        default = _in_defaults(self)
        if "carbon" not in self.given or name not in ("carbon", *BY_HEAT):
            return np.ones(MONTHS, bool)
        return default if name in BY_HEAT else ~default & (plain(self.given["carbon"]) > 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """A source stream as a part of the claim, with what was found on the way."""

    part: Part
    findings: tuple[Finding, ...] = ()


def part_of(stream: SourceStream) -> Streamed:
    """The part that a source stream makes. Raises Refused for a kind, factor or number that cannot be."""
    if stream.kind not in KINDS:
        raise Refused(
            finding("carbon.claim.word", stream.where("kind"), given=stream.kind[:40], known=", ".join(KINDS))
        )
    months_of(stream.amount, stream.where("amount"))
    for one in stream.components:
        if one.of not in FACTORS[stream.kind]:
            raise Refused(finding("carbon.stream.component", stream.where("components"), name=one.name,
                                  of=one.of or "∅", known=", ".join(FACTORS[stream.kind])))  # fmt: skip
    try:
        burnt = _burnt(stream)
    except Refused as refused:
        raise Refused(*(_placed(item, stream) for item in refused.findings)) from None
    legal = stream.sign * np.broadcast_to(burnt.emission, (MONTHS,))
    months = _as_tonnes(stream.sign * burnt.best)
    by, lacking = _by_month(stream), stream.unstated
    shares = {name: math.fsum(legal[[how == name for how in by]]) for name in dict.fromkeys(by)}
    bounded = np.flatnonzero(np.any(list(lacking.values()), axis=0)) + 1 if lacking else np.zeros(0, int)
    part = Part(stream.name, stream.kind, months, tuple(legal.tolist()),
                {name: t for name, t in shares.items() if t} or {"calculated": 0.0},
                unstated=tuple(lacking), bounded=tuple(bounded.tolist()), by=by)  # fmt: skip
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
        raise Refused(finding("carbon.stream.absent", stream.where(name), name=stream.name, factor=name))
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


def _by_month(stream: SourceStream) -> tuple[str, ...]:
    """How the tonnes of each month (12,) came about, from the origin of each factor.

    «stated» where any number is only said by the enterprise, else «default» where any but the oxidation comes from a
    rule or table, else «calculated». Oxidation is a rule's for every coal, so it tells nothing of a month.
    """
    used = {name: stream.used(name) for name in stream.given if name != "oxidation"}
    found = []
    for month, taken in enumerate(_in_defaults(stream).tolist()):
        origins = {stream.origins.get(name, "measured") for name, months in used.items() if months[month]}
        stated = "stated" in origins or stream.origins.get("oxidation") == "stated"
        found.append("stated" if stated else "default" if taken or "default" in origins else "calculated")
    return tuple(found)


def _placed(item: Finding, stream: SourceStream) -> Finding:
    """A finding about a factor by its name, where the stream stands."""
    known = item.where.startswith(("/", stream.where()))
    return item if known else replace(item, where=stream.where(item.where))


def _told(stream: SourceStream) -> tuple[Finding, ...]:
    """What looks wrong though it can be computed."""
    stated = [
        finding("carbon.factor.stated", stream.where(factor), "warning", name=stream.name, source=row["source"],
                **named("factor", "factor", factor))
        for factor, row in stream.rows.items() if row["status"] == "stated"
    ]  # fmt: skip
    idle = () if stream.operated is None else np.flatnonzero((stream.amount == 0.0) & stream.operated).tolist()
    zero = [finding("carbon.stream.zero", stream.where("amount", at), name=stream.name, month=at + 1) for at in idle]
    return (*stream.told, *stated, *zero)
