"""Answer proficiency, homogeneity and score cases (ISO 13528): each takes `input` and gives the keys of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from suyuan.comparison.proficiency.density import density
from suyuan.comparison.proficiency.homogeneity import homogeneity as homogeneous
from suyuan.comparison.proficiency.homogeneity import sigma_with_heterogeneity
from suyuan.comparison.proficiency.q_method import hampel, q_method, q_method_of_replicates
from suyuan.comparison.proficiency.robust import Robust, algorithm_a
from suyuan.comparison.proficiency.scores import about_assigned, en, percent_difference, zeta
from suyuan.comparison.proficiency.scores import z as z_score
from suyuan.comparison.proficiency.spread import Spread, made, niqr, qn, sn
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.comparison.form import Answer, Array, Form, Rows, asked, by_method, known, listed, told
from suyuan.verbs.wants import ABSENT, absent_or_wrong, called

Statistic = Callable[[Array], tuple[Answer, tuple[Finding, ...]]]
MOST_DENSITY = 1_000
"""Results of which a density is found: its search and resampling hold an array of all places and results."""
FARTHEST = 1e9
"""Bandwidths between results that a density can still tell apart."""
FIELDS = ("methods", "data", "bandwidth", "sigma_pt")


def proficiency(body: Mapping[str, Any]) -> Answer:
    """An object by statistic, with the keys of the case form, and `findings`.

    A statistic that cannot be had for these data is left out, and a finding says why. Raises Refused for bad input.

    >>> data = [{"lab": str(i), "value": x} for i, x in enumerate([1.0, 2.0, 4.0, 8.0, 16.0])]
    >>> found = proficiency({"unit": "mg/kg", "methods": ["classical", "MADe_iso"], "data": data})
    >>> found["classical"]["n"], found["classical"]["mean"], found["MADe_iso"]["s"]
    (5, 6.2, 4.449)
    """
    form = Form(body, FIELDS)
    rows = form.table("data", ("lab", "value", "values", "unit"))
    labs = rows.labels()
    results = results_of(form, rows)
    several = any("values" in row for _, row in rows.rows)
    usual = [m for m in STATISTICS if m != DENSITY or len(labs) <= MOST_DENSITY]
    methods = asked(form, tuple(STATISTICS), ["Q_method"] if several else usual)
    width, sigma = (form.number(name, "positive") if name in form.body else None for name in ("bandwidth", "sigma_pt"))
    for lab in sorted({lab for lab in labs if labs.count(lab) > 1}):
        form.warn("comparison.case.lab_twice", "/input/data", lab=lab)
    form.done()

    def act(method: str) -> tuple[Answer, tuple[Finding, ...]]:
        if several and method != "Q_method":
            raise Refused(finding("comparison.case.replicates", method))
        if several:
            found = q_method_of_replicates(results)
            return {"s": known(found.s)}, found.findings
        x = np.concatenate(results)
        return _density(x, width, sigma) if method == DENSITY else STATISTICS[method](x)

    return by_method(form, methods, act)


def results_of(form: Form, rows: Rows) -> list[Array]:
    """The results of each row, one or several, in the unit of the case."""
    if not any("values" in row for _, row in rows.rows):
        (x,) = rows.in_unit((rows.numbers("value"), False))
        return list(x[:, None])
    found = []
    for at, (_, row) in enumerate(rows.rows):
        one = Rows(form, rows.name, rows.rows[at : at + 1])
        if "value" in row and "values" in row:
            form.wrong(rows.place(at, "values"), "value_or_values", ABSENT)
            continue
        listed_here = one.lists("values", 1) if "values" in row else [one.numbers("value")]
        numbers = listed_here[0] if listed_here else np.zeros(0)
        if numbers.size == 0:
            continue
        found.append(np.concatenate([one.in_unit((np.array([number]), False))[0] for number in numbers]))
    return found


def homogeneity(body: Mapping[str, Any]) -> Answer:
    """Scatter between items beside both limits of ISO 13528 annex B; keys of the case form, and `findings`.

    >>> items = [[0.185, 0.194], [0.187, 0.189], [0.182, 0.186], [0.188, 0.196], [0.191, 0.181]]
    >>> data = [{"item": i, "values": row} for i, row in enumerate(items)]
    >>> found = homogeneity({"unit": "mg/kg", "sigma_pt": 0.02807, "data": data})
    >>> found["passes"], round(found["limit"], 6)
    (True, 0.008421)
    """
    form = Form(body, ("sigma_pt", "data"))
    sigma = form.number("sigma_pt", "positive")
    rows = form.table("data", ("item", "values"), 2)
    rows.labels("item")
    values = rows.lists("values", 2)
    for at, row in enumerate(values):
        if len(row) != len(values[0]):
            form.wrong(rows.place(at, "values"), "so_many_numbers", ABSENT, count=len(values[0]))
    form.done()
    found = homogeneous(np.array(values), sigma)
    answer: Answer = {key: known(getattr(found, key)) for key in ("mean", "s_x", "s_w", "s_s")}
    answer |= {f"{key}2": known(getattr(found, key) ** 2) for key in ("s_x", "s_w", "s_s")}
    answer |= {key: known(getattr(found, key)) for key in ("limit", "F1", "F2", "expanded_c", "expanded_limit")}
    answer |= {"passes": bool(found.passes), "passes_expanded": bool(found.passes_expanded)}
    if not found.passes:
        answer["sigma_pt_with_heterogeneity"] = known(sigma_with_heterogeneity(sigma, float(found.s_s)))
    return {**answer, "findings": told(form, found.findings, "/input/data", "data")}


def scores(body: Mapping[str, Any]) -> Answer:
    """z, z_prime, zeta, En and D_percent of each row, and `findings`; null where a row does not state what one needs.

    A row may state u, or U and k; what is missing follows from the others.

    >>> data = [{"lab": "LNE", "value": 3.13, "u": 0.06, "U": 0.12, "k": 2}]
    >>> found = scores({"unit": "mg/kg", "sigma_pt": 0.1, "assigned": {"value": 2.99, "U": 0.06, "k": 2}, "data": data})
    >>> round(found["z"][0], 6), round(found["En"][0], 6)
    (1.4, 1.043498)
    """
    form = Form(body, ("sigma_pt", "assigned", "data"))
    sigma = form.number("sigma_pt", "positive") if "sigma_pt" in form.body else None
    value, u_pt, U_pt = _assigned(form)
    rows = form.table("data", ("lab", "value", "u", "U", "k", "unit"))
    rows.labels()
    columns = (rows.numbers("value"), *(rows.numbers(name, "positive", otherwise=np.nan) for name in ("u", "U", "k")))
    x, u, U = rows.in_unit(*((column, at > 0) for at, column in enumerate(columns[:3])))
    form.done()
    k = columns[3]
    u, U = np.where(np.isfinite(u), u, U / k), np.where(np.isfinite(U), U, k * u)
    found: list[Finding] = []
    answer: Answer = {}
    if sigma is None:
        found.append(finding("comparison.case.sigma_missing", "/input/sigma_pt", "warning"))
    else:
        answer |= {"z": listed(z_score(x, value, sigma)), "z_prime": listed(z_score(x, value, sigma, u_pt))}
        found += called((replace(f, where="/input/assigned") for f in about_assigned(u_pt, sigma)), "assigned")
    answer["zeta"] = _where(np.isfinite(u), lambda at: zeta(x[at], u[at], value, u_pt))
    answer["En"] = _where(np.isfinite(U), lambda at: en(x[at], U[at], value, U_pt))
    if value == 0.0:
        found.append(finding("comparison.score.near_zero", "/input/assigned/value", "note"))
    answer["D_percent"] = listed(percent_difference(x, value)) if value != 0.0 else [None] * x.size
    if not np.all(np.isfinite(u) & np.isfinite(U)):
        n = int(np.sum(~(np.isfinite(u) & np.isfinite(U))))
        found.append(finding("comparison.case.score_without_u", "/input/data", "warning", n=n))
    return {**answer, "findings": told(form, tuple(found))}


def _assigned(form: Form) -> tuple[float, float, float]:
    """Value, standard and expanded uncertainty of the assigned value."""
    given = form.body.get("assigned")
    if not isinstance(given, dict):
        form.add(absent_or_wrong(form.body, "assigned", "/input", "assigned"))
        return 0.0, 1.0, 1.0
    inner = Form(given, ("value", "U", "k", "u"))
    value = inner.number("value")
    k = inner.number("k", "positive") if "k" in inner.body else 2.0
    if "u" in inner.body and "U" not in inner.body:
        u = inner.number("u", "number_from", 0.0)
        U = k * u
    else:
        U = inner.number("U", "number_from", 0.0)
        u = U / k
    form.add(*(replace(f, where=f.where.replace("/input/", "/input/assigned/")) for f in inner.findings))
    return value, u, U


def _where(rows: Array, act: Callable[[Array], Any]) -> list[float | None]:
    """A score of the rows that allow it, null for the others."""
    found = np.full(rows.shape, np.nan)
    at = np.flatnonzero(rows)
    if at.size:
        found[at] = act(at)
    return listed(found)


def _classical(x: Array) -> tuple[Answer, tuple[Finding, ...]]:
    middle = float(np.median(x))
    mean = middle + float(np.mean(x - middle))
    sd = known(np.std(x - middle, ddof=1)) if x.size > 1 else None
    return {"n": int(x.size), "mean": known(mean), "sd": sd}, ()


def _median(x: Array) -> tuple[Answer, tuple[Finding, ...]]:
    return {"value": known(np.median(x))}, ()


def _s(act: Callable[[Array], Spread]) -> Statistic:
    def statistic(x: Array) -> tuple[Answer, tuple[Finding, ...]]:
        found = act(x)
        return {"s": known(found.s)}, found.findings

    return statistic


def _robust(act: Callable[[Array], Robust]) -> Statistic:
    def statistic(x: Array) -> tuple[Answer, tuple[Finding, ...]]:
        found = act(x)
        z = listed((x - float(found.value)) / float(found.s))
        row = {"value": known(found.value), "s": known(found.s), "u": known(found.u), "z": z}
        return row, found.findings

    return statistic


def _hampel(x: Array) -> tuple[Answer, tuple[Finding, ...]]:
    found = hampel(x)
    row = {"value": known(found.value), "s": known(found.s), "u": known(found.u), "roots": int(found.roots)}
    return row, found.findings


def _density(
    x: Array, bandwidth: float | None = None, sigma_pt: float | None = None
) -> tuple[Answer, tuple[Finding, ...]]:
    """Modes of the kernel density, how high they are, and how many resampled rounds have them."""
    if x.size > MOST_DENSITY:
        raise Refused(finding("comparison.case.density_many", DENSITY, n=x.size, most=MOST_DENSITY))
    found = density(x, bandwidth, sigma_pt, points=2)
    if not np.ptp(x) <= FARTHEST * found.bandwidth:
        raise Refused(finding("comparison.case.density_far", DENSITY, bandwidth=f"{found.bandwidth:.3g}"))
    answer: Answer = {key: listed(getattr(found, key)) for key in ("modes", "heights", "support", "shares")}
    return {**answer, "bandwidth": known(found.bandwidth), "n": found.n}, found.findings


DENSITY = "density"
STATISTICS: Mapping[str, Statistic] = {
    "classical": _classical,
    "median": _median,
    "MADe": _s(made),
    "MADe_iso": _s(lambda x: made(x, "printed")),
    "nIQR": _s(niqr),
    "algorithm_A": _robust(algorithm_a),
    "algorithm_A_iso": _robust(lambda x: algorithm_a(x, "printed")),
    "Qn": _s(qn),
    "Sn": _s(sn),
    "Q_method": _s(q_method),
    "hampel": _hampel,
    DENSITY: _density,
}
