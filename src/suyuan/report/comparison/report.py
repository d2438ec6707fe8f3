"""The report of a comparison as a document: the sections that JJF 1117 and key comparisons have, in their order.

The answer and its figure first; then what was agreed, what was found, what it means; the appendices hold all that is
needed to recompute it. A round of many measurands tells each in one row and what needs a person in full; its long
tables stand in the workbook. Sources: JJF 1117; CIPM MRA-G-11; ISO/IEC 17043.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from suyuan.comparison.round.evaluation import Evaluation
from suyuan.comparison.round.report import Report
from suyuan.comparison.round.standing import Standing, submissions
from suyuan.quantity.finding import LANGUAGES
from suyuan.report.comparison import appendix, many, tables
from suyuan.report.comparison import round as parts
from suyuan.report.comparison.advice import advice, advice_of_many
from suyuan.report.comparison.drawn import Drawn
from suyuan.report.comparison.round import Names, same, term, word_or
from suyuan.report.papers.document import (
    Block,
    Document,
    Facts,
    Findings,
    Heading,
    Language,
    PageBreak,
    Paragraph,
    Table,
    Text,
    Word,
)

FEW = 4
"""Measurands up to which each has its own tables and figures in the body."""
PAIRS = 30
"""Laboratories up to which pairs are printed."""
PAIRS_IN_BODY = 12
SHAPES_IN_BODY = 2
"""Measurands up to which figures of how the results lie stand in the body; of more they fill an appendix."""
SHAPES = 12
"""Measurands that this appendix takes: those with the most results that need a person."""
CELLS = 100_000
"""Cells of matrices of pairs that a workbook takes; beyond, they follow from values, uncertainties and covariance."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class _Made:
    """What every section needs."""

    report: Report
    where: Standing
    names: Names
    drawn: Drawn

    @property
    def judged(self) -> tuple[Evaluation, ...]:
        """Measurands for which the protocol's method gave a value."""
        wanted = self.report.protocol.reference.method
        return tuple(e for e in self.report.evaluations if e.methods and e.methods[0].method == wanted)

    @property
    def few(self) -> bool:
        """Whether each measurand has its own tables."""
        return len(self.report.evaluations) <= FEW

    def note(self, e: Evaluation | None = None) -> tuple[Text, ...]:
        return (computed(self.report, e, self.names.both),)


def comparison_document(report: Report, language: Language = "both", progress: Progress | None = None) -> Document:
    """The report as a document.

    report: as its reader may see it (`round.report.blinded`); language: of the words inside figures; progress: told
    which figure is being drawn. The same report gives the same document.
    """
    made = _Made(report, report.standing, Names.of(report, language), Drawn(report, language, progress))
    body: list[Block] = [*_summary(made)]
    for n, (key, section) in enumerate(_SECTIONS.items(), 1):
        body += [Heading(term(f"section.{key}"), 1, str(n)), *_numbered(section(made), str(n))]
    filled = [(key, blocks) for key, section in _APPENDICES.items() if (blocks := list(section(made)))]
    for n, (key, blocks) in enumerate(filled):
        letter = chr(ord("A") + n)
        body += [*((PageBreak(),) if n == 0 else ()), Heading(term(f"appendix.{key}"), 1, letter)]
        body += _numbered(blocks, letter)
    noted = _noted(body, computed(report, None, made.names.both))
    title = report.protocol.title
    return Document(report.number, title, tuple(noted), report.issued, _state(report), term("kind"),
                    report.protocol.demo, report.software)  # fmt: skip


def _state(report: Report) -> Text:
    return {} if report.state == "final" else term(f"state.{report.state}")


def _numbered(blocks: Iterable[Block], number: str) -> Iterator[Block]:
    """Headings of the second level with their numbers."""
    n = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            n += 1
            block = replace(block, number=f"{number}.{n}")
        yield block


def _noted(blocks: Iterable[Block], note: Text) -> Iterator[Block]:
    """Every table says how it was computed and how to compute it again."""
    for block in blocks:
        yield replace(block, notes=(note,)) if isinstance(block, Table) and not block.notes else block


