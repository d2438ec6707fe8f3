"""The regulator at work in a real browser: register and pipeline, a step out of order, guidelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.test_director import Clicks

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


def test_who_is_ripe_and_what_is_missing(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="regulator"))
    clicks.on(".nav a[href='/centres']")
    page = clicks.page
    assert "门槛" in page.locator(".lead").first.inner_text()
    fits(page)
    shot(page, "regulator-centres")
    clicks.on(".acts a[href='/candidates']")
    assert "成熟" in page.locator(".lead").first.inner_text()
    fits(page)
    clicks.on("table a[href*='/facts/']")
    clicks.done()
    assert page.locator("h1").inner_text()


def test_any_past_day_is_computed_again(demo_site: Any, open_page: Opens) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="regulator"))
    clicks.on(".nav a[href='/centres']")
    clicks.on("a[href='/centres/DEMO-C-01']")
    page = clicks.page
    now = page.locator(".lead").first.inner_text()
    page.locator("#asof").fill("2026-09-15")
    clicks.on(".asof button")
    clicks.done()
    assert page.locator(".lead").first.inner_text() != now
    assert "按当日已知" in page.locator(".head").inner_text()


def test_a_step_says_what_stands_against_it(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    page = open_page(demo_site, "/centres/DEMO-C-01", role="director", width=390)
    page.locator("#life summary", has_text="申报").click()
    assert "未通过" in page.locator("#life .guards").first.inner_text()
    fits(page)
    shot(page, "director-step-390")


def test_two_versions_and_a_faulty_one(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="regulator"))
    clicks.on(".nav a[href='/centres']")
    clicks.on(".acts a[href='/guidelines']")
    clicks.on("a[href='/guidelines/DRAFT-CENTRE/2']")
    clicks.done()
    page = clicks.page
    assert page.locator("svg.curve").count() >= 20
    fits(page)
    shot(page, "regulator-guideline")
    page.locator("a[href='?with=1']").click()
    assert page.locator("tr.mark").count() >= 3
    fits(page)
    page.goto(f"{demo_site.url}/guidelines")
    page.locator("[name=file]").set_input_files({"name": "g.json", "mimeType": "application/json", "buffer": b"{}"})
    page.locator("button.first").click()
    assert "没有导入" in page.locator("#take-in").inner_text()


def test_narrow_and_english(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    paths = (
        *("/centres", "/candidates", "/panels", "/guidelines", "/guidelines/DRAFT-CENTRE/2?with=1", "/panels/new"),
        *(f"/centres/DEMO-C-01/{part}" for part in ("facts/B1", "dossier", "annual/2026")),
    )
    for path in paths:
        for lang in ("", "en"):
            page = open_page(demo_site, path, role="regulator", width=390, lang=lang)
            fits(page)
            page.context.close()
