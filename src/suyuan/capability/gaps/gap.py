"""A gap: a need minus verified capability, with its kind, its size, and what came close; and how it is closed.

测不了 cannot · 测不全 partly · 测不准 not_accurate     unknown stands apart: a need without a target is no proven gap,
                                                        nor one that a laboratory has only to be asked about
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.capability.interval import Interval
from suyuan.capability.matching.dominant import Dominant
from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.quantity.finding import Finding

Kind = Literal["cannot", "partly", "not_accurate", "unknown"]
ABOUT_NEED = ("capability.match.relative_at_zero",)
"""Findings of a match by which a need asks for what nobody can do, whoever is nearest."""
KINDS: tuple[Kind, ...] = ("cannot", "partly", "not_accurate", "unknown")
CapabilityKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing for a need on a day.

    kind: the verdict; missing: parts of the need that nothing covers (cannot, partly) or that nothing proves
    (not_accurate), in its unit; factor: U/U_target of the nearest capability where it is worst (infinite for a
    relative target at nil), None where that is not known; gate: the first gate at which the nearest one fails
    («measurand» where none agrees); gates: all of them; nearest: key of that capability; dominant: the term of its
    budget to be improved; findings: what is wrong with the need itself, then its reasons.
    """

    need: Need
    day: date | None
    kind: Kind
    missing: tuple[Interval, ...]
    factor: float | None
    gate: str
    gates: tuple[str, ...] = ()
    nearest: CapabilityKey | None = None
    dominant: Dominant | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What names it among all: first name of the organisation, id of the need."""
        return need_key(self.need)

    @property
    def proven(self) -> bool:
        """Whether it is known that the need is not met; without a target nobody knows."""
        return self.kind != "unknown"


def need_key(need: Need) -> tuple[str, str]:
    """What names a need among all: first name of its organisation, id."""
    return (need.organisation.get("zh") or next(iter(need.organisation.values()), ""), need.id)


def gap(match: Match) -> Gap | None:
    """The gap that a match leaves, or None where the need can be met."""
    if match.verdict == "can":
        return None
    nearest = match.nearest
    settled = match.verdict == "not_accurate" or (match.verdict == "unknown" and bool(match.covered))
    missing = match.unproven if settled else match.uncovered
    if nearest is None:
        return Gap(match.need, match.day, match.verdict, missing, None, "measurand", ("measurand",),
                   findings=match.findings)  # fmt: skip
    gates = nearest.failed
    asked = tuple(item for item in match.findings if item.code in ABOUT_NEED)
    return Gap(
        match.need, match.day, match.verdict, missing, _factor(nearest), gates[0] if gates else "measurand", gates,
        nearest.capability.key, match.dominant, (*asked, *_reasons(nearest)),
    )  # fmt: skip


def gaps(matches: Iterable[Match]) -> tuple[Gap, ...]:
    """The gaps that matches leave, in their order."""
    return tuple(found for match in matches if (found := gap(match)) is not None)


def _factor(nearest: Examined) -> float | None:
    worst = nearest.adequacy.worst
    return None if worst is None else worst.ratio


def _reasons(nearest: Examined) -> Iterable[Finding]:
    for gate in nearest.gates:
        if gate.name in nearest.failed:
            yield from gate.findings


# ---------------------------------------------------------------- closing


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a closing. day; verdict; capabilities: keys of those that prove the need (after) or came nearest
    (before); factor: U/U_target of the best of them; standards: issuer and number of the certificates that they rest
    on; documents: SHA-256 of the documents behind all of it."""

    day: date | None
    verdict: str
    capabilities: tuple[CapabilityKey, ...] = ()
    factor: float | None = None
    standards: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """A gap that was closed, with the evidence of both sides. kind: of the gap before."""

    need: Need
    kind: Kind
    before: Side
    after: Side


def side(match: Match, documents: Iterable[str] = (), day: date | None = None) -> Side:
    """A match as one side of a closing.

    documents: digests of what it was computed from; day: on which it was computed, where that is not the day on which
    the need wants its service.
    """
    proving = _proving(match)
    shown = proving or ((match.nearest,) if match.nearest is not None else ())
    factors = [found for item in shown if (found := _factor(item)) is not None]
    return Side(
        day or match.day, match.verdict, tuple(item.capability.key for item in shown), min(factors, default=None),
        tuple(dict.fromkeys(key for item in shown for key in item.capability.standards)),
        tuple(dict.fromkeys(documents)),
    )  # fmt: skip


def _proving(match: Match) -> tuple[Examined, ...]:
    """The capabilities that meet the need: alone, else as the first set that does."""
    if match.verdict != "can":
        return ()
    sets = (*((item,) for item in match.single[:1]), *(composite.members for composite in
            (*match.composite, *match.several)))  # fmt: skip
    return sets[0] if sets else ()


def closed(gap: Gap, before: Side, after: Side) -> Closing | None:
    """The closing of a gap, or None where it is not closed: known to be open before, met after, and later.

    A gap of kind «unknown» was never proven, so nothing closed it; a target that appears is no new capability.
    """
    if not gap.proven or before.verdict == "can" or after.verdict != "can":
        return None
    if before.day is not None and after.day is not None and after.day <= before.day:
        return None
    return Closing(gap.need, gap.kind, before, after)
