"""The results of a certificate as a page shows them: rows of single values, tables of lists, and their figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from suyuan.certificate.certificate import Certificate, Result, StatedQuantity, Text, Uncertainty
from suyuan.quantity.conformity.decision import decide
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import number as shown_number
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit
from suyuan.report.figures.figure import Axes, Points, values_figure
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import spoken_number
from suyuan.site.web.parts.plot import plot_html
from suyuan.site.web.parts.text import pick

ROWS = 40
"""Rows of a list that the page shows; all of them stand in the Excel file and the JSON."""
FIGURES = 6
KEPT = 400
POINTS = (3, 2_000)
"""From so many points on a figure says more than its table, up to so many it can be drawn."""


@dataclass(frozen=True)
class Limits:
    """Limits of a result in its own unit, and the guard factor of the decision rule."""

    lower: float | None = None
    upper: float | None = None
    guard: float = 1.0


@dataclass(frozen=True)
class Single:
    """One value. value, U: digits as printed; u, k, p: as stated; verdict: «» where nothing was to be decided."""

    place: str
    name: Text
    value: str
    unit: str
    U: str | None
    k: str | None
    p: str | None
    number: float
    expanded: float | None
    limits: Limits | None = None
    verdict: str = ""
    note: str = ""
    lower: str = ""
    upper: str = ""
    range: str = ""
    usable: bool = True


@dataclass(frozen=True)
class Column:
    """One column of a list: its head, digits as printed, and the numbers behind them."""

    name: Text
    unit: str
    cells: tuple[str, ...]
    place: str
    is_uncertainty: bool = False
    k: str | None = None


@dataclass(frozen=True)
class Listed:
    """A table of lists of one length. label: its name as plain text; figure: drawn twice, wide and narrow, empty where
    there is nothing to draw."""

    name: Text
    columns: tuple[Column, ...]
    size: int
    rows: tuple[tuple[str, ...], ...]
    figure: Any = None
    finding: str = ""
    label: str = ""


@dataclass
class Shown:
    """All results of a certificate. pairs: names of two results and r; matrices: names of lists with their sizes."""

    singles: list[Single] = field(default_factory=list)
    lists: list[Listed] = field(default_factory=list)
    pairs: list[tuple[Text, Text, str]] = field(default_factory=list)
    matrices: list[tuple[Text, int]] = field(default_factory=list)

    @property
    def with_limits(self) -> bool:
        return any(s.limits for s in self.singles)

    @property
    def ks(self) -> set[str | None]:
        return {s.k for s in self.singles if s.U is not None}

    @property
    def verdicts(self) -> dict[str, int]:
        """How many of each verdict."""
        told: dict[str, int] = {}
        for single in self.singles:
            if single.verdict:
                told[single.verdict] = told.get(single.verdict, 0) + 1
        return told


def shown(
    certificate: Certificate,
    usable: Mapping[str, Quantity],
    limits: Mapping[str, Limits],
    titles: Mapping[str, Text],
) -> Shown:
    """The results for the page. usable: quantities by place (what has none enters no result); limits, titles: by place,
    from the attached case, where a result's own name says less."""
    answer = Shown()
    figures = 0
    for result in certificate.results:
        tables: dict[int, list[StatedQuantity]] = {}
        for q in result.quantities:
            if q.value.size == 1:
                answer.singles.append(single(q, usable.get(q.place), limits.get(q.place), titles.get(q.place)))
            else:
                tables.setdefault(q.value.size, []).append(q)
        for size, quantities in tables.items():
            table = _listed(result, quantities, size, certificate.digest if figures < FIGURES else "")
            figures += bool(table.figure)
            answer.lists.append(table)
        answer.matrices += [(q.name, q.value.size) for q in result.quantities if q.correlation is not None]
        for a, b, r in result.joint:
            first, second = certificate.at(a), certificate.at(b)
            if first is not None and second is not None:
                answer.pairs.append((first.name, second.name, shown_number(r) or ""))
    return answer


def single(q: StatedQuantity, usable: Quantity | None, limits: Limits | None, title: Text | None) -> Single:
    """One value as a row."""
    value, symbol = float(q.value[0]), symbol_of(q.unit)
    spread, told = _expanded(q.uncertainty)
    verdict = ""
    if limits is not None and spread is not None:
        exact, exact_u = value, spread
        if usable is not None and q.uncertainty is not None and q.uncertainty.k:
            # The archive knows more digits than were printed, and the verdict was taken with all of them.
            exact, exact_u = float(np.ravel(usable.value)[0]), float(np.ravel(usable.u)[0]) * q.uncertainty.k
        verdict = decide(exact, exact_u, limits.lower, limits.upper, limits.guard).state
    stated = q.uncertainty
    return Single(
        place=q.place,
        name=title or q.name,
        value=_digits(q, 0),
        unit=symbol,
        U=told,
        k=f"{stated.k:.4g}" if stated is not None and stated.k is not None and stated.kind == "expanded" else None,
        p=f"{stated.p:.4g}" if stated is not None and stated.p is not None else None,
        number=value,
        expanded=spread,
        limits=limits,
        verdict=verdict,
        note=kind_note(stated),
        lower="" if limits is None or limits.lower is None else f"{limits.lower:.12g}",
        upper="" if limits is None or limits.upper is None else f"{limits.upper:.12g}",
        range=range_text(q),
        usable=usable is not None,
    )


def kind_note(stated: Uncertainty | None) -> str:
    """Term for an uncertainty that is no expanded one."""
    if stated is None:
        return ""
    return {"standard": "cert.u_standard", "half_width": "cert.u_half_width", "interval": "cert.u_interval"}.get(
        stated.kind, ""
    )


def _expanded(stated: Uncertainty | None) -> tuple[float | None, str | None]:
    """The half-width that is shown behind ±, as number and as printed; None where there is none."""
    if stated is None or not stated.value.size:
        return None, None
    number = float(stated.value[0])
    return number, stated.printed[0] if stated.printed else shown_number(number)


def _digits(q: StatedQuantity, n: int) -> str:
    return q.printed[n] if n < len(q.printed) else (shown_number(float(q.value[n])) or term("none.unknown"))


def symbol_of(unit: str) -> str:
    """How people write a unit; what is no unit is shown as it stands."""
    try:
        return parse_unit(unit).symbol
    except Refused:
        return unit


def range_text(q: StatedQuantity) -> str:
    """The range in which the value may be used."""
    if q.lower is None and q.upper is None:
        return ""
    low = "−∞" if q.lower is None else shown_number(q.lower)
    high = "∞" if q.upper is None else shown_number(q.upper)
    return f"{low} … {high} {symbol_of(q.range_unit)}".strip()


# ---------------------------------------------------------------- lists


def _listed(result: Result, quantities: Sequence[StatedQuantity], size: int, digest: str) -> Listed:
    columns: list[Column] = []
    for q in quantities:
        symbol = symbol_of(q.unit)
        columns.append(Column(q.name, symbol, tuple(_digits(q, n) for n in range(size)), q.place))
        stated = q.uncertainty
        if stated is not None and stated.value.size:
            columns.append(_spread(q, stated, symbol, size))
    rows = tuple(tuple(c.cells[n] for c in columns) for n in range(min(size, ROWS)))
    figure, said = _kept_figure(digest, quantities, size) if digest else (None, "")
    return Listed(result.name, tuple(columns), size, rows, figure, said, pick(result.name)[0] or term("word.results"))


def _spread(q: StatedQuantity, stated: Uncertainty, symbol: str, size: int) -> Column:
    one = stated.value.size == 1
    cells = tuple(
        stated.printed[0 if one else n]
        if (0 if one else n) < len(stated.printed)
        else (shown_number(float(stated.value[0 if one else n])) or term("none.unknown"))
        for n in range(size)
    )
    k = f"{stated.k:.4g}" if stated.k is not None else None
    return Column({}, symbol, cells, q.place, True, k)


_figures: dict[tuple[str, str, str], tuple[Any, str]] = {}


def _kept_figure(digest: str, quantities: Sequence[StatedQuantity], size: int) -> tuple[Any, str]:
    """The figure of a list, drawn once for a document: its bytes never change."""
    key = (digest, quantities[0].place, current())
    if key not in _figures:
        if len(_figures) >= KEPT:
            _figures.clear()
        _figures[key] = _figure(quantities, size)
    return _figures[key]


def _figure(quantities: Sequence[StatedQuantity], size: int) -> tuple[Any, str]:
    """The column with an uncertainty (an error of measurement, if there is one) over the first other column."""
    if not POINTS[0] <= size <= POINTS[1]:
        return None, ""
    with_u = [q for q in quantities if q.uncertainty is not None and q.uncertainty.value.size in (1, size)]
    with_u = [q for q in with_u if np.isfinite(q.value).all()]
    if not with_u:
        return None, ""
    errors = [q for q in with_u if any("error" in r.lower() or "deviation" in r.lower() for r in q.ref_types)]
    y = (errors or with_u[-1:])[0]
    others = [q for q in quantities if q is not y and np.isfinite(q.value).all() and np.ptp(q.value) > 0.0]
    x = others[0] if others else None
    assert y.uncertainty is not None
    spread = np.broadcast_to(np.abs(y.uncertainty.value), (size,))
    along = x.value if x is not None else np.arange(1.0, size + 1)
    axes = Axes(
        _axis(x) if x is not None else term("cert.figure.number"), _axis(y), whole=x is None
    )  # fmt: skip
    points = [Points(pick(y.name)[0] or y.place, along, y.value, spread)]
    n = int(np.argmax(np.abs(y.value)))
    said = term(
        "cert.figure.says", what=_axis(y), count=size, low=shown_number(float(y.value.min()), 6),
        high=shown_number(float(y.value.max()), 6),
        most=spoken_number(float(y.value[n]), float(spread[n]), symbol_of(y.unit)),
    )  # fmt: skip
    name = f"f{abs(hash(y.place)) % 100_000}"
    drawn = [
        plot_html(values_figure(points, axes, size=kind), said, name=f"{name}-{kind}", kind=kind)
        for kind in ("wide", "narrow")
    ]
    return drawn[0] + drawn[1], said


def _axis(q: StatedQuantity) -> str:
    """Quantity and unit, as an axis is named."""
    name, symbol = pick(q.name)[0] or term("word.value"), symbol_of(q.unit)
    return name if symbol in ("", "1") else f"{name} / {symbol}"


def value_rows(certificate: Certificate) -> tuple[list[str], list[list[Any]]]:
    """All values of a certificate for an Excel file: heads and rows."""
    heads = [term(k) for k in ("cert.place", "word.quantity", "cert.row", "word.value", "word.unit",
                               "cert.u_stated", "cert.u_kind", "word.coverage_factor")]  # fmt: skip
    rows: list[list[Any]] = []
    for q in certificate.quantities():
        stated = q.uncertainty
        for n in range(q.value.size):
            spread = None if stated is None else float(stated.value[n if stated.value.size > 1 else 0])
            rows.append([
                q.place, pick(q.name)[0], n + 1, float(q.value[n]), symbol_of(q.unit), spread,
                None if stated is None else term(f"cert.kind.{stated.kind}"), None if stated is None else stated.k,
            ])  # fmt: skip
    return heads, rows
