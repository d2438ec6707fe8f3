"""Who sees what of carbon and who may do it: tables belong to an enterprise, a claim is verified by somebody else."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
from .test_carbon import Clients, claims, entries, page_of, plant, typed, words

POWER, BEARING = "演示滨江发电厂", "演示轴承厂"


def own_of(stocked: Path, account: str) -> str:
    """The enterprise that employs somebody, by the registers of the demo."""
    from suyuan.site.acts.service import now_known

    return next(row.organisation["zh"] for row in now_known().rows("person") if row.account == account)


# ---------------------------------------------------------------- what is another's


def addresses(stocked: Path) -> list[str]:
    """Every address of carbon, filled with the documents of the power plant."""
    from suyuan.site.web.addresses import carbon, carbon_service

    claim = claims(stocked)[-1]
    document = next(row["digest"] for row in entries(stocked, "plant") if row["issuer"] == POWER)
    statement = next(row["digest"] for row in entries(stocked, "verification"))
    factor = next((row["digest"] for row in entries(stocked, "factor")), claim)
    of = {"carbon_meters": document, "carbon_statement": statement, "carbon_factor": factor}
    found = []
    for pattern in (*carbon.urlpatterns, *carbon_service.urlpatterns):
        name, groups = str(pattern.name), pattern.pattern.regex.groupindex
        digest = next((d for key, d in of.items() if name.startswith(key)), claim)
        if "digest" not in groups:
            continue
        if "kind" in groups:
            kinds = ["annual", "ledger", "substitution", "quarter-1", "tiers", "equipment", "cross-check", "change"]
            found += [f"/carbon/claim/{digest}/{kind}.{form}" for kind in kinds for form in ("json", "xlsx")]
            continue
        way = "/" + str(pattern.pattern).lstrip("^").rstrip("$").replace(r"\.", ".")
        way = way.replace("(?P<digest>[0-9a-f]{64})", digest).replace("(?P<form>[a-z]+)", "json")
        found.append(way)
    assert len(found) > 20 and not any("(" in way for way in found), found
    return [*found, f"/certificates/{claim}/original", f"/certificates/{document}/original",
            f"/certificates/{document}/json", f"/carbon/new?from={document}",
            f"/carbon/verify/{claim}?hour=4000"]  # fmt: skip


@pytest.mark.parametrize("role", ["customer", "viewer", "trainee"])
def test_no_address_shows_the_claim_of_another(stocked: Path, client: Clients, role: str) -> None:
    reader = client(role)
    for way in addresses(stocked):
        answer = reader.get(way)
        assert answer.status_code in (403, 404), (way, answer.status_code)
    for way in ("/carbon", "/carbon/change", "/carbon/improved", "/carbon/new"):
        answer = reader.get(way)
        assert "2 号机组" not in answer.content.decode(), way
    listed = reader.get("/certificates", {"kind": "claim"}).content.decode()
    assert "2 号机组" not in listed and "炼钢系统" not in listed
    assert "2 号机组" in client("carbon_manager").get("/certificates", {"kind": "claim"}).content.decode()
    first, last = claims(stocked)[-2:]
    both = reader.get("/carbon/change", {"before": first, "after": last})
    assert both.status_code in (403, 404, 422) and "入炉煤" not in both.content.decode()
    assert reader.post(f"/carbon/verify/{last}", {"size": "12"}).status_code == 403


def test_a_document_of_another_enterprise_is_not_even_looked_at(stocked: Path, client: Clients) -> None:
    for do in ("look", "make"):
        answer = client("customer").post("/carbon/new", {"text": typed(plant(stocked)), "do": do})
        assert answer.status_code == 422 and "2933827" not in answer.content.decode()
    assert (
        client("carbon_manager").post("/carbon/new", {"text": typed(plant(stocked)), "do": "look"}).status_code == 200
    )


def test_a_name_of_an_enterprise_that_is_not_ones_own_is_told_beside_those_that_are(
    stocked: Path, client: Clients
) -> None:
    """A template's placeholder or a slip was a bare 403, and what had been typed was gone."""
    manager, mine = client("carbon_manager"), own_of(stocked, "carbon_manager")
    for given in (f"{mine}厂", "例：某发电厂"):
        content = plant(stocked) | {"enterprise": given}
        answer = manager.post("/carbon/new", {"text": typed(content), "do": "make"})
        page = page_of(answer)
        assert answer.status_code == 422 and f"文件里的企业是“{given}”" in words(page) and mine in words(page)
        assert "DEMO-LAB-C-2025-01" in page and "作出申报" not in words(page).replace("才能作出申报", "")
    assert f"是不是“{mine}”" in words(page_of(manager.post("/carbon/new", {"text": typed(
        plant(stocked) | {"enterprise": f"{mine}厂"})})))  # fmt: skip


def test_a_table_beside_a_faulty_document_need_not_come_again(stocked: Path, client: Clients) -> None:
    rows = (stocked / "carbon" / POWER / "stack1.csv").read_bytes()
    manager, content = client("carbon_manager"), plant(stocked) | {"unit": "7 号机组"}
    content["stacks"][0]["table"]["file"] = "seven.csv"
    unread = content | {"year": None}
    for faulty in (content | {"sector": "发电"}, unread):
        answer = manager.post("/carbon/new", with_table(faulty, rows, "seven.csv"))
        assert answer.status_code == 422 and "表格 seven.csv 已收下" in words(page_of(answer))
    assert (stocked / "carbon" / POWER / "seven.csv").read_bytes() == rows
    mended = words(page_of(manager.post("/carbon/new", {"text": typed(content), "do": "look"})))
    assert "没有交过表格" not in mended
    broken = with_table(content, rows, "eight.csv") | {"text": typed(content)[:-1]}
    said = words(page_of(manager.post("/carbon/new", broken)))
    assert "表格 eight.csv 没有收下" in said and not (stocked / "carbon" / POWER / "eight.csv").exists()
    other = words(page_of(manager.post("/carbon/new", with_table(unread | {"enterprise": "别家"}, rows, "seven.csv"))))
    assert "没有收下" in other and not (stocked / "carbon" / "别家").exists()


def test_a_table_dropped_as_the_document_is_called_one(stocked: Path, client: Clients) -> None:
    """It was «Expecting value: line 1 column 1»."""
    rows = (stocked / "carbon" / POWER / "stack1.csv").read_bytes()[:4000]
    for name in ("stack1.csv", "stack1.txt"):
        answer = client("carbon_manager").post("/carbon/new", {"do": "look", "file": named(rows, name)})
        said = words(page_of(answer))
        assert answer.status_code == 422 and f"“{name}”是一张表格" in said and "Expecting" not in said
    said = words(page_of(client("carbon_manager").post("/carbon/new", {"do": "look", "text": '{"suyuan": }'})))
    assert "缺少一个值" in said and "Expecting" not in said


def test_the_tables_of_another_enterprise_are_not_read(stocked: Path, client: Clients) -> None:
    mine = own_of(stocked, "customer")
    content = plant(stocked) | {"enterprise": mine}
    customer = client("customer")
    for name in ("stack1.csv", f"../{POWER}/stack1.csv", f"{POWER}/stack1.csv", "../carbon/stack1.csv"):
        content["stacks"][0]["table"]["file"] = name
        answer = customer.post("/carbon/new", {"text": typed(content), "do": "make"})
        assert answer.status_code == 422, name
        assert str(stocked) not in answer.content.decode()  # no path of the machine
    assert len(entries(stocked, "claim")) == len({row["digest"] for row in entries(stocked, "claim")})
    assert mine not in {row["issuer"] for row in entries(stocked, "claim")}


def test_who_enters_oneself_is_of_no_enterprise(stocked: Path, client: Clients) -> None:
    from django.contrib.auth.models import User

    from suyuan.site.acts import service
    from suyuan.site.acts.carbon import held

    director = User.objects.get(username="director")
    person = {"id": "X-1", "name": {"zh": "方域"}, "account": "director", "employed_from": "2020-01-01"}
    given = service.deliver(director, {"zh": "演示临港钢铁厂"}, {"person": [person]})
    assert given.rows == 1 and "演示临港钢铁厂" not in held.own(director)


