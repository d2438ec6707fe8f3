"""Tools of the demo's generators: times in the demo's zone, streams whose title tells what is true, corrections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.shelf import Shelf
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.stream import Stream
from suyuan.verbs.series.declared import declared_document, moment_of, read_declared

ZONE = timezone(timedelta(hours=8))
OWNER, LICENCE = "演示数据，虚构", "Apache-2.0"
SECOND = 1_000_000
Array = NDArray[Any]


@dataclass
class Made:
    """What a generator has made: streams and blocks for the lake."""

    streams: list[Stream] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def stream(self, id: str, quantity: str, unit: str, instrument: str, about: dict[str, Any]) -> Stream:
        """One more stream. about: its name and what is true of it, each zh and en; resolution, sampling (s), place."""
        (zh, en) = about["name"]
        title = f"{zh}（虚构：{about['zh']}） / {en} (synthetic: {about['en']})"
        made = Stream(
            id, quantity, unit, instrument, about.get("place", ""), Decimal(about["resolution"]),
            about.get("sampling"), OWNER, LICENCE, title,
        )  # fmt: skip
        self.streams.append(made)
        return made

    def block(self, stream: Stream, time: Array, value: Array, u: float, received: int) -> None:
        """One more block: values as the instrument shows them, rounded to its resolution."""
        step = float(stream.resolution)
        shown = np.round(np.round(value / step) * step, 9)
        self.blocks.append(from_values(stream, time, shown, Arrived(received, "", u=u)))


def start_of(day: date) -> int:
    """The beginning of a day, µs."""
    return moment_of(day, ZONE)


def times(day: date, step: float, count: int) -> Array:
    """Times (n,) in µs from the beginning of a day, a step in seconds apart."""
    return start_of(day) + (np.arange(count) * step * SECOND).astype(np.int64)


def correction(shelf: Shelf, certificate: Certificate, known: date, **fields: Any) -> None:
    """Declare how a certificate corrects an instrument, and since when the demo's laboratory knows it."""
    document = declared_document(
        {
            "certificate": {
                "issuer": certificate.issuer, "number": certificate.number, "sha256": certificate.digest
            },
            "known": known.isoformat(), "declared_by": "演示实验室", "source": "演示数据", **fields,
        }
    )  # fmt: skip
    made, findings = read_declared(document)
    assert made is not None, findings
    name = "-".join(part for part in ("correction", certificate.number, fields.get("place", "")) if part)
    shelf.keep(document, f"{name}.json")
