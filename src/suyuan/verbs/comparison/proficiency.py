"""Answer cases of what surrounds a proficiency test (ISO 13528): scores over rounds, stability of the items, assigned
values, and the scatter within laboratories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suyuan.comparison.proficiency.assigned import (
    AssignedValue,
    Contributions,
    against_reference_material,
    consensus_value,
    expert_value,
    stated_value,
)
from suyuan.comparison.proficiency.homogeneity import stability as stable
from suyuan.comparison.proficiency.multi_round import Watch, rounds
from suyuan.comparison.proficiency.q_method import Hampel, hampel
from suyuan.comparison.proficiency.robust import Robust, algorithm_a, algorithm_s
from suyuan.quantity.finding import Refused
from suyuan.verbs.comparison.form import Answer, Array, Form, Rows, known, listed, told
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import ABSENT, absent_or_wrong, called, missing

MOST_ROUNDS = 10_000
USUAL = Watch()
LEAST_DOF = 0.1
"""Degrees of freedom that a standard deviation has at least, as everywhere in cases."""

WAYS = ("formulation", "reference_material", "expert", "consensus")
PARTS = {"u": "characterisation", "u_heterogeneity": "heterogeneity", "u_instability": "instability",
         "u_transport": "transport"}  # fmt: skip
"""Field of a case → part of the uncertainty of an assigned value."""
STATED = ("value", *PARTS, "heterogeneity_in_sigma")
COMPARED = ("value", "u", "differences")
CENTRES: Mapping[str, Callable[[Array], Robust | Hampel]] = {
    "algorithm_A": algorithm_a,
    "algorithm_A_iso": lambda x: algorithm_a(x, "printed"),
    "hampel": hampel,
}
"""Ways to a consensus of the participants."""


def multi_round(body: Mapping[str, Any]) -> Answer:
    """Scores z of each laboratory over rounds: sums, running score and cusum; lists by laboratory, and `findings`.

    >>> found = multi_round({"data": [{"lab": "A", "z": [1.2, 0.9, None, 1.6, 1.1]}]})
    >>> round(found["RSZ"][0], 2), round(found["p_RSZ"][0], 3), found["n"], found["signal"][0][-1]
    (2.4, 0.016, [4], False)
    """
    form = Form(body, ("data", "window", "slack", "interval"))
    rows = form.table("data", ("lab", "z"))
    _labels(form, rows)
    z = _scores_of_rounds(form, rows)
    window = form.whole(form.body.get("window", USUAL.window), "/input/window", 1, MOST_ROUNDS)
    slack = form.number("slack", "number_from", 0.0) if "slack" in form.body else USUAL.slack
    interval = form.number("interval", "positive") if "interval" in form.body else USUAL.interval
    form.done()
    found = rounds(z, np.isfinite(z), watch=Watch(window, slack, interval))
    answer: Answer = {"n": found.n.tolist()}
    answer |= {key: listed(getattr(found, key)) for key in ("RSZ", "p_RSZ", "SSZ", "p_SSZ")}
    answer |= {key: [listed(row) for row in getattr(found, key)] for key in ("running", "cusum_high", "cusum_low")}
    answer |= {"signal": found.signal.tolist(), "window": window, "slack": slack, "interval": interval}
    return {**answer, "findings": told(form, found.findings, "/input/data", "z")}


def stability(body: Mapping[str, Any]) -> Answer:
    """The change of the items during a round beside both limits of ISO 13528 annex B, and `findings`.

    >>> found = stability({"sigma_pt": 0.5, "before": [10.0, 10.2, 9.9], "after": [10.3, 10.1, 10.4]})
    >>> round(found["difference"], 3), found["passes"], found["passes_expanded"]
    (0.233, False, True)
    """
    form = Form(body, ("sigma_pt", "before", "after"))
    sigma = form.number("sigma_pt", "positive")
    before, after = _items(form, "before"), _items(form, "after")
    form.done()
    found = stable(before, after, sigma)
    answer: Answer = {key: known(getattr(found, key)) for key in ("difference", "u", "limit", "expanded_limit")}
    answer |= {"passes": bool(found.passes), "passes_expanded": bool(found.passes_expanded)}
    return {**answer, "findings": told(form, found.findings, "/input/after", "after")}


def assigned_value(body: Mapping[str, Any]) -> Answer:
    """value and u of an assigned value by one of four ways, whether u may be forgotten beside σ_pt, and `findings`.

    >>> body = {"way": "reference_material", "sigma_pt": 0.1, "value": 2.99, "u": 0.03, "u_heterogeneity": 0.04,
    ...         "u_instability": 0, "u_transport": 0}
    >>> found = assigned_value(body)
    >>> found["u"], found["negligible"], [f["code"] for f in found["findings"]]
    (0.05, False, ['comparison.score.assigned_uncertain'])
    """
    form = Form(body, ("way", "sigma_pt", "data", "method", *STATED, "differences"))
    sigma = form.number("sigma_pt", "positive") if "sigma_pt" in form.body else None
    way = form.body.get("way")
    if way not in WAYS:
        form.add(absent_or_wrong(form.body, "way", "/input", "one_of", choices=", ".join(WAYS)))
        form.done()
    try:
        found, more = _BY_WAY[str(way)](form, sigma)
    except Refused as refused:
        at = "data" if way in ("expert", "consensus") else "way"
        places = {name: field for field, name in PARTS.items()}
        raise Refused(*(replace(f, where=f"/input/{places.get(f.where, at)}") if not f.where.startswith("/") else f
                        for f in refused.findings)) from None  # fmt: skip
    answer: Answer = {"value": known(found.value), "u": known(found.u), "way": way, **more}
    answer["negligible"] = None if found.negligible is None else bool(found.negligible)
    return {**answer, "findings": told(form, found.findings, "/input", "u(x_pt)")}


def within_laboratory(body: Mapping[str, Any]) -> Answer:
    """The pooled standard deviation within laboratories by algorithm S, and who scatters more than its limit.

    >>> data = [{"lab": str(i), "s": s} for i, s in enumerate([0.3, 0.2, 0.4, 0.3, 2.0])]
    >>> found = within_laboratory({"unit": "mg/kg", "dof": 3, "data": data})
    >>> round(found["w"], 4), round(found["eta"], 3), found["above"]
    (0.3864, 1.444, ['4'])
    """
    form = Form(body, ("dof", "data"))
    dof = form.number("dof", "number_from", LEAST_DOF)
    rows = form.table("data", ("lab", "s", "unit"))
    labs = _labels(form, rows)
    (s,) = rows.in_unit((rows.numbers("s", "number_from", 0.0), True))
    form.done()
    try:
        found = algorithm_s(s, dof)
    except Refused as refused:
        raise Refused(*(replace(f, where="/input/data") for f in called(refused.findings, "s"))) from None
    limit = found.eta * float(found.w)
    answer: Answer = {"w": known(found.w), "eta": known(found.eta), "xi": known(found.xi), "n": int(found.n)}
    answer |= {"limit": known(limit), "above": [lab for lab, one in zip(labs, s.tolist(), strict=True) if one > limit]}
    return {**answer, "findings": told(form, ())}


# ---------------------------------------------------------------- ways to an assigned value


def _stated(form: Form, sigma: float | None) -> tuple[AssignedValue, Answer]:
    """A value with the parts of its uncertainty, by formulation or of a certified reference material."""
    way = "formulation" if form.body["way"] == "formulation" else "certified reference material"
    _no_others(form, STATED)
    value = form.number("value")
    parts = {name: form.number(field, "number_from", 0.0) if field in form.body or field == "u" else None
             for field, name in PARTS.items()}  # fmt: skip
    counted = form.truth(form.body.get("heterogeneity_in_sigma"), "heterogeneity_in_sigma")
    form.done()
    contributions = Contributions(**parts)  # type: ignore[arg-type]
    return stated_value(value, way, contributions, sigma, counted), {}  # type: ignore[arg-type]


def _reference_material(form: Form, sigma: float | None) -> tuple[AssignedValue, Answer]:
    """The certified value itself; with `differences`, that of items measured in turn with the reference material."""
    if "differences" not in form.body:
        return _stated(form, sigma)
    _no_others(form, COMPARED)
    value, u = form.number("value"), form.number("u", "number_from", 0.0)
    differences = _numbers(form, form.body["differences"], "/input/differences", 2)
    form.done()
    return against_reference_material(value, u, differences, sigma), {"n": int(differences.size)}


def _expert(form: Form, sigma: float | None) -> tuple[AssignedValue, Answer]:
    """The median of laboratories whose stated uncertainties are credible."""
    _no_others(form, ("data",))
    rows = form.table("data", ("lab", "value", "u", "unit"))
    _labels(form, rows)
    x, u = rows.in_unit((rows.numbers("value"), False), (rows.numbers("u", "positive"), True))
    form.done()
    return expert_value(x, u, sigma), {"n": int(x.size)}


def _consensus(form: Form, sigma: float | None) -> tuple[AssignedValue, Answer]:
    """A robust mean of the participants."""
    _no_others(form, ("data", "method"))
    method = form.body.get("method", "algorithm_A")
    if method not in tuple(CENTRES):
        form.wrong("/input/method", "one_of", method, choices=", ".join(CENTRES))
    rows = form.table("data", ("lab", "value", "unit"), 2)
    _labels(form, rows)
    (x,) = rows.in_unit((rows.numbers("value"), False))
    form.done()
    found = CENTRES[method](x)
    more = {"method": method, "s": known(found.s), "n": int(x.size)}
    assigned = consensus_value(found, sigma)
    return replace(assigned, findings=(*found.findings, *assigned.findings)), more


_BY_WAY = {"formulation": _stated, "reference_material": _reference_material, "expert": _expert,
           "consensus": _consensus}  # fmt: skip


def _no_others(form: Form, fields: Sequence[str]) -> None:
    """A field of another way is an error: who wrote it believes that it counts."""
    for name in sorted({"data", "method", *STATED, "differences"} - set(fields)):
        if name in form.body:
            form.wrong(f"/input/{name}", "row_fields", ABSENT, fields=", ".join(("way", "sigma_pt", *fields)))


# ---------------------------------------------------------------- reading


def _labels(form: Form, rows: Rows) -> tuple[str, ...]:
    labs = rows.labels()
    for lab in sorted(lab for lab, count in Counter(labs).items() if count > 1):
        form.warn("comparison.case.lab_twice", f"/input/{rows.name}", lab=lab)
    return labs


def _scores_of_rounds(form: Form, rows: Rows) -> Array:
    """Scores (laboratories, rounds), not a number where a round was not taken."""
    lists: list[list[float]] = []
    for at, (_, row) in enumerate(rows.rows):
        given = row.get("z")
        place = rows.place(at, "z")
        if not isinstance(given, list) or not 0 < len(given) <= MOST_ROUNDS or all(z is None for z in given):
            form.add(absent_or_wrong(row, "z", rows.place(at, "")[:-1], "scores_of_rounds"))
            continue
        numbers = [np.nan if z is None else number_in(z) for z in given]
        for i, z in enumerate(given):
            if z is not None and not np.isfinite(numbers[i]):
                form.wrong(f"{place}/{i}", "number", z)
        if lists and len(numbers) != len(lists[0]):
            form.wrong(place, "so_many_numbers", ABSENT, count=len(lists[0]))
            continue
        lists.append(numbers)
    return np.array(lists, dtype=float)


def _items(form: Form, name: str) -> Array:
    """Means of the items (g), or replicates of each (g, m)."""
    given, where = form.body.get(name), f"/input/{name}"
    if given is None:
        form.add(missing(where, "items"))
        return np.zeros(2)
    if not isinstance(given, list) or len(given) < 2:
        form.wrong(where, "items", given)
        return np.zeros(2)
    if not any(isinstance(row, list) for row in given):
        return _numbers(form, given, where, 2)
    faults = len(form.findings)
    items = [_numbers(form, row, f"{where}/{i}", 1) for i, row in enumerate(given)]
    if len(form.findings) > faults:
        return np.zeros(2)
    for i, item in enumerate(items):
        if item.size != items[0].size:
            form.wrong(f"{where}/{i}", "so_many_numbers", ABSENT, count=items[0].size)
            return np.zeros(2)
    return np.array(items)


def _numbers(form: Form, given: Any, where: str, least: int) -> Array:
    if not isinstance(given, list) or len(given) < least:
        form.wrong(where, "numbers_from", given, least=least)
        return np.zeros(least)
    numbers = np.array([number_in(x) for x in given])
    for i in np.flatnonzero(~np.isfinite(numbers)):
        form.wrong(f"{where}/{i}", "number", given[i])
    return numbers
