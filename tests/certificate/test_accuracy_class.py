"""Accuracy classes give the numbers that the standards are known by, and refuse where they say nothing."""

from __future__ import annotations

from datetime import date

import pytest

from suyuan.certificate.accuracy_class import Amount, Limit, Row, Use, limit, rows
from suyuan.quantity.finding import Finding, errors, sentences

MPa = Amount(1.6, "MPa")
GAUGE = {"span": MPa, "upper limit": MPa}


def given(row: str, nominal: float, unit: str, wanted: str = "", **more: object) -> Limit:
    found, findings = limit(row, Use(Amount(nominal, unit), **more), wanted)  # type: ignore[arg-type]
    assert found is not None, [sentences(f, "en") for f in findings]
    return found


def refusal(row: str, nominal: float, unit: str, wanted: str = "", **more: object) -> Finding:
    found, findings = limit(row, Use(Amount(nominal, unit), **more), wanted, where="here")  # type: ignore[arg-type]
    assert found is None
    (error,) = errors(findings)
    assert error.where == "here"
    return error


KNOWN = [
    # row, nominal, unit, wanted unit, other amounts, limit
    ("w-F1", 1, "kg", "mg", {}, 5.0),
    ("w-E2", 1, "kg", "mg", {}, 1.6),
    ("w-M1", 20, "kg", "g", {}, 1.0),
    ("w-E1", 1, "mg", "ug", {}, 3.0),
    ("gb-te-0", 100, "mm", "um", {}, 0.30),
    ("gb-te-K", 0.01, "m", "um", {}, 0.2),
    ("gb-order-3", 100, "mm", "um", {}, 0.20),
    ("pt-A-wire", 100, "degC", "degC", {}, 0.35),
    ("pt-A-wire", 373.15, "K", "mK", {}, 350.0),
    ("pt-AA-wire", 0, "degC", "degC", {}, 0.1),
    ("tc-K-1", 1000, "degC", "degC", {}, 4.0),
    ("tc-K-1", 100, "degC", "degC", {}, 1.5),
    ("tc-S-1", 1100, "degC", "degC", {}, 1.0),
    ("tc-S-1", 1600, "degC", "degC", {}, 2.5),
    ("tc-B-2", 1600, "degC", "degC", {}, 4.0),
    ("p-jjg52-2013-1.6", 0.95 * 1.6, "MPa", "%", GAUGE, 2.5),
    ("p-jjg52-2013-1.6", 0.80 * 1.6, "MPa", "kPa", GAUGE, 25.6),
    ("p-en837-0.1", 1, "MPa", "kPa", GAUGE, 1.6),
    ("ct-0.2S-r", 5, "%", "%", {}, 0.35),
    ("ct-0.1-p", 20, "%", "arcmin", {}, 8.0),
    ("tape-mid-II", 4.2, "m", "mm", {}, 1.3),
    ("flask-1042-A", 100, "mL", "mL", {}, 0.1),
    ("bal-r76-II", 100, "g", "mg", {"e": Amount(10, "mg")}, 10.0),
    ("em-21-1-1-b", 0.05, "1", "%", {}, 1.5),
    ("em-21-1-1-b", 5, "A", "%", {"Ib": Amount(10, "A")}, 1.0),
]


@pytest.mark.parametrize("case", KNOWN, ids=lambda c: f"{c[0]}@{c[1]:g}")
def test_known_values(case: tuple[str, float, str, str, dict[str, Amount], float]) -> None:
    row, nominal, unit, wanted, amounts, expected = case
    found = given(row, nominal, unit, wanted, amounts=amounts)
    assert found.plus == found.minus == pytest.approx(expected, rel=1e-12)
    assert found.unit == wanted
    assert found.status == rows()[row]["status"]


def test_glass_of_class_b_may_err_twice_as_much() -> None:
    for volume in (1, 10, 100, 1000):
        a, b = (given(f"flask-1042-{c}", volume, "mL").plus for c in "AB")
        assert a and b == pytest.approx(2 * a)


def test_relative_limits_need_their_base_and_never_take_the_nominal_for_the_span() -> None:
    assert refusal("p-en837-0.1", 1, "MPa", "kPa").code == "typed.class.amount_missing"
    assert given("p-en837-0.1", 50, "%", "%").plus == 0.1


def test_limit_of_reading_in_the_unit_of_the_reading_or_in_percent() -> None:
    row = next(
        r for r in rows().values() if r.get("mpe", {}).get("of") == "reading" and r["range"]["of"] == "flow rate"
    )
    percent = row["mpe"]["value"]
    assert given(row["id"], 20, "m3/h", "L/h").plus == pytest.approx(percent / 100 * 20_000)
    assert given(row["id"], 20, "m3/h", "%").plus == percent


def test_named_ends_are_marks_of_the_instrument() -> None:
    marks = {"Q1": Amount(0.016, "m3/h"), "Q2": Amount(25.6, "L/h"), "Q4": Amount(3.125, "m3/h")}
    cold, warm = "mpe, water up to 30 degC", "mpe, warmer"
    for flow, column, expected in ((0.02, cold, 5), (1, cold, 2), (1, warm, 3), (3.125, warm, 3)):
        assert given("wm-r49-2", flow, "m3/h", "%", amounts=marks, column=column).plus == expected
    assert refusal("wm-r49-2", 1, "m3/h", "%", amounts=marks).code == "typed.class.column"
    assert refusal("wm-r49-2", 1, "m3/h", "%", column=cold).code == "typed.class.amount_missing"
    assert refusal("wm-r49-2", 9, "m3/h", "%", amounts=marks, column=cold).code == "typed.class.out_of_range"


