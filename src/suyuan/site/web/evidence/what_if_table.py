"""The results that a trial touches as rows: old and new on the page, and as an Excel table."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import sentences
from suyuan.report.papers.sheet import Cell, sheet
from suyuan.site.acts import store
from suyuan.site.acts.evidence.what_if import Asked
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.evidence.picture import certificate_address, name_of
from suyuan.site.web.evidence.what_if_said import answer, changes, scenario_text
from suyuan.traceability.attached import body
from suyuan.traceability.graph import Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.impact_rows import Row

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Line:
    """One row of the table. again: opens its evaluation with the replacement."""

    row: Row
    name: str
    number: str
    address: str
    lower: float | None
    upper: float | None
    changed: bool
    what: str
    again: str

    @classmethod
    def of(cls, row: Row, seed: Node, by: Certificate | None) -> Line:
        node = row.node
        lower, upper = _limits(row)
        # only who used the standard itself is evaluated again with the other one; the rest waits for new parents
        uses = any(link.parent == seed.id for link in store.graph().parents(node.id))
        again = ""
        if node.case is not None and uses and by is not None and by.digest in store.evidence().by_digest:
            again = f"{reverse('evaluate')}?from={node.id}&instead={seed.id}&by={by.digest}"
        several = row.output if node.case is not None and isinstance(body(node.case).get("model"), dict) else ""
        what = several if row.index is None else f"{several}[{row.index}]"
        return cls(
            row, name_of(node), node.number, certificate_address(node.id), lower, upper, changes(row), what,
            again,
        )  # fmt: skip


def _limits(row: Row) -> tuple[float | None, float | None]:
    case = body(row.node.case) if row.node.case is not None else {}
    limits = case.get("limits")
    if not isinstance(limits, dict):
        return None, None
    if not set(limits) <= {"lower", "upper"}:
        limits = limits.get(row.output)
    if not isinstance(limits, dict):
        return None, None
    ends = [limits.get("lower"), limits.get("upper")]
    lower, upper = (float(e) if isinstance(e, int | float) else None for e in ends)
    return lower, upper


def excel(node: Node, impact: Impact, asked: Asked) -> HttpResponse:
    """The table as a file, with what was supposed and that it is a trial."""
    heads = [
        term("what_if.result"), term("word.number"), term("word.unit"), f"{term('what_if.old')}", "U",
        term("what_if.old.verdict"), term("what_if.new"), "U", term("what_if.new.verdict"), "Δ",
        term("what_if.relative"), term("what_if.state"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [_cells(row) for row in impact.rows]
    rows += [[], [scenario_text(node, impact, asked)], [answer(impact)], [term("what_if.trial")]]
    data = sheet(term("what_if.sheet"), heads, rows, (34, 20, 8, 16, 12, 12, 16, 12, 12, 12, 10, 18))
    response = HttpResponse(data, content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="what-if.xlsx"'
    return response


def _cells(row: Row) -> list[Cell]:
    old, new = row.old, row.new
    how = term("what_if.how.evaluated") if row.state == "evaluated" else term(f"state.{row.state}")
    if row.state == "not_computable":
        how = ": ".join([how, *dict.fromkeys(sentences(f, current())["what"] for f in row.findings)])
    return [
        name_of(row.node), row.node.number, row.unit,
        old.value if old else None, old.U if old else None, term(f"state.{old.verdict}") if old and old.verdict else "",
        new.value if new else None, new.U if new else None, term(f"state.{new.verdict}") if new and new.verdict else "",
        row.delta, row.relative, how,
    ]  # fmt: skip
