"""Papers of carbon say what their values say: numbers of sheets and data equal the claim, the hours, the rules."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.report.carbon.year import claim, column, filed, made, plain, sheets, stack

from suyuan.carbon.claim.check import cross_check
from suyuan.carbon.claim.claim import Evidence, Part
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.management.meters import Meter
from suyuan.carbon.management.plan import Parameter, Plan
from suyuan.carbon.management.tiers import tier_proofs
from suyuan.carbon.management.verification import sample
from suyuan.carbon.monitoring.calendar import calendar
from suyuan.carbon.monitoring.minutes import Mark
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source
from suyuan.report.carbon.annual import annual_report
from suyuan.report.carbon.changed import change_document, drawn_steps
from suyuan.report.carbon.cross_check import cross_check_paper
from suyuan.report.carbon.equipment import equipment_register
from suyuan.report.carbon.hours import classes_of, field_of, ledger
from suyuan.report.carbon.quarter import of_quarter, quality_report
from suyuan.report.carbon.statement import verification_statement
from suyuan.report.carbon.substituted import gaps_of_year, substitution_log
from suyuan.report.carbon.tiers import tier_proof
from suyuan.report.carbon.told import Head, Paper
from suyuan.report.figures.carbon.hours import CLASSES
from suyuan.report.papers.document import Figure, Language
from suyuan.report.papers.html import html
from suyuan.report.papers.words import table
from suyuan.report.service.files import Format, files
from suyuan.verbs.carbon.change import Change, Step
from suyuan.verbs.carbon.checks import judged, read_checks
from suyuan.verbs.carbon.engagement import read_engagement, statement_on

DAY = date(2026, 3, 2)
FOUND = 5000
"""Tonnes by which the verifier's first month is wrong."""


def head(kind: str, **more: Any) -> Head:
    return Head(kind, "Works", "unit 1", 2025, DAY, "a" * 64, **more)


def checks_table(**changed: Any) -> bytes:
    """Zero and span checks of a channel every third day from March on; the span drifts."""
    rows = ["stack,channel,kind,day,reading,reference,unit,s_ams,full_scale"]
    for n in range(20):
        day = date(2025, 3, 25) + timedelta(days=3 * n)
        rows.append(f"S1,co2,zero,{day},{0.03 * (-1) ** n},0,%,0.04,20")
        rows.append(f"S1,co2,span,{day},{15 + 0.04 * n},15,%,0.05,20")
    text = "\n".join(rows)
    for old, new in changed.get("instead", ()):
        text = text.replace(old, new)
    return text.encode()


def checks() -> list[Any]:
    found = [of_quarter(one, 2025, 2) for one in read_checks(checks_table(), "checks.csv")]
    return [judged(one, DAY) for one in found if one is not None]


def record(**changed: Any) -> bytes:
    first = sample(claim(), 12, 3)[0]
    return json.dumps({
        "suyuan": "carbon-verification", "claim": claim().digest, "verifier": "Verifier", "day": "2026-04-01",
        "materiality": "EU", "size": 12, "seed": 3,
        "found": [{"part": first.part, "month": first.month, "tonnes": first.tonnes - FOUND, "note": "moisture basis"}],
        **changed,
    }).encode()  # fmt: skip


def statement() -> Paper:
    engagement, told = read_engagement(record())
    assert engagement is not None, told
    return verification_statement(claim(), statement_on(claim(), engagement))


def meters() -> list[Meter]:
    good = Meter("BS-1", "belt scale", "solid fuel", "unit", True, "belt weigher", 0.5, "bunker", "coal", "lab", "B-1",
                 date(2027, 1, 1))  # fmt: skip
    return [good, replace(good, id="BS-2", due=date(2026, 2, 1)), replace(good, id="E-1", carrier="electricity",
            level="equipment", fitted=False, due=None)]  # fmt: skip


def steps(count: int = 3) -> Change:
    names = ["penalty_carbon_per_heat", *(f"stream {n}" for n in range(1, count))]
    found = tuple(Step("rule" if n == 0 else "data", name, "1", "2", 10.0 * (-1) ** n * (n + 1))
                  for n, name in enumerate(names))  # fmt: skip
    return Change(1000.0, 1000.0 + sum(step.effect for step in found), found, ("China 2021", "China 2022"))


