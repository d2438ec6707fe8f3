"""Evaluate and issue in a real browser. Two end gauges are issued from one standard by the page; another data folder
reads them with the command line's verbs, and their difference has the uncertainty that the shared standard leaves."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
READINGS = {"A": 215e-6, "B": -102e-6}


@pytest.fixture
def own_site(demo_site: Any, serve: Any, tmp_path: Path) -> Iterator[Any]:
    """The demo on a folder that this test may write to."""
    copy = tmp_path / "copy"
    shutil.copytree(demo_site.data, copy)
    with serve(copy, "--demo") as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_certificate(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, width: int) -> None:
    page = open_page(demo_site, "/evaluate?from=DEMO-CITY-L-0101", width=width, role="reviewer")
    shot(page, f"evaluate-{width}")
    fits(page)
    assert "(50.000838 ± 0.000067) mm" in page.locator(".lead").inner_text()
    rows = page.locator(".of-input tbody tr")
    assert rows.count() == 10 and "标准量块的长度" in rows.first.inner_text()
    assert page.locator(".of-input svg .bar1").count() == 1, "the largest in accent"
    page.get_by_label("按证书").check()
    assert page.locator(".of-certificate").is_visible() and not page.locator(".of-input").is_visible()
    assert "DEMO-NMI-L-0417" in page.locator(".of-certificate").inner_text()
    page.get_by_role("button", name="签发为证书…").click()
    page.wait_for_selector("#particulars")
    shot(page, f"issue-{width}")
    fits(page)


def test_english_and_dark(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(demo_site, "/evaluate?from=DEMO-BAT-0403", role="viewer", lang="en", dark=True)
    shot(page, "evaluate-en-dark")
    fits(page)
    assert page.get_by_role("button", name="Issue as a certificate…").is_disabled()
    assert "issuing needs a reviewer" in page.locator("#keep").inner_text()


def test_live_check_and_pick(demo_site: Any, open_page: Callable[..., Any], shot: Any) -> None:
    page = open_page(demo_site, "/evaluate", role="metrologist")
    page.locator("#model").fill("ls + d + q*")
    page.wait_for_selector("#formula-check .caret")
    assert "第 11 个字符" in page.locator("#formula-check").inner_text()
    page.locator("#model").fill("ls + d")
    page.get_by_role("button", name="为它们加上").click()
    page.wait_for_function("document.querySelector('#in-0-name')?.value === 'ls'")
    assert page.locator("#in-1-name").input_value() == "d"
    page.locator("#in-1-kind").select_option("observations")
    page.locator("#in-1-values").fill("0.1\t0.2\n0.3")
    page.locator("#in-1-kind").select_option("rectangular")
    page.wait_for_selector("#in-1-a")
    page.locator("#in-1-kind").select_option("observations")
    page.wait_for_selector("#in-1-values")
    assert page.locator("#in-1-values").input_value().split() == ["0.1", "0.2", "0.3"], "nothing typed is lost"
    page.locator("#pick").fill("KB-13")
    page.wait_for_selector(".picks tr")
    shot(page, "evaluate-pick-1280")
    page.get_by_role("button", name="取用 DEMO-NMI-L-0202 的 20 °C 时的长度").click()
    page.wait_for_function("document.querySelectorAll('li.input').length === 3")
    assert "证书 DEMO-NMI-L-0202" in page.locator("li.input").nth(2).inner_text()


def test_without_javascript(demo_site: Any, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{demo_site.url}/enter?next=/evaluate")
    page.locator("button[name=role][value=metrologist]").click()
    page.locator("#model").fill("2*x")
    page.locator("#in-0-name").fill("x")
    page.locator("#in-0-a").fill("1.5")
    page.locator("#in-0-b").fill("0.1")
    page.locator("#in-0-a").press("Enter")
    assert "3.00 ± 0.39" in page.locator(".lead").first.inner_text()
    context.close()


def issue_gauge(page: Any, site: Any, name: str, folder: Path) -> Path:
    """Evaluate an end gauge from the demo's standard KB-12 (its corrected certificate) and issue it by the page."""
    page.goto(f"{site.url}/evaluate")
    page.locator("#model").fill("ls + dc + d")
    for words, number in (("KB-12", "DEMO-NMI-L-0201A"), ("CMP-3", "DEMO-NMI-L-0417")):
        page.locator("#pick").fill(words)
        page.wait_for_selector(f".picks tr:has-text('{number}')")
        page.locator(f".picks tr:has-text('{number}') button").first.click()
        page.wait_for_selector(f"li.input:has-text('{number}')")
    names = page.locator("li.input .sym input")
    names.nth(0).fill("ls")
    names.nth(1).fill("dc")
    page.locator("#in-1-unit").fill("mm")
    page.locator("#in-1-at").fill("0.2")
    page.get_by_role("button", name="加一个输入量").click()
    page.wait_for_selector("#in-2-a")
    page.locator("#in-2-name").fill("d")
    page.locator("#in-2-a").fill(str(READINGS[name]))
    page.locator("#in-2-b").fill("5.8e-6")
    page.locator("#in-2-dof").fill("24")
    page.locator("#in-2-unit").fill("mm")
    page.locator("#out-0-unit").fill("mm")
    page.locator("#title").fill(f"端规 {name} 的长度")
    page.get_by_role("button", name="评定", exact=True).last.click()
    page.wait_for_selector("#outcome")
    assert "完整" in page.locator("#chain").inner_text()
    page.get_by_role("button", name="签发为证书…").click()
    page.wait_for_selector("#particulars")
    for field, text in (
        ("issuer", "云汀市计量院"), ("number", f"YT-{name}"), ("item", f"端规 {name}"),
        ("item_en", f"end gauge {name}"),
        ("serial", name), ("customer", "青禾精密"), ("calibrated_by", "陆青"), ("approved_by", "沈砚"),
    ):  # fmt: skip
        page.locator(f"#{field}").fill(text)
    page.get_by_role("button", name="预览").click()
    page.wait_for_selector("#act")
    page.get_by_role("button", name="签发", exact=True).click()
    page.wait_for_url("**/certificates/*")
    assert f"已签发 YT-{name}。" in page.locator(".told").inner_text()
    digest = page.url.rsplit("/", 1)[-1].split("#")[0]
    with page.expect_download() as download:
        page.locator(f"a[href*='{digest}/original']").first.click()
    path = folder / f"{name}.xml"
    download.value.save_as(path)
    return path


