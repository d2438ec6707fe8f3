"""A data steward's day in a real browser: zoom a stream, take a file in, flag a span; each within three clicks."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
STREAM = "/series/CH-2/temperature"
TABLE = "t;T [degC]\n" + "".join(f"2026-03-01T08:{m}:00+08:00;21,{d}\n" for m, d in (("00", 4), ("10", 5), ("20", 6)))


@pytest.fixture(scope="module")
def measured_site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]) -> Iterator[Any]:
    """The demonstration on a small lake."""
    place = Path(__file__).parents[1] / "site" / "measured.py"
    spec = importlib.util.spec_from_file_location("measured", place)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    folder = tmp_path_factory.mktemp("measured") / "data"
    made.stocked_lake(folder, date(2026, 11, 29), 600.0)
    (folder / "DEMO").touch()
    with serve(folder, "--demo") as site:
        yield site


def spanned(page: Any) -> tuple[int, int]:
    """What the picture of this width shows."""
    svg = page.locator("svg.course:visible")
    return int(svg.get_attribute("data-first")), int(svg.get_attribute("data-last"))


def settled(page: Any, before: tuple[int, int]) -> tuple[int, int]:
    page.wait_for_function(
        "(was) => document.querySelector('svg.course')?.dataset.first + ' ' + "
        "document.querySelector('svg.course')?.dataset.last !== was",
        arg=f"{before[0]} {before[1]}",
    )
    return spanned(page)


def test_zoom_by_drag_by_keys_and_back(
    measured_site: Any, open_page: Callable[..., Any], shot: Callable[..., Any]
) -> None:
    """From the first page: data, the stream; then drag."""
    page = open_page(measured_site, "/", role="steward")
    page.get_by_role("navigation").get_by_role("link", name="数据").first.click()
    page.get_by_role("link", name="试验箱 CH-2 温度").click()
    whole = spanned(page)
    box = page.locator("svg.course:visible").bounding_box()
    y = box["y"] + 120
    page.mouse.move(box["x"] + 300, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, y, steps=5)
    page.mouse.up()
    near = settled(page, whole)
    assert whole[0] < near[0] < near[1] < whole[1]
    share = (near[1] - near[0]) / (whole[1] - whole[0])
    assert share == pytest.approx(200 / 1048, rel=0.03)
    assert "from=" in page.url
    shot(page, "series-zoomed-1280")
    page.locator(".zoomed").focus()
    page.keyboard.press("+")
    nearer = settled(page, near)
    assert nearer[1] - nearer[0] == pytest.approx((near[1] - near[0]) / 2, rel=0.01)
    assert page.evaluate("document.activeElement.matches('.zoomed')")
    page.keyboard.press("ArrowRight")
    later = settled(page, nearer)
    assert later[0] > nearer[0] and later[1] - later[0] == pytest.approx(nearer[1] - nearer[0], abs=4)
    page.go_back()
    assert settled(page, later) == nearer
    page.keyboard.press("Tab")
    page.locator(".zoomed").focus()
    page.keyboard.press("0")
    assert settled(page, nearer) == whole


def test_without_a_mouse_links_zoom_too(measured_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(measured_site, STREAM, role="steward")
    whole = spanned(page)
    page.get_by_role("link", name="放大").focus()
    page.keyboard.press("Enter")
    near = settled(page, whole)
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2, rel=0.01)


def test_a_file_is_looked_at_and_taken_in(measured_site: Any, open_page: Callable[..., Any], tmp_path: Path) -> None:
    """Data, import, look, take in."""
    file = tmp_path / "room.csv"
    file.write_text(TABLE, "utf-8")
    page = open_page(measured_site, "/data", role="steward")
    page.get_by_role("link", name="导入数据").first.click()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="看看里面").click()
    assert "还什么都没有写" in page.locator(".lead").first.inner_text()
    page.locator("input[name=id-0]").fill("room-1")
    page.get_by_role("button", name="收进来").click()
    assert page.url.endswith("/series/room-1")
    assert "3" in page.locator(".told").inner_text()


def test_a_span_is_flagged(measured_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(measured_site, STREAM, role="steward")
    page.get_by_role("link", name="看质量").click()
    page.locator("#from").fill("2026-03-01T08:00")
    page.locator("#to").fill("2026-03-01T09:00")
    page.locator("#verdict").select_option("bad")
    page.locator("#reason").fill("门开着")
    page.get_by_role("button", name="标记一段").click()
    assert "门开着" in page.locator("#flag table").inner_text()


@pytest.mark.parametrize("lang", ["", "en"])
def test_pages_fit_either_screen(
    measured_site: Any, open_page: Callable[..., Any], screens: Callable[..., Any], fits: Callable[..., Any],
    shot: Callable[..., Any], lang: str,
) -> None:  # fmt: skip
    page = open_page(measured_site, "/data", role="steward", lang=lang)
    for path in ("/data", STREAM, f"{STREAM}/quality", "/data/import", "/data/grants", "/data/sets/new"):
        page.goto(measured_site.url + path)
        for width in screens(page):
            fits(page)
            shot(page, f"data-{path.strip('/').replace('/', '-')}-{width}{lang}")


def test_touch_targets_on_a_narrow_screen(measured_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(measured_site, STREAM, role="steward", width=390)
    small = page.evaluate(
        "() => [...document.querySelectorAll('.zoom a, .acts .act')].map(e => e.getBoundingClientRect().height)"
    )
    assert small and min(small) >= 40
