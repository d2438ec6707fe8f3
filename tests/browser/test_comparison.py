"""A ring round played by a pilot and three participants in a real browser, sealed until closing; then looked at."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.site.ring import PEOPLE, SECRET, VALUES

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]
NUMBER = "SY-L-K1"
CLOCK = """
import sys
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
real, ahead = timezone.now, Path(sys.argv[sys.argv.index("--data") + 1]).with_name("ahead")
timezone.now = lambda: real() + timedelta(seconds=float(ahead.read_text()))
from suyuan.site.serve import main
raise SystemExit(main())
"""
"""The server with a clock that the test moves by writing into a file beside the data folder."""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[tuple[Any, Path]]:
    """A demonstration on an empty folder, and the file that moves its clock."""
    folder = tmp_path_factory.mktemp("ring")
    ahead = folder / "ahead"
    ahead.write_text("0")
    with serve(folder / "data", "--demo", code=CLOCK) as site:
        yield site, ahead


class Player:
    """The site, and how somebody of the round opens a page of it."""

    def __init__(self, site: Any, open_page: Opens, shot: Any, fits: Any) -> None:
        self.site, self.open_page, self.shot, self.fits = site, open_page, shot, fits

    def of(self, code: str, path: str = "", **how: Any) -> Any:
        """A page of the round as somebody sees it."""
        return self.open_page(self.site, f"/comparisons/{NUMBER}{path}", role=PEOPLE[code], **how)

    def seen(self, code: str, name: str, path: str = "") -> None:
        """Nothing is too wide where there is least room; for a person's eyes also the other ways to look at it."""
        ways: tuple[dict[str, Any], ...] = ({"lang": "en", "width": 390},)
        if os.environ.get("SUYUAN_SHOTS"):
            ways += ({}, {"width": 390}, {"dark": True}, {"lang": "en"})
        for how in ways:
            page = self.of(code, path, **how)
            tail = "".join(f"-{v if v is not True else k}" for k, v in how.items())
            self.shot(page, f"comparison-{name}{tail}")
            self.fits(page)
            page.context.close()


def done(page: Any, value: str) -> None:
    """Press the button of an act, in a folded part if it stands there."""
    button = page.locator(f"button[name=do][value={value}]").first
    if not button.is_visible():
        page.locator("details", has=page.locator(f"button[value={value}]")).first.locator("summary").click()
    button.click()
    page.locator(".told").wait_for()


def sealed(player: Player, code: str, own_code: bool = False) -> str:
    """A submission, checked and sealed in two steps; the opening code where it is kept."""
    page = player.of(code, "/submit")
    value, spread = VALUES[code]
    page.locator("[name=r-0-value]").fill(value)
    page.locator("[name=r-0-U]").fill(spread)
    page.locator("[name=r-0-k]").fill("2")
    page.locator("[name=s-0-issuer]").fill("示例计量院")
    page.locator("[name=s-0-number]").fill(f"DEMO-{code}")
    if own_code:
        page.locator("[name=own_code][value='1']").check()
    if code == "C":  # a slip of the pen is remarked upon, and could be meant
        page.locator("[name=r-0-value]").fill("531.724")
        page.locator("#seal button[value=check]").click()
        page.locator("[name=sure]").wait_for()
        assert page.locator("#x-r-0-value").inner_text()
        page.locator("[name=r-0-value]").fill(value)
    page.locator("#seal button[value=check]").click()
    page.locator("button[value=seal]").wait_for()
    if code == "A":
        player.shot(page, "comparison-submit-checked")
    assert page.locator("[name=r-0-value]").input_value() == value
    page.locator("[name=sure]").wait_for(state="detached")  # a deviation may be smaller than its uncertainty
    page.locator("button[value=seal]").click()
    page.locator("#commitment").wait_for()
    if own_code:
        player.shot(page, "comparison-receipt")
    assert not SECRET.search(page.content())
    text: str = page.locator("#opening-code").inner_text() if own_code else ""
    page.context.close()
    return text


