"""The report of a round in every format: what it says is what was found, and a draft reveals nothing early."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from tests.comparison.rounds import event, played, protocol

from suyuan.comparison.round.protocol import DriftRule, Member, Protocol, ReferenceRule
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Issue, Report, make_report
from suyuan.comparison.round.report_form import report_document, report_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import LANGUAGES, Refused
from suyuan.report.comparison.report import comparison_document
from suyuan.report.papers.all import documents
from suyuan.report.papers.document import Document, Figure, Heading, Number, Table, Word, plain
from suyuan.report.papers.typst_pdf import attached, chinese_fonts, families
from suyuan.report.papers.words import table
from suyuan.report.papers.xml import read

SHIFTS = {"P": 0.0, "A": 0.004, "B": -0.006, "C": 0.09}
HOSTILE = "#set page() $x$ <script>alert(1)</script> ]]> {0} *b* \u202e\x00 " + "W" * 120


@cache
def a_report(state: Any = "draft_a", text: str = "", beside: bool = True) -> Report:
    rule = ReferenceRule("weighted_mean", ("arithmetic_mean", "dersimonian_laird") if beside else ())
    made: Protocol = protocol(reference=rule)
    if text:
        members = tuple(Member(m.code, {"zh": text, "en": text}, pilot=m.pilot) for m in made.members)
        from suyuan.comparison.round.write import with_digest

        made = with_digest(replace(made, title={"zh": text, "en": text}, purpose={"zh": text}, members=members))
    decided = event("decided", 1, "C", "Secretary Demo", measurand="L1", decision="out", reason="reason " + text)
    return make_report(made, played(made, SHIFTS, (decided,)), Issue(state, date(2026, 8, 1), "suyuan 0.1.0"))


def tables_of(document: Document, sheet: str) -> list[Table]:
    return [b for b in document.blocks if isinstance(b, Table) and b.sheet == sheet]


def test_the_sections_stand_in_the_order_of_the_rules() -> None:
    document = comparison_document(a_report(), "en")
    heads = [plain(b.text, "en") for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    assert heads[:3] == ["Background and purpose", "Organisation and participants",
                         "Travelling standards and their stability"]  # fmt: skip
    first_figure = next(i for i, b in enumerate(document.blocks) if isinstance(b, Figure))
    assert first_figure < next(i for i, b in enumerate(document.blocks) if isinstance(b, Heading))
    assert [b.number for b in document.blocks if isinstance(b, Heading) and b.level == 1][-6:] == list("ABCDEF")


def test_a_table_of_equivalence_has_the_numbers_that_were_found() -> None:
    report = a_report()
    (shown,) = tables_of(comparison_document(report), "equivalence L1")
    judged = report.evaluations[0].methods[0].judged
    rows = {plain(row[0], "en") if not isinstance(row[0], str | Number | Word) else row[0]: row for row in shown.rows}
    for i, lab in enumerate(report.evaluations[0].labs):
        row = next(r for name, r in rows.items() if str(name).startswith(lab))
        numbers = [cell.value for cell in row if isinstance(cell, Number)]
        assert numbers[:2] == [pytest.approx(judged.d[i]), pytest.approx(judged.U_d[i])]
        word = row[-1]
        assert isinstance(word, Word) and word.text["en"].startswith(judged.verdict[i])
    bad = [row for row in shown.rows if isinstance(row[-1], Word) and row[-1].mark == "bad"]
    assert len(bad) == 1 and any(isinstance(cell, Number) and cell.mark == "bad" for cell in bad[0])


def test_every_table_says_how_it_was_computed() -> None:
    document = comparison_document(a_report())
    for block in document.blocks:
        if isinstance(block, Table):
            notes = " ".join(note["en"] for note in block.notes)
            for piece in ("suyuan compare rerun", "seed 1", "suyuan 0.1.0", "weighted mean", "SHA-256"):
                assert piece in notes, (block.sheet, piece)


def test_xml_and_json_hold_the_same_report() -> None:
    report = a_report()
    made = documents(report, formats=("json", "xml"), viewer="pilot")
    document = made["DEMO-1-v1.json"]
    assert document == report_document(report)
    again = read(made["DEMO-1-v1.xml"])
    assert canonical(again) == document
    found, findings = read_report(canonical(again))
    assert found is not None and not findings
    assert np.array_equal(found.evaluations[0].methods[0].judged.d, report.evaluations[0].methods[0].judged.d)
    assert b"<si:valueStandardMU>" in made["DEMO-1-v1.xml"] and b"milli\\metre" in made["DEMO-1-v1.xml"]


def test_a_draft_names_nobody() -> None:
    made = documents(a_report(), formats=("html", "xlsx", "json", "xml"))
    told = [*made.values(), *(str(c.value).encode() for s in load_workbook(BytesIO(made["DEMO-1-v1.xlsx"])) for r in s
                              for c in r)]  # fmt: skip
    for content in told:
        for secret in (b"Demo laboratory", b"person A", b"NMI A", b"Secretary Demo"):
            assert secret not in content
    assert "草案 A · 保密".encode() in made["DEMO-1-v1.html"]


def test_a_final_report_names_everybody_and_is_no_draft() -> None:
    made = documents(a_report("final"), formats=("html",))["DEMO-1-v1.html"].decode()
    assert "Demo laboratory A" in made and "Secretary Demo" in made and "CONFIDENTIAL" not in made


def test_the_public_sees_no_draft() -> None:
    with pytest.raises(Refused):
        documents(a_report(), viewer="public")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        documents(a_report(), formats=("odt",))  # type: ignore[arg-type]
    assert refused.value.findings[0].code == "report.format.unknown"


@pytest.mark.skipif(bool(chinese_fonts(families())), reason="no Chinese font: apt-get install fonts-noto-cjk")
def test_every_format_takes_hostile_names_and_gives_equal_bytes() -> None:
    report = a_report("final", HOSTILE, beside=False)
    seen: list[float] = []
    made = documents(report, progress=lambda what, part: seen.append(part))
    assert set(made) == {f"DEMO-1-v1.{kind}" for kind in ("pdf", "html", "docx", "xlsx", "json", "xml")}
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert b"<script>" not in made["DEMO-1-v1.html"]
    files = attached(made["DEMO-1-v1.pdf"])
    assert files == {"report.json": made["DEMO-1-v1.json"], "report.xml": made["DEMO-1-v1.xml"]}
    again = documents(report, formats=("html", "xlsx", "json", "xml", "pdf"))
    assert all(again[name] == made[name] for name in again)


def test_a_round_of_many_measurands_keeps_its_long_tables_off_the_page() -> None:
    base = protocol()
    many = tuple(replace(base.measurands[0], id=f"M{i}") for i in range(1, 8))
    made = protocol(measurands=many, drift=DriftRule("none"))
    report = make_report(made, played(made, SHIFTS), Issue("draft_b", date(2026, 8, 1), "suyuan 0.1.0"))
    document = comparison_document(report)
    (shown,) = tables_of(document, "references")
    assert len(shown.rows) == 7
    (worst,) = tables_of(document, "attention")
    scores = [abs(cell.value) for row in worst.rows for cell in row[5:6] if isinstance(cell, Number) and cell.value]
    assert len(scores) == len(worst.rows) and scores == sorted(scores, reverse=True)
    assert all(plain(row[1], "en").startswith("C ") for row in worst.rows[:7])  # type: ignore[arg-type]


def test_the_words_of_the_report_are_in_both_languages() -> None:
    import re
    import string

    for key, row in table("comparison").items():
        assert set(row) == set(LANGUAGES), key
        fields = [{f for _, f, _, _ in string.Formatter().parse(text) if f} for text in row.values()]
        assert fields[0] == fields[1], key
        assert not re.search(r"[\u4e00-\u9fff]", row["en"]), key
        assert all(text.strip() for text in row.values()), key


def test_the_report_says_its_fields_once() -> None:
    report = a_report()
    assert canonical(report_fields(report)) == report_document(report)
