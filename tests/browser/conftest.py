"""Real pages in a real browser: a server process on a temporary data folder, and headless Chromium.

Where there is no Chromium the tests are skipped with the reason and the command that installs it. Every page is
watched: an error in its console, a script error or anything loaded from elsewhere fails the test.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.demonstration import demonstration_in

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[test]'")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first takes a third of the time of the others, which also draw their own windows."""
CHROMIUM = os.environ.get("SUYUAN_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
NO_CHROMIUM = "no chromium: sudo apt-get update && sudo apt-get install -y chromium fonts-noto-cjk"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDE, NARROW = (1280, 900), (390, 844)


def _settled(click: Callable[..., None]) -> Callable[..., None]:
    """A click is over when the page that it leads to has loaded, on a slow machine too."""

    def clicked(locator: playwright.Locator, **how: object) -> None:
        click(locator, **how)
        locator.page.wait_for_load_state()

    return clicked


playwright.Locator.click = _settled(playwright.Locator.click)


@dataclass(frozen=True)
class Site:
    """A running site: its address and its data folder."""

    url: str
    data: Path


@contextmanager
def serving(data: Path, *options: str, code: str = "") -> Iterator[Site]:
    """A server process on a data folder, on a free port; stopped at the end. code: runs in its place, and starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = ("-c", code) if code else ("-m", "suyuan.site.serve")
    command = [sys.executable, *start, "--data", str(data), "--port", str(port), *options]
    log = data.with_name(data.name + ".log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(1200):  # a machine that does much else takes its time
                if process.poll() is not None:
                    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
                try:
                    urllib.request.urlopen(f"{url}/login", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail(f"the server gave no answer:\n{log.read_text(errors='replace')[-3000:]}")
            yield Site(url, data)
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def serve() -> Callable[..., object]:
    """`with serve(folder, "--demo") as site:` a server of one's own."""
    return serving


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on an empty data folder."""
    with serving(tmp_path_factory.mktemp("site") / "data", "--demo") as site:
        yield site


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on its documents."""
    with serving(demonstration_in(tmp_path_factory.mktemp("demo") / "data"), "--demo") as site:
        yield site


@pytest.fixture(scope="module")  # its event loop must be gone before tests of another folder touch the database
def chromium() -> Iterator[playwright.Browser]:
    """Debian's Chromium, headless."""
    if not CHROMIUM:
        pytest.skip(NO_CHROMIUM)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: playwright.Browser) -> Iterator[Callable[..., playwright.Page]]:
    """`open_page(site, "/look", width=390, dark=True, role="reviewer")` a page that is watched until the test ends."""
    seen: list[str] = []
    contexts: list[playwright.BrowserContext] = []

    def opened(
        site: Site, path: str = "/", *, width: int = 1280, dark: bool = False, role: str = "", lang: str = ""
    ) -> playwright.Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 760 else 900},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("request", lambda r: seen.append(f"from elsewhere: {r.url}") if foreign(r.url, site.url) else None)
        if lang:
            context.add_cookies([{"name": "suyuan_lang", "value": lang, "url": site.url}])
        if role:
            context.add_cookies(signed_in(page, site, role))
        page.goto(site.url + path)
        if role and page.url.startswith(f"{site.url}/enter?"):  # the session has ended, by the clock of the site
            _sessions(site.url).pop(role)
            context.add_cookies(signed_in(page, site, role))
            page.goto(site.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not seen, seen


@cache
def _sessions(url: str) -> dict[str, list[Any]]:
    """The cookies of everybody who has come in at a site, so that a door is opened once."""
    return {}


def signed_in(page: playwright.Page, site: Site, role: str) -> list[Any]:
    """The cookies of somebody in a role, who comes in by the door of the demonstration."""
    known = _sessions(site.url)
    if role not in known:
        page.goto(f"{site.url}/enter")
        page.locator(f"button[name=role][value={role}]").click()
        known[role] = [c for c in page.context.cookies() if c["name"] != "suyuan_lang"]
    return known[role]


def foreign(url: str, own: str) -> bool:
    """Whether a page asked another host."""
    return not url.startswith((own, "data:", "blob:", "about:"))


@pytest.fixture(scope="session")
def shot() -> Callable[[playwright.Page, str], None]:
    """`shot(page, "look-1280")` a picture of the whole page in the folder `SUYUAN_SHOTS`, for a person's eyes; without
    such a folder nobody looks, and none is taken."""
    folder = Path(os.environ["SUYUAN_SHOTS"]) if "SUYUAN_SHOTS" in os.environ else None

    def taken(page: playwright.Page, name: str) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)

    return taken


@pytest.fixture(scope="session")
def screens() -> Callable[[playwright.Page], Iterator[int]]:
    """`for width in screens(page)` a page laid out for either width, without asking for it again."""

    def each(page: playwright.Page) -> Iterator[int]:
        for width, height in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            yield width

    return each


@pytest.fixture(scope="session")
def fits() -> Callable[[playwright.Page], None]:
    """`fits(page)` nothing is wider than the screen."""

    def checked(page: playwright.Page) -> None:
        wide = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(e => {
                 const r = e.getBoundingClientRect();
                 return r.width > 2 && r.right > document.documentElement.clientWidth + 1
                   && !e.closest('.scroll, .vh, svg');
               }).slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""
        )
        assert not wide, wide

    return checked
