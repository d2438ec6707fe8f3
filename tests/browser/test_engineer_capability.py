"""An engineer's capabilities in a real browser: what holds, on what it rests, what broke; registering one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


def test_what_broke_and_the_certificate_behind_it(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/match", role="metrologist")
    page.get_by_role("link", name="校准和测量能力").first.click()
    page.wait_for_url("**/capabilities")
    page.select_option("#f-holding", "fails")
    page.locator("#list .count", has_text="共 3 条").wait_for()
    fits(page)
    page.get_by_role("link", name="CITY-L-02").click()
    page.wait_for_url("**/CITY-L-02")
    assert "今天不成立" in page.locator(".lead3").inner_text()
    page.locator("#rests tbody a").first.click()
    page.wait_for_url("**/certificates/*")
    assert "DEMO-NMI-L-0201" in page.locator("h1").inner_text()
    assert "CITY-L-02" in page.locator("#capabilities").inner_text()  # and back


@pytest.mark.parametrize("width", [1280, 390])
def test_a_capability_fits_and_has_its_figure(
    demo_site: Any, open_page: Opens, fits: Any, shot: Any, width: int
) -> None:
    page = open_page(demo_site, "/capabilities", role="metrologist", width=width)
    page.get_by_role("link", name="CITY-L-01").click()
    page.wait_for_url("**/CITY-L-01")
    assert page.locator("#uncertainty figure svg:visible").count() == 1
    fits(page)
    shot(page, f"capability-{width}")


def test_registering_a_workbook_and_fetching_back_what_is_wrong(
    serve: Any, tmp_path: Any, open_page: Opens, fits: Any
) -> None:
    from suyuan.report.papers.sheet import Page, workbook

    heads = ("编号", "量", "区间", "不确定度", "器具")
    rows = [("A-1", "长度", "1~50 mm", "U=0.1 µm, k=2", "量块"), ("A-2", "长度", "50~1 mm", "U=0.1 µm, k=2", "量块")]
    file = tmp_path / "能力.xlsx"
    file.write_bytes(workbook([Page("校准测量能力", heads, rows)]))
    with serve(tmp_path / "data", "--demo") as site:
        page = open_page(site, "/match", role="metrologist")
        page.locator("a.act.first").click()  # 登记能力
        page.wait_for_url("**/registers**")
        page.fill("#organisation", "试验实验室")
        page.set_input_files("#files", str(file))
        page.locator("#deliver button[type=submit]").click()
        page.wait_for_selector("table.wrong")
        assert "1 行入册" in page.locator("#became").inner_text()
        fits(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="取回退回的").click()
        assert download.value.suggested_filename.startswith("suyuan-refused-")
