"""Money of a centre: plan against actual by year, how many independent sources, for how long it lasts.

    effective number of sources = 1/Σp²  (p: share of each source; inverse Herfindahl index)
    run-way in months = 12 · (what is left) / (spent a year)

A year without an entry, or with one that states no amount or no unit of money, is unknown, not nothing. All amounts are
in `UNIT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from suyuan.centre.facts import Fact
from suyuan.centre.guideline import Guideline
from suyuan.quantity.finding import Finding, finding

LOW, HIGH, RUNWAY, SOURCES = 0.8, 1.2, 12.0, 2.0
"""Limits where a guideline gives none: our own proposal."""
SCALES: Mapping[str, float] = {"CNY": 1.0, "元": 1.0, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "亿元": 1e8}
"""Units of money → CNY."""
UNIT = "万元"
"""The unit of all facts about money."""


def amount_in(value: float | None, unit: str) -> float | None:
    """An amount in `UNIT`; None where it is not stated or nobody knows its unit.

    >>> amount_in(500000.0, "元"), amount_in(60.0, "万元"), amount_in(50.0, "")
    (50.0, 60.0, None)
    """
    scale = SCALES.get(unit)
    return None if value is None or scale is None else value * scale / SCALES[UNIT]


@dataclass(frozen=True, slots=True)
class FundYear:
    """One year. plan, actual: None where nobody entered any; ratio: actual/plan, None where it cannot be said."""

    year: int
    plan: float | None
    actual: float | None

    @property
    def ratio(self) -> float | None:
        return None if self.actual is None or not self.plan else self.actual / self.plan


@dataclass(frozen=True, slots=True)
class Funds:
    """years: ascending; sources: source → amount received or spent from it; effective_sources: None without any
    amount; runway: months that the plan for the years to come lasts at the pace of the last full year (of this year
    once more is spent in it), None where that is not known; warnings."""

    years: tuple[FundYear, ...]
    sources: Mapping[str, float]
    effective_sources: float | None
    runway: float | None
    warnings: tuple[Finding, ...]


def funds(facts: Iterable[Fact], centre: str, day: date, guideline: Guideline | None = None) -> Funds:
    """Money of a centre as its facts show on a day.

    facts: of kinds «fund_plan» and «fund_actual», with `detail["year"]`; those that are only declared are left out.
    guideline: whose limits «spend_low», «spend_high», «runway_months», «least_sources» the warnings use.

    >>> rows = [Fact("c", "fund_actual", "city", value=v, group=g, detail={"year": "2025"}) for v, g in ((60, "a"), (40, "b"))]
    >>> round(funds(rows, "c", date(2026, 1, 1)).effective_sources, 3)
    1.923
    """  # noqa: E501
    known = [f for f in facts if f.centre == centre and f.good is not False and f.origin != "declared"
             and f.kind in ("fund_plan", "fund_actual") and (f.valid_from or date.min) <= day]  # fmt: skip
    amounts: dict[str, dict[int, float | None]] = {"fund_plan": {}, "fund_actual": {}}
    bare = [f for f in known if f.value is None]
    sources: dict[str, float] = {}
    for fact in known:
        year, value = _year(fact), fact.value
        if year:
            before = amounts[fact.kind].get(year, 0.0)
            amounts[fact.kind][year] = None if before is None or value is None else before + value
        if fact.kind == "fund_actual" and value is not None:
            sources[fact.group or fact.subject] = sources.get(fact.group or fact.subject, 0.0) + value
    plan, actual = amounts["fund_plan"], amounts["fund_actual"]
    years = tuple(FundYear(y, plan.get(y), actual.get(y)) for y in sorted({*plan, *actual}))
    whole = sum(sources.values())
    sure = whole > 0.0 and not any(f.kind == "fund_actual" for f in bare)
    effective = whole**2 / sum(v * v for v in sources.values()) if sure else None
    runway = _runway(plan, actual, day)
    told = [finding("centre.funds.amount", centre, "warning", year=_year(f) or "—", id=f.title.get("zh") or f.subject)
            for f in bare]  # fmt: skip
    warned = _warnings(years, effective, runway, centre, day, guideline)
    return Funds(years, sources, effective, runway, (*told, *warned))


def _year(fact: Fact) -> int:
    text = fact.detail.get("year", "")
    return int(text) if text.isdigit() else fact.valid_from.year if fact.valid_from else 0


def _runway(plan: Mapping[int, float | None], actual: Mapping[int, float | None], day: date) -> float | None:
    """Months: what is planned for this year's rest and the years after, at the pace of the last full year, or of this
    year where more is spent in it already; None where one of the amounts is not known."""
    pace = max((year for year in actual if year < day.year), default=None)
    ahead = [amount for year, amount in plan.items() if year >= day.year]
    if pace is None or not plan or None in ahead or (day.year in actual and actual[day.year] is None):
        return None
    yearly = actual[pace]
    if yearly is None or yearly <= 0.0:
        return None
    left = sum(amount for year, amount in plan.items() if year > day.year and amount is not None)
    planned = plan.get(day.year)
    if planned is not None:
        spent = actual.get(day.year)
        days = 366 if day.year % 4 == 0 and (day.year % 100 or day.year % 400 == 0) else 365
        passed = (day - date(day.year, 1, 1)).days / days
        left += max(0.0, planned - (planned * passed if spent is None else spent))
    return 12.0 * left / max(yearly, actual.get(day.year) or 0.0)


def _warnings(
    years: tuple[FundYear, ...], effective: float | None, runway: float | None, centre: str, day: date,
    guideline: Guideline | None,
) -> Iterable[Finding]:  # fmt: skip
    low, high = limit(guideline, "spend_low", LOW), limit(guideline, "spend_high", HIGH)
    for row in years:
        if row.year < day.year and row.plan is not None and row.actual is None:
            yield finding("centre.funds.unknown", centre, "warning", year=row.year)
        elif row.year < day.year and row.ratio is not None and not low <= row.ratio <= high:
            yield finding(
                "centre.funds.off_plan", centre, "warning", year=row.year, ratio=f"{100 * row.ratio:.0f}",
                low=f"{100 * low:.0f}", high=f"{100 * high:.0f}",
            )  # fmt: skip
    least = limit(guideline, "least_sources", SOURCES)
    if effective is not None and effective < least:
        yield finding("centre.funds.one_source", centre, "warning", number=f"{effective:.1f}", least=f"{least:g}")
    months = limit(guideline, "runway_months", RUNWAY)
    if runway is None:
        yield finding("centre.funds.runway_unknown", centre, "note")
    elif runway < months:
        yield finding("centre.funds.runway", centre, "warning", months=f"{runway:.0f}", least=f"{months:g}")


def limit(guideline: Guideline | None, name: str, otherwise: float) -> float:
    """A named number of a guideline, or another where it gives none."""
    row = {} if guideline is None else guideline.limits.get(name, {})
    value = row.get("value")
    return otherwise if value is None else float(value)
