"""What a plant's document typed, against the certificates that it cites: each slip is told where it stands."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Part
from suyuan.carbon.fuel.filed_determination import read_determination
from suyuan.carbon.plant import Plant, read_plant
from suyuan.carbon.rule import known_rows
from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.finding import Finding, Refused, errors, finding_table, sentences
from suyuan.quantity.table import load
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.verbs.carbon.claims import claim_of
from suyuan.verbs.carbon.compared import compared
from suyuan.verbs.carbon.meant import basis_of, property_of

Json = dict[str, Any]
LAB, CITY = "Coal laboratory", "City institute"
MADE = "2026-02-20"
ADMITTED = ("china.oxidation_coal", "china.report_days")


def row(zh: str, en: str, value: str, unit: str, U: str = "", **more: Any) -> Json:
    spread = {"U": U, "k": "2"} if U else {}
    return {"name": {"zh": zh, "en": en}, "value": value, "unit": unit, **spread, **more}


def paper(number: str, issuer: str, span: tuple[str, str], *rows: Json, serial: str = "") -> Certificate:
    fields: Json = {
        "issuer": issuer, "number": number, "act": "calibration", "ended": span[0], "issued": span[0],
        "valid_until": span[1], "item": {"name": {"zh": "器具", "en": "thing"}, "serial": serial or number},
        "results": list(rows),
    }  # fmt: skip
    found, told = read_typed(to_document({key: value for key, value in fields.items() if value}))
    assert found is not None, told
    return found


def assay(month: int) -> Certificate:
    return paper(f"C-{month:02d}", LAB, (f"2026-01-{month + 1:02d}", ""),
                 row("空干基碳", "carbon, air-dried", "60.20", "%", "1.10"),
                 row("全水分 Mt", "total moisture", "12.0", "%", "0.4"),
                 row("收到基低位发热量", "net calorific value, as received", "20.50", "MJ/kg", "0.3"))  # fmt: skip


SCALES = (
    paper("M-1", CITY, ("2024-05-28", "2025-05-31"), row("相对误差", "relative error", "0.000", "1", "0.006"),
          serial="BS-01"),
    paper("M-2", CITY, ("2025-05-30", "2026-05-31"), row("相对误差", "relative error", "0.000", "1", "0.006"),
          serial="BS-01"),
)  # fmt: skip
AREA = paper("L-1", CITY, ("2024-09-03", "2029-09-02"), row("截面积", "area", "38.47", "m2", "0.20"))
GAS = paper("G-1", CITY, ("2024-09-03", "2029-09-02"), row("摩尔分数", "amount fraction", "12.50", "%", "0.125"))
HELD = (*(assay(month) for month in range(1, 13)), *SCALES, AREA, GAS)


def scale(number: str, months: list[int]) -> Json:
    return {"name": "belt weigher", "of": "amount", "U_rel": 0.006, "k": 2, "shared": True, "issuer": CITY,
            "number": number, "place": "0/0", "months": months}  # fmt: skip


def year() -> Json:
    reports = [
        {"month": month, "issuer": LAB, "number": f"C-{month:02d}", "carbon": 60.2, "basis": "ad", "u_method": 0.33,
         "u_month": 0.44, "moisture_ar": 12.0, "u_moisture": 0.2, "moisture_ad": 2.0, "heat": 20.5,
         "issued": f"2026-01-{month + 1:02d}", "accredited": "CMA 1"}
        for month in range(1, 13)
    ]  # fmt: skip
    coal = {
        "name": "coal", "kind": "combustion", "amount": [1000] * 12, "amount_unit": "t", "fuel": "烟煤",
        "meter": "BS-01", "oxidation": {"rule": "oxidation_coal"}, "reports": reports,
        "components": [scale("M-1", [1, 2, 3, 4, 5]), scale("M-2", [6, 7, 8, 9, 10, 11, 12]),
                       {"name": "repeats", "of": "amount", "u_rel": 0.004, "shared": False},
                       {"name": "gas", "of": "carbon", "shared": True, "issuer": CITY, "number": "G-1",
                        "place": "0/0", "value": 12.5, "unit": "%", "U": 0.125, "k": 2},
                       {"name": "oxidation", "of": "oxidation", "u_rel": 0.005, "shared": True}],
    }  # fmt: skip
    admitted = [{"row": one, "person": "A", "reason": "not read", "day": MADE} for one in ADMITTED]
    return {
        "suyuan": "carbon-plant", "enterprise": "Works", "unit": "1", "sector": "other", "scheme": "China 2022",
        "year": 2025, "made": MADE, "by": "A", "streams": [coal], "overrides": admitted,
        "stacks": [{"id": "S", "rules": "HJ 75-2017", "channels": [], "constants": [
            {"name": "area", "value": 38.47, "unit": "m2", "U": 0.2, "k": 2, "issuer": CITY, "number": "L-1",
             "place": "0/0"}]}],
    }  # fmt: skip


BASE = year()


def read(content: Json) -> Plant:
    found, told = read_plant(json.dumps(content, ensure_ascii=False).encode())
    assert found is not None, [(item.where, item.code) for item in errors(told)]
    return found


def changed(*path: Any, **to: Any) -> Json:
    """The year with some fields of one object changed."""
    content = deepcopy(BASE)
    inner: Any = content
    for part in path:
        inner = inner[part]
    inner.update(to)
    return content


def told(content: Json, *held: Certificate) -> tuple[Finding, ...]:
    return compared(read(content), Evidence(certificates=held or HELD), {})


REPORT, SCALE, CONSTANT = ("streams", 0, "reports", 0), ("streams", 0, "components", 1), ("stacks", 0, "constants", 0)


def test_a_year_that_copies_its_certificates_has_only_what_they_do_not_state() -> None:
    (note,) = told(BASE)
    assert (note.code, note.severity, note.where) == ("carbon.certificate.not_stated", "note", "/streams/0/reports")
    assert "空干基水分" in sentences(note, "zh")["what"] and "12" in sentences(note, "zh")["what"]
    assert compared(read(BASE), None, {}) == () == compared(read(BASE), Evidence(), {})


@pytest.mark.parametrize(
    ("path", "to", "where", "code", "said"),
    [
        (REPORT, {"carbon": 63.2}, "carbon", "value", ("63.2", "60.20 %", "C-01", "+4.98")),
        (REPORT, {"carbon": 62.0}, "carbon", "value", ("62.0", "60.20 %")),
        (REPORT, {"moisture_ar": 8.0}, "moisture_ar", "value", ("8.0", "12.0 %")),
        (REPORT, {"heat": 21.5}, "heat", "value", ("21.5", "20.50 MJ/kg")),
        (REPORT, {"basis": "ar"}, "basis", "basis", ("ar", "ad")),
        (REPORT, {"u_moisture": 0.02}, "u_moisture", "u", ("0.02", "U = 0.4")),
        (SCALE, {"U_rel": 0.0006}, "U_rel", "u", ("0.0006", "U = 0.006 (k = 2)", "M-2")),
        (SCALE, {"k": 3}, "U_rel", "u", ("0.006", "k = 3")),
        (CONSTANT, {"value": 384.7}, "value", "value", ("384.7", "38.47 m2", "+900")),
        (CONSTANT, {"U": 0.02}, "U", "u", ("0.02", "U = 0.20 (k = 2)")),
    ],
)
def test_what_differs_from_its_certificate_is_an_error(
    path: tuple[Any, ...], to: Json, where: str, code: str, said: tuple[str, ...]
) -> None:
    """Each of these was accepted without a word."""
    (found,) = errors(told(changed(*path, **to)))
    assert (found.code, found.where) == (f"carbon.certificate.{code}", f"/{'/'.join(map(str, path))}/{where}")
    for language in ("zh", "en"):
        what = sentences(found, language)["what"]
        assert all(word in what for word in said) and "?" not in what, what
        assert f"certificate.{code}" in sentences(found, language)["remedy"]


def test_such_an_error_refuses_the_claim_until_somebody_admits_it_by_name() -> None:
    evidence, content = Evidence(certificates=HELD), changed(*REPORT, carbon=63.2)
    del content["stacks"]
    with pytest.raises(Refused) as refused:
        claim_of(read(content), evidence=evidence)
    assert "carbon.certificate.value" in {item.code for item in refused.value.findings}
    content["overrides"].append({"row": "certificate.value", "person": "B", "reason": "report corrected", "day": MADE})
    made = claim_of(read(content), evidence=evidence)
    (admitted,) = [item for item in made.findings if item.code == "carbon.certificate.value_admitted"]
    assert admitted.severity == "warning" and "report corrected" in sentences(admitted, "en")["why"]
    assert sentences(admitted, "en")["what"].startswith("B admitted")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (CONSTANT, {"value": 384700, "unit": "cm2", "U": 2000}),
        (CONSTANT, {"U": 0.1, "k": 1}),
        (CONSTANT, {"U": 0.3, "k": 3}),
        (SCALE, {"U_rel": 0.003, "k": 1}),
        (SCALE, {"place": ""}),
        (REPORT, {"carbon": 60.2, "u_method": 0.4, "u_month": 0.5}),
    ],
)
def test_other_units_and_coverage_factors_say_the_same(path: tuple[Any, ...], to: Json) -> None:
    assert [item.code for item in told(changed(*path, **to))] == ["carbon.certificate.not_stated"]


def test_a_larger_uncertainty_is_a_note() -> None:
    found = told(changed(*SCALE, U_rel=0.008))
    assert [(item.code, item.severity) for item in found][:1] == [("carbon.certificate.u_larger", "note")]


def test_a_report_of_less_scatter_than_its_certificate_is_an_error() -> None:
    """The gas standard behind the carbon counts with the laboratory's own u."""
    content = changed(*REPORT, u_method=0.11, u_month=0.22)
    (found,) = errors(told(content))
    assert (found.code, found.where) == ("carbon.certificate.u", "/streams/0/reports/0/u_month")
    assert "U = 1.10 (k = 2)" in sentences(found, "en")["what"]