def test_two_gauges_from_one_standard(own_site: Any, open_page: Callable[..., Any], shot: Any, tmp_path: Path) -> None:
    from suyuan.store.folder import Store
    from suyuan.verbs.evaluate import evaluate

    page = open_page(own_site, "/evaluate", role="reviewer")
    files = [issue_gauge(page, own_site, name, tmp_path) for name in ("A", "B")]
    shot(page, "issued-1280")
    page.goto(f"{own_site.url}/trace/YT-B")
    assert page.locator(".lead").inner_text().startswith("链完整：3 步到米：633 nm 碘稳频激光。")

    fresh = Store(tmp_path / "fresh")
    assert all(added.stored and not added.findings for added in fresh.add_files(files))
    case = {
        "kind": "model",
        "input": {
            "model": "a - b", "unit": "mm",
            "inputs": [
                {"name": n, "distribution": "certificate", "unit": "mm",
                 "parameters": {"issuer": "云汀市计量院", "number": f"YT-{n.upper()}", "place": "0/0"}}
                for n in ("a", "b")
            ],
        },
    }  # fmt: skip
    difference = evaluate(case, fresh.evidence()).outputs["result"]
    # the standard (25 nm) and the comparator's systematic effect (6.7 nm) are common and cancel; two readings remain
    assert difference.value == pytest.approx(READINGS["A"] - READINGS["B"], abs=1e-12)
    assert difference.u == pytest.approx(math.hypot(5.8e-6, 5.8e-6), rel=1e-9)
    apart = math.sqrt(2) * math.sqrt((75e-6 / 3) ** 2 + (20e-6 / 3) ** 2 + 5.8e-6**2)
    assert difference.u < 0.25 * apart

    # and the same through the command line, on the same fresh folder
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "suyuan.cli", "evaluate", str(tmp_path / "case.json"), "--data", str(tmp_path / "fresh"),
         "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert f"{difference.u:.12g}" in {f"{u:.12g}" for u in numbers(found)}


def numbers(value: Any) -> list[float]:
    """Every number in a JSON value."""
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers(part)]
    if isinstance(value, list):
        return [n for part in value for n in numbers(part)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []
