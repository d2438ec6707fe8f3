"""The way of a round's standards and their drift as figures; the tables beside them hold the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from suyuan.comparison.round.evaluation import Evaluation
from suyuan.report.papers.words import table
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.terms import term
from suyuan.site.web.parts.number import plain, quantity_html
from suyuan.site.web.parts.text import day_text, pick
from suyuan.site.web.rounds.facts import called, decimals, fixed, plainly, short_name, unit_text

MOST = 60
"""Stays up to which a figure of the way can be read."""
Figures = Mapping[str, str]


# ---------------------------------------------------------------- the way


def way(view: Seen, rows: Sequence[Mapping[str, Any]], today: date) -> Figures:
    """Who holds which standard when, as planned and as it was, wide and narrow; nothing where there is no route.

    rows: the stays of the transport log, with the days on which each came and went.
    """
    if not 0 < len(rows) <= MOST:
        return {}
    stays = tuple(
        (row["standard"], short_name(view, row["code"]), row["arrives"], row["leaves"], row["came_on"], row["left_on"])
        for row in rows
    )
    said = tuple(pick(table("comparison")[f"figure.route.{key}"])[0] for key in ("agreed", "kept", "held", "lateness"))
    pilot = short_name(view, view.protocol.pilot.code)
    mine = short_name(view, view.me) if view.me else None
    said += tuple(term(f"comparison.way.{key}", days="{days}", n="{n}") for key in ("late", "today", "others"))
    return {size: _way(stays, pilot, today, said, mine, size) for size in ("wide", "narrow")}


@lru_cache(maxsize=64)
def _way(stays: Any, pilot: str, today: date, said: tuple[str, ...], mine: str | None, size: Any) -> str:
    from suyuan.report.figures.route import RouteWords, Stay, route_figure

    return route_figure([Stay(*stay) for stay in stays], pilot, today, RouteWords(*said), size, mine=mine)


def kept_late(rows: Sequence[Mapping[str, Any]], today: date) -> list[int]:
    """Days that the standard was kept, or is, beyond what is due, a number a stay."""
    from suyuan.report.figures.route import Stay

    return [
        Stay(row["standard"], row["code"], row["arrives"], row["leaves"], row["came_on"], row["left_on"]).late(today)
        for row in rows
    ]


def way_label(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the figure shows, read aloud: how many stays, and who kept the standard too long."""
    codes = term("comparison.and").join(dict.fromkeys(row["code"] for row in rows if row["kept"]))
    return term("comparison.way.label", n=len(rows), late=codes or term("empty.none"))


# ---------------------------------------------------------------- the drift


def drifted(view: Seen, e: Evaluation) -> dict[str, Any] | None:
    """What the standard changed on the way: figures, a row a measurement, and the largest change. None without a model
    that was agreed and could be found."""
    model, days = e.travelled.drift, e.travelled.days
    if model is None or days is None or e.inputs.pilot not in e.inputs.labs:
        return None
    k, unit = view.protocol.decision.coverage, e.measurand.unit
    at = e.inputs.labs.index(e.inputs.pilot)
    others = [(lab, float(day)) for i, (lab, day) in enumerate(zip(e.labs, days, strict=True)) if i != at]
    spread = k * np.sqrt(np.maximum(np.diagonal(np.atleast_2d(model.change_covariance)), 0.0))
    places = decimals(spread) or decimals(e.inputs.U)
    written = [plain(float(value)) for value in e.inputs.pilot_values]
    digit = max(len(text.partition(".")[2]) for text in written)
    rows: list[dict[str, Any]] = [
        {"day": day, "name": called(view, e.inputs.pilot), "x": fixed(float(value), digit)}
        for day, value in zip(e.inputs.pilot_days, e.inputs.pilot_values, strict=True)
    ]
    rows += [
        {"day": date.fromordinal(round(day)), "name": called(view, lab), "mine": lab == view.me,
         "change": fixed(float(change), places, sign=True), "U": fixed(float(U), places)}
        for (lab, day), change, U in zip(others, model.change, spread, strict=True)
    ]  # fmt: skip
    largest = int(np.argmax(np.abs(model.change)))
    names = tuple((short_name(view, lab), day) for lab, day in others)
    mine = next((i for i, (lab, _) in enumerate(others) if lab == view.me), None)
    said = table("comparison")
    words = tuple(pick(said[key])[0] for key in ("word.pilot", f"drift.short.{model.model}", "figure.drift_band",
                                                 "figure.visits"))  # fmt: skip
    own = (
        tuple(day.toordinal() for day in e.inputs.pilot_days), tuple(map(float, e.inputs.pilot_values)),
        float(e.inputs.u[at]),
    )  # fmt: skip
    how = (view.protocol.drift.model, view.protocol.drift.degree, k, unit)
    return {
        "rows": sorted(rows, key=lambda row: row["day"]),
        "model": term(f"comparison.choice.drift.{view.protocol.drift.model}"),
        "largest": quantity_html(float(model.change[largest]), float(spread[largest]), unit, sign=True, k=k),
        "at": plainly(view, others[largest][0]),
        "date": day_text(date.fromordinal(round(model.date))),
        "unit": unit_text(unit),
        "k": f"{k:g}",
        "figures": {size: _drift(own, names, how, words, mine, size) for size in ("wide", "narrow")},
        "label": term("comparison.drift.label", n=len(written), at=plainly(view, others[largest][0])),
    }


@lru_cache(maxsize=64)
def _drift(own: Any, others: Any, how: Any, words: tuple[str, ...], mine: int | None, size: Any) -> str:
    """The pilot's values, the course through them over the whole way, and who measured when."""
    from suyuan.comparison.drift import Pilot as Measured
    from suyuan.report.figures.dress import Axis, italic
    from suyuan.report.figures.drift import Pilot, Trend, Visits, drift_figure
    from suyuan.report.figures.participants import Participants

    (days, values, u), (model, degree, k, unit) = own, how
    names, at = tuple(name for name, _ in others), np.array([day for _, day in others])
    t = np.array(days, float)
    trend = Trend.over(words[1], words[2], Measured(days, values, u), at, (model, degree, k))
    visits = Visits(words[3], at, Participants(names, mine=mine))
    axes = (Axis(""), Axis(italic("x"), unit_text(unit)))
    return drift_figure(Pilot(words[0], t, np.array(values)), trend, visits, axes, size, calendar=True)
