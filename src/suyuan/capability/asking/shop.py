"""What somebody needs in the workshop to check a product: an instrument, and who calibrates such an instrument.

A laboratory seldom measures every shaft of a day. From the target U (k) of the product its instrument follows:

    u_instrument ≤ a·U/k      a: share of the standard uncertainty that the instrument may take (a row of the rules)
    MPE = √3·u_instrument     an error anywhere within ±MPE (rectangular)

and from its MPE the target of its calibration, by the rule for instruments. Both are proposals with their row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from suyuan.capability.need import Need, Target, Tolerance
from suyuan.capability.target import target_of
from suyuan.capability.taxonomy import PACKAGE, quantity_chain, quantity_key
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import Unit


@dataclass(frozen=True, slots=True)
class Shop:
    """What would help in the workshop. mpe: largest maximum permissible error of an instrument that suits, in `unit`;
    share: a of the rule; items: keys of instruments in use for it; seconds: needs for the calibration of each, by
    measurand and item; target: of those; routine: whether such instruments are on the market."""

    mpe: float
    unit: Unit
    share: float
    items: tuple[str, ...]
    seconds: tuple[Need, ...]
    target: Target
    routine: bool
    rule: Row


def shop_of(need: Need) -> Shop | None:
    """What a product's need comes to in the workshop; None for the calibration of an instrument, without a tolerance,
    or for a kind of quantity of which no row says how workshops measure it.

    A shaft of ±10 µm, accepted by a quarter of its tolerance, U = 2.5 µm with k = 2:

    >>> from suyuan.capability.interval import Interval
    >>> from suyuan.quantity.unit import parse_unit
    >>> mm, um = parse_unit("mm"), parse_unit("um")
    >>> tolerance = Tolerance(10.0, um, "one_quarter")
    >>> shaft = Need("N", {}, "diameter", Interval(24.98, 25.02, mm), Target(2.5, um), tolerance)
    >>> found = shop_of(shaft)
    >>> round(found.mpe, 3), round(found.target.U, 3), found.unit.symbol, found.routine
    (1.949, 0.65, 'µm', True)
    """
    row = next(
        (row for row in load(PACKAGE, "questions.shop") if quantity_key(need.quantity) in row["quantities"]), None
    )
    target = need.target
    if row is None or need.item or need.tolerance is None or target is None:
        return None
    unit = target.unit or need.interval.unit.as_difference()
    largest = max(abs(need.interval.low), abs(need.interval.high))
    U = target.U if target.unit is not None else target.U * largest
    rule = load(PACKAGE, "questions.shop_rules")[0]
    mpe = math.sqrt(3.0) * rule["share"] * U / target.k
    if not (math.isfinite(mpe) and mpe > 0.0):
        return None
    tolerance = Tolerance(mpe, unit, rule["rule"])
    wanted, _ = target_of(tolerance)
    if wanted is None:
        return None
    kinds = quantity_chain(need.quantity)[:2]
    size = mpe * float(unit.factor)
    items = tuple(item for item in row["items"] if row.get("finest", {}).get(item, 0.0) <= size * (1.0 + 1e-9))
    routine = bool(items) and (row["least"] is None or size >= row["least"])
    items = items or tuple(row["items"])
    seconds = tuple(_second(need, kind, item, wanted, tolerance) for item in items for kind in kinds)
    return Shop(mpe, unit, rule["share"], items, seconds, wanted, routine, rule)


def alike(need: Need) -> Need | None:
    """The need for the broader kind of quantity on any item; None where there is no broader kind. Whoever meets it
    measures something else: gauge blocks are no shaft."""
    broader = quantity_chain(need.quantity)[1:2]
    return Need("alike", need.organisation, broader[0], need.interval) if broader else None


def _second(need: Need, kind: str, item: str, target: Target, tolerance: Tolerance) -> Need:
    return Need(f"shop {kind} {item}", need.organisation, kind, need.interval, target, tolerance, item=item,
                day=need.day, region=need.region, status="proposed")  # fmt: skip
