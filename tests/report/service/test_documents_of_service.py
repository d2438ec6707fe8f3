"""Documents of the service system: made twice alike, everything that they must say is in them, nothing confidential."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from tests.centre.test_dossier import FAULTS, sound

from suyuan.capability.capability import Capability, Term
from suyuan.capability.gaps.industry import industry
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import Match, match
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import RootSum, Uncertainty
from suyuan.centre.dossier import Dossier, Money, Staff, computed
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.report.papers.document import Document, Figure, Table
from suyuan.report.papers.html import html
from suyuan.report.papers.typst_pdf import attached
from suyuan.report.papers.word import word
from suyuan.report.service.annual import annual_document, annual_fields, median_days
from suyuan.report.service.dossier import dossier_document, dossier_fields
from suyuan.report.service.files import files
from suyuan.report.service.need_sheet import need_fields, need_sheet
from suyuan.report.service.proof import match_drawn, proof_document, proof_fields
from suyuan.verbs.centre.annual import Closed, Happened, Served, Year

DAY = date(2026, 11, 28)
MM, UM, NM = parse_unit("mm"), parse_unit("um"), parse_unit("nm")


def capability(id: str, laboratory: str, a: float, b: float, high: float = 100.0) -> Capability:
    budget = (Term("t", {"zh": "块温", "en": "temperature"}, 0.005, 2.2e-4), Term("w", {"zh": "研合"}, 0.01))
    return Capability(
        id, {"zh": laboratory}, "length", Interval(0.5, high, MM), Uncertainty(RootSum(a, b), 2.0, UM),
        item="gauge block", budget=budget, standards=(("演示国家院", "N-1"),), demo=True,
    )  # fmt: skip


CAPABILITIES = (
    capability("L-03", "演示云院", 0.03, 0.0005), capability("K-11", "演示北检", 0.04, 0.0006),
    capability("G-2", "演示海所", 0.02, 0.0002, 60.0),
)  # fmt: skip
NEED = Need(
    "N-31", {"zh": "演示轴承厂", "en": "Demo Bearings"}, "length", Interval(0.5, 100.0, MM), Target(50.0, NM),
    title={"zh": "定距环长度", "en": "length of spacer rings"}, item="gauge block", demo=True,
)  # fmt: skip


def matched(need: Need = NEED) -> Match:
    states = {c.key: Support("complete") for c in CAPABILITIES} | {CAPABILITIES[2].key: Support("broken")}
    return match(need, CAPABILITIES, states, DAY)


def text(document: Document) -> str:
    return html(document).decode()


# ---------------------------------------------------------------- proof


def test_a_proof_tells_every_gate_of_every_capability() -> None:
    proof = matched()
    assert proof.verdict == "not_accurate"
    document = proof_document(proof, DAY)
    told = text(document)
    for item in CAPABILITIES:
        assert f"{item.key[0]} {item.key[1]}" in told
    assert "测不准" in told and "58.3 nm" in told and "80 … 100 mm" in told
    tables = [block for block in document.blocks if isinstance(block, Table)]
    gates = next(table for table in tables if table.sheet == "gates")
    assert len(gates.rows) == 3 and len(gates.heads) == 1 + len(proof.examined[0].gates)


def test_the_figure_of_a_proof_shows_where_nothing_suffices() -> None:
    drawn = match_drawn(matched())
    assert drawn is not None
    assert "80–100 mm 上没有一项够准" in drawn.alternative["zh"] and "none suffices" in drawn.alternative["en"]
    assert drawn.wide.count("<svg") == drawn.narrow.count("<svg") == 1 and drawn.wide != drawn.narrow
    assert drawn.table.rows[0][0] == "演示云院 L-03"
    assert match_drawn(matched()) == drawn


def test_the_data_of_a_proof_say_the_same() -> None:
    fields = proof_fields(matched())
    assert fields["verdict"] == "not_accurate" and fields["unproven"] == ["80 … 100 mm"]
    worst = fields["capabilities"][0]["worst"]
    assert worst["U"] == pytest.approx(58.31, abs=0.01) and worst["target"] == 50.0
    gates = {gate["gate"]: gate["state"] for gate in fields["capabilities"][0]["gates"]}
    assert gates["uncertainty"] == "failed" and gates["chain"] == "passed"


def test_a_proof_speaks_words_and_tells_the_way_over_a_transfer_standard() -> None:
    from suyuan.report.service.need_words import carried_text, size_text

    told = text(proof_document(matched(replace(NEED, item="cmm", conditions={"site": "on-site"})), DAY))
    assert "三坐标测量机" in told and "长度" in told and "场所：现场" in told and "on-site" not in told
    assert size_text(0.0025, parse_unit("mm")) == "2.5 µm" and carried_text(matched()) == {}


def test_a_confidential_need_shows_its_verdict_only() -> None:
    secret = replace(NEED, confidential=True, title={"zh": "机密环", "en": "secret ring"})
    told = text(proof_document(matched(secret), DAY, masked=True))
    assert "测不准" in told
    for word_ in ("机密环", "secret ring", "演示轴承厂", "Demo Bearings", "50 nm", "100 mm", "N-31", "演示云院"):
        assert word_ not in told, word_
    assert "演示轴承厂" in text(proof_document(matched(secret), DAY))  # its owner sees all
    assert "保密" in text(need_sheet(secret, DAY))
    masked = json.dumps(proof_fields(matched(secret), masked=True), ensure_ascii=False, default=str)
    for word_ in ("Demo Bearings", "50", "N-31", "100 mm", "演示云院"):
        assert word_ not in masked, word_


def test_a_need_that_nobody_can_and_one_without_target() -> None:
    other = replace(NEED, quantity="torque", interval=Interval(1.0, 2.0, parse_unit("N m")), target=None)
    document = proof_document(match(other, CAPABILITIES, {}, DAY), DAY)
    assert "测不了" in text(document)
    assert "未陈述" in text(proof_document(matched(replace(NEED, target=None)), DAY))


def test_proof_in_every_format_twice_alike() -> None:
    document, fields = proof_document(matched(), DAY), proof_fields(matched())
    made = files(document, fields)
    assert [name.rpartition(".")[2] for name in made] == ["pdf", "docx", "xlsx", "html", "json"]
    assert made == files(proof_document(matched(), DAY), proof_fields(matched()))
    assert attached(made["P-N-31.pdf"])["fields.json"] == made["P-N-31.json"]
    with pytest.raises(Refused):
        files(document, fields, formats=("odt",))  # type: ignore[arg-type]


def test_a_need_sheet_reads_as_a_row_again() -> None:
    assert need_fields(NEED)["target"] == "U=50 nm, k=2" and need_fields(NEED)["interval"] == "0.5~100 mm"
    assert "定距环长度" in text(need_sheet(NEED, DAY))


# ---------------------------------------------------------------- dossier and annual report


def test_a_dossier_has_every_section_and_every_number_with_its_evidence() -> None:
    told = text(dossier_document(sound()))
    for title in ("申报书", "筹建任务书", "可行性分析报告", "产业需求调研报告", "能力建设方案", "资金保障函"):
        assert title in told
    for number in computed(sound()).values():
        for address in number.evidence:
            assert address in told, address
    assert "没有发现问题" in told and "未齐备" not in told


@pytest.mark.parametrize("name", ["an expired certificate", "a document is missing", "a number that is not so"])
def test_faults_stand_in_the_document(name: str) -> None:
    code, _, inject = FAULTS[name]
    document = dossier_document(inject(sound()))
    assert code in text(document) and document.state["zh"] == "未齐备"
    assert code in {item["code"] for item in dossier_fields(inject(sound()))["findings"]}


def test_a_dossier_of_nothing_is_still_a_document() -> None:
    empty = Dossier(sound().centre, DAY)
    told = text(dossier_document(empty))
    assert "这份文件还没有" in told and "未知" in told


def test_word_of_a_dossier_has_headings_and_tables() -> None:
    made = word(dossier_document(sound()))
    with zipfile.ZipFile(BytesIO(made)) as packed:
        xml = packed.read("word/document.xml").decode()
    assert xml.count('w:val="Heading1"') >= 9 and xml.count("<w:tbl>") + xml.count("<w:tbl ") >= 10
    assert "演示产业计量测试中心" in xml and "Demo Centre" in xml
    assert made == word(dossier_document(sound()))


def year() -> Year:
    now = sound()
    before = replace(now, capabilities=now.capabilities[:2], day=date(2025, 12, 31))
    spent = replace(now, money=(*now.money, Money("A-1", "actual", 2026, 1.2e6, "依托单位", "ab" * 32)))
    orders = (Served("O-1", True, 3.0, "310000", "matter:order/O-1"), Served("O-2", None, None, "320000"))
    closed = (Closed("G-1", {"zh": "台阶高度"}, "not_accurate", "can", DAY, ("row:need/N-3",)),)
    happened = (Happened({"zh": "比对"}, {"zh": "量块比对"}, DAY, False, "report:K-1"),)
    return Year(2026, before, spent, orders, closed, happened)


def test_an_annual_report_compares_with_the_year_before() -> None:
    document = annual_document(year())
    told = text(document)
    assert "新增" in told and "台阶高度" in told and "量块比对" in told and "row:need/N-3" in told
    fields = annual_fields(year())
    assert fields["outside_share"] == (0.5, 1.0) and fields["median_days"] == 3.0
    numbers = {row["name"]: (row["before"], row["value"]) for row in fields["numbers"]}
    assert numbers["supported"] == (2, 3) and numbers["money_spent"] == (None, 120.0)
    assert annual_document(year()) == document
    claimed = replace(year(), happened=(Happened({"zh": "协议"}, {"zh": "共建"}, DAY, True, "row:x/M", claimed=True),))
    said = text(annual_document(claimed))
    assert "只有声明" in said and "满意" not in said, "what is only claimed is not called good"


def test_a_person_has_a_row_for_each_unit_with_its_own_last_day() -> None:
    def rows(person: Staff) -> list[tuple[object, ...]]:
        blocks = dossier_document(replace(sound(), staff=(person,))).blocks
        (table,) = (block for block in blocks if isinstance(block, Table) and block.sheet == "persons")
        return [row[3:5] for row in table.rows]

    person = Staff("P-9", {"zh": "演示己"}, "演示所", ("U1", "U2"), None, ends=(date(2026, 8, 31), None))
    assert rows(person) == [("U1", "2026-08-31"), ("U2", {"zh": "未陈述", "en": "not stated"})]
    together = replace(person, valid_until=date(2027, 1, 1), ends=())
    assert rows(together) == [("U1", "2027-01-01"), ("U2", "2027-01-01")], (
        "no unit is lost where days are not told apart"
    )


def test_a_year_without_records_says_so() -> None:
    told = text(annual_document(Year(2026, None, Dossier(sound().centre, DAY))))
    assert told.count("本年没有记录") >= 3 and median_days(()) is None


def test_nothing_before_is_said_once_and_addresses_are_short() -> None:
    """The year before has no column of «unknown»; a digest stands with eight signs where a person reads it."""
    report = annual_document(Year(2026, None, Dossier(sound().centre, DAY)))
    told = text(report)
    assert told.count("上年年末登记册里还没有这个中心") == 1 and "上年|" not in told
    digest = "0f" * 32
    centre = replace(sound().centre, industry="marine-power")
    shown = dossier_document(replace(sound(), centre=centre, standards={"NIM W-1": f"document:{digest}"}))
    numbers = next(b for b in shown.blocks if isinstance(b, Table))
    assert digest not in str(numbers.rows) and "document NIM W-1 0f0f0f0f" in str(numbers.rows)
    assert digest in text(shown), "the full address stands in the appendix"
    named = industry("marine-power")
    assert named is not None and named.name["zh"] in text(shown)


def test_pdf_of_a_dossier_is_made_twice_alike() -> None:
    one, two = (files(dossier_document(sound()), dossier_fields(sound()), formats=("pdf",)) for _ in range(2))
    assert one == two and one["D-1.pdf"].startswith(b"%PDF-")


def test_an_english_document_has_english_figures() -> None:
    """Words inside a figure follow the language; names of laboratories stay as they are."""
    english = proof_document(matched(), DAY, language="en")
    (figure,) = [block for block in english.blocks if isinstance(block, Figure)]
    assert "needed 50 nm" in figure.svg and "需要" not in figure.svg
    for document in (dossier_document(sound(), "en"), annual_document(year(), "en")):
        svg = next(block.svg for block in document.blocks if isinstance(block, Figure))
        assert "plan" in svg and "计划" not in svg


def test_money_of_a_dossier_is_drawn_in_one_unit_and_evidence_is_said_in_both_languages() -> None:
    document = dossier_document(sound())
    tables = {block.sheet: block for block in document.blocks if isinstance(block, Table)}
    assert all("万元" in head["zh"] for head in tables["funds"].heads[1:3]), "and not CNY"
    counted = [row[3] for row in tables["numbers"].rows if isinstance(row[3], dict)]
    assert any("需求 " in cell["zh"] and "need " in cell["en"] for cell in counted)