def test_a_place_that_is_not_there_and_a_day_of_its_own_are_told() -> None:
    assert {item.code: item.severity for item in told(changed(*CONSTANT, place="3/0"))} == {
        "carbon.certificate.place": "warning", "carbon.certificate.not_stated": "note"}  # fmt: skip
    (late,) = [item for item in told(changed(*REPORT, issued="2026-02-01")) if item.code == "carbon.certificate.day"]
    assert "2026-02-01" in sentences(late, "en")["what"] and "2026-01-02" in sentences(late, "en")["what"]


def test_of_several_results_the_one_that_is_meant_is_asked_for() -> None:
    two = paper("M-2", CITY, ("2025-05-30", "2026-05-31"), row("相对误差", "relative error", "0.000", "1", "0.006"),
                row("重复性误差", "error by repeats", "0.000", "1", "0.001"), serial="BS-01")  # fmt: skip
    held = tuple(one for one in HELD if one.number != "M-2")
    found = told(changed(*SCALE, place="", U_rel=0.003), *held, two)
    assert "carbon.certificate.ambiguous" in {item.code for item in found} and not errors(found)
    none = told(changed(*SCALE, place="", U_rel=0.0003), *held, two)
    assert [item.code for item in errors(none)] == ["carbon.certificate.u"]


