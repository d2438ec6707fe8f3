"""The appendices of a comparison report: what was received and what happened, so that all of it can be recomputed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from suyuan.comparison.round.evaluation import Evaluation
from suyuan.comparison.round.events import Event
from suyuan.comparison.round.report import Report
from suyuan.comparison.round.submission import BudgetLine, Submission
from suyuan.quantity.notation import MINUS, number
from suyuan.report.comparison_round import Names, moment, same, term, word_or
from suyuan.report.document import Block, Cell, Facts, Findings, Number, Paragraph, Table, Text

ON_PAPER = 600
"""Rows of a table beyond which paper bears none of it: the workbook, the JSON and the XML have all."""
MOST_LINES = 10_000
"""Lines of budgets that a workbook takes; beyond, they stand in the submissions of the JSON and the XML."""
SHOWN = 160
"""Characters of an event's content that paper shows; its digest covers all of it."""


def written(value: float | None, text: str = "") -> Cell:
    """A number as it was reported, else its shortest digits; the word where it is not stated."""
    if value is None:
        return term("none.not_stated")
    return Number(text.replace("-", MINUS) if text else number(value) or "", value)


def submissions(evaluations: Sequence[Evaluation], names: Names, note: Sequence[Text]) -> Table:
    """Every result with the digits that were reported, and the digest that its submission was committed with."""
    rows: list[tuple[Cell, ...]] = []
    for e in evaluations:
        given, unit = e.inputs, e.measurand.unit
        for i, lab in enumerate(given.labs):
            text, day = given.text[i], given.measured[i]
            numbers = [written(_known(getattr(given, key)[i], text, key), text.get(key, "")) for key in NUMBERS]
            when: Cell = day.isoformat() if day else term("none.not_stated")
            rows.append(
                (names.full(lab), e.measurand.id, *numbers, text.get("unit") or unit, when, given.digests[i][:16])
            )
    heads = (
        term("word.laboratory"), term("word.measurand"), *(term(f"head.{key}") for key in NUMBERS),
        *(term(f"word.{key}") for key in ("unit", "measured", "event_digest")),
    )  # fmt: skip
    return on_paper(Table(term("caption.submissions"), heads, tuple(rows), "llrrrrrlll", tuple(note), "submissions"))


NUMBERS = ("value", "U", "k", "u", "dof")


def _known(value: float, text: Mapping[str, str], key: str) -> float | None:
    """What was reported: U or u is shown only where it was stated, not where it follows from the other; where no digits
    were kept (the mean of a pilot's repeated measurements) all that is known."""
    stated = not text or key in text
    return float(value) if stated and math.isfinite(value) else None


def budgets(received: Mapping[str, Submission], names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """All contributions of all results, in the unit of the measurand, largest first within each."""
    rows: list[tuple[Cell, ...]] = []
    for code, submission in received.items():
        for r in submission.results:
            lines = sorted(r.budget, key=lambda line: -abs(line.sensitivity * line.u))
            rows += [(names.full(code), r.measurand, *_line(line, r.factor, names)) for line in lines]
    if not rows:
        yield Paragraph(term("text.no_budgets"))
        return
    if len(rows) > MOST_LINES:
        yield Paragraph(term("text.budgets_many", n=len(rows)))
        return
    heads = (
        term("word.laboratory"),
        term("word.measurand"),
        term("word.name"),
        term("head.u_input"),
        term("word.sensitivity"),
        term("head.contribution"),
        term("head.dof"),
        term("word.distribution"),
        term("word.source"),
    )
    yield on_paper(
        Table(term("caption.budgets"), heads, tuple(rows), "lllrrrrll", tuple(note), "budgets", size="small")
    )


def _line(line: BudgetLine, factor: float, names: Names) -> tuple[Cell, ...]:
    share = abs(line.sensitivity * line.u) * factor
    certified = " ".join(filter(None, (line.issuer, line.certificate, line.place)))
    hidden = names.blind and certified
    return (
        same(line.name),
        Number(number(line.u, 4) or "", line.u),
        Number(number(line.sensitivity, 4) or "", line.sensitivity),
        Number(number(share, 3) or "", share),
        same("∞") if line.dof is None else written(line.dof),
        word_or(f"distribution.{line.distribution}", line.distribution),
        term("none.blind") if hidden else same(certified) if certified else term("none.none"),
    )


def events(report: Report, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """The chain of events with digests, and whether it proves anything; what was revealed stands in the appendix of
    submissions."""
    happened = report.events
    told = tuple(f for f in report.findings if f.code == "comparison.report.reconstructed")
    if told:
        yield Findings(told)
    keys = ["time", "event", "laboratory", "person", "content", "event_digest"]
    rows: list[tuple[Cell, ...]] = []
    unsaid = names.blind or not any(event.person for event in happened)
    for event in happened:
        who: list[Cell] = [event.person or term("word.clock")]
        rows.append((
            moment(event.time), word_or(f"event.{event.kind}", event.kind), event.member or term("none.none"),
            *([] if unsaid else who), _content(event), event.digest[:16],
        ))  # fmt: skip
    if unsaid:
        keys.remove("person")
    heads = tuple(term(f"word.{key}") for key in keys)
    yield on_paper(Table(term("caption.events"), heads, tuple(rows), "l" * len(keys), tuple(note), "events",
                         size="small"))  # fmt: skip


_DIGEST = re.compile(r"[0-9a-f]{64}")


def _content(event: Event) -> str:
    content = {k: v for k, v in event.content.items() if k not in ("document", "nonce")}
    texts = [f"{key}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for key, v in content.items()]
    text = _DIGEST.sub(lambda digest: digest[0][:16] + "…", "; ".join(texts))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def recompute(report: Report) -> Iterator[Block]:
    """What is needed to compute the report again, and the command that does."""
    rule = report.protocol.reference
    yield Paragraph(term("text.recompute"))
    yield Facts((
        (term("word.method"), word_or(f"method.{rule.method}", rule.method)),
        (term("fact.constants"), term(f"constants.{rule.constants}")),
        (term("fact.draws"), f"{rule.draws}, {rule.seed}"),
        (term("fact.software"), report.software),
        (term("word.digest"), report.protocol_digest or report.protocol.digest or term("none.unknown")),
        (term("fact.rerun"), "suyuan compare rerun REPORT.json"),
    ))  # fmt: skip
    heads = (term("word.measurand"), term("word.name"), term("fact.results"), term("fact.inputs"))
    rows = tuple((e.measurand.id, e.measurand.name, str(e.inputs.n), e.digest) for e in report.evaluations)
    yield Table(term("caption.digests_of_inputs"), heads, rows, "llrl", sheet="inputs")


def on_paper(table: Table) -> Table:
    """A table as it is, or kept off the page where it is too long for one."""
    return table if len(table.rows) <= ON_PAPER else replace(table, only_sheet=True)