def with_table(content: dict[str, Any], rows: bytes, name: str, do: str = "look") -> dict[str, Any]:
    file = BytesIO(rows)
    file.name = name
    return {"text": typed(content), "do": do, "tables": file}


def test_tables_come_beside_the_document_and_are_not_exchanged(stocked: Path, client: Clients) -> None:
    rows = (stocked / "carbon" / POWER / "stack1.csv").read_bytes()
    manager, content = client("carbon_manager"), plant(stocked) | {"unit": "9 号机组"}
    content["stacks"][0]["table"]["file"] = "nine.csv"
    none = manager.post("/carbon/new", {"text": typed(content), "do": "look"})
    assert none.status_code == 422 and "没有交过表格“nine.csv”" in words(page_of(none))
    other = manager.post("/carbon/new", with_table(content, rows, "other.csv"))
    assert other.status_code == 422 and "没有提到表格“other.csv”" in words(page_of(other))
    seen = manager.post("/carbon/new", with_table(content, rows, "nine.csv"))
    assert seen.status_code == 200 and "1736417" not in words(page_of(none))
    assert (stocked / "carbon" / POWER / "nine.csv").read_bytes() == rows
    made = manager.post("/carbon/new", {"text": typed(content), "do": "make"})
    assert made.status_code == 302
    changed = manager.post("/carbon/new", with_table(content, rows[:-40], "nine.csv"))
    assert changed.status_code == 422 and "内容不同" in words(page_of(changed))
    assert (stocked / "carbon" / POWER / "nine.csv").read_bytes() == rows


# ---------------------------------------------------------------- who verifies, what stands


def test_who_made_a_claim_does_not_verify_it(stocked: Path, client: Clients) -> None:
    reviewer, content = client("reviewer"), plant(stocked) | {"unit": "9 号机组"}
    way = reviewer.post("/carbon/new", {"text": typed(content), "do": "make"}).headers["Location"]
    digest, asked = way.rpartition("/")[2], {"size": "3", "seed": "1", "scheme": "EU", "rest": "on"}
    for more in ({}, {"do": "keep"}):
        own = reviewer.post(f"/carbon/verify/{digest}", asked | more)
        assert own.status_code == 422 and "是您作出的" in words(page_of(own))
    assert len(entries(stocked, "verification")) == 2  # of the demo
    assert client("verifier").post(f"/carbon/verify/{digest}", asked).status_code == 200
    said = words(page_of(client("verifier").get(way)))
    assert "演示碳管理员" in said and "reviewer" in said and "沈砚" in said
    assert "不是在本站作出" in words(page_of(reviewer.get(f"/carbon/claim/{claims(stocked)[-1]}")))


def test_a_superseder_of_another_unit_is_refused_when_looked_at(stocked: Path, client: Clients) -> None:
    last, first = claims(stocked)[-1], claims(stocked)[-2]
    text = typed(plant(stocked) | {"unit": "9 号机组"})
    looked = client("reviewer").post("/carbon/new", {"text": text, "do": "look", "supersedes": last, "reason": "试验"})
    said = page_of(looked)
    assert "不是 9 号机组 2025 年现行的申报" in words(said) and 'value="make"' not in said
    again = {"text": typed(plant(stocked)), "do": "look", "supersedes": first, "reason": "试验"}
    forked = page_of(client("reviewer").post("/carbon/new", again))
    assert "现行的申报" in words(forked) and 'value="make"' not in forked


def test_evidence_behind_two_units_is_told(stocked: Path, client: Clients) -> None:
    content = plant(stocked) | {"unit": "9 号机组"}
    manager = client("carbon_manager")
    looked = words(page_of(manager.post("/carbon/new", {"text": typed(content), "do": "look"})))
    assert "完全相同" in looked and "2 号机组" in looked
    way = manager.post("/carbon/new", {"text": typed(content), "do": "make"}).headers["Location"]
    assert "完全相同" in words(page_of(client("regulator").get(way)))
    day = words(page_of(client("regulator").get("/carbon")))
    assert "两个机组共用的证据" in day and "9 号机组" in day and "DEMO-LAB-C-2025-01" in day
    late = manager.post("/carbon/new", {"text": typed(content | {"made": "2027-06-01"}), "do": "make"})
    assert late.status_code == 422


