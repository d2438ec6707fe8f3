"""What is wrong with the competence registers as a whole: references that lead nowhere, evidence of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from suyuan.certificate.certificate import one_line
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


def sequence(records: Records) -> Iterator[Finding]:
    """Events of an authorisation that do not follow: before it was granted, after it was withdrawn, suspended twice,
    resumed without having been stopped."""
    for a in records.authorisations:
        stopped, gone = False, False
        for event in records.events.get(a.id, ()):
            revised = event.kind == "method_revised"
            fault = (
                "withdrawn" if gone and not revised
                else "before" if event.day < a.granted and not revised
                else "twice" if event.kind == "suspended" and stopped
                else "running" if event.kind == "resumed" and not stopped and not event.edition
                else ""
            )  # fmt: skip
            if fault:
                zh, en = _STEPS[fault]
                yield finding("talent.event.order", f"authorisation_event/{event.id}", "warning", RULE, id=a.id,
                              day=event.day, kind_zh=_KINDS[event.kind][0], kind_en=_KINDS[event.kind][1], fault_zh=zh,
                              fault_en=en, **names(records, a.person, a.unit))  # fmt: skip
            stopped = event.kind == "suspended" or (stopped and event.kind != "resumed")
            gone = gone or event.kind == "withdrawn"


def doubled(records: Records) -> Iterator[Finding]:
    """One person under two ids: the same account, or the same name at the same organisation. What is known of such a
    person is divided."""
    seen: dict[tuple[str, ...], str] = {}
    for id, rows in records.persons.items():
        marks: set[tuple[str, ...]] = {("account", row.account) for row in rows if row.account}
        marks |= {("name", one_line(own(row.name, "zh")), one_line(own(row.organisation, "zh"))) for row in rows}
        for mark in sorted(marks):
            if seen.setdefault(mark, id) != id:
                yield finding("talent.person.doubled", f"person/{id}", "warning", "", id=id, other=seen[mark],
                              name=own(rows[-1].name, "zh"))  # fmt: skip
                break


_KINDS = {
    "suspended": ("暂停", "suspended"), "resumed": ("恢复", "resumed"), "withdrawn": ("撤销", "withdrawn"),
    "method_revised": ("方法修订", "method revised"),
}  # fmt: skip
_STEPS = {
    "withdrawn": ("它已经撤销", "it was withdrawn already"),
    "before": ("它那时还没有授予", "it had not been granted by then"),
    "twice": ("它已经暂停", "it was suspended already"),
    "running": ("它没有暂停过", "it had not been suspended"),
}
_FAULTS = {
    "person": ("属于另一个人", "belongs to another person"),
    "bad": ("结果不合格", "was not good"),
    "later": ("晚于授权日", "is later than the day of granting"),
}
CHECKS: tuple[Check, ...] = (references, foreign, borrowed, twice, sequence, doubled)


def checks(records: Records) -> tuple[Finding, ...]:
    """All that is wrong with the records as a whole."""
    return tuple(told for check in CHECKS for told in check(records))
