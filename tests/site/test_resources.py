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
    assert "7 家单位共享九项资源" in seen and "Nine resources shared by 7 organisations" in seen
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
