"""The day of the house: the same for terminal and site, whatever the machine's own is."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from suyuan.cli.command import today
from suyuan.quantity.finding import Refused
from suyuan.store import zone


def test_the_day_follows_the_zone_and_not_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(zone.VARIABLE, "Pacific/Kiritimati")  # UTC+14
    east = today()
    monkeypatch.setenv(zone.VARIABLE, "Pacific/Pago_Pago")  # UTC-11: 25 hours behind, so always another day
    assert east - today() in (timedelta(days=1), timedelta(days=2))
    monkeypatch.delenv(zone.VARIABLE)
    assert abs(today() - (datetime.now(UTC) + timedelta(hours=8)).date()) <= timedelta(days=1)
    assert zone.house_zone().utcoffset(datetime(2026, 11, 28)) == timedelta(hours=8)


def test_a_zone_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Mars/Olympus", "../etc/passwd", "x" * 300):
        monkeypatch.setenv(zone.VARIABLE, name)
        with pytest.raises(Refused) as refused:
            today()
        assert refused.value.findings[0].code == "store.zone.unknown"


def test_the_site_counts_the_same_days(tmp_path: object) -> None:
    pytest.importorskip("django")
    said = (
        "from suyuan.site import settings as s; from suyuan.store import zone as z; print(s.TIME_ZONE, z.zone_name())"
    )
    for name in ("Asia/Shanghai", "Europe/Paris"):
        done = subprocess.run([sys.executable, "-c", said], env={zone.VARIABLE: name, "PATH": ""}, capture_output=True,
                              text=True, check=True)  # fmt: skip
        assert done.stdout.split() == [name, name]
