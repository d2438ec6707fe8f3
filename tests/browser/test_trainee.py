"""The trainee's daily jobs in a real browser: practise, sit a contest, see which slip; each in three clicks at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.demonstration import demonstration_in

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[Any]:
    """The demonstration on its documents, of one's own: contests are gone on with."""
    with serve(demonstration_in(tmp_path_factory.mktemp("school") / "data"), "--demo") as site:
        yield site


class Clicks:
    """A page on which clicks are counted; typing is none."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, where: Any) -> None:
        where.first.click()
        self.count += 1

    def link(self, name: str) -> None:
        self.on(self.page.get_by_role("link", name=name))

    def button(self, name: str) -> None:
        self.on(self.page.get_by_role("button", name=name))


def test_practise_and_see_which_slip(school: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    from suyuan.verbs.people import contest as verbs

    page = open_page(school, role="trainee")
    clicks = Clicks(page)
    clicks.on(page.locator("nav a", has_text="实训"))
    clicks.on(page.locator("tr", has_text="量块比较测量与温度修正").get_by_role("link", name="新练习"))
    number = page.url.rsplit("/", 1)[1]
    truth = verbs.exercise("gauge_block", number).truth
    page.locator("[name=value]").fill(f"{truth.value:.3f}")
    page.locator("[name=U]").fill(f"{truth.u:.3f}")
    page.locator("[name=k]").fill("2")
    page.locator("[name=keep]").check()
    clicks.button("批改")
    assert clicks.count <= 3
    assert "把标准不确定度 u 当作 U 报告" in page.locator("#slips").inner_text()
    assert page.locator("#result svg.strip").count() == 2
    assert page.locator("[name=U]").input_value() == f"{truth.u:.3f}"  # what was typed stays
    page.locator("details.solution summary").click()
    assert page.locator("details.solution table.bud tbody tr").count() >= 3
    shot(page, "practice-graded")
    page.goto(f"{school.url}/practice")
    assert page.locator("#mine tbody tr").count() == 1


def test_a_theory_paper(school: Any, open_page: Opens) -> None:
    page = open_page(school, role="trainee")
    clicks = Clicks(page)
    clicks.on(page.locator("nav a", has_text="实训"))
    clicks.button("出一张卷")
    page.locator("input[type=radio]").first.check()
    clicks.button("批改")
    assert clicks.count <= 3 and page.get_by_text("正确答案").count() > 0


def test_sit_a_contest_and_hand_in_again(school: Any, open_page: Opens) -> None:
    page = open_page(school, role="trainee")
    clicks = Clicks(page)
    clicks.on(page.locator("nav a", has_text="实训"))
    clicks.on(page.locator("#running").get_by_role("link", name="作答"))
    page.locator("[name=t0-value]").fill("1003.71")
    page.locator("[name=t0-U]").fill("0.05")
    clicks.button("交卷")
    assert clicks.count <= 3
    assert "已交卷并密封" in page.locator(".told").inner_text()
    page.locator("#own").get_by_role("link", name="重交").first.click()
    assert page.locator("[name=t0-value]").input_value() == "1003.71"


def test_my_marks_with_diagnosis(school: Any, open_page: Opens) -> None:
    page = open_page(school, "/contests", role="trainee")
    clicks = Clicks(page)
    clicks.on(page.locator("a.what", has_text="长度与温度计量技能比武"))
    clicks.link("我的成绩与诊断")
    assert clicks.count <= 3 and "把标准不确定度 u 当作 U 报告" in page.locator("main").inner_text()


@pytest.mark.parametrize("how", [{"width": 390}, {"width": 390, "lang": "en"}, {"lang": "en"}, {"dark": True}])
def test_nothing_is_wider_than_the_screen(school: Any, open_page: Opens, fits: Any, how: dict[str, Any]) -> None:
    ways = ["/practice", "/practice/pressure_gauge/7", "/practice/balance_linearity/7", "/practice/theory/all/10/7",
            "/contests", "/contests/CT-DEMO-001", "/contests/CT-DEMO-001/marks/trainee",
            "/contests/CT-DEMO-002/data", "/contests/CT-DEMO-002/theory"]  # fmt: skip
    page = open_page(school, role="trainee", **how)
    for way in ways:
        page.goto(school.url + way)
        fits(page)


def test_targets_are_large_enough_for_a_finger(school: Any, open_page: Opens) -> None:
    page = open_page(school, "/practice/thermometer/7", role="trainee", width=390)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main button, main summary, main .decide label, main .tick label,'
             + ' main input:not([type=radio]):not([type=checkbox]):not([type=hidden])')]
             .filter(e => e.offsetParent && e.getBoundingClientRect().height < 39)
             .map(e => e.tagName + ' ' + e.getBoundingClientRect().height + ' ' + e.textContent.slice(0, 20))"""
    )
    assert not small, small
