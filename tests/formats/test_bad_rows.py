"""A table of which a third is damaged is read without a mapping: the bad cells are counted, the good ones are in."""

from __future__ import annotations

import numpy as np

from suyuan.lake.formats import recognise
from suyuan.lake.formats.imported import NO_TIME
from suyuan.lake.formats.proposed import propose


def damaged(rows: int) -> str:
    """Every third row is bad, in one of three ways; the first twenty rows are all bad."""
    lines = ["time,T [degC]"]
    for i in range(rows):
        good = f"2026-03-01 {i // 60 % 24:02d}:{i % 60:02d}:00,{20 + i % 7 / 10:.1f}"
        bad = (good.partition(",")[0] + ",err", f"notatime{i},20.5", good.partition(",")[0] + ",#N/A")
        lines.append(bad[i // 3 % 3] if i % 3 == 0 or i < 20 else good)
    return "\n".join(lines) + "\n"


def test_a_third_of_bad_rows() -> None:
    text = damaged(900)
    made = recognise.read(text.encode(), zone="Asia/Shanghai")
    (stream,) = made.streams
    body = [line.split(",") for line in text.splitlines()[1:]]
    assert (stream.name, stream.unit, len(stream.value)) == ("T", "degC", 900)
    assert np.isnan(stream.value).sum() == sum(cell in ("err", "#N/A") for _, cell in body)
    assert (stream.time == NO_TIME).sum() == sum(time.startswith("not") for time, _ in body)
    told = {f.code: dict(f.parameters)["count"] for f in made.findings if "count" in dict(f.parameters)}
    assert told["formats.number.unreadable"] == str(np.isnan(stream.value).sum())
    assert told["formats.time.unreadable"] == str((stream.time == NO_TIME).sum())
    assert {"err", "#N/A"} <= set(stream.flag_texts.tolist()), "what stood there is kept beside the reading"


def test_a_pattern_that_reads_fewer_is_no_doubt() -> None:
    """Fourteen days: twelve of them read as month and day as well, and the other two settle it."""
    rows = "".join(f"{day:02d}/04/2024,{day}.5\n" for day in range(1, 15))
    made = propose(("date,T [degC]\n" + rows).encode())
    assert made.mapping.time.patterns == ("%d/%m/%Y",)
    assert not [f for f in made.reasons if f.code == "formats.proposed.day_or_month"]
