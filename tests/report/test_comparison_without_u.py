"""A round in which somebody states no uncertainty, from the file of a site to the report: drawn, told, and judged by
nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import run_in
from tests.report.gauge_round import LABS, gauge_round, on_file

from suyuan.comparison.equivalence import pairwise
from suyuan.comparison.round.report import Report
from suyuan.quantity.fields import canonical
from suyuan.report.comparison.advice import advice_of_many
from suyuan.report.comparison.report import comparison_document
from suyuan.report.comparison.tables import paired
from suyuan.report.papers.document import Cell, Document, Figure, Heading, Number, Paragraph, Table, Word, plain
from suyuan.verbs.comparison.round import Issue, Round, report_of


@cache
def a_report(method: str = "weighted_mean", without: tuple[str, ...] = ("L4",), measurands: int = 1) -> Report:
    made, events = gauge_round(method, without, measurands)
    return report_of(Round(made, events), Issue("final", date(2026, 8, 1), "suyuan 0.1.0"))


@cache
def a_document(*asked: Any) -> Document:
    return comparison_document(a_report(*asked), "en")


def figures(document: Document) -> list[str]:
    return [plain(b.caption, "en") for b in document.blocks if isinstance(b, Figure)]


def value(cell: Cell) -> float | None:
    return cell.value if isinstance(cell, Number) else None


def table(document: Document, sheet: str) -> Table:
    return next(b for b in document.blocks if isinstance(b, Table) and b.sheet == sheet)


@pytest.mark.parametrize("method", ["weighted_mean", "median", "algorithm_A"])
def test_its_point_has_an_open_end(method: str) -> None:
    shown = [b for b in a_document(method).blocks if isinstance(b, Figure)]
    drawn = [[f for f in shown if word in f.svg] for word in ("no uncertainty stated", ") unknown")]
    assert [len(found) for found in drawn] == [1, 1] and all("L4" in f[0].svg for f in drawn)
    verdicts = a_report(method).evaluations[0].methods[0].judged.verdict
    assert [lab for lab, v in zip(LABS, verdicts, strict=True) if v == "undetermined"] == ["L4"]


def test_pairs_are_those_of_the_others() -> None:
    e = a_report().evaluations[0]
    found = paired(e, 2.0)
    kept = [i for i, lab in enumerate(LABS) if lab != "L4"]
    assert e.pairs is None and found is not None and found.without == ("L4",)
    expected = pairwise(e.inputs.value[kept], e.inputs.u[kept])
    assert found.found.U.tolist() == expected.U.tolist() and found.labs == tuple(LABS[i] for i in kept)
    said = [plain(b.text, "en") for b in a_document().blocks if isinstance(b, Paragraph)]
    assert "Laboratories that state no uncertainty are left out: L4." in said
    assert paired(a_report("median", LABS).evaluations[0], 2.0) is None


def test_it_does_not_contribute_to_a_method_that_weighs_by_u() -> None:
    def last(method: str) -> str:
        for lab, *_, cell in table(a_document(method), "results L1").rows:
            if isinstance(lab, Mapping) and lab["en"].startswith("L4") and isinstance(cell, Word):
                return plain(cell.text, "en")
        raise AssertionError

    assert last("weighted_mean") == "no" and last("median") == "yes"


def test_nobody_states_an_uncertainty() -> None:
    document = a_document("median", LABS)
    assert any("Fewer than two results" in plain(b.text, "en") for b in document.blocks if isinstance(b, Paragraph))


def test_the_advice_stands_with_tests_and_reasons_and_changes_nothing() -> None:
    report, document = a_report(), a_document()
    advice = report.evaluations[0].advice
    assert advice is not None
    heads = [plain(b.text, "en") for b in document.blocks if isinstance(b, Heading)]
    assert "Which method suits, and why" in heads
    tests = table(document, "tests L1")
    assert [value(row[1]) for row in tests.rows] == [t.statistic for t in advice.tests]
    assert [value(row[2]) for row in tests.rows] == [t.p for t in advice.tests]
    assert len(table(document, "advice L1").rows) == len(advice.suggestions)
    said = " ".join(plain(b.text, "en") for b in document.blocks if isinstance(b, Paragraph))
    assert "changes no verdict" in said and "for weighted mean" in said


def test_density_and_credibility_stand_in_the_body_of_few_and_in_the_appendix_of_several() -> None:
    few, several = a_document(), a_document("weighted_mean", ("L4",), 3)
    places = {}
    for name, document in (("few", few), ("several", several)):
        blocks = list(document.blocks)
        appendix = next(i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.number == "A")
        shapes = [i for i, b in enumerate(blocks) if isinstance(b, Figure) and "density" in plain(b.caption, "en")]
        places[name] = [i > appendix for i in shapes]
    assert places == {"few": [False], "several": [True] * 3}
    assert any("(Naji)" in c for c in figures(few)) and not any("Youden" in c for c in figures(few))
    assert any("(Youden)" in c for c in figures(a_document("weighted_mean", (), 2)))


def test_many_measurands_have_a_row_of_advice_each() -> None:
    blocks = tuple(advice_of_many(a_report("weighted_mean", ("L4",), 5).evaluations, ()))
    (found,) = (b for b in blocks if isinstance(b, Table))
    assert [row[0] for row in found.rows] == [f"L{i}" for i in range(1, 6)]


def test_the_command_makes_the_whole_report(tmp_path: Path) -> None:
    (tmp_path / "round.json").write_bytes(canonical(on_file(*gauge_round("median", ("L4", "L9")))))
    ran = run_in(tmp_path, "compare", "report", "round.json", "--out", "report", "--state", "final",
                 "--formats", "html,xlsx,docx", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    made = (tmp_path / "report" / "DEMO-1-v1.html").read_text("utf-8")
    assert "no uncertainty stated" in made and "L4, L9" in made
