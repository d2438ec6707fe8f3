"""What withdrawing a certificate does to claims is said where people look: what-if, confirmation, trace, readings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .test_carbon import FLOW, _withdrawn, claims, entries, page_of, plant, typed, words

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]
GAS = "DEMO-NMI-G-0125"


def certificate(folder: Path, number: str = FLOW) -> str:
    rows = entries(folder, "typed") + entries(folder, "dcc")
    return next(row["digest"] for row in rows if row["number"] == number)


def store_withdrawal(folder: Path, number: str) -> None:
    """The statement that a certificate was withdrawn in the middle of 2025."""
    from suyuan.site.acts import store

    row = next(r for r in entries(folder, "typed") + entries(folder, "dcc") if r["number"] == number)
    said = json.loads(_withdrawn("2025-06-01")) | {"number": number, "issuer": row["issuer"]}
    store.store().add(json.dumps(said, ensure_ascii=False).encode(), "gone.json")


def test_a_trial_names_the_claims_that_rest_on_it(stocked: Path, client: Clients) -> None:
    digest, last = certificate(stocked), claims(stocked)[-1]
    page = page_of(client("reviewer").get(f"/what-if/{digest}", {"kind": "withdrawn"}))
    said = words(page)
    assert "没有结果会变" not in said and "一份排放申报以它为据" in said
    assert f"/carbon/claim/{last}#tonnes" in page and "3–12" in said and "只用于比对" in said
    assert "不触及这些申报的任何月份" in said and "它从哪天起就不成立" in said
    assert "day=2025-03-12#claims" in page  # the day of its own calibration is offered
    back = words(page_of(client("reviewer").get(f"/what-if/{digest}", {"kind": "withdrawn", "day": "2025-03-14"})))
    assert "日起撤回，触及一份申报：2 号机组 2025 的 3–12 月" in back and "&lt;a" not in back


def test_who_may_not_see_a_claim_sees_that_there_is_one(stocked: Path, client: Clients) -> None:
    for way in (f"/what-if/{certificate(stocked)}", f"/trace/{certificate(stocked)}"):
        page = page_of(client("trainee").get(way))
        assert "有您无权查看的排放申报以它为据" in words(page), way
        assert "2 号机组" not in page and "演示滨江发电厂" not in page and "/carbon/claim/" not in page, way


def test_a_standard_above_reaches_claims_through_what_was_issued_from_it(stocked: Path, client: Clients) -> None:
    digest = certificate(stocked, "DEMO-NMI-F-0021")
    said = words(page_of(client("reviewer").get(f"/what-if/{digest}", {"kind": "withdrawn"})))
    assert "2 号机组 2025" in said and f"经 {FLOW}" in said


def test_what_is_confirmed_and_what_follows_name_the_claims(stocked: Path, client: Clients) -> None:
    digest, last, reviewer = certificate(stocked), claims(stocked)[-1], client("reviewer")
    asked = {"kind": "withdrawn", "do": "adopt", "day": "2025-03-14", "reason": "试验", "statement": "withdrawn"}
    confirm = words(page_of(reviewer.post(f"/what-if/{digest}", asked)))
    assert "0 份证书与结果" not in confirm and "没有证书与结果以它为据" in confirm
    assert "触及一份申报" in confirm and "3–12 月" in confirm
    assert reviewer.post(f"/what-if/{digest}", asked | {"confirm": "1"}).status_code == 302
    page = page_of(reviewer.get(f"/data/impact/{digest}"))
    said = words(page)
    assert f"/carbon/claim/{last}#today" in page and "h 没有测量值" in said and "申报的小时不在其中" in said
    traced = words(page_of(reviewer.get(f"/trace/{digest}")))
    assert traced.count("起已撤回") == 1 and "一份排放申报以它为据" in traced


def test_the_first_page_of_a_carbon_manager_has_what_waits(stocked: Path, client: Clients) -> None:
    """What `/carbon` says of the own enterprise: reports that are overdue, certificates that ended, were withdrawn."""
    from suyuan.site.acts import store

    page = page_of(client("carbon_manager").get("/today"))
    said = words(page)
    assert "今天没有事等您" not in said and "一个机组有逾期未到的报告" in said
    part = said[said.index("双碳：本企业") :]
    assert "月度碳检测报告" in part and "DEMO-CITY-M-0812" in part and "天" in part and "演示滨江发电厂" in part
    assert "演示临港钢铁厂" not in said  # another enterprise
    assert "双碳：本企业" not in words(page_of(client("trainee").get("/today")))
    store.store().add(_withdrawn("2025-08-01"), "flow.json")
    assert FLOW in words(page_of(client("carbon_manager").get("/today")))


def test_a_certificate_behind_two_claims_is_told_once_with_both(stocked: Path, client: Clients) -> None:
    from suyuan.carbon.management.meters import ending
    from suyuan.site.acts.carbon import held
    from suyuan.site.acts.clock import today

    other = plant(stocked) | {"unit": "3 号机组"}
    assert client("reviewer").post("/carbon/new", {"text": typed(other), "do": "make"}).status_code == 302
    page = page_of(client("reviewer").get("/carbon"))
    row = next(r for r in re.findall(r"<tr>.*?</tr>", page[page.index('id="ending"') :], re.DOTALL) if GAS in r)
    assert "2 号机组 2025" in row and "3 号机组 2025" in row and row.count('<span class="un">t</span>') == 2
    one = next(e for e in ending(held.last(held.all_claims()), today()) if e.evidence.number == GAS)
    assert len(one.claims) == 2 and one.u > 1.9 * one.claims[0].u  # one analyser behind both: its errors are the same
    store_withdrawal(stocked, GAS)
    lead = words(page_of(client("reviewer").get("/carbon")))
    assert "现行申报所依据的一张证书已被撤回" in lead


def test_a_verifier_is_told_of_a_withdrawal_and_has_to_name_it(stocked: Path, client: Clients) -> None:
    """«无保留» was stored on a claim of which 852 539 t rest on a certificate that had been withdrawn."""
    last, judge = claims(stocked)[-1], client("judge")
    way, sample = f"/carbon/verify/{last}", {"size": "200", "seed": "1", "scheme": "EU", "rest": "on"}
    assert "DEMO-CITY-M-0812" not in words(page_of(judge.get(way)).partition("</div></div>")[0])
    store_withdrawal(stocked, "DEMO-CITY-M-0812")
    assert "DEMO-CITY-M-0812" in words(page_of(judge.get(way))).partition("抽样")[0]
    unsaid = judge.post(way, sample)
    assert unsaid.status_code == 422 and "核查声明没有提到" in words(page_of(unsaid))
    named = sample | {"topic-0": "meter", "text-0": "DEMO-CITY-M-0812 已撤回，6 月起的煤量没有校准"}
    assert "有保留" in words(page_of(judge.post(way, named)))
    kept = judge.post(way, {**named, "do": "keep"})
    assert kept.status_code == 302
    said = words(page_of(judge.get(kept.headers["Location"])))
    assert "DEMO-CITY-M-0812" in said and "撤回" in said


def test_a_withdrawn_scale_breaks_its_chain_and_bounds_the_year_of_today(stocked: Path, client: Clients) -> None:
    """Its page called it valid, and the claim of today was as certain as before."""
    scale, last = "DEMO-CITY-M-0812", claims(stocked)[-1]
    way = f"/trace/{certificate(stocked, scale)}"
    before = page_of(client("reviewer").get(way))
    assert "链完整" in words(before) and "下级已撤回" not in before
    bounded = "2931000±5600029307472931000, U ≥ 56000"  # as claimed, and as of today
    assert bounded not in words(page_of(client("reviewer").get(f"/carbon/claim/{last}")))
    store_withdrawal(stocked, scale)
    page = page_of(client("reviewer").get(way))
    said = words(page)
    assert "链完整" not in said and "以它为据的链断在这里" in said and "已撤回 2025-06-01" in said
    rows = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[0].split("</tr>")
    assert "下级已撤回" in rows[0] and "有效" not in rows[0] and "有效" in rows[1]  # what it was calibrated with
    assert bounded + "吨数不变，U 只剩下界" in words(page_of(client("reviewer").get(f"/carbon/claim/{last}")))


def test_a_withdrawal_of_a_day_to_come_breaks_nothing_yet(stocked: Path, client: Clients) -> None:
    from suyuan.site.acts import store

    said = json.loads(_withdrawn("2031-06-01")) | {"number": "DEMO-CITY-M-0812"}
    store.store().add(json.dumps(said, ensure_ascii=False).encode(), "gone.json")
    page = page_of(client("reviewer").get(f"/trace/{certificate(stocked, 'DEMO-CITY-M-0812')}"))
    assert "链完整" in words(page) and "下级已撤回" not in page
