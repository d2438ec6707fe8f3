"""Streams that a certificate does not fit, what cannot be computed, and an instrument that is taken from a stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .test_data_pages import TODAY, _digest, as_, built, db_clean, dropped, lake_site, told

__all__ = ["as_", "built", "db_clean", "lake_site"]
HUMID = "time,rh [%]\n" + "".join(f"2026-03-0{d}T0{h}:00:00Z,{40 + h}.{d}\n" for d in range(1, 4) for h in range(9))
WAY = "/series/CH-2/temperature"


def _take(client: Any) -> Any:
    """Relative humidity by the thermometer's instrument: looked at, then taken in."""
    look = client.post("/data/import", {"do": "look", "file": dropped(HUMID), "instrument": "T-77"})
    page = told(look)
    waits = page.split('name="waits" value="')[1].split('"')[0]
    return page, {"do": "take", "waits": waits, "name": "a.csv", "instrument": "T-77", "was-0": "rh", "id-0": "rh"}


def test_a_stream_that_no_certificate_fits_is_told_before_it_goes_in_and_at_the_impact(
    as_: Callable[..., Any], lake_site: Path
) -> None:
    client = as_("steward")
    page, form = _take(client)
    assert "修正的是 °C" in page and "DEMO-T77-1" in page
    assert client.post("/data/import", form).status_code == 302
    assert "修正的是 °C" in told(client.get("/series/rh"))
    impact = told(client.get(f"/data/impact/{_digest(lake_site, 'DEMO-T77-2')}?kind=withdrawn&day=2026-08-01"))
    assert "CH-2/temperature" in impact and "「rh」" in impact  # named, and the rest is computed


def test_the_mean_before_and_after_is_of_the_same_readings(as_: Callable[..., Any], lake_site: Path) -> None:
    page = told(as_("steward").get(f"/data/impact/{_digest(lake_site, 'DEMO-T77-2')}?kind=withdrawn&day=2026-08-01"))
    assert "不再有值" in page and "前后都有值的" in page and "|Δ|/u = 0" in page


def test_what_cannot_be_computed_is_not_said_to_change_nothing(as_: Callable[..., Any], lake_site: Path) -> None:
    from suyuan.store.folder import Store

    fields = {"suyuan": "typed-certificate", "issuer": "Lab", "number": "N-1", "ended": str(TODAY),
              "issued": str(TODAY),
              "item": {"name": "x"}, "results": [{"name": "x", "value": "1", "unit": "K", "u": "0.1"}]}  # fmt: skip
    Store(lake_site).add(json.dumps(fields).encode(), "n.json")
    page = told(as_("steward").get(f"/data/impact/{_digest(lake_site, 'N-1')}"))
    assert "无法计算" in page and "suyuan series propose" in page and "没有读数因" not in page


def test_an_instrument_is_taken_from_a_stream_and_given_back(as_: Callable[..., Any], lake_site: Path) -> None:
    client, way = as_("steward"), f"{WAY}/detach"
    assert f'href="{way}"' in told(client.get(WAY))
    form = {"instrument": "T-77", "certificate": "", "since": "2026-05-01", "reason": "搬走了"}
    look = told(client.post(way, {**form, "do": "look"}))
    assert "不再有值" in look or "失去值" in look
    assert "没有仪器与这条数据流分开过" in look  # nothing is written by looking
    assert client.post(way, {**form, "do": "declare"}).status_code == 302
    page = told(client.get(way))
    assert "搬走了" in page and "2026-05-01" in page
    again = page.split('name="again" value="')[1].split('"')[0]
    assert client.post(way, {"again": again, "do": "declare"}).status_code == 302
    assert "没有仪器与这条数据流分开过" in told(client.get(way))
    for bad in ({"since": "", "do": "declare"}, {"since": "soon", "do": "look"}, {"again": "0" * 64, "do": "declare"}):
        assert client.post(way, {**form, **bad}).status_code == 422
    assert as_("customer").get(way).status_code == 403 and client.get("/series/none/detach").status_code == 404
