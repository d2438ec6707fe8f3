"""Pages of streams: corrected values over a span, catalogue, quality; who may see, bad input, both languages."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
TODAY = date(2026, 11, 29)


def _measured() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measured", Path(__file__).with_name("measured.py"))
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


MEASURED = _measured()
CHAMBER = "/series/CH-2/temperature"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with readings every half hour; not to be written to."""
    folder = tmp_path_factory.mktemp("lake") / "data"
    MEASURED.stocked_lake(folder, TODAY)
    return folder


@pytest.fixture
def lake_site(site_data: Path, built: Path, tmp_path: Path) -> Iterator[Path]:
    """The site on a copy of it."""
    from django.conf import settings

    folder = tmp_path / "data"
    shutil.copytree(built, folder)
    before = settings.DATA
    settings.DATA = folder
    yield folder
    settings.DATA = before


@pytest.fixture
def reader(lake_site: Path, anyone: Callable[..., Any]) -> Callable[..., Any]:
    return anyone


def told(answer: Any) -> str:
    return str(answer.content.decode("utf-8"))


# ---------------------------------------------------------------- a stream


def test_a_stream_shows_values_certificates_and_reasons(reader: Callable[..., Any]) -> None:
    page = told(reader("steward").get(CHAMBER))
    for word in ("DEMO-T77-1", "DEMO-T77-2", "DEMO-T77-3", "证书已撤回", "无证书", "缺测", "超出校准范围", "没有读数"):
        assert word in page
    assert page.count('<svg class="course') == 2  # for either width
    assert "这段的平均" in page and "零点（截距）" in page


def test_the_mean_of_a_span_has_the_uncertainty_of_its_certificate(reader: Callable[..., Any]) -> None:
    """U (k = 2) of a mean under one certificate is that of its correction: 0.040 K, however many readings there are."""
    page = told(reader("steward").get(f"{CHAMBER}?from=2026-03-01&to=2026-04-30"))
    assert '<span class="pm">±</span><span class="n">0.040</span>' in page


def test_json_keeps_the_least_and_greatest_of_each_column(reader: Callable[..., Any]) -> None:
    client = reader("steward")
    whole = client.get(f"{CHAMBER}/readings.json?width=200&from=2025-11-01&to=2026-01-31").json()
    fine = client.get(f"{CHAMBER}/readings.json?width=4000&from=2025-11-01&to=2026-01-31").json()
    assert not whole["single"] and fine["single"] and fine["low"] == fine["high"]
    assert len(whole["time"]) <= 200 < len(fine["time"]) == fine["readings"] == whole["readings"]
    assert min(whole["low"]) == min(fine["low"]) and max(whole["high"]) == max(fine["high"])
    assert whole["unit"] == "°C" and whole["U_low"][0] == pytest.approx(whole["low"][0] - 0.0400, abs=2e-3)


def test_a_line_breaks_where_there_is_no_value(reader: Callable[..., Any]) -> None:
    found = reader("steward").get(f"{CHAMBER}/readings.json?width=4000&from=2026-01-30&to=2026-02-06").json()
    gaps = {g["status"] for g in found["gaps"]}
    assert "missing" in gaps and len(found["broken"]) >= 2


def test_as_known_earlier_the_third_certificate_still_counts(reader: Callable[..., Any]) -> None:
    """Withdrawn forty days ago, and known since: a day before nobody knew that, nor that certificate."""
    client = reader("steward")
    now = client.get(f"{CHAMBER}/readings.json?from=2026-11-01&to=2026-11-20").json()
    assert now["readings"] == 0 and {g["status"] for g in now["gaps"]} == {"withdrawn"}
    then = client.get(f"{CHAMBER}/readings.json?from=2026-11-01&to=2026-11-20&known=2026-10-01").json()
    assert then["readings"] > 700  # the second one was in force then
    assert "按 2026-10-01 所知" in told(client.get(f"{CHAMBER}?known=2026-10-01"))


def test_days_have_completeness_and_status(reader: Callable[..., Any]) -> None:
    page = told(reader("steward").get(f"{CHAMBER}?from=2026-01-30&to=2026-02-06&by=day"))
    assert "读数不足" in page and "100 %" in page
    from openpyxl import load_workbook

    answer = reader("steward").get(f"{CHAMBER}/periods.xlsx?from=2026-01-30&to=2026-02-06&by=day")
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert len(rows) == 9 and rows[1][2] is not None and rows[1][5] == "证书有效"
    from scipy.io import netcdf_file

    assert "/periods.nc?" in page and "/periods.zip?" in page
    taken = reader("steward").get(f"{CHAMBER}/periods.nc?from=2026-01-30&to=2026-02-06&by=day")
    with netcdf_file(BytesIO(taken.content), mmap=False) as file:
        values = file.variables["value"][:]
        assert len(values) == 8 and [bool(v == v) for v in values] == [row[2] is not None for row in rows[1:]]
        assert values[0] == pytest.approx(rows[1][2], rel=1e-12) and "u_random" in file.variables
    assert reader("steward").get(f"{CHAMBER}/periods.nc?from=2031-01-01&to=2031-02-01").status_code == 404


