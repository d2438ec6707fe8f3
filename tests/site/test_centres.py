"""Centres on the site: the register, a card on any day, opened to its evidence, dossier, annual report, records."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from tests.site.matter_play import matters, newest, page, paper, state, words

Clients = Callable[..., Any]
C = "/centres/DEMO-C-01"
LATER = date(2027, 12, 31)


@pytest.fixture
def played(client: Clients) -> Iterator[Clients]:
    """Clients among the demo's documents and matters."""
    with matters():
        yield client


def withdrawn(number: str, issuer: str = "演示国家计量院") -> None:
    """A certificate of the store is withdrawn today."""
    from suyuan.site.acts.store import store
    from suyuan.traceability.anchor import statement_document

    today = date.today().isoformat()
    fields = {
        "kind": "withdrawn", "issuer": issuer, "number": number, "day": today, "known": today,
        "reason": {"zh": "测试", "en": "test"}, "source": "演示通知",
    }  # fmt: skip
    added = store().add(statement_document(fields), "statement.json")
    assert added.stored, added.findings


# ---------------------------------------------------------------- the register


def test_the_register_shows_states_gates_and_intervals(played: Clients) -> None:
    shown = page(played("viewer").get("/centres"))
    assert "没有一家门槛全过" in words(played("viewer").get("/centres"))
    for text in ("演示海洋动力装备产业计量测试中心", "培育", "道未通过", "满分 100"):
        assert text in shown
    assert shown.count("<pattern") >= 1, "the unknown part is hatched"
    assert "DEMO-C-02" not in page(played("viewer").get("/centres?industry=marine-power"))
    assert "没有符合" in page(played("viewer").get("/centres?q=nothing-like-it"))


def test_the_register_sorts_and_exports(played: Clients) -> None:
    from openpyxl import load_workbook

    order = re.findall(r"DEMO-[CDKT]-\d\d(?=</span>，|，)", page(played("viewer").get("/centres?sort=-score")))
    assert order == list(
        reversed(re.findall(r"DEMO-[CDKT]-\d\d(?=</span>，|，)", page(played("viewer").get("/centres"))))
    )
    answer = played("viewer").get("/centres.xlsx?scope=centre")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {"DEMO-C-01", "DEMO-C-02"}
    low, high = rows[1][10], rows[1][11]
    assert 0.0 <= low < high <= 100.0


def test_a_past_day_is_computed_from_what_was_known_then(played: Clients) -> None:
    now = words(played("viewer").get(C))
    early = words(played("viewer").get(f"{C}?day=2026-08-01"))
    assert now != early
    assert "按当日已知" in early
    assert played("viewer").get(f"{C}?day=2024-07-01").status_code == 404, "nobody knew the centre then"


def test_before_its_first_register_a_centre_is_said_not_to_be_there_yet(played: Clients) -> None:
    from suyuan.site.acts.regulation import centre as acts

    client = played("viewer")
    first = acts.first_known(acts.on(None), "DEMO-C-01")
    assert first is not None
    before = first - timedelta(days=1)
    shown = words(client.get(f"{C}?day={before}"))
    assert f"{before} 那天登记册里还没有这个中心" in shown and first.isoformat() in shown
    assert client.get(f"{C}?day={first}").status_code == 200
    now = page(client.get(C))
    for day in re.findall(r"\?day=(\d{4}-\d\d-\d\d)", now):
        assert day >= first.isoformat(), "no day before is offered"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_two_centres_stand_side_by_side(played: Clients, language: str) -> None:
    client = played("viewer", language)
    shown = client.get("/centres/compare?with=DEMO-C-01,DEMO-C-02")
    text = words(shown)
    assert shown.status_code == 200 and not re.findall(r">(centres\.[\w.]+)<", page(shown))
    assert f"{C}/facts/B2" in page(shown) and "/centres/DEMO-C-02/facts/B2" in page(shown)
    assert re.search(r"\d+ %", text) and page(client.get("/centres")).count("/centres/compare")
    for odd in ("DEMO-C-01,DEMO-C-01", "DEMO-C-01", "9,8", "DEMO-C-01,DEMO-T-01"):
        wrong = client.get(f"/centres/compare?with={odd}")
        told = "不能比较" if language == "zh" else "cannot be compared"
        assert wrong.status_code == 200 and told in words(wrong), odd
    assert client.get("/centres/compare").status_code == 200


