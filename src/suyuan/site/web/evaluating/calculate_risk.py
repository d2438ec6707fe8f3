"""What a question of conformity looks like: probabilities and risks, the operating characteristic, the guard band."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.quantity.conformity.guard_band import by_rule
from suyuan.quantity.conformity.risk import Interval, global_risks, interval, operating_characteristic, risk_curve
from suyuan.quantity.conformity.variable import Variable, variable
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.notation import number as written
from suyuan.quantity.type_b import from_case_parameters
from suyuan.report.figures.conformity import OperatingNames, Risk, operating_characteristic_figure, risk_figure
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.site.acts.evaluating.calculation import Calculation
from suyuan.site.terms import term
from suyuan.site.web.evidence.picture import in_both
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.parts.figure import Interval as Whisker
from suyuan.site.web.parts.figure import strip_svg
from suyuan.site.web.parts.number import digits, quantity_html, unit_html
from suyuan.site.web.shown import (
    Cell,
    Section,
    Shown,
    Table,
    column,
    figure,
    listed,
    named,
    number,
    place_of,
    sym,
    text,
    with_unit,
)

K = 2.0
POINTS = 201


def shown(made: Calculation) -> Shown:
    """The answer of a conformity case."""
    assert made.answer is not None
    return _specific(made.input, made.answer) if "value" in made.input else _global(made.input, made.answer)


def percent(p: float) -> str:
    """A probability in percent with the digits that count.

    >>> percent(0.9192), percent(0.00802), percent(2.31e-8)
    ('91.92 %', '0.802 %', '2.31 × 10⁻⁶ %')
    """
    value = p * 100.0
    if 1.0 <= value <= 99.99 or value in (0.0, 100.0):
        return f"{value:.2f} %"
    return f"{f'{value:.3f}' if value >= 0.1 else written(value, 3)} %"


def _percents(values: Any) -> list[Cell]:
    """A column of probabilities in percent: two decimals, three where some are below one; smaller ones one by one."""
    shares = [100.0 * float(v) for v in values]
    decimals = 2 if min((s for s in shares if s > 0.0), default=1.0) >= 1.0 else 3
    small = [0.0 < s < 0.5 * 10.0**-decimals for s in shares]
    cells = zip(shares, small, column(shares, decimals), strict=True)
    return [number(share, 2) if tiny else shown for share, tiny, shown in cells]


def _probability(key: str, p: float | None) -> tuple[Cell, Cell]:
    if p is None:
        return named(key), number(None)
    return named(key), Cell(format_html("{}{}", digits(percent(p)[:-2]), unit_html("%")))


def known(row: Mapping[str, Any]) -> Variable:
    """The random variable of a row that the verb has accepted."""
    found, _ = from_case_parameters(row["distribution"], row["parameters"], "", row.get("dof"))
    return variable(found)


def _ends(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return row.get("lower"), row.get("upper")


def _limits_row(key: str, row: Mapping[str, Any], unit: str, significant: int = 8) -> tuple[Cell, Cell]:
    lower, upper = _ends(row)
    given = [float(f"{end:.{significant}g}") for end in (lower, upper) if end is not None]
    cells = iter(column(given))  # both ends to the same place
    low = SafeString("−∞") if lower is None else next(cells).html
    high = SafeString("∞") if upper is None else next(cells).html
    return named(key), Cell(format_html('<span class="nowrap">{} … {}{}</span>', low, high, unit_html(unit)))


# ---------------------------------------------------------------- one value


def _specific(body: Mapping[str, Any], answer: Mapping[str, Any]) -> Shown:
    unit = symbol_of(str(body.get("unit") or ""))
    p = float(answer["p_conforming"])
    sentence = in_both(lambda: term("calc.risk.specific", p=percent(p), q=percent(float(answer["p_nonconforming"]))))
    value = known(body["value"])
    lower, upper = _ends(body["limits"])
    spread = value.u
    strip = format_html(
        "{}<figcaption>{}</figcaption>",
        strip_svg(
            Whisker(value.value, K * spread), (lower, upper), unit=unit, label=term("calc.risk.strip"), width=560
        ),
        _legend(value, body["limits"], unit),
    )
    rows = [
        _limits_row("calc.tolerance", body["limits"], unit), _probability("calc.p_conforming", answer["p_conforming"]),
        _probability("calc.p_nonconforming", answer["p_nonconforming"]),
    ]  # fmt: skip
    table = listed(term("calc.risks"), (term("calc.asked"), term("word.value")), rows)
    return Shown(sentence, (Section("calc.risks", strip, (table,), term("calc.risk.strip")),))


def _legend(value: Variable, limits: Mapping[str, Any], unit: str) -> SafeString:
    """The numbers of the strip: what is known of the value, and both limits."""
    known_of = quantity_html(value.value, K * value.u if value.u > 0.0 else None, unit, k=K if value.u > 0.0 else None)
    _, ends = _limits_row("calc.tolerance", limits, unit)
    return format_html("{}{}{} {}", known_of, term("strip.join"), term("calc.tolerance"), ends.html)


# ---------------------------------------------------------------- all items


def _global(body: Mapping[str, Any], answer: Mapping[str, Any]) -> Shown:
    unit = symbol_of(str(body.get("unit") or ""))
    sought = "target_consumer_risk" in body
    zone = answer.get("acceptance") or body.get("acceptance") or {}
    consumer, producer = answer["consumer_risk"], answer["producer_risk"]
    key = "calc.risk.sought" if sought else "calc.risk.global"
    told = in_both(
        lambda: term(key, consumer=percent(consumer), producer=percent(producer), limits=_zone_text(zone, unit))
    )
    rows = [
        _limits_row("calc.tolerance", body["limits"], unit),
        _limits_row("calc.acceptance", zone, unit, 5 if sought else 8),
        *(_probability(f"calc.{name}", answer[name]) for name in (
            "p_nonconforming", "p_accepted", "consumer_risk", "consumer_risk_accepted", "producer_risk",
            "producer_risk_rejected") if name in answer),
    ]  # fmt: skip
    table = listed(term("calc.risks"), (term("calc.asked"), term("word.value")), rows)
    item, error = known(body["item"]), known(body["error"])
    limits, acceptance = interval(*_ends(body["limits"])), interval(*_ends(zone))
    first, found = _characteristic(item, error, limits, acceptance, unit)
    second, more, guard_table = _guard(body, answer, item, error, (limits, acceptance))
    sections = [Section("calc.risks", first, (table,), term("calc.risk.note"), beside=True)]
    if second:
        sections.append(Section("calc.guard", second, (guard_table,), term("calc.guard.note"), beside=True))
        rules = _rules(item, error, limits, unit)
        sections.append(Section("calc.rules", "", (rules,), term("calc.rules.note")))
    return Shown(told, tuple(sections), (*found, *more))


def _zone_text(zone: Mapping[str, Any], unit: str) -> str:
    lower, upper = _ends(zone)
    shown_unit = "" if unit in ("", "1") else f" {unit}"
    if lower is None or upper is None:
        sign, end = ("≤", upper) if lower is None else ("≥", lower)
        return f"{sign} {end:.5g}{shown_unit}".replace("-", "−")
    return f"{lower:.5g} … {upper:.5g}{shown_unit}".replace("-", "−")


def _stretch(item: Variable, error: Variable, limits: Interval, acceptance: Interval) -> tuple[float, float]:
    """The true values that are worth a look: about the limits, as far as the error reaches."""
    ends = [e for e in (limits.lower, limits.upper, acceptance.lower, acceptance.upper) if math.isfinite(e)]
    reach = 4.0 * error.u
    low, high = min(ends) - reach, max(ends) + reach
    low -= 0.0 if math.isfinite(limits.lower) else 2.0 * reach  # to an open side a little farther
    high += 0.0 if math.isfinite(limits.upper) else 2.0 * reach
    support = [item.value + item.u * end for end in (item.law.low, item.law.high)]
    if not item.discrete and math.isfinite(support[0]):
        low = max(low, support[0])
    if not item.discrete and math.isfinite(support[1]):
        high = min(high, support[1])
    return (low, high) if high > low else (min(ends) - reach, max(ends) + reach)


def _finite(zone: Interval) -> tuple[float | None, float | None]:
    return (zone.lower if math.isfinite(zone.lower) else None), (zone.upper if math.isfinite(zone.upper) else None)


def _characteristic(
    item: Variable, error: Variable, limits: Interval, acceptance: Interval, unit: str
) -> tuple[SafeString, tuple[Finding, ...]]:
    x = np.linspace(*_stretch(item, error, limits, acceptance), POINTS)
    chance = operating_characteristic(x, error, acceptance)
    names = OperatingNames(
        *(term(f"calc.fig.{n}") for n in ("accepted", "tolerance", "acceptance", "false_pass", "false_fail"))
    )
    axis = Axis(f"{term('calc.fig.true')} {italic('η')}", unit)

    def draw(size: Size) -> str:
        return operating_characteristic_figure(x, chance, _finite(limits), _finite(acceptance), axis, names, size)

    return figure(draw, term("calc.oc.said"), "oc")


def _guard(
    body: Mapping[str, Any], answer: Mapping[str, Any], item: Variable, error: Variable,
    zones: tuple[Interval, Interval],
) -> tuple[SafeString, tuple[Finding, ...], Any]:  # fmt: skip
    """Both risks against the guard band, and the same as a table."""
    limits, acceptance = zones
    unit = symbol_of(str(body.get("unit") or ""))
    U = K * error.u
    if not U > 0.0:
        return SafeString(""), (), listed("", (), ())
    moved = [
        b - a for a, b in ((limits.lower, acceptance.lower), (acceptance.upper, limits.upper)) if math.isfinite(b - a)
    ]
    used = moved[0] if moved and max(moved) - min(moved) <= 1e-9 * U + 1e-12 * abs(moved[0]) else None
    most = 1.0 if used is None or used <= 0.9 * U else 1.2 * used / U
    least = -0.5 if used is None or used >= -0.4 * U else 1.2 * used / U
    if limits.two_sided:
        most = min(most, 0.999 * limits.width / (2.0 * U))
    factors = np.linspace(least, most, 49)
    curve = risk_curve(item, error, limits, U, factors.tolist())
    target = body.get("target_consumer_risk")
    risks = [
        Risk(term("calc.fig.consumer"), curve.consumer, answer["consumer_risk"] if used is not None else None),
        Risk(term("calc.fig.producer"), curve.producer, answer["producer_risk"] if used is not None else None),
    ]
    shown_unit = "" if unit in ("", "1") else f" {unit}"
    mark = None if used is None else (used, f"{italic('w')} = {used:.3g}{shown_unit}".replace("-", "−"))
    wanted = None if target is None else (float(target), f"{term('calc.fig.wanted')} {percent(float(target))}")

    def draw(size: Size) -> str:
        return risk_figure(
            curve.w, risks, Axis(f"{term('calc.fig.guard')} {italic('w')}", unit), term("calc.fig.risk"), used=mark,
            target=wanted, size=size,
        )  # fmt: skip

    drawn, found = figure(draw, term("calc.guard.said"), "guard")
    return drawn, found, _guard_table(item, error, limits, U, unit)


def _guard_table(item: Variable, error: Variable, limits: Interval, U: float, unit: str) -> Any:
    """Risks at round factors r of w = r·U."""
    factors = [r for r in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0) if not limits.two_sided or 2.0 * r * U < limits.width]
    curve = risk_curve(item, error, limits, U, factors)
    shares_of = (_percents(p) for p in (curve.consumer, curve.producer, curve.p_accepted))
    rows = list(zip(column(factors), column(curve.w, 4 - math.floor(math.log10(U)) - 2), *shares_of, strict=True))
    width = with_unit(format_html("{} = {} {}", sym("w"), sym("r"), sym("U")), unit)
    shares = (f"{term(f'calc.fig.{name}')} / %" for name in ("consumer", "producer", "share_accepted"))
    heads = (sym("r"), width, *shares)
    return listed(term("calc.guard"), heads, rows)


RULES = ("uncritical", "simple", "dobbert", "root_sum_square", "iso_14253_1", "expanded", "three_sigma")


def _rules(item: Variable, error: Variable, limits: Interval, unit: str) -> Table:
    """What the rules that documents name would do here: w, acceptance limits, both risks."""
    found = []
    for rule in RULES:
        try:
            band = by_rule(rule, limits, K * error.u)
            risks = global_risks(item, error, limits, band.acceptance)
        except Refused:  # two limits needed, or nothing would be accepted
            continue
        w = band.w_upper if math.isfinite(band.w_upper) else band.w_lower
        found.append((rule, w, risks))
    found.sort(key=lambda row: row[1])
    names = [text(term(f"calc.rule.{rule}")) for rule, _, _ in found]
    shares = (
        _percents([getattr(risks, name) for _, _, risks in found]) for name in ("consumer", "producer", "p_accepted")
    )
    width = column([w for _, w, _ in found], place_of(K * error.u) + 1)
    heads = (
        term("calc.rule"), with_unit(sym("w"), unit),
        *(f"{term(f'calc.fig.{name}')} / %" for name in ("consumer", "producer", "share_accepted")),
    )  # fmt: skip
    return listed(term("calc.rules"), heads, list(zip(names, width, *shares, strict=True)))