def test_only_what_changes_comes_for_another_span(reader: Callable[..., Any]) -> None:
    client = reader("steward")
    part = told(client.get(f"{CHAMBER}?from=2026-03-01&to=2026-03-02", headers={"X-Suyuan-Part": "course"}))
    assert "<html" not in part and '<svg class="course' in part and "小时" in part


@pytest.mark.parametrize(
    "query", ["from=x", "from=2026-03-02&to=2026-03-01", "known=32.13.2026", "from=%00", "from=999999999999999999"]
)
def test_what_is_not_understood_is_said_and_all_is_shown(reader: Callable[..., Any], query: str) -> None:
    answer = reader("steward").get(f"{CHAMBER}?{query}")
    assert answer.status_code == 200 and "2025-07-17" in told(answer)


def test_a_span_without_readings_is_no_fault(reader: Callable[..., Any]) -> None:
    page = told(reader("steward").get(f"{CHAMBER}?from=2031-01-01&to=2031-02-01"))
    assert "没有有值的读数" in page


@pytest.mark.parametrize(
    ("role", "status"), [("steward", 200), ("metrologist", 200), ("viewer", 403), ("customer", 403)]
)
def test_who_may_see_readings(reader: Callable[..., Any], role: str, status: int) -> None:
    client = reader(role)
    for path in (CHAMBER, f"{CHAMBER}/readings.json", f"{CHAMBER}/periods.xlsx", f"{CHAMBER}/periods.json",
                 f"{CHAMBER}/quality"):  # fmt: skip
        assert client.get(path).status_code == status
    assert reader("steward").get("/series/nothing").status_code == 404


# ---------------------------------------------------------------- the catalogue


def test_the_catalogue_is_searched_in_both_languages(reader: Callable[..., Any]) -> None:
    client = reader("steward")
    for words in ("温度", "temperature", "T-77", "试验箱"):
        page = told(client.get("/data", {"q": words}))
        assert CHAMBER in page and "stack-1" not in page
    assert "没有符合的数据" in told(client.get("/data?q=gibberish"))
    assert "stack-1" not in told(client.get("/data?state=withdrawn"))


def test_the_catalogue_as_a_workbook(reader: Callable[..., Any]) -> None:
    from openpyxl import load_workbook

    answer = reader("steward").get("/data.xlsx?sort=-readings")
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert [row[2] for row in rows[1:]] == ["CH-2/temperature", "stack-1/SO2"]


def test_outsiders_know_only_what_is_published(reader: Callable[..., Any]) -> None:
    page = told(reader("customer").get("/data"))
    assert "CH-2" not in page and "还没有数据" in page


@pytest.mark.parametrize(
    "path", ["/data", CHAMBER, f"{CHAMBER}/quality", "/data/import", "/data/grants", "/data/sets/new"]
)
def test_pages_are_complete_in_english(reader: Callable[..., Any], path: str) -> None:
    import re

    page = told(reader("steward", "en").get(path))
    body = re.sub(r'<a id="other-language".*?</a>|<title>.*?</title>', "", page, flags=re.DOTALL)
    shown = re.sub(r"<[^>]+>", " ", body)
    ours = re.findall(r"[\u4e00-\u9fff]{2,}", shown)
    known = "试验箱合成温度演示市计量院动力电池厂实室修正"  # names of the data themselves
    assert not [word for word in ours if not set(word) <= set(known)], ours
    assert "data." not in shown


# ---------------------------------------------------------------- quality


