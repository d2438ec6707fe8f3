"""Shared resources on the site: the catalogue, its chain today, coverage, Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.site.matter_play import Clients, matters, page, words


@pytest.fixture
def people(stocked: Path, client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


def test_the_catalogue_with_the_chain_of_today(people: Clients) -> None:
    seen = words(people("viewer").get("/resources"))
    assert "9 家单位共享十二项资源" in seen and "Twelve resources shared by 9 organisations" in seen
    assert "DEMO-NMI-L-0202" in seen and "今天完整" in seen and "没有写明证书" in seen


def test_a_withdrawn_certificate_breaks_the_resource_at_once(people: Clients) -> None:
    from suyuan.site.acts import store
    from suyuan.traceability.anchor import statement_document

    said = {"kind": "withdrawn", "issuer": "演示国家计量院", "number": "DEMO-NMI-L-0202", "day": "2026-11-01",
            "known": "2026-11-02", "reason": {"zh": "试验"}, "source": "试验"}  # fmt: skip
    added = store.store().add(statement_document(said), "withdrawn.json")
    assert added.stored, added.findings
    seen = page(people("viewer").get("/resources"))
    row = next(r for r in re.findall(r"<tr>.*?</tr>", seen, re.S) if "DEMO-NMI-L-0202" in r)
    assert "断链" in row


def test_filters_and_words(people: Clients) -> None:
    client = people("viewer")
    rooms = page(client.get("/resources", {"kind": "expert"}))
    assert "CR-2" in rooms and "CR-1" not in rooms
    assert "CR-1" in page(client.get("/resources", {"q": "量块"})) and "TR-1" in page(
        client.get("/resources", {"region": "44"})
    )
    assert "没有符合" in page(client.get("/resources", {"q": "zzz"}))
    assert client.get("/resources", {"kind": "<", "page": "x", "region": "%"}).status_code == 200


@pytest.mark.parametrize("asked", ["扭矩扳手 200 N·m", "torque wrench up to 200 N·m", "TR-1", "广东"])
def test_the_catalogue_is_searched_as_everything_is(people: Clients, asked: str) -> None:
    seen = page(people("viewer").get("/resources", {"q": asked}))
    assert "TR-1" in seen and "没有符合" not in seen
    assert "TR-1" in page(people("viewer").get("/find", {"q": asked, "kind": "resource"}, follow=True))


def test_a_sentence_finds_and_what_is_not_there_is_no_certificate(people: Clients) -> None:
    client = people("viewer")
    assert "CR-1" in page(client.get("/resources", {"q": "量块 U ≤ 0.1 um"}))
    assert "没有符合的资源" in page(client.get("/resources", {"q": "zzz"}))


def test_the_catalogue_answers_for_a_day_and_orders_for_today_alone(people: Clients) -> None:
    client = people("customer")
    for path in ("/resources", "/orders"):
        for wrong in ("2026-02-30", "abc"):
            assert client.get(path, {"day": wrong}).status_code == 400, (path, wrong)
    past = client.get("/resources", {"day": "2026-11-10"})
    assert past.status_code == 200 and "当天已知的情形" in words(past)
    assert client.get("/resources", {"day": "2026年11月10日"}).content.count(b"2026-11-10")
    assert "只答今天" in words(client.get("/orders", {"day": "2026-11-10"}))


def test_only_who_may_order_sees_the_way(people: Clients) -> None:
    assert "/orders/new?" in page(people("customer").get("/resources"))
    assert "/orders/new?" not in page(people("viewer").get("/resources"))
    assert "登记资源" in page(people("director").get("/resources")) and "登记资源" not in page(
        people("viewer").get("/resources")
    )


def test_coverage_by_region_as_figure_and_table(people: Clients) -> None:
    seen = page(people("viewer").get("/resources"))
    assert 'id="coverage"' in seen and 'id="held"' in seen and "上海" in seen
    assert re.search(r'role="img"[^>]*aria-label="[^"]*地区', seen)


def test_excel_round(people: Clients) -> None:
    answer = people("viewer").get("/resources.xlsx", {"kind": "standard"})
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {"NR-1", "CR-1"}
