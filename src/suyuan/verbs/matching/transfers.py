"""Transfer standards that count on a day: they can be had, and the certificates that they name still hold.

rows «transfer» of the registers, evidence of the day ─▶ those that may stand between, and why others do not
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.capability.holding.support import supports
from suyuan.capability.matching.compose import Transfer, serves
from suyuan.capability.matching.transfer import as_capability
from suyuan.capability.need import Need
from suyuan.quantity.finding import Finding, finding
from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True)
class Between:
    """usable: transfer standards that count; broken: those whose certificates do not hold, each with the reason."""

    usable: tuple[Transfer, ...]
    broken: tuple[tuple[Transfer, Finding], ...]

    def of(self, need: Need) -> tuple[tuple[Transfer, ...], tuple[Finding, ...]]:
        """Those that measure what a need asks for, and what is told of those that would."""
        return (
            tuple(item for item in self.usable if serves(need, item)),
            tuple(told for item, told in self.broken if serves(need, item)),
        )


def transfers_on(snapshot: Snapshot) -> Between:
    """The transfer standards of the registers on the snapshot's day, worked out once."""

    def made() -> Between:
        rows: tuple[Transfer, ...] = tuple(t for t in snapshot.rows("transfer") if t.available(snapshot.day))
        named = [as_capability(item) for item in rows if item.standards]
        held: Mapping[tuple[str, str], str] = {
            key: support.chain
            for key, support in supports(named, snapshot.survey, snapshot.evidence, snapshot.day).items()
        }
        usable: list[Transfer] = []
        broken: list[tuple[Transfer, Finding]] = []
        for item in rows:
            if not item.standards or held.get(as_capability(item).key) == "complete":
                usable.append(item)
            else:
                certificates = ", ".join(" ".join(key) for key in item.standards)
                broken.append((item, finding("capability.transfer.broken", item.id, "warning", id=item.id,
                                             certificates=certificates)))  # fmt: skip
        return Between(tuple(usable), tuple(broken))

    return snapshot.once("transfer standards", made)
