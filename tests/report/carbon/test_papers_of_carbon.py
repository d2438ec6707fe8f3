"""Papers of carbon say what their values say: numbers of sheets and data equal the claim and the rules."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from tests.report.carbon.made import DAY, FOUND, PAPERS, head, meters, record, register_of, statement, steps
from tests.report.carbon.year import claim, column, filed, made, plain, sheets, stack

from suyuan.carbon.claim.check import cross_check
from suyuan.carbon.claim.claim import Evidence, Part
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.management.plan import Parameter, Plan
from suyuan.carbon.management.tiers import tier_proofs
from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.influence import Source
from suyuan.report.carbon.annual import annual_report
from suyuan.report.carbon.changed import change_document, drawn_steps
from suyuan.report.carbon.cross_check import cross_check_paper
from suyuan.report.carbon.equipment import equipment_register
from suyuan.report.carbon.hours import ledger
from suyuan.report.carbon.tiers import tier_proof
from suyuan.report.carbon.told import Head
from suyuan.report.papers.all import spreadsheet
from suyuan.report.papers.document import Figure
from suyuan.report.papers.html import html
from suyuan.report.papers.words import table
from suyuan.report.service.files import Format, files
from suyuan.traceability.evidence import Evidence as Known
from suyuan.verbs.carbon.claims import standing
from suyuan.verbs.carbon.engagement import read_engagement, statement_on


@pytest.mark.parametrize("kind", PAPERS)
def test_every_kind_in_both_languages_and_all_formats(kind: str) -> None:
    make = PAPERS[kind] if kind != "ledger" else lambda language: ledger(head("ledger"), [stack()], language, (7,))
    paper = make("both")
    forms: tuple[Format, ...] = ("pdf", "docx", "xlsx", "json") if kind == "change" else ("pdf", "xlsx", "json")
    found = {name.rsplit(".", 1)[1]: data for name, data in files(paper.document, paper.fields, "both", forms).items()}
    assert found["pdf"][:4] == b"%PDF" and found["xlsx"][:4] == found.get("docx", found["xlsx"])[:4] == b"PK\x03\x04"
    assert json.loads(found["json"])["suyuan"] == f"carbon-{kind}"
    both, en = html(paper.document).decode(), html(make("en").document, "en").decode()
    said = table("carbon")[f"paper.{kind}"]
    assert said["zh"] in both and said["en"] in both and said["zh"] not in en and said["en"] in en
    assert sum("\u4e00" <= letter <= "\u9fff" for letter in en.split("</style>")[1]) < 12  # the house's name below
    assert paper == make("both")


def test_words_are_whole() -> None:
    for key, row in table("carbon").items():
        assert set(row) == {"zh", "en"} and all(text.strip() for text in row.values()), key


@pytest.mark.parametrize("kind", ["annual", "cross-check", "verification"])
def test_papers_of_a_claim_are_bound_to_it(kind: str) -> None:
    paper = PAPERS[kind]("en")
    fields = plain(paper.fields)
    assert fields["of"] == fields["claim"] == claim().digest and fields["known"] == claim().made.isoformat()
    assert claim().digest in html(paper.document, "en").decode()


def test_papers_of_two_claims_of_one_document_differ() -> None:
    first, second = (replace(claim(), digest=mark * 64, plant="c" * 64, made=day)
                     for mark, day in (("1", date(2026, 2, 1)), ("2", date(2026, 9, 1))))  # fmt: skip
    papers = [ledger(Head.of("ledger", of, DAY), [stack()], "en", (7,)) for of in (first, second)]
    one, other = (plain(paper.fields) for paper in papers)
    assert (one["claim"], one["document"], one["known"]) == ("1" * 64, "c" * 64, "2026-02-01")
    assert (other["claim"], other["known"]) == ("2" * 64, "2026-09-01") and one["of"] != other["of"]
    for mark, paper in zip("12", papers, strict=True):
        book = load_workbook(BytesIO(spreadsheet(paper.document, "en")), read_only=True)
        cells = [str(cell) for page in book.worksheets for line in page.iter_rows(values_only=True) for cell in line]
        assert mark * 64 in cells and "c" * 64 in cells


# ---------------------------------------------------------------- claim


def test_the_annual_report_has_the_numbers_of_the_claim() -> None:
    one, paper = claim(), PAPERS["annual"]("en")
    fields, found = plain(paper.fields), sheets(paper.document, "en")
    assert float(fields["legal"]) == one.legal and float(fields["u"]) == float(one.best.u)
    assert column(found["parts"], "Legal value")[-1] == one.legal
    assert column(found["parts"], "U / t")[-1] == pytest.approx(2 * float(one.best.u))
    assert column(found["parts"], "U / t")[1] == "not stated"  # bought power has no component: unknown, not nil
    assert math.fsum(column(found["months"], "Legal value")) == pytest.approx(one.legal)
    assert math.fsum(u**2 for u in column(found["budget influence"], "u / t")) == pytest.approx(float(one.best.u) ** 2)
    assert {row["id"] for row in fields["rules"]} == {row["id"] for row in one.rows}
    assert {line[0] for line in found["overrides"][1:]} == {o.row for o in one.overrides}
    states = dict(zip(column(found["evidence"], "Certificate"), column(found["evidence"], "State"), strict=True))
    assert states["lab G-1"] == "△ withdrawn" and states["lab F-1"] == "◇ not in the folder"
    assert fields["supersedes"] == "b" * 64
    told = html(paper.document, "en").decode()
    assert "The claim of this report supersedes bbbbbbbbbbbbbbbb: a certificate was withdrawn" in told
    admitted = sum(row["status"] == "from memory" for row in one.rows)
    assert admitted > 5 and f"{admitted} rule rows were not checked" in told


def test_without_a_store_states_are_not_known() -> None:
    found = sheets(annual_report(claim(), DAY, "en").document, "en")
    assert set(column(found["evidence"], "State")) == {"◇ not looked up"}


def test_page_and_paper_judge_evidence_alike() -> None:
    """By the months for which it was used: what ended or was replaced after them was valid while used."""
    scale = Evidence("scale", "lab", "B-1", "", date(2025, 5, 31), (1, 2, 3, 4, 5), "coal", "amount")
    used = (scale, replace(scale, months=(6, 7)), replace(scale, part="S1", months=(6,)), replace(scale, number="B-9"))
    made = Certificate("simple", "lab", "B-1", "b" * 64, "1", ended=date(2024, 5, 20), valid_until=date(2025, 5, 31))
    states = standing(replace(claim(), evidence=used), Known((made,)))
    assert list(states.values()) == ["used", "expired", "used", "absent"]
    found = sheets(annual_report(replace(claim(), evidence=used), DAY, "en", states=states).document, "en")
    assert column(found["evidence"], "State") == ["✓ valid while used", "△ expired", "✓ valid while used",
                                                  "◇ not in the folder"]  # fmt: skip


def test_shares_by_method_stand_beside_the_bias() -> None:
    monitored = replace(claim(), parts=tuple(
        replace(part, counted=part.kind != "combustion") for part in claim().parts))  # fmt: skip
    found = sheets(annual_report(monitored, DAY, "en").document, "en")
    methods = {line[0]: line[1] for line in found["methods"][1:]}
    assert methods["substituted"] == pytest.approx(monitored.methods["substituted"])
    assert sum(methods.values()) == pytest.approx(monitored.legal)
    apart = column(found["months"], "Legal − best")
    assert [n + 1 for n, value in enumerate(apart) if value] == [7]


def test_the_cross_check_tells_dependence() -> None:
    paper, found = PAPERS["cross-check"]("en"), made().check
    assert found is not None
    fields = plain(paper.fields)
    assert float(fields["zeta"]) == found.zeta and float(fields["correlation"]) == found.correlation > 0.2
    common = sheets(paper.document, "en")["common"]
    assert [line[0] for line in common[1:]] == [one.label for one in found.common]
    months = sheets(paper.document, "en")["months"]
    assert math.fsum(column(months, "Difference")) == pytest.approx(found.difference)
    gas = Component("gas", 0.02, source=Source("lab", "G", "x"))
    pair = tuple(
        with_components(np.full(12, t), [gas, Component(n, 0.01)], "t") for t, n in ((100.0, "a"), (100.5, "b"))
    )
    hanging = cross_check(pair[0].sum(), pair[1].sum())
    told = html(cross_check_paper(claim(), hanging, pair, DAY, "en").document, "en").decode()  # type: ignore[arg-type]
    assert "it confirms nothing" in told and "to that extent" not in told
    for language in ("zh", "en"):
        lead = sentences(hanging.sentence, language)["what"]
        assert lead in html(cross_check_paper(claim(), hanging, pair, DAY, "both").document, language).decode()
    assert fields["doubts"] == list(found.doubts) and float(fields["seen"]) == pytest.approx(2 * found.u_difference)


def test_a_cross_check_leaves_out_months_that_nobody_knows() -> None:
    pair = tuple(with_components(np.full(12, t), [Component(n, 0.01)], "t") for t, n in ((100.0, "a"), (100.5, "b")))
    months = [float(n < 10) for n in range(12)]
    sums = [(one * np.array(months)).sum() for one in pair]
    check = cross_check(sums[0], sums[1], 1.0, (0.0,) * 10 + (5.0, 7.0))
    paper = cross_check_paper(claim(), check, pair, DAY, "en")  # type: ignore[arg-type]
    assert plain(paper.fields)["left_out"] == ["11", "12"]
    found = sheets(paper.document, "en")
    assert column(found["totals"], "Best estimate / t")[:2] == [pytest.approx(1000.0), pytest.approx(1005.0)]
    assert column(found["months"], "Monitored")[-2:] == ["unknown", "unknown"]
    assert column(found["months"], "Calculated")[-2:] == [pytest.approx(100.5)] * 2
    assert column(found["months"], "Difference")[9:] == [pytest.approx(-0.5), "unknown", "unknown"]


def test_tiers_stand_against_their_limits() -> None:
    fields = plain(PAPERS["tiers"]("en").fields)["sources"]
    rows = {row["name"]: row for row in fields}
    assert rows["coal"].get("percent") is None and rows["coal"].get("tier") is None  # its amount states no uncertainty
    assert rows["power"].get("row") is None
    monitored = next(part for part in claim().parts if part.kind == "monitoring").months.sum()
    assert float(rows["S1"]["percent"]) == pytest.approx(200 * float(monitored.u) / float(monitored.value))
    assert rows["S1"]["tier"] == "3" and rows["S1"]["row"] == "mrr.tier_limits.CO2"
    rough = Part("S2", "monitoring", with_components(np.full(12, 1.0), [Component("q", 0.2)], "t"), (1.0,) * 12,
                 {"measured": 12.0})  # fmt: skip
    told = html(tier_proof(head("tiers"), tier_proofs((), [rough], DAY)).document, "en").decode()
    assert "1 of these do not reach tier 1" in told


def test_the_register_counts_and_marks() -> None:
    plan = Plan("1", 2025, (Parameter("coal", "amount", "measured", "BS-1"),), None)
    paper = equipment_register(head("equipment"), register_of(meters(), plan), DAY)
    found = sheets(paper.document, "en")
    assert column(found["meters"], "Due")[:2] == ["2027-01-01", "△ 2026-02-01"]
    assert column(found["meters"], "Certificate")[2] == "△ needed, not fitted"
    assert column(found["rates"], "Rate") == [0.0, 100.0] and column(found["rates"], "Wanted") == [95.0, 100.0]
    assert plain(paper.fields)["meters"][1]["days"] == "-29"
    assert column(found["meters"], "State")[:2] == ["✓ in its calibration", "△ overdue"]
    assert "BS-1 of “coal”" in html(paper.document, "en").decode() or plain(paper.fields)["departs"]
    ended = equipment_register(head("equipment"), register_of(meters(), plan, {("lab", "B-1"): "expired"}), DAY)
    assert column(sheets(ended.document, "en")["meters"], "State")[0] == "△ certificate ended"


def test_a_tier_says_when_the_certificate_behind_it_ended() -> None:
    scale = Evidence("scale", "lab", "B-1", "", date(2025, 3, 31), (), "coal", "amount")
    proofs = [replace(one, evidence=(scale,)) for one in tier_proofs(filed().streams, [], DAY)[:1]]
    paper = tier_proof(head("tiers"), proofs)
    assert "lab B-1" in html(paper.document, "en").decode()
    assert [one["number"] for one in plain(paper.fields)["sources"][0]["lapsed"]] == ["B-1"]
    assert "lapsed" not in plain(tier_proof(head("tiers"), proofs, {scale: "used"}).fields)["sources"][0]


# ---------------------------------------------------------------- verification and change


def test_the_statement_projects_and_names_its_materiality() -> None:
    paper = statement()
    fields, found = plain(paper.fields), sheets(paper.document, "en")
    assert float(fields["projected"]) == pytest.approx(FOUND)
    assert 0.0 < float(fields["unseen"]) < float(fields["limit"]) - FOUND
    assert float(fields["limit"]) == pytest.approx(0.02 * claim().legal) and fields["status"] == "from memory"
    assert sum(column(found["sample"], "Error")) == pytest.approx(FOUND)
    assert fields["opinion"] == "reasonable"
    assert "was entered from memory" in html(paper.document, "en").decode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"claim": "f" * 64}, "carbon.verify.claim"),
        ({"claim": "f"}, "carbon.verify.claim"),
        ({"seed": None}, "typed.field.missing"),
        ({"materiality": "nobody's"}, "carbon.verify.scheme"),
        ({"found": [{"part": "coal", "month": 13, "tonnes": 1}]}, "carbon.report.month"),
        ({"found": [{"part": "elsewhere", "month": 1, "tonnes": 1}]}, "carbon.verify.not_sampled"),
        ({"found": [{"part": "coal", "month": 1, "tonnes": 1, "corrected": "yes"}]}, "typed.field.type"),
    ],
)
def test_a_bad_record_is_refused(change: dict[str, Any], code: str) -> None:
    engagement, told = read_engagement(record(**change))
    if engagement is not None:
        with pytest.raises(Refused) as refused:
            statement_on(claim(), engagement)
        told = refused.value.findings
    assert code in [item.code for item in told]


def test_a_change_falls_step_by_step() -> None:
    paper, change = PAPERS["change"]("en"), steps()
    found = sheets(paper.document, "en")["steps"]
    assert column(found, "Effect") == [step.effect for step in change.steps]
    assert column(found, "Then")[-1] == pytest.approx(change.end)
    assert "carbon per heat" in column(found, "What changed")[0]  # a rule row by what it says
    assert float(plain(paper.fields)["by_rule"]) == change.by_rule == 10.0
    many = steps(40)
    falls = drawn_steps(many.steps, [step.name for step in many.steps], "rest")
    assert len(falls) == 14 and sum(fall.effect for fall in falls) == pytest.approx(many.end - many.start)
    drawn = [b for b in change_document(head("change"), many, ("1", "2")).document.blocks if isinstance(b, Figure)]
    assert "<svg" in drawn[0].svg and "<svg" in drawn[0].narrow


def test_the_annual_report_has_the_months_of_its_document() -> None:
    coal = filed().streams[0]
    paper = annual_report(claim(), DAY, "en", plant=filed())
    sheet = sheets(paper.document, "en")[f"activity {coal.name}"]
    assert column(sheet, "Amount")[:12] == pytest.approx(list(coal.amount))
    assert column(sheet, "Amount")[12] == pytest.approx(float(coal.amount.sum()))
    assert any("carbon" in str(head_) for head_ in sheet[0])
    assert [float(t) for t in plain(paper.fields)["activity"][0]["amount"]] == pytest.approx(list(coal.amount))
    heated = filed().content | {"streams": [{"name": coal.name, "reports": [{"month": 3, "heat": 20.5}]}]}
    sheet = sheets(annual_report(claim(), DAY, "en", plant=replace(filed(), content=heated)).document, "en")
    if "heat_value" not in coal.given:
        assert column(sheet[f"activity {coal.name}"], "heat value")[1:3] == ["unknown", 20.5]
    assert "activity" not in plain(annual_report(claim(), DAY, "en").fields)


def test_a_factor_that_was_not_given_in_a_month_is_unknown_there() -> None:
    """Eleven reports and a default month: no month has carbon of nil; the mean is of the months that have one."""
    from suyuan.report.carbon.activity import _given, _mean

    content = np.full(12, 0.55)
    content[4] = 0.0
    column = _given(content)
    assert np.isnan(column[4]) and np.isfinite(np.delete(column, 4)).all()
    assert _mean(column, np.full(12, 100.0)) == pytest.approx(0.55)


def test_a_part_that_leaves_other_hours_out_has_not_moved() -> None:
    from suyuan.verbs.carbon import change

    one = change.Component("stack", "monitoring", False, 3225919.0, 2921422.0, None, False, (0.0, 749.0))
    assert one.moved is None and not one.alike and replace(one, lacks=(749.0, 749.0)).moved == -304497.0
