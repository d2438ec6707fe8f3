"""Rows of capabilities and needs: what an office delivers in, values out, every fault a finding with its place.

    capability: {"id", "laboratory"?, "quantity", "interval": {"low", "high", "unit"}, "uncertainty"?: {…}, …}
    need:       {"id", "organisation"?, "quantity", "interval": {…}, "target"?: {…}, …}

Other keys have the names of the fields of `Capability` and `Need`; a laboratory or organisation that is not named is
that of the register. Shapes of the inner parts:

    uncertainty  {"form": "value", "U"} · {"form": "table", "points": […], "U": […]} · {"form": "root_sum", "a", "b"} ·
                 {"form": "line", "a", "b"} · {"form": "formula", "text", "units": {name: unit}} · {"form": "matrix",
                 "points", "condition", "grid", "grid_unit", "U": [[…], …]}, each with "k" and "unit", or "relative":
                 true (plain fractions; with "unit": "%" they are given in it)
    target       {"U", "k"?, "unit" | "relative": true}
    conditions   {name: word | [word, …] | {"low"?, "high"?, "unit"} | {"value", "unit"}}
    standings    [{"kind", "body"?, "number"?, "valid_from"?, "valid_until"?, "source"?}]
    standards    [{"issuer", "number"}]
    budget       [{"symbol", "label"?, "u", "unit"?, "slope"?, "certificate"?: {"issuer", "number"}, "identity"?,
                 "source"?}], u and slope in their unit, without one in that which U is given in
    tolerance    {"half_width", "unit" | "relative": true, "rule"}; gives the target where none is stated

«a.b» as a flat key stands for "b" inside "a" (`nested`), so that a spreadsheet has one column for each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, cast, get_args

from suyuan.capability.capability import NODES, STAGES, Capability, Standing, StandingKind, Stated, Term
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target, Tolerance, Wanted
from suyuan.capability.read_fields import choice, choices, from_nil, positive, truth, whole, words
from suyuan.capability.read_uncertainty import absurd, fraction_given, fraction_unit, read_uncertainty, unit_in
from suyuan.capability.target import rule_named, target_of
from suyuan.capability.taxonomy import dimension_of, fits, least_value, nearest_quantities, quantity_named, unit_said
from suyuan.capability.uncertainty import Uncertainty
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import errors
from suyuan.quantity.unit import ONE, Unit, ratio
from suyuan.traceability.evidence import Key

STANDINGS = get_args(StandingKind)
NOWHERE = Interval(0.0, 0.0, ONE)
"""Stands in for an interval that could not be read; such a row is never returned."""


def nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """A flat row with dots in its keys as an object of objects.

    >>> nested({"id": "C1", "interval.low": "0", "interval.unit": "mm"})
    {'id': 'C1', 'interval': {'low': '0', 'unit': 'mm'}}
    """
    result: dict[str, Any] = {}
    for key, value in row.items():
        *path, last = str(key).split(".")
        inner = result
        for part in path:
            below = inner.setdefault(part, {})
            if not isinstance(below, dict):
                break
            inner = below
        else:
            inner[last] = value
    return result


def capability(row: Fields, context: Context) -> Capability | None:
    """One capability, or None where a finding of severity error was reported about it."""
    before = len(row.found)
    name, quantity, interval, interval_of = _measured(row)
    uncertainty, fraction = None, 1.0
    inner = row.inner("uncertainty")  # asked for also where no interval can be read, by which it would be judged
    if interval is not None and inner is not None:
        uncertainty = read_uncertainty(inner, interval, _U_like(quantity, interval_of, interval))
        fraction = fraction_given(inner, uncertainty) if uncertainty is not None else 1.0
    elif interval is not None and not row.has("uncertainty"):
        row.report("capability.read.no_uncertainty", "uncertainty", severity="note")
    read = Capability(
        id=name,
        laboratory=_whose(row, "laboratory") or context.organisation,
        quantity=quantity,
        interval=interval or NOWHERE,
        uncertainty=uncertainty,
        measurand=row.names("measurand"),
        item=row.text("item"),
        item_name=row.names("item_name"),
        analyte=row.text("analyte"),
        interval_of=interval_of,
        conditions=_conditions(row),
        method=row.text("method"),
        standings=tuple(s for inner in row.several("standings") if (s := _standing(inner)) is not None),
        standards=tuple(k for inner in row.several("standards") if (k := _key(inner)) is not None),
        budget=tuple(t for one in row.several("budget") if (t := _term(one, fraction, uncertainty)) is not None),
        stages=choices(row, "stages", STAGES),
        nodes=choices(row, "nodes", NODES),
        region=row.text("region"),
        place=row.names("place"),
        days=from_nil(row, "days"),
        price=from_nil(row, "price"),
        currency=row.text("currency") or "CNY",
        capacity=from_nil(row, "capacity"),
        persons=whole(row, "persons", 0, 0),
        parameters=words(row, "parameters"),
        valid_from=row.day("valid_from"),
        valid_until=row.day("valid_until"),
        source=row.text("source"),
        status=row.text("status"),
        demo=truth(row, "demo") or context.demo,
    )
    if read.valid_from and read.valid_until and read.valid_from > read.valid_until:
        row.report("capability.read.period", "valid_from", since=read.valid_from, until=read.valid_until)
    return None if errors(row.found[before:]) else read


def need(row: Fields, context: Context) -> Need | None:
    """One need, or None where a finding of severity error was reported about it."""
    before = len(row.found)
    name, quantity, interval, interval_of = _measured(row)
    told = len(row.found)
    tolerance = _tolerance(row, interval)
    tolerance_told = len(row.found) > told
    target = _target(row, interval, _U_like(quantity, interval_of, interval) if interval else ())
    if target is None and tolerance is not None and not row.has("target"):
        target, found = target_of(tolerance)
        row.found += [f for f in found if f.severity != "error"]
    if target is None and not row.has("target") and not tolerance_told:
        row.report("capability.read.no_target", "target", severity="warning")
    conditions: dict[str, Wanted] = {}
    for key, stated in _conditions(row).items():
        if isinstance(stated, tuple) and len(stated) > 1:
            row.report("capability.read.one_word", "conditions", key, name=key, given=", ".join(stated))
        conditions[key] = stated if isinstance(stated, Interval) else stated[0]
    read = Need(
        id=name,
        organisation=_whose(row, "organisation") or context.organisation,
        quantity=quantity,
        interval=interval or NOWHERE,
        target=target,
        tolerance=tolerance,
        title=row.names("title"),
        measurand=row.names("measurand"),
        item=row.text("item"),
        analyte=row.text("analyte"),
        interval_of=interval_of,
        conditions=conditions,
        standing=cast("Any", choice(row, "standing", STANDINGS)),
        day=_wished(row, context),
        region=row.text("region"),
        days_most=from_nil(row, "days_most"),
        price_most=from_nil(row, "price_most"),
        stage=choice(row, "stage", STAGES),
        node=choice(row, "node", NODES),
        product=row.names("product"),
        process=row.names("process"),
        parameter=row.text("parameter"),
        industry=row.text("industry"),
        criticality=whole(row, "criticality", 3, 1, 5),
        firms=whole(row, "firms", 1, 1),
        size=from_nil(row, "size"),
        size_unit=row.text("size_unit"),
        volume=row.text("volume"),
        tried=row.text("tried"),
        confidential=truth(row, "confidential"),
        source=row.text("source"),
        status=row.text("status"),
        demo=truth(row, "demo") or context.demo,
        unstated=tuple(name for name in ("criticality", "firms") if row.content.get(name) in (None, "")),
    )
    return None if errors(row.found[before:]) else read


def _wished(row: Fields, context: Context) -> date | None:
    """The wished day; one before the day of the register is told and kept."""
    day = row.day("day")
    if day is not None and day < context.day:
        row.report("capability.read.day_past", "day", severity="warning", wished=day, day=context.day)
    return day


# ---------------------------------------------------------------- parts


def _measured(row: Fields) -> tuple[str, str, Interval | None, str]:
    """Id, quantity, interval and what the interval is of: what a capability and a need both begin with."""
    name, quantity = row.text("id", required=True), row.text("quantity", required=True)
    _units_of(row, quantity)
    interval, interval_of = _interval(row, "interval"), row.text("interval_of")
    _known_quantity(row, quantity, interval_of, interval)
    return name, quantity, interval, interval_of


LONGEST_NAME = 400
"""Characters of the name of an organisation."""


def _whose(row: Fields, key: str) -> Mapping[str, str]:
    """The names of a laboratory or firm; one that is longer than any name is told."""
    names = row.names(key)
    longest = max(map(len, names.values()), default=0)
    if longest > LONGEST_NAME:
        row.report("capability.read.name_long", key, count=longest, most=LONGEST_NAME)
    return names


def _units_of(row: Fields, quantity: str) -> None:
    """Units that people leave out or call by the quantity's own name, as units: 7 and 7 pH are of unit one."""
    changed = {}
    for name in ("interval", "target", "uncertainty", "tolerance") if unit_said("", quantity) else ():
        inner = row.content.get(name)
        given = inner.get("unit", "") if isinstance(inner, Mapping) and not inner.get("relative") else None
        if isinstance(given, str) and (said := unit_said(given, quantity)) != given:
            changed[name] = {**cast("Mapping[str, Any]", inner), "unit": said}
    if changed:
        row.content = {**row.content, **changed}


