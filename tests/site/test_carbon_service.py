"""Pages of what a claim lacks and who can give it, and of a measure before and after."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
Clients = Callable[..., Any]
RAW = re.compile(r">\s*(?:carbon|rooms|match|none)\.[a-z_.]+\s*<")


def page_of(answer: Any) -> str:
    page = str(answer.content.decode("utf-8"))
    assert not RAW.search(page), RAW.findall(page)
    return page


def claims(folder: Path, unit: str = "2 号机组") -> list[str]:
    """Digests of the claims of a unit, in the order in which they came."""
    lines = (folder / "index.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row["digest"] for row in rows if row.get("kind") == "claim" and row["number"].startswith(unit)]


def test_a_lack_leads_to_who_can_and_to_the_form_filled_in(stocked: Path, client: Clients) -> None:
    digest = claims(stocked)[-1]
    director = client("director")
    assert f"/carbon/services/{digest}" in page_of(director.get(f"/carbon/claim/{digest}"))
    page = page_of(director.get(f"/carbon/services/{digest}"))
    assert page.count("能测") >= 5 and "测不了" in page and "测不全" in page
    assert "/capabilities/演示煤质检验中心/CQ-01" in page or "CQ-01</a>" in page
    assert "排放申报核查组" in page
    forms = [html.unescape(way) for way in re.findall(r'href="(/match/new\?[^"]+)"', page)]
    assert len(forms) >= 7  # the certificate of the flow meter may hold on this day of the year
    ash = next(way for way in forms if "cb-fly-ash-c" in way)
    form = page_of(director.get(ash))
    for filled in ("质量分数", "3", "g/kg", "演示滨江发电厂"):
        assert f'value="{filled}"' in form
    assert "测不了" in form and "cb-fly-ash-c" in form  # the verdict before anything is kept


def test_a_need_that_is_stated_is_a_need_like_any_other(stocked: Path, client: Clients) -> None:
    from urllib.parse import parse_qsl

    manager = client("carbon_manager")  # of the enterprise: nobody else states its needs
    page = page_of(manager.get(f"/carbon/services/{claims(stocked)[-1]}"))
    way = next(w for w in map(html.unescape, re.findall(r'href="(/match/new\?[^"]+)"', page)) if "cb-fly-ash-c" in w)
    answer = manager.post("/match/new", {**dict(parse_qsl(way.partition("?")[2])), "do": "save"})
    assert answer.status_code == 302, page_of(answer)
    need = page_of(manager.get(answer.url))
    assert "测不了" in need and "飞灰" in need
    assert re.search(r'href="[^"]*challenge[^"]*need=', need)  # nobody can: it may become a challenge


def test_who_may_not_see_the_claim_sees_nothing_of_it(stocked: Path, client: Clients) -> None:
    digest = claims(stocked)[-1]
    trainee = client("trainee")
    assert trainee.get(f"/carbon/services/{digest}").status_code == 403
    assert "2 号机组" not in page_of(trainee.get("/carbon/improved"))
    assert client("director").get(f"/carbon/services/{'0' * 64}").status_code == 404


def test_a_measure_before_and_after(stocked: Path, client: Clients) -> None:
    before, _, after = claims(stocked)
    director = client("director")
    page = page_of(director.get(f"/carbon/improved?before={before}&after={after}"))
    assert "1.94 %" in page and "1.90 %" in page and "皮带秤校准" in page and "DEMO-CITY-M-0812" in page
    assert "前一份是" in page and "<svg" in page
    chosen = page_of(director.get(f"/carbon/improved?after={after}"))  # without a before: the year before
    assert f'<option value="{before}" selected>' in chosen and "1.94 %" in chosen
    guess = page_of(director.get(f"/carbon/improved?before={after}&left-1=0.5"))
    assert "设想" in guess
    assert "formaction" not in page_of(director.get(f"/carbon/claim/{after}"))
    asked = page_of(director.get(f"/carbon/claim/{after}?left-1=0.5"))
    assert f'formaction="/carbon/improved" name="before" value="{after}"' in asked
    steel = claims(stocked, "炼钢系统")[0]
    for asked, said in (
        (f"before={before}&after={steel}", "不同机组"), (f"before={after}&after={after}", "同一份"),
        (f"before={after}", "改进后"), ("before=1&after=2", ""),
    ):  # fmt: skip
        answer = director.get(f"/carbon/improved?{asked}")
        assert answer.status_code == 422 and said in page_of(answer), asked
    assert director.get("/carbon/improved").status_code == 200


def test_the_pages_speak_english(stocked: Path, client: Clients) -> None:
    before, _, after = claims(stocked)
    english = client("director", "en")
    page = page_of(english.get(f"/carbon/services/{after}"))
    assert "Who can do this" in page and "demo coal quality laboratory" in page and "certificate ended" in page
    assert "Before and after a measure" in page_of(english.get(f"/carbon/improved?before={before}&after={after}"))
