"""Evidence that stands behind the claims of two units: the same table, the same laboratory reports, the same meters.

One gas standard may rightly calibrate two stacks, so certificates alone are noted; a table of readings or a report on a
sample belongs to one unit, and behind two it is a warning: the same tonnes may be claimed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.plant import Plant
from suyuan.quantity.finding import Finding, finding, in_both

Tables = Callable[[Claim], frozenset[str]]
"""SHA-256 of the tables behind a claim."""
TOLD = 3
"""Numbers that a finding names; of more the count is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What two claims of two units rest on both. tables: SHA-256; reports, certificates: their numbers."""

    claim: Claim
    other: Claim
    tables: tuple[str, ...]
    reports: tuple[str, ...]
    certificates: tuple[str, ...]

    @property
    def grave(self) -> bool:
        """Whether what is shared belongs to one unit only."""
        return bool(self.tables or self.reports)


def files_named(plant: Plant) -> tuple[str, ...]:
    """The files that the stacks and forests of a plant's year name."""
    return files_in(plant.content)


def files_in(content: Mapping[str, object]) -> tuple[str, ...]:
    """The same of a document, whether or not it can be read whole."""
    return tuple(dict.fromkeys(_files_in([content.get(key) for key in ("stacks", "forests")])))


def _files_in(content: object) -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            if key in ("file", "checks") and isinstance(value, str):
                yield value
            else:
                yield from _files_in(value)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for value in content:
            yield from _files_in(value)


def shared(claim: Claim, others: Iterable[Claim], tables: Tables) -> tuple[Shared, ...]:
    """What a claim shares with those of other units, what is grave first."""
    mine, rows = _numbers(claim), tables(claim)
    found = []
    for other in others:
        if (other.enterprise, other.unit) == (claim.enterprise, claim.unit):
            continue
        theirs = _numbers(other)
        reports, certificates = (tuple(sorted(n for _, n in a & b)) for a, b in zip(mine, theirs, strict=True))
        same = tuple(sorted(rows & tables(other))) if rows else ()
        if same or reports or certificates:
            found.append(Shared(claim, other, same, reports, certificates))
    return tuple(sorted(found, key=lambda one: not one.grave))


def _numbers(claim: Claim) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """Issuer and number of the reports on samples, and of all other certificates."""
    reports, others = (
        frozenset((item.issuer, item.number) for item in claim.evidence if item.number and item.sample is sample)
        for sample in (True, False)
    )
    return reports, others


def shared_told(found: Iterable[Shared], named: Callable[[Claim], bool] = lambda _: True) -> tuple[Finding, ...]:
    """A finding for each claim that something is shared with. named: whether the reader may know that claim."""
    told = []
    for one in found:
        other = one.other
        whose = in_both("other", {"": f"{other.enterprise} {other.unit} {other.year}"} if named(other) else {
            "zh": "您看不到的另一个机组", "en": "another unit, which you may not see"})  # fmt: skip
        numbers = (*one.reports, *one.certificates)
        more = f" + {len(numbers) - TOLD}" if len(numbers) > TOLD else ""
        code = ("carbon.claim.shared_table" if one.tables else "carbon.claim.shared_report" if one.reports
                else "carbon.claim.shared_certificate")  # fmt: skip
        told.append(finding(code, "/unit", "warning" if one.grave else "note", tables=len(one.tables),
                            numbers=", ".join(numbers[:TOLD]) + more, **whose))  # fmt: skip
    return tuple(told)