def _interval(row: Fields, key: str) -> Interval | None:
    """A closed interval with both ends; never exchanged where it is backwards."""
    inner = row.inner(key, required=True)
    if inner is None:
        return None
    misnamed = {own for own in ("low", "high") if not inner.has(own) and _misnamed(inner, own)}
    low, high = (inner.number(end, required=end not in misnamed) for end in ("low", "high"))
    text = inner.text("unit", required=True)
    unit = unit_in(inner, text) if text else None
    inner.close()
    if low is None or high is None or unit is None:
        return None
    return _ordered(inner, low.value, high.value, unit)


ENDS: Mapping[str, tuple[str, ...]] = {
    "low": ("lower", "min", "from", "下限"), "high": ("upper", "max", "to", "上限"),
}  # fmt: skip
"""Ends of an interval, and other names under which people give them; none is taken for another, but told."""


def _misnamed(inner: Fields, own: str) -> bool:
    """Whether an end stands under another name, which is told in place of its lacking."""
    other = next((name for name in ENDS[own] if inner.has(name)), None)
    inner.asked.difference_update(ENDS[own])
    if other is not None:
        inner.asked.add(other)
        inner.report("capability.read.end", other, field=other, own=own)
    return other is not None


def _ordered(inner: Fields, low: float, high: float, unit: Unit) -> Interval | None:
    if absurd(inner, low, "low") or absurd(inner, high, "high"):
        return None
    if low > high:
        inner.report("capability.read.backwards", "low", low=f"{low:g}", high=f"{high:g}", unit=unit.symbol)
        return None
    return Interval(low, high, unit)


