"""What is wrong with the competence registers as a whole: references that lead nowhere, evidence of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from suyuan.quantity.finding import Finding, finding
from suyuan.talent.joined import Records, own, shares
from suyuan.talent.standing import RULE, employments, names

Check = Callable[[Records], Iterator[Finding]]


def references(records: Records) -> Iterator[Finding]:
    """What leads nowhere."""
    yield from records.found


def foreign(records: Records) -> Iterator[Finding]:
    """Authorisations of persons who never worked for the laboratory, and ones granted before the person came."""
    for a in records.authorisations:
        if a.person in records.persons and not employments(records, a):
            yield finding("talent.authorisation.foreign", f"authorisation/{a.id}", "warning", RULE, id=a.id,
                          **names(records, a.person, a.unit))  # fmt: skip


def borrowed(records: Records) -> Iterator[Finding]:
    """Authorisations that rest on evidence of somebody else, on what was not good, or on what came later."""
    for a in records.authorisations:
        for id in a.basis:
            item = records.evidence_of.get(id)
            if item is None:
                continue
            fault = "person" if item.person != a.person else "bad" if not item.good else "later"
            if fault != "later" or item.day > a.granted:
                yield finding("talent.authorisation.borrowed", f"authorisation/{a.id}", "warning", RULE, id=a.id,
                              evidence=id, fault_zh=_FAULTS[fault][0], fault_en=_FAULTS[fault][1])  # fmt: skip


def twice(records: Records) -> Iterator[Finding]:
    """A person with two employments at one laboratory that overlap."""
    for id, rows in records.persons.items():
        for n, row in enumerate(rows):
            for other in rows[n + 1 :]:
                start = max(row.employed_from or date.min, other.employed_from or date.min)
                end = min(row.employed_until or date.max, other.employed_until or date.max)
                if start <= end and not shares(row.organisation, other.organisation):
                    yield finding("talent.person.two_employers", f"person/{id}", "note", "", id=id,
                                  first=own(row.organisation, "zh"), second=own(other.organisation, "zh"))  # fmt: skip


_FAULTS = {
    "person": ("属于另一个人", "belongs to another person"),
    "bad": ("结果不合格", "was not good"),
    "later": ("晚于授权日", "is later than the day of granting"),
}
CHECKS: tuple[Check, ...] = (references, foreign, borrowed, twice)


def checks(records: Records) -> tuple[Finding, ...]:
    """All that is wrong with the records as a whole."""
    return tuple(told for check in CHECKS for told in check(records))
