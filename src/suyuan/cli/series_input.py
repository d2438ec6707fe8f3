"""Summaries of readings that a case cites, from the lake of a data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.cli import measured
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.quantity.quantity import Quantity


def summaries(document: Mapping[str, Any], data: Path) -> tuple[dict[str, Any], dict[str, Quantity]]:
    """The case with its knowledge times filled in, and what it asks for → the quantity.

    Raises Refused for a stream or span without corrected readings. A case whose parameters are wrong is left to its
    reader, which says so.
    """
    from suyuan.lake.table import now
    from suyuan.verbs.series.summary_input import asked, behind, cited, faults, pinned

    if any(any(faults(row["parameters"], "")) for row in cited(document)):
        return dict(document), {}
    filled = pinned(document, str(measured.iso(now())))
    opened = measured.opened(data)
    corrections = opened.join().corrections
    found = {}
    for row in cited(filled):
        parameters = row["parameters"]
        found[asked(parameters)] = _summary(opened, corrections, parameters)
    return behind(filled, found), found


def _summary(opened: measured.Opened, corrections: Any, parameters: Mapping[str, Any]) -> Quantity:
    from suyuan.lake.corrected import counting, sums, views
    from suyuan.series.asof import Status
    from suyuan.series.summary import mean, total

    texts = {name: str(parameters.get(name) or "") for name in ("from", "to", "known", "u", "counting")}
    given = measured.OfStream(
        stream=parameters["stream"], data=opened.store.folder, since=texts["from"], until=texts["to"],
        own_u=texts["u"], counting=texts["counting"],
    )  # fmt: skip
    span = measured.span_of(given, opened.lake)
    known = measured.known_at(texts["known"], "known")
    found = counting(opened.lake, span)
    seen = views(found, corrections, known, span.u)
    valued = sum(view.counts.get(Status.VALID, 0) for view in seen)
    if not valued:
        raise Refused(finding("series_join.summary.none", span.stream, readings=sum(map(len, seen))))
    one = sums(found, seen, None)
    return total(one) if parameters.get("what", "mean") == "sum" else mean(one)
