"""What studies of processes tell: capability with its uncertainty, declared statistics, curves, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from suyuan.quantity.notation import behind
from suyuan.report.figures.dress import COLOURS, Axis, italic
from suyuan.report.figures.fit import Curve, Data, Residuals, fit_figure
from suyuan.report.figures.study.capability import Lines, histogram_figure, real_figure
from suyuan.report.papers.document import Cell, Number, Text, Word
from suyuan.report.study.told import (
    Told,
    cell,
    column,
    digits,
    floats,
    joined,
    listed,
    same,
    term,
    with_unit,
)

COVERAGE = 2.0


def capability_with_uncertainty(t: Told) -> None:
    """What capability is left when the measuring spread is taken out; observed against real."""
    Q, observed = floats(t.body["Q_MP"]), floats(t.body["Cp_observed"])
    real = np.array([floats(row) for row in t.answer["Cp_real"]])
    worst = int(np.argmax(Q))
    at = int(np.argmin(np.abs(observed - 1.33)))
    known = real[worst, at]
    lead = term("cap.lead", Cp=digits(observed[at], 3), Q=digits(100.0 * Q[worst], 3),
                real=digits(known, 3) if np.isfinite(known) else term("word.none"))  # fmt: skip
    lost = int(np.count_nonzero(~np.isfinite(real)))
    t.sentence = joined(term("cap.lead.impossible", n=lost), lead) if lost else lead
    heads = [same(""),
             *(dict.fromkeys(("zh", "en"), f"{italic('C')}p = {digits(c, 3)}") for c in observed)]  # fmt: skip
    rows: list[list[Cell]] = []
    for q, row in zip(Q, real, strict=True):
        cells: list[Cell] = [Number(f"{v:.3f}", float(v)) if np.isfinite(v) else Word(term("state.impossible"), "bad")
                             for v in row]  # fmt: skip
        rows.append([dict.fromkeys(("zh", "en"), f"{italic('Q')}MP = {digits(100.0 * q, 3)} %"), *cells])
    table = listed("capability", term("cap.caption"), heads, rows, alignment="l" + "r" * (len(heads) - 1))
    few = np.argsort(Q)[:: max(1, -(-Q.size // len(COLOURS)))][: len(COLOURS)] if Q.size > len(COLOURS) else slice(None)
    axes = (t.say("cap.axis.observed"), t.say("cap.axis.real"))
    words = ("Q_MP = ", t.say("cap.word.diagonal"))
    t.draw(lambda size: real_figure(Q[few], observed, real[few], axes, words, size), term("cap.caption"), table)


def declared_statistics(t: Told) -> None:
    """Cp and Cpk from the values, beside what is declared; a histogram with limits and U."""
    a, u = t.answer, t.answer.get("u")
    own = a["overall"]
    t.sentence = term("decl.lead", n=a["n"], Cp=digits(own["Cp"], 3), Cpk=digits(own["Cpk"], 3),
                      out=a["n_out_of_tolerance"])  # fmt: skip
    if t.has("assurance.capability.declared_apart"):
        t.sentence = joined(t.sentence, term("decl.apart"))
    if u is not None:
        real = digits(a["Cp_real"], 3) if a["Cp_real"] is not None else term("word.none")
        t.sentence = joined(t.sentence, term("decl.real", u=digits(u, 2) + behind(t.unit), real=real))
    sources: list[tuple[Text, Any]] = [(term("decl.row.overall"), {**own, "s": a["s"]})]
    sources += [(term("decl.row.within"), a["within"])] if a.get("within") else []
    sources += [(term("decl.row.declared"), a["declared"])] if a.get("declared") else []
    sources += [(term("decl.row.real"), {"Cp": a["Cp_real"]})] if u is not None else []
    none = {"zh": "未陈述", "en": "not stated"}
    rows = [
        [name, *(cell(row[key]) if key in row and row[key] is not None else none for key in ("s", "Cp", "Cpk"))]
        for name, row in sources
    ]
    heads = [same(""), dict.fromkeys(("zh", "en"), Axis(italic("s"), t.unit).label()), same("Cp"), same("Cpk")]
    table = listed("capability", term("word.statistics"), heads, rows)
    values = floats(t.body["values"])
    lines = Lines(a["lower"], a["upper"], a["mean"], None if u is None else COVERAGE * u)
    axes = (Axis(t.say("word.value"), t.unit), t.say("word.count"))
    band = f"± {italic('U')}, {italic('k')} = 2"
    words = (t.say("word.lower"), t.say("word.upper"), t.say("word.mean"), band)
    caption = term("decl.caption" if u is not None else "decl.caption.plain")
    t.draw(lambda size: histogram_figure(values, lines, axes, words, size), caption, table)


def calibration_curve(t: Told) -> None:
    """The polynomial with its uncertainty; data, curve and residuals."""
    a, degree = t.answer, int(t.body["degree"])
    x, y = floats(t.body["x"]), floats(t.body["y"])
    t.sentence = term("curve.lead", degree=degree, s=digits(a["s"], 3), dof=a["dof"])
    c, covariance = floats(a["coefficients"]), np.array([floats(row) for row in a["covariance"]])
    at = np.linspace(x.min(), x.max(), 201)
    powers = at[:, None] ** np.arange(c.size)
    half = COVERAGE * np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", powers, covariance, powers), 0.0))
    units = [str(t.body.get(key) or "") for key in ("x_unit", "y_unit")]
    axes = (Axis(italic("x"), units[0]), Axis(italic("y"), units[1]))
    data = Data(t.say("curve.word.data"), x, y)
    curve = Curve(t.say("curve.word.fit"), at, powers @ c, half, f"± {italic('U')}, {italic('k')} = 2")
    residuals = Residuals(floats(a["residuals"]), Axis(t.say("curve.word.residual"), units[1]))
    rows = [
        [dict.fromkeys(("zh", "en"), italic("b") + "₀₁₂₃₄₅₆₇₈₉"[i] if i < 10 else f"b{i}"), cell(v, 8), cell(u, 2)]
        for i, (v, u) in enumerate(zip(a["coefficients"], a["u"], strict=True))
    ]
    heads = [term("curve.head.coefficient"), term("word.value"), dict.fromkeys(("zh", "en"), italic("u"))]
    table = listed("coefficients", term("curve.caption"), heads, rows)
    t.draw(lambda size: fit_figure(data, curve, residuals, axes, size), term("curve.caption"), table)


def _model(name: str) -> Text:
    """What people call a model of reliability."""
    try:
        return term(f"model.{name}")
    except KeyError:  # one that is newer than the words
        return same(name.replace("_", " "))


def interval_attributes(t: Told) -> None:
    """How long the agreed share stays in tolerance, by each model."""
    a = t.answer
    models = {name: row for name, row in a.items() if isinstance(row, dict) and "AIC" in row}
    unit = str(t.body.get("time_unit") or "")
    best = min((m for m in models if models[m]["AIC"] is not None), key=lambda m: models[m]["AIC"], default="?")
    t.sentence = term("int.lead", target=digits(100.0 * float(t.body["target"]), 3), shortest=digits(a["shortest"], 3),
                      longest=digits(a["longest"], 3), unit=f" {unit}" if unit else "",
                      model=_model(best))  # fmt: skip
    heads = [term("int.head.model"), with_unit("int.head.interval", unit), with_unit("word.lower", unit),
             with_unit("word.upper", unit), same("AIC"), same("p")]  # fmt: skip
    keys = ("interval", "lower", "upper", "AIC", "p")
    rows = [[_model(name), *(cell(row.get(key)) for key in keys)] for name, row in models.items()]
    t.parts.append(listed("models", term("int.table"), heads, rows))


def interval_variables(t: Told) -> None:
    """When drift has used up the uncertainty allowed."""
    a, unit = t.answer, str(t.body.get("time_unit") or "")
    told = {"degree": t.body["degree"], "target": digits(t.body["u_target"], 3) + behind(t.unit),
            "interval": digits(a["interval"], 3), "unit": f" {unit}" if unit else ""}  # fmt: skip
    t.sentence = term("int.lead.variables" if a["interval"] is not None else "int.lead.variables_none", **told)
    variance = [row[i] for i, row in enumerate(a["covariance"])]
    rows = [
        [dict.fromkeys(("zh", "en"), italic("b") + "₁₂₃₄₅₆₇₈₉"[i]), cell(v, 6), cell(None if s is None else s**0.5, 2)]
        for i, (v, s) in enumerate(zip(a["coefficients"], variance, strict=True))
    ]
    heads = [term("curve.head.coefficient"), term("word.value"), dict.fromkeys(("zh", "en"), italic("u"))]
    t.parts.append(listed("coefficients", term("int.table.coefficients"), heads, rows))
    given = zip(t.body["time"], column(t.body["drift"]), strict=True)
    t.parts.append(listed("data", term("curve.word.data"), [with_unit("word.time", unit),
                   with_unit("word.value", t.unit)], [[cell(x, 6), y] for x, y in given], alignment="rr"))  # fmt: skip
