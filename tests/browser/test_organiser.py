"""The challenge organiser's and a reviewer's daily jobs in a real browser, each within three clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.test_customer_orders import Clicks

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


def test_triage_return_a_need(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/", role="regulator")
    way = Clicks(page).on("nav a[href='/challenges']").on("a[href$='CH-DEMO-003#now']")
    assert "没有目标不确定度" in page.locator("#need").inner_text(), "why it cannot be published stands there"
    page.locator("#step-returned textarea[name=reason]").fill("请写明目标不确定度")
    way.on("#step-returned button[name=do]")
    assert way.count == 3 and "退回补充" in page.locator(".head .state").inner_text()
    fits(page)


def test_a_guard_that_fails_is_said_and_the_form_comes_back(demo_site: Any, open_page: Opens, shot: Any) -> None:
    page = open_page(demo_site, "/matters/challenge/CH-DEMO-002", role="regulator")
    form = page.locator("#step-review_opened")
    assert form.locator("input[type=checkbox]").count() == 3
    assert "至少有一份揭榜" in form.inner_text() and "未通过" in form.inner_text()
    for box in form.locator("input[type=checkbox]").all():
        box.check()
    form.locator("button[name=do]").click()
    page.wait_for_load_state()
    again = page.locator("#step-review_opened")
    assert again.locator("input[type=checkbox]:checked").count() == 3, "what was ticked is still ticked"
    assert again.locator(".findings").count() == 1
    shot(page, "challenge-refused")


def test_extend_the_time_for_bids(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/", role="regulator")
    way = Clicks(page).on("nav a[href='/challenges']").on("a[href$='CH-DEMO-002#now']")
    page.locator("summary", has_text="延长揭榜").click()
    form = page.locator("#step-bids_extended")
    form.locator("input[name=due]").fill("2027-03-31")
    form.locator("textarea[name=reason]").fill("征集方要求")
    form.locator("button[name=do]").click()
    page.wait_for_load_state()
    assert way.count == 2 and "2027 年 3 月 31 日" in page.locator(".lead").first.inner_text()


def test_from_the_gap_to_the_challenge_and_back(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/", role="regulator")
    way = Clicks(page).on("nav a[href='/all']").on("a[href='/gaps']").on("a[href$='CH-DEMO-001']")
    assert way.count == 3
    assert "评审" in page.locator("#review h2").inner_text()
    fits(page)


def test_a_reviewer_scores_and_the_organiser_chooses(
    demo_site: Any, open_page: Opens, fits: Any, shot: Any, tmp_path: Any
) -> None:
    judge = open_page(demo_site, "/", role="judge", width=390)
    way = Clicks(judge).on("nav a[href='/challenges']").on("a.what[href$='CH-DEMO-001']")
    fits(judge)
    assert judge.locator("#review table").count() == 0, "the scores of others are not shown"
    judge.locator("#step-declared input[name=declaration-none]").check()
    way.on("#step-declared button[name=do]")
    assert way.count == 3, "interests are declared before anything is scored"
    judge.wait_for_load_state()
    for n, box in enumerate(judge.locator("#step-scored input[name^=score-]").all()):
        box.fill(str(70 + n))
    judge.locator("#step-scored button[name=do]").click()
    judge.wait_for_load_state()
    assert judge.locator("#review tbody tr").count() == 5
    page = open_page(demo_site, "/matters/challenge/CH-DEMO-001", role="regulator")
    fits(page)
    shot(page, "challenge-review")
    assert page.locator("#review tbody tr").count() == 2 and "还没打分" not in page.locator("#review").inner_text()
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4 demo")
    form = page.locator("#step-chosen")
    if not form.is_visible():
        page.locator("summary", has_text="确定揭榜方").click()
    form.locator("select[name=bid]").select_option("BID-DEMO-001")
    form.locator("input[type=file]").set_input_files(report)
    form.locator("button[name=do]").click()
    page.wait_for_load_state()
    assert "已对接，待签约" in page.locator(".head .state").inner_text()


def test_english_pages_hold_no_chinese_sentence(demo_site: Any, open_page: Opens) -> None:
    from tests.browser.test_today import FOREIGN

    for path in ("/challenges", "/matters/challenge/CH-DEMO-001", "/gaps", "/resources", "/research"):
        page = open_page(demo_site, path, role="regulator", lang="en")
        left = [text for text in page.evaluate(FOREIGN) if text]
        assert left == [], (path, left)
