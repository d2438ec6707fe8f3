"""Readings without a time, from the hour that clocks show twice: counted by the import, by results and by the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("deltalake")

from .conftest import run_in
from .test_series import certificate as typed
from .test_series import correction, kept

BERLIN = ZoneInfo("Europe/Berlin")
CERTIFICATE = typed("C-1", "2025-10-01", "1.0010", "0.10"), correction("C-1", "2025-10-02")


def test_they_are_told_everywhere_and_no_gap(tmp_path: Path) -> None:
    start = datetime(2025, 10, 25, 20, tzinfo=UTC)
    times = (start + timedelta(minutes=10 * i) for i in range(60))
    rows = (f"{t.astimezone(BERLIN):%Y-%m-%d %H:%M:%S},{20 + 0.01 * i:.2f}\n" for i, t in enumerate(times))
    (tmp_path / "t.csv").write_text("time,T [degC]\n" + "".join(rows), "utf-8")
    words = ("t.csv", "--zone", "Europe/Berlin", "--instrument", "T-7", "--sampling", "600", "--u", "0.05")
    brought = run_in(tmp_path, "lake", "import", *words, "--stream", "T", "--data", "d", "--json").json
    assert brought["files"][0]["streams"][0]["untimed"] == 12
    shown = run_in(tmp_path, "lake", "import", *words, "--stream", "T2", "--data", "d", "--lang", "en").out
    assert "no time" in shown and "(Asia/Shanghai)" in shown
    kept(tmp_path, *CERTIFICATE)
    (stream,) = run_in(tmp_path, "data", "quality", "T", "--data", "d", "--json").json["streams"]
    seen = {o["rule"]: o["readings"] for o in stream["observations"]}
    assert seen["clock_unknown"] == 12 and "clock_gap" not in seen
    for asked in (("resample", "T", "hour"), ("total", "T"), ("correct", "T")):
        found = run_in(tmp_path, "series", *asked, "--data", "d", "--json").json
        told = {f["code"]: f["parameters"] for f in found["findings"]}
        assert found["untimed"] == 12 and told["series.readings.untimed"]["count"] == "12"


def test_a_missing_reading_is_a_word(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("time,T [degC]\n2026-01-10T00:00Z,20.5\n2026-01-10T00:10Z,\n", "utf-8")
    assert run_in(tmp_path, "lake", "import", "t.csv", "--stream", "T", "--instrument", "T-7", "--u", "0.05",
                  "--resolution", "0.1", "--data", "d").code == 0  # fmt: skip
    kept(tmp_path, *CERTIFICATE)
    shown = run_in(tmp_path, "series", "correct", "T", "--data", "d", "--lang", "en").out
    assert "missing" in shown and "nan" not in shown


def test_the_words_of_the_terminal_are_those_of_the_pages() -> None:
    import tomllib

    here = Path(__file__).parents[2] / "src" / "suyuan"
    terminal = tomllib.loads((here / "cli" / "terms.toml").read_text("utf-8"))
    pages = tomllib.loads((here / "site" / "terms" / "data.toml").read_text("utf-8"))
    words = {key.removeprefix("data.status."): said for key, said in pages.items() if key.startswith("data.status.")}
    words.pop("silent")  # a stretch of a picture without readings
    assert {word: terminal[f"status.{word}"] for word in words} == words
