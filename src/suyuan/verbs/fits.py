"""Cases of fits: kinds line_fit, polynomial_fit and curve_fit of the case form, from their `input` to the answer.

Beyond the form a case may name a method (and `u_y`, `u_x`, `covariance`) for polynomials and curves too, and
`sensitivity` (`fit_line`). Every wrong field is a finding with a JSON pointer; nothing is guessed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.fit.calibration_curve import inverse, predict
from suyuan.quantity.fit.curve import fit_curve
from suyuan.quantity.fit.estimate import SENSITIVITIES
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.points import METHODS
from suyuan.quantity.fit.polynomial import HIGHEST, fit_line, fit_polynomial
from suyuan.quantity.formula.formula import Formula, parse
from suyuan.quantity.formula.model import bad_name

Answer = dict[str, Any]
SHARED = ("method", "x", "y", "u_x", "u_y", "covariance", "sensitivity", "x_unit", "y_unit", "title")
USED = {
    "ordinary": (),
    "weighted": ("u_y",),
    "generalised": ("covariance",),
    "errors_in_both": ("u_x", "u_y", "covariance"),
}
"""What of the uncertainties each method takes."""


def line_fit(body: Mapping[str, Any]) -> Answer:
    """intercept, slope, u_intercept, u_slope, covariance, correlation, dof, s or chi_squared and chi_squared_per_dof,
    predict, inverse; beside these n, residuals, standardised_residuals, findings. Raises Refused."""
    reader = _Reader(body, (*SHARED, "x_origin", "predict", "inverse"), "method")
    given = reader.points()
    origin = reader.number(body.get("x_origin", 0.0), "/input/x_origin")
    asked = reader.rows("predict", ("x", "u_x")), reader.rows("inverse", ("y", "u_y"))
    reader.done()
    fit = _placed(lambda: fit_line(**given, x_origin=origin))
    (a, b), (u_a, u_b) = fit.estimates.tolist(), fit.u.tolist()
    answer: Answer = {"intercept": a, "slope": b, "u_intercept": u_a, "u_slope": u_b}
    answer["covariance"] = float(fit.covariance[0, 1])
    answer["correlation"] = float(fit.correlation[0, 1])
    answer |= _common(fit)
    findings = list(fit.findings)
    answer["predict"] = [_predicted(fit, row, i, findings) for i, row in enumerate(asked[0])]
    answer["inverse"] = [_inverted(fit, row, i, findings) for i, row in enumerate(asked[1])]
    return answer | {"findings": [f.to_json() for f in (*reader.findings, *findings)]}


def polynomial_fit(body: Mapping[str, Any]) -> Answer:
    """n, coefficients (constant first), u, s, dof; also covariance, rss, residuals, findings. Raises Refused."""
    reader = _Reader(body, (*SHARED, "degree", "x_origin"))
    given = reader.points()
    origin = reader.number(body.get("x_origin", 0.0), "/input/x_origin")
    degree = body.get("degree")
    if degree is None:
        reader.fail("case.field.missing", "/input/degree", field="degree")
    elif isinstance(degree, bool) or not isinstance(degree, int) or not 0 <= degree <= HIGHEST:
        reader.fail("case.field.wrong", "/input/degree", field="degree", expected=f"0, 1, 2 … {HIGHEST}")
    reader.done()
    fit = _placed(lambda: fit_polynomial(**given, degree=int(body["degree"]), x_origin=origin))
    answer: Answer = {"coefficients": fit.estimates.tolist(), "u": fit.u.tolist()}
    answer |= {"covariance": fit.covariance.tolist(), "rss": fit.rss} | _common(fit)
    return answer | {"findings": [f.to_json() for f in (*reader.findings, *fit.findings)]}


def curve_fit(body: Mapping[str, Any]) -> Answer:
    """parameters and u (by name), rss, s, dof; beside these n, covariance (in the order of the names), residuals,
    findings. Each start vector must lead to the same result. Raises Refused."""
    reader = _Reader(body, (*SHARED, "model", "parameters", "start"))
    given = reader.points()
    names = reader.names(body.get("parameters"))
    starts = reader.starts(body.get("start"), names)
    model = reader.model(body.get("model"), names)
    reader.done()
    assert model is not None
    formula = model

    def from_start(vector: Sequence[float]) -> Fit:
        return fit_curve(formula, start=dict(zip(names, vector, strict=True)), **given)

    fits = [_placed(partial(from_start, vector), f"start/{i}") for i, vector in enumerate(starts)]
    fit = fits[0]
    for i, other in enumerate(fits[1:], 1):
        apart = np.abs(other.estimates - fit.estimates)
        if np.any(apart > 1e-6 * np.abs(fit.estimates) + 1e-6 * fit.u):
            worst = names[int(np.argmax(apart / (np.abs(fit.estimates) + fit.u + 1e-300)))]
            raise Refused(
                finding("fit.start.disagree", f"/input/start/{i}", name=worst, first=f"{fit.rss:.9g}",
                        other=f"{other.rss:.9g}")
            )  # fmt: skip
    answer: Answer = {
        "parameters": dict(zip(fit.names, fit.estimates.tolist(), strict=True)),
        "u": dict(zip(fit.names, fit.u.tolist(), strict=True)),
        "rss": fit.rss,
        "covariance": fit.covariance.tolist(),
    }
    return answer | _common(fit) | {"findings": [f.to_json() for f in (*reader.findings, *fit.findings)]}


def _common(fit: Fit) -> Answer:
    answer: Answer = {"n": fit.n, "dof": fit.dof, "method": fit.method}
    if fit.s is not None:
        answer["s"] = fit.s
    else:
        answer["chi_squared"], answer["chi_squared_per_dof"] = fit.chi_squared, fit.chi_squared_per_dof
    answer["residuals"], answer["standardised_residuals"] = fit.residuals.tolist(), fit.standardised.tolist()
    return answer


def _predicted(fit: Fit, row: Mapping[str, Any], place: int, findings: list[Finding]) -> Answer:
    where = f"predict/{place}"
    y, found = _placed(lambda: predict(fit, row["x"], row.get("u_x")), where)
    findings += [replace(f, where=f"/input/{where}/x") for f in found]
    return _in_range({"y": float(y.value), "u_y": float(y.u)}, where)


def _inverted(fit: Fit, row: Mapping[str, Any], place: int, findings: list[Finding]) -> Answer:
    where, y = f"inverse/{place}", row["y"]
    if isinstance(y, list):
        x, found = _placed(lambda: inverse(fit, math.fsum(y) / len(y), readings=len(y)), where)
    else:
        x, found = _placed(lambda: inverse(fit, y, row["u_y"]), where)
    findings += [replace(f, where=f"/input/{where}/y") for f in found]
    return _in_range({"x": float(x.value), "u_x": float(x.u)}, where)


def _in_range(answer: Answer, where: str) -> Answer:
    """The answer, unless a number of it is beyond the range of numbers."""
    if not all(map(math.isfinite, answer.values())):
        raise Refused(finding("fit.result.not_finite", f"/input/{where}"))
    return answer


def _placed(act: Callable[[], Any], within: str = "") -> Any:
    """Do it; what is refused stands under /input."""
    try:
        return act()
    except Refused as refused:
        raise Refused(*(replace(f, where=_pointer(f.where, within)) for f in refused.findings)) from None


def _pointer(where: str, within: str) -> str:
    """Where the kernel found a fault, as a place of the case: a column of its own, or the row that asked."""
    path = where.replace(".", "/")
    column = path.partition("/")[0] in (*SHARED, "model")
    if within and (within.startswith(("predict", "inverse")) or not column):
        return f"/input/{within}"
    return f"/input/{path if column else 'x'}"


class _Reader:
    """Collects findings while the fields of a fit are read."""

    def __init__(self, body: Mapping[str, Any], fields: Iterable[str], *needed: str) -> None:
        self.body = body
        self.findings: list[Finding] = []
        known = set(fields)
        for name in sorted(set(body) - known):
            self.findings.append(finding("case.field.unknown", f"/input/{name}", "warning", field=name))
        for name in (*needed, "x", "y"):
            if body.get(name) is None:
                self.fail("case.field.missing", f"/input/{name}", field=name)

    def fail(self, code: str, where: str, **parameters: object) -> None:
        self.findings.append(finding(code, where, "error", "", **parameters))

    def done(self) -> None:
        """Raise Refused if anything was wrong."""
        if errors(self.findings):
            raise Refused(*errors(self.findings))

    def number(self, value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            self.fail("case.field.wrong", where, field=where.rsplit("/", 1)[-1], expected="a number")
            return math.nan
        return float(value)

    def numbers(self, value: Any, where: str) -> list[float]:
        if not isinstance(value, list) or not value:
            self.fail("case.field.wrong", where, field=where.rsplit("/", 1)[-1], expected="[number, …]")
            return []
        return [self.number(v, f"{where}/{i}") for i, v in enumerate(value)]

    def points(self) -> dict[str, Any]:
        """x, y, method and what it needs, as arguments of a fit."""
        body = self.body
        method = body.get("method", "ordinary")
        if method not in METHODS:
            self.fail("case.field.wrong", "/input/method", field="method", expected=", ".join(METHODS))
            method = "ordinary"
        given: dict[str, Any] = {"method": method}
        for name in ("x", "y", "u_x", "u_y"):
            value = body.get(name)
            if value is None:
                continue
            if name[0] == "u" and name not in USED[method]:
                self.fail("fit.case.unused", f"/input/{name}", field=name, method=method)
            elif name[0] == "u" and isinstance(value, int | float):
                given[name] = self.number(value, f"/input/{name}")
            else:
                given[name] = self.numbers(value, f"/input/{name}")
        if body.get("covariance") is not None:
            given["covariance"] = self._matrix(body["covariance"], method)
        whole = "covariance" in given
        for name in USED[method]:
            if name not in given and (name == "covariance") == (method == "generalised") and not whole:
                self.fail("case.field.missing", f"/input/{name}", field=name)
        if body.get("sensitivity") is not None:
            given["sensitivity"] = body["sensitivity"]
            if body["sensitivity"] not in SENSITIVITIES:
                expected = ", ".join(SENSITIVITIES)
                self.fail("case.field.wrong", "/input/sensitivity", field="sensitivity", expected=expected)
        return given

    def _matrix(self, value: Any, method: str) -> list[list[float]]:
        if "covariance" not in USED[method]:
            self.fail("fit.case.unused", "/input/covariance", field="covariance", method=method)
            return []
        if not isinstance(value, list) or not value:
            self.fail("case.field.wrong", "/input/covariance", field="covariance", expected="[[number, …], …]")
            return []
        rows = [self.numbers(row, f"/input/covariance/{i}") for i, row in enumerate(value)]
        for i, row in enumerate(rows):
            if row and len(row) != len(rows):
                expected = f"{len(rows)} numbers"
                self.fail("case.field.wrong", f"/input/covariance/{i}", field="covariance", expected=expected)
        return rows

    def rows(self, name: str, fields: tuple[str, str]) -> Sequence[Mapping[str, Any]]:
        """Rows {x, u_x?} of predict, or {y, u_y} and {y: [readings]} of inverse."""
        value = self.body.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fail("case.field.wrong", f"/input/{name}", field=name, expected="[{" + ", ".join(fields) + "}, …]")
            return ()
        for i, row in enumerate(value):
            self._row(row, f"/input/{name}/{i}", fields)
        return value

    def _row(self, row: Any, where: str, fields: tuple[str, str]) -> None:
        of, u = fields
        if not isinstance(row, dict) or row.get(of) is None:
            self.fail("case.field.missing", f"{where}/{of}", field=of)
            return
        for name in sorted(set(row) - set(fields)):
            self.fail("case.field.wrong", f"{where}/{name}", field=name, expected=", ".join(fields))
        readings = of == "y" and isinstance(row[of], list)
        if readings:
            self.numbers(row[of], f"{where}/{of}")
            if self.body.get("method") != "ordinary":
                self.fail("fit.case.readings", f"{where}/{of}")
            if row.get(u) is not None:
                self.fail("fit.case.unused", f"{where}/{u}", field=u, method="[readings]")
            return
        self.number(row[of], f"{where}/{of}")
        if row.get(u) is None:
            if of == "y":
                self.fail("case.field.missing", f"{where}/{u}", field=u)
        elif not self.number(row[u], f"{where}/{u}") >= 0.0:
            self.fail("case.field.wrong", f"{where}/{u}", field=u, expected="a number from 0")

    def names(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not value or not all(isinstance(n, str) and n for n in value):
            self.fail("case.field.wrong", "/input/parameters", field="parameters", expected="[name, …]")
            return []
        self.findings += [f for i, name in enumerate(value) for f in bad_name(name, f"/input/parameters/{i}")]
        if len(set(value)) < len(value) or "x" in value:
            self.fail("case.field.wrong", "/input/parameters", field="parameters", expected="different names, not x")
        return list(value)

    def starts(self, value: Any, names: Sequence[str]) -> list[list[float]]:
        if not isinstance(value, list) or not value or not all(isinstance(v, list) for v in value):
            self.fail("case.field.wrong", "/input/start", field="start", expected="[[number, …], …]")
            return []
        found = [self.numbers(v, f"/input/start/{i}") for i, v in enumerate(value)]
        for i, vector in enumerate(found):
            if names and vector and len(vector) != len(names):
                self.fail("case.field.wrong", f"/input/start/{i}", field="start", expected=f"{len(names)} numbers")
        return found

    def model(self, value: Any, names: Sequence[str]) -> Formula | None:
        if not isinstance(value, str) or not value:
            self.fail("case.field.missing", "/input/model", field="model")
            return None
        formula, found = parse(value, ["x", *names] if names else None, "/input/model")
        self.findings += found
        unused = [] if formula is None else [n for n in names if n not in formula.names]
        if unused:
            self.fail("fit.model.names", "/input/model", names=", ".join(unused), variable="x")
        return formula