def _known_quantity(row: Fields, quantity: str, interval_of: str, interval: Interval | None) -> None:
    if not quantity or interval is None:
        return
    if quantity_named(quantity) is None:
        near = nearest_quantities(quantity, None if interval_of else interval.unit)
        row.report("capability.read.quantity", "quantity", severity="warning", given=quantity, near=", ".join(near))
    least = None if interval_of else least_value(quantity, interval.unit)
    if least is not None and interval.low < least and math.isfinite(interval.low):
        told = {"low": f"{interval.low:g}", "least": f"{least:g}", "unit": interval.unit.symbol}
        row.report("capability.read.below_least", "interval", "low", severity="warning", **told)
    if fits(interval_of or quantity, interval.unit) is False:
        told = {"given": interval_of or quantity, "unit": interval.unit.symbol}
        row.report("capability.read.quantity_unit", "interval", "unit", severity="warning", **told)


def _U_like(quantity: str, interval_of: str, interval: Interval) -> tuple[Any, ...]:
    """The dimension that an absolute U must have; empty where nobody knows it."""
    if not interval_of:
        return interval.unit.dimension
    return dimension_of(quantity) or ()


def _target(row: Fields, interval: Interval | None, like: tuple[Any, ...]) -> Target | None:
    inner = row.inner("target")
    if inner is None:
        return None
    U, k = positive(inner, "U", True), inner.number("k")
    scale, unit = fraction_unit(inner, interval, like)
    inner.close()
    if k is not None and not k.value > 0.0:
        inner.report("capability.read.positive", "k", field="k", given=k.printed)
        return None
    if k is None:
        inner.report("capability.read.k_assumed", "k", severity="warning")
    if U is None or scale is None:
        return None
    return Target(U * scale, unit, k.value if k is not None else 2.0)