def test_a_ring_round_is_played_by_three_roles(
    moved: Any, open_page: Opens, shot: Any, fits: Any, tmp_path: Path
) -> None:
    site, ahead = moved
    play = Player(site, open_page, shot, fits)

    # The pilot writes the protocol from the example; a fault stands beside its field and nothing typed is lost.
    pilot = open_page(site, "/comparisons", role="pilot")
    assert pilot.locator(".lead").first.inner_text().startswith("您没有参加比对。")
    pilot.goto(f"{site.url}/comparisons/new?template=ring")
    pilot.locator("[name=number]").fill(NUMBER)
    pilot.locator("[name=measurands-0-unit]").fill("nmx")
    pilot.locator("[name=beside][value=arithmetic_mean]").check()
    pilot.locator("#keep button[value=save]").click()
    assert "nmx" in pilot.locator("#x-measurands-0-unit").inner_text()
    assert pilot.locator("[name=number]").input_value() == NUMBER
    shot(pilot, "comparison-protocol-fault")
    fits(pilot)
    pilot.locator("[name=measurands-0-unit]").fill("nm")
    pilot.locator("button[value=route]").click()
    assert pilot.locator(".legs .prow").count() == 5
    pilot.locator("#keep button[value=check]").click()
    assert pilot.locator("#preview .facts").is_visible()
    shot(pilot, "comparison-protocol")
    pilot.locator("#keep button[value=save]").click()
    pilot.wait_for_url(f"**/comparisons/{NUMBER}")
    done(pilot, "invite")

    for code in "ABC":
        page = play.of(code)
        done(page, "accepted")
        page.context.close()
    pilot.reload()
    assert "三家实验室已接受" in pilot.locator(".lead").first.inner_text()
    done(pilot, "open")
    assert "冻结" in pilot.locator("#protocol .side").inner_text()

    # The standard travels; everybody confirms its arrival and submits, B with a code of its own.
    sealed(play, "P")
    way, kept = "PABCP", ""
    for here, there in pairwise(way):
        page = play.of(here)
        assert page.locator("[name=to]").input_value() == there
        done(page, "sent")
        page.context.close()
        page = play.of(there)
        page.locator("#now [name=condition]").first.select_option("good" if there != "B" else "packaging")
        done(page, "arrived")
        page.context.close()
        if there == "A":
            play.seen("A", "to-submit")
            play.seen("A", "submit", "/submit")
        if there != "P":
            kept = sealed(play, there, own_code=there == "B") or kept

    # Nobody can read anything early: not on pages, not in files, not the pilot.
    for code in PEOPLE:
        for path in ("", "/submit"):
            page = play.of(code, path)
            assert not SECRET.search(page.content()), (code, path)
            page.context.close()
    pilot = play.of("P")
    for path in ("/report", "/report.json", "/report.pdf", "/events.json"):
        answer = pilot.request.get(f"{site.url}/comparisons/{NUMBER}{path}")
        assert answer.status == 404, path
    assert pilot.locator("#seals .seal").count() == 4
    assert "密封至" in pilot.locator("#seals").inner_text()
    play.seen("P", "sealed")
    play.seen("A", "sealed-of-a")
    protocol = pilot.request.get(f"{site.url}/comparisons/{NUMBER}/protocol.json").json()
    closes = datetime.fromisoformat(protocol["closes"])
    ahead.write_text(str((closes - datetime.now(closes.tzinfo) + timedelta(minutes=5)).total_seconds()))

    # Closed by the clock; B hands its code over.
    page = play.of("B")
    assert page.locator("[name=code]").is_visible()
    assert not SECRET.search(page.content())
    page.locator("[name=code]").fill(kept.lower().replace("-", " "))
    done(page, "code")
    page.context.close()
    pilot = play.of("P")
    assert pilot.locator("#seals .seal").count() == 0
    assert pilot.locator("[id^=result-] tbody tr").count() == 4
    other = play.of("A")
    assert not SECRET.search(other.content().replace(VALUES["A"][0], "").replace(VALUES["A"][1], ""))
    pilot.goto(f"{site.url}/comparisons/{NUMBER}/report")
    shot(pilot, "comparison-before-a")
    done(pilot, "draft_a")
    assert pilot.locator("button[value=draft_b]").is_disabled()

    # Draft A: B corrects with a reason, the others agree; the pilot hands out draft A again, B, and the report.
    play.seen("C", "draft-a", "/report")
    page = play.of("B")
    page.locator("details", has=page.locator("button[value=corrected]")).locator("summary").click()
    act = page.locator("form", has=page.locator("button[value=corrected]"))
    act.locator("[name=new]").fill("39.2958")
    act.locator("button[value=corrected]").click()
    assert "理由" in page.locator("#now .findings").inner_text()
    assert act.locator("[name=new]").input_value() == "39.2958"
    act.locator("[name=reason]").fill("抄错一位")
    done(page, "corrected")
    assert "38.2958" in page.locator("#said").inner_text() and "39.2958" in page.locator("#said").inner_text()
    page.context.close()
    pilot.reload()
    done(pilot, "draft_a")
    for code in "ABC":
        page = play.of(code, "/report")
        done(page, "agree")
        page.context.close()
    pilot.reload()
    done(pilot, "agree")
    done(pilot, "draft_b")
    done(pilot, "final")

    # Released: the names, the files, the public page without signing in.
    play.seen("A", "final")
    play.seen("P", "report", "/report")
    page = play.of("A", "/report")
    assert "三个结果满意" in page.locator(".lead").first.inner_text()
    with page.expect_download() as download:
        page.locator("a[href$='report.pdf']").click()
    path = tmp_path / "report.pdf"
    download.value.save_as(path)
    assert path.read_bytes()[:5] == b"%PDF-"
    report = page.request.get(f"{site.url}/comparisons/{NUMBER}/report.json").json()
    assert report["state"] == "final" and len(report["outcomes"]) == 4
    visitor = open_page(site, f"/comparisons/{NUMBER}/public")
    assert "岚山精密检测中心" in visitor.locator("table").first.inner_text()
    shot(visitor, "comparison-public")
    assert "participant_a" not in visitor.content()
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{site.url}/comparisons/other/public", timeout=10)
    public = json.loads(urllib.request.urlopen(f"{site.url}/comparisons/{NUMBER}/public/report.json").read())
    assert "participant_a" not in json.dumps(public)

    # Help for the laboratory that failed, until a re-measurement closes it.
    pilot.locator("[name=expert]").fill("顾衡")
    done(pilot, "help_opened")
    page = play.of("C")
    page.locator("[name=text]").fill("温度计偏低 0.4 K")
    done(page, "cause")
    page.locator("[name=text]").fill("换用新校准的温度计，重排测量步骤")
    done(page, "action")
    typed = {"value": "44.1", "U": "24", "k": "2", "reference_value": "46.7", "reference_U": "14", "reference_k": "2"}
    for name, value in (typed | {"compared_with": "P"}).items():
        page.locator(f"#now [name={name}]").fill(value)
    page.locator("#now [name=measured]").fill(closes.date().isoformat())
    done(page, "remeasured")
    pilot = play.of("P")
    done(pilot, "help_closed")
    assert "已关闭" in pilot.locator("#help").inner_text()
    play.seen("C", "help")
    for how in ({}, {"width": 390}, {"lang": "en"}):
        page = open_page(site, "/comparisons", role="participant_c", **how)
        shot(page, "comparisons" + "".join(f"-{v}" for v in how.values()))
        fits(page)
