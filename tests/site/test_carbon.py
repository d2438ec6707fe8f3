"""Pages of carbon among the demo's documents: what a manager, a verifier and the authority see, and bad input."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]
RAW = re.compile(r">\s*(?:carbon|rooms|nav|kind|log)\.[a-z_.]+\s*<")
FLOW = "DEMO-CITY-F-0042A"


def page_of(answer: Any) -> str:
    page = str(answer.content.decode("utf-8"))
    assert not RAW.search(page), RAW.findall(page)
    return page


def words(page: str) -> str:
    """What a reader reads: no tags, spaces as one, groups of digits joined as they are drawn."""
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r'<span class="g">(\d+)</span>', r"\1", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def entries(folder: Path, kind: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines() if line.strip()]
    return [row for row in rows if row.get("kind") == kind]


def claims(folder: Path, unit: str = "2 号机组") -> list[str]:
    """Digests of the claims of a unit, in the order in which they came."""
    return [row["digest"] for row in entries(folder, "claim") if row["number"].startswith(unit)]


def plant(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "carbon" / "power.json").read_text("utf-8")))


def typed(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


# ---------------------------------------------------------------- the day


def test_the_day_has_tonnes_endings_and_who_is_late(stocked: Path, client: Clients) -> None:
    said = words(page_of(client("reviewer").get("/carbon")))
    there = ("演示滨江发电厂", "炼钢系统", "人工林", "DEMO-NMI-G-0125", "迟到", "hj75.substitution.1", "2024 → 2025")
    for word in there:
        assert word in said, word
    assert "DEMO-CITY-M-0811" not in said  # the next certificate of the belt weigher follows it
    assert "取代时已过期限" in said  # the claim that stands was made on 28 April, a first one in time


def test_tests_of_monitors_are_told_when_they_end(stocked: Path) -> None:
    """Of each channel the last test counts: one that holds for long is not told, one that ended or failed is."""
    from suyuan.carbon.plant import read_plant
    from suyuan.site.acts.carbon.day import _tests

    given = plant(stocked)
    pairs = {"kind": "rata", "reference": [10.0, 10.1, 9.9] * 3, "monitor": [10.0, 10.1, 9.9] * 3}
    given["stacks"][0]["tests"] = [
        {**pairs, "role": "co2", "day": "2025-03-01", "until": "2026-03-01"},
        {**pairs, "role": "velocity", "day": "2025-03-01", "monitor": [14.0, 14.1, 13.9] * 3},
        {**pairs, "kind": "qal2", "role": "moisture", "day": "2025-03-01", "until": "2029-03-01", "elv": 20.0,
         "interval_fraction": 0.1, "zero": 0.0},
    ]  # fmt: skip
    made, told = read_plant(typed(given).encode())
    assert made is not None, told
    owner = SimpleNamespace(enterprise=made.enterprise, unit=made.unit)
    found = {one.role: one for one in _tests(owner, made, date(2026, 5, 1))}  # type: ignore[arg-type]
    assert found["co2"].days == -61 and found["velocity"].until is None and found["moisture"].days > 60


def test_who_oversees_sees_the_late_first(stocked: Path, client: Clients) -> None:
    authority, house = (page_of(client(role).get("/carbon")) for role in ("regulator", "reviewer"))
    assert authority.index('id="late"') < authority.index('id="units"')
    assert house.index('id="units"') < house.index('id="late"')


def test_who_is_of_no_enterprise_sees_factors_only(stocked: Path, client: Clients) -> None:
    said = words(page_of(client("trainee").get("/carbon")))
    assert "演示滨江发电厂" not in said and "排放因子" in said
    digest = claims(stocked)[-1]
    ways = (f"/carbon/claim/{digest}", f"/carbon/claim/{digest}/claim.json", f"/carbon/verify/{digest}", "/carbon/new",
            f"/certificates/{digest}", f"/certificates/{digest}/original", f"/certificates/{digest}/json")  # fmt: skip
    for way in ways:
        assert client("trainee").get(way).status_code == 403, way
    assert client("trainee").get("/carbon/factors").status_code == 200
    assert client("reviewer").get(f"/carbon/claim/{'0' * 64}").status_code == 404


# ---------------------------------------------------------------- a claim


def test_a_claim_stands_beside_what_it_would_be_today(stocked: Path, client: Clients) -> None:
    """The first claim of the year was made before the flow certificate was known to be wrong."""
    first, last = claims(stocked)[-2:]
    old, new = (words(page_of(client("reviewer").get(f"/carbon/claim/{digest}"))) for digest in (first, last))
    assert "已被取代" in old and "只用于比对的“1 号烟囱”，报告值会变 −28040 t" in old
    assert "按今天所知重算，吨数不变" in new and "DEMO-CITY-F-0042 已被撤回" in old
    assert "22 个实测因子，1 个的链不完整" in old and "22 个实测因子的链都完整" in new
    for word in ("报告值", "氧化率", "DEMO-NMI-G-0125", "凭记忆，未核实", "演示碳管理员", "一致", "相关系数"):
        assert word in new, word


def test_a_month_says_how_its_tonnes_came_about(stocked: Path) -> None:
    """Coal is calculated from its reports, bought power by a factor without U: of every month U is a lower bound."""
    from suyuan.site.acts import store
    from suyuan.site.web.carbon.parts import month_rows

    rows = month_rows(store.store().value(claims(stocked)[-1]))
    assert [row["month"] for row in rows] == list(range(1, 13))
    for row in rows:
        assert "≥" in row["best"]
        assert [key for key, _ in row["methods"]] == ["carbon.method.calculated", "carbon.method.default"]


def test_a_claim_says_why_nothing_is_compared_and_its_rules_in_chinese(stocked: Path, client: Clients) -> None:
    steel = words(page_of(client("reviewer").get(f"/carbon/claim/{claims(stocked, '炼钢系统')[-1]}")))
    assert "没有连续监测的烟囱" in steel
    power = words(page_of(client("reviewer").get(f"/carbon/claim/{claims(stocked)[-1]}")))
    for word in ("发电设施核算指南，凭记忆", "取此前 2160 h 的最大值", "按季度", "含碳量的化验方法", "国内核算规则"):
        assert word in power, word
    for word in ("recalled", "text not read", "take largest", "carbon, method"):
        assert word not in power, word


def test_the_document_is_byte_for_byte_and_the_report_opens(stocked: Path, client: Clients) -> None:
    from openpyxl import load_workbook

    digest = claims(stocked)[-1]
    answer = client("reviewer").get(f"/carbon/claim/{digest}/claim.json")
    assert hashlib.sha256(answer.content).hexdigest() == digest
    book = load_workbook(BytesIO(client("reviewer").get(f"/carbon/claim/{digest}/annual.xlsx").content))
    assert len(book.sheetnames) > 3
    assert client("reviewer").get(f"/carbon/claim/{digest}/annual.exe").status_code == 404
    assert client("reviewer").get(f"/carbon/claim/{digest}/quarter-5.pdf").status_code == 404
    assert client("trainee").get(f"/carbon/claim/{digest}/annual.xlsx").status_code == 403
    moved = client("reviewer").get(f"/certificates/{digest}")
    assert moved.status_code == 302 and moved.headers["Location"] == f"/carbon/claim/{digest}"


def test_every_paper_that_is_offered_is_made(stocked: Path, client: Clients) -> None:
    way = f"/carbon/claim/{claims(stocked)[-1]}"
    kinds = set(re.findall(rf"{way}/([a-z1-4-]+)\.json", page_of(client("reviewer").get(way))))
    wanted = {"annual", "cross-check", "tiers", "change", "equipment", "ledger", "substitution", "quarter-3"}
    assert wanted <= kinds
    for kind in sorted(wanted):
        answer = client("reviewer").get(f"{way}/{kind}.json")
        assert answer.status_code == 200 and json.loads(answer.content), kind
    steel = f"/carbon/claim/{claims(stocked, '炼钢系统')[-1]}"
    assert client("reviewer").get(f"{steel}/ledger.json").status_code == 404  # it has no stack
    bound = page_of(client("reviewer").get(steel))  # factors from tables state no u: its U is a lower bound
    assert ", <i>U</i> ≥ " in bound and "</span>≥" not in bound


def test_what_to_improve_first(stocked: Path, client: Clients) -> None:
    way = f"/carbon/claim/{claims(stocked)[-1]}"
    better = client("reviewer").get(way, {"left-0": "0", "left-1": "0.5"})
    found = re.search(r"U 从 (\d+) t 降到 (\d+) t", words(page_of(better)))
    assert better.status_code == 200 and found is not None and int(found[2]) < 0.75 * int(found[1])
    wrong = client("reviewer").get(way, {"left-0": "2", "left-1": "0.5"})
    assert wrong.status_code == 422 and "余量" in words(page_of(wrong))


def test_the_certificate_says_which_tonnes_hang_on_it(stocked: Path, client: Clients) -> None:
    digest = next(
        row["digest"]
        for row in entries(stocked, "typed") + entries(stocked, "dcc")
        if row["number"] == "DEMO-NMI-G-0125"
    )
    seen, unseen = (words(page_of(client(role).get(f"/certificates/{digest}"))) for role in ("reviewer", "trainee"))
    assert "系于其上的吨数" in seen and "2 号机组" in seen
    assert "系于其上的吨数" not in unseen and "2 号机组" not in unseen


# ---------------------------------------------------------------- making one


def test_a_withdrawn_flow_certificate_changes_the_tonnes(stocked: Path, client: Clients) -> None:
    """A unit whose legal value is monitored: the certificate goes, and the page says what the claim would be."""
    from suyuan.site.acts import store

    content = plant(stocked) | {"unit": "3 号机组", "legal_basis": "monitoring"}
    basis = {"row": "sector.power.combustion", "person": "演示", "reason": "比较两种依据", "day": content["made"]}
    content["overrides"] = [*content["overrides"], basis]
    made = client("reviewer").post("/carbon/new", {"text": typed(content), "do": "make"})
    assert made.status_code == 302, words(page_of(made))[:2000]
    before = words(page_of(client("reviewer").get(made.headers["Location"])))
    assert _moved(before) == -28040  # it was made on a day when 0042 was still thought right
    store.store().add(_withdrawn("2025-12-24"), "gone.json")
    after = words(page_of(client("reviewer").get(made.headers["Location"])))
    assert _moved(after) > _moved(before) + 100  # a week of hours is replaced by the rule's largest
    store.store().add(_withdrawn("2025-03-12"), "all.json")
    none = words(page_of(client("reviewer").get(made.headers["Location"])))
    assert "按今天所知，这份文件算不出申报" in none, re.findall("按今天所知[^。]*。", none)


def _withdrawn(day: str) -> bytes:
    """The statement that the flow certificate is withdrawn from a day on; nothing takes its place."""
    from suyuan.traceability.anchor import statement_document

    return statement_document({
        "kind": "withdrawn", "issuer": "演示市计量院", "number": FLOW, "day": day, "known": "2026-05-04",
        "reason": {"zh": "试验"}, "source": "演示",
    })  # fmt: skip


def _moved(page: str) -> int:
    """By how many tonnes the legal value would move today, as the page says."""
    found = re.search(r"报告值会变 ([+−]\d+) t", page)
    assert found is not None
    return int(found[1].replace("−", "-"))


def test_a_claim_that_says_an_earlier_day_is_late_by_the_day_on_which_it_came(stocked: Path, client: Clients) -> None:
    content = plant(stocked) | {"unit": "5 号机组", "made": "2026-03-01"}
    looked = words(page_of(client("reviewer").post("/carbon/new", {"text": typed(content), "do": "look"})))
    assert "文件写的作出日是 2026-03-01" in looked and "期限按提交日判断" in looked
    made = client("reviewer").post("/carbon/new", {"text": typed(content), "do": "make"})
    assert made.status_code == 302, words(page_of(made))[:2000]
    assert "提交于" in words(page_of(client("reviewer").get(made.headers["Location"])))
    late = words(page_of(client("regulator").get("/carbon")))
    assert "5 号机组" in late.partition("谁逾期")[2], late.partition("谁逾期")[2][:1500]


def test_a_second_claim_says_what_it_supersedes(stocked: Path, client: Clients) -> None:
    reviewer, last = client("reviewer"), claims(stocked)[-1]
    text = typed(plant(stocked))
    looked = reviewer.post("/carbon/new", {"text": text, "do": "look"})
    assert looked.status_code == 200 and "2933827" in words(page_of(looked))
    assert len(claims(stocked)) == 3  # nothing was written
    laid_out = text + "\r\n"  # the very document in other clothes, made once more on its day: its claim is there
    same = reviewer.post("/carbon/new", {"text": laid_out, "do": "make"})
    assert same.headers["Location"] == f"/carbon/claim/{claims(stocked)[1]}" and len(claims(stocked)) == 3
    other = {**plant(stocked), "made": "2026-02-21"}
    beside = reviewer.post("/carbon/new", {"text": typed(other), "do": "make"})
    assert beside.status_code == 422 and "已有一份申报" in words(page_of(beside))
    silent = reviewer.post("/carbon/new", {"text": text, "do": "make", "supersedes": last, "reason": " "})
    assert silent.status_code == 422 and len(claims(stocked)) == 3
    done = reviewer.post("/carbon/new", {"text": text, "do": "make", "supersedes": last, "reason": "试验取代"})
    assert done.status_code == 302 and len(claims(stocked)) == 4
    assert "已被取代" in words(page_of(reviewer.get(f"/carbon/claim/{last}")))
    assert "试验取代" in words(page_of(reviewer.get(done.headers["Location"])))


def test_every_fault_has_its_place_and_nothing_is_kept(stocked: Path, client: Clients) -> None:
    reviewer, content, before = client("reviewer"), plant(stocked), len(entries(stocked, "plant"))
    short = {**content, "streams": [{**content["streams"][0], "amount": [1, 2]}, *content["streams"][1:]]}
    for text, code in (
        ("", "没有文件"), ("{", "JSON"), ("[]", ""), (typed({"suyuan": "need"}), ""),
        (typed(short), "/streams/0/amount"),
        (typed({**content, "overrides": []}), "china.oxidation_coal"), (typed({**content, "year": "soon"}), "/year"),
        (typed({**content, "stacks": [{**content["stacks"][0], "table": {"file": "../x.csv"}}]}), "x.csv"),
        ("\x00{", ""), ("[" * 5000, ""),
    ):  # fmt: skip
        answer = reviewer.post("/carbon/new", {"text": text, "do": "make"})
        assert answer.status_code == 422, text[:80]
        assert code in words(page_of(answer)), (text[:80], code)
    assert len(claims(stocked)) == 3 and len(entries(stocked, "plant")) == before
    assert client("viewer").post("/carbon/new", {"text": typed(content), "do": "make"}).status_code == 403


# ---------------------------------------------------------------- a change


def test_steps_lead_from_one_claim_to_the_other(stocked: Path, client: Clients) -> None:
    first, _, last = claims(stocked)
    said = words(page_of(client("reviewer").get("/carbon/change", {"before": first, "after": last})))
    assert "−3.00 %" in said and "入炉煤" in said and "e+06" not in said
    for asked in ({"before": first}, {"before": "x", "after": last}, {"before": last, "after": last}):
        assert client("reviewer").get("/carbon/change", asked).status_code == 422
    assert client("trainee").get("/carbon/change", {"before": first, "after": last}).status_code == 422


def test_a_withdrawn_certificate_stands_among_the_parts_of_a_change(stocked: Path, client: Clients) -> None:
    """Both claims are of one document: what was known of the flow meter moved the stack, which only checks."""
    first, last = claims(stocked)[-2:]
    page = page_of(client("reviewer").get("/carbon/change", {"before": first, "after": last}))
    said = words(page)
    assert "报告值没有变" in said and "−28040" in said and "没有一步移动吨数" in said
    way = f"/carbon/claim/{last}/change.json"
    paper = json.loads(client("reviewer").get(way).content)
    moved = {one["name"]: float(one["after"]) - float(one["before"]) for one in paper["parts"]}
    assert moved["1 号烟囱"] == pytest.approx(-28040, abs=1) and moved["入炉煤"] == 0.0 and not paper.get("steps")


# ---------------------------------------------------------------- a verifier


def test_the_same_seed_draws_the_same_sample(stocked: Path, client: Clients) -> None:
    way = f"/carbon/verify/{claims(stocked)[-1]}"
    pages = [page_of(client(role).get(way, {"size": "5", "seed": "7"})) for role in ("judge", "reviewer")]
    tables = [re.findall(r'<td class="r" data-k="月">(\d+)</td>', page) for page in pages]
    assert tables[0] == tables[1] and 1 <= len(tables[0]) <= 5
    assert "凭记忆" in words(pages[0])  # the row that says what is material is not confirmed
    for asked in ({"size": "0"}, {"size": "ten"}, {"seed": "-1"}, {"scheme": "GB"}, {"size": "99999"}):
        assert client("judge").get(way, asked).status_code == 422, asked


def test_an_opinion_follows_from_what_was_found(stocked: Path, client: Clients) -> None:
    way, sample = f"/carbon/verify/{claims(stocked)[-1]}", {"size": "200", "seed": "1", "scheme": "EU"}
    judge = client("judge")
    unread = judge.post(way, sample)  # nothing is said of any item: no opinion
    assert unread.status_code == 422 and "没有写明已核查" in words(page_of(unread))
    sample |= {"rest": "on"}
    assert "无保留" in words(page_of(judge.post(way, sample)))
    few = page_of(judge.post(way, {**sample, "size": "3"}))
    assert "有保留" in words(few) and "样本太小" in words(few)
    remark = {**sample, "text-0": "控制计划未备案", "topic-0": "plan"}
    assert "有保留" in words(page_of(judge.post(way, remark))) and "控制计划未备案" in page_of(judge.post(way, remark))
    assert "否定" in words(page_of(judge.post(way, {**remark, "over-0": "60,000"})))
    wrong = judge.post(way, {**sample, "found-0": "100000", "note-0": "皮带秤记录与入库单不符"})
    assert "否定" in words(page_of(wrong)) and "皮带秤记录与入库单不符" in page_of(wrong)
    assert "无保留" in words(page_of(judge.post(way, {**remark, "mended-0": "on"})))
    edited = judge.post(way, {**remark, "over-0": "60,000", "mended-0": "on"})  # tonnes of a claim that nobody edits
    assert edited.status_code == 422 and "申报作出后不改写" in words(page_of(edited))
    assert len(entries(stocked, "verification")) == 2  # of the demo: looked at, nothing is kept
    for more in ({"found-0": "many", "note-0": "x"}, {"found-0": "1000"}, {"found-0": "nan", "note-0": "x"},
                 {"found-0": "1e99", "note-0": "x"}, {"over-0": "5"}):  # fmt: skip
        answer = judge.post(way, {**sample, **more})
        assert answer.status_code == 422 and "出具并入库" not in words(page_of(answer))
    assert client("director").post(way, sample).status_code == 403


def test_another_sample_keeps_what_was_found(stocked: Path, client: Clients) -> None:
    """Drawing again threw away every finding that had been typed."""
    way, judge = f"/carbon/verify/{claims(stocked)[-1]}", client("judge")
    page = page_of(judge.get(way, {"size": "8", "seed": "3"}))
    assert 'name="was-size" value="8"' in page and 'name="do" value="draw"' in page
    found = {f"found-{at}": str(1000 + at) for at in range(8)} | {f"note-{at}": f"查出 {at}" for at in range(8)}
    sheet = {"was-size": "8", "was-seed": "3", "was-scheme": "EU", **found, "text-0": "计划未备案", "topic-0": "plan"}
    more = judge.post(way, {**sheet, "size": "40", "seed": "3", "scheme": "EU", "do": "draw"})
    again = page_of(more)
    values = dict(re.findall(r'name="found-\d+" value="(\d*)"[^>]*aria-label="([^"]*)"', again))
    there = [(label, value) for value, label in values.items() if value]
    assert more.status_code == 200 and "计划未备案" in again and 'id="statement"' not in again
    before = re.findall(r'name="found-(\d+)"[^>]*aria-label="([^"]*)"', page)
    by = {label: str(1000 + int(at)) for at, label in before}
    assert there and all(by[label] == value for label, value in there)
    lost = set(by.values()) - {value for _, value in there}
    assert all(value in words(again) for value in lost)
    assert ("新样本里没有" in words(again)) == bool(lost)
    stated = page_of(judge.post(way, {**sheet, "size": "40", "seed": "9", "scheme": "EU", "rest": "on"}))
    assert 'name="was-size" value="8"' in stated  # stated on the sample that was on the page


def test_a_statement_is_kept_bound_to_its_claim_and_says_when_that_is_superseded(
    stocked: Path, client: Clients
) -> None:
    first, last = claims(stocked)[-2:]
    judge, sample = client("judge"), {"size": "200", "seed": "1", "scheme": "EU", "rest": "on"}
    wrong = {**sample, "found-0": "100000", "note-0": "皮带秤记录与入库单不符"}
    done = judge.post(f"/carbon/verify/{last}", {**wrong, "do": "keep"})
    assert done.status_code == 302
    way = done.headers["Location"]
    digest = way.rpartition("/")[2]
    assert hashlib.sha256(judge.get(f"{way}/statement.json").content).hexdigest() == digest
    kept = words(page_of(judge.get(way)))
    assert "否定" in kept and "皮带秤记录与入库单不符" in kept and "现行" in kept and "已被取代" not in kept
    assert way in page_of(client("reviewer").get(f"/carbon/claim/{last}")) and way in page_of(judge.get("/carbon"))
    again = judge.post(f"/carbon/verify/{last}", {**sample, "do": "keep"})  # beside the one that stands
    assert again.status_code == 422 and len(entries(stocked, "verification")) == 3
    over = {**sample, "do": "keep", "supersedes": digest, "reason": "补充资料后相符"}
    second = judge.post(f"/carbon/verify/{last}", over).headers["Location"]
    old = words(page_of(judge.get(way)))
    assert "已被取代" in old and "补充资料后相符" in old
    paper = judge.get(f"{second}/paper.pdf")
    assert paper.content.startswith(b"%PDF") and paper.headers["Content-Type"] == "application/pdf"
    report = json.loads(client("reviewer").get(f"/carbon/claim/{last}/annual.json").content)
    demo = [row["digest"] for row in entries(stocked, "verification")][:2]
    assert [one["statement"] for one in report["verified"]] == [demo[1], second.rpartition("/")[2]]
    assert "所针对的申报已被取代" in words(page_of(judge.get(f"/carbon/statement/{demo[0]}")))
    assert demo[0] in page_of(judge.get(f"/carbon/claim/{first}"))
    late = judge.post(f"/carbon/verify/{first}", sample)  # nobody states on a claim that is superseded
    assert late.status_code == 422 and "出具并入库" not in words(page_of(late))
    moved = judge.get(f"/certificates/{digest}")
    assert moved.status_code == 302 and moved.headers["Location"] == way
    for path in (way, f"{way}/statement.json", f"{way}/paper.json", f"/certificates/{digest}/original"):
        assert client("trainee").get(path).status_code == 403, path
    assert judge.get(f"{way}/paper.exe").status_code == 404
    assert client("director").post(f"/carbon/verify/{last}", {**sample, "do": "keep"}).status_code == 403


def test_on_a_superseded_claim_nobody_fills_in_a_sample(stocked: Path, client: Clients) -> None:
    first, last = claims(stocked)[-2:]
    answer = client("verifier").get(f"/carbon/verify/{first}")
    page = page_of(answer)
    assert answer.status_code == 200 and f"/carbon/verify/{last}" in page and f"/carbon/claim/{last}" in page
    assert "已被取代" in page and "不再对它出具核查声明" in words(page) and 'id="sample"' not in page
    assert "found-0" in page_of(client("verifier").get(f"/carbon/verify/{last}"))
    assert client("verifier").post(f"/carbon/verify/{first}", {"size": "3", "rest": "on"}).status_code == 422


def test_a_claim_names_its_document_and_tells_a_later_one(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store

    last, filed = claims(stocked)[-1], entries(stocked, "plant")
    mine = next(row["digest"] for row in filed if row["number"] == "2 号机组 2025")
    page = page_of(client("reviewer").get(f"/carbon/claim/{last}"))
    assert f"/carbon/meters/{mine}" in page and "其后另有一份" not in page
    other = plant(stocked)
    other["streams"][1]["amount"][0] += 1
    store.store().add(typed(other).encode(), "other.json")
    said = words(page_of(client("reviewer").get(f"/carbon/claim/{last}")))
    assert "其后另有一份" in said and "另一份" in said
    assert f"/carbon/meters/{mine}" in page_of(client("reviewer").get(f"/carbon/claim/{last}"))


def test_a_claim_without_its_document_says_so_and_guesses_none(stocked: Path, client: Clients) -> None:
    from suyuan.carbon.claim.claim import document, read_claim
    from suyuan.site.acts import store

    one, _ = read_claim(store.store().read(claims(stocked)[-1]))
    assert one is not None
    loose = store.store().add(document(replace(one, plant="", digest="")), "loose.json").digest
    page = page_of(client("reviewer").get(f"/carbon/claim/{loose}"))
    assert "没有绑定机组文件" in words(page) and "/carbon/meters/" not in page
    assert client("reviewer").get(f"/carbon/claim/{loose}/annual.json").status_code == 200


def test_any_hour_leads_to_the_certificates_of_its_time(stocked: Path, client: Clients) -> None:
    way = f"/carbon/verify/{claims(stocked)[-1]}"
    early, late = (words(page_of(client("judge").get(way, {"hour": hour}))) for hour in ("1000", "4000"))
    assert "DEMO-CITY-F-0041" in early and FLOW not in early
    assert FLOW in late and "DEMO-NMI-G-0125" in late
    month = words(page_of(client("judge").get(way, {"month": "7"})))
    assert "7 月各小时" in month and "hj75.substitution" in month
    lost = page_of(client("judge").get(way, {"month": "7", "lost": "1"}))
    assert lost.count('class="mute">无值') == 238 == lost.count('#hour">')
    for asked in ({"hour": "9999"}, {"hour": "x"}, {"month": "13"}, {"month": "-1"}):
        answer = client("judge").get(way, asked)
        assert answer.status_code == 422 and "怎么办" in words(page_of(answer)), asked


# ---------------------------------------------------------------- meters and factors


def test_meters_with_what_is_missing_and_due(stocked: Path, client: Clients) -> None:
    digest = next(row["digest"] for row in entries(stocked, "plant") if row["number"] == "2 号机组 2025")
    said = words(page_of(client("director").get(f"/carbon/meters/{digest}")))
    for word in ("需要而未装", "75 %", "95 %", "凭记忆，未核实", "SM-01", "计划没有写"):
        assert word in said, word
    assert client("trainee").get(f"/carbon/meters/{digest}").status_code == 403


def test_factors_by_purpose_and_year(stocked: Path, client: Clients) -> None:
    from openpyxl import load_workbook

    trainee = client("trainee", "en")
    page = words(page_of(trainee.get("/carbon/factors", {"purpose": "accounting", "year": "2022"})))
    assert "0.5703" in page and "0.5366" not in page
    assert "none is borrowed" in words(page_of(trainee.get("/carbon/factors", {"year": "1900", "page": "99"})))
    book = load_workbook(BytesIO(trainee.get("/carbon/factors.xlsx", {"purpose": "accounting"}).content))
    rows = list(book[book.sheetnames[0]].values)
    assert {row[0] for row in rows[1:]} == {"accounting"} and 0.5703 in [row[4] for row in rows[1:]]


def test_the_pages_speak_english(stocked: Path, client: Clients) -> None:
    digest = claims(stocked)[-1]
    reader = client("reviewer", "en")
    for way in ("/carbon", f"/carbon/claim/{digest}", f"/carbon/verify/{digest}?month=7", "/carbon/new"):
        page = page_of(reader.get(way))
        assert "legal value" in page.lower() or way == "/carbon/new", way
        assert "报告值" not in page and "证书" not in page, way


def test_what_became_unknown_is_no_decrease(stocked: Path, client: Clients) -> None:
    """Five months without a certificate: the stack is incomplete, and no difference is called a decrease."""
    from suyuan.site.acts import store

    way = f"/carbon/claim/{claims(stocked)[-1]}"
    store.store().add(_withdrawn("2025-08-01"), "gone.json")
    said = words(page_of(client("reviewer").get(way)))
    assert "现在算不全" in said and "算不全，不能相减" in said and "最佳估计缺" in said
    assert "会变" not in said


def test_who_oversees_sees_sums_apart_and_how_far_below_an_edge(stocked: Path, client: Clients) -> None:
    said = words(page_of(client("regulator").get("/carbon")))
    assert "直接排放" in said and "购入能源" in said and "森林移除 −" in said
    assert re.search(r"低于 90 % 界线 \d\.\d 个百分点", said), re.findall("于 .{20}", said)
    assert "2026 月度碳检测报告" in said  # of the months of this year nothing is here


def test_a_claim_is_compared_with_the_one_before_and_never_with_another_unit(stocked: Path, client: Clients) -> None:
    first, last = claims(stocked)[-2:]
    page = page_of(client("reviewer").get(f"/carbon/claim/{last}"))
    assert f"before={first}&amp;after={last}" in page
    assert client("reviewer").get("/carbon/change", {"before": first, "after": last}).status_code == 200
    other = claims(stocked, "炼钢系统")[-1]
    answer = client("reviewer").get("/carbon/change", {"before": last, "after": other})
    assert answer.status_code == 422 and "不同机组" in words(page_of(answer))
    entries_ = re.findall(r"<option value=\"[0-9a-f]{64}\"[^>]*>([^<]*)", page_of(answer))
    assert len(set(entries_)) * 2 == len(entries_)  # the list stands there twice, before and after


def test_an_hour_can_be_computed_again_from_what_its_page_says(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store
    from suyuan.site.acts.carbon import held, stacks
    from suyuan.site.web.carbon.hours import recomputed

    digest = claims(stocked)[-1]
    one = store.store().value(digest)
    behind = held.plant_behind(one)
    assert behind is not None
    (stacked,) = stacks.years(behind.plant, behind.digest, held.known_at(one))
    again = recomputed(stacked, 4000)
    x = {term["symbol"]: float(term["value"].replace("\u2009", "")) for term in again["terms"]}
    flow = x["v"] * x["A"] * 3600 * x["T₀"] / x["T"] * x["p"] / x["p₀"]
    wet = 1 - x["h"] / 100 if "(1 − h/100)" in again["formula"][2] else 1.0
    (rate,) = (float(term["value"]) for term in again["parts"] if term["symbol"] == "m")
    assert x["CO₂"] / 100 * flow * x["ρ"] * wet / 1000 == pytest.approx(rate, rel=1e-4)
    page = words(page_of(client("judge").get(f"/carbon/verify/{digest}", {"hour": "4000"})))
    assert "照此手算" in page and f"{rate:g}" in page and "烟囱截面积" in page and "小时行" in page
    lost = int(next(n for n in range(4344, 5088) if stacked.year.rule[n] >= 0))
    (replaced,) = recomputed(stacked, lost)["substitutes"]
    assert replaced["hours"] and replaced["row"].startswith("hj75.substitution")
    page = words(page_of(client("judge").get(f"/carbon/verify/{digest}", {"hour": str(lost)})))
    assert replaced["hours"][0]["told"] in page and replaced["value"] in page
