"""The form of a grant without a request: to whom, for what, until when, how much of a dataset, how coarse."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

from django.http import HttpRequest

from suyuan.lake.table import now
from suyuan.quantity.archive.archive import Disclosure
from suyuan.quantity.archive.disclosure import DISCLOSURES
from suyuan.quantity.finding import Refused, finding
from suyuan.series.dataset.grant import COLUMNS, LADDER, LEAST, MASKS, PERIODS, Grant
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.resolution import decimal
from suyuan.site.acts.series.asked import asked
from suyuan.store.zone import zone_name

TEXTS = (
    "grantee", "purpose", "ladder", "from", "to", "data_from", "data_to", "step", "least", "complete", "period",
    "disclosure", "licence", "conditions",
)  # fmt: skip
LISTS = ("columns", "streams", "masks")
Typed = dict[str, Any]


def typed_of(request: HttpRequest) -> Typed:
    """What was typed; at first what is proposed: statistics of value and u."""
    if request.POST.get("do") != "grant":
        return {name: "" for name in TEXTS} | {
            "ladder": "statistics", "least": str(LEAST), "period": "day", "disclosure": "grouped",
            "columns": list(COLUMNS[:2]), "streams": [], "masks": [], "each": "",
        }  # fmt: skip
    texts = {name: request.POST.get(name, "").replace("\x00", "").strip()[:600] for name in (*TEXTS, "each")}
    return texts | {name: request.POST.getlist(name) for name in LISTS}


def words(text: str) -> tuple[str, ...]:
    """Purposes with commas of either language between them."""
    return tuple(word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip())


def grant_of(version: DatasetVersion, typed: Typed) -> Grant:
    """The grant that a form describes. Raises Refused with what cannot be read; `made` judges the rest."""
    given, data = asked(typed), asked({"from": typed["data_from"], "to": typed["data_to"]})
    found = [*given.findings, *(replace(f, where=f"data_{f.where}") for f in data.findings)]
    least, step = typed["least"] or str(LEAST), None
    if not (least.isascii() and least.isdigit() and len(least) < 9):
        found.append(finding("cli.series.number", "least", given=least[:40]))
    if typed["step"]:
        try:
            step = decimal(typed["step"], "step")
        except Refused as refused:
            found += refused.findings
    try:
        complete = float(typed["complete"]) / 100.0 if typed["complete"] else None
    except ValueError:
        complete = math.nan
    if complete is not None and not 0.0 <= complete <= 1.0:
        found.append(finding("sharing.grant.complete", "complete", given=typed["complete"][:40]))
    if found:
        raise Refused(*found)
    return Grant(
        "", version.head.id, typed["grantee"], words(typed["purpose"]), now() if given.first is None else given.first,
        given.last, "" if typed["each"] else version.head.version, typed["licence"] or version.head.licence,
        typed["ladder"], tuple(typed["streams"]), data.first, data.last, columns=tuple(typed["columns"]), step=step,
        masks=tuple(typed["masks"]), least=int(least), period=typed["period"] or "day",
        disclosure=cast(Disclosure, typed["disclosure"] or "grouped"), conditions=typed["conditions"],
        zone=zone_name(), complete=complete,
    )  # fmt: skip


def choices(version: DatasetVersion, typed: Typed) -> dict[str, Any]:
    """What can be chosen, and what is: for each field (value, word, chosen)."""

    def listed(field: str, values: tuple[str, ...], group: str) -> list[tuple[str, str, bool]]:
        held = typed.get(field) or ()
        return [(v, group + v, v == held if isinstance(held, str) else v in held) for v in values]

    streams = [(p.stream.id, p.stream.id in (typed.get("streams") or ())) for p in version.parts]
    return {
        "typed": typed, "zone": zone_name(), "ladder": listed("ladder", LADDER, "data.ladder."), "streams": streams,
        "columns": listed("columns", COLUMNS, "data.column."), "masks": listed("masks", MASKS, "data.mask."),
        "period": listed("period", PERIODS, "data.period."),
        "disclosure": listed("disclosure", tuple(DISCLOSURES), "data.disclosure."),
    }  # fmt: skip
