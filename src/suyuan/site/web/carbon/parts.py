"""Parts of a claim in rows: each source by the year, and the months of all that counts, with how tonnes came about."""

from __future__ import annotations

import math
from typing import Any

from django.utils.safestring import SafeString

from suyuan.carbon.claim.claim import METHODS, MONTHS, Claim, Part
from suyuan.quantity.quantity import Quantity
from suyuan.site.web.carbon.shown import known, lacking, of, relative, tonnes


def part_row(part: Part) -> dict[str, Any]:
    """A part by the year."""
    year, missing, unknown = part.months.sum(), sum(part.missing), sum(part.unknown)
    return {"name": part.name, "kind": f"carbon.kind.{part.kind}", "legal": known(sum(part.legal), missing),
            "best": best_of(year, unknown, part.least), "lacking": lacking(missing, unknown),
            "relative": relative(year, part.least), "counted": part.counted,
            "methods": [(f"carbon.method.{name}", tonnes(t)) for name, t in part.methods.items() if t]}  # fmt: skip


def month_rows(one: Claim) -> list[dict[str, Any]]:
    """The months of all that counts."""
    months, counted = one.months, [part for part in one.parts if part.counted]
    return [_month(one, months[at], counted, at) for at in range(MONTHS)]


def _month(one: Claim, best: Quantity, counted: list[Part], at: int) -> dict[str, Any]:
    missing, unknown = (math.fsum(lost[at] for part in counted if (lost := getattr(part, kind)))
                        for kind in ("missing", "unknown"))  # fmt: skip
    return {"month": at + 1, "legal": known(math.fsum(part.legal[at] for part in counted), missing),
            "lacking": lacking(missing, unknown), "best": best_of(best, unknown, one.least_in(at + 1)),
            "methods": _ways(one, counted, at)}  # fmt: skip


def _ways(one: Claim, counted: list[Part], at: int) -> list[tuple[str, SafeString | str]]:
    """How the legal tonnes of a month came about: method and tonnes, these left out where a part does not say."""
    if not all(part.by for part in counted if part.legal[at]):
        return [(f"carbon.method.{name}", "") for name in one.methods_in(at + 1)]
    ways = {name: math.fsum(part.legal[at] for part in counted if part.by and part.by[at] == name) for name in METHODS}
    return [(f"carbon.method.{name}", tonnes(t)) for name, t in ways.items() if t]


def best_of(best: Quantity, unknown: float, least: bool) -> SafeString:
    """A best estimate with U; unknown where it leaves hours out and nothing was summed. least: U is a lower bound."""
    return known(0.0, unknown) if unknown and not float(best.value) else of(best, least=least)
