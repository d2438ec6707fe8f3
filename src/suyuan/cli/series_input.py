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
    from suyuan.cli.series_said import of_views
    from suyuan.lake.corrected import counting, sums, views, without_time
    from suyuan.series.asof import Status
    from suyuan.series.summary import mean, total

    texts = {name: str(parameters.get(name) or "") for name in ("from", "to", "known", "u", "counting", "usable")}
    given = measured.OfStream(
        stream=parameters["stream"], data=opened.store.folder, since=texts["from"], until=texts["to"],
        own_u=texts["u"], counting=texts["counting"], usable=texts["usable"],
    )  # fmt: skip
    span = measured.span_of(given, opened.lake)
    known = measured.known_at(texts["known"], "known")
    found = counting(opened.lake, span)
    seen = views(found, join.corrections, known, span.u)
    valued = sum(view.counts.get(Status.VALID, 0) for view in seen)
    if not valued:
        raise Refused(finding("series_join.summary.none", span.stream, readings=sum(map(len, seen))))
    one = sums(found, seen, None)
    told = (*without_time(span.stream, found.untimed), *of_views(span, seen).findings(opened, join))
    return (total(one) if parameters.get("what", "mean") == "sum" else mean(one)), told
