"""Monthly laboratory reports of a fuel: carbon, heat value and moisture as certificates with sampling.

A report is a certificate: issuer and number are its identity. Two kinds of error stand behind a carbon content: what
the laboratory and its method do to every month alike (one influence for the laboratory and property), and what
sampling, preparation and the single analysis do to one month. The first does not average out over a year.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.fuel.basis import Basis, as_received
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

MONTHS = 12
OTHER_YEAR, FEW = 300, 3
"""Days after the end of its month from which a report is of a later year, where all are; reports that tell it."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one month.

    month: 1 to 12; issuer, number: of the report; carbon: elemental carbon, % on `basis`; u_method: standard
    uncertainty that all reports of the laboratory share, % of carbon absolute; u_month: that of sampling, preparation
    and repeatability of this month; moisture_ar, moisture_ad, ash_ar: %; u_moisture: of the total moisture, %
    absolute, by month; heat: net calorific value as received, GJ/t; hydrogen, sulphur: % on `basis`, for plausibility;
    issued: day of the report; accredited: number of the CMA or CNAS accreditation.
    """

    month: int
    issuer: str
    number: str
    carbon: float
    basis: Basis
    u_method: float
    u_month: float
    moisture_ar: float | None = None
    moisture_ad: float | None = None
    ash_ar: float | None = None
    u_moisture: float = 0.0
    heat: float | None = None
    hydrogen: float | None = None
    sulphur: float | None = None
    issued: date | None = None
    accredited: str = ""


NOBODY: frozenset[int] = frozenset()


def carbon_as_received(reports: Sequence[Report], without: frozenset[int] = NOBODY) -> Quantity:
    """Carbon as received by month (12,), tC/t, with the laboratory's shared and each month's own influences.

    without: months (1 to 12) that need no report, since nothing was burnt or a default stands for it: 0 there.
    Raises Refused for another month without a report, one with two, and a carbon content outside 0 to 100 %.
    """
    ordered = _by_month(reports, without)
    for one in ordered:
        if not 0.0 < one.carbon <= 100.0:
            raise Refused(finding("carbon.report.carbon", f"reports/{one.month}", month=one.month,
                                  given=f"{one.carbon:g}"))  # fmt: skip
    return stacked([as_one(one) for one in ordered], [one.month - 1 for one in ordered])


def as_one(one: Report) -> Quantity:
    """Carbon as received of one report, tC/t: the laboratory's shared influence and the month's own."""
    bias = quantity(0.0, 1.0, "1", label=f"{one.issuer}: carbon, method",
                    source=Source(one.issuer, "", "carbon, method"),
                    id=identity(one.issuer, "laboratory", "carbon method"))  # fmt: skip
    own = quantity(one.carbon, one.u_month, "1", label=f"carbon {one.month}",
                   source=Source(one.issuer, one.number, "carbon"),
                   id=identity(one.issuer, one.number, "carbon"))  # fmt: skip
    total: Any = one.moisture_ar
    if total is not None and one.u_moisture > 0.0:
        total = quantity(total, one.u_moisture, "1", label=f"moisture {one.month}",
                         source=Source(one.issuer, one.number, "moisture"),
                         id=identity(one.issuer, one.number, "moisture"))  # fmt: skip
    try:
        received = as_received(own + one.u_method * bias, one.basis, total, one.moisture_ad, one.ash_ar)
    except Refused as refused:
        raise Refused(
            *(replace(item, where=f"reports/{one.month}/{item.where}") for item in refused.findings)
        ) from None
    return received / 100.0  # type: ignore[no-any-return]


def stacked(months: Sequence[Quantity], places: Sequence[int]) -> Quantity:
    """Scalars as one array (12,) that keeps their influences; places: from 0, those of none are 0."""
    rows = np.eye(MONTHS)
    total: Any = months[0] * rows[places[0]]
    for place, one in zip(places[1:], months[1:], strict=True):
        total = total + one * rows[place]
    return total  # type: ignore[no-any-return]


def heat_of(reports: Iterable[Report]) -> NDArray[np.float64]:
    """Net calorific value as received by month (12,), GJ/t; NaN where a report has none and where there is none."""
    found = np.full(MONTHS, math.nan)
    for one in reports:
        found[one.month - 1] = math.nan if one.heat is None else one.heat
    return found


def _by_month(reports: Sequence[Report], without: frozenset[int] = NOBODY) -> list[Report]:
    held: dict[int, Report] = {}
    for one in reports:
        if not 1 <= one.month <= MONTHS:
            raise Refused(finding("carbon.report.month", f"reports/{one.month}", given=one.month))
        if one.month in held:
            raise Refused(finding("carbon.report.twice", f"reports/{one.month}", month=one.month,
                                  first=held[one.month].number, second=one.number))  # fmt: skip
        held[one.month] = one
    absent = [month for month in range(1, MONTHS + 1) if month not in held and month not in without]
    if absent or not held:
        raise Refused(finding("carbon.report.absent", "reports", months=", ".join(map(str, absent)),
                              stated=sorted({*without, *absent})))  # fmt: skip
    return [held[month] for month in sorted(held)]


def placed(found: Iterable[Finding], reports: Sequence[Report], pointer: str) -> Iterator[Finding]:
    """Findings that name a report by its month, at the report in its document. pointer: of the list of reports."""
    places = {str(one.month): at for at, one in enumerate(reports)}
    for item in found:
        first, month, *rest = (*item.where.split("/"), "")
        place = (places[month], *filter(None, rest)) if month in places else ()
        yield replace(item, where="/".join(map(str, (pointer, *place)))) if first == "reports" else item


def late(reports: Iterable[Report], year: int, rules: Rules) -> tuple[Finding, ...]:
    """Reports that came later after the end of their month than the row `report_days` allows, or lack accreditation."""
    limit = int(rules.value("report_days"))
    told = []
    for one in reports:
        if not 1 <= one.month <= MONTHS:
            continue
        end = _end(year, one.month)
        where = f"reports/{one.month}"
        if one.issued is None:
            told.append(finding("carbon.report.undated", where, "warning", month=one.month))
        elif one.issued > end + timedelta(days=limit):
            told.append(finding("carbon.report.late", where, "warning", month=one.month, day=one.issued.isoformat(),
                                limit=limit, last=(end + timedelta(days=limit)).isoformat()))  # fmt: skip
        if not one.accredited.strip():
            told.append(finding("carbon.report.accredited", where, "warning", month=one.month))
    return tuple(told)


def outliers(reports: Sequence[Report], rules: Rules) -> tuple[Finding, ...]:
    """Months whose carbon per heat, tC/GJ, departs from the median of the year by more than the row `carbon_heat_band`.

    Heat and carbon of one coal go together: a month that leaves the band has a basis mixed up, a digit slipped, or
    another coal.
    """
    ratio = carbon_per_heat(reports)
    if not np.isfinite(ratio).any():
        return ()
    middle, band = float(np.nanmedian(ratio)), float(rules.value("carbon_heat_band"))
    return tuple(
        finding("carbon.report.outlier", f"reports/{place + 1}", "warning", month=place + 1,
                ratio=f"{ratio[place]:.5f}", median=f"{middle:.5f}",
                percent=f"{100 * (ratio[place] / middle - 1):+.1f}")
        for place in np.flatnonzero(np.abs(ratio / middle - 1.0) > band).tolist()
    )  # fmt: skip


def moisture_unstated(reports: Iterable[Report]) -> tuple[int, ...]:
    """Months whose carbon goes by a total moisture of which nobody states the uncertainty."""
    return tuple(sorted(one.month for one in reports if one.basis != "ar" and one.u_moisture == 0.0))


def moisture_idle(reports: Iterable[Report], name: str) -> tuple[Finding, ...]:
    """Reports whose carbon is typed as received or dry, beside a moisture of the air-dried sample that then counts for
    nothing: most often their basis is that of the sample. name: of the stream."""
    told = []
    for basis in ("ar", "d"):
        mine = [one for one in reports if one.basis == basis and one.moisture_ad is not None]
        if mine:
            ratios = [one for one in map(_if_air_dried, mine) if one is not None]
            percent = f"{100.0 * math.fsum(ratios) / len(ratios):.1f}" if ratios else ""
            told.append(finding("carbon.report.moisture_idle", f"reports/{mine[0].month}/basis", "warning", name=name,
                                months=", ".join(str(one.month) for one in mine), basis=basis,
                                percent=percent))  # fmt: skip
    return tuple(told)


def _if_air_dried(one: Report) -> float | None:
    """Carbon as received, were the typed one of the air-dried sample, over what it is now; None without a moisture."""
    if one.moisture_ad is None or one.moisture_ar is None:
        return None
    now = as_received(1.0, one.basis, one.moisture_ar, one.moisture_ad, one.ash_ar)
    return float(as_received(1.0, "ad", one.moisture_ar, one.moisture_ad) / now)


def of_other_year(reports: Iterable[Report], year: int) -> tuple[Finding, ...]:
    """An error where every report came so late that it is of a later year: the year of the claim is typed wrongly, or
    the reports are of another."""
    days = [(one.issued - _end(year, one.month)).days for one in reports
            if one.issued is not None and 1 <= one.month <= MONTHS]  # fmt: skip
    if len(days) < FEW or min(days) < OTHER_YEAR:
        return ()
    probable = year + max(1, round(sorted(days)[len(days) // 2] / 365.25))
    return (finding("carbon.report.other_year", "reports", n=len(days), year=year, least=OTHER_YEAR,
                    probable=probable),)  # fmt: skip


def _end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // MONTHS, month % MONTHS + 1, 1) - timedelta(days=1)


def carbon_per_heat(reports: Sequence[Report]) -> NDArray[np.float64]:
    """Carbon as received over net calorific value by month (12,), tC/GJ; NaN where a report has no heat or is none."""
    without = frozenset(range(1, MONTHS + 1)) - {one.month for one in reports}
    carbon = np.asarray(carbon_as_received(reports, without).value, float)
    found: NDArray[np.float64] = carbon / heat_of(reports)
    return found
