"""Certificates in a real browser: list, one certificate, files dropped, one typed; with and without JavaScript."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]

FOREIGN = """() => { const out = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (w.nextNode()) { const n = w.currentNode;
    if (/[\\u4e00-\\u9fff]/.test(n.data) && !n.parentElement.closest('[lang|=zh], tbody')) out.push(n.data.trim()); }
  return out; }"""
DROP = """([name, text]) => { const data = new DataTransfer();
  data.items.add(new File([text], name, {type: 'application/json'}));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document.getElementById('drop').dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})); }"""  # noqa: E501


@pytest.fixture(scope="module")
def own_site(demo_site: Any, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The demonstration on a copy that these tests may write to."""
    folder = tmp_path_factory.mktemp("own") / "data"
    folder.mkdir()
    for name in ("documents", "schemas"):
        if (demo_site.data / name).is_dir():
            shutil.copytree(demo_site.data / name, folder / name)
    for name in ("index.jsonl", "DEMO"):
        shutil.copy(demo_site.data / name, folder / name)
    with serve(folder, "--demo") as site:
        yield site


def certificate(number: str, **change: Any) -> str:
    fields = {
        "suyuan": "typed-certificate", "issuer": "甲计量院", "number": number, "act": "calibration",
        "ended": "2026-03-06", "issued": "2026-03-09", "valid_until": "2027-03-08",
        "item": {"name": {"zh": "量块", "en": "gauge block"}, "serial": "GB-1"},
        "results": [{"name": {"zh": "长度"}, "value": "50.000620", "unit": "mm", "U": "0.000075", "k": "2"}],
    }  # fmt: skip
    return json.dumps(fields | change, ensure_ascii=False)


