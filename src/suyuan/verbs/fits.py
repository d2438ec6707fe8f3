"""Cases of fits: kinds line_fit, polynomial_fit and curve_fit of the case form, from their `input` to the answer.

Beyond the form a case may name a method (and `u_y`, `u_x`, `covariance`) for polynomials and curves too, and
`sensitivity` (`fit_line`). Every wrong field is a finding with a JSON pointer; nothing is guessed.
"""

from __future__ import annotations

import math
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
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import Reader, absent_or_wrong, missing

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
    degree = 0
    if body.get("degree") is None:
        reader.add(missing("/input/degree", "whole_from_to", low=0, high=HIGHEST))
    else:
        degree = reader.whole(body["degree"], "/input/degree", 0, HIGHEST)
    reader.done()
    fit = _placed(lambda: fit_polynomial(**given, degree=degree, x_origin=origin))
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
    else:  # without u_y one reading, whose scatter is that of the points about an ordinary line
        x, found = _placed(lambda: inverse(fit, y, row.get("u_y")), where)
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


class _Reader(Reader):
    """Collects findings while the fields of a fit are read."""

    def __init__(self, body: Mapping[str, Any], fields: Iterable[str], *needed: str) -> None:
        super().__init__()
        self.body = body
        known = set(fields)
        for name in sorted(set(body) - known):
            self.warn("case.field.unknown", f"/input/{name}", field=name)
        for name in (*needed, "x", "y"):
            if body.get(name) is None and name == "method":
                self.add(missing("/input/method", "one_of", choices=", ".join(METHODS)))
            elif body.get(name) is None:
                self.add(missing(f"/input/{name}", "numbers"))

    def done(self) -> None:
        """Raise Refused if anything was wrong."""
        if errors(self.findings):
            raise Refused(*errors(self.findings))

    def number(self, value: Any, where: str) -> float:
        number = number_in(value)
        if not math.isfinite(number):
            self.wrong(where, "number", value)
            return math.nan
        return number

    def numbers(self, value: Any, where: str) -> list[float]:
        if not isinstance(value, list) or not value:
            self.wrong(where, "numbers", value)
            return []
        return [self.number(v, f"{where}/{i}") for i, v in enumerate(value)]

    def points(self) -> dict[str, Any]:
        """x, y, method and what it needs, as arguments of a fit."""
        body = self.body
        method = body.get("method", "ordinary")
        if method not in METHODS:
            self.wrong("/input/method", "one_of", method, choices=", ".join(METHODS))
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
                self.add(missing(f"/input/{name}", "matrix" if name == "covariance" else "numbers"))
        if body.get("sensitivity") is not None:
            given["sensitivity"] = body["sensitivity"]
            if body["sensitivity"] not in SENSITIVITIES:
                self.wrong("/input/sensitivity", "one_of", body["sensitivity"], choices=", ".join(SENSITIVITIES))
        return given

    def _matrix(self, value: Any, method: str) -> list[list[float]]:
        if "covariance" not in USED[method]:
            self.fail("fit.case.unused", "/input/covariance", field="covariance", method=method)
            return []
        if not isinstance(value, list) or not value:
            self.wrong("/input/covariance", "matrix", value)
            return []
        rows = [self.numbers(row, f"/input/covariance/{i}") for i, row in enumerate(value)]
        for i, row in enumerate(rows):
            if row and len(row) != len(rows):
                self.wrong(f"/input/covariance/{i}", "so_many_numbers", row, count=len(rows))
        return rows

    def rows(self, name: str, fields: tuple[str, str]) -> Sequence[Mapping[str, Any]]:
        """Rows {x, u_x?} of predict, or {y, u_y?} and {y: [readings]} of inverse."""
        value = self.body.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(f"/input/{name}", "rows", value, fields=", ".join(fields))
            return ()
        for i, row in enumerate(value):
            self._row(row, f"/input/{name}/{i}", fields)
        return value

    def _row(self, row: Any, where: str, fields: tuple[str, str]) -> None:
        of, u = fields
        if not isinstance(row, dict):
            self.wrong(where, "object", row)
            return
        if row.get(of) is None:
            self.add(missing(f"{where}/{of}", "number"))
            return
        for name in sorted(set(row) - set(fields)):
            self.wrong(f"{where}/{name}", "row_fields", fields=", ".join(fields))
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
            if of == "y" and self.body.get("method") != "ordinary":  # which knows its own scatter s
                self.add(missing(f"{where}/{u}", "number_from", low=0))
        elif self.number(row[u], f"{where}/{u}") < 0.0:
            self.wrong(f"{where}/{u}", "number_from", row[u], low=0)

    def names(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not value or not all(isinstance(n, str) and n for n in value):
            self.add(absent_or_wrong(self.body, "parameters", "/input", "names"))
            return []
        self.findings += [f for i, name in enumerate(value) for f in bad_name(name, f"/input/parameters/{i}")]
        if len(set(value)) < len(value) or "x" in value:
            self.wrong("/input/parameters", "other_names", value)
        return list(value)

    def starts(self, value: Any, names: Sequence[str]) -> list[list[float]]:
        if not isinstance(value, list) or not value:
            self.add(absent_or_wrong(self.body, "start", "/input", "starts"))
            return []
        if not any(isinstance(v, list) for v in value):  # one start, not in a list of its own
            found, places = [self.numbers(value, "/input/start")], ["/input/start"]
        else:
            places = [f"/input/start/{i}" for i in range(len(value))]
            found = [self.numbers(v, place) for v, place in zip(value, places, strict=True)]
        for vector, place in zip(found, places, strict=True):
            if names and vector and len(vector) != len(names):
                self.wrong(place, "so_many_numbers", vector, count=len(names))
        return found

    def model(self, value: Any, names: Sequence[str]) -> Formula | None:
        if not isinstance(value, str) or not value:
            self.add(absent_or_wrong(self.body, "model", "/input", "expression"))
            return None
        formula, found = parse(value, ["x", *names] if names else None, "/input/model")
        self.findings += found
        unused = [] if formula is None else [n for n in names if n not in formula.names]
        if unused:
            self.fail("fit.model.names", "/input/model", names=", ".join(unused), variable="x")
        return formula