def test_the_roles_of_carbon_see_and_do_what_is_theirs(stocked: Path, client: Clients) -> None:
    last = claims(stocked)[-1]
    manager, verifier, customer = (client(role) for role in ("carbon_manager", "verifier", "customer"))
    mine = words(page_of(manager.get("/carbon")))
    assert "2 号机组" in mine and "演示临港钢铁厂" not in mine and "新建申报" in mine
    for way in (f"/carbon/claim/{last}", f"/carbon/verify/{last}?hour=4000", f"/carbon/claim/{last}/ledger.json"):
        assert manager.get(way).status_code == 200 == verifier.get(way).status_code, way
    assert manager.post(f"/carbon/verify/{last}", {"size": "3"}).status_code == 403
    none = words(page_of(customer.get("/carbon")))
    assert "没有您能看的" in none
    assert "新建申报" not in words(page_of(client("viewer").get("/carbon")))


# ---------------------------------------------------------------- addresses


def test_a_short_digest_opens_its_page(stocked: Path, client: Clients) -> None:
    last = claims(stocked)[-1]
    reader = client("reviewer")
    assert reader.get(f"/carbon/claim/{last[:8]}").headers["Location"] == f"/carbon/claim/{last}"
    assert reader.get(f"/carbon/verify/{last[:8]}?hour=4000").headers["Location"].endswith(f"{last}?hour=4000")
    assert reader.get("/carbon/claim/ffff0000ffff").status_code == 404
    assert client("viewer").get(f"/carbon/claim/{last[:8]}").status_code == 404


def test_a_wrong_hour_or_month_is_told(stocked: Path, client: Clients) -> None:
    steel = claims(stocked, "炼钢系统")[-1]
    for asked in ({"hour": "99999"}, {"hour": "-5"}, {"hour": "abc"}, {"month": "13"}):
        answer = client("judge").get(f"/carbon/verify/{claims(stocked)[-1]}", asked)
        assert answer.status_code == 422 and "怎么办" in words(page_of(answer)), asked
        assert client("judge").get(f"/carbon/verify/{steel}", asked).status_code == 422, asked


# ---------------------------------------------------------------- withdrawn