def go(page: Any, number: str) -> None:
    """To a certificate by the find box."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/certificates?q=", page.url) + number)


def test_list(demo_site: Any, open_page: Opens, shot: Any, fits: Any, screens: Any) -> None:
    page = open_page(demo_site, "/certificates", role="metrologist")
    for width in screens(page):
        shot(page, f"certificates-{width}")
        fits(page)
    assert page.locator(".list tbody tr").count() == 25  # of 26: a page of the list is full


def test_filters_answer_at_once_and_the_address_keeps_them(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/certificates", role="viewer")
    page.locator("#f-state").select_option("withdrawn")
    page.locator(".list tbody tr").nth(3).wait_for(state="detached")
    assert page.locator(".list tbody tr").count() == 3
    assert "state=withdrawn" in page.url
    page.locator("#f-state").select_option("")
    page.locator("#q").fill("nm")
    page.locator(".list tbody tr").nth(2).wait_for()
    page.wait_for_url("**q=nm**")
    page.go_back()
    page.reload()
    assert page.locator("#list").is_visible()


def test_find_box_leads_to_the_certificate(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/today", role="viewer")
    page.locator("#find").fill("DEMO-BAT-0403")
    page.locator("#find").press("Enter")
    page.wait_for_url("**/certificates/*")
    assert "1.2140±0.0019" in page.locator(".lead").first.inner_text()


@pytest.mark.parametrize("number", ["DEMO-CITY-L-0101", "DEMO-NMI-L-0201", "DEMO-CITY-T-0110", "DEMO-CITY-R-0007"])
def test_one(demo_site: Any, open_page: Opens, shot: Any, fits: Any, screens: Any, number: str) -> None:
    page = open_page(demo_site, f"/certificates?q={number}", role="metrologist")
    for width in screens(page):
        shot(page, f"certificate-{number}-{width}")
        fits(page)
    assert number in page.locator("h1").inner_text()
    assert page.locator("#results tbody tr").count() >= 1
    if number != "DEMO-CITY-R-0007":
        assert page.locator(".ladder li").count() == 9


def test_budget_turns_to_certificates_without_leaving_the_page(demo_site: Any, open_page: Opens, shot: Any) -> None:
    page = open_page(demo_site, "/certificates?q=DEMO-CITY-L-0101", role="viewer")
    before = page.locator("#budget tbody tr").count()
    page.locator("#budget .picks a", has_text="按证书").click()
    page.locator("#budget .picks a[aria-current]", has_text="按证书").wait_for()
    assert page.locator("#budget tbody tr").count() < before
    assert "DEMO-NMI-L-0201" in page.locator("#budget tbody").inner_text()
    shot(page, "certificate-budget")


def test_original_is_downloaded(demo_site: Any, open_page: Opens) -> None:
    import hashlib

    page = open_page(demo_site, "/certificates?q=DEMO-CITY-L-0101", role="viewer")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载原件").click()
    data = Path(waiting.value.path()).read_bytes()
    assert page.url.endswith(hashlib.sha256(data).hexdigest())
    assert waiting.value.suggested_filename == "DEMO-CITY-L-0101.xml"


def test_files_are_dropped_and_each_says_what_became_of_it(
    own_site: Any, open_page: Opens, shot: Any, fits: Any
) -> None:
    page = open_page(own_site, "/certificates/receive", role="metrologist")
    shot(page, "receive-1280")
    fits(page)
    page.evaluate(DROP, ["good.json", certificate("DROP-1")])
    page.locator("#received li.passed").wait_for()
    page.locator("#files").set_input_files(
        [
            {"name": "torn.json", "mimeType": "application/json", "buffer": b'{"suyuan": "typed-certif'},
            {"name": "second.json", "mimeType": "application/json", "buffer": certificate("DROP-2").encode()},
        ]
    )
    page.locator("#received li.failed").wait_for()
    page.locator("#received li.passed").nth(1).wait_for()
    torn = page.locator("#received li.failed").inner_text()
    assert "torn.json" in torn and "为何" in torn and "怎么办" in torn
    shot(page, "received-1280")
    page.locator("#received li.passed a", has_text="good.json").click()
    assert "DROP-1" in page.locator("h1").inner_text()
    page.goto(f"{own_site.url}/today")
    assert "陆青收进 DROP-1" in page.locator("#since").inner_text()


def test_many_files_go_by_themselves_and_are_counted(own_site: Any, open_page: Opens) -> None:
    """No button stands beside files on their way; each row has its link; the sum on top is that of the rows."""
    page = open_page(own_site, "/certificates/receive", role="metrologist")
    assert not page.get_by_role("button", name="收下").is_visible()
    batch = [
        {"name": f"m{n}.json", "mimeType": "application/json", "buffer": certificate(f"MANY-{n}").encode()}
        for n in range(12)
    ]
    batch.append({"name": "torn.json", "mimeType": "application/json", "buffer": b"{"})
    page.locator("#files").set_input_files(batch)
    page.locator("#received li[data-became]").nth(12).wait_for()
    assert page.locator("#tally").inner_text() == "收 12，未收 1"
    assert page.locator("#received li[data-became=kept] a.what").count() == 12
    for n in range(12):
        assert page.locator("#received .sub", has_text=f"MANY-{n}").count() >= 1
    page.locator("#files").set_input_files(batch[:1])
    page.locator("#received li[data-became=known]").wait_for()
    assert page.locator("#tally").inner_text() == "收 12，未收 1，早已在库 1"


def test_files_go_in_without_javascript(own_site: Any, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(f"{own_site.url}/enter?next=/certificates/receive")
        page.locator("button[name=role][value=metrologist]").click()
        page.locator("#files").set_input_files(
            [{"name": "plain.json", "mimeType": "application/json", "buffer": certificate("PLAIN-1").encode()}]
        )
        page.get_by_role("button", name="收下").click()
        assert "一份已收" in page.locator(".lead").inner_text()
        assert page.locator("#received li.passed").count() == 1
    finally:
        context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_type_one_in(own_site: Any, open_page: Opens, shot: Any, fits: Any, width: int) -> None:
    page = open_page(own_site, "/certificates/type", width=width, role="metrologist")
    shot(page, f"type-{width}")
    fits(page)
    page.get_by_role("button", name="核对量值").last.click()
    page.locator("#preview").wait_for()
    assert page.locator(".field.bad").count() >= 5
    shot(page, f"type-errors-{width}")
    fits(page)
    number = f"TYPED-{width}"
    for name, text in {
        "number": number, "issuer": "甲计量院", "ended": "2026年3月6日", "issued": "2026-03-09", "item_zh": "测温仪",
        "r-0-zh": "修正", "r-0-value": "0.120", "r-0-unit": "K", "r-0-U": "0.040", "r-0-k": "2",
        "e-0-number": "DEMO-NMI-T-0044",
    }.items():  # fmt: skip
        page.locator(f"[name='{name}']").fill(text)
    page.get_by_role("button", name="核对量值").last.click()
    page.locator("#preview table").wait_for()
    assert "0.020" in page.locator("#preview table").inner_text()
    assert page.locator("[name=ended]").input_value() == "2026-03-06"
    assert "库中有" in page.locator("#typing").inner_text()
    shot(page, f"type-preview-{width}")
    fits(page)
    page.get_by_role("button", name="保存为证书").first.click()
    page.wait_for_url(re.compile("/certificates/[0-9a-f]{64}$"))
    assert number in page.locator("h1").inner_text()
    assert page.locator("header").count() == 1
    assert f"已收：甲计量院的证书 {number}" in page.locator(".told").inner_text()
    assert "相符" in page.locator("#equipment").inner_text()


def test_a_class_is_chosen_with_its_status(own_site: Any, open_page: Opens, shot: Any) -> None:
    page = open_page(own_site, "/certificates/type", role="metrologist")
    page.locator("[name='r-0-by']").select_option("class")
    page.locator("[name='r-0-class']").wait_for()
    page.locator("[name='r-0-value']").fill("50")
    page.locator("[name='r-0-unit']").fill("mm")
    page.locator("[name='r-0-find']").fill("量块 0")
    page.locator("option[value='w-E2']").wait_for(state="detached")
    page.locator("[name='r-0-class']").select_option("gb-te-0")
    page.locator(".class-row", has_text="±0.2 µm (50 mm)").wait_for()
    assert page.locator(".class-row .st").count() == 1
    shot(page, "type-class")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_manager_declares_where_chains_end(own_site: Any, open_page: Opens, shot: Any, fits: Any, width: int) -> None:
    number = f"END-{width}"
    page = open_page(own_site, "/certificates/receive", width=width, role="manager")
    page.evaluate(DROP, ["end.json", certificate(number)])
    page.locator("#received li.passed a").click()
    assert page.locator("[name=anchor-name_zh]").input_value() == "量块"
    shot(page, f"declare-{width}")
    fits(page)
    page.locator("[name=anchor-kind]").select_option("public_measurement_standard")
    page.locator("[name=anchor-source]").fill("计量标准考核证书 1")
    page.locator("[name=anchor-valid_until]").fill("2029-03-06")
    page.locator("#declare").get_by_role("button", name="声明").click()
    page.locator(".told", has_text=f"{number} 是溯源终点").wait_for()
    assert "社会公用计量标准" in page.locator("#chain").inner_text()
    shot(page, f"declared-{width}")
    fits(page)


def test_a_script_in_a_certificate_does_not_run(own_site: Any, open_page: Opens) -> None:
    evil = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>"
    page = open_page(own_site, "/certificates/receive", role="metrologist")
    fields = certificate("EVIL-1", item={"name": {"zh": evil, "en": evil}, "serial": evil}, basis=evil)
    page.evaluate(DROP, [f"{evil}.json", fields])
    page.locator("#received li.passed").wait_for()
    assert page.evaluate("window.hit") is None
    for path in ("/certificates?q=EVIL-1", "/certificates?q=script", "/today"):
        page.goto(own_site.url + path)
        assert page.evaluate("window.hit") is None
    go(page, "EVIL-1")
    assert "<script>window.hit=1</script>" in page.locator("h1").inner_text()


@pytest.mark.parametrize("path", ["/certificates", "/certificates/receive", "/certificates/type"])
def test_english(demo_site: Any, open_page: Opens, shot: Any, fits: Any, path: str) -> None:
    page = open_page(demo_site, path, role="metrologist", lang="en")
    shot(page, f"{path.strip('/').replace('/', '-')}-en")
    fits(page)
    # What laboratories call themselves and their things stays in their words; it stands in tables.
    assert page.evaluate(FOREIGN) == []


@pytest.mark.parametrize(("path", "field"), [("/certificates/type", "number"), ("/evaluate", "model")])
def test_the_other_language_keeps_what_was_typed(demo_site: Any, open_page: Opens, path: str, field: str) -> None:
    page = open_page(demo_site, path, role="metrologist")
    page.locator(f"[name={field}]").fill("a + b")
    page.locator("#other-language").click()
    page.locator("html[lang=en]").wait_for()
    assert page.locator(f"[name={field}]").input_value() == "a + b"
    page.locator("#other-language").click()
    page.locator("html[lang=zh-CN]").wait_for()
    assert page.locator(f"[name={field}]").input_value() == "a + b"
    page.goto(demo_site.url + path)
    page.locator("#other-language").click()
    page.locator("html[lang=en]").wait_for()
    assert page.locator(f"[name={field}]").input_value() == ""