def totals() -> tuple[Any, Any]:
    parts = {part.kind: part.months for part in claim().parts}
    return parts["monitoring"], parts["combustion"]


def _checked(language: Language) -> Paper:
    found = made().check
    assert found is not None
    return cross_check_paper(claim(), found, totals(), DAY, language)


def _tiers(language: Language) -> Paper:
    monitored = [part for part in claim().parts if part.kind == "monitoring"]
    return tier_proof(head("tiers"), tier_proofs(filed().streams, monitored, date(2025, 12, 31)))


def _annual(language: Language) -> Paper:
    return annual_report(claim(), DAY, language, states={"G-1": "withdrawn"}, check=made().check,
                         told=made().findings)  # fmt: skip


PAPERS: dict[str, Callable[[Language], Paper]] = {
    "annual": _annual,
    "ledger": lambda language: ledger(head("ledger"), [stack()], language),
    "quarter": lambda language: quality_report(head("quarter"), [stack()], 3, checks(), language),
    "substitution": lambda language: substitution_log(head("substitution"), [stack()]),
    "tiers": _tiers,
    "equipment": lambda language: equipment_register(head("equipment"), meters(), None, DAY),
    "cross-check": _checked,
    "verification": lambda language: statement(),
    "change": lambda language: change_document(head("change"), steps(), ("1" * 64, "2" * 64), language),
}


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


# ---------------------------------------------------------------- hours


def test_the_ledger_holds_every_hour() -> None:
    paper, year = PAPERS["ledger"]("en"), stack()
    found = sheets(paper.document, "en")
    hours = found["hours S1"]
    assert len(hours) - 1 == len(year.calendar) == 8760
    assert math.fsum(column(hours, "Legal value")) == pytest.approx(float(year.total("legal").value), rel=1e-12)
    assert math.fsum(column(hours, "Best estimate")) == pytest.approx(float(year.total("best").value), rel=1e-12)
    lost = [line for line in hours[1:] if line[2] == "fault"]
    assert [line[0] for line in lost] == [year.calendar.told(hour) for hour in range(5000, 5010)]
    assert {line[3] for line in lost} == {"hj75.substitution.1"} and {line[4] for line in lost} == {None}
    assert column(found["months"], "Legal value") == pytest.approx(year.by_month("legal").value)
    assert column(found["months"], "U") == pytest.approx(2 * year.by_month("best").u)
    certificates = {line[1]: line[2:] for line in found["certificates S1"][1:]}
    assert certificates["lab G-1"] == ("2025-01-01 00:00", "2025-12-31 23:00", 8750)
    classes = found["classes"]
    assert sum(column(classes, "measured")) == 8750 and sum(column(classes, "fault")) == 10
    columns = plain(paper.fields)["stacks"][0]["hours"]
    assert [float(t) for t in columns["legal"]] == pytest.approx(year.legal)
    assert columns["rate"][5000] is None and columns["rule"][5000] == "hj75.substitution.1"
    assert columns["channels"]["co2"][0] == str(year.made.channels["co2"].value[0])


def test_some_months_are_told_alone() -> None:
    paper = ledger(head("ledger"), [stack()], "en", (7,))
    assert len(sheets(paper.document, "en")["hours S1"]) - 1 == 744
    assert [int(row) for row in column(sheets(paper.document, "en")["months"], "Month")] == [7]


def test_the_field_has_one_cell_an_hour_and_the_worse_of_two() -> None:
    field = field_of(stack(), range(1, 13))
    assert field.codes.shape == (365, 24) and field.first == date(2025, 1, 1)
    assert np.bincount(field.codes.ravel()).tolist() == [8750, 0, 0, 10]
    hours = calendar(2025, ZoneInfo("Europe/Berlin"))
    back = next(h for h in range(len(hours)) if hours.told(h) == "2025-10-26T02:00+01:00")
    reason = np.zeros(len(hours), np.uint16)
    reason[back] = Mark.FAULT
    value = np.where(reason > 0, np.nan, 1.0)
    year: Any = SimpleNamespace(calendar=hours, operating=np.ones(len(hours)), reason=reason, value=value,
                                legal=np.ones(len(hours)))  # fmt: skip
    codes = field_of(year, range(1, 13)).codes
    assert CLASSES[codes[298, 2]] == "instrument" and (codes[298] == 0).sum() == 23
    assert codes[88, 2] == -1  # an hour that no clock shows in spring


def test_an_hour_without_any_legal_value_is_marked_as_such() -> None:
    year: Any = SimpleNamespace(
        calendar=calendar(2025, ZoneInfo("Asia/Shanghai")), operating=np.full(8760, np.nan), reason=np.zeros(8760, int),
        value=np.full(8760, np.nan), legal=np.full(8760, np.nan),
    )  # fmt: skip
    year.operating[:4] = (1.0, 0.5, 0.0, 1.0)
    year.reason[:4] = (0, Mark.MISSING, Mark.NOT_OPERATING, Mark.NO_CERTIFICATE)
    year.value[0], year.legal[:2] = 1.0, 1.0
    assert [CLASSES[c] for c in classes_of(year)[:4]] == ["measured", "missing", "standing", "unknown"]
    assert (classes_of(year)[4:] == -1).all()  # not read is not standing


def test_the_log_sums_to_the_bias() -> None:
    year, paper = stack(), PAPERS["substitution"]("en")
    fields, found = plain(paper.fields), sheets(paper.document, "en")
    whole = float(year.total("legal").value) - float(year.total("best").value)
    assert float(fields["bias"]) == pytest.approx(whole, rel=1e-6) and whole > 0.0
    (gap,) = gaps_of_year(year)
    assert (gap.first, gap.last, gap.hours, gap.mark) == (5000, 5009, 10, Mark.FAULT)
    assert sum(column(found["gaps S1"], "Legal − best")) == pytest.approx(whole, rel=1e-6)
    line = found["gaps S1 all"][1]
    assert line[3:7] == ("fault", "emission rate", "hj75.substitution.1", "largest looked back on")
    assert line[7] == pytest.approx(np.nanmax(year.value[4820:5000])) and line[8] == 180
    assert f"moves the legal value by +{whole:.4g} t" in html(paper.document, "en").decode()


def test_a_quarter_counts_its_hours_and_checks() -> None:
    paper, year = quality_report(head("quarter"), [stack()], 3, (), "en"), stack()
    fields, found = plain(paper.fields)["stacks"][0], sheets(paper.document, "en")
    assert float(fields["quarter_capture"]) * 100 == pytest.approx(year.capture[3]) == pytest.approx(219800 / 2208)
    assert float(fields["quarter_legal"]) == pytest.approx(float(year.by_quarter("legal")[3].value))
    assert column(found["capture"], "Valid") == pytest.approx([year.capture[3]])
    assert [int(month) for month in column(found["classes"], "Month")] == [7, 8, 9]
    assert "whether the analysers were in control is unknown" in html(paper.document, "en").decode()


def test_checks_are_judged_by_their_limits() -> None:
    zero, span = checks()
    assert zero.series.days[0] == date(2025, 4, 3) and len(zero.series.days) == 17
    assert zero.outside == 0 and zero.chart.ucl == pytest.approx(0.08)
    assert span.outside == 17 and span.chart.ucl == pytest.approx(15.1)  # from 0.12 on, ± 2 · 0.05
    assert span.too_far == sum(100 * 0.04 * n / 20 > 2.5 for n in range(3, 20)) == 7
    paper = quality_report(head("quarter"), [stack()], 2, checks(), "en")
    found = sheets(paper.document, "en")
    assert column(found["checks"], "Verdict") == ["✓ kept", "△ not kept"]
    assert column(found["S1 co2 span"], "Reading") == pytest.approx([15 + 0.04 * n for n in range(3, 20)])
    assert [f["code"] for f in paper.fields["findings"]].count("carbon.checks.drift") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("2025-03-25", "25 March"), "carbon.checks.day"),
        (("co2,zero,2025-03-28,-0.03", "co2,zero,2025-03-28,"), "carbon.checks.unknown"),
        (("zero,2025-03-28", "null,2025-03-28"), "carbon_monitoring.drift.kind"),
        ((",15,%", ",15,%", "15.04,15,", "15.04,14,"), "carbon.checks.several"),
        (("reference", "gas"), "carbon.table.column"),
    ],
)  # fmt: skip
def test_bad_checks_are_refused(change: tuple[str, ...], code: str) -> None:
    pairs = list(zip(change[::2], change[1::2], strict=True))
    with pytest.raises(Refused) as refused:
        read_checks(checks_table(instead=pairs), "checks.csv")
    assert code in [item.code for item in refused.value.findings]


def test_checks_without_limits_are_told() -> None:
    one = read_checks(b"stack,channel,kind,day,reading,reference\nS1,co2,zero,2025-04-01,0.1,0\n", "c.csv")[0]
    found = judged(one, DAY)
    assert found.chart is None and [item.code for item in found.findings] == ["carbon.checks.unjudged"]


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
    assert "This report supersedes bbbbbbbbbbbbbbbb: a certificate was withdrawn" in told
    assert "2 rule rows were not checked" in told and "from memory" in told


def test_without_a_store_states_are_not_known() -> None:
    found = sheets(annual_report(claim(), DAY, "en").document, "en")
    assert set(column(found["evidence"], "State")) == {"◇ not looked up"}


def test_a_certificate_that_ended_after_its_months_is_good() -> None:
    first = Evidence("scale", "lab", "B-1", "", date(2025, 5, 31), (1, 2, 3, 4, 5), "coal", "amount")
    held = (first, replace(first, number="B-2", months=(6, 7)), replace(first, number="B-3", part="S1", months=(6,)))
    states = dict.fromkeys(("B-1", "B-2", "B-3"), "expired")
    found = sheets(annual_report(replace(claim(), evidence=held), DAY, "en", states=states).document, "en")
    assert column(found["evidence"], "State") == ["✓ valid while used", "△ expired", "✓ valid while used"]


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
    assert "this confirms nothing" in told and "one confirms the other" not in told


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
    paper = equipment_register(head("equipment"), meters(), plan, DAY)
    found = sheets(paper.document, "en")
    assert column(found["meters"], "Due")[:2] == ["2027-01-01", "△ 2026-02-01"]
    assert column(found["meters"], "Certificate")[2] == "△ needed, not fitted"
    assert column(found["rates"], "Rate") == [0.0, 100.0] and column(found["rates"], "Wanted") == [95.0, 100.0]
    assert plain(paper.fields)["meters"][1]["days"] == "-29"


# ---------------------------------------------------------------- verification and change


def test_the_statement_projects_and_names_its_materiality() -> None:
    paper = statement()
    fields, found = plain(paper.fields), sheets(paper.document, "en")
    base = sum(float(item["tonnes"]) for item in fields["sample"])
    assert float(fields["projected"]) == pytest.approx(FOUND / base * claim().legal)
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


# ---------------------------------------------------------------- schemes that replace parts of the rate


@pytest.mark.parametrize("scheme", ["EU 2018/2066", "40 CFR 75"])
def test_other_schemes_tell_each_part_and_what_stays_unknown(scheme: str) -> None:
    """The flow of an hour lost with all else has no substitute by the EU rule: unknown, and in no total."""
    from tests.carbon.monitoring.stacks import minutes, plant
    from tests.carbon.monitoring.stacks import year as of_minutes

    lost = [(3000, 400, 2)]
    potential = {"concentration": 0.2, "flow": 4e6, "moisture": 20.0}
    year, _ = of_minutes(scheme, {1: minutes(1, lost=lost)}, plant(potential=potential))
    log, book = substitution_log(head("substitution"), [year]), ledger(head("ledger"), [year], "en", (1,))
    gaps = log.fields["stacks"][0]["gaps"]
    assert {gap["target"] for gap in gaps} >= {"concentration"} and all(gap["hours"] == 7 for gap in gaps)
    told, hours = html(log.document, "en").decode(), sheets(book.document, "en")["hours S1"]
    unknown = int((np.isnan(year.legal) & (year.operating > 0.0)).sum())
    assert ("Running hours without any legal value: 7" in told) == (unknown == 7) == (scheme == "EU 2018/2066")
    assert log.fields["lost"] == 7 - unknown
    assert sum(cell is not None for cell in column(hours, "Legal value")) == 744 - unknown
    assert ("no legal value" in html(book.document, "en").decode()) and sum(
        column(sheets(book.document, "en")["classes"], "no legal value")) == unknown  # fmt: skip