def test_a_person_flags_a_span_with_a_reason(reader: Callable[..., Any]) -> None:
    client = reader("steward")
    given = {"do": "flag", "from": "2026-03-01T08:00", "to": "2026-03-01T09:00", "verdict": "bad", "reason": "门开着"}
    assert client.post(f"{CHAMBER}/quality", given).status_code == 302
    page = told(client.get(f"{CHAMBER}/quality"))
    assert "门开着" in page and "不可用" in page
    choice = page.split('<select id="verdict"')[1].split("</select>")[0]
    assert '<option value="">' in choice and "selected" not in choice, "no verdict is anybody's but their own"
    refused = client.post(f"{CHAMBER}/quality", {**given, "reason": " "})
    assert refused.status_code == 422 and "2026-03-01T08:00" in told(refused)
    assert "没有选判断" in told(client.post(f"{CHAMBER}/quality", {**given, "verdict": ""}))
    for wrong in ({"from": ""}, {"verdict": "nice"}, {"to": "2026-02-01"}):
        assert client.post(f"{CHAMBER}/quality", {**given, **wrong}).status_code == 422


def test_rules_computed_and_reported_stand_apart(reader: Callable[..., Any]) -> None:
    client = reader("steward")
    page = told(client.get(f"{CHAMBER}/quality"))
    for word in ("calibrated@1", "calibrated_range@1", "设备没有给出标记", "还没有保留过检查", "还没有人标记"):
        assert word in page
    assert "没有查过溯源链" not in page, "the chain is looked at, as in a terminal"
    assert client.post(f"{CHAMBER}/quality", {"do": "keep"}).status_code == 302
    assert "还没有保留过检查" not in told(client.get(f"{CHAMBER}/quality"))


def test_who_only_looks_flags_nothing(reader: Callable[..., Any]) -> None:
    given = {"do": "flag", "from": "2026-03-01", "to": "2026-03-02", "verdict": "bad", "reason": "x"}
    assert reader("manager").get(f"{CHAMBER}/quality").status_code == 200
    assert reader("manager").post(f"{CHAMBER}/quality", given).status_code == 403


# ---------------------------------------------------------------- the picture


def test_thinning_against_a_loop() -> None:
    """The least and greatest of each column, against one reading after another."""
    from suyuan.series.course import Course, Gaps, thinned

    rng = np.random.default_rng(5)
    time = np.cumsum(rng.integers(1, 50, 3000)) * 1000
    value, U = rng.normal(size=3000), rng.uniform(0.1, 0.5, 3000)
    nothing = Gaps(*(np.zeros(0, np.int64),) * 2, np.zeros(0, np.int8), np.zeros(0, np.int64))
    course = Course(time, value, U, int(time[0]), int(time[-1]), nothing, 3000, 10**18)
    first, last, width = int(time[10]), int(time[-20]), 97
    found = thinned(course, first, last, width)
    edges = [first + (last - first) * i // width for i in range(width + 1)]
    at = 0
    for low, high in pairwise(edges):
        mine = (time >= low) & (time < high)
        if not mine.any():
            continue
        assert found.low[at] == value[mine].min() and found.high[at] == value[mine].max()
        assert found.U_low[at] == (value - U)[mine].min() and found.U_high[at] == (value + U)[mine].max()
        at += 1
    assert at == len(found) and found.readings == int(((time >= first) & (time < last)).sum())


def test_a_damaged_lake_is_told_and_the_rest_stands(reader: Callable[..., Any], lake_site: Path) -> None:
    client = reader("steward")
    for file in (lake_site / "lake" / "readings").rglob("*.parquet"):
        file.write_bytes(file.read_bytes()[:200])
    answer = client.get(CHAMBER)
    assert answer.status_code == 503 and "这些数据现在不能显示" in told(answer)
    assert client.get("/data").status_code == 200


def test_a_bad_flag_reaches_the_page_of_the_stream(reader: Callable[..., Any]) -> None:
    """Counted and told; taken out by a rule of use, which the ways of the page keep."""
    steward = reader("steward")
    quiet = told(steward.get(CHAMBER))
    assert "有标记（" not in quiet
    day = {"from": "2026-03-01", "to": "2026-03-01"}
    given = {"do": "flag", "verdict": "bad", "reason": "门开着", **day}
    assert steward.post(f"{CHAMBER}/quality", given).status_code == 302
    page = told(steward.get(CHAMBER, {**day, "by": "hour"}))
    assert "计入了有标记的读数" in page and "个有标记（设备" in page and page.count("计入有标记的读数") >= 15
    without = told(steward.get(CHAMBER, {**day, "by": "hour", "usable": "people"}))
    assert "有标记不用" in without and "个有标记（设备" not in without and "usable=people" in without
    assert "没有名为「nice」的可用性规则" in told(steward.get(CHAMBER, {"usable": "nice"}))
    nothing = steward.post(f"{CHAMBER}/quality", {**given, "from": "1999-01-01", "to": "1999-01-01"})
    assert nothing.status_code == 422 and "没有读数，标记没有写入" in told(nothing)
