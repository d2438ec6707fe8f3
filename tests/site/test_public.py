"""The public account without signing in: what is shown and what is not, any past day; commitments, data, find box."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

Clients = Callable[..., Any]
KEY = re.compile(r">\s*((?:public|commitments|open_data|find|service|nav|shell)\.[a-z_.]+)\s*<")
PAGES = ("/public", "/public/commitments", "/public/data", "/public/capabilities_hold", "/public/authorised_persons")
SECRET = {
    "id": "N-SECRET", "quantity": "length", "item": "gauge block", "title": {"zh": "绝密涡轮间隙", "en": "secret gap"},
    "interval": {"low": "1", "high": "2", "unit": "mm"}, "target": {"U": "1", "unit": "nm", "k": "2"},
    "confidential": True,
}  # fmt: skip


@pytest.fixture
def visitor(stocked: Path) -> Any:
    """Somebody who is not signed in."""
    from django.test import Client

    return Client(headers={"host": "localhost"})


@pytest.fixture
def steward(client: Clients) -> Any:
    return client("steward")


def text(answer: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def deliver(role: str, organisation: str, **rows: Any) -> Any:
    from django.contrib.auth.models import User

    from suyuan.site.acts.service import deliver as put

    return put(User.objects.get(username=role), {"zh": organisation}, {k: list(v) for k, v in rows.items()})


# ---------------------------------------------------------------- who may read


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everybody_reads_it_without_signing_in(visitor: Any, path: str, language: str) -> None:
    visitor.cookies["suyuan_lang"] = language
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert KEY.findall(answer.content.decode()) == []
    assert "/enter?next=" in answer.content.decode(), "the way in leads back to this page"


def test_other_pages_still_ask_who_is_there(visitor: Any) -> None:
    for path in ("/today", "/find?q=a", "/certificates"):
        assert visitor.get(path).status_code == 302


def test_persons_and_orders_count_without_being_named(visitor: Any, client: Clients) -> None:
    outside = text(visitor.get("/public/authorised_persons"))
    assert "姓名不公开" in outside
    assert "陆青" not in outside and "P-01" not in outside
    assert "陆青" in text(client("director").get("/public/authorised_persons"))
    assert "ORD-DEMO" not in text(visitor.get("/public/orders_outside"))
    assert "演示轴承厂" not in text(visitor.get("/public/needs_met")), "whose need it is stays inside"
    assert "演示轴承厂" in text(client("viewer").get("/public/needs_met"))


def test_a_confidential_need_is_a_verdict_and_nothing_else(visitor: Any, client: Clients) -> None:
    deliver("customer", "某涡轮厂", need=[SECRET])
    for reader in (visitor, client("viewer"), client("regulator")):
        page = reader.get("/public/needs_met").content.decode()
        assert "只公开结论" in page
        assert "绝密涡轮间隙" not in page and "N-SECRET" not in page and "某涡轮厂" not in page
    book = client("viewer").get("/public/needs_met.xlsx").content
    assert book[:2] == b"PK"
    for name in ("needs.csv", "needs.json", "account.json", "gaps.csv"):
        body = visitor.get(f"/public/data/{name}").content.decode()
        assert "N-SECRET" not in body and "绝密" not in body and "某涡轮厂" not in body, name


def test_a_visitor_s_workbook_holds_no_names(visitor: Any) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(visitor.get("/public/authorised_persons.xlsx").content))
    cells = [str(cell) for row in book.active.values for cell in row]
    assert not any("陆青" in cell or "person/P-" in cell for cell in cells)
    assert sum("姓名不公开" in cell for cell in cells) == 5


# ---------------------------------------------------------------- indicators


def test_each_indicator_opens_to_evidence_that_is_there(client: Clients) -> None:
    from suyuan.verbs.centre.account import indicators

    reader = client("regulator")
    page = reader.get("/public").content.decode()
    for one in indicators():
        assert f"/public/{one.id}" in page
        inside = reader.get(f"/public/{one.id}")
        assert inside.status_code == 200, one.id
        body = inside.content.decode().split('id="evidence"')[1]
        for way in list(dict.fromkeys(re.findall(r'<a class="what" href="([^"]+)"', body)))[:2]:
            assert reader.get(unescape(way), follow=True).status_code == 200, (one.id, way)


def test_the_answer_first_and_every_number_with_its_unit(client: Clients) -> None:
    page = text(client().get("/public"))
    assert "登记的 29 项能力，今天有 25 项成立" in page
    english = text(client("viewer", "en").get("/public"))
    assert "Of 29 registered capabilities 25 hold today" in english
    row = text(client("viewer", "en").get("/public/capabilities_hold"))
    assert re.search(r"86\s*–\s*90\s*%", row), "an interval, since of one nobody can say"
    assert "proposal" in english, "no definition of ours is shown as official"


def test_a_past_day_is_computed_from_what_was_known_then(visitor: Any) -> None:
    from suyuan.site.acts import clock

    today = clock.today()
    old = text(visitor.get(f"/public?day={today - timedelta(days=200)}"))
    assert "按当日已知的证据重算" in old
    assert "登记的 29 项能力" not in old, "no capability was registered by then"
    once, again = (text(visitor.get(f"/public?day={today - timedelta(days=60)}")) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("asked", ["soon", "2026-02-31", "1066-10-14", "9999-01-01"])
def test_a_day_that_is_none_is_told_and_never_taken_for_today(visitor: Any, asked: str) -> None:
    for path in ("/public", "/public/commitments", "/public/data", "/public/needs_met"):
        answer = visitor.get(f"{path}?day={asked}")
        assert answer.status_code == 400
        assert 'class="findings' in answer.content.decode()
    assert visitor.get(f"/public/data/needs.csv?day={asked}").status_code == 400, "a file never holds another day"


def test_what_is_not_there_is_not_there(visitor: Any) -> None:
    for path in ("/public/nothing", "/public/nothing.xlsx", "/public/data/nothing.csv", "/public/data/../secret"):
        assert visitor.get(path).status_code == 404, path
    assert visitor.get("/public/needs_met?page=99999999&state=odd").status_code == 200


# ---------------------------------------------------------------- commitments


def test_the_demo_s_clauses_stand_against_evidence(visitor: Any, client: Clients) -> None:
    page = text(visitor.get("/public/commitments"))
    assert "16 条承诺" in page
    assert "已完成" in page and "进行中" in page
    assert 'id="form"' not in visitor.get("/public/commitments").content.decode()
    assert 'id="form"' in client("regulator").get("/public/commitments").content.decode()


FORM = {
    "organisation_zh": "演示市场监督管理局", "id": "X1", "document": "演示计划", "clause": "1",
    "text_zh": "公布共享资源目录",    "owner_zh": "演示处室", "due": "2026-01-31", "evidence": "row:resource/*",
}  # fmt: skip


def test_a_clause_is_registered_and_its_status_follows(client: Clients) -> None:
    regulator = client("regulator")
    assert regulator.post("/public/commitments", FORM).status_code == 302
    row = regulator.get("/public/commitments").content.decode().split('id="c-X1"')[1].split("</tr>")[0]
    assert "已完成" in row, "the evidence is there"
    late = FORM | {"id": "X2", "evidence": "matter:conversion/CV-NONE#published"}
    regulator.post("/public/commitments", late)
    row = regulator.get("/public/commitments").content.decode().split('id="c-X2"')[1].split("</tr>")[0]
    assert "逾期" in row
    edited = regulator.get("/public/commitments?edit=X2").content.decode()
    assert 'value="X2"' in edited and "matter:conversion/CV-NONE#published" in edited
    regulator.post("/public/commitments", late | {"due": "2099-01-31"})
    row = regulator.get("/public/commitments").content.decode().split('id="c-X2"')[1].split("</tr>")[0]
    assert "没有证据" in row, "the newest delivery counts"


@pytest.mark.parametrize(
    "change",
    [{"text_zh": ""}, {"id": ""}, {"organisation_zh": ""}, {"due": "soon"}, {"evidence": "look it up"}],
)
def test_a_clause_that_cannot_be_read_comes_back_with_what_was_typed(client: Clients, change: dict[str, str]) -> None:
    regulator = client("regulator")
    answer = regulator.post("/public/commitments", FORM | {"owner_zh": "某处室甲"} | change)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "某处室甲" in body and 'class="findings' in body
    beside = re.findall(r'aria-invalid="true" aria-describedby="x-([a-z_]+)"', body)
    assert next(iter(change)) in beside, "the finding stands beside its field"
    assert 'id="c-X1"' not in body, "nothing went in"


@pytest.mark.parametrize("role", ["viewer", "customer", "steward", "director"])
def test_only_those_who_may_register_clauses(client: Clients, visitor: Any, role: str) -> None:
    assert client(role).post("/public/commitments", FORM).status_code == 403
    assert visitor.post("/public/commitments", FORM).status_code == 403


def test_a_form_from_elsewhere_is_refused(stocked: Path, anyone: Clients) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    made = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    made.force_login(User.objects.get(username="regulator"))
    assert made.post("/public/commitments", FORM).status_code == 400
    assert made.post("/public/data", {"zh": "a", "en": "b"}).status_code == 400


# ---------------------------------------------------------------- open data


def test_the_same_documents_give_the_same_bytes(visitor: Any, client: Clients) -> None:
    first, second = visitor.get("/public/data/all.zip"), client("viewer").get("/public/data/all.zip")
    assert first.content == second.content and first["Content-Type"] == "application/zip"
    rows = list(csv.DictReader(io.StringIO(visitor.get("/public/data/account.csv").content.decode("utf-8-sig"))))
    assert len(rows) == 16
    by = {row["id"]: row for row in rows}
    assert float(by["capabilities_hold"]["low"]) == 25 / 29
    assert by["single_parameters"]["low"] == "0", "the parameters that A1 counts have three persons each"
    assert "person/" not in by["authorised_persons"]["evidence"]
    names = {one["name"] for one in json.loads(visitor.get("/public/data/dictionary.json").content)["datasets"]}
    assert names == {"account", "indicators", "capabilities", "centres", "needs", "gaps"}


def test_the_steward_chooses_the_licence(steward: Any, visitor: Any, client: Clients) -> None:
    from suyuan.site.acts import clock

    assert "没有选定许可" in text(visitor.get("/public/data"))
    refused = steward.post("/public/data", {"zh": "可自由使用，须注明出处", "en": ""})
    assert "可自由使用" in refused.content.decode() and 'aria-invalid="true"' in refused.content.decode()
    assert client("regulator").post("/public/data", {"zh": "a", "en": "b"}).status_code == 403
    assert visitor.post("/public/data", {"zh": "a", "en": "b"}).status_code == 403
    assert (
        steward.post("/public/data", {"zh": "可自由使用，须注明出处", "en": "free, name the source"}).status_code == 302
    )
    assert "可自由使用" in text(visitor.get("/public/data"))
    told = json.loads(visitor.get("/public/data/dictionary.json").content)
    assert told["licence_chosen"] is True and told["licence"]["en"] == "free, name the source"
    before = clock.today() - timedelta(days=1)
    assert json.loads(visitor.get(f"/public/data/dictionary.json?day={before}").content)["licence_chosen"] is False
    steward.post("/public/data", {"zh": "须书面申请", "en": "on request"})
    assert "须书面申请" in text(visitor.get("/public/data")), "the last one counts"
    assert 'aria-invalid="true"' in steward.post("/public/data", {"zh": "长" * 5000, "en": "b"}).content.decode()


# ---------------------------------------------------------------- the find box


def found(page: str) -> list[str]:
    return re.findall(r'<section class="sec" id="([a-z]+)"', page)


def test_one_box_finds_all_kinds(client: Clients) -> None:
    page = client("director").get("/find", {"q": "量块"}).content.decode()
    assert {"certificate", "capability", "need", "resource"} <= set(found(page))
    assert KEY.findall(page) == []
    assert 'action="/find"' in client("viewer").get("/today").content.decode()
    assert "person" in found(client("director").get("/find", {"q": "陆青"}).content.decode())
    assert "centre" in found(client("viewer").get("/find", {"q": "海洋动力"}).content.decode())
    only = client("director").get("/find", {"q": "量块", "kind": "capability"}).content.decode()
    assert found(only) == ["capability"]


def test_what_may_not_be_seen_is_not_found(client: Clients) -> None:
    deliver("customer", "某涡轮厂", need=[SECRET])
    for words in ("绝密涡轮间隙", "N-SECRET", "某涡轮厂"):
        assert "need" not in found(client("viewer").get("/find", {"q": words}).content.decode()), words
        answer = client("customer").get("/find", {"q": words}, follow=True)
        assert "绝密涡轮间隙" in answer.content.decode(), "whoever handed it in finds it"
    assert "person" not in found(client("customer").get("/find", {"q": "陆青"}).content.decode())
    assert "matter" not in found(client("viewer").get("/find", {"q": "ORD-DEMO-001"}).content.decode())
    assert "ORD-DEMO-001" in client("customer").get("/find", {"q": "ORD-DEMO-001"}, follow=True).content.decode()


def test_a_number_leads_straight_to_its_page(client: Clients) -> None:
    answer = client("viewer").get("/find", {"q": "DEMO-NMI-L-0202"})
    assert answer.status_code == 302 and "/certificates/" in answer["Location"]
    assert "/match/" in client("viewer").get("/find", {"q": "N-2026-031"})["Location"]


@pytest.mark.parametrize("words", ["", "   ", "\x00", "zzzz-not-there", "'; drop table", "%" * 300, "１２ mm 到 abc"])
def test_nothing_found_is_said(client: Clients, words: str) -> None:
    answer = client("viewer", "en").get("/find", {"q": words})
    assert answer.status_code == 200
    assert "Nothing was found" in text(answer) or "all at once" in text(answer) or found(answer.content.decode())


def test_today_is_a_day(site_data: Path) -> None:
    from suyuan.site.acts import clock
    from suyuan.site.acts.day import NoDay
    from suyuan.site.acts.public import day_of

    assert day_of("") == clock.today()
    with pytest.raises(NoDay) as wrong:
        day_of(date.max.isoformat())
    assert wrong.value.told.code == "site.day.ahead"