def computed(report: Report, e: Evaluation | None, both: bool) -> Text:
    """How a table was computed: method, constants, draws and seed, software, digest of the inputs, how to rerun; one
    line, also in a report of both languages."""
    rule = report.protocol.reference
    method = word_or(f"method.{rule.method}", rule.method)
    digest = (e.digest if e is not None else report.protocol_digest or report.protocol.digest)[:12]
    key = "note.computed" if e is not None else "note.agreed"
    if both and len(set(method.values())) > 1:
        method = same(" ".join(method[one] for one in LANGUAGES))
    said = term(key, method=method, constants=term(f"constants.short.{rule.constants}"), draws=rule.draws,
                seed=rule.seed, software=report.software, digest=digest or term("none.unknown"))  # fmt: skip
    return same(said["en"]) if both else said


def _named(e: Evaluation, made: _Made) -> Iterator[Block]:
    """The measurand's name over its part, where there are several."""
    if len(made.report.evaluations) > 1:
        yield Heading(e.measurand.name, 2)


# ---------------------------------------------------------------- body


def _summary(made: _Made) -> Iterator[Block]:
    """The answer in a sentence, the summary graph, and the facts of the round."""
    report, judged = made.report, made.judged
    if report.state != "final":
        yield Paragraph(term(f"alert.{report.state}"), "alert")
        if report.blind:
            yield Paragraph(term("alert.blind"), "note")
    yield from _lead(judged)
    if made.report.protocol.demo:
        yield Paragraph(term("text.demo"), "note")
    for e in judged[:1] if made.few else ():
        yield from made.drawn.results(e)
    if not made.few or len(judged) > 1:
        yield from made.drawn.scores(judged)
    yield Facts(tuple(_facts(made)))


def _lead(judged: Sequence[Evaluation]) -> Iterator[Block]:
    found = [(lab, v) for e in judged for lab, v in zip(e.labs, e.methods[0].judged.verdict, strict=True)]
    if not found:
        yield Paragraph(term("lead.none"), "lead")
        return
    number = {v: sum(w == v for _, w in found) for v in ("satisfactory", "questionable", "unsatisfactory")}
    out = list(dict.fromkeys(lab for lab, v in found if v == "unsatisfactory"))
    who = ", ".join(out[:8]) + ("…" if len(out) > 8 else "") if out else term("none.none")
    key = "lead.all" if number["satisfactory"] == len(found) else "lead.some"
    key = "lead.doubtful" if number["questionable"] else key
    yield Paragraph(
        term(key, labs=len({lab for lab, _ in found}), results=len(found), good=number["satisfactory"],
             doubtful=number["questionable"], bad=number["unsatisfactory"], who=who), "lead",
    )  # fmt: skip
    if rest := len(found) - sum(number.values()):
        yield Paragraph(term("lead.undetermined", n=rest))


def _facts(made: _Made) -> Iterator[tuple[Text, Text | str | Word]]:
    report = made.report
    yield term("word.number"), report.number
    yield term("word.report_version"), f"{report.version}, {report.issued.isoformat()}"
    yield term("word.state"), term(f"issue.{report.state}")
    for e in made.judged[:FEW]:
        found = e.methods[0]
        name = {one: f"{term('word.estimate')[one]} {text}" for one, text in e.measurand.name.items()}
        yield name, tables.stated(found, e.measurand.unit, report.protocol.decision.coverage)


def _standards(made: _Made) -> Iterator[Block]:
    yield from parts.standards(made.report.protocol)
    yield from _drift(made)


def _drift(made: _Made) -> Iterator[Block]:
    modelled = [e for e in made.report.evaluations if e.travelled.drift is not None]
    if not modelled:
        yield Paragraph(term("text.no_drift"))
        return
    for e in modelled if made.few else ():
        yield from made.drawn.drift(e)
    yield many.drift(modelled, made.note(modelled[0]) if len(modelled) == 1 else made.note())


def _route(made: _Made) -> Iterator[Block]:
    yield from made.drawn.route()
    yield from parts.route(made.report.protocol, made.names)


