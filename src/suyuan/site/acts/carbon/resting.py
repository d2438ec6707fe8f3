"""Which standing claims rest on certificates: their months and tonnes, and what of these a day reaches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.carbon.claim.claim import MONTHS, Claim, Evidence, Part
from suyuan.site.acts.carbon import held
from suyuan.traceability.evidence import Key


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A part of a claim that rests on a certificate. items: of the claim's evidence that name it; part: None where they
    stand behind none; months: for which it was used."""

    claim: Claim
    items: tuple[Evidence, ...]
    part: Part | None
    months: tuple[int, ...]

    @property
    def key(self) -> Key:
        """Issuer and number of the certificate."""
        return self.items[0].issuer, self.items[0].number

    @property
    def counted(self) -> bool:
        """Whether its tonnes are in the claimed value, and do not only check it."""
        return self.part is not None and self.part.counted

    def since(self, day: date | None) -> tuple[int, ...]:
        """The months that do not end before a day, all of them without one."""
        return self.months if day is None else tuple(
            m for m in self.months if (self.claim.year, m) >= (day.year, day.month))  # fmt: skip

    def tonnes(self, months: Collection[int]) -> float | None:
        """Of the legal value in some months, t; None where it stands behind no part."""
        return None if self.part is None else float(sum(self.part.legal[month - 1] for month in months))


@dataclass(frozen=True, slots=True)
class Resting:
    """The parts that rest on certificates, those of the claimed value with most tonnes first; hidden: whether claims
    rest on them too that somebody may not see."""

    rests: tuple[Rest, ...]
    hidden: bool

    def __bool__(self) -> bool:
        return bool(self.rests) or self.hidden

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that may be seen, each once."""
        return tuple({rest.claim.digest: rest.claim for rest in self.rests}.values())

    def since(self, day: date | None) -> tuple[Rest, ...]:
        """The parts of which a day reaches months."""
        return tuple(rest for rest in self.rests if rest.since(day))


def resting(user: Any, keys: Collection[Key]) -> Resting:
    """What rests on the certificates with some issuers and numbers, in claims that stand."""
    found: list[Rest] = []
    hidden = False
    for claim in held.standing(held.all_claims()):
        items = [item for item in claim.evidence if (item.issuer, item.number) in keys]
        if items and held.may_see(user, claim):
            found += _rests(claim, items)
        hidden = hidden or bool(items and not held.may_see(user, claim))
    return Resting(tuple(sorted(found, key=lambda r: (not r.counted, -abs(r.tonnes(r.months) or 0.0)))), hidden)


def _rests(claim: Claim, items: list[Evidence]) -> list[Rest]:
    """One for each certificate and part."""
    parts = {part.name: part for part in claim.parts}
    groups: dict[tuple[str, str, str], list[Evidence]] = {}
    for item in items:
        groups.setdefault((item.issuer, item.number, item.part), []).append(item)
    return [Rest(claim, tuple(mine), parts.get(name), tuple(sorted({
        month for item in mine for month in item.months or range(1, MONTHS + 1)})))
        for (_, _, name), mine in groups.items()]  # fmt: skip
