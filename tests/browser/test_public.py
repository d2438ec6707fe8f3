"""The public account in a real browser: a visitor, a regulator, a steward; their jobs counted in clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]
PAGES = ("/public", "/public/capabilities_hold", "/public/commitments", "/public/data")
FOREIGN = """() => { const out = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (w.nextNode()) { const n = w.currentNode;
    if (/[\\u4e00-\\u9fff]/.test(n.data) && !n.parentElement.closest('[lang|=zh], td, th')) out.push(n.data.trim()); }
  return out; }"""
SMALL = """() => [...document.querySelectorAll('main a.act, main button, main summary')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 40).map(e => e.textContent.trim().slice(0, 30))"""


class Clicks:
    """A page whose clicks are counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.count += 1


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_reads_it_on_every_screen(
    demo_site: Any, open_page: Opens, shot: Any, fits: Any, screens: Any, path: str
) -> None:
    page = open_page(demo_site, path)
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        for width in screens(page):
            shot(page, f"{path[1:].replace('/', '-')}-{width}{'-dark' if dark else ''}")
            fits(page)
            if width == 390:
                assert page.evaluate(SMALL) == [], path
            visible = page.locator("main figure svg:visible")
            assert visible.count() == page.locator("main figure").count(), "each figure is drawn once for this width"


def test_english_is_complete(demo_site: Any, open_page: Opens, fits: Any) -> None:
    for path in PAGES:
        page = open_page(demo_site, path, lang="en", width=390)
        fits(page)
        assert page.evaluate(FOREIGN) == [], path


def test_a_visitor_goes_from_the_answer_to_the_evidence_and_to_another_day(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/public")
    assert page.locator(".lead").first.inner_text().startswith("登记的 29 项能力，今天有 25 项成立")
    walk = Clicks(page)
    walk.on("text=当日成立的能力")
    assert page.locator("#evidence tbody tr").count() == 29
    walk.on("text=未知 1")
    assert page.locator("#evidence tbody tr").count() == 1
    assert "EAST-L-01" in page.locator("#evidence tbody").inner_text()
    assert walk.count <= 3
    today = page.input_value("#asof")
    page.fill("#asof", f"{int(today[:4]) - 1}{today[4:]}".replace("-02-29", "-02-28"))
    page.click(".asof button")
    page.wait_for_load_state()
    assert "没有可数的东西" in page.locator(".lead").first.inner_text()


def test_a_regulator_opens_a_number_to_its_document(demo_site: Any, open_page: Opens) -> None:
    """Job: show what stands behind a published number."""
    walk = Clicks(open_page(demo_site, "/", role="regulator"))
    walk.on(".nav a[href='/public']")
    walk.on("a.what[href^='/public/certificates_valid']")
    walk.on("#evidence a.what")
    assert "/certificates/" in walk.page.url and walk.page.locator("h1").count() == 1
    assert walk.count <= 3


def test_a_regulator_follows_commitments_and_registers_one(demo_site: Any, open_page: Opens) -> None:
    """Jobs: see what is overdue or without evidence; register a clause."""
    page = open_page(demo_site, "/", role="regulator")
    walk = Clicks(page)
    walk.on(".nav a[href='/public']")
    walk.on("main a[href^='/public/commitments']")
    assert walk.count <= 3
    assert page.locator("#clauses tbody tr").count() >= 16
    page.locator("#clauses summary").first.click()
    assert page.locator("#clauses .shown").first.is_visible()
    form = page.locator("form.cform")
    for name, value in {
        "organisation_zh": "演示市场监督管理局",
        "id": "B1",
        "document": "演示计划",
        "clause": "1",
    }.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=due]").fill("2026-01-31")
    form.locator("button").click()
    page.wait_for_load_state()
    assert page.locator("[name=text_zh]").get_attribute("aria-invalid") == "true"
    assert page.input_value("[name=document]") == "演示计划", "what was typed is still there"
    page.fill("[name=text_zh]", "公布共享资源目录")
    page.fill("[name=evidence]", "row:resource/*")
    page.locator("form.cform button").click()
    page.wait_for_load_state()
    assert "已完成" in page.locator("#c-B1").inner_text()


def test_a_steward_downloads_and_chooses_the_licence(demo_site: Any, open_page: Opens) -> None:
    """Jobs: hand out the data of the day; choose the licence."""
    page = open_page(demo_site, "/", role="steward")
    walk = Clicks(page)
    walk.on(".nav a[href='/public']")
    walk.on("main a[href^='/public/data']")
    with page.expect_download() as found:
        walk.on("main a.act.first")
    assert found.value.suggested_filename.endswith(".zip")
    assert walk.count <= 3
    page.fill("[name=zh]", "可自由使用，须注明出处（演示）")
    page.fill("[name=en]", "free use, name the source (demo)")
    page.locator("#licence button").click()
    page.wait_for_load_state()
    assert "可自由使用" in page.locator("#licence .lead2").inner_text()


def test_one_box_finds_everything(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/", role="director")
    page.fill("#find", "量块")
    page.press("#find", "Enter")
    page.wait_for_url("**/find?q=*")
    assert page.locator("#capability tbody tr").count() >= 3
    fits(page)
    page.locator("#capability a.what").first.click()
    page.wait_for_url("**/capabilities/**")


@pytest.mark.parametrize("role", ["customer", "director", "regulator", "judge", "trainer", "trainee", "steward"])
def test_the_first_page_of_each_persona(
    demo_site: Any, open_page: Opens, shot: Any, fits: Any, screens: Any, role: str
) -> None:
    page = open_page(demo_site, "/", role=role)
    for width in screens(page):
        shot(page, f"today-{role}-{width}")
        fits(page)
        assert page.locator(".head .lead").first.inner_text().strip()
        assert page.locator("main .act.first:visible").count() <= 1
    english = open_page(demo_site, "/", role=role, lang="en")
    assert english.evaluate(FOREIGN) == [], role


@pytest.mark.parametrize(("role", "part"), [("customer", "matters"), ("judge", "reviews"), ("trainer", "matters")])
def test_what_waits_is_one_click_away(demo_site: Any, open_page: Opens, role: str, part: str) -> None:
    walk = Clicks(open_page(demo_site, "/", role=role))
    walk.on(f"#{part} .go a")
    assert "/today" not in walk.page.url
    assert walk.page.locator("h1").count() == 1
    assert walk.count == 1
