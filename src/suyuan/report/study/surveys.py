"""What survey points tell: a verdict for each point of a block against its design, with U along three axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.quantity.notation import behind
from suyuan.report.figures.columns import Places
from suyuan.report.figures.dress import italic
from suyuan.report.figures.study.survey import Surveyed, survey_figure
from suyuan.report.papers.document import Cell, Table, Text, Word
from suyuan.report.study.told import Told, Values, cell, digits, floats, joined, listed, measured, same, spread, term

AXES = ("x", "y", "z")
STATES = {"pass": 1, "undecided": 0, "fail": -1}
TONES = {"pass": "good", "undecided": "warn", "fail": "bad"}
COVERAGE = 2.0


def survey_points(t: Told) -> None:
    """How many points pass, which is worst; deviations with U and limits; a verdict a point."""
    a = t.answer
    names = tuple(a["verdict"])
    value, U = (np.array([floats(row) for row in a[key].values()]) for key in ("deviation", "U"))
    state = np.array([[STATES[word] for word in row] for row in a["axis_verdict"].values()], np.int8)
    found = Surveyed(names, value, U, state, floats(a["tolerance"]))
    _lead(t, found)
    words = (t.say("survey.word.whisker"), t.say("word.limit"), t.say("survey.word.undecided"),
             t.say("survey.word.fail"))  # fmt: skip
    caption = term("survey.caption", k=digits(t.body.get("k") or COVERAGE, 3))
    point = t.say("survey.axis.point")
    t.draw(lambda size: survey_figure(found, t.unit, point, words, size), caption, _points(t, found))
    t.parts.append(_facts(t))


def _lead(t: Told, found: Surveyed) -> None:
    a = t.answer
    if a["n_pass"] == a["n"]:
        lead = term("survey.lead.all", n=a["n"])
    else:
        lead = term("survey.lead", n=a["n"], passed=a["n_pass"], failed=a["n_fail"], undecided=a["n_undecided"])
    i, k = np.unravel_index(int(np.argmax(np.abs(found.value) / found.limit)), found.value.shape)
    worst = term(
        "survey.worst", point=found.names[i], axis=AXES[k], U=spread(float(found.U[i, k]), t.unit),
        value=_signed(measured(float(found.value[i, k]), float(found.U[i, k]), t.unit)),
        limit=digits(found.limit[k], 4) + behind(t.unit),
    )  # fmt: skip
    sentences = [lead, worst]
    if "shift" in a:
        sentences.append(term("survey.fitted"))
    changed = a.get("changed_by_certificate")
    if changed:
        names = {"zh": "、".join(changed[:9]), "en": ", ".join(changed[:9])}
        more = "…" if len(changed) > 9 else ""
        names = {one: text + more for one, text in names.items()}
        sentences.append(term("survey.replaced", count=len(changed), names=names))
    t.sentence = joined(*sentences)


def _signed(text: str) -> str:
    return text if text.startswith(("−", "-")) else f"+{text}"


def _points(t: Told, found: Surveyed) -> Table:
    """A row a point, the worst first: verdict, and for each axis the deviation with its U."""
    a = t.answer
    unit = f" / {t.unit}" if t.unit else ""
    heads: list[Text] = [term("survey.head.point"), term("survey.head.verdict")]
    for axis in AXES:
        heads += [same(f"Δ{italic(axis)}{unit}"), same(f"{italic('U')}(Δ{italic(axis)}){unit}")]
    places = [Places.of(found.U[:, k], found.value[:, k]) for k in range(3)]
    verdicts = list(a["verdict"].values())
    far = np.max(np.abs(found.value) / found.limit, axis=1)
    order = sorted(range(len(found.names)), key=lambda i: (STATES[verdicts[i]] - 2 * (verdicts[i] == "fail"), -far[i]))
    rows: list[list[Cell]] = []
    for i in order:
        row: list[Cell] = [same(found.names[i]), Word(term(f"state.{verdicts[i]}"), TONES[verdicts[i]])]  # type: ignore[arg-type]
        for k in range(3):
            row += [places[k].value(float(found.value[i, k]), sign=True), places[k].spread(float(found.U[i, k]))]
        rows.append(row)
    return listed("points", term("survey.table"), heads, rows, alignment="llrrrrrr")


def _facts(t: Told) -> Table:
    """What every verdict rests on."""
    a, body = t.answer, t.body
    limits = ", ".join(f"±{digits(v, 4)}" for v in a["tolerance"]) + behind(t.unit)
    rows: list[list[Cell]] = [
        [term("survey.row.tolerance"), same(limits)], [term("survey.row.datum"), same(str(body.get("datum")))],
        [term("survey.row.design"), same(str(body.get("design_datum")))],
        [term("survey.row.align"), _alignment(body, a)],
    ]  # fmt: skip
    if a.get("s") is not None:
        rows.append([term("survey.row.fit_s"), same(digits(a["s"], 2) + behind(t.unit))])
    certificate = body.get("certificate")
    for name, unit in (("scale", ""), ("offset", t.unit)):
        stated = certificate.get(name) if isinstance(certificate, Mapping) else None
        said = term("survey.row.none") if stated is None else same(_stated(stated, unit))
        rows.append([term(f"survey.row.{name}"), said])
    if a.get("u_mean_ratio") is not None:
        rows.append([term("survey.row.ratio"), cell(a["u_mean_ratio"], 2)])
    return listed("survey", term("survey.facts"), [term("word.quantity"), term("word.value")], rows, alignment="ll")


def _alignment(body: Values, a: Values) -> Text:
    if "shift" not in a:
        return term("survey.row.no_align")
    given = body.get("align")
    return term("survey.row.aligned", n=a["n"] if given in ("all", ["all"], True) else len(given or ()))


def _stated(given: Any, unit: str) -> str:
    """A value of a certificate with its expanded uncertainty."""
    k = float(given.get("k") or COVERAGE)
    U = float(given["u"]) * k if given.get("u") is not None else float(given["U"])
    return f"{digits(given['value'], 4)} ± {digits(U, 2)}{behind(unit)} (k = {k:g})"