def _tolerance(row: Fields, interval: Interval | None) -> Tolerance | None:
    inner = row.inner("tolerance")
    if inner is None:
        return None
    half, rule = positive(inner, "half_width", True), inner.text("rule", required=True)
    scale, unit = fraction_unit(inner, interval, interval.unit.dimension if interval else ())
    inner.close()
    if rule and rule_named(rule) is None:
        inner.report("capability.read.rule", "rule", severity="warning", given=rule)
    return None if half is None or scale is None or not rule else Tolerance(half * scale, unit, rule)


def _conditions(row: Fields) -> dict[str, Stated]:
    inner = row.inner("conditions")
    found: dict[str, Stated] = {}
    for name in inner.content if inner is not None else ():
        assert inner is not None
        value = inner.content[name]
        if isinstance(value, Mapping):
            interval = _condition(Fields(value, inner.where(name), inner.found), name)
            if interval is not None:
                found[name] = interval
        elif spoken := words(inner, name):
            found[name] = spoken
    return found


def _condition(inner: Fields, name: str) -> Interval | None:
    """An interval of a condition; an end that is not given is open."""
    value, low, high = inner.number("value"), inner.number("low"), inner.number("high")
    text = inner.text("unit", required=True)
    unit = unit_in(inner, text) if text else None
    inner.close()
    if unit is None:
        return None
    if value is not None:
        return Interval(value.value, value.value, unit)
    if low is None and high is None:
        inner.report("capability.read.condition", name=name)
        return None
    return _ordered(inner, low.value if low else float("-inf"), high.value if high else float("inf"), unit)


def _standing(inner: Fields) -> Standing | None:
    kind = inner.choice("kind", STANDINGS)
    since, until = inner.day("valid_from"), inner.day("valid_until")
    read = Standing(
        cast("StandingKind", kind), inner.text("body"), inner.text("number"), since, until, inner.text("source")
    )
    inner.close()
    if since and until and since > until:
        inner.report("capability.read.period", "valid_from", since=since, until=until)
        return None
    return read if kind else None


def _key(inner: Fields) -> Key | None:
    issuer, number = inner.text("issuer", required=True), inner.text("number", required=True)
    inner.close()
    return (issuer, number) if issuer and number else None


def _term(inner: Fields, fraction: float, uncertainty: Uncertainty | None) -> Term | None:
    """A term in the unit of U, a plain fraction where U is relative; fraction makes it one where no unit is said."""
    text = inner.text("unit")
    if text and (unit := unit_in(inner, text)) is not None:
        fraction = _term_scale(inner, unit, uncertainty)
    u, slope = from_nil(inner, "u", True), from_nil(inner, "slope")
    certificate = inner.inner("certificate")
    read = Term(
        inner.text("symbol", required=True),
        inner.names("label"),
        (u or 0.0) * fraction,
        (slope or 0.0) * fraction,
        _key(certificate) if certificate is not None else None,
        inner.text("identity"),
        inner.text("source"),
    )
    inner.close()
    return read if u is not None and read.symbol else None


def _term_scale(inner: Fields, unit: Unit, uncertainty: Uncertainty | None) -> float:
    """From the unit of a term to that of U; told where there is none."""
    if uncertainty is None:
        return 1.0  # without a U that can be read nobody knows what the term should agree with
    own = uncertainty.unit or ONE
    if unit.dimension != own.dimension:
        inner.report("capability.read.term_unit", "unit", given=unit.symbol, unit=own.symbol if own != ONE else "%")
        return 1.0
    return ratio(unit.as_difference(), own)