def test_a_day_that_is_none_is_told(played: Clients) -> None:
    client = played("viewer")
    for address in (C, "/centres", "/candidates"):
        wrong = client.get(f"{address}?day=abc")
        assert wrong.status_code == 400 and "「abc」不是日历上的日期" in words(wrong), address
        assert "不是日历上的日期" not in words(client.get(address))
    assert "没有第「9」版可以对照" in words(client.get("/guidelines/DRAFT-CENTRE/2?with=9"))


def test_two_sources_with_two_dates_both_stand(played: Clients) -> None:
    from suyuan.site.acts import service

    boss = played("regulator")
    rows = [
        {"id": f"ST-{n}", "centre": "DEMO-K-01", "kind": "status", "title": {"zh": "批准成立"}, "day": day,
         "detail": {"state": "established", "source": f"演示公报 {n}"}}
        for n, day in enumerate(("2026-05-10", "2026-05-21"))
    ]  # fmt: skip
    user = _user("director")
    service.deliver(user, {"zh": "演示市计量院"}, {"centre_record": rows})
    shown = words(boss.get("/centres/DEMO-K-01"))
    assert "演示公报 0" in shown and "演示公报 1" in shown
    assert "2026 年 5 月 10 日" in shown and "2026 年 5 月 21 日" in shown
    assert "两处来源日期不一" in words(boss.get("/centres"))


def _user(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)


# ---------------------------------------------------------------- a centre


def test_the_answer_comes_first_and_every_value_opens(played: Clients) -> None:
    client = played("judge")
    shown = page(client.get(C))
    assert re.search(r"六道门槛未通过，两道门槛未知。得分 [\d.]+ 至 [\d.]+（满分 100）", words(client.get(C)))
    ways = set(re.findall(rf'href="({C}/facts/[A-Z]\w+)', shown))
    assert len(ways) >= 25
    for way in ways:
        assert client.get(way).status_code == 200, way
    facts = page(client.get(f"{C}/facts/B1"))
    certificates = re.findall(r'href="(/certificates/[0-9a-f]{64})"', facts)
    from suyuan.site.acts.regulation import centre as acts
    from suyuan.verbs.centre.facts import facts as facts_of

    standards = [f for f in facts_of(acts.on(None), "DEMO-C-01") if f.kind == "standard" and f.evidence]
    assert len(certificates) == len(standards) >= 9
    assert client.get(certificates[0]).status_code == 200
    assert client.get(f"{C}/facts/Z9").status_code == 404
    assert client.get("/centres/NOBODY").status_code == 404


def test_proposed_weights_are_never_shown_as_official(played: Clients) -> None:
    shown = words(played("viewer").get(C))
    assert "自拟，非官方" in shown and "不是官方评分" in shown
    assert "proposed by us, not official" in words(played("viewer", "en").get(C))


def test_evidence_links_lead_somewhere(played: Clients) -> None:
    client = played("director")
    shown = page(client.get(C))
    dead = []
    for way in sorted(set(re.findall(r'href="(/[^"#?]+)', shown))):
        if way.startswith(("/static", "/enter")) or way.endswith((".pdf", ".docx")):
            continue
        if client.get(way).status_code != 200:
            dead.append(way)
    assert not dead


def test_a_file_is_given_only_where_a_record_names_it(played: Clients) -> None:
    client = played("viewer")
    digests = re.findall(r"/centres/files/([0-9a-f]{64})", page(client.get(C)))
    answer = client.get(f"/centres/files/{digests[0]}")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"] and answer["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/centres/files/{'0' * 64}").status_code == 404
    certificate = re.findall(r"/certificates/([0-9a-f]{64})", page(client.get(C)))[0]
    assert client.get(f"/centres/files/{certificate}").status_code == 404


