"""A plant with a lake of its own for tests of sharing: one stream, a few days, certificates that rest on a reference.

Readings are drawn and say nothing about any place on earth.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from suyuan.lake.datasets import publish_dataset
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.series.block import Block
from suyuan.series.dataset.grant import Grant, made
from suyuan.series.dataset.version import DatasetVersion, Head, Wanted
from suyuan.series.stream import Stream

MINUTE, DAY = 60_000_000, 86_400_000_000
START = 1_767_225_600_000_000  # 2026-01-01T00:00Z
KNOWN = START + 30 * DAY
NOW = START + 40 * DAY
OWN_U = 0.05


def reference(u: float = 0.02) -> Quantity:
    """The one reference that the certificates of all plants rest on."""
    source = Source("Institute", "REF-1")
    return quantity(0.0, u, "K", id="f" * 32, label="reference", source=source)


def certificate(name: str, offset: float = 0.1, u: float = 0.01, **more: Any) -> Correction:
    """y = raw + offset; the offset has a part of its own and the reference's."""
    own = quantity(offset, u, "K", id=f"{sum(map(ord, name)):032x}", source=Source("Laboratory", name))
    about: dict[str, Any] = {"issuer": "Laboratory", "number": name, "raw_unit": "K", "unit": "K", **more}
    return Correction(
        f"c-{name}", f"I-{name}", Formula("raw + offset"), {"offset": own + reference()}, START - DAY, START, **about
    )


def plant(
    folder: Path, name: str = "a", days: int = 3, level: float = 20.0
) -> tuple[Lake, DatasetVersion, list[Correction]]:
    """A lake in a folder, a published dataset «name-temperature@1», and its certificates."""
    lake = Lake.create(folder / "lake", 2)
    stream = Stream(
        f"{name}-t", "temperature", "K", f"I-{name}", f"site {name}", Decimal("0.01"), 60.0, f"plant {name}"
    )
    lake.declare([stream])
    rng = np.random.default_rng(sum(map(ord, name)))
    for day in range(days):
        time = START + day * DAY + np.arange(1440) * MINUTE
        count = np.round((level + rng.normal(0.0, 0.3, 1440)) * 100).astype(np.int64)
        flag = (rng.random(1440) < 0.01).astype(np.int32)
        lake.append([Block(stream.id, stream.instrument, time, count, Decimal("0.01"), flag=flag, legend=("", "D"),
                           u=OWN_U)])  # fmt: skip
    corrections = [certificate(name)]
    title = {"zh": f"{name} 厂温度（合成数据）", "en": f"temperature of plant {name} (synthetic)"}
    about = ("drawn numbers", "CC-BY-4.0", "process data", "general", f"plant {name}")
    head = Head(f"{name}-temperature", "1", title, {"en": about[0]}, *about[1:])
    version = publish_dataset(
        lake, head, [Wanted(stream.id, START, START + days * DAY)], corrections, KNOWN, "suyuan test"
    )
    return lake, version, corrections


def grant(dataset: str, **more: Any) -> Grant:
    """A grant with some fields other than usual."""
    usual: dict[str, Any] = {
        "id": "g1", "dataset": dataset, "grantee": "university", "purpose": ("research",), "begin": START,
        "end": START + 365 * DAY, "ladder": "statistics", "least": 10,
    }  # fmt: skip
    return made(Grant(**{**usual, **more}))