def _results(made: _Made) -> Iterator[Block]:
    if not made.few:
        yield many.results(made.report.evaluations, made.names, made.note())
    for e in made.report.evaluations:
        if made.few:
            yield from _named(e, made)
            yield appendix.on_paper(tables.results(e, made.names, made.note(e)))
            yield from tables.missing(e, made.names)
    if not made.few:
        yield from many.missing(made.report.evaluations, made.names)


def _reference(made: _Made) -> Iterator[Block]:
    k = made.report.protocol.decision.coverage
    yield from tables.uncounted(made.report)
    if not made.few:
        yield many.references(made.judged, k, made.note())
    for e in made.report.evaluations:
        if made.few:
            yield from _named(e, made)
            if e in made.judged:
                yield tables.reference(e, k)
                yield appendix.on_paper(tables.weights(e, made.names, made.note(e)))
                if len(e.methods) > 1:
                    yield tables.beside(e, made.note(e))
                    yield from made.drawn.references(e)
                if len(made.report.evaluations) <= SHAPES_IN_BODY:
                    yield from made.drawn.density(e)
            yield from _told(e)
            yield from advice(e, 3 if len(made.report.evaluations) > 1 else 2, made.note(e))
    if not made.few:
        told = [f for e in made.report.evaluations for f in (*e.findings, *(x for w in e.refused.values() for x in w))]
        if told:
            yield Paragraph(term("text.findings", n=len(told), shown=min(len(told), many.ATTENTION)))
            yield Findings(tuple(told[: many.ATTENTION]))
        yield from advice_of_many(made.report.evaluations, made.note())


def _told(e: Evaluation) -> Iterator[Block]:
    """What a reader must know of a measurand, and which methods gave nothing and why."""
    found = (*e.findings, *(f for m in e.methods[:1] for f in m.consensus.findings))
    found += tuple(f for why in e.refused.values() for f in why)
    if found:
        yield Findings(tuple(dict.fromkeys(found)))


def _equivalence(made: _Made) -> Iterator[Block]:
    rule = made.report.protocol.decision
    yield Paragraph(parts.decision_rule(made.report.protocol))
    if not made.few:
        yield from many.attention(made.judged, rule, made.names, made.note())
        yield many.equivalence(made.judged, rule, made.names, made.note())
        for e in made.judged:
            yield from tables.linked(e, rule.coverage, made.names, made.note(e))
        return
    for e in made.judged:
        yield from _named(e, made)
        yield from made.drawn.deviations(e)
        yield appendix.on_paper(tables.equivalence(e, rule, made.names, made.note(e)))
        yield from tables.linked(e, rule.coverage, made.names, made.note(e))
        if len(made.report.evaluations) <= SHAPES_IN_BODY:
            yield from made.drawn.credibility(e)
    yield from made.drawn.youden(made.judged)


def _pairwise(made: _Made) -> Iterator[Block]:
    k = made.report.protocol.decision.coverage
    found = [(e, p) for e in made.judged if (p := tables.paired(e, k)) is not None] if made.few else []
    shown = [(e, p) for e, p in found if len(p.labs) <= PAIRS]
    if not shown:
        few = made.few and all(len(e.labs) <= PAIRS for e in made.judged)
        yield Paragraph(term("text.pairs_none" if few else "text.pairs_elsewhere"))
        return
    for e, pairs in shown:
        yield from _named(e, made)
        if pairs.without:
            yield Paragraph(term("text.pairs_without", labs=", ".join(pairs.without)))
        yield from made.drawn.pairs(e, pairs)
        if len(pairs.labs) <= PAIRS_IN_BODY:
            yield from tables.pairs(e, pairs, made.note(e))


def _leave_one_out(made: _Made) -> Iterator[Block]:
    for e in made.judged if made.few else ():
        yield from _named(e, made)
        yield from tables.leave_one_out(e, made.names, made.note(e))
    if not made.few:
        yield many.leave_one_out(made.judged, made.names, made.note())


def _outliers(made: _Made) -> Iterator[Block]:
    yield Paragraph(term("text.no_silent"))
    yield from parts.decisions(made.where, made.names)


