"""The part of a need's page that helps in the workshop: the instrument to have, and who calibrates it."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from suyuan.capability.asking.question import checks
from suyuan.capability.asking.shop import Shop, alike, shop_of
from suyuan.capability.matching.match import ITEM_OPEN, Match
from suyuan.capability.need import Need, Target
from suyuan.capability.target import rule_named
from suyuan.capability.taxonomy import items
from suyuan.site.acts.matching import need as acts
from suyuan.site.language import current
from suyuan.site.web.matching.match_parts import capability_way, item_word, laboratory, quantity_word, target_html
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.text import unbroken
from suyuan.verbs.snapshot import Snapshot

MOST = 8
"""Calibrations that are told."""


def routine(found: Match) -> bool:
    """Whether an instrument that is on the market does for this need, so that it is no matter for an open call."""
    made = shop_of(found.need) if found.verdict != "can" else None
    return made is not None and made.routine


def _made(found: Match) -> Shop | None:
    """What it comes to in the workshop, unless the need is met and it is known on which item."""
    met = found.verdict == "can" and not any(f.code == ITEM_OPEN for f in found.findings)
    return None if met else shop_of(found.need)


def hint(found: Match) -> dict[str, Any] | None:
    """The instruments with which a workshop does it, and the way to state their calibration; None as in `shop`."""
    made = _made(found)
    if made is None:
        return None
    return {"items": [item_word(key) for key in made.items][:3], "way": _way(found.need, made),
            "mpe": quantity_html(f"{_down(made.mpe):.10g}", unit=made.unit.symbol)}  # fmt: skip


def shop(found: Match, snapshot: Snapshot, day: str = "") -> dict[str, Any] | None:
    """Instrument, calibrations and what is not the same; None where the need is met for certain or is one of an
    instrument."""
    made = _made(found)
    if made is None:
        return None
    rows, keys = _calibrations(made, snapshot, day)
    rule = rule_named(made.rule["rule"])
    return {
        "mpe": quantity_html(f"{_down(made.mpe):.10g}", unit=made.unit.symbol),
        "U": target_html(Target(_down(made.target.U), made.unit)),
        "share": f"{made.share:g}", "label": rule.label[current()] if rule else "",
        "status": f"match.status.{made.rule['status'].replace(' ', '_')}",
        "items": [item_word(key) for key in made.items], "rows": rows, "routine": made.routine,
        "quantity": quantity_word(found.need.quantity), "way": _way(found.need, made),
        **_unlike(found.need, snapshot, keys),
    }  # fmt: skip


def _calibrations(made: Shop, snapshot: Snapshot, day: str) -> tuple[list[dict[str, Any]], set[int]]:
    """Capabilities that calibrate one of the instruments, those that are good enough first."""
    answers = acts.screened(snapshot, made.seconds)
    able: dict[int, bool] = {}
    for n in range(len(made.seconds)):
        good = {int(at) for at in answers.single[n]}
        for at in (int(at) for at in answers.of(n)[0]):
            able[at] = able.get(at, False) or at in good
    rows = []
    for at in sorted(able, key=lambda at: (not able[at], at))[:MOST]:
        c = snapshot.capabilities[at]
        rows.append({"lab": laboratory(c), "id": unbroken(c.id), "way": capability_way(c.key, day),
                     "item": item_word(c.item), "quantity": quantity_word(c.quantity), "can": able[at]})  # fmt: skip
    return rows, set(able)


def _unlike(need: Need, snapshot: Snapshot, keys: set[int]) -> dict[str, Any]:
    """How many measure the broader kind of quantity, which is not the same measurand."""
    broader = alike(need)
    if broader is None:
        return {"unlike": 0}
    found = acts.screened(snapshot, [broader]).of(0)[0]
    others = [int(at) for at in found if int(at) not in keys]
    words = dict.fromkeys(item_word(snapshot.capabilities[at].item) for at in others if snapshot.capabilities[at].item)
    return {"unlike": len(others), "broader": quantity_word(broader.quantity), "such": list(words)[:3]}


def _way(need: Need, made: Shop) -> str:
    """The form of the second need, filled in."""
    known = items()[made.items[0]]
    check = next((key for key, row in checks().items() if row["quantity"] == known.quantities[0]), "")
    interval = need.interval
    asked = {"way": "guided", "check": check, "item": (known.zh if current() == "zh" else known.en)[0],
             "low": f"{interval.low:.10g}", "high": f"{interval.high:.10g}", "unit": interval.unit.symbol,
             "tolerance": f"{_down(made.mpe):.10g}", "tolerance_unit": made.unit.symbol,
             "use": "instrument"}  # fmt: skip
    return f"{reverse('need_new')}?{urlencode(asked)}"


def _down(size: float) -> float:
    """Two digits, never rounded up: a limit must not become larger than what it was worked out to be."""
    power = math.floor(math.log10(size)) - 1
    return float(f"{math.floor(size / 10.0**power + 1e-9) * 10.0**power:.2g}")