def test_a_component_of_carbon_means_the_carbon_of_a_report() -> None:
    """Of a report with moisture and heat value too, neither is the carbon."""
    content = deepcopy(BASE)
    coal = content["streams"][0]
    del coal["reports"]
    cited = {"issuer": LAB, "number": "C-01"}
    coal["carbon"] = {"value": 0.602, "unit": "tC/t", **cited}
    coal["components"][3] = {"name": "assay", "of": "carbon", "U_rel": 0.0183, "k": 2, "shared": True, **cited}
    assert not told(content)
    coal["carbon"]["value"] = 0.12  # its moisture
    coal["components"][3]["U_rel"] = 0.0146  # of its heat value
    assert [item.code for item in errors(told(content))] == ["carbon.certificate.value", "carbon.certificate.u"]


def test_a_factor_is_compared_in_its_own_units() -> None:
    content = deepcopy(BASE)
    coal = content["streams"][0]
    del coal["reports"]
    coal["components"].pop(3)
    coal["heat_value"] = {"value": 20.5, "unit": "GJ/t", "issuer": LAB, "number": "H"}
    coal["carbon_per_heat"] = {"value": 0.026, "unit": "tC/GJ", "issuer": LAB, "number": "absent"}
    heat = paper("H", LAB, ("2026-01-05", ""), row("低位发热量", "net calorific value", "20.50", "MJ/kg", "0.3"))
    assert not told(content, *SCALES, heat)
    coal["heat_value"]["value"] = 25.0
    (found,) = errors(told(content, *SCALES, heat))
    assert (found.code, found.where) == ("carbon.certificate.value", "/streams/0/heat_value/value")
    other = paper("H", LAB, ("2026-01-05", ""), row("粒度", "size", "5", "mm", "1"))
    assert [item.code for item in told(content, *SCALES, other)] == ["carbon.certificate.unmatched"]


