"""Which method suits the results of a measurand, and why: what was tested, what speaks for what, what to beware of.

It is advice and decides nothing: the protocol named the method before anybody saw a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from suyuan.comparison.advice import Advice, Check
from suyuan.comparison.round.evaluation import Evaluation
from suyuan.quantity.finding import LANGUAGES, Finding, sentences
from suyuan.quantity.notation import number
from suyuan.report.comparison.appendix import on_paper
from suyuan.report.comparison.round import same, term, word_or
from suyuan.report.figures.dress import italic
from suyuan.report.papers.document import Block, Cell, Facts, Heading, Number, Paragraph, Table, Text, Word

TESTS = ("homogeneity", "symmetry", "normality")


def advice(e: Evaluation, level: int, note: Sequence[Text]) -> Iterator[Block]:
    """The subsection of one measurand; nothing where the results are too few to advise on."""
    found = e.advice
    if found is None:
        return
    yield Heading(term("section.advice"), level)
    yield Paragraph(term("text.advice", method=_method(e.methods[0].method) if e.methods else term("none.none")))
    yield _tests(e, found, note)
    rows: list[tuple[Text, Cell]] = [
        (term("fact.ratio"), same(number(found.ratio, 2))),
        (term("fact.largest_weight"), same(f"{100.0 * found.largest_weight:.0f} %")),
    ]
    yield Facts((*rows, *((term("fact.beware"), _said(f)) for f in found.cautions)))
    yield _suggestions(e, found, note)


def _tests(e: Evaluation, found: Advice, note: Sequence[Text]) -> Table:
    heads = (term("word.test"), term("word.statistic"), same(italic("P")), term("head.says"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (term(f"test.{t.name}"), _number(t.statistic, 4), _p(t), _says(t)) for t in found.tests
    )
    return Table(term("caption.tests", name=e.measurand.name), heads, rows, "lrrl", tuple(note),
                 f"tests {e.measurand.id}")  # fmt: skip


def _suggestions(e: Evaluation, found: Advice, note: Sequence[Text]) -> Table:
    heads = (term("word.method"), term("head.in_round"), term("head.speaks_for"))
    asked = [f.method for f in e.methods]
    rows: list[tuple[Cell, ...]] = []
    for s in found.suggestions:
        key = "protocol" if asked[:1] == [s.method] else "beside" if s.method in asked else "not"
        rows.append((_method(s.method), term(f"in_round.{key}"), _joined(s.reasons)))
    return Table(term("caption.suggestions", name=e.measurand.name), heads, tuple(rows), "lll", tuple(note),
                 f"advice {e.measurand.id}")  # fmt: skip


def advice_of_many(evaluations: Sequence[Evaluation], note: Sequence[Text]) -> Iterator[Block]:
    """A row a measurand: probabilities of the tests, and the method that suits best."""
    rows: list[tuple[Cell, ...]] = []
    for e in evaluations:
        if e.advice is None:
            continue
        tests = {t.name: t for t in e.advice.tests}
        ps: list[Cell] = [_p(tests[name]) if name in tests else term("none.not_applicable") for name in TESTS]
        best = e.advice.suggestions[0].method
        own = bool(e.methods) and e.methods[0].method == best
        rows.append((e.measurand.id, *ps, Word(_method(best), "good" if own else "")))
    if not rows:
        return
    yield Heading(term("section.advice"), 2)
    yield Paragraph(term("text.advice_many"))
    heads = (term("word.measurand"), *(term(f"head.p.{name}") for name in TESTS), term("head.suits"))
    yield on_paper(Table(term("caption.all_advice"), heads, tuple(rows), "lrrrl", tuple(note), "advice"))


def _number(value: float, digits: int) -> Number:
    return Number(number(value, digits) or "", value)


def _p(test: Check) -> Number:
    return Number(number(test.p, 2) or "", test.p, "bad" if test.speaks_against else "")


def _says(test: Check) -> Text:
    return term(f"says.{test.name}.{'no' if test.speaks_against else 'yes'}")


def _method(name: str) -> Text:
    return word_or(f"method.{name}", name)


def _said(item: Finding) -> Text:
    return {one: sentences(item, one)["what"] for one in LANGUAGES}


def _joined(items: Sequence[Finding]) -> Text:
    between = {"zh": "；", "en": "; "}
    return {one: between[one].join(sentences(f, one)["what"] for f in items) for one in LANGUAGES}
