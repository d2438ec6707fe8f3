"""What studies of processes tell: capability with its uncertainty, declared statistics, curves, intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.assurance.criteria import criterion
from suyuan.assurance.reliability import MODELS
from suyuan.quantity.notation import behind
from suyuan.report.figures.dress import COLOURS, Axis, italic
from suyuan.report.figures.fit import Curve, Data, Residuals, fit_figure
from suyuan.report.figures.study.capability import Lines, histogram_figure, real_figure
from suyuan.report.figures.study.reliability import Model as Curved
from suyuan.report.figures.study.reliability import Observed, reliability_figure
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
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
    if a.get("declared"):
        t.sentence = joined(t.sentence, _declared(t))
    if u is not None and "Cp_real" in a:
        key = "decl.impossible" if a["Cp_real"] is None else "decl.real"
        real = digits(a["Cp_real"], 3) if a["Cp_real"] is not None else "?"
        t.sentence = joined(t.sentence, term(key, u=digits(u, 2) + behind(t.unit), real=real))
    sources: list[tuple[Text, Any]] = [(term("decl.row.overall"), {**own, "s": a["s"]})]
    sources += [(term("decl.row.within"), a["within"])] if a.get("within") else []
    sources += [(term("decl.row.declared"), a["declared"])] if a.get("declared") else []
    sources += [(term("decl.row.real"), {"Cp": a["Cp_real"]})] if "Cp_real" in a else []
    rows = [[name, *(_stated(row, key) for key in ("s", "Cp", "Cpk"))] for name, row in sources]
    heads = [same(""), dict.fromkeys(("zh", "en"), Axis(italic("s"), t.unit).label()), same("Cp"), same("Cpk")]
    table = listed("capability", term("word.statistics"), heads, rows)
    values = floats(t.body["values"])
    lines = Lines(a["lower"], a["upper"], a["mean"], None if u is None else COVERAGE * u)
    axes = (Axis(t.say("word.value"), t.unit), t.say("word.count"))
    band = f"± {italic('U')}, {italic('k')} = 2"
    words = (t.say("word.lower"), t.say("word.upper"), t.say("word.mean"), band)
    caption = term("decl.caption" if u is not None else "decl.caption.plain")
    t.draw(lambda size: histogram_figure(values, lines, axes, words, size), caption, table)


def _declared(t: Told) -> Text:
    """What the supplier declares, and whether it follows from the values."""
    declared, limit = t.answer["declared"], digits(100.0 * criterion("declared").low, 3)
    stated = {one: mark.join(f"{name} = {digits(value, 4)}" for name, value in declared.items())
              for one, mark in (("zh", "、"), ("en", ", "))}  # fmt: skip
    apart = [str(dict(f.parameters).get("index")) for f in t.found if f.code == "assurance.capability.declared_apart"]
    names = {"zh": "、".join(apart), "en": " and ".join(apart)}
    verdict = term("decl.apart", names=names, limit=limit) if apart else term("decl.fits", limit=limit)
    return term("decl.declared", declared=stated, verdict=verdict)


def _stated(row: Any, key: str) -> Cell:
    """An index; one that a source does not give, and one that cannot be."""
    if key not in row:
        return term("word.not_stated")
    return cell(row[key]) if row[key] is not None else Word(term("state.impossible"), "bad")


def calibration_curve(t: Told) -> None:
    """The polynomial with its uncertainty; data, curve and residuals."""
    a, degree = t.answer, int(t.body["degree"])
    x, y = floats(t.body["x"]), floats(t.body["y"])
    unit = behind(str(t.body.get("y_unit") or ""))
    t.sentence = term("curve.lead", degree=degree, s=digits(a["s"], 3) + unit, dof=a["dof"])
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
    note = term("curve.note", x=units[0] or term("word.not_stated"), y=units[1] or term("word.not_stated"))
    table = listed("coefficients", term("curve.caption"), heads, rows, notes=(note,))
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
    table = listed("models", term("int.table"), heads, rows)
    observed, curves = _observed(t), _curves(t, models)
    axes = (Axis(t.say("word.time"), unit), t.say("int.axis.share"))
    target, words = 100.0 * float(t.body["target"]), (t.say("int.word.observed"), t.say("int.word.target"))
    t.draw(lambda size: reliability_figure(observed, curves, target, axes, words, size), term("int.caption"), table)


def _observed(t: Told) -> Observed:
    """The share in tolerance of each bin, in percent, with the standard uncertainty of a share of so many."""
    time, n, good = (floats(t.body[name]) for name in ("time", "n", "in_tolerance"))
    p = good / n
    return Observed(time, 100.0 * p, 100.0 * np.sqrt(p * (1.0 - p) / n))


def _curves(t: Told, models: Mapping[str, Any]) -> tuple[Curved, ...]:
    """The models that have parameters, each as a curve over the time that was observed."""
    at = np.linspace(0.0, 1.04 * float(floats(t.body["time"]).max()), 200)[1:]
    found = []
    for name, row in models.items():
        a, b = (math.nan if row.get(key) is None else float(row[key]) for key in ("a", "b"))
        share = 100.0 * MODELS[name].reliability(at, a, b) if name in MODELS else np.full(at.shape, math.nan)
        if np.isfinite(share).all():
            interval = math.nan if row["interval"] is None else float(row["interval"])
            found.append(Curved(_model(name)[t.language if t.language != "both" else "zh"], at, share, interval))
    return tuple(found[: len(COLOURS)])


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
    note = term("int.note", time=unit or term("word.not_stated"), unit=t.unit or term("word.not_stated"))
    t.parts.append(listed("coefficients", term("int.table.coefficients"), heads, rows, notes=(note,)))
    given = zip(t.body["time"], column(t.body["drift"]), strict=True)
    table = listed("data", term("curve.word.data"), [with_unit("word.time", unit), with_unit("word.value", t.unit)],
                   [[cell(x, 6), y] for x, y in given], alignment="rr")  # fmt: skip
    _drift(t, unit, table)


def _drift(t: Told, time_unit: str, table: Table) -> None:
    """Drift over time with its polynomial, residuals below."""
    a, (x, y) = t.answer, (floats(t.body[name]) for name in ("time", "drift"))
    b, covariance = floats(a["coefficients"]), np.array([floats(row) for row in a["covariance"]])
    power = np.arange(1, b.size + 1)
    at = np.linspace(0.0, float(x.max()), 201)
    powers = at[:, None] ** power
    half = COVERAGE * np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", powers, covariance, powers), 0.0))
    axes = (Axis(t.say("word.time"), time_unit), Axis(t.say("int.word.drift"), t.unit))
    data = Data(t.say("curve.word.data"), x, y)
    curve = Curve(t.say("curve.word.fit"), at, powers @ b, half, f"± {italic('U')}, {italic('k')} = 2")
    residuals = Residuals(y - (x[:, None] ** power) @ b, Axis(t.say("curve.word.residual"), t.unit))
    t.draw(lambda size: fit_figure(data, curve, residuals, axes, size), term("int.caption.drift"), table)