def test_reports_of_a_cited_determination_are_compared_too() -> None:
    report = {**BASE["streams"][0]["reports"][0], "basis": "ad"}
    reports = [{**report, "month": month, "number": f"C-{month:02d}", "issued": f"2026-01-{month + 1:02d}",
                "carbon": 61.9 if month == 3 else 60.2} for month in range(1, 13)]  # fmt: skip
    filed = {"suyuan": "carbon-factor", "enterprise": "Works", "fuel": "coal", "year": 2025, "made": MADE, "by": "A",
             "amount": [1000] * 12, "amount_unit": "t", "reports": reports}  # fmt: skip
    one, faults = read_determination(json.dumps(filed).encode())
    assert one is not None, faults
    content = deepcopy(BASE)
    coal = content["streams"][0]
    del coal["reports"]
    coal["carbon"] = one.cited["carbon"]
    coal["components"] = [*coal["components"][:3], *one.cited["components"], coal["components"][4]]
    (found,) = errors(compared(read(content), Evidence(certificates=HELD), {one.digest: one}))
    assert (found.code, found.where) == ("carbon.certificate.value", "/streams/0/carbon")
    assert "C-03" in sentences(found, "zh")["what"] and "61.9" in sentences(found, "zh")["what"]


def test_an_error_above_its_uncertainty_is_told() -> None:
    off = paper("M-2", CITY, ("2025-05-30", "2026-05-31"), row("相对误差", "relative error", "0.021", "1", "0.006"),
                serial="BS-01")  # fmt: skip
    held = tuple(one for one in HELD if one.number != "M-2")
    found = {item.code: item for item in told(BASE, *held, off)}
    assert "+0.021" in sentences(found["carbon.certificate.error_left"], "en")["what"]


# ---------------------------------------------------------------- months


def test_months_that_lost_their_certificate_are_told_with_the_one_that_is_at_hand() -> None:
    """The row of June to December deleted: U fell, and nobody said a word."""
    content = deepcopy(BASE)
    content["streams"][0]["components"].pop(1)
    del content["stacks"]
    (found,) = [item for item in told(content) if item.code == "carbon.certificate.months"]
    assert found.severity == "warning" and "6–12" in sentences(found, "en")["what"]
    assert "M-2" in sentences(found, "en")["remedy"]
    part = claim_of(read(content), evidence=Evidence(certificates=HELD)).claim.parts[0]
    assert part.unstated == ("amount",) and part.bounded == (6, 7, 8, 9, 10, 11, 12)


def gone(number: str, day: str, known: str = "2026-03-01", kind: Any = "withdrawn") -> Statement:
    return Statement(kind, CITY, number, date.fromisoformat(day), date.fromisoformat(known))


def of_year(content: Json, *said: Statement, held: tuple[Certificate, ...] = HELD) -> tuple[Part, list[Finding]]:
    content = {key: value for key, value in content.items() if key != "stacks"}
    made = claim_of(read(content), evidence=Evidence(certificates=held, statements=said))
    return made.claim.parts[0], [one for one in made.findings if one.code == "carbon.certificate.withdrawn"]


def test_months_from_a_withdrawal_on_have_no_certificate() -> None:
    """The scale's certificate was withdrawn from September on, and U stayed as whole as it was."""
    whole, _ = of_year(BASE)
    part, (told,) = of_year(BASE, gone("M-2", "2025-09-01"))
    assert whole.unstated == () and (part.unstated, part.bounded) == (("amount",), (9, 10, 11, 12))
    assert float(part.months.sum().u) == float(whole.months.sum().u)  # a withdrawal makes nothing more certain
    assert (told.severity, told.where) == ("warning", "/streams/0/components")
    what = sentences(told, "zh")["what"]
    assert all(piece in what for piece in ("9–12 月", "M-2", "2025-09-01", "2026-03-01"))
    assert of_year(BASE, gone("M-2", "2025-09-30"))[0].bounded == (9, 10, 11, 12)
    assert of_year(BASE, gone("M-2", "2025-10-01"))[0].bounded == (10, 11, 12)
    assert of_year(BASE, gone("M-2", "2025-03-01"))[0].bounded == (6, 7, 8, 9, 10, 11, 12)  # of its own months
    assert of_year(BASE, gone("G-1", "2025-12-05"))[0].unstated == ("carbon",)


def test_what_is_not_withdrawn_in_the_months_of_its_use_stays() -> None:
    for said in (gone("M-2", "2026-01-15"), gone("M-1", "2025-06-01"), gone("M-2", "2025-09-01", kind="superseded")):
        part, told_of = of_year(BASE, said)
        assert part.unstated == () and told_of == []


def test_a_new_calibration_of_the_same_thing_stands_in() -> None:
    again = paper("M-3", CITY, ("2025-08-20", "2026-08-31"), row("相对误差", "relative error", "0.000", "1", "0.006"),
                  serial="BS-01")  # fmt: skip
    content = deepcopy(BASE)
    content["streams"][0]["components"].append({**scale("M-3", [10, 11, 12]), "name": "again"})
    part, (told,) = of_year(content, gone("M-2", "2025-09-01"), held=(*HELD, again))
    assert part.bounded == (9,) and "9 月" in sentences(told, "zh")["what"]


