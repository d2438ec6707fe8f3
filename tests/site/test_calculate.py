"""The pages «calculate» and «published examples» without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

Clients = Callable[..., Any]
KINDS = ("line_fit", "polynomial_fit", "curve_fit", "conformity", "anova", "summary_statistics", "coverage_factor")
LINE = {"method": "weighted", "x_unit": "degC", "y_unit": "mV",
        "data": "x\ty\tu\n1\t3.3\t0.5\n2\t5.6\t0.5\n3\t7.1\t0.5\n4\t9.3\t0.5\n5\t10.7\t0.5\n6\t12.1\t0.5"}  # fmt: skip
RISK = {"asked": "acceptance", "upper": "2", "accept_upper": "2", "item_distribution": "gamma", "item_a": "4",
        "item_b": "0.25", "error_distribution": "normal", "error_a": "0", "error_b": "0.25", "unit": "um"}  # fmt: skip


@pytest.fixture(scope="module")
def client(anyone: Clients) -> Clients:
    """Calculations need no documents."""
    return anyone


def slug(kind: str) -> str:
    return kind.replace("_", "-")


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.content.decode())))


def lead(response: Any) -> str:
    found = re.search(r'<p class="lead"[^>]*>(.*?)</p>', response.content.decode(), re.S)
    assert found is not None
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", found[1])))


def form_of(response: Any) -> dict[str, str]:
    """What a browser would send back, without JavaScript."""
    form = re.search(r'<form method="post" action="[^"]*" id="case".*?</form>', response.content.decode(), re.S)
    assert form is not None
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", form[0]):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name is not None:
            fields[name[1]] = unescape(value[1]) if value is not None else ""
    for name_, value_ in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</textarea>', form[0], re.S):
        fields[name_] = unescape(value_)
    for name_, options in re.findall(r'<select\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', form[0], re.S):
        picked = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        fields[name_] = unescape(picked[1]) if picked is not None else ""
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def published(kind: str = "") -> list[Any]:
    from suyuan.verbs.examples import examples

    return [e for e in examples() if not kind or e.kind == kind]


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_form_opens(client: Clients, kind: str, language: str) -> None:
    page = client("viewer", language).get(f"/calculate/{slug(kind)}")
    assert page.status_code == 200 and "calc." not in text_of(page), "a term without its row shows its key"
    if language == "en":
        assert not re.search(r"[\u4e00-\u9fff]", text_of(page).replace("中文", ""))


def test_the_index_leads_to_every_kind(client: Clients) -> None:
    page = client("metrologist").get("/calculate")
    body = page.content.decode()
    assert all(f'href="/calculate/{slug(kind)}"' in body for kind in KINDS) and 'href="/calculate/examples"' in body
    assert 'href="/calculate" aria-current="page"' in body


def test_there_is_no_other_kind(client: Clients) -> None:
    assert client().get("/calculate/line_fit").status_code == 404
    assert client().get("/calculate/nothing").status_code == 404
    assert client().get("/calculate/examples/nothing").status_code == 404


def test_nobody_calculates_before_one_has_entered(site_data: Any) -> None:
    from django.test import Client

    for address in ("/calculate", "/calculate/line-fit", "/calculate/examples"):
        assert Client(SERVER_NAME="localhost").get(address).status_code == 302


# ---------------------------------------------------------------- numbers


def test_a_line_by_hand(client: Clients) -> None:
    """ISO/TS 28037:2010 6.3: a = 1.867(465), b = 1.757(120), u = 0.5."""
    page = client("viewer").post("/calculate/line-fit", {**LINE, "predict": "3.5", "inverse": "10.5\t0.5"})
    said = text_of(page)
    assert page.status_code == 200
    assert "截距 a = 1.87(47) mV，斜率 b = 1.76(12) mV/°C。χ² = 1.66，自由度 4。" in lead(page)
    assert "8.02" in said and "4.91" in said and page.content.decode().count('<svg class="plot') == 2


def test_groups_of_readings_by_hand(client: Clients) -> None:
    """Two columns 1, 2, 3 and 4, 5, 6: means 2 and 5, s = 1, s of the means 3/√2, F = 3·4.5/1 = 13.5."""
    page = client("viewer").post("/calculate/anova", {"given": "readings", "data": "1 4\n2 5\n3 6", "unit": "V"})
    said = text_of(page)
    assert page.status_code == 200 and "F = 13.5" in lead(page) and "平均值 3.5(1.5) V" in lead(page)
    assert "组间确有差异" in said


def test_a_share_of_bearings(client: Clients) -> None:
    """JCGM 106:2012 9.5.4: consumer's risk 0.008, producer's 0.017."""
    page = client("viewer").post("/calculate/conformity", RISK)
    assert "接收限 ≤ 2 µm：使用方风险 0.802 %，生产方风险 1.74 %。" in lead(page)
    assert page.content.decode().count('<svg class="plot') == 4, "operating characteristic and risks, twice each"
    assert "ISO 14253-1" in text_of(page) and "Dobbert" not in text_of(page), "some rules need both limits"


def test_named_rules_are_shown_with_their_risks(client: Clients) -> None:
    """Both limits: root sum square narrows T/2 = 1 to √(1 − 0.5²) = 0.866, so w = 0.134; w = U = 0.5 by ILAC-G8."""
    form = {"asked": "acceptance", "lower": "-1", "upper": "1", "accept_lower": "-1", "accept_upper": "1",
            "item_distribution": "normal", "item_a": "0", "item_b": "0.6", "error_distribution": "normal",
            "error_a": "0", "error_b": "0.25"}  # fmt: skip
    rows = re.findall(r"<tr>(.*?)</tr>", client("viewer").post("/calculate/conformity", form).content.decode(), re.S)
    told = {re.sub(r"<[^>]+>", " ", row).split("  ")[0].strip(): re.sub(r"<[^>]+>", " ", row) for row in rows}
    assert "0.134" in told["方和根（Deaver 1994）"] and "0.500" in told["ILAC-G8，w = U"]


def test_the_other_language_takes_along_what_was_typed(client: Clients) -> None:
    made = form_of(client().post("/calculate/line-fit", LINE))
    page = client().post("/calculate/line-fit?lang=en", {**made, "do": "show"})
    assert "Intercept a = 1.87(47) mV" in lead(page) and form_of(page)["data"] == LINE["data"]


def test_limits_for_a_wanted_risk(client: Clients) -> None:
    page = client("viewer", "en").post("/calculate/conformity", {**RISK, "asked": "target", "target": "0.002"})
    assert page.status_code == 200 and "For a consumer's risk of 0.200 % accept ≤ 1.7616 µm" in lead(page)


def test_a_curve_needs_its_starts(client: Clients) -> None:
    x = range(1, 9)
    data = "\n".join(f"{n}\t{3.0 * 2.0**-n + 0.01 * (-1) ** n}" for n in x)
    page = client().post("/calculate/curve-fit", {"model": "a*exp(-b*x)", "starts": "a 1 5\nb = 0.5 1", "data": data})
    assert page.status_code == 200 and "a = 2.969(42)，b = 0.6880(95)" in lead(page)
    wrong = client().post("/calculate/curve-fit", {"model": "a*exp(-b*x)", "starts": "a 1 5\nb 0.5", "data": data})
    assert wrong.status_code == 422 and "各参数的起始值个数不同：a 2, b 1" in text_of(wrong)


@pytest.mark.parametrize("id", [
    "gum-h3-thermometer-line", "gum-h5-anova", "s2-coverage-factor-ellipse", "jcgm106-ball-bearing-risks",
    "one-sided-conformance-1", "iso28037-gdr", "strd-norris", "strd-numacc4",
])  # fmt: skip
def test_a_published_case_opens_in_its_page_and_comes_out_as_it_was(client: Clients, id: str) -> None:
    found = next(e for e in published() if e.id == id)
    page = client().get(f"/calculate/{slug(found.kind)}", {"example": id})
    assert page.status_code == 200 and found.source in text_of(page)
    case = json.loads(client().post(f"/calculate/{slug(found.kind)}", {**form_of(page), "do": "json"}).content)
    want = dict(found.input)
    if "blocks" in want:  # written out: the same readings in the same order
        values = [v for block in want.pop("blocks") for v in block["values"] * block["times"]]
        want["values"] = values
    assert case == {"kind": found.kind, "input": want}


def test_the_case_answers_the_same_on_the_command_line(client: Clients, tmp_path: Any) -> None:
    import subprocess
    import sys

    done = client().post("/calculate/line-fit", {**LINE, "do": "json"})
    assert done["Content-Disposition"] == 'attachment; filename="line-fit.json"'
    path = tmp_path / "line-fit.json"
    path.write_bytes(done.content)
    run = subprocess.run(
        [sys.executable, "-m", "suyuan.cli", "evaluate", str(path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert '"slope": 1.757' in run.stdout


# ---------------------------------------------------------------- a case of any kind


@pytest.mark.parametrize("id", ["iso28037-wls-equal", "one-sided-conformance-1", "gum-h5-anova", "gum-h1-lpu"])
def test_a_pasted_case_opens_its_page(client: Clients, id: str) -> None:
    found = next(e for e in published() if e.id == id)
    page = client().post("/calculate", {"text": json.dumps({**found.document, "id": "x", "expected": {}})})
    title = {"line_fit": "直线拟合", "conformity": "合格判定的风险", "anova": "方差分析", "model": "评定"}[found.kind]
    assert page.status_code == 200 and title in text_of(page) and 'id="outcome"' in page.content.decode()


def test_a_dropped_case_opens_its_page(client: Clients) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    found = next(e for e in published() if e.id == "s2-coverage-factor-ellipse")
    document = json.dumps(found.document).encode()
    page = client().post("/calculate", {"file": SimpleUploadedFile("c.json", document)})
    assert page.status_code == 200 and "k = 2.448 (m = 2)" in lead(page)


def test_the_evaluation_opens_other_kinds_too(client: Clients) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    document = json.dumps(published("line_fit")[0].document).encode()
    page = client().post("/evaluate", {"do": "open", "file": SimpleUploadedFile("c.json", document)})
    assert page.status_code == 200 and "直线拟合" in text_of(page)


def test_fields_of_others_travel_along(client: Clients) -> None:
    case = {"kind": "line_fit", "input": {"method": "ordinary", "x": [1, 2, 3], "y": [1, 2, 4], "of_ours": {"a": 1}}}
    page = client().post("/calculate", {"text": json.dumps(case)})
    back = json.loads(client().post("/calculate/line-fit", {**form_of(page), "do": "json"}).content)
    assert back == {"kind": "line_fit", "input": {**case["input"], "x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 4.0]}}  # type: ignore[dict-item]


def test_a_distribution_that_the_form_does_not_show_is_kept(client: Clients) -> None:
    item = {"distribution": "sample", "parameters": {"values": [0.5, 1.0, 1.5, 1.9, 2.2]}}
    error = {"distribution": "normal", "parameters": {"mean": 0, "std": 0.1}}
    case = {"kind": "conformity", "input": {"limits": {"upper": 2}, "item": item, "error": error,
                                            "acceptance": {"upper": 1.9}}}  # fmt: skip
    page = client().post("/calculate", {"text": json.dumps(case)})
    assert page.status_code == 200, lead(page)
    back = json.loads(client().post("/calculate/conformity", {**form_of(page), "do": "json"}).content)
    assert back == case
    wrong = {**case["input"], "item": {"distribution": "sample", "parameters": {"values": []}}}
    told = client().post("/calculate", {"text": json.dumps({"kind": "conformity", "input": wrong})})
    assert told.status_code == 422 and 'id="x-item_distribution"' in told.content.decode(), "said, not lost"


def test_a_series_too_long_to_show_is_kept(client: Clients) -> None:
    case = {"kind": "summary_statistics", "input": {"blocks": [{"values": [1.0, 3.0], "times": 10**9}]}}
    page = client().post("/calculate", {"text": json.dumps(case)})
    assert page.status_code == 200 and "2000000000" in text_of(page).replace(" ", "")
    back = json.loads(client().post("/calculate/summary-statistics", {**form_of(page), "do": "json"}).content)
    assert back == case


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(("kind", "fields", "beside", "told"), [
    ("line_fit", {"data": ""}, "data", "还没有数据"),
    ("line_fit", {"data": "1\t2\n2\tx"}, "data", "第 2 行第 2 格不是数：x"),
    ("line_fit", {"data": "1 2\n2 3 4\n3 4"}, "data", "第 2 行数据有 3 格，应为 2 格"),
    ("line_fit", {"data": "1 2"}, "data", ""),
    ("line_fit", {"data": "1 2\n1 3\n1 4"}, "data", ""),
    ("line_fit", {**LINE, "x_origin": "zero"}, "x_origin", "「zero」不是数"),
    ("line_fit", {**LINE, "data": LINE["data"].replace("0.5", "-1")}, "data", ""),
    ("line_fit", {**LINE, "inverse": "10"}, "inverse", "应为 2 格"),
    ("polynomial_fit", {"data": "1 2\n2 3\n3 5", "degree": "7"}, "", ""),
    ("polynomial_fit", {"data": "1 2\n2 3\n3 5", "degree": "two"}, "degree", "不是数"),
    ("polynomial_fit", {"data": "1 2\n2 3\n3 5", "degree": "1.5"}, "degree", ""),
    ("curve_fit", {"data": "1 2\n2 3\n3 5"}, "model", "还空着"),
    ("curve_fit", {"data": "1 2\n2 3\n3 5", "model": "a*", "starts": "a 1"}, "model", ""),
    ("curve_fit", {"data": "1 2\n2 3\n3 5", "model": "a*x", "starts": "1 a"}, "starts", "不是「参数名 起始值」"),
    ("curve_fit", {"data": "1 2\n2 3\n3 5", "model": "a*x + c", "starts": "a 1"}, "model", ""),
    ("conformity", {"asked": "value"}, "value_a", "还空着"),
    ("conformity", {"asked": "value", "value_a": "1", "value_b": "-1", "upper": "2"}, "", ""),
    ("conformity", {"asked": "value", "value_a": "1", "value_b": "1", "lower": "3", "upper": "2"}, "", ""),
    ("conformity", {**RISK, "asked": "target", "target": "7"}, "target", ""),
    ("conformity", {**RISK, "asked": "target", "target": "0.9"}, "target", ""),
    ("conformity", {**RISK, "asked": "target", "target": "2 %"}, "target", "不是数"),
    ("anova", {"data": "1 2\n3 4 5"}, "data", "各组读数不一样多：2, 2, 1"),
    ("anova", {"data": "1\n2\n3"}, "data", "只有 1 组"),
    ("anova", {"given": "means", "data": "1 2\n3 4", "size": "x"}, "size", "不是数"),
    ("anova", {"given": "means", "data": "1 -2\n3 4", "size": "3"}, "data", ""),
    ("summary_statistics", {"values": "1 2 three"}, "values", "three"),
    ("summary_statistics", {"values": ""}, "values", "还没有数据"),
    ("coverage_factor", {"probability": "2", "outputs": "1"}, "probability", ""),
    ("coverage_factor", {"probability": "0.95", "outputs": "1.5"}, "outputs", ""),
    ("coverage_factor", {"probability": "0.95", "outputs": ""}, "outputs", "还空着"),
    ("coverage_factor", {"probability": "0.95", "outputs": "1", "region": "banana"}, "", ""),
])  # fmt: skip
def test_bad_input_is_named_beside_its_field_and_nothing_typed_is_lost(
    client: Clients, kind: str, fields: dict[str, str], beside: str, told: str
) -> None:
    page = client().post(f"/calculate/{slug(kind)}", fields)
    body = page.content.decode()
    assert page.status_code == 422, lead(page)
    assert told in text_of(page) and "还不能算" in lead(page)
    if beside:
        assert f'id="x-{beside}"' in body, "said beside the field"
    back = form_of(page)
    assert all(back[name].strip() == value.strip() for name, value in fields.items())


@pytest.mark.parametrize("text", [
    "", "{", "[]", "1", '{"kind": "model"}', '{"kind": "banana", "input": {}}', '{"kind": "line_fit", "input": []}',
    '{"kind": ["line_fit"], "input": {}}', "\x00", "{" * 5000,
])  # fmt: skip
def test_a_text_that_is_no_case_is_said_and_stays(client: Clients, text: str) -> None:
    page = client().post("/calculate", {"text": text})
    assert page.status_code == 422 and 'id="findings"' in page.content.decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [
    {}, {"x": None, "y": None}, {"x": "abc", "y": {"a": 1}, "degree": [], "start": {}, "parameters": 3, "model": 7},
    {"x": [[1], [2]], "y": [True, None], "method": ["weighted"], "predict": 5, "inverse": [1, "a", {"y": {}}]},
    {"limits": 3, "value": [], "item": "normal", "error": {"distribution": 4, "parameters": 1}, "acceptance": None},
    {"limits": {"upper": "x"}, "value": {"distribution": "normal", "parameters": {"mean": "a", "std": [1]}}},
    {"group_means": [1, "b"], "group_stds": 4, "group_size": {}, "values": [[1]], "blocks": "x", "title": [1]},
    {"blocks": [{"values": 3, "times": -1}, 7], "region": {}, "probability": [], "outputs": {"a": 1}},
    {"x": [1e308, -1e308, 0], "y": [1e308, 1e308, -1e308], "degree": 1, "method": "ordinary"},
])  # fmt: skip
def test_no_case_whatever_it_holds_breaks_a_page(client: Clients, kind: str, body: dict[str, Any]) -> None:
    page = client().post("/calculate", {"text": json.dumps({"kind": kind, "input": body})})
    assert page.status_code in (200, 422)
    again = client().post(f"/calculate/{slug(kind)}", {**form_of(page), "do": "calculate"})
    assert again.status_code in (200, 422)


@pytest.mark.parametrize(("kind", "fields"), [
    ("summary_statistics", {"values": "0 0 1e300"}), ("summary_statistics", {"values": "1e308 -1e308"}),
    ("line_fit", {"data": "0 0\n1e300 1e300\n-1e300 5"}), ("line_fit", {"data": "1 1e-320\n2 3e-320\n3 4e-320"}),
    ("polynomial_fit", {"data": "1 1e300\n2 -1e300\n3 0\n4 7", "degree": "2"}),
    ("conformity", {**RISK, "upper": "1e300", "accept_upper": "1e300"}),
    ("conformity", {**RISK, "error_b": "1e-300"}), ("conformity", {**RISK, "error_b": "1e300"}),
    ("anova", {"data": "1e300 -1e300\n1e300 1\n0 0"}), ("anova", {"data": "1 1\n1 1"}),
])  # fmt: skip
def test_numbers_of_absurd_size_break_nothing(client: Clients, kind: str, fields: dict[str, str]) -> None:
    page = client().post(f"/calculate/{slug(kind)}", fields)
    assert page.status_code in (200, 422) and "nan" not in lead(page)


def test_markup_is_text(client: Clients) -> None:
    evil = "<script>alert(1)</script>"
    page = client().post("/calculate/line-fit", {**LINE, "title": evil})
    units = client().post("/calculate/line-fit", {**LINE, "x_unit": evil, "y_unit": evil})
    risk = client().post("/calculate/conformity", {**RISK, "title": evil})
    assert all(evil not in p.content.decode() for p in (page, units, risk))
    assert [p.status_code for p in (page, units, risk)] == [200, 422, 200]


@pytest.mark.parametrize(("kind", "field"), [("line-fit", "x_unit"), ("line-fit", "y_unit"), ("conformity", "unit")])
def test_what_is_no_unit_is_told_beside_its_field(client: Clients, kind: str, field: str) -> None:
    fields = LINE if kind == "line-fit" else RISK
    page = client().post(f"/calculate/{kind}", {**fields, field: "kgg"})
    body = page.content.decode()
    assert page.status_code == 422 and "kgg" in text_of(page)
    assert re.search(rf'id="i-{field}"[^>]*aria-describedby="x-{field}" aria-invalid="true"', body)


def test_changing_a_choice_asks_for_nothing_yet(client: Clients) -> None:
    page = client().post("/calculate/line-fit", {**LINE, "method": "errors_in_both", "do": "refresh"})
    assert page.status_code == 200 and "还不能算" not in text_of(page)
    assert form_of(page)["data"] == LINE["data"]


# ---------------------------------------------------------------- published examples


def test_examples_are_computed_now_and_agree(client: Clients) -> None:
    page = client("viewer").get("/calculate/examples")
    assert page.status_code == 200 and "全部与印刷值相符" in lead(page)
    body = page.content.decode()
    assert all(e.source in text_of(page) for e in published())
    waiting = [e for e in published() if e.trials]
    assert body.count("hx-get=") == len(waiting) > 0
    assert "examples.key" not in body and "examples.name" not in body
    assert "differs" not in text_of(client("viewer", "en").get("/calculate/examples"))


def test_a_monte_carlo_example_is_computed_on_demand(client: Clients) -> None:
    part = client("viewer").get("/calculate/examples/s1-9.2.3-rectangles")
    assert part.status_code == 200 and part.content.decode().startswith("<tbody")
    assert "不符" not in text_of(part) and "3.88" in text_of(part)
    whole = client("viewer").get("/calculate/examples", {"compute": "s1-9.2.3-rectangles"})
    assert text_of(whole).count("现在算") == len([e for e in published() if e.trials]) - 1


def test_each_example_has_a_name_in_both_languages() -> None:
    from suyuan.site.terms import term_table

    assert not [e.id for e in published() if f"examples.name.{e.id}" not in term_table()]


def test_a_model_opens_in_the_evaluation(client: Clients) -> None:
    quick = client().get("/evaluate", {"example": "gum-h1-lpu"})
    assert quick.status_code == 200 and "50000838 ± 92" in lead(quick)
    slow = client().get("/evaluate", {"example": "s1-9.4-loss-x1=0.05-r=0"})
    assert slow.status_code == 200 and 'id="outcome"' not in slow.content.decode(), "ten million draws wait for a click"
    assert form_of(slow)["trials"] == "10000000"
    assert client().get("/evaluate", {"example": "nothing"}).status_code == 200


def test_an_example_within_its_tolerance_says_so(client: Clients) -> None:
    """Where the computed digits are not the printed ones, the tolerance of the case stands beside «agrees»."""
    body = client("viewer").get("/calculate/examples").content.decode()
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', body, re.S)
    assert len(rows) > 50
    for row in rows:
        printed, computed = (re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td class="r".*?</td>', row, re.S))
        assert ("允差" in row) == (printed != computed)


def test_the_tables_of_a_calculation_as_an_excel_file(client: Clients) -> None:
    """The line through (1, 3.3) … (6, 12.1) of ISO/TS 28037:2010 6.3: a = 1.867(465), b = 1.757(120)."""
    from io import BytesIO

    from openpyxl import load_workbook

    data = "\n".join(f"{x}\t{y}\t0.5" for x, y in enumerate((3.3, 5.6, 7.1, 9.3, 10.7, 12.1), 1))
    answer = client("viewer").post("/calculate/line-fit", {**LINE, "method": "weighted", "data": data, "do": "xlsx"})
    book = load_workbook(BytesIO(answer.content))
    full = {row[0]: row[1] for row in book.worksheets[-1].iter_rows(min_row=2, values_only=True)}
    assert full["slope"] == pytest.approx(1.757, abs=5e-4) and full["u_intercept"] == pytest.approx(0.465, abs=5e-4)
    assert book.worksheets[0]["B3"].value == pytest.approx(1.76)


def test_an_empty_file_is_called_empty(client: Clients) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client().post("/calculate", {"file": SimpleUploadedFile("e.json", b"", "application/json")})
    assert page.status_code == 422 and "Expecting" not in page.content.decode()
