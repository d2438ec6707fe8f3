"""Cases of control charts: one kind, `control_chart`, with the chart as a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from suyuan.assurance import control_chart as charts
from suyuan.assurance.control_chart import LAMBDA, LIMIT, Chart, Cusum
from suyuan.assurance.count_chart import c_chart, np_chart, p_chart, u_chart
from suyuan.assurance.multivariate_chart import ALPHA, Hotelling, hotelling_individuals, hotelling_subgroups
from suyuan.assurance.run_rules import run_rules
from suyuan.quantity.finding import Finding
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of

Found = tuple[Any, tuple[Finding, ...]]
FIELDS = ("chart", "values", "target", "lambda", "s", "limit_factor", "k", "h", "sample_size", "alpha", "rules")
W = "/input"


def control_chart(body: Mapping[str, Any]) -> Answer:
    """n, centre, ucl, lcl, n_outside, outside (numbers of points), points, and by chart mr_bar, z, S_high, S_low,
    first_signal, spread (the chart of ranges or standard deviations), t2; with `rules` also signals.

    chart: individuals, xbar_r, xbar_s, ewma, cusum, c, u, p, np, t2 (rows of variables), t2_subgroups. Raises Refused.

    >>> c = control_chart({"chart": "cusum", "values": [10, 10, 11.5, 12, 12.5], "target": 10, "k": 0.5, "h": 3})
    >>> c["S_high"]["4"], c["first_signal"]
    (2.5, 5)
    """
    form = StudyForm(body, FIELDS)
    chart = form.body.get("chart")
    if not isinstance(chart, str) or chart not in CHARTS:
        form.wrong("/input/chart", "one_of", chart, choices=", ".join(CHARTS))
    form.required("values")
    form.done()
    act = CHARTS[str(chart)](form)
    form.done()
    found, told = asked_of(act)
    answer, first = _written(found)
    rules = form.body.get("rules")
    if rules is not None and first is None:  # successive points of a sum or a moving average are no runs
        form.warn("case.field.unknown", "/input/rules", field="rules")
    elif rules is not None and first is not None:
        signals, patterns = asked_of(lambda: run_rules(first, str(rules), W))
        answer["signals"] = {s.rule: s.points for s in signals}
        told = (*told, *patterns)
    return answered(form, answer, told)


def _written(found: Any) -> tuple[Answer, Chart | None]:
    """The answer of a chart, and the chart that run rules look at."""
    if isinstance(found, Cusum):
        sums = {
            name: {str(i): s for i, s in enumerate(row.tolist(), 1)}
            for name, row in (("S_high", found.S_high), ("S_low", found.S_low))
        }
        limits = {"centre": found.target, "ucl": found.h, "lcl": -found.h}
        row = {"n": found.n, **limits, "n_outside": found.n_outside, **sums, "first_signal": found.first_signal}
        return row, None
    if isinstance(found, Hotelling):
        return {
            "n": found.t2.size, "centre": found.mean, "ucl": found.ucl, "lcl": 0.0, "n_outside": found.n_outside,
            "outside": found.outside, "t2": found.t2, "ucl_future": found.ucl_future, "parts": found.parts,
            "covariance": found.covariance,
        }, None  # fmt: skip
    if isinstance(found, tuple):
        means, spread = found
        return {**_chart(means), "spread": {"chart": spread.chart, **_chart(spread)}}, means
    return _chart(found), found if found.chart != "ewma" else None


def _chart(c: Chart) -> Answer:
    limits = {"n": c.n, "centre": c.centre, "ucl": c.ucl, "lcl": c.lcl, "n_outside": c.n_outside}
    return {**limits, "outside": c.outside, "points": c.points, **c.further}


def _limit(form: StudyForm) -> float:
    return form.number("limit_factor", "positive") if "limit_factor" in form.body else LIMIT


def _individuals(form: StudyForm) -> Callable[[], Found]:
    L = _limit(form)
    return lambda: charts.individuals(form.body["values"], L, W)


def _x_bar_r(form: StudyForm) -> Callable[[], Found]:
    L = _limit(form)
    return lambda: charts.x_bar_r(form.body["values"], L, W)


def _x_bar_s(form: StudyForm) -> Callable[[], Found]:
    L = _limit(form)
    return lambda: charts.x_bar_s(form.body["values"], L, W)


def _ewma(form: StudyForm) -> Callable[[], Found]:
    L, target, s = _limit(form), form.number("target"), form.number("s", "positive")
    weight = form.number("lambda", "positive") if "lambda" in form.body else LAMBDA
    return lambda: charts.ewma(form.body["values"], target, s, weight, L, W)


def _cusum(form: StudyForm) -> Callable[[], Found]:
    target, k, h = form.number("target"), form.number("k", "number_from", 0.0), form.number("h", "positive")
    return lambda: charts.cusum(form.body["values"], target, k, h, W)


def _c(form: StudyForm) -> Callable[[], Found]:
    L = _limit(form)
    return lambda: c_chart(form.body["values"], L, W)


def _sized(act: Callable[..., Found]) -> Callable[[StudyForm], Callable[[], Found]]:
    def chart(form: StudyForm) -> Callable[[], Found]:
        L, size = _limit(form), form.body.get("sample_size")
        if not isinstance(size, list):
            size = form.number("sample_size", "positive")
        return lambda: act(form.body["values"], size, L, W)

    return chart


def _t2(act: Callable[..., Found]) -> Callable[[StudyForm], Callable[[], Found]]:
    def chart(form: StudyForm) -> Callable[[], Found]:
        alpha = form.number("alpha", "positive") if "alpha" in form.body else ALPHA
        return lambda: act(form.body["values"], alpha, W)

    return chart


CHARTS: Mapping[str, Callable[[StudyForm], Callable[[], Found]]] = {
    "individuals": _individuals,
    "xbar_r": _x_bar_r,
    "xbar_s": _x_bar_s,
    "ewma": _ewma,
    "cusum": _cusum,
    "c": _c,
    "u": _sized(u_chart),
    "p": _sized(p_chart),
    "np": _sized(np_chart),
    "t2": _t2(hotelling_individuals),
    "t2_subgroups": _t2(hotelling_subgroups),
}
