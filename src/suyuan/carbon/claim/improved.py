"""Before and after a measure: what each influence brought to U of a claim, what it brings now, what that was worth.

Two years of a plant have other tonnes, so what is compared is relative: rᵢ = |cᵢ|/T. The worth of a measure, the value
of what it lets one know, is the U that goes away at the same tonnes, those of the claim after it:

    saved = 2·T′·(u/T − u′/T′),    u² = Σ cᵢ²

Step by step, the largest change of rᵢ² first; the steps add up to −saved. Only like with like: the same unit of the
same enterprise, with the same parts in its total.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from suyuan.carbon.claim.claim import Claim, unstated
from suyuan.carbon.claim.improve import possible
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Finding, Refused, finding

State = Literal["changed", "same", "new", "gone"]
SAME = 1e-9
"""Relative contributions that differ by less, of the whole u, are the same."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one measurement brings to a total. names: of its influences; numbers: of its certificates; u: t."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    u: float


@dataclass(frozen=True, slots=True)
class Moved:
    """One measurement before and after; None where it is not in a claim. share_before, share_after: of the variance;
    effect: on U (k = 2) at the tonnes of the claim after, t, negative where U falls."""

    name: str
    before: Held | None
    after: Held | None
    share_before: float
    share_after: float
    effect: float

    @property
    def state(self) -> State:
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        return "changed" if self.effect else "same"


@dataclass(frozen=True, slots=True)
class Improved:
    """Before against after. tonnes, u: of the best estimates, t; rows: the largest effect first, what stayed the same
    last; findings: what is not alike; least: of which claims u is a lower bound."""

    tonnes: tuple[float, float]
    u: tuple[float, float]
    years: tuple[int, int]
    rows: tuple[Moved, ...]
    findings: tuple[Finding, ...] = ()
    least: tuple[bool, bool] = (False, False)

    @property
    def u_as_before(self) -> float:
        """u that the tonnes after would have as they were known before, t."""
        return self.u[0] * abs(self.tonnes[1] / self.tonnes[0])

    @property
    def saved(self) -> float:
        """U (k = 2) that went away at the tonnes after, t; negative where U grew."""
        return 2.0 * (self.u_as_before - self.u[1])

    @property
    def relative(self) -> tuple[float, float]:
        """U (k = 2) over tonnes without their sign, before and after: a forest's are below zero."""
        return 2.0 * self.u[0] / abs(self.tonnes[0]), 2.0 * self.u[1] / abs(self.tonnes[1])


def improved(before: Claim, after: Claim) -> Improved:
    """What a measure between two claims of a unit was worth, by measurement.

    A certificate that took the place of another, or a report of the same laboratory on another month, is the same
    measurement. Raises Refused for another unit, another boundary, twice the same claim, and a total of nil.
    """
    findings = _alike(before, after)
    first, last = _held(before), _held(after)
    pairs = _pairs(first, last)
    return moves(pairs, (before, after), findings)


def supposed(claim: Claim, factors: Mapping[str, float]) -> Improved:
    """The same for what is only supposed: the influences of these names have `factor` times their u.

    factors: name of an influence → what is left of its u, 0 to 1, as in `suyuan.carbon.claim.improve.measures`.
    Raises Refused for a name that the claim does not have and for a factor outside 0 to 1.
    """
    possible(factors, by_influence(claim.best))
    if not float(claim.best.value):
        raise Refused(finding("carbon.improved.nil", claim.number, number=claim.number))
    return moves(_pairs(_held(claim), _held(claim, factors)), (claim, claim), ())


Key = tuple[str, ...]


def _held(claim: Claim, factors: Mapping[str, float] | None = None) -> dict[Key, Held]:
    """What each measurement brings to the total of a claim; of a certificate or laboratory by what it measures."""
    counted = {part.name for part in claim.parts if part.counted}
    known: dict[Key, tuple[Key, str]] = {}
    for e in claim.evidence:
        if e.part in counted:
            sample = "sample" if e.sample else ""
            known.setdefault((e.issuer, e.number), ((e.part, e.factor, sample), e.role))
            if sample:  # what the reports of a laboratory share has its name and no number
                known.setdefault((e.issuer, ""), ((e.part, e.factor, sample), e.issuer))
    found: dict[Key, Held] = {}
    for row in by_influence(claim.best):
        key, name = known.get((row.source.issuer, row.source.number), ((row.name,), row.name))
        u = abs(row.contribution) * (factors or {}).get(row.name, 1.0)
        old = found.get(key, Held((), (), 0.0))
        label = row.source.issuer if key[-1] == "sample" else name
        numbers = (*old.numbers, row.source.number) if row.source.number else old.numbers
        found[key] = Held(tuple(dict.fromkeys((*old.names, label))), tuple(dict.fromkeys(numbers)),
                          math.hypot(old.u, u))  # fmt: skip
    return found


