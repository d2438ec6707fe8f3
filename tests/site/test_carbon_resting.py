"""What withdrawing a certificate does to claims is said where people look: what-if, confirmation, trace, readings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .test_carbon import FLOW, claims, entries, page_of, words

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]


def certificate(folder: Path, number: str = FLOW) -> str:
    rows = entries(folder, "typed") + entries(folder, "dcc")
    return next(row["digest"] for row in rows if row["number"] == number)


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
