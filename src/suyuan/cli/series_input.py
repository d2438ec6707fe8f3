"""Summaries of readings that a case cites, from the lake of a data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.cli import measured
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.quantity.quantity import Quantity
    from suyuan.verbs.series.corrections import Join


def summaries(
    document: Mapping[str, Any], data: Path
) -> tuple[dict[str, Any], dict[str, Quantity], tuple[Finding, ...]]:
    """The case with its knowledge times filled in, what it asks for → the quantity, and what is to be said of flags,
    of readings without a time and of broken chains behind it.

    Raises Refused for a stream or span without corrected readings. A case whose parameters are wrong is left to its
    reader, which says so.
    """
    from suyuan.lake.table import now
    from suyuan.verbs.series.summary_input import asked, behind, cited, faults, pinned

    if any(any(faults(row["parameters"], "")) for row in cited(document)):
        return dict(document), {}, ()
    filled = pinned(document, str(measured.iso(now())))
    opened = measured.opened(data)
    join, found = opened.join(), {}
    told: list[Finding] = []
    for row in cited(filled):
        parameters = row["parameters"]
        found[asked(parameters)], some = _summary(opened, join, parameters)
        told += some
    return behind(filled, found), found, measured.once(told)


def _summary(
    opened: measured.Opened, join: Join, parameters: Mapping[str, Any]
) -> tuple[Quantity, tuple[Finding, ...]]:
    from suyuan.cli.series_said import of_sums
    from suyuan.lake.corrected import without_time
    from suyuan.lake.pieces import sums_by_pieces
    from suyuan.lake.readings import untimed_of
    from suyuan.series.summary import mean, total

    texts = {name: str(parameters.get(name) or "") for name in ("from", "to", "known", "u", "counting", "usable")}
    given = measured.OfStream(
        stream=parameters["stream"], data=opened.store.folder, since=texts["from"], until=texts["to"],
        own_u=texts["u"], counting=texts["counting"], usable=texts["usable"],
    )  # fmt: skip
    span = measured.span_of(given, opened.lake)
    known = measured.known_at(texts["known"], "known")
    one = sums_by_pieces(opened.lake, span, join.corrections, known, None)
    if one is None or not one.count.any():
        readings = 0 if one is None else int(one.tally[2].sum())
        raise Refused(finding("series_join.summary.none", span.stream, readings=readings))
    untimed = untimed_of(opened.lake, span.stream, span.version)
    told = (*without_time(span.stream, untimed), *of_sums(span, one).findings(opened, join))
    return (total(one) if parameters.get("what", "mean") == "sum" else mean(one)), told