@pytest.mark.parametrize("id", ["DEMO-C-01", "DEMO-C-02", "DEMO-D-01", "DEMO-T-01", "DEMO-K-01"])
def test_pages_are_whole_in_english(played: Clients, id: str) -> None:
    for path in (f"/centres/{id}", f"/centres/{id}/dossier", f"/centres/{id}/annual/2026"):
        shown = page(played("director", "en").get(path))
        assert not re.findall(r">((?:centres|dossier|guidelines|panels|candidates|count)\.[\w.]+)<", shown), path
        heads = re.findall(r"<(?:h2|h3|th|summary|button)[^>]*>([^<]+)<", shown)
        chinese = [h for h in heads if re.search(r"[\u4e00-\u9fff]", h) and "演示" not in h]
        assert not chinese, chinese[:3]


# ---------------------------------------------------------------- an expired certificate


def test_an_expired_certificate_changes_capability_demand_and_score_together(played: Clients) -> None:
    client = played("director")
    now, later = (words(client.get(f"{C}{query}")) for query in ("", f"?day={LATER}"))
    holds = r"成立 holds 端度规中心长度"
    assert re.search(rf"(?<!不){holds}", now) and not re.search(rf"(?<!不){holds}", later)
    assert "证书 DEMO-NMI-L-0202 已过期" in later and "证书 DEMO-NMI-L-0202 已过期" not in now
    assert "能测 can 量块送校" in now and "能测 can 量块送校" not in later
    assert _low(later) < _low(now)
    assert "假定此后没有新证据" in later


def test_a_withdrawn_certificate_changes_capability_demand_and_score_together(played: Clients) -> None:
    client = played("director")
    before = words(client.get(C))
    withdrawn("DEMO-NMI-L-0202")
    after = words(client.get(C))
    assert "证书 DEMO-NMI-L-0202 已撤回" in after and "证书 DEMO-NMI-L-0202 已撤回" not in before
    assert "能测 can 量块送校" in before and "能测 can 量块送校" not in after
    assert _low(after) < _low(before)


def _low(text: str) -> float:
    found = re.search(r"得分 ([\d.]+) 至", text)
    assert found is not None
    return float(found[1])


# ---------------------------------------------------------------- what is confidential


def test_of_a_confidential_need_others_see_verdict_and_kind_only(played: Clients) -> None:
    from suyuan.site.acts import service
    from suyuan.site.acts.store import store

    known = service.now_known()
    register = next(register for register, row in known.deliveries("need") if row.id == "N-2026-042")
    rows = json.loads(store().read(register.digest))["rows"]["need"]
    row = next(row for row in rows if row["id"] == "N-2026-042") | {"confidential": True}
    service.deliver(_user("steward"), register.organisation, {"need": [row]})
    for path in (C, f"{C}/facts/C1", f"{C}/facts/G3", f"{C}/dossier", f"{C}/dossier.json", f"{C}/annual/2026.json"):
        open_, closed = page(played("regulator").get(path)), page(played("viewer").get(path))
        for word in ("轴系在线扭矩", "N-2026-042"):
            assert word not in closed, (path, word)
        assert "N-2026-042" in open_ or path.endswith("G3"), path
    assert "测不了" in page(played("viewer").get(C)), "the verdict stands"


def test_orders_of_others_only_count(played: Clients) -> None:
    assert "ORD-DEMO-001" in page(played("director").get(f"{C}/facts/F1"))
    closed = page(played("viewer").get(f"{C}/facts/F1"))
    assert "ORD-DEMO-001" not in closed and "1 条算数" in words(played("viewer").get(f"{C}/facts/F1"))


# ---------------------------------------------------------------- the life cycle


def test_a_transition_out_of_order_is_refused_with_what_comes_first(played: Clients) -> None:
    answer = played("regulator").post(f"{C}/act", {
        "procedure": "centre", "number": "CENTRE-DEMO-001", "do": "established",
        "d-acceptance_report": paper(), "d-establishment_letter": paper(),
    })  # fmt: skip
    shown = words(answer)
    assert answer.status_code == 200 and "没有办成" in shown
    for step in ("申报", "推荐", "批准筹建", "申请验收"):
        assert step in shown
    assert state("centre", "CENTRE-DEMO-001") == "nurturing"


