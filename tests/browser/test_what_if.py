"""What if in a real browser: choose, look, export, and adopt on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The documents and the index, byte for byte."""
    return {str(p): p.read_bytes() for p in sorted((folder / "documents").rglob("*")) if p.is_file()} | {
        "index": (folder / "index.jsonl").read_bytes()
    }


@pytest.mark.parametrize("width", [1280, 390])
def test_replaced(
    demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, tmp_path: Path, width: int
) -> None:
    page = open_page(demo_site, "/trace/DEMO-NMI-L-0201", width=width, role="reviewer")
    page.get_by_role("link", name="假如它变了…").click()
    before = bytes_of(demo_site.data)
    assert not page.locator("#d").is_visible(), "only the fields of the chosen kind are shown"
    page.get_by_role("button", name="试算").click()
    assert "判定改变 2 个" in page.locator(".lead").inner_text()
    assert page.locator("table.wi tbody tr").count() == 6
    assert page.locator("table.wi svg.strip .fold").count() == 6, "old hollow"
    assert page.locator("table.wi tbody tr").first.inner_text().count("判定改变") == 1, "the costliest first"
    shot(page, f"what-if-{width}")
    fits(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()
    download.value.save_as(tmp_path / "x.xlsx")
    assert (tmp_path / "x.xlsx").read_bytes().startswith(b"PK")
    assert bytes_of(demo_site.data) == before


def test_off_by(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/what-if/DEMO-NMI-L-0202", role="viewer", lang="en")
    page.get_by_label("it had been off").check()
    page.locator("#d").fill("1")
    page.locator("#unit").fill("um")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer")
    assert "verdicts change" in page.locator(".lead").inner_text()
    assert page.get_by_role("button", name="Adopt the replacement…").count() == 0


def test_adopting(demo_site: Any, serve: Any, open_page: Callable[..., Any], tmp_path: Path, shot: Any) -> None:
    """On a copy of the demo: the statement is recorded, the chain shows it, the certificate is untouched."""
    copy = tmp_path / "copy"
    shutil.copytree(demo_site.data, copy)
    with serve(copy, "--demo") as site:
        page = open_page(site, "/what-if/DEMO-NMI-L-0202?kind=withdrawn", role="reviewer")
        documents = {p.name for p in (copy / "documents").rglob("*") if p.is_file()}
        page.locator("#reason").fill("发证机构来函撤回")
        page.get_by_role("button", name="登记撤回…").click()
        page.get_by_role("button", name="确认登记").click()
        page.wait_for_url("**/trace/*")
        assert "已登记" in page.locator(".told").inner_text()
        shot(page, "adopted-1280")
        new = {p.name for p in (copy / "documents").rglob("*") if p.is_file()} - documents
        assert len(new) == 1
        page.goto(f"{site.url}/trace/DEMO-ENG-0304")
        assert page.locator(".lead").inner_text().startswith("链断了：端规 EG-25-C（演示）所用的标准量块 KB-13")
        page.goto(f"{site.url}/what-if/DEMO-NMI-L-0202?kind=withdrawn")
        assert "早已登记" in page.locator("#adopt").inner_text()


def test_disabled_act_says_why(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/what-if/DEMO-NMI-L-0202?kind=withdrawn", role="metrologist")
    act = page.get_by_role("button", name="登记撤回…")
    assert act.is_disabled() and "需要审核员" in page.locator("#adopt .why").inner_text()
