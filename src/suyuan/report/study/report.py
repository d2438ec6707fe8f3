"""A measurement study from its case to what it tells, and to a document in every format of an office."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, finding, from_json
from suyuan.report.papers.document import (
    Block,
    Cell,
    Document,
    Facts,
    Findings,
    Heading,
    Language,
    Number,
    Paragraph,
    Table,
    Text,
)
from suyuan.report.service.drawn import Drawn
from suyuan.report.study import charts, gauge_rr, gauges, networks, processes, surveys
from suyuan.report.study.told import Part, Told, digits, listed, same, term
from suyuan.verbs.assurance.kinds import NAMES
from suyuan.verbs.assurance.untabled import untabled

Values = Mapping[str, Any]
KINDS: Mapping[str, Callable[[Told], None]] = {
    "gauge_rr": gauge_rr.gauge_rr,
    "bias_study": gauges.bias_study,
    "linearity": gauges.linearity,
    "type_1": gauges.type_1,
    "attribute_agreement": gauges.attribute_agreement,
    "stability_study": charts.stability_study,
    "control_chart": charts.control_chart,
    "check_standard": charts.check_standard,
    "calibration_curve": processes.calibration_curve,
    "gauge_bias": gauges.gauge_bias,
    "nested": gauges.nested,
    "capability_with_uncertainty": processes.capability_with_uncertainty,
    "declared_statistics": processes.declared_statistics,
    "interval_attributes": processes.interval_attributes,
    "interval_variables": processes.interval_variables,
    "energy_balance": networks.energy_balance,
    "colocation": networks.colocation,
    "survey_points": surveys.survey_points,
}
"""Kinds of studies, each with what tells it."""
DATA_SHOWN = 60
"""Rows of data that a paper prints; the workbook has all."""


@dataclass(frozen=True, slots=True)
class Study:
    """A study as people read it. sentence: the answer; parts: figures with their tables, and tables; method: how it
    was computed, with its source; findings: of the study and of its figures; answer: all numbers."""

    kind: str
    body: Values
    answer: Values
    sentence: Text
    parts: tuple[Part, ...]
    method: Text
    findings: tuple[Finding, ...]


def study_of(kind: str, body: Values, answer: Values, language: Language = "both") -> Study:
    """What an answered case of a study tells.

    body: the `input` with its data inline; answer: what `verbs.cases.answer` gives for it; language: of the words in
    figures. The same case tells the same. Raises Refused for a kind that is no study.
    """
    if kind not in KINDS:
        raise Refused(finding("study_table.kind.unknown", "/kind", kind=kind[:60], known=", ".join(KINDS)))
    found = tuple(from_json(row) for row in answer.get("findings", ()))
    t = Told(body, answer, language, found=found)
    KINDS[kind](t)
    more: dict[str, Any] = {}
    if kind == "control_chart":
        more = {"chart": term(f"chart.name.{body.get('chart', 'individuals')}")}
    elif kind == "survey_points":
        more = {"r": digits(body.get("guard_factor") or 1.0, 3), "k": digits(body.get("k") or 2.0, 3)}
        more["scope"] = term(f"survey.scope.{'station' if body.get('certificate') else 'alone'}")
    values = {key: value for key, value in answer.items() if key != "findings"}
    method = term(f"method.{kind}", **more)
    return Study(kind, body, values, t.sentence, tuple(t.parts), method, (*found, *t.findings))


def study_document(study: Study, issued: date, source: str = "", number: str = "", software: str = "") -> Document:
    """The report of a study: the answer, its figures and tables, what to know, the data.

    source: where the data come from; number: of the report, else made of kind and digest; software: name and release.
    """
    digest = hashlib.sha256(canonical(study_fields(study, source))).hexdigest()
    named = NAMES[study.kind]
    title = str(study.body.get("title") or "")
    facts: list[tuple[Text, Cell]] = [(term("word.kind"), named), (term("word.method"), study.method)]
    if source:
        facts.append((term("word.source"), term("word.constructed") if source == "constructed" else source))
    facts += [(term("word.digest"), digest[:16])] + ([(term("word.software"), software)] if software else [])
    blocks: list[Block] = [Paragraph(study.sentence, "lead")]
    for part in study.parts:
        blocks += list(part.blocks) if isinstance(part, Drawn) else [part]
    if study.findings:
        blocks += [Heading(term("section.findings"), 1, "1"), Findings(study.findings)]
    blocks += [Heading(term("section.data"), 1, "2" if study.findings else "1"), Facts(tuple(facts)), *_data(study)]
    shown = {one: f"{name}{'：' if one == 'zh' else ': '}{title}" if title else name for one, name in named.items()}
    return Document(number or f"{study.kind}-{digest[:8]}", shown, tuple(blocks), issued, {}, term("doc"),
                    source == "constructed", software)  # fmt: skip


def study_fields(study: Study, source: str = "") -> dict[str, Any]:
    """The case and its answer as data."""
    about = {"source": source} if source else {}
    return {"suyuan": "study", "kind": study.kind, **about, "input": dict(study.body), "answer": dict(study.answer)}


def _data(study: Study) -> Iterator[Table]:
    heads, rows, options = untabled(study.kind, study.body)
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = ["r" if all(isinstance(row[n], Number) for row in cells) else "l" for n in range(len(heads))]
    table = listed("data", term("section.data"), [same(head) for head in heads], cells, alignment="".join(numeric),
                   notes=(term("word.note.data"),))  # fmt: skip
    yield Table(table.caption, table.heads, table.rows, table.alignment, table.notes, "data", len(rows) > DATA_SHOWN)
    if options:
        rows_ = tuple((same(name), same(text)) for name, text in options.items())
        yield Table(term("section.data"), (same(""), term("word.value")), rows_, "ll", (), "options")


def _cell(value: Any) -> Cell:
    if value is None:
        return term("word.unknown")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(f"{value:.12g}".replace("-", "−"), float(value))
    return same(str(value))
