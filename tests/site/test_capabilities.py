"""Capabilities on the site: the list, whether one holds and why, what rests on a certificate."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from openpyxl import load_workbook

from suyuan.quantity.finding import finding

Clients = Callable[..., Client]
CITY, MECHANICS = "演示市计量院", "演示力学校准实验室"


def way(laboratory: str, id: str, query: str = "") -> str:
    return f"/capabilities/{quote(laboratory)}/{quote(id)}{query}"


def text(answer: Any) -> str:
    body = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def ids(answer: Any) -> list[str]:
    """The capabilities of a page of the list, in order."""
    table = answer.content.decode().split("<tbody>")[1]
    return re.findall(r'class="what" href="[^"]*/([^/"?]+)"', table)


def all_ids(reader: Any, **query: str) -> list[str]:
    """The capabilities of both pages of the list, in order."""
    return [id for page in ("1", "2") for id in ids(reader.get("/capabilities", {**query, "page": page}))]


# ---------------------------------------------------------------- the list


def test_the_list_counts_what_holds(client: Clients) -> None:
    page = client("customer").get("/capabilities")
    assert "登记在册 29 条" in text(page) and "25 条今天成立" in text(page)
    assert len(ids(page)) == 25 and len(all_ids(client("customer"))) == 29
    assert "29 on the register: 25 hold today" in text(client("viewer", "en").get("/capabilities"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"holding": "fails"}, {"BAT-T-01", "CITY-L-02", "PORT-L-01"}), ({"holding": "unknown"}, {"EAST-L-01"}),
        ({"quantity": "torque"}, {"TQ-01", "TQ-02", "TQ-03"}),
        ({"laboratory": CITY}, {"CITY-L-01", "CITY-L-02", "CITY-T-01"}),
        ({"region": "33"}, {"PORT-L-01", "CH-01", "CH-02"}), ({"q": "热电阻"}, {"HT-01", "HT-02", "NMI-T-01"}),
        ({"q": "gauge block", "holding": "fails"}, {"PORT-L-01"}),
    ],
)  # fmt: skip
def test_words_and_filters(client: Clients, query: dict[str, str], found: set[str]) -> None:
    assert set(ids(client("customer").get("/capabilities", query))) == found


def test_sorting_turns_round(client: Clients) -> None:
    up = all_ids(client("customer"), sort="laboratory")
    down = all_ids(client("customer"), sort="-laboratory")
    assert up == down[::-1] and len(up) == 29
    worst = ids(client("customer").get("/capabilities", {"sort": "state"}))
    assert set(worst[:3]) == {"BAT-T-01", "CITY-L-02", "PORT-L-01"}


def test_nonsense_in_the_address_is_no_fault(client: Clients) -> None:
    for query in ({"sort": "x", "page": "0"}, {"holding": "\x00"}, {"q": "\x00" * 9}, {"page": "99999999"}):
        assert client("viewer").get("/capabilities", query).status_code == 200
    assert "没有符合的能力" in text(client("viewer").get("/capabilities", {"laboratory": "无"}))


def test_excel_says_what_holds_and_can_be_read_back(client: Clients) -> None:
    page = client("customer").get("/capabilities.xlsx", {"quantity": "torque"})
    sheet = load_workbook(BytesIO(page.content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert {row[2] for row in rows[1:]} == {"TQ-01", "TQ-02", "TQ-03"} and rows[1][1] == "成立"


# ---------------------------------------------------------------- one


def test_one_that_holds_says_on_what(client: Clients) -> None:
    page = text(client("customer").get(way(CITY, "CITY-L-01")))
    assert "今天成立" in page and "DEMO-NMI-L-0202" in page and "需要授权 1 人，当天有 2 人" in page
    assert "比对支持它" in page and "定距环长度" in page
    english = text(client("customer", "en").get(way(CITY, "CITY-L-01")))
    assert "It holds today" in english


def test_one_that_does_not_says_why_and_since_when(client: Clients) -> None:
    page = text(client("metrologist").get(way(CITY, "CITY-L-02", "?history=1")))
    assert "今天不成立，因为" in page and "撤销" in page and "DEMO-NMI-L-0201" in page
    assert "一年来" in page and "未登记" in page
    past = text(client("metrologist").get(way(CITY, "CITY-L-02", "?day=2026-11-10")))
    assert "2026 年 11 月 10 日成立" in past


def test_what_nobody_can_judge_is_unknown_and_not_a_failure(client: Clients) -> None:
    page = text(client("viewer").get(way("演示华东长度站", "EAST-L-01")))
    assert "今天不能判定" in page and "没有列出所用标准的证书" in page


def test_a_comparison_that_failed_and_an_overlap_are_told(client: Clients) -> None:
    page = text(client("viewer").get(way("演示港口量具站", "PORT-L-01")))
    assert "今天不成立" in page and "比对与它相反" in page
    assert "重叠" in text(client("viewer").get(way(MECHANICS, "TQ-01")))


def test_unknown_ones_are_404(client: Clients) -> None:
    assert client("viewer").get(way("无", "X")).status_code == 404
    assert client("viewer").get("/capabilities/x").status_code == 404


# ---------------------------------------------------------------- on a certificate


def test_a_certificate_says_which_capabilities_rest_on_it(client: Clients) -> None:
    from suyuan.site.acts import store

    digest = {c.number: c.digest for c in store.evidence().certificates}["DEMO-NMI-L-0202"]
    page = text(client("metrologist").get(f"/certificates/{digest}"))
    assert "以它为据的能力" in page and "CITY-L-01" in page and "不再成立" in page


# ---------------------------------------------------------------- words and numbers


def test_names_of_the_tables_are_said_as_people_say_them(site_data: Any) -> None:
    from suyuan.site.web.matching.match_parts import spoken

    item = finding("capability.conditions.differ", "site", wanted="on-site", given="lab, on-site", name="site")
    assert dict(spoken(item, "zh").parameters) == {"wanted": "现场", "given": "实验室, 现场", "name": "场所"}
    assert dict(spoken(item, "en").parameters)["given"] == "laboratory, on site"


def test_numbers_of_a_column_have_equal_decimals(site_data: Any) -> None:
    from suyuan.site.web.matching.match_parts import column, minus

    assert column([0.0821, None, 0.18], most=0.6) == ["0.082", "", "0.180"]
    assert column([None, float("inf")]) == ["", ""]
    assert minus("−5 … -4 °C, CITY-L-02, 2026-01-02") == "−5 … −4 °C, CITY-L-02, 2026-01-02"
