"""The trainer's and the judge's daily jobs in a real browser: set a contest, watch practice, close, reveal, decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.browser.test_trainee import Clicks
from tests.demonstration import demonstration_in

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]
DEMO = "CT-DEMO-002"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[Any]:
    """The demonstration on its documents, of one's own: its running contest is played to the end."""
    with serve(demonstration_in(tmp_path_factory.mktemp("school") / "data"), "--demo") as site:
        yield site


def test_set_a_contest(school: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    page = open_page(school, role="trainer")
    clicks = Clicks(page)
    clicks.on(page.locator("nav a", has_text="实训"))
    clicks.link("出一场比武")
    page.locator("[name=title_zh]").fill("年度比武")
    page.locator("#practical label", has_text="严鉴").click()
    page.locator("#practical label", has_text="林衡之").click()
    page.locator("#people label", has_text="柳习").click()
    clicks.button("公布")
    assert clicks.count <= 3
    text = page.locator("main").inner_text()
    assert "年度比武" in text and "保密，截止后公开" in text and "规则和种子摘要已公布" in text
    shot(page, "contest-published")


def test_the_draft_fits_a_narrow_screen_in_both_languages(school: Any, open_page: Opens, fits: Any) -> None:
    for how in ({}, {"lang": "en"}):
        fits(open_page(school, "/contests/new", role="trainer", width=390, **how))


def test_a_judge_marks_the_practice(school: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    for name in ("judge", "judge_b"):
        page = open_page(school, role=name)
        clicks = Clicks(page)
        clicks.on(page.locator("nav a", has_text="全部"))
        clicks.on(page.locator("main a[href='/contests']"))
        clicks.on(page.get_by_role("link", name="评分"))
        assert clicks.count <= 3
        page.locator("#serial").fill("B-1")
        page.locator("#certificate").fill("Z-1")
        for n in range(page.locator(".steps li").count()):
            page.locator(".steps li").nth(n).get_by_text("做到", exact=True).click()
        page.get_by_role("button", name="交评分表").click()
        assert "评分表已交并密封" in page.locator(".told").inner_text()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{school.url}/contests/{DEMO}/sheet/trainee")
        fits(page)


def test_close_reveal_appeal_decide_final_and_what_follows(school: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    trainer = open_page(school, role="trainer")
    clicks = Clicks(trainer)
    clicks.on(trainer.locator("nav a", has_text="实训"))
    clicks.on(trainer.locator("#running tr", has_text=DEMO).locator("a.what"))
    clicks.button("截止")
    assert clicks.count <= 3
    assert "名次" not in trainer.locator("main").inner_text()
    trainer.get_by_role("button", name="公开种子，出成绩").click()
    assert trainer.locator(".ranking tbody tr").count() == 2
    fits(trainer)

    person = open_page(school, f"/contests/{DEMO}/marks/metrologist", role="metrologist")
    person.get_by_text("申诉…").first.click()
    person.locator("#a-1").fill("读数表看不清")
    person.get_by_role("button", name="提出申诉").first.click()
    assert "申诉已提出" in person.locator(".told").inner_text()

    jury = open_page(school, "/contests", role="judge_c")
    clicks = Clicks(jury)
    clicks.on(jury.get_by_role("link", name="裁决"))
    jury.locator("[name=reason]").first.fill("读数表清楚")
    clicks.button("裁决")
    assert clicks.count <= 3 and "驳回" in jury.locator("#appeals").inner_text()

    trainer.goto(f"{school.url}/contests/{DEMO}")
    trainer.get_by_role("button", name="定成绩").click()
    assert "成绩已定" in trainer.locator(".told").inner_text()
    assert "没有人的成绩已经分明" in trainer.locator("#results").inner_text()  # parts of both are unknown
    trainer.goto(f"{school.url}/contests/CT-DEMO-001")
    trainer.get_by_role("button", name="记入人员能力档案").click()
    assert "已记入人员能力档案：8 条" in trainer.locator(".told").inner_text()
    assert trainer.get_by_role("button", name="记入人员能力档案").count() == 0
    shot(trainer, "contest-final")

    page = open_page(school, f"/contests/{DEMO}/results", width=390)  # nobody is signed in
    assert "001" in page.locator(".ranking").inner_text() and "陆青" not in page.locator(".ranking").inner_text()
    fits(page)
