"""Answer precision (ISO 5725-2) and Youden cases. A test that these data do not allow is left out, with a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from suyuan.comparison.precision.decisions import Names, OutlierDecision, kept_cells
from suyuan.comparison.precision.mandel import common_count, h_critical, k_critical, mandel
from suyuan.comparison.precision.outliers import (
    cochran,
    cochran_critical,
    grubbs,
    grubbs_critical,
    outlier_tests,
    undecided,
)
from suyuan.comparison.precision.repeatability import Cells, cells_of, repeatability, repeatability_e691, replicates
from suyuan.comparison.precision.youden import Youden, correlation, ranks
from suyuan.comparison.precision.youden import youden as youden_of
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.comparison.form import Answer, Array, Form, known, listed, told
from suyuan.verbs.wants import ABSENT, absent_or_wrong, called

STANDARDS = ("ISO 5725-2", "ASTM E691")
TESTS = ("cochran", "grubbs_high", "grubbs_low", "grubbs_double_high", "grubbs_double_low", "technical")
"""What a decision may rest on; «technical» is a reason without a test."""
MOST_DECISIONS = 1_000


def precision(body: Mapping[str, Any]) -> Answer:
    """Precision of one measurand with all tests; keys of the case form, and what the tests propose.

    `proposals` lists stragglers and outliers, on which a person decides with a reason; a laboratory is left out by such
    a decision alone, and the answer says whose it was.

    >>> rows = [[41.03, 41.45, 41.37], [41.17, 42, 41.15], [41.01, 40.68, 42.66], [39.37, 42.37, 42.63],
    ...         [41.88, 41.19, 41.32], [43.28, 40.5, 42.28], [41.08, 41.27, 39.02], [43.36, 42.65, 41.72]]
    >>> data = [{"lab": str(i), "values": row} for i, row in enumerate(rows)]      # mg/dl glucose, ASTM E691
    >>> found = precision({"unit": "mg/dl", "data": data})
    >>> round(found["s_r"], 3), len(found["h"]), found["s_L"]
    (1.063, 8, 0.0)
    """
    form = Form(body, ("data", "decisions", "standard"))
    standard = form.body.get("standard", STANDARDS[0])
    if standard not in STANDARDS:
        form.wrong("/input/standard", "standard", standard)
    rows = form.table("data", ("lab", "values"), 2)
    labs = rows.labels()
    values = rows.lists("values", 1)
    for lab in sorted({lab for lab in labs if labs.count(lab) > 1}):
        form.warn("comparison.case.lab_twice", "/input/data", lab=lab)
    unique = labs if len(set(labs)) == len(labs) else tuple(f"{lab} ({i + 1})" for i, lab in enumerate(labs))
    decisions = _decisions(form, unique)
    form.done()
    x, there = replicates([row.tolist() for row in values])
    names = Names(unique)
    decisions = _with_tests(decisions, cells_of(x, there), names)
    try:
        found = repeatability(x, there, decisions, names)
        e691 = repeatability_e691(x, there, decisions, names) if standard == "ASTM E691" else None
    except Refused as refused:
        raise Refused(*(replace(f, where="/input/data") for f in called(refused.findings, "data"))) from None
    notes = list(found.findings)
    answer: Answer = {
        "mean": known(found.mean), "s_r": known(found.s_r), "s_L": known(found.s_L), "s_R": known(found.s_R),
        "r_limit": known(found.r), "R_limit": known(found.R), "laboratories": int(found.p), "results": int(found.N),
        "dof": int(found.dof), "standard": standard,
    }  # fmt: skip
    if e691 is not None:
        del answer["s_L"]
        answer |= {"mean": known(e691.mean), "s_x": known(e691.s_x), "s_r": known(e691.s_r), "s_R": known(e691.s_R),
                   "r_limit": known(e691.r), "R_limit": known(e691.R)}  # fmt: skip
    for part in (_mandel, _cochran, _grubbs):
        answer |= _part(part, found.cells, notes)
    if e691 is not None and "h" in answer:
        answer |= _critical_e691(found.cells)
    proposals = outlier_tests(found.cells, names)
    left_open = undecided(proposals, decisions)
    answer["proposals"] = [{**_test(d), "decided": d not in left_open} for d in proposals]
    answer["decisions"] = [{**_test(d), "kept": d.kept, "person": d.person, "reason": d.reason} for d in decisions]
    counted = kept_cells(decisions, names, (len(unique),))
    answer["left_out"] = [lab for lab, kept in zip(unique, counted.tolist(), strict=True) if not kept]
    return {**answer, "findings": told(form, tuple(notes), "/input/data", "data")}


def youden(body: Mapping[str, Any]) -> Answer:
    """Two materials against each other; keys of the case form, and the distance of each laboratory from the 45° line.

    >>> data = [{"lab": lab, "x": x, "y": y} for lab, x, y in zip("ABCDE", (1, 2, 3, 4, 5), (1.1, 2.2, 2.9, 6.0, 5.1))]
    >>> found = youden({"unit": "mg/kg", "data": data})
    >>> found["suspect_lab"], round(found["spearman_r"], 3)
    ('D', 0.9)
    """
    form = Form(body, ("data",))
    rows = form.table("data", ("lab", "x", "y"), 2)
    labs = rows.labels()
    x, y = rows.numbers("x"), rows.numbers("y")
    form.done()
    distance = (y - np.median(y)) - (x - np.median(x))
    suspect = rows.stated()[int(np.argmax(np.abs(distance)))]
    answer: Answer = {"median_x": known(np.median(x)), "median_y": known(np.median(y)), "suspect_lab": suspect,
                      "distance": listed(distance / np.sqrt(2.0)), "pearson_r": None, "spearman_r": None}  # fmt: skip
    notes = list[Finding]()
    if np.ptp(x) > 0.0 and np.ptp(y) > 0.0:
        answer |= {"pearson_r": correlation(x, y), "spearman_r": correlation(ranks(x), ranks(y))}
    else:
        notes.append(finding("comparison.case.no_correlation", "/input/data", "warning"))
    region = _region(x, y, notes)
    if region is not None:
        ellipse = region.ellipse
        answer |= {
            "outside": [lab for lab, out in zip(labs, region.outside.tolist(), strict=True) if out],
            "ellipse": {"half_axes": listed(ellipse.half_axes), "angle": known(ellipse.angle),
                        "centre": listed(ellipse.mean)},
        }  # fmt: skip
    return {**answer, "findings": told(form, tuple(notes))}


def _region(x: Array, y: Array, notes: list[Finding]) -> Youden | None:
    """The 95 % ellipse, robust where that can be had, else classical, else a finding."""
    try:
        return youden_of(x, y)
    except Refused:
        pass
    try:
        return youden_of(x, y, ellipse="classical")
    except Refused as refused:
        notes += [replace(f, where="/input/data", severity="note") for f in called(refused.findings, "data")]
        return None


def _decisions(form: Form, labs: tuple[str, ...]) -> tuple[OutlierDecision, ...]:
    """What persons decided about laboratories; one that leaves somebody out needs a person and a reason."""
    if not form.body.get("decisions"):
        if form.body.get("decisions", []) != []:
            form.wrong("/input/decisions", "rows", form.body["decisions"], fields="lab, test, kept, person, reason")
        return ()
    rows = form.table("decisions", ("lab", "test", "kept", "person", "reason"))
    if len(rows) > MOST_DECISIONS:
        form.wrong("/input/decisions", "rows_to", ABSENT, most=MOST_DECISIONS)
        return ()
    made = []
    for at, (i, row) in enumerate(rows.rows):
        where, faults = f"/input/decisions/{i}", len(form.findings)
        lab = str(row["lab"]).strip() if isinstance(row.get("lab"), str | int) else None
        if lab not in labs or isinstance(row.get("lab"), bool):
            form.add(absent_or_wrong(row, "lab", where, "laboratory"))
        if row.get("test") not in TESTS:
            form.add(absent_or_wrong(row, "test", where, "one_of", choices=", ".join(TESTS)))
        if not isinstance(row.get("kept"), bool):
            form.add(absent_or_wrong(row, "kept", where, "truth"))
        for name in ("person", "reason"):
            if not isinstance(row.get(name, ""), str):
                form.wrong(rows.place(at, name), "text", row[name])
        if len(form.findings) > faults:
            continue
        person, reason = (str(row.get(name, "")).strip() for name in ("person", "reason"))
        if not row["kept"] and not (person and reason):
            form.fail("comparison.decision.unsigned", where, lab=lab)
            continue
        made.append(OutlierDecision(str(lab), "", row["test"], None, None, "correct", row["kept"], person, reason))
    return tuple(made)


def _with_tests(decisions: tuple[OutlierDecision, ...], cells: Cells, names: Names) -> tuple[OutlierDecision, ...]:
    """The decisions with what their tests found, each among the laboratories that those before it had left."""
    made: list[OutlierDecision] = []
    seen: dict[bytes, dict[tuple[str, str], OutlierDecision]] = {}
    for decision in decisions:
        counted = kept_cells(made, names, cells.n.shape)
        if counted.tobytes() not in seen:
            left = Cells(
                *(np.where(counted, cells.n, 0), *(np.where(counted, a, np.nan) for a in (cells.mean, cells.s)))
            )
            seen[counted.tobytes()] = {(d.lab, d.test): d for d in outlier_tests(left, names)}
        found = seen[counted.tobytes()].get((decision.lab, decision.test))
        if found is not None:
            decision = replace(decision, statistic=found.statistic, critical=found.critical, state=found.state)
        made.append(decision)
    return tuple(made)


def _test(d: OutlierDecision) -> Answer:
    return {"lab": d.lab, "test": d.test, "state": d.state, "statistic": None if d.statistic is None else
            known(d.statistic), "critical": None if d.critical is None else known(d.critical)}  # fmt: skip


def _critical_e691(cells: Cells) -> Answer:
    """Critical values of h and k at 0.5 %, by which ASTM E691 judges."""
    p, q, n = int(np.sum(cells.n > 0)), int(np.sum(cells.n > 1)), int(common_count(cells.n))
    return {"h_crit_0.5": known(h_critical(p, 0.005)), "k_crit_0.5": known(k_critical(q, n, 0.005))}


def _part(act: Callable[[Cells], tuple[Answer, tuple[Finding, ...]]], cells: Cells, notes: list[Finding]) -> Answer:
    """What a test gives; where it cannot be made, a finding."""
    try:
        answer, found = act(cells)
    except Refused as refused:
        notes += [replace(f, severity="warning") for f in refused.findings]
        return {}
    notes += found
    return answer


def _mandel(cells: Cells) -> tuple[Answer, tuple[Finding, ...]]:
    found = mandel(cells)
    limits = {f"{name}_crit_{level}": known(getattr(found, f"{name}_{state}"))
              for name in ("h", "k") for level, state in ((5, "straggler"), (1, "outlier"))}  # fmt: skip
    return {"h": listed(found.h), "k": listed(found.k), **limits}, found.findings


def _cochran(cells: Cells) -> tuple[Answer, tuple[Finding, ...]]:
    s = cells.s[cells.n > 1]
    n = int(common_count(cells.n))
    found = cochran(s, n)
    limits = {f"cochran_crit_{level}": cochran_critical(s.size, n, level / 100.0) for level in (5, 1)}
    return {"cochran_C": known(found.statistic), **limits}, ()


def _grubbs(cells: Cells) -> tuple[Answer, tuple[Finding, ...]]:
    means = cells.mean[cells.n > 0]
    answer: Answer = {f"grubbs_{side}": known(grubbs(means, side).statistic) for side in ("high", "low")}
    return answer | {f"grubbs_crit_{level}": grubbs_critical(means.size, level / 100.0) for level in (5, 1)}, ()