def _conclusion(made: _Made) -> Iterator[Block]:
    judged = made.judged
    for e in judged if made.few else ():
        out = [lab for lab, v in zip(e.labs, e.methods[0].judged.verdict, strict=True) if v == "unsatisfactory"]
        yield Paragraph(term("text.conclusion_bad" if out else "text.conclusion_good", name=e.measurand.name,
                             n=len(e.labs), bad=len(out), labs=", ".join(out)))  # fmt: skip
    if not made.few:
        verdicts = [v for e in judged for v in e.methods[0].judged.verdict]
        bad = sum(v == "unsatisfactory" for v in verdicts)
        yield Paragraph(term("text.conclusion_many", n=len(verdicts), bad=bad, measurands=len(judged)))


def _help(made: _Made) -> Iterator[Block]:
    yield from parts.help_plans(made.where, made.names)
    open_ = tuple(f for f in made.report.findings if f.code == "comparison.report.to_help")
    if open_:
        yield Paragraph(term("text.to_help", n=len(open_)))
        yield Findings(open_[: many.ATTENTION])


_SECTIONS: dict[str, Callable[[_Made], Iterable[Block]]] = {
    "background": lambda made: parts.background(made.report.protocol),
    "organisation": lambda made: parts.organisation(made.where, made.names),
    "standards": _standards,
    "route": _route,
    "method": lambda made: parts.method(made.report.protocol),
    "results": _results,
    "reference": _reference,
    "equivalence": _equivalence,
    "pairwise": _pairwise,
    "leave_one_out": _leave_one_out,
    "outliers": _outliers,
    "discussion": lambda made: parts.discussion(made.where, made.names),
    "conclusion": _conclusion,
    "help": _help,
}


# ---------------------------------------------------------------- appendices


def _budgets(made: _Made) -> Iterable[Block]:
    if made.report.blind:
        return (Paragraph(term("text.budgets_later")),)
    read = {code: found for code, (found, _) in submissions(made.where).items() if found is not None}
    return appendix.budgets(read, made.names, made.note())


def _covariance(made: _Made) -> Iterator[Block]:
    shared = [e for e in made.report.evaluations if e.inputs.shared]
    yield from (uncounted := tables.uncounted(made.report))
    if not shared:
        yield Paragraph(term("text.none_counted" if uncounted else "text.all_independent"))
    for e in shared[: many.ATTENTION]:
        yield from tables.correlations(e, made.names, made.note(e))


def _all_pairs(made: _Made) -> Iterator[Block]:
    """Matrices that the body leaves out, on paper where they fit, else for the workbook up to what one takes."""
    cells, k = 0, made.report.protocol.decision.coverage
    for e in made.judged:
        pairs = tables.paired(e, k)
        if pairs is None or (n := len(pairs.labs)) < 2:
            continue
        if made.few and n <= PAIRS_IN_BODY:
            continue
        cells += n * n
        if made.few and n <= PAIRS:
            yield from _named(e, made)
            yield from tables.pairs(e, pairs, made.note(e))
        elif cells <= CELLS:
            yield tables.pairs_sheet(e, pairs, made.note(e))
    if cells > CELLS:
        yield Paragraph(term("text.pairs_follow"))
    elif cells == 0:
        yield Paragraph(term("text.pairs_in_body"))


def _shapes(made: _Made) -> Iterator[Block]:
    """How the results lie and whether their uncertainties can be, where the body has no room for it."""
    if len(made.report.evaluations) <= SHAPES_IN_BODY:
        return
    bad = [-sum(v == "unsatisfactory" for v in e.methods[0].judged.verdict) for e in made.judged]
    kept = sorted(sorted(range(len(bad)), key=lambda n: bad[n])[:SHAPES])
    for e in (made.judged[n] for n in kept):
        figures = [*made.drawn.density(e), *made.drawn.credibility(e)]
        if figures:
            yield Heading(e.measurand.name, 2)
            yield from figures


_APPENDICES: dict[str, Callable[[_Made], Iterable[Block]]] = {
    "submissions": lambda made: (appendix.submissions(made.where, made.report.evaluations, made.names, made.note()),),
    "budgets": _budgets,
    "covariance": _covariance,
    "pairwise": _all_pairs,
    "shapes": _shapes,
    "events": lambda made: appendix.events(made.report, made.names, made.note()),
    "recompute": lambda made: appendix.recompute(made.report),
}
