"""Conflicts of interest between a reviewer and what is reviewed: rules as data, each with its source and status.

Compared are names of organisations and persons, without regard to width, case and blanks. Who has not said for whom
they work cannot be shown to be free: that is unknown, and told as such.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal, cast, get_args

from suyuan.procedure.procedure import Text
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, checked, load

Test = Literal["person", "employed", "formerly_employed", "tie"]
Party = Literal["applicant", "bidder", "needer", "host", "partner", "centre", "person"]
"""Whom a review is about: who applies, bids, has the need; whose host, partner or centre it is; persons of the team."""
PARTIES: tuple[Party, ...] = get_args(Party)


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Work for an organisation. names: it is known under; since, until: both days count, None: not stated, or lasts."""

    names: tuple[str, ...]
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation that a reviewer or the record declares: family, supervisor, student, co_worker, shareholder, adviser,
    contract, declared. other: name of the person or organisation; until: when it ended, None where it lasts."""

    kind: str
    other: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A reviewer. names: name and account, under which scores are given; affiliations; ties."""

    names: tuple[str, ...]
    affiliations: tuple[Affiliation, ...] = ()
    ties: tuple[Tie, ...] = ()

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


@dataclass(frozen=True, slots=True)
class About:
    """What is reviewed. subject: its number; parties: part → names of organisations or persons that have it."""

    subject: str
    parties: Mapping[Party, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConflictRule:
    """A rule. test: what is compared; parties: with whom; ties: kinds of relation that count; years: how long after its
    end a relation still counts, 0 only while it lasts (for a tie without an end: always)."""

    id: str
    test: Test
    parties: tuple[Party, ...]
    title: Text
    ties: tuple[str, ...] = ()
    years: float = 0.0
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A reviewer may not judge a subject: by which rule, through whom."""

    reviewer: str
    subject: str
    rule: ConflictRule
    party: Party
    other: str

    def finding(self, where: str = "reviewers") -> Finding:
        """The conflict in words."""
        rule = {f"says_{language}": text for language, text in self.rule.title.items()}
        party = {"party_zh": _PARTIES[self.party][0], "party_en": _PARTIES[self.party][1]}
        return finding(
            "procedure.conflict.found", where, "error", self.rule.source, reviewer=self.reviewer, subject=self.subject,
            other=self.other, status=self.rule.status, **rule, **party,
        )  # fmt: skip


_PARTIES: Mapping[Party, tuple[str, str]] = {
    "applicant": ("申请方", "applicant"),
    "bidder": ("揭榜方", "bidder"),
    "needer": ("需求方", "organisation with the need"),
    "host": ("依托单位", "host"),
    "partner": ("合作单位", "partner"),
    "centre": ("中心", "centre"),
    "person": ("当事人", "person concerned"),
}


def conflict_rules(rows: Iterable[Row]) -> tuple[ConflictRule, ...]:
    """Rules from their rows. Raises Refused for a row without source, or with a test or party that is not known."""
    return tuple(_rule(row, number) for number, row in enumerate(checked(list(rows), "conflicts"), start=1))


@cache
def house_rules() -> tuple[ConflictRule, ...]:
    """The rules of the house; all proposed.

    >>> [rule.id for rule in house_rules()][:2]
    ['itself', 'own_organisation']
    """
    return conflict_rules(load("suyuan.procedure", "conflicts"))


def _rule(row: Mapping[str, Any], number: int) -> ConflictRule:
    test, parties = row.get("test"), row.get("parties", PARTIES)
    if test not in get_args(Test) or not parties or any(p not in PARTIES for p in parties):
        known = ", ".join((*get_args(Test), *PARTIES))
        raise Refused(finding("procedure.conflict.rule", f"row {number}", id=row.get("id", ""), known=known))
    return ConflictRule(
        str(row.get("id", number)), cast(Test, test), tuple(parties), row.get("title", {}), tuple(row.get("ties", ())),
        float(row.get("years", 0)), row["source"], row["status"],
    )  # fmt: skip


def conflicts(reviewer: Reviewer, about: About, rules: Iterable[ConflictRule], day: date) -> tuple[Conflict, ...]:
    """Why a reviewer may not judge a subject on a day; () where no rule stands against it.

    >>> works = Reviewer(("Wang",), (Affiliation(("Demo Institute",), date(2020, 1, 1)),))
    >>> about = About("bid 7", {"bidder": ("demo institute",)})
    >>> [c.rule.id for c in conflicts(works, about, house_rules(), date(2026, 5, 1))]
    ['own_organisation']
    """
    return tuple(
        Conflict(reviewer.name, about.subject, rule, party, other)
        for rule in rules
        for party in rule.parties
        for other in about.parties.get(party, ())
        if _stands(reviewer, rule, other, day)
    )


def barred(
    reviewers: Iterable[Reviewer], abouts: Iterable[About], rules: Iterable[ConflictRule], day: date
) -> tuple[Conflict, ...]:
    """All conflicts between several reviewers and several subjects."""
    subjects, kept = tuple(abouts), tuple(rules)
    return tuple(c for reviewer in reviewers for about in subjects for c in conflicts(reviewer, about, kept, day))


def free(reviewer: Reviewer, abouts: Iterable[About], rules: Iterable[ConflictRule], day: date) -> tuple[Finding, ...]:
    """What stands against a reviewer as findings; one who has not said for whom they work is not shown to be free."""
    found = [c.finding() for c in barred((reviewer,), abouts, rules, day)]
    if not reviewer.affiliations:
        found.append(finding("procedure.conflict.unknown", "reviewers", reviewer=reviewer.name))
    return tuple(found)


def _stands(reviewer: Reviewer, rule: ConflictRule, other: str, day: date) -> bool:
    if rule.test == "person":
        return _same(reviewer.names, other)
    if rule.test == "tie":
        return any(
            tie.kind in rule.ties and _same((tie.other,), other) and _counts(tie.until, rule.years, day)
            for tie in reviewer.ties
        )
    worked = [a for a in reviewer.affiliations if _same(a.names, other) and (a.since or date.min) <= day]
    if rule.test == "employed":
        return any(a.until is None or a.until >= day for a in worked)
    return any(a.until is not None and a.until < day and _counts(a.until, rule.years, day) for a in worked)


def _counts(until: date | None, years: float, day: date) -> bool:
    """Whether a relation that ended on a day still counts."""
    return until is None or until >= day or (day - until).days < years * 365.25


def _same(names: Iterable[str], other: str) -> bool:
    wanted = _plain(other)
    return bool(wanted) and any(_plain(name) == wanted for name in names)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
