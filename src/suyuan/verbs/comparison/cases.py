"""Answer a key comparison: reference values by several methods, and for each the degrees of equivalence.

All methods answer through one door (`comparison.methods`), and all degrees of equivalence come from one formula. A
method that cannot be had for these data is left out of the answer, and a finding says why; the others stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison import consensus
from suyuan.comparison.advice import advise
from suyuan.comparison.consensus.random_effects import RULES
from suyuan.comparison.equivalence import degrees_of_equivalence, pairwise
from suyuan.comparison.leave_one_out import leave_one_out
from suyuan.comparison.methods import METHODS, WITHOUT_U, Results, Settings, estimate
from suyuan.comparison.results import Consensus, covariance_matrix
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.verbs.comparison.form import Answer, Array, Form, Rows, asked, by_method, known, listed
from suyuan.verbs.wants import missing

FIELDS = ("methods", "data", "correlations", "doe_labs", "pairs", "trials", "seed", "leave_one_out", "between")
ROW = ("lab", "value", "u", "U", "k", "dof", "in_kcrv", "unit")
BESIDE = ("consistency", "pairwise")
"""Methods of a case that give no reference value."""
CORRELATED = frozenset(("generalised_least_squares", "pairwise"))
"""Methods that the case form gives the correlations; to all others results are independent."""
OUTSIDE = frozenset(("pilot", "given"))
"""Methods of a protocol whose value comes from outside the results."""
DARK = frozenset(("dersimonian_laird", "mandel_paule", "reml", "hartung_knapp", "hartung_knapp_modified"))
CHOICES = tuple(dict.fromkeys((*BESIDE, *(m for m in METHODS if m not in OUTSIDE))))
BY_RULE = frozenset(("hartung_knapp", "hartung_knapp_modified"))
"""Methods that take the rule for τ² from the case."""
OF_EACH = frozenset(("d_low", "d_high"))
"""What a method finds for each laboratory, listed as its degrees of equivalence are."""
TRIALS = 8_000_000
"""Draws of the median unless the case says otherwise: its 95 % limits then hold four digits of u."""
ROUNDED = 0.05
"""u and U/k of one row may differ by rounding, relatively."""
MANY = 60
"""More laboratories than these are compared in pairs only where that is asked for."""


@dataclass(frozen=True, slots=True)
class KeyComparison:
    """A key comparison as read. results: all rows; written: their labels as the case has them; covariance: from the
    correlations, None where none is stated; methods: in the order asked for; shown: places of the rows for which
    degrees of equivalence are listed; pairs: places of the pairs, None for all; without_each: methods whose reference
    is also found without each laboratory."""

    results: Results
    written: tuple[Any, ...]
    covariance: Array | None
    methods: tuple[str, ...]
    shown: NDArray[np.intp]
    pairs: tuple[tuple[int, int], ...] | None
    settings: Settings
    without_each: tuple[str, ...] = ()


def key_comparison(body: Mapping[str, Any]) -> Answer:
    """An object by method, with the keys of the case form, and `findings`.

    Every method that gives a reference value answers value, u, weights (of those that contribute), d, U, and what is
    its own (tau, lo, hi, …). Raises Refused for bad input, and where no method that is asked for can be had.

    >>> data = [{"lab": "A", "value": 10.0, "u": 0.3}, {"lab": "B", "value": 10.2, "u": 0.4}]
    >>> found = key_comparison({"unit": "V", "methods": ["weighted_mean"], "data": data})["weighted_mean"]
    >>> round(found["value"], 3), [round(U, 3) for U in found["U"]]
    (10.072, [0.36, 0.64])
    """
    form = Form(body, FIELDS)
    case = read_key_comparison(form)
    answer = by_method(form, case.methods, lambda method: _by_method(case, method))
    return answer if "methods" in form.body else {**answer, **_advice(case)}


def read_key_comparison(form: Form) -> KeyComparison:
    """The case, checked; warnings stay in the form. Raises Refused with every fault found."""
    data = form.table("data", ROW)
    labs = data.labels()
    x, u = data.in_unit((data.numbers("value"), False), (_standard(form, data), True))
    dof = data.numbers("dof", "positive", otherwise=np.inf)
    chosen = data.truths("in_kcrv", True)
    places = _by_name(form, labs)
    covariance = _covariance(form, places, u)
    stated = bool(np.any(np.isfinite(dof)))
    methods = asked(form, CHOICES, _usual(stated, covariance is not None, len(labs)))
    shown = _shown(form, places, len(labs))
    pairs = _pairs(form, places)
    trials = form.whole(form.body.get("trials", TRIALS), "/input/trials", 1_000, 100_000_000)
    seed = form.whole(form.body.get("seed", 1), "/input/seed", 0, 2**63 - 1)
    without_each = _without_each(form, methods)
    between = form.body.get("between", "dersimonian_laird")
    if between not in tuple(RULES):
        form.wrong("/input/between", "one_of", between, choices=", ".join(sorted(RULES)))
    form.done()
    if "between" in form.body and not BY_RULE & set(methods):
        form.warn("comparison.case.between_unused", "/input/between")
    form.add(*_unused(methods, covariance))
    settings = Settings(draws=trials, seed=seed, options={"between": between})
    results, written = Results(labs, x, u, dof, chosen), tuple(data.stated())
    return KeyComparison(results, written, covariance, methods, shown, pairs, settings, without_each)


def _advice(case: KeyComparison) -> Answer:
    """Which methods suit these results, with reasons, where the case leaves the choice open; nothing where too few
    state what is needed."""
    results = _rows(case.results, np.isfinite(case.results.u))
    try:
        found = advise(results.x, results.u, results.contributing, labs=results.labs)
    except Refused:
        return {}
    tests = [{"name": t.name, "statistic": known(t.statistic), "p": known(t.p)} for t in found.tests]
    rows = [{"method": s.method, "reasons": [f.to_json() for f in s.reasons]} for s in found.suggestions]
    return {"advice": {"tests": tests, "suggestions": rows, "cautions": [f.to_json() for f in found.cautions]}}


def _by_method(case: KeyComparison, method: str) -> tuple[Answer, tuple[Finding, ...]]:
    """What one method answers, and what must be known of it."""
    results = case.results
    if method == "pairwise":
        return _pairwise(case), ()
    if method == "arithmetic_mean" and not np.all(np.isfinite(results.u[results.contributing])):
        return _mean_of_values(case), ()
    used = np.ones(results.x.size, bool) if method in WITHOUT_U else np.isfinite(results.u)
    if method not in WITHOUT_U:
        _need_u(results, method)
    part = _rows(results, used)
    if method == "consistency":
        found = consensus.consistency(part.x, part.u, part.contributing)
        return {
            "chi2": known(found.chi2), "dof": found.dof, "p": known(found.p), "birge_ratio": known(found.birge_ratio),
            "I2_percent": known(100.0 * found.I2),
        }, ()  # fmt: skip
    if method in CORRELATED:
        whole = np.diag(part.u**2) if case.covariance is None else case.covariance[np.ix_(used, used)]
        part = replace(part, covariance=whole)
    reference = estimate(method, part, case.settings)
    answer = reference_answer(method, part, reference)
    if "labs" in answer:
        as_written = dict(zip(results.labs, case.written, strict=True))
        answer["labs"] = [as_written[lab] for lab in answer["labs"]]
    d, U, told = _degrees(case, part, reference, used)
    for name in OF_EACH & set(reference.further):
        row = np.full(case.results.x.shape, np.nan)
        row[used] = reference.further[name]
        answer[name] = listed(row[case.shown])
    answer |= {"d": d, "U": U}
    if method in case.without_each:
        found_without, refused = _left_out(case, part, method, used)
        answer |= found_without
        told += refused
    return answer, (*reference.findings, *told)


def _left_out(case: KeyComparison, part: Results, method: str, used: Array) -> tuple[Answer, tuple[Finding, ...]]:
    """The reference without each of the rows shown, and d and U of that row against it; a finding where the method
    cannot do without one of them."""
    try:
        found = leave_one_out(part, method, case.settings)
    except Refused as refused:
        return {}, tuple(replace(f, severity="warning") for f in refused.findings)
    columns = {"value": found.value, "u": found.u, "shift": found.shift, "d": found.equivalence.d,
               "U": found.equivalence.U}  # fmt: skip
    rows = {}
    for name, column in columns.items():
        every = np.full(case.results.x.shape, np.nan)
        every[used] = column
        rows[name] = listed(every[case.shown])
    return {"leave_one_out": {"labs": [case.written[i] for i in case.shown], **rows}}, ()


def reference_answer(method: str, results: Results, reference: Consensus) -> Answer:
    """A reference value with what its method finds, as the case form names it."""
    answer: Answer = {"n": int(np.count_nonzero(results.contributing))}
    answer |= {"value": known(reference.value), "u": known(reference.u)}
    if reference.low is not None and reference.high is not None:
        answer |= {"lo": known(reference.low), "hi": known(reference.high)}
    if method in DARK:
        answer |= {"tau": known(reference.tau), "tau2": known(reference.tau**2)}
    answer["weights"] = listed(reference.weights[results.contributing])
    for name, value in reference.further.items():
        if name == "included":
            answer["labs"] = [lab for lab, taken in zip(results.labs, np.asarray(value).tolist(), strict=True) if taken]
        elif name not in OF_EACH:
            answer[name] = _told_as(value)
    return answer


def _told_as(value: Any) -> Any:
    """A further number of a method for JSON."""
    array = np.asarray(value)
    if array.ndim == 0:
        number = array.item()
        return number if isinstance(number, bool | int | str) else known(number)
    return array.tolist() if array.dtype.kind in "iubUS" else listed(array)


def _degrees(
    case: KeyComparison, part: Results, reference: Consensus, used: Array
) -> tuple[list[float | None], list[float | None], tuple[Finding, ...]]:
    """d and U of the rows to be shown; U is null for a row without u, or where the method knows none."""
    d = case.results.x - float(reference.value)
    U = np.full(d.shape, np.nan)
    told: tuple[Finding, ...] = ()
    with_u = np.isfinite(part.u)
    if np.isfinite(reference.u) and np.any(with_u):
        own = replace(reference, weights=reference.weights[with_u], covariance=reference.covariance[with_u])
        try:
            found = degrees_of_equivalence(part.x[with_u], part.u[with_u], own)
            U[np.flatnonzero(used)[with_u]] = found.U
        except Refused as refused:
            told = tuple(replace(f, severity="warning") for f in refused.findings)
    return listed(d[case.shown]), listed(U[case.shown]), told


def _mean_of_values(case: KeyComparison) -> Answer:
    """The arithmetic mean where some uncertainty is not stated: a value without u."""
    r = case.results
    part = r.x[r.contributing]
    if part.size == 0:
        raise Refused(finding("comparison.results.few", "contributing", n=0, wanted=1))
    middle = float(np.median(part))
    value = middle + float(np.mean(part - middle))
    return {
        "n": part.size, "value": value, "u": None, "weights": [1.0 / part.size] * part.size,
        "d": listed(r.x[case.shown] - value), "U": [None] * len(case.shown),
    }  # fmt: skip


def _pairwise(case: KeyComparison) -> Answer:
    r = case.results
    named = {i for pair in case.pairs for i in pair} if case.pairs is not None else set(range(r.x.size))
    used = np.array(sorted(named), dtype=int)
    _need_u(replace(r, contributing=np.isin(np.arange(r.x.size), used)), "pairwise")
    matrix = None if case.covariance is None else case.covariance[np.ix_(used, used)]
    found = pairwise(r.x[used], r.u[used], matrix)
    if case.pairs is None:
        return {"d": [listed(row) for row in found.d], "U": [listed(row) for row in found.U]}
    at = {int(i): k for k, i in enumerate(used)}
    i, j = (np.array([at[pair[side]] for pair in case.pairs], dtype=int) for side in (0, 1))
    return {"d": listed(found.d[i, j]), "U": listed(found.U[i, j])}


def _rows(results: Results, which: Array) -> Results:
    labs = tuple(lab for lab, taken in zip(results.labs, which.tolist(), strict=True) if taken)
    return Results(labs, results.x[which], results.u[which], results.dof[which], results.contributing[which])


def _need_u(results: Results, method: str) -> None:
    lacking = [lab for lab, u, c in zip(results.labs, results.u, results.contributing, strict=True)
               if c and not np.isfinite(u)]  # fmt: skip
    if lacking:
        raise Refused(finding("comparison.case.u_missing", method, labs=_some(lacking)))


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


# ---------------------------------------------------------------- reading


def _standard(form: Form, data: Rows) -> Array:
    """u of each row as stated, else U/k, not a number where neither is; both must say one thing."""
    u, U, k = (data.numbers(key, "positive", otherwise=np.nan) for key in ("u", "U", "k"))
    known_u, known_U, known_k = np.isfinite(u), np.isfinite(U), np.isfinite(k)
    for at in np.flatnonzero(known_U & ~known_k & ~known_u):
        if data.rows[at][1].get("k") is None:
            form.add(missing(data.place(int(at), "k"), "positive"))
    of_U = np.divide(U, k, out=np.full(u.shape, np.nan), where=known_U & known_k)
    for at in np.flatnonzero(known_u & np.isfinite(of_U) & (np.abs(of_U - u) > ROUNDED * u)):
        form.fail("comparison.case.U_and_u", data.place(int(at), "u"), u=f"{u[at]:g}", of_U=f"{of_U[at]:.4g}")
    return np.where(known_u, u, of_U)


def _by_name(form: Form, labs: tuple[str, ...]) -> dict[str, int]:
    """Name → place; two rows of one name are refused, since each would count as a laboratory of its own."""
    places: dict[str, int] = {}
    for at, lab in enumerate(labs):
        if places.setdefault(lab, at) != at:
            form.fail("comparison.case.lab_twice", f"/input/data/{at}/lab", lab=lab)
    return places


def _lab(form: Form, places: Mapping[str, int], value: Any, where: str) -> int | None:
    name = str(value).strip() if isinstance(value, str | int) else None
    if name is None or name not in places:
        form.wrong(where, "laboratory", value)
        return None
    return places[name]


def _covariance(form: Form, places: Mapping[str, int], u: Array) -> Array | None:
    """The covariance matrix that the correlations give, checked; None where none is stated."""
    if "correlations" not in form.body:
        return None
    if form.body["correlations"] == []:
        return None
    rows = form.table("correlations", ("a", "b", "r"))
    r, matrix, seen = rows.numbers("r"), np.eye(u.size), dict[frozenset[int], float]()
    for at, (i, row) in enumerate(rows.rows):
        ends = [_lab(form, places, row.get(end), f"/input/correlations/{i}/{end}") for end in ("a", "b")]
        first, second = ends
        if first is None or second is None or not np.isfinite(r[at]):
            continue
        if first == second or not -1.0 <= r[at] <= 1.0:
            form.wrong(f"/input/correlations/{i}", "correlation_labs", dict(row))
            continue
        if seen.setdefault(frozenset((first, second)), float(r[at])) != r[at]:
            form.fail("case.correlation.twice", f"/input/correlations/{i}", first=row["a"], second=row["b"])
        matrix[first, second] = matrix[second, first] = r[at]
    if errors(form.findings):
        return None
    scale = np.where(np.isfinite(u), u, 1.0)
    try:
        return covariance_matrix(matrix * np.outer(scale, scale), u.size, tuple(places))
    except Refused as refused:
        form.add(*(replace(f, where="/input/correlations") for f in refused.findings))
        return None


def _without_each(form: Form, methods: tuple[str, ...]) -> tuple[str, ...]:
    """The methods whose reference is found without each laboratory too: the first of the case, or those named."""
    given = form.body.get("leave_one_out", False)
    able = [m for m in methods if m not in BESIDE]
    if isinstance(given, bool):
        return tuple(able[:1]) if given else ()
    if not isinstance(given, list) or not given:
        form.wrong("/input/leave_one_out", "without_each", given)
        return ()
    for i, name in enumerate(given):
        if name not in able:
            form.wrong(f"/input/leave_one_out/{i}", "one_of", name, choices=", ".join(able))
    return tuple(str(name) for name in given)


def _usual(stated_dof: bool, correlated: bool, n: int) -> list[str]:
    """The methods of a case that names none: those that its data can feed."""
    left_out = set() if stated_dof else {"hierarchical_bayes_dof"}
    left_out |= set() if correlated else {"generalised_least_squares"}
    left_out |= set() if n <= MANY else {"pairwise"}
    return [m for m in CHOICES if m not in left_out]


def _shown(form: Form, places: Mapping[str, int], n: int) -> NDArray[np.intp]:
    given = form.body.get("doe_labs")
    if given is None:
        return np.arange(n)
    if not isinstance(given, list):
        form.wrong("/input/doe_labs", "laboratories", given)
        return np.arange(0)
    found = [_lab(form, places, name, f"/input/doe_labs/{i}") for i, name in enumerate(given)]
    return np.array([at for at in found if at is not None], dtype=int)


def _pairs(form: Form, places: Mapping[str, int]) -> tuple[tuple[int, int], ...] | None:
    given = form.body.get("pairs")
    if given is None:
        return None
    if not isinstance(given, list) or not given:
        form.wrong("/input/pairs", "pairs", given)
        return None
    found = []
    for i, pair in enumerate(given):
        if not isinstance(pair, list) or len(pair) != 2:
            form.wrong(f"/input/pairs/{i}", "two_laboratories", pair)
            continue
        ends = [_lab(form, places, name, f"/input/pairs/{i}/{side}") for side, name in enumerate(pair)]
        if ends[0] is not None and ends[1] is not None:
            found.append((ends[0], ends[1]))
    return tuple(found)


def _unused(methods: Iterable[str], covariance: Array | None) -> tuple[Finding, ...]:
    """A note where correlations are stated and a method treats the results as independent."""
    deaf = [m for m in methods if m not in CORRELATED and m not in WITHOUT_U and m != "arithmetic_mean"]
    if covariance is None or not deaf:
        return ()
    return (finding("comparison.case.correlations_unused", "/input/correlations", "note", methods=_some(deaf)),)