def test_a_withdrawn_certificate_is_seen_wherever_its_claim_is(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store

    from .test_carbon import FLOW, _withdrawn

    last = claims(stocked)[-1]
    store.store().add(_withdrawn("2025-08-01"), "flow.json")
    gone = json.loads(_withdrawn("2025-06-01")) | {"number": "DEMO-CITY-M-0812"}
    store.store().add(typed(gone).encode(), "belt.json")
    day = words(page_of(client("regulator").get("/carbon")))
    part = day[day.index("被撤回的证书") :]
    assert FLOW in part and "2025 年 8 月 1 日" in part and "没有测量值" in part and "没有报告值" in part
    assert "DEMO-CITY-M-0812" in part and "6–12 月" in part
    assert "撤回，自 2025-06-01 起" in day
    lead = day[: day.index("新建申报")] if "新建申报" in day else day[: day.index("比较两份申报")]
    assert "最重的是 DEMO-CITY-M-0812" in lead and FLOW not in lead  # what only checks a claim is told apart
    claim = words(page_of(client("regulator").get(f"/carbon/claim/{last}")))
    assert "DEMO-CITY-M-0812（皮带秤校准）自 2025 年 6 月 1 日起被撤回" in claim[: claim.index("核查")]
    digest = {row["number"]: row["digest"] for row in entries(stocked, "typed") + entries(stocked, "dcc")}
    for way in (f"/data/impact/{digest['DEMO-CITY-M-0812']}", "/today"):
        page = page_of(client("reviewer").get(way))
        assert f"/carbon/claim/{last}" in page and "份排放申报以它为据" in words(page), way
    meters = next(row["digest"] for row in entries(stocked, "plant") if row["number"] == "2 号机组 2025")
    assert "证书已撤回" in words(page_of(client("reviewer").get(f"/carbon/meters/{meters}")))


def test_who_may_withdraw_finds_the_button_on_the_certificate(stocked: Path, client: Clients) -> None:
    digest = next(row["digest"] for row in entries(stocked, "typed") + entries(stocked, "dcc") if row["number"] ==
                  "DEMO-CITY-M-0812")  # fmt: skip
    for role, may in (("reviewer", True), ("manager", True), ("viewer", False)):
        page = page_of(client(role).get(f"/certificates/{digest}"))
        assert ("撤回或更换" in words(page)) is may and (f"/what-if/{digest}" in page or not may), role


# ---------------------------------------------------------------- a workbook


def test_a_workbook_is_taken_and_its_faults_have_cells(stocked: Path, client: Clients) -> None:
    from openpyxl import load_workbook

    manager = client("carbon_manager")
    page = page_of(manager.get("/carbon/new"))
    assert "/carbon/new/power.xlsx" in page and "2 号机组 2025" in page
    document = next(row["digest"] for row in entries(stocked, "plant") if row["number"] == "2 号机组 2025")
    data = manager.get(f"/carbon/new/{document}.xlsx").content
    answer = manager.post("/carbon/new", {"do": "look", "file": named(data, "power.xlsx")})
    assert answer.status_code == 200 and "2933827" in words(page_of(answer))
    months = [[cell.value for cell in row] for row in load_workbook(BytesIO(data))["各月 months"].iter_rows()]
    assert len(months) == 4 and all(isinstance(cell, int | float) for row in months[2:] for cell in row[2:14])
    book = load_workbook(BytesIO(data))
    book["源流 streams"]["B3"] = "burning"
    out = BytesIO()
    book.save(out)
    wrong = manager.post("/carbon/new", {"do": "look", "file": named(out.getvalue(), "power.xlsx")})
    assert wrong.status_code == 422 and "源流 streams!B3" in words(page_of(wrong))
    for role, code in (("viewer", 403), ("customer", 200)):
        assert client(role).get("/carbon/new/steel.xlsx").status_code == code
        assert client(role).get("/carbon/new/trees.csv").status_code == code
        assert client(role).get(f"/carbon/new/{document}.xlsx").status_code == 403
    broken = manager.post("/carbon/new", {"do": "look", "file": named(b"PK\x03\x04 nothing", "x.xlsx")})
    assert broken.status_code == 422


def test_texts_of_the_template_enter_no_claim(stocked: Path, client: Clients) -> None:
    """Who takes the template with one's own name still has its invented people and laboratories."""
    manager, mine = client("carbon_manager"), own_of(stocked, "carbon_manager")
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(manager.get("/carbon/new/power.xlsx").content))
    book["机组 unit"]["B2"] = mine
    out = BytesIO()
    book.save(out)
    for do in ("look", "make"):
        answer = manager.post("/carbon/new", {"do": do, "file": named(out.getvalue(), "power.xlsx")})
        said = words(page_of(answer))
        assert "还留着算例的“例：碳管理员 / carbon manager”" in said and "机组 unit!B8" in said, do
        assert "另有 4 处" in said and "放行 overrides!C3" in said
        assert 'value="make"' not in answer.content.decode()
    assert answer.status_code == 422 and said.count("还留着算例的“EX-2022-01”") == 1
    assert not [row for row in entries(stocked, "claim") if row["number"] == "1 号机组 2022"]


def named(data: bytes, name: str) -> BytesIO:
    file = BytesIO(data)
    file.name = name
    return file


def test_a_verifier_of_claims_is_no_reviewer_of_panels(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts.matters.panel import judges

    assert "verifier" not in {one.username for one in judges()} and "judge" in {one.username for one in judges()}
    navigation = page_of(client("verifier").get("/carbon")).split("</nav>", 1)[0]
    assert 'href="/carbon"' in navigation and 'href="/centres"' not in navigation
