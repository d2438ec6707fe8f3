"""Results as an Excel file for a report: the values, each budget by input, every number of a calculation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.html import strip_tags

from suyuan.quantity.finding import Finding, sentences
from suyuan.report.papers.sheet import Cell, Page, workbook
from suyuan.site.acts.evaluating.calculation import Calculation
from suyuan.site.acts.evaluating.evaluate import Answer
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.language import current
from suyuan.site.terms import term, term_table
from suyuan.site.web.evaluating import budget as budgets
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.parts.text import pick
from suyuan.site.web.shown import Shown, Table
from suyuan.verbs.evaluate import Output

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _sent(pages: list[Page], name: str) -> HttpResponse:
    response = HttpResponse(workbook(pages), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _finite(value: float | None) -> Cell:
    """A number that a worksheet holds; infinity as its sign, unknown left empty."""
    if value is None or math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else "∞" if value > 0.0 else "−∞"


# ---------------------------------------------------------------- an evaluation


def evaluation(made: Answer) -> HttpResponse | None:
    """Results and budgets of an evaluation; None where there is none that may be used."""
    if made.evaluation is None or not made.usable:
        return None
    outputs = made.evaluation.outputs
    title = pick(made.evaluation.title)[0]
    pages = [_results(outputs, title), *(_budget(made, name, o) for name, o in outputs.items())]
    if made.findings:
        pages.append(_findings(made.findings))
    return _sent(pages, "evaluation")


def _results(outputs: Mapping[str, Output], title: str) -> Page:
    heads = [
        term("evaluate.output"), term("word.value"), term("word.unit"), "u", "U", "k", "p", "ν_eff",
        term("evaluate.lower"), term("evaluate.upper"), term("take.verdict"),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for name, o in outputs.items():
        e, limits = o.expanded, o.limits
        rows.append([
            name if len(outputs) > 1 else title or name, _finite(o.value), o.unit.symbol, _finite(o.u),
            _finite(float(e.U)), _finite(float(e.k)), _finite(float(e.p)), _finite(float(e.dof)),
            None if limits is None else _finite(limits.lower), None if limits is None else _finite(limits.upper),
            "" if o.verdict is None else term(f"state.{o.verdict.state}"),
        ])  # fmt: skip
    return Page(term("evaluate.outcome"), heads, rows, (26, 18, 10, 14, 14, 8, 8, 10, 14, 14, 14))


def _budget(made: Answer, name: str, o: Output) -> Page:
    assert made.evaluation is not None
    inputs = {str(row.get("name")): row for row in made.case["input"]["inputs"]}
    heads = [
        term("evaluate.symbol"), term("word.input_quantity"), "x_i", term("word.unit"), "u(x_i)",
        term("word.distribution"), term("word.degrees_of_freedom"), "c_i", term("word.unit"), "c_i u(x_i)",
        term("word.unit"), f"{term('word.share')} / %", term("word.source"),
    ]  # fmt: skip
    unit = o.unit.as_difference().symbol
    rows: list[list[Cell]] = []
    for row in o.budget:
        own, slope = inputs.get(row.name, {}), budgets.sensitivity(row, o.unit)
        common = row.name == "correlation" and row.u is None
        source = row.source.number or row.source.text or str(own.get("source") or "")
        key = f"distribution.{row.distribution}"
        rows.append([
            "" if common else row.name, term("cert.budget.common") if common else pick(own.get("label"))[0],
            _finite(row.value), symbol_of(row.unit), _finite(row.u),
            term(key) if key in term_table() else row.distribution,
            None if common else _finite(row.dof), _finite(row.sensitivity), "" if slope is None else slope.unit,
            _finite(row.contribution), unit, _finite(100.0 * row.share), source,
        ])  # fmt: skip
    rows.append([
        "", term("word.combined"), _finite(o.value), o.unit.symbol, _finite(o.u), "", _finite(float(o.expanded.dof)),
        None, "", _finite(o.u), unit, 100.0 if o.u > 0.0 else None, "",
    ])  # fmt: skip
    several = len(made.evaluation.outputs) > 1
    called = f"{term('word.budget')} {name}" if several else term("word.budget")
    return Page(called, heads, rows, (10, 30, 16, 10, 14, 16, 10, 14, 14, 14, 10, 10, 30))


def _findings(found: Iterable[Finding]) -> Page:
    rows = []
    for item in dict.fromkeys(found):
        said = sentences(item, current())
        rows.append([term(f"state.{item.severity}"), said["what"], said["why"], said["remedy"]])
    return Page(term("evaluate.findings"), ["", *(term(f"take.{key}") for key in ("what", "why", "remedy"))], rows,
                (10, 60, 50, 50))  # fmt: skip


# ---------------------------------------------------------------- a calculation


def calculation(made: Calculation, answer: Shown, name: str) -> HttpResponse:
    """The tables of a calculation as they are shown, all their rows, and every number of the answer in full."""
    pages = [_table(table) for section in answer.sections for table in section.tables if table.rows]
    pages.append(
        Page(term("take.numbers"), [term("calc.asked"), term("word.value")], list(_flat(made.answer)), (44, 26))
    )
    if made.findings:
        pages.append(_findings(made.findings))
    return _sent(pages, name)


def _table(table: Table) -> Page:
    heads = [_words(head) for head in table.heads]
    rows = [[_cell(_words(cell.html), cell.number) for cell in row] for row in table.rows]
    return Page(table.caption, heads, rows, [22] * len(heads))


def _words(html: object) -> str:
    return " ".join(strip_tags(str(html).replace("<sup>", "^").replace("<sub>", "_")).split())


def _cell(text: str, number: bool) -> Cell:
    value = number_of(text) if number else None
    return text if value is None else value


def _flat(value: Any, path: str = "") -> Iterable[list[Cell]]:
    """Every number of an answer with the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "findings" or path:
                yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path}[{n}]")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield [path, None if value is None else str(value)]
    else:
        yield [path, _finite(float(value))]