def test_a_step_whose_guards_fail_says_which(played: Clients) -> None:
    data = {"procedure": "centre", "number": "CENTRE-DEMO-001", "do": "applied"}
    files = {f"d-{name}": paper(f"{name}.pdf") for name in ("application", "task_book", "feasibility")}
    answer = played("director").post(f"{C}/act", {**data, **files})
    shown = words(answer)
    assert "G4" in shown or "所用计量标准没有过期" in shown
    assert state("centre", "CENTRE-DEMO-001") == "nurturing"
    assert "缺少" in words(played("director").post(f"{C}/act", data)), "a document that is asked for"


def test_steps_are_for_those_who_hold_the_role(played: Clients) -> None:
    data = {"procedure": "centre", "number": "CENTRE-DEMO-001", "do": "withdrawn", "f-reason": "测试"}
    assert "没有办成" in words(played("viewer").post(f"{C}/act", data))
    assert state("centre", "CENTRE-DEMO-001") == "nurturing"
    assert played("director").post(f"{C}/act", data).status_code == 302
    assert state("centre", "CENTRE-DEMO-001") == "withdrawn"


def test_a_rectification_is_asked_for_answered_and_closed(played: Clients) -> None:
    boss, host = played("regulator"), played("director")
    data = {"procedure": "rectification", "do": "opened", "f-findings": "温度室湿度超限\n环规证书已撤回",
            "d-finding_list": paper()}  # fmt: skip
    assert boss.post(f"{C}/act", data).status_code == 302
    number = newest("rectification")
    assert "环规证书已撤回" in page(boss.get("/panels"))
    part = {"procedure": "rectification", "number": number, "do": "submitted", "c-1": paper("one.pdf"),
            "c-2": paper("two.pdf")}  # fmt: skip
    assert host.post(f"{C}/act", part).status_code == 302
    assert "关闭证据" in words(boss.get("/panels"))
    closed = {"procedure": "rectification", "number": number, "do": "closed", "f-result": "合格"}
    assert boss.post(f"{C}/act", closed).status_code == 302
    assert state("rectification", number) == "closed"


def test_a_finding_without_evidence_does_not_close(played: Clients) -> None:
    boss, host = played("regulator"), played("director")
    boss.post(
        f"{C}/act", {"procedure": "rectification", "do": "opened", "f-findings": "一\n二", "d-finding_list": paper()}
    )
    number = newest("rectification")
    half = {"procedure": "rectification", "number": number, "do": "submitted"}
    answer = host.post(f"{C}/act", half | {"c-1": paper("one.pdf")})
    assert "第 2 个问题「二」没有关闭证据" in words(answer) and state("rectification", number) == "opened"
    assert "第 1 个问题" not in words(answer), "one reading: what is there is not missing"
    listed = words(boss.get("/panels"))
    assert "1. 一" in listed
    answer = boss.post(f"{C}/act", {"procedure": "rectification", "number": number, "do": "closed", "f-result": "x"})
    assert "没有办成" in words(answer) and state("rectification", number) == "opened"


def test_the_page_of_a_rectification_asks_for_the_evidence_of_every_finding(played: Clients) -> None:
    boss, host = played("regulator"), played("director")
    boss.post(
        f"{C}/act", {"procedure": "rectification", "do": "opened", "f-findings": "一\n二", "d-finding_list": paper()}
    )
    at = f"/matters/rectification/{newest('rectification')}"
    shown = page(host.get(at))
    assert "1. 一" in shown and 'name="doc-closure-1"' in shown and 'name="doc-closure-2"' in shown
    half = host.post(at, {"do": "submitted", "doc-closure-1": paper("one.pdf", b"%PDF-1.4 one")})
    kept = dict(re.findall(r'name="((?:kept|name)-closure-1)" value="([^"]+)"', page(half)))
    assert "第 2 个问题「二」没有关闭证据" in words(half) and kept["name-closure-1"] == "one.pdf"
    whole = host.post(at, {"do": "submitted", **kept, "doc-closure-2": paper("two.pdf", b"%PDF-1.4 two")})
    assert whole.status_code == 302 and state("rectification", at.rsplit("/", 1)[1]) == "submitted"
    shown = page(boss.get(at))
    (first,) = re.findall(r'href="([^"]+)">one\.pdf', shown)
    assert boss.get(first).status_code == 200 and "two.pdf" in shown
    assert len(re.findall(r'<li>\d\. [一二].{0,80}<a href="[^"]+">', page(boss.get("/panels")))) == 2
    assert boss.post(at, {"do": "closed", "result": "合格"}).status_code == 302


