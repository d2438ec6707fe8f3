"""Papers of carbon say what their values say: numbers of sheets and data equal the claim and the rules."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from tests.carbon.test_plant_trusted import POWER, REPORTED, read, report
from tests.report.carbon.made import DAY, FOUND, PAPERS, head, meters, record, register_of, statement, steps
from tests.report.carbon.year import claim, column, filed, made, plain, sheets, stack

from suyuan.carbon.claim.check import cross_check
from suyuan.carbon.claim.claim import Evidence, Part
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.fuel.stream import part_of
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
from suyuan.report.carbon.statement import verification_statement
from suyuan.report.carbon.tiers import tier_proof
from suyuan.report.carbon.told import Head, Paper
from suyuan.report.papers.all import spreadsheet
from suyuan.report.papers.document import Figure, Number, Table
from suyuan.report.papers.html import html
from suyuan.report.papers.words import table
from suyuan.report.service.files import Format, files
from suyuan.traceability.evidence import Evidence as Known
from suyuan.traceability.evidence import Statement as Withdrawal
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
    states = dict(zip(column(found["evidence"], "Certificate"), column(found["evidence"], "Now"), strict=True))
    assert states["lab G-1"] == "△ withdrawn" and states["lab F-1"] == "◇ not in the folder"
    assert fields["supersedes"] == "b" * 64
    told = html(paper.document, "en").decode()
    assert "The claim of this report supersedes bbbbbbbbbbbbbbbb: a certificate was withdrawn" in told
    admitted = sum(row["status"] == "from memory" for row in one.rows)
    assert admitted > 5 and f"{admitted} rule rows were not checked" in told


def test_without_a_store_states_are_not_known() -> None:
    found = sheets(annual_report(claim(), DAY, "en").document, "en")
    assert {*column(found["evidence"], "Now"), *column(found["evidence"], "At the claim")} == {"◇ not looked up"}


def test_page_and_paper_judge_evidence_alike() -> None:
    """By the months for which it was used: what ended or was replaced after them was valid while used."""
    scale = Evidence("scale", "lab", "B-1", "b" * 64, date(2025, 5, 31), (1, 2, 3, 4, 5), "coal", "amount")
    used = (scale, replace(scale, months=(6, 7)), replace(scale, part="S1", months=(6,)), 
            replace(scale, number="B-9", digest=""))  # fmt: skip
    made = Certificate("simple", "lab", "B-1", "b" * 64, "1", ended=date(2024, 5, 20), valid_until=date(2025, 5, 31))
    states = standing(replace(claim(), evidence=used), Known((made,)))
    assert list(states.now.values()) == list(states.then.values()) == ["used", "expired", "used", "absent"]
    found = sheets(annual_report(replace(claim(), evidence=used), DAY, "en", states=states).document, "en")
    assert column(found["evidence"], "Now") == ["✓ valid while used", "△ expired", "✓ valid while used",
                                                  "◇ not in the folder"]  # fmt: skip


def test_evidence_is_judged_by_what_the_claim_knew_and_by_what_is_known_now() -> None:
    """A certificate that was withdrawn after the claim held when it was made; a later one of its number is another."""
    one = replace(claim(), made=date(2026, 2, 1))
    scale = Evidence("scale", "lab", "B-1", "b" * 64, date(2027, 5, 31), (), "coal", "amount")
    made = Certificate("simple", "lab", "B-1", "b" * 64, "1", ended=date(2024, 5, 20), valid_until=date(2027, 5, 31))
    told = [Withdrawal("withdrawn", "lab", "B-1", date(2025, 3, 1), known) for known in (one.made, date(2026, 2, 2))]
    for known, then in zip(told, ("withdrawn", "valid"), strict=True):
        states = standing(replace(one, evidence=(scale,)), Known((made,), (known,)))
        assert (states.then[scale], states.now[scale]) == (then, "withdrawn")
    found = sheets(annual_report(replace(one, evidence=(scale,)), DAY, "en", states=states).document, "en")
    assert (column(found["evidence"], "At the claim"), column(found["evidence"], "Now")) == (
        ["✓ valid"],
        ["△ withdrawn"],
    )
    again = standing(replace(one, evidence=(scale,)), Known((replace(made, digest="c" * 64),)))
    assert (again.then[scale], again.now[scale]) == ("absent", "valid")


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
        ({"remarks": [{"topic": "plan", "text": "not filed", "corrected": "yes"}]}, "typed.field.type"),
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
    assert any("Carbon" in str(head_) for head_ in sheet[0])
    assert [float(t) for t in plain(paper.fields)["activity"][0]["amount"]] == pytest.approx(list(coal.amount))
    assert "activity" not in plain(annual_report(claim(), DAY, "en").fields)


def test_a_factor_stands_in_the_months_that_used_it() -> None:
    """A default heat value stood in every month, and the heat of the reports, which a file has as text, in none."""
    from suyuan.report.carbon.activity import activity_fields

    default = {"table": "China sector guidelines", "fuel": "anthracite"}
    reports = [report(month) for month in range(1, 13) if month != 5]
    coal = {**REPORTED, "reports": reports, "defaults": [5], "heat_value": default, "carbon_per_heat": default}
    plant, told = read(coal, POWER)
    assert plant is not None, told
    factors = activity_fields(plant)[0]["factors"]
    assert factors["heat_value"] == [21.0] * 4 + [22.867] + [21.0] * 7
    used = {name: (np.flatnonzero(np.isfinite(column)) + 1).tolist() for name, column in factors.items()}
    assert used["carbon_per_heat"] == [5] and used["carbon"] == [month for month in range(1, 13) if month != 5]


def test_a_mean_is_of_the_months_that_have_the_factor() -> None:
    from suyuan.report.carbon.activity import _mean

    content = np.full(12, 0.55)
    content[4] = np.nan
    assert _mean(content, np.full(12, 100.0)) == pytest.approx(0.55)


def written(paper: Paper, sheet: str, head_: str) -> list[str]:
    """The numbers of a column as the page has them."""
    made_ = next(one for one in paper.document.blocks if isinstance(one, Table) and one.sheet == sheet)
    at = [text["en"] for text in made_.heads].index(head_)
    return [row[at].text for row in made_.rows if isinstance(row[at], Number)]  # type: ignore[union-attr]


def test_a_default_month_says_how_it_came_about_and_that_its_u_is_a_lower_bound() -> None:
    """It stood among measured months with the U of its amount alone, as if it were known best of all."""
    default = {"table": "China sector guidelines", "fuel": "anthracite"}
    reports = [report(month, u_moisture=0.2) for month in range(1, 13) if month != 5]
    spread = [{"name": name, "of": name, "u_rel": 0.01, "shared": True} for name in ("amount", "oxidation")]
    coal = {**REPORTED, "reports": reports, "defaults": [5], "heat_value": default, "carbon_per_heat": default,
            "components": spread}  # fmt: skip
    plant, told = read(coal)
    assert plant is not None, told
    part = part_of(plant.streams[0]).part
    one = replace(claim(), parts=(part,))
    paper = annual_report(one, DAY, "en", plant=plant)
    found = sheets(paper.document, "en")
    for name in ("months", f"activity {part.name}"):
        assert [n for n, text in enumerate(column(found[name], "Method")[:12], 1) if text == "default"] == [5]
        assert [n for n, text in enumerate(written(paper, name, "𝑈 / t")[:12], 1) if text.startswith("≥")] == [5]
    assert written(paper, "parts", "𝑈 / t")[0].startswith("≥")
    book = load_workbook(BytesIO(spreadsheet(paper.document, "en")))
    page = next(page for page in book.worksheets if page.title.endswith(" months"))
    formats = [(type(row[3].value), row[3].number_format) for row in page.iter_rows(min_row=6, max_row=7)]
    assert formats == [(float, '"≥ "General'), (float, "General")], "a bound stays a number, and says so"
    months = plain(paper.fields)["months"]
    assert [n for n, least in enumerate(months["u_is_least"], 1) if least] == [5]


def test_a_paper_has_words_and_no_keys() -> None:
    """«carbon 3», «co2», «belt weigher», «from 90, hours 24» stood on Chinese papers."""
    for kind in ("annual", "quarter", "equipment", "substitution", "verification"):
        shown = html(PAPERS[kind]("zh").document, "zh").decode().split("</style>")[1]
        shown = re.sub("<svg.*?</svg>|<[^>]*>", " ", shown, flags=re.DOTALL)
        for key in ("take largest", "hours 24", "belt weigher", " co2 ", "carbon, method", "not read", "0/0"):
            assert key not in shown, (kind, key)


def test_a_change_from_one_year_to_another_names_both() -> None:
    paper = change_document(head("change"), replace(steps(3), years=(2024, 2025)), ("1", "2"))
    assert "2025–2025" in paper.document.number and paper.fields["years"] == [2024, 2025]


def test_a_statement_calls_no_lower_bound_small() -> None:
    engagement, _ = read_engagement(record())
    assert engagement is not None
    made_on = statement_on(claim(), engagement)
    assert made_on.least, "bought power has no component"
    paper = verification_statement(claim(), made_on)
    rows = {line[0]: line for line in sheets(paper.document, "en")["materiality"][1:]}
    assert "lower bound" in str(rows["U of the claim (k = 2)"][3])
    assert written(paper, "materiality", "t CO₂")[-1].startswith("≥")


def test_a_part_that_leaves_other_hours_out_has_not_moved() -> None:
    from suyuan.verbs.carbon import change

    one = change.Component("stack", "monitoring", False, 3225919.0, 2921422.0, None, False, (0.0, 749.0))
    assert one.moved is None and not one.alike and replace(one, lacks=(749.0, 749.0)).moved == -304497.0