def _pairs(first: Mapping[Key, Held], last: Mapping[Key, Held]) -> list[tuple[Held | None, Held | None]]:
    """What is the same measurement: by what it measures, else by a name that both have."""
    found: list[tuple[Held | None, Held | None]] = [(first[key], last[key]) for key in first if key in last]
    rest = {key: held for key, held in last.items() if key not in first}
    for key, held in first.items():
        if key in last:
            continue
        same = next((k for k, other in rest.items() if set(other.names) & set(held.names)), None)
        found.append((held, rest.pop(same) if same is not None else None))
    return found + [(None, held) for held in rest.values()]


def moves(
    pairs: Iterable[tuple[Held | None, Held | None]], claims: tuple[Claim, Claim], findings: tuple[Finding, ...]
) -> Improved:
    """The steps from U before to U after at the tonnes after, the largest change of rᵢ² first."""
    tonnes = float(claims[0].best.value), float(claims[1].best.value)
    size = abs(tonnes[0]), abs(tonnes[1])
    sides = [(old.u / size[0] if old else 0.0, new.u / size[1] if new else 0.0, old, new) for old, new in pairs]
    total = math.fsum(side[0] ** 2 for side in sides), math.fsum(side[1] ** 2 for side in sides)
    floor = SAME * math.sqrt(max(total))
    sides.sort(key=lambda s: (-abs(s[1] ** 2 - s[0] ** 2) if abs(s[1] - s[0]) > floor else 0.0, -s[1]))
    rows, running = [], total[0]
    for r0, r1, old, new in sides:
        then = max(running + r1**2 - r0**2, 0.0) if abs(r1 - r0) > floor else running
        effect = 2.0 * size[1] * (math.sqrt(then) - math.sqrt(running))
        name = (new or old or Held(("",), (), 0.0)).names[0]
        rows.append(Moved(name, old, new, _share(r0, total[0]), _share(r1, total[1]), effect))
        running = then
    u = math.sqrt(total[0]) * size[0], math.sqrt(total[1]) * size[1]
    told = tuple(dict.fromkeys((*findings, *unstated(p for one in claims for p in one.parts if p.counted))))
    least = claims[0].least, claims[1].least
    return Improved(tonnes, u, (claims[0].year, claims[1].year), tuple(rows), told, least)


def _share(r: float, total: float) -> float:
    return r * r / total if total else 0.0


def _alike(before: Claim, after: Claim) -> tuple[Finding, ...]:
    """What is not alike but may be compared; Refused for what may not."""
    if before.digest and before.digest == after.digest:
        raise Refused(finding("carbon.improved.same", before.number, digest=before.digest[:12]))
    names = [f"{one.enterprise} {one.unit}".strip() for one in (before, after)]
    if names[0] != names[1]:
        raise Refused(finding("carbon.improved.unit", after.number, before=names[0][:80], after=names[1][:80]))
    first, last = ({(part.name, part.kind) for part in one.parts if part.counted} for one in (before, after))
    if first != last:
        told = [", ".join(sorted(name for name, _ in some)) or "—" for some in (first - last, last - first)]
        raise Refused(finding("carbon.improved.boundary", after.number, before=told[0][:120], after=told[1][:120]))
    for one in (before, after):
        if not float(one.best.value):
            raise Refused(finding("carbon.improved.nil", one.number, number=one.number))
    found = []
    if before.year != after.year:
        found.append(finding("carbon.improved.year", after.number, "warning", before=before.year, after=after.year))
    if before.scheme != after.scheme:
        found.append(finding("carbon.improved.scheme", after.number, "warning", before=before.scheme,
                             after=after.scheme))  # fmt: skip
    return tuple(found)


def merged(found: Improved, most: int) -> Improved:
    """The same with the smaller rows as one («»), so that there are at most so many."""
    if len(found.rows) <= most:
        return found
    kept, rest = found.rows[: most - 1], found.rows[most - 1 :]
    sides = [[held for row in rest if (held := getattr(row, side)) is not None] for side in ("before", "after")]
    joined = [Held(("",), (), math.hypot(*(held.u for held in side))) if side else None for side in sides]
    one = Moved("", joined[0], joined[1], math.fsum(r.share_before for r in rest),
                math.fsum(r.share_after for r in rest), math.fsum(r.effect for r in rest))  # fmt: skip
    return replace(found, rows=(*kept, one))