def test_a_candidate_is_taken_up_by_the_bureau_only(played: Clients) -> None:
    data = {"procedure": "centre", "do": "taken_up", "f-mentor": "顾衡", "host": "director", "d-demand_survey": paper()}
    assert played("director").post("/centres/DEMO-C-02/act", data).status_code == 403
    data["d-demand_survey"] = paper()
    assert played("regulator").post("/centres/DEMO-C-02/act", data).status_code == 302
    assert "培育" in words(played("viewer").get("/centres/DEMO-C-02"))


# ---------------------------------------------------------------- dossier and annual report


def test_the_dossier_names_every_fault_at_its_place(played: Clients) -> None:
    shown = page(played("director").get(f"{C}/dossier"))
    assert re.search(r"还不能报：\S+必须改正", words(played("director").get(f"{C}/dossier")))
    for place in ("document/application", "capability/CITY-L-02", "person/P-03", "needs"):
        assert place in re.sub(r"<[^>]+>", "", shown)
    assert played("viewer").get(f"{C}/dossier?stage=accept").status_code == 200


@pytest.mark.parametrize("form", ["docx", "xlsx", "json"])
def test_the_dossier_and_the_annual_report_are_files(played: Clients, form: str) -> None:
    for path in (f"{C}/dossier.{form}", f"{C}/annual/2026.{form}"):
        answer = played("director").get(path)
        assert answer.status_code == 200 and f".{form}" in answer["Content-Disposition"]
        assert len(answer.content) > 1000
    assert played("director").get(f"{C}/dossier.exe").status_code == 404


def test_a_year_that_has_not_begun_is_called_so(played: Clients) -> None:
    ahead = date.today().year + 4
    for path in (f"{C}/annual/{ahead}", f"{C}/annual/{ahead}.json"):
        answer = played("director").get(path, follow=True)
        assert answer.status_code == 409 and "还没有开始" in words(answer), path
    assert played("director").get(f"{C}/annual/1066").status_code == 404


def test_the_annual_report_is_handed_in_once_by_the_host(played: Clients) -> None:
    year = date.today().year
    assert played("viewer").post(f"{C}/annual/{year}/hand-in").status_code == 403
    assert played("director").post(f"{C}/annual/{year}/hand-in").status_code == 302
    assert newest("annual_assessment") == f"AA-DEMO-C-01-{year}"
    again = played("director").post(f"{C}/annual/{year}/hand-in")
    assert again.status_code == 200 and "已有事项使用" in words(again)
    assert "年度考核" in words(played("regulator").get(C)) or "AA-DEMO-C-01" in page(played("regulator").get(C))
    assert played("director").get(f"{C}/annual/{year + 1}").status_code == 409


# ---------------------------------------------------------------- records


def test_a_record_with_its_file_changes_the_score(played: Clients) -> None:
    client = played("director")
    day = (date.today() - timedelta(days=3)).isoformat()
    before = words(client.get(f"{C}/facts/D3"))
    data = {"kind": "mechanism", "title": "演示开放基金办法", "group": "fund", "day": day, "file": paper("fund.pdf")}
    assert client.post(f"{C}/record", data).status_code == 302
    after = words(client.get(f"{C}/facts/D3"))
    assert "演示开放基金办法" in after and "演示开放基金办法" not in before
    assert after.split("得 ")[1][:3] != before.split("得 ")[1][:3]


