"""A regulator's reviewer at work in a real browser: completeness, scores beside the records, rectification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.test_director import Clicks

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]
PAPER = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}


def named(demo_site: Any, open_page: Opens, title: str) -> str:
    """The regulator names a panel of three on a centre and opens it; its address."""
    page = open_page(demo_site, "/panels", role="regulator")
    page.locator("a[href='/panels/new']").click()
    page.locator("[name=title]").fill(title)
    page.locator("[name=subject][value=DEMO-C-02]").check()
    for judge in ("judge", "judge_b", "judge_c"):
        page.locator(f"[name=reviewer][value={judge}]").check()
    page.locator("[name=chair]").select_option("judge_c")
    page.locator("button.first").click()
    page.locator(".told").wait_for()
    address = page.url.replace(demo_site.url, "")
    for judge in ("judge", "judge_b", "judge_c"):  # nobody scores who has not said what ties them
        own = open_page(demo_site, address, role=judge)
        own.locator("#declare [name=interests]").select_option("none")
        own.locator("#declare button[value=declare]").click()
        own.locator(".told").wait_for()
        own.context.close()
    page.goto(demo_site.url + address)
    page.locator("#steps summary", has_text="开始打分").click()
    page.locator("button[value=opened]").click()
    page.locator(".told").wait_for()
    page.context.close()
    return address


def test_a_reviewer_scores_in_three_clicks(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    address = named(demo_site, open_page, "演示三击评审")
    clicks = Clicks(open_page(demo_site, "/", role="judge"))
    clicks.on(".nav a[href='/centres']")
    clicks.on(".acts a[href='/panels']")
    page = clicks.page
    assert "等您声明或打分" in page.locator(".lead").first.inner_text()
    clicks.on(f"a[href='{address}#score']")
    clicks.done()
    fits(page)
    fields = page.locator("#score input[name^='s-']")
    for n in range(fields.count()):
        fields.nth(n).fill("140" if n == 0 else "64")
    page.locator("button[value=score]").click()
    page.locator("#score td.bad").wait_for()
    assert page.locator("#score input[name^='s-']").nth(1).input_value() == "64"
    page.locator("#score input[name^='s-']").first.fill("64")
    page.locator("button[value=score]").click()
    page.locator(".told").wait_for()
    shot(page, "reviewer-panel")
    other = open_page(demo_site, address, role="judge_b", width=390)
    assert "64" not in [other.locator("#score input").nth(n).input_value() for n in range(3)]
    fits(other)
    shot(other, "reviewer-panel-390")
    boss = open_page(demo_site, address, role="regulator")
    assert "有一位已全部给分" in boss.locator(".lead").first.inner_text()
    assert boss.locator("#agreement").count() == 0


def test_completeness_is_three_clicks_away(demo_site: Any, open_page: Opens) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="judge"))
    clicks.on(".nav a[href='/centres']")
    clicks.on("a[href='/centres/DEMO-C-02']")
    clicks.on(".acts a[href*='/dossier']")
    clicks.done()
    assert "还不能报" in clicks.page.locator(".lead").first.inner_text()


def test_a_declared_tie_bars_from_scoring(demo_site: Any, open_page: Opens, shot: Any) -> None:
    address = named(demo_site, open_page, "演示回避评审")
    page = open_page(demo_site, address, role="judge_b")
    page.locator("#declare [name=kind]").select_option("adviser")
    page.locator("#declare [name=other]").fill("演示新能源检测院")
    page.locator("button[value=declare]").click()
    page.locator(".told").wait_for()
    assert "不能打分" in page.locator(".lead").first.inner_text()
    assert page.locator("#score input").count() == 0
    assert "演示新能源检测院" in page.locator("#barred").inner_text()
    shot(page, "reviewer-barred")


def test_rectification_is_followed_from_finding_to_evidence(demo_site: Any, open_page: Opens, fits: Any) -> None:
    boss = open_page(demo_site, "/centres/DEMO-C-01#life", role="regulator")
    boss.locator("summary", has_text="下达整改").click()
    ask = boss.locator("form", has=boss.locator("button[value=opened]"))
    ask.locator("[name=f-findings]").fill("温度室湿度超限")
    ask.locator("[name=d-finding_list]").set_input_files(PAPER)
    ask.locator("button[value=opened]").click()
    boss.locator(".told").wait_for()
    host = open_page(demo_site, "/centres/DEMO-C-01#life", role="director")
    host.locator("#life summary", has_text="提交证据").first.click()
    form = host.locator("form", has=host.locator("button[value=submitted]")).first
    form.locator("[name=c-1]").set_input_files(PAPER)
    form.locator("button[value=submitted]").click()
    host.locator(".told").wait_for()
    clicks = Clicks(open_page(demo_site, "/", role="regulator"))
    clicks.on(".nav a[href='/centres']")
    clicks.on(".acts a[href='/panels']")
    page = clicks.page
    assert "关闭证据" in page.locator("#rectifications").inner_text()
    fits(page)
    clicks.on("#rectifications tbody th a")
    clicks.done()
    page.locator("#life summary", has_text="关闭").first.click()
    form = page.locator("form", has=page.locator("button[value=closed]"))
    form.locator("[name=f-result]").fill("合格")
    form.locator("button[value=closed]").click()
    page.locator(".told").wait_for()
