"""Transfer standards that count on a day: they can be had, and the certificates that they name still hold.

rows «transfer» of the registers, evidence of the day ─▶ those that may stand between, and why others do not
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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


def transfers_for(snapshot: Snapshot, need: Need) -> tuple[tuple[Transfer, ...], tuple[Finding, ...]]:
    """The transfer standards that may stand between for a need, on its day of the service (`Need.service_day`), and
    what is told of those that would."""
    return transfers_on(snapshot, need.service_day(snapshot.day)).of(need)


def transfers_on(snapshot: Snapshot, day: date | None = None) -> Between:
    """The transfer standards of the registers, worked out once for each day. day: of the service, on which they must be
    to be had and their certificates hold; None: the snapshot's. What is known is that of the snapshot's day."""
    on = day or snapshot.day

    def made() -> Between:
        rows: tuple[Transfer, ...] = tuple(t for t in snapshot.rows("transfer") if t.available(on))
        named = [as_capability(item) for item in rows if item.standards]
        carried = supports(named, snapshot.survey, snapshot.evidence, on, known=snapshot.day)
        held: Mapping[tuple[str, str], str] = {key: support.chain for key, support in carried.items()}
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

    return snapshot.once(f"transfer standards {on}", made)