def test_ends_of_intervals() -> None:
    """«(]»: 10 mm belongs to the first step, the least length too; «[)»: the next step begins at its lower end."""
    assert [given("gb-te-0", x, "mm", "um").plus for x in (0.5, 10, 10.001, 25)] == [0.12, 0.12, 0.14, 0.14]
    assert [given("em-21-1-1-b", x, "1", "%").plus for x in (0.05, 0.0999, 0.1, 50)] == [1.5, 1.5, 1.0, 1.0]
    assert refusal("em-21-1-1-b", 0.04, "1", "%").code == "typed.class.out_of_range"


def test_exact_tables_know_listed_values_only() -> None:
    assert refusal("w-F1", 3, "g", "mg").code == "typed.class.not_listed"


def test_points_are_interpolated_with_a_warning_and_not_beyond() -> None:
    found, findings = limit("ct-0.1-r", Use(Amount(60, "%")), "%")
    assert found is not None and found.plus == pytest.approx(0.15)
    assert "typed.class.interpolated" in {f.code for f in findings}
    assert refusal("ct-0.1-r", 130, "%", "%").code == "typed.class.out_of_range"


def test_a_percentage_of_a_reading_of_zero_is_no_limit() -> None:
    assert refusal("tw-2003-IIA", 0, "N.m", "N.m").code == "typed.class.zero"


def test_one_sided_and_unequal_limits() -> None:
    low = given("slm-61672-1", 10, "Hz", "dB")
    assert (low.plus, low.minus, low.half_width) == (3.0, None, None)
    high = given("slm-61672-1", 16, "kHz", "dB")
    assert (high.plus, high.minus, high.half_width) == (2.5, 16, 16)


def test_widths_and_standard_deviations_are_no_half_widths() -> None:
    assert given("gb-tv-0", 50, "mm", "um").measures == "width"
    assert given("gb-tv-0", 50, "mm", "um").half_width is None
    assert given("pip-8655-r", 100, "uL", "uL").measures == "standard deviation"
    for row in rows().values():
        names_a_width = row["quantity"].split()[0] in ("variation", "repeatability", "reproducibility", "reversibility")
        assert (row.get("measures") == "width") or not names_a_width, row["id"]


def test_order_gives_a_bound_with_its_level_of_confidence() -> None:
    found = given("gb-order-2", 10, "mm", "um")
    assert found.mode == "order" and found.p == 0.99 and found.k is None
    assert found.plus == pytest.approx(0.055)
    third = given("w-order", 1, "kg", "mg", of_row="w-F1")
    assert third.plus == pytest.approx(5 / 3) and third.k == 2
    assert refusal("w-order", 1, "kg", "mg").code == "typed.class.amount_missing"


def test_a_row_from_memory_says_so_and_a_confirmed_one_does_not() -> None:
    _, findings = limit("gb-te-0", Use(Amount(100, "mm")), "um")
    _, quiet = limit("w-F1", Use(Amount(1, "kg")), "mg")
    expected = rows()["gb-te-0"]["status"] != "confirmed"
    assert ("typed.class.from_memory" in {f.code for f in findings}) == expected
    assert rows()["w-F1"]["status"] == "confirmed" and quiet == ()
    _, loud = limit("p-jjg52-2013-1.6", Use(Amount(1, "MPa"), GAUGE), "kPa")
    assert [(f.code, f.severity) for f in loud] == [("typed.class.from_memory", "warning")]


def test_the_day_chooses_the_edition() -> None:
    use = Use(Amount(1, "MPa"), GAUGE)
    assert limit("p-jjg52-1999-1.6", use, "kPa", date(2013, 1, 1))[0] is not None
    found, findings = limit("p-jjg52-1999-1.6", use, "kPa", date(2020, 1, 1))
    assert found is None and errors(findings)[0].code == "typed.class.not_in_force"
    assert limit("p-jjg52-2013-1.6", use, "kPa", date(2020, 1, 1))[0] is not None


def test_outside_the_range_and_wrong_units() -> None:
    assert refusal("tc-K-1", 1200, "degC", "K").code == "typed.class.out_of_range"
    assert refusal("tc-K-1", 100, "mm", "K").code == "typed.class.unit"
    assert refusal("w-F1", 1, "kg", "mm").code == "typed.class.unit"
    unknown = refusal("w-F11", 1, "kg")
    assert unknown.code == "typed.class.unknown" and dict(unknown.parameters)["nearest"].startswith("w-")


def _somewhere(row: Row) -> Use:
    """A point inside a row's range, in its own unit, with every amount that a row may name."""
    span = row["range"]
    spec = row.get("mpe") or row["U"]
    amounts = (
        {name: Amount(value, "A") for name, value in (("Imin", 0.1), ("Itr", 1.0), ("Imax", 60.0))}
        | {
            name: Amount(value, "m3/h")
            for name, value in (("Q1", 0.1), ("Q2", 0.16), ("Q4", 60.0), ("Qmin", 0.1), ("Qt", 1.0), ("Qmax", 60.0))
        }
        | {"e": Amount(1, "e")}
    )
    unit, lower, upper = span["unit"], span["lower"], span["upper"]
    if isinstance(lower, str):
        return Use(Amount(5, unit), amounts, (spec["columns"] if len(spec.get("columns", ())) > 3 else ["", "", ""])[2])
    x = spec["rows"][0][0] if spec["kind"] == "table" and spec["match"] != "interval" else None
    if x is None:
        x = lower or upper or 10
    return Use(Amount(float(x), unit), amounts, of_row="w-F1")


def test_every_row_can_be_evaluated_inside_its_range() -> None:
    for row in rows().values():
        found, findings = limit(row["id"], _somewhere(row))
        assert found is not None, (row["id"], [sentences(f, "en")["what"] for f in findings])
        assert found.plus is not None and found.plus > 0, row["id"]
        assert all(f.severity != "error" for f in findings)