def test_no_certificate_of_a_meter_at_all_is_told_where_one_is_at_hand() -> None:
    content = deepcopy(BASE)
    content["streams"][0]["components"] = content["streams"][0]["components"][2:]
    (found,) = [item for item in told(content) if item.code == "carbon.certificate.months"]
    assert "1–12" in sentences(found, "zh")["what"] and "M-1" in sentences(found, "zh")["remedy"]
    typed = {"name": "belt weigher", "of": "amount", "u_rel": 0.003, "shared": True}
    content["streams"][0]["components"].append(typed)
    (note,) = [item for item in told(content) if item.code == "carbon.certificate.uncited"]
    assert note.severity == "note" and "1–12" in sentences(note, "en")["what"]
    assert not [item for item in told(content, AREA) if item.code == "carbon.certificate.uncited"]


def test_the_certificate_of_another_instrument_is_told() -> None:
    other = paper("E-1", CITY, ("2025-05-30", "2026-05-31"), row("相对误差", "relative error", "0.000", "1", "0.006"),
                  serial="EM-07")  # fmt: skip
    content = changed(*SCALE, number="E-1")
    (found,) = [item for item in told(content, *HELD, other) if item.code == "carbon.certificate.other_thing"]
    what = sentences(found, "en")["what"]
    assert found.severity == "warning" and "BS-01" in what and "EM-07" in what and "E-1" in what
    assert "M-2" in sentences(found, "en")["remedy"]


# ---------------------------------------------------------------- one certificate, two contents


@pytest.mark.parametrize("number", ["G-1", "L-1"])
def test_a_number_copied_from_another_row_names_both_rows(number: str) -> None:
    """It said «influence 21a8a758… has two contents», and no place."""
    found, told_of = read_plant(json.dumps(changed(*SCALE, number=number)).encode())
    (item,) = errors(told_of)
    assert found is None and item.code == "carbon.certificate.two_contents"
    what = sentences(item, "en")["what"]
    assert "belt weigher" in what and number in what and "/streams/0/components/1" in f"{what} {item.where}"
    assert "U_rel = 0.006 (k = 2)" in what


def test_one_certificate_in_two_streams_may_say_the_same_twice() -> None:
    content = deepcopy(BASE)
    content["streams"].append({**deepcopy(content["streams"][0]), "name": "other coal", "reports": [
        {**one, "number": f"D-{one['month']}"} for one in content["streams"][0]["reports"]]})  # fmt: skip
    assert not errors(told(content))


# ---------------------------------------------------------------- rows


def called(text: str) -> StatedQuantity:
    return StatedQuantity("0/0", np.array([1.0]), "%", {"": text})


@pytest.mark.parametrize(
    ("table", "key", "asked"), [("properties", "property", property_of), ("bases", "basis", basis_of)]
)
def test_every_word_of_the_rows_is_read_as_its_row_says(table: str, key: str, asked: Any) -> None:
    rows = load("suyuan.carbon", f"certificates.{table}")
    wrong = [(word, asked(called(word))) for row in rows for word in row["words"] if asked(called(word)) != row[key]]
    assert rows and not wrong


@pytest.mark.parametrize(
    ("text", "what", "basis"),
    [
        ("干燥无灰基碳 Cdaf", "carbon", "daf"),
        ("carbon, dry ash-free", "carbon", "daf"),
        ("空气干燥基氢", "hydrogen", "ad"),
        ("干燥基全硫", "sulphur", "d"),
        ("二氧化碳摩尔分数", "other", ""),
        ("飞灰含碳量", "other", ""),
        ("碳分析仪示值误差", "error", ""),
        ("空干基高位发热量", "other", "ad"),
        ("水分（收到基）", "moisture", "ar"),
    ],
)
def test_names_as_reports_have_them(text: str, what: str, basis: str) -> None:
    assert (property_of(called(text)), basis_of(called(text))) == (what, basis)


@pytest.mark.parametrize("row", load("suyuan.carbon", "certificates.admitted"), ids=lambda row: row["name"])
def test_each_row_that_admits_is_known_and_has_its_sentences(row: Any) -> None:
    assert row["id"] in known_rows()
    assert {f"carbon.certificate.{row['name']}", f"carbon.certificate.{row['name']}_admitted"} <= set(finding_table())