def test_money_with_a_slip_comes_back_with_what_was_typed(played: Clients) -> None:
    client = played("director")
    answer = client.post(f"{C}/record", {"kind": "fund_actual", "year": "2025", "value": "三百", "unit": "万元",
                                         "group": "市级财政", "file": paper()})  # fmt: skip
    shown = page(answer)
    assert answer.status_code == 200 and "「三百」不是数" in shown and 'value="三百"' in shown
    bare = {"kind": "fund_plan", "year": "2028", "value": "10"}
    assert "没有证明文件" in page(client.post(f"{C}/record", bare | {"unit": "万元"}))
    unitless = client.post(f"{C}/record", bare | {"declared": "1"})
    assert unitless.status_code == 200 and "缺少「unit」" in page(unitless), "no amount is taken without its unit"
    assert "不是已知的钱的单位" in page(client.post(f"{C}/record", bare | {"declared": "1", "unit": "贝壳"}))
    odd = client.post(f"{C}/record", bare | {"year": "1066", "unit": "元", "declared": "1"})
    assert odd.status_code == 200 and "1066" in words(odd)


def test_a_document_of_the_dossier_is_chosen_and_handed_in(played: Clients) -> None:
    from suyuan.site.web.regulation.centre_records import PAPERS

    client = played("director")
    form = page(client.get(C)).split('id="document-name"')[1].split("</select>")[0]
    assert all(f'value="{name}"' in form for name in PAPERS) and "可行性分析报告" in form
    sent = {"kind": "document", "name": "feasibility", "day": "2026-01-05", "file": paper()}
    assert client.post(f"{C}/record", sent).status_code == 302
    shown = page(client.get(f"{C}/dossier")).split('id="papers"')[1]
    assert "可行性分析报告</a>" in shown or "可行性分析报告" in shown.split("centre_file")[0]


def test_persons_behind_a_parameter_are_named_and_the_parameter_has_a_page(played: Clients) -> None:
    client = played("director")
    for indicator in ("A1", "A2"):
        shown = page(client.get(f"{C}/facts/{indicator}"))
        ways = set(re.findall(r'href="(/industries/[^"]+)"', shown))
        assert ways and all(client.get(way.partition("#")[0]).status_code == 200 for way in ways)
        assert all(f'id="{way.partition("#")[2]}"' in page(client.get(way.partition("#")[0])) for way in ways)
    behind = [r for r in shown.split("<tr>") if "/people/" in r]
    assert behind, "the persons of the parameter are named"


def test_the_year_before_is_named_even_where_nothing_is_known_of_it(played: Clients) -> None:
    head = page(played("director").get(f"{C}/annual/2026")).split("<thead>")[1].split("</thead>")[0]
    assert "None" not in head and ">2025<" in head


def test_people_stand_by_name_not_by_account(played: Clients) -> None:
    from openpyxl import load_workbook

    client = played("regulator")
    book = load_workbook(io.BytesIO(client.get("/centres.xlsx").content))
    events = " ".join(str(row[16]) for row in book.active.iter_rows(values_only=True))
    assert "(章序)" in events and "(regulator)" not in events and "(director)" not in events
    data = json.loads(client.get(f"{C}/dossier.json").content)
    assert not {row["signed"] for row in data["documents"]} & {"regulator", "director"}


def test_a_guideline_shared_and_both_parts_of_a_change_are_shown(played: Clients) -> None:
    client = played("viewer")
    chooser = page(client.get("/centres/compare"))
    assert '<optgroup label="DRAFT-CENTRE 2">' in chooser or '<optgroup label="DRAFT-CENTRE' in chooser
    pair = page(client.get("/centres/compare?with=DEMO-C-01,DEMO-C-02"))
    assert pair.count('data-k="演示') > 20, "on a narrow page each value bears the name of its centre"
    versions = page(client.get(C)).split('id="versions"')[1].split("</section>")[0]
    assert "因权重" in versions and "因得分" in versions


def test_a_candidate_of_which_little_is_known_is_not_called_nearly_ripe(played: Clients) -> None:
    shown = words(played("regulator").get("/candidates"))
    assert "所知太少，还不能排" in shown


def test_money_facts_name_year_and_unit(played: Clients) -> None:
    shown = words(played("director").get(f"{C}/facts/E2"))
    assert "2025 年度" in shown and "万元" in shown and "2027 年度" not in shown


def test_records_are_for_the_director_of_the_centre(played: Clients) -> None:
    data = {"kind": "agreement", "title": "x", "day": "2026-01-01", "declared": "1"}
    for role in ("viewer", "judge", "regulator", "customer"):
        assert played(role).post(f"{C}/record", data).status_code == 403
    assert "登记一条记录" not in page(played("judge").get(C))


