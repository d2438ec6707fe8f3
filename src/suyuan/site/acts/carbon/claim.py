"""What the page of a claim asks: its cross-check, what stands behind each factor, what a better meter would gain."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from suyuan.carbon.claim.check import Check, check_parts
from suyuan.carbon.claim.claim import Claim, Part
from suyuan.carbon.claim.improve import HALF, Measure, measures, together
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held, making
from suyuan.site.acts.carbon.held import Filed
from suyuan.verbs.carbon.claims import Claimed, Standing, standing
from suyuan.verbs.carbon.links import FactorLink, factor_links
from suyuan.verbs.carbon.monitored import Stacked

REMEMBERED = 24
_lock = Lock()
_behind: OrderedDict[str, tuple[Any, Behind]] = OrderedDict()
"""Digest of a claim → the documents that it was asked with, and the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Behind:
    """links: of each measured factor; states: of the certificates (`suyuan.verbs.carbon.claims.standing`)."""

    links: tuple[FactorLink, ...]
    states: Standing


def behind(claim: Claim) -> Behind:
    """What stands behind the factors of a claim by the documents of today."""
    evidence = store.evidence()
    with _lock:
        if claim.digest in _behind and _behind[claim.digest][0] is evidence:
            return _behind[claim.digest][1]
    found = Behind(factor_links(claim, evidence), standing(claim, evidence, held.factors(), held.said_then(claim)))
    if claim.digest:
        with _lock:
            _behind[claim.digest] = evidence, found
            while len(_behind) > REMEMBERED:
                _behind.popitem(last=False)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Today:
    """The same year by what is known today. made: None where there could be no claim today; apart: its best estimate
    less that of the claim, with what both share taken out; findings: of today that were not told of the claim."""

    made: Claimed | None
    stacked: tuple[Stacked, ...]
    apart: Quantity | None
    legal_apart: float
    findings: tuple[Finding, ...]
    parts: tuple[PartToday, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether tonnes are others than those claimed, by more than the last printed digit of floating numbers."""
        return self.made is None or any(one.moves for one in self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class PartToday:
    """A part as claimed and as of today; None where it is not there. legal, best: today less claimed, t."""

    name: str
    claimed: Part | None
    now: Part | None
    legal: float
    best: Quantity | None

    @property
    def moves(self) -> bool:
        if self.claimed is None or self.now is None or self.best is None:
            return True
        scale = 1e-9 * max(abs(sum(self.now.legal)), 1.0)
        return abs(self.legal) > scale or abs(float(self.best.value)) > scale


def today(claim: Claim, filed: Filed) -> Today:
    """The claim of the same document by what is known today, against the claim."""
    made, stacked, findings = making.computed(filed.plant, filed.digest, None)
    if made is None:
        return Today(None, stacked, None, 0.0, findings)
    return Today(made, stacked, made.claim.best - claim.best, made.claim.legal - claim.legal, findings,
                 _parts(claim, made.claim))  # fmt: skip


def _parts(claim: Claim, now: Claim) -> tuple[PartToday, ...]:
    old, new = ({part.name: part for part in one.parts} for one in (claim, now))
    return tuple(_part(name, old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new)))


def _part(name: str, old: Part | None, new: Part | None) -> PartToday:
    if old is None or new is None:
        return PartToday(name, old, new, 0.0, None)
    best: Any = new.months.sum() - old.months.sum()
    return PartToday(name, old, new, sum(new.legal) - sum(old.legal), best)


def check(claim: Claim) -> Check | None:
    """Monitoring against calculation, where a claim has both."""
    return check_parts(claim.parts)


# ---------------------------------------------------------------- what to improve


@dataclass(frozen=True, slots=True)
class Improved:
    """What could get better. rows: the largest gain first; u_before, u_after: with all that was asked for, t; asked:
    name → what is left of its u; findings: of what was typed."""

    rows: tuple[Measure, ...]
    u_before: float
    u_after: float
    asked: Mapping[str, float]
    findings: tuple[Finding, ...]


def improved(claim: Claim, typed: Mapping[str, str]) -> Improved:
    """What to improve first, with factors as typed by the place of a name in the budget: `left-0` and so on."""
    best = claim.best
    names = dict.fromkeys(row.name for row in by_influence(best))
    asked, found = {}, []
    for at, name in enumerate(names):
        text = typed.get(f"left-{at}", "").replace("，", ".").strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if 0.0 <= value <= 1.0:
            asked[name] = value
        else:
            found.append(finding("site.carbon.factor", f"left-{at}", name=name[:60], given=text[:20]))
    try:
        rows = measures(best, asked)
    except Refused as refused:
        return Improved((), float(best.u), float(best.u), {}, (*found, *refused.findings))
    return Improved(rows, float(best.u), together(best, asked) if asked else float(best.u), asked, tuple(found))


__all__ = ["HALF", "Behind", "Improved", "Today", "behind", "check", "improved", "today"]
