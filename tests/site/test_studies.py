"""The pages «measurement studies» without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from suyuan.report.papers.sheet import sheet
from suyuan.report.study.report import KINDS
from suyuan.verbs.assurance.examples import FURTHER, STUDIES

Clients = Callable[..., Any]
FLOW = "value\n" + "\n".join(map(str, STUDIES["control_chart"][1]["values"]))


@pytest.fixture(scope="module")
def client(anyone: Clients) -> Clients:
    """Studies need no documents."""
    return anyone


def way(kind: str) -> str:
    return f"/studies/{kind.replace('_', '-')}"


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def lead(response: Any) -> str:
    found = re.search(r'<p class="lead"[^>]*>(.*?)</p>', response.content.decode(), re.S)
    assert found is not None
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", found[1])))


def test_the_list_names_every_study_with_its_question(client: Clients) -> None:
    for language in ("", "en"):
        page = client("reviewer", language).get("/studies")
        assert page.status_code == 200
        for kind in KINDS:
            assert f'href="{way(kind)}"' in page.content.decode()
        assert "studies." not in text_of(page)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["", "en"])
def test_each_page_answers_its_example(kind: str, language: str, client: Clients) -> None:
    blank = client("metrologist", language).get(way(kind))
    assert blank.status_code == 200
    for name in ("1", *(row[0] for row in FURTHER.get(kind, ()))):
        page = client("metrologist", language).get(f"{way(kind)}?example={name}")
        assert page.status_code == 200, lead(page)
        text = text_of(page)
        assert "studies." not in text and "study_table." not in text
        if language == "en":
            assert not re.search("[\u4e00-\u9fff]", re.sub("溯源|演示|中文", "", lead(page)))
        assert page.content.decode().count('class="act first"') == 1


def test_the_answer_comes_first(client: Clients) -> None:
    page = client().post(way("control_chart"), {"data": FLOW, "chart": "individuals", "do": "answer"})
    assert page.status_code == 200
    assert lead(page).startswith("10 点全在界内")
    assert 'role="img"' in page.content.decode()


def test_a_number_that_is_none_is_shown_at_its_cell(client: Clients) -> None:
    given = {"data": "operator\tpart\tvalue\nA\t1\t2.1\nA\t1\tx1\nA\t2\t\n", "do": "answer"}
    page = client().post(way("gauge_rr"), given)
    assert page.status_code == 422
    html = page.content.decode()
    rows = re.findall(r'<tr><th scope="row">(\d+)</th>(.*?)</tr>', html)
    assert [number for number, _ in rows] == ["3", "4"]
    assert "x1" in re.findall(r'<td data-k="value" class="at-fault">(.*?)</td>', rows[0][1])[0]
    assert "A\t1\tx1" in unescape(html)


def test_an_option_is_told_beside_its_field(client: Clients) -> None:
    page = client().post(way("type_1"), {"data": "value\n1\n2\n3", "reference": "abc", "do": "answer"})
    assert page.status_code == 422
    html = page.content.decode()
    assert 'id="x-reference"' in html and 'id="x-tolerance"' in html
    assert 'value="abc"' in html


@pytest.mark.parametrize("data", ["", "   ", "value", "value\n", "\x00\x01", "a,b\n" * 3])
def test_nothing_or_nonsense_is_told(data: str, client: Clients) -> None:
    page = client().post(way("control_chart"), {"data": data, "do": "answer"})
    assert page.status_code == 422
    assert 'class="st bad"' in page.content.decode()


def test_a_spreadsheet_is_read_and_can_be_mended(client: Clients) -> None:
    data = sheet("a", ("time", "value"), [(0, 5.01), (0, 5.02), (7, 5.0), (7, 5.01), (14, 5.02), (14, 5.03)])
    page = client().post(way("stability_study"), {"file": SimpleUploadedFile("a.xlsx", data), "do": "answer"})
    assert page.status_code == 200, lead(page)
    assert "0\t5.01" in unescape(page.content.decode())


@pytest.mark.parametrize(
    ("form", "begins"), [("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK"), ("html", b"<!doctype"), ("json", b"{")]
)
def test_a_report_of_every_format(form: str, begins: bytes, client: Clients) -> None:
    given = {"data": FLOW, "chart": "individuals", "do": form}
    response = client("reviewer", "en").post(way("control_chart"), given)
    assert response.status_code == 200
    assert response.content.startswith(begins)
    assert "attachment" in response["Content-Disposition"]


def test_a_case_opens_its_page(client: Clients) -> None:
    source, body = STUDIES["linearity"]
    case = json.dumps({"kind": "linearity", "source": source, "input": body})
    page = client("reviewer", "en").post("/studies", {"text": case})
    assert page.status_code == 200
    assert lead(page).startswith("The bias changes over the range")
    assert source in text_of(page)
    for wrong in ("{", '{"kind": "model"}', "value\n1\n2\n", ""):
        refused = client().post("/studies", {"text": wrong})
        assert refused.status_code == 422


def test_what_a_page_takes_back_is_the_same_study(client: Clients) -> None:
    page = client().get(f"{way('energy_balance')}?example=1")
    text = re.search(r'<textarea[^>]*name="data"[^>]*>(.*?)</textarea>', page.content.decode(), re.S)
    assert text is not None
    fields = dict(re.findall(r'<input id="i-(\w+)"[^>]*value="([^"]*)"', page.content.decode()))
    again = client().post(way("energy_balance"), {**fields, "data": unescape(text[1]), "do": "answer"})
    assert lead(again) == lead(page)
    assert "pile 7" in lead(page)


def test_pages_that_do_not_exist(client: Clients) -> None:
    for address in (
        "/studies/model",
        "/studies/gauge_rr",
        "/studies/gauge-rr?example=9",
        "/studies/control-chart?chart=z",
    ):
        assert client().get(address).status_code == 404


def test_a_name_is_data(client: Clients) -> None:
    data = "appraiser,part,decision\n<script>,1,1\n<script>,2,0\nB,1,1\nB,2,1\n"
    page = client().post(way("attribute_agreement"), {"data": data, "do": "answer"})
    assert page.status_code == 200
    assert "<script>," not in page.content.decode() and "&lt;script&gt;" in page.content.decode()


def test_the_door(client: Clients) -> None:
    assert 'href="/studies"' in client("metrologist").get("/all").content.decode()


def test_a_person_says_which_column_is_which(client: Clients) -> None:
    data = (
        "Prüfer\tTeil\tWert\nA\t1\t2.1\nA\t1\t2.2\nA\t2\t3.4\nA\t2\t3.3\nB\t1\t2.0\nB\t1\t2.2\nB\t2\t3.5\nB\t2\t3.4\n"
    )
    asked = client().post(way("gauge_rr"), {"data": data, "do": "answer"})
    assert asked.status_code == 422
    html = unescape(asked.content.decode())
    for name in ("operator", "part", "value"):
        assert f'<select id="i-{name}" name="{name}">' in html
    assert '<option value="Teil">Teil</option>' in html
    roles = {"operator": "Prüfer", "part": "Teil", "value": "Wert"}
    page = client().post(way("gauge_rr"), {"data": data, "do": "answer", **roles})
    assert page.status_code == 200, lead(page)
    assert '<option value="Teil" selected>' in unescape(page.content.decode())
    wrong = client().post(way("gauge_rr"), {"data": data, "do": "answer", **roles, "part": "Stück"})
    assert wrong.status_code == 422 and 'id="x-part"' in wrong.content.decode()


def test_a_chart_begins_with_limits_and_signals(client: Clients) -> None:
    page = client("reviewer", "en").get(f"{way('control_chart')}?example=xbar_r")
    text = text_of(page)
    assert text.index("Centre and limits") < text.index("Signals") < text.index("Points")
    assert "Western Electric rule 4" in text and "8 successive points on one side" in text


def test_points_of_a_block_have_their_page_and_report(client: Clients) -> None:
    page = client("reviewer", "en").get(f"{way('survey_points')}?example=1")
    assert lead(page).startswith("Of 40 points 24 pass, 0 fail and 16 cannot be decided.")
    html = page.content.decode()
    assert html.count('role="img"') >= 2
    text = re.search(r'<textarea[^>]*name="data"[^>]*>(.*?)</textarea>', html, re.S)
    assert text is not None
    fields = dict(re.findall(r'<input id="i-(\w+)"[^>]*value="([^"]*)"', html))
    report = client("reviewer", "en").post(way("survey_points"), {**fields, "data": unescape(text[1]), "do": "pdf"})
    assert report.status_code == 200 and report.content.startswith(b"%PDF")
