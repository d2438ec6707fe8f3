"""A claim as it was made beside what the same document would give by what is known today, part by part."""

from __future__ import annotations

import math
from typing import Any

from suyuan.carbon.claim.claim import Claim, Part
from suyuan.site.acts.carbon.claim import PartToday, Today
from suyuan.site.web.carbon.parts import best_of
from suyuan.site.web.carbon.shown import K, in_both, known, lacking, of, percent, tonnes


def today_shown(now: Today | None, one: Claim) -> dict[str, Any] | None:
    """A claim beside the same document by what is known today; None where that is not known."""
    if now is None:
        return None
    if now.made is None or now.apart is None:
        return {"refused": True, "moves": True, "said": in_both("carbon.today.refused")}
    claim, apart = now.made.claim, float(now.apart.value)
    total = abs(now.legal_apart) > 1e-9 * max(abs(claim.legal), 1.0) or any(
        part.moves and part.now is not None and part.now.counted for part in now.parts)  # fmt: skip
    if (lost := _lost_today(now)) is not None:
        said = in_both("carbon.today.incomplete", part=lost.name, n=f"{_hours(lost.now):.6g}",
                       then=f"{_hours(lost.claimed):.6g}")  # fmt: skip
        return _today_fields(now, one, said, total, apart)
    key = "carbon.today.moved" if total else "carbon.today.checks" if now.moves else "carbon.today.same"
    moved = next((part for part in now.parts if part.moves), None)
    said = in_both(key, legal=tonnes(now.legal_apart, sign=True), best=tonnes(apart, sign=True),
                   share=percent(now.legal_apart / one.legal if one.legal else 0.0, 2, True),
                   part=moved.name if moved else "",
                   moved=tonnes(moved.legal, sign=True) if moved else "")  # fmt: skip
    return _today_fields(now, one, said, total, apart)


def _hours(part: Part | None) -> float:
    """Running hours of a part without a legal value."""
    return math.fsum(part.missing) if part is not None else 0.0


def _lost_today(now: Today) -> PartToday | None:
    """The part of which today other hours lack a legal value than in the claim: its sums are not of the same hours."""
    return next((part for part in now.parts if part.now is not None and part.claimed is not None
                 and (_hours(part.now) or _hours(part.claimed)) and part.now.missing != part.claimed.missing),
                None)  # fmt: skip


def _today_fields(now: Today, one: Claim, said: Any, total: bool, apart: float) -> dict[str, Any]:
    assert now.made is not None and now.apart is not None
    claim = now.made.claim
    return {
        "refused": False, "moves": now.moves, "total": total, "said": said,
        "lacking": lacking(claim.missing, claim.unknown), "whole": claim.missing == one.missing,
        "parts": [_part_today(part) for part in now.parts],
        "legal": tonnes(claim.legal), "best": of(claim.best, least=claim.least),
        "legal_apart": tonnes(now.legal_apart, sign=True),
        "best_apart": tonnes(apart, K * float(now.apart.u), True) if total else tonnes(0.0),
    }  # fmt: skip


def _part_today(one: PartToday) -> dict[str, Any]:
    def side(part: Part | None) -> tuple[Any, Any, str]:
        if part is None:
            return "", "", ""
        return (known(sum(part.legal), sum(part.missing)), best_of(part.months.sum(), sum(part.unknown), part.least),
                lacking(sum(part.missing), sum(part.unknown)))  # fmt: skip

    counted = one.now.counted if one.now is not None else one.claimed is not None and one.claimed.counted
    apart = one.best
    alike = one.now is None or one.claimed is None or one.now.missing == one.claimed.missing
    return {"name": one.name, "counted": counted, "alike": alike, "claimed": side(one.claimed), "now": side(one.now),
            "bounded": one.now is not None and one.claimed is not None and one.now.least and not one.claimed.least,
            "moves": one.moves, "legal": tonnes(one.legal, sign=True),
            "best": tonnes(float(apart.value), K * float(apart.u), True) if apart is not None else ""}  # fmt: skip