# ---------------------------------------------------------------- candidates


def test_the_pipeline_says_what_is_missing(played: Clients) -> None:
    from openpyxl import load_workbook

    shown = words(played("regulator").get("/candidates"))
    assert "还没有一个成熟" in shown and "门槛未通过" in shown and "CAND-DEMO-001" in shown
    rows = list(
        load_workbook(io.BytesIO(played("viewer").get("/candidates.xlsx").content)).active.iter_rows(values_only=True)
    )
    assert len(rows) > 40


def test_what_was_typed_into_a_refused_step_stays_open(played: Clients) -> None:
    data = {"procedure": "centre", "number": "CENTRE-DEMO-001", "do": "withdrawn", "f-reason": ""}
    shown = page(played("director").post(f"{C}/act", data))
    opened = re.search(r"<details open><summary>退出", shown)
    assert "没有办成" in shown and opened is not None


def test_an_id_with_any_sign_has_a_page(played: Clients) -> None:
    from suyuan.site.acts import service

    row = {
        "id": "演/示 1", "name": {"zh": "演示斜杠中心"}, "scope": "centre", "grade": "municipal",
        "host": {"zh": "演示市计量院"},
    }  # fmt: skip
    service.deliver(_user("director"), {"zh": "演示市计量院"}, {"centre": [row]})
    shown = page(played("viewer").get("/centres"))
    way = re.search(r'href="(/centres/[^"]+)">演示斜杠中心', shown)
    assert way is not None
    assert played("viewer").get(way[1]).status_code == 200
    assert played("viewer").get(f"{way[1]}/dossier").status_code == 200
    assert "演示斜杠中心" in page(played("viewer").get("/candidates"))


def part(shown: str, name: str) -> str:
    """One section of a page."""
    return shown.partition(f'<section class="sec" id="{name}">')[2].partition("</section>")[0]


def test_long_tables_are_folded_and_nothing_is_lost(played: Clients) -> None:
    """What wants somebody stands open; the rest lies under a summary that says in words how much it is."""
    from suyuan.site.web.parts.sentence import count

    shown = page(played("viewer").get(C))
    head, _, rest = part(shown, "standards").partition('<details class="fold">')
    assert "断链" in head and "DEMO-NMI-T-0302" not in head and "DEMO-NMI-T-0302" in rest
    summary = re.search(r"<summary>另有(.+?)项有效</summary>", rest)
    assert summary and summary[1] == count(rest.count("<tr>") - 1, "zh")
    conditions = re.findall(r'<details class="fold cond" id="c-(\w)"><summary>(.*?)</summary>', shown, re.S)
    assert [name for name, _ in conditions] == list("ABCDEFP")
    assert "四项指标，都有证据" in conditions[0][1] and "未知或不全" in conditions[2][1]
    english = part(page(played("viewer").get(f"{C}?lang=en")), "standards")
    said = re.search(r"<summary>(.+?) more are valid</summary>", english)
    assert said and said[1] == count(rest.count("<tr>") - 1, "en").capitalize()


def test_a_failed_comparison_stands_with_its_help_on_both_pages(played: Clients) -> None:
    from suyuan.quantity.fields import canonical
    from suyuan.site.acts.store import store

    port = "演示港口量具站"
    row = {"id": "T-PORT", "name": {"zh": "演示港口中心"}, "scope": "centre", "grade": "municipal", "demo": True,
           "host": {"zh": port}, "laboratories": [port],
           "guideline": "DRAFT-CENTRE"}  # fmt: skip
    fields = {"suyuan": "register", "organisation": {"zh": "演示港口中心"}, "day": date.today().isoformat(),
              "number": "R-T-PORT", "rows": {"centre": [row]}}  # fmt: skip
    assert store().add(canonical(fields), "register.json").stored
    failed = part(page(played("regulator").get("/centres/T-PORT")), "failed-comparisons")
    helped = part(page(played("regulator").get("/mentoring")), "failed")
    for said in (failed, helped):
        assert "DEMO-L-K1" in said and 'href="/mentoring/MT-DEMO-001"' in said
