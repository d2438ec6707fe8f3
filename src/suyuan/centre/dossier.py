"""The dossier of a centre: what it consists of, what it says, and the numbers that its records give.

    records of a day ─▶ Dossier ─▶ numbers with their evidence ─▶ documents
                              └──▶ completeness (`dossier_checks`): everything missing, contradictory, expired, unproven

Nothing in it is typed in that a record can say. What a host writes in words is scanned for numbers, and these are held
against the computed ones. Documents and limits are rows of `rules/dossier.json`, proposed and official nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal

from suyuan.centre.funds import SCALES
from suyuan.centre.records import Centre
from suyuan.certificate.certificate import Text
from suyuan.quantity.table import Row, load

Stage = Literal["apply", "run", "accept"]
"""For which step a dossier is made: an application, a year, the acceptance. A later one holds the earlier ones."""
STAGES: tuple[Stage, ...] = ("apply", "run", "accept")


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. name: of `documents()`; digest: SHA-256 of its file, «»: named only; day: of the document;
    valid_until: where it ends (a letter that binds for a time); signed: by whom; centre: name of the centre in it, «»
    where it does not say; text: what the host wrote, scanned for numbers."""

    name: str
    digest: str = ""
    day: date | None = None
    valid_until: date | None = None
    signed: str = ""
    centre: str = ""
    text: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backing:
    """A certificate under a capability. state: as the graph says on the day (valid, expired, withdrawn, unknown)."""

    issuer: str
    number: str
    valid_until: date | None
    state: Literal["valid", "expired", "withdrawn", "unknown"] = "valid"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A capability that the centre claims. interval, uncertainty: in words, «» where not stated; backings; terms:
    number of terms of its budget; chain: whether every link to an anchor is present and valid, None for unknown;
    persons: ids of those who are authorised for it, None where nobody keeps them; standing_until: of its standing;
    compared: result of its last comparison, None for none; address: of its record."""

    id: str
    title: Text
    laboratory: str
    industry: str
    interval: str
    uncertainty: str
    backings: tuple[Backing, ...] = ()
    terms: int = 0
    chain: bool | None = None
    persons: tuple[str, ...] | None = ()
    standing_until: date | None = None
    compared: bool | None = None
    address: str = ""

    @property
    def supported(self) -> bool:
        """Whether evidence holds it up: budget, chain and certificates."""
        good = all(backing.state == "valid" for backing in self.backings)
        return bool(self.backings) and good and self.terms > 0 and self.chain is True and bool(self.uncertainty)


@dataclass(frozen=True, slots=True)
class Demanded:
    """A need of the demand list. interval, target: in words, «» where not stated; met: whether the centre's
    capabilities can (能测), None where nobody could say; weight: criticality; address: of its record."""

    id: str
    title: Text
    organisation: str
    industry: str
    quantity: str
    interval: str
    target: str
    met: bool | None = None
    weight: float = 1.0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person of the dossier. organisation; units: what the person is authorised for; valid_until: latest end of what
    the person is authorised for, None for none without end; state: on the day; employed_until; address; ends: the last
    day of each of the units, as evidence, employment and authorisation allow."""

    id: str
    name: Text
    organisation: str
    units: tuple[str, ...] = ()
    valid_until: date | None = None
    state: Literal["valid", "expired", "suspended", "withdrawn", "none"] = "valid"
    employed_until: date | None = None
    address: str = ""
    ends: tuple[date | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """Money of a year. kind: planned or spent; amount: in `unit`, one of `SCALES`; source: who gives it; document: its
    digest."""

    id: str
    kind: Literal["plan", "actual"]
    year: int | None
    amount: float | None
    source: str
    document: str = ""
    unit: str = "CNY"

    @property
    def yuan(self) -> float | None:
        """The amount in CNY; None where it is not stated or nobody knows its unit.

        >>> Money("F", "plan", 2026, 300.0, "city", unit="万元").yuan
        3000000.0
        """
        scale = SCALES.get(self.unit)
        return None if self.amount is None or scale is None else self.amount * scale


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the task book. start, end; owner; after: ids of those that come before."""

    id: str
    title: Text
    start: date | None
    end: date | None
    owner: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews. conflicts: what is declared or known (`organisation` is compared here)."""

    name: str
    organisation: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of a centre's dossier on a day. stage: what it is made for; standards: number → address of those shown by
    certificates; term: first and last day of preparation; enterprises_least: firms that the gate of the guideline asks
    for, None where it has no such gate."""

    centre: Centre
    day: date
    stage: Stage = "apply"
    number: str = ""
    papers: tuple[Paper, ...] = ()
    capabilities: tuple[Claimed, ...] = ()
    needs: tuple[Demanded, ...] = ()
    staff: tuple[Staff, ...] = ()
    money: tuple[Money, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    standards: Mapping[str, str] = field(default_factory=dict)
    term: tuple[date, date] | None = None
    enterprises_least: float | None = None

    def paper(self, name: str) -> Paper | None:
        """The document of a name."""
        return next((paper for paper in self.papers if paper.name == name), None)

    @property
    def name(self) -> str:
        """The centre's first name."""
        return self.centre.name.get("zh") or next(iter(self.centre.name.values()), "")


# ---------------------------------------------------------------- rules


@cache
def documents() -> tuple[Row, ...]:
    """The documents of a dossier, in their order, with source and status.

    >>> [row["name"] for row in documents()][:3], {row["status"] for row in documents()}
    (['application', 'task_book', 'feasibility'], {'proposed'})
    """
    return load("suyuan.centre", "dossier.documents")


def wanted(dossier: Dossier) -> tuple[Row, ...]:
    """The documents that a dossier of this scope must have for its stage."""
    upto = STAGES[: STAGES.index(dossier.stage) + 1]
    return tuple(
        row for row in documents() if dossier.centre.scope in row["scopes"] and row["required"] and row["stage"] in upto
    )


@cache
def limits() -> Mapping[str, Row]:
    """Named limits with source and status."""
    return {row["name"]: row for row in load("suyuan.centre", "dossier.limits")}


def limit(name: str) -> float:
    """The value of a limit. Raises KeyError for a name that there is not.

    >>> limit("industries_most")
    1.0
    """
    return float(limits()[name]["value"])


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True)
class Computed:
    """A number of the dossier. value: None where it cannot be known; unit; evidence: addresses of what was counted."""

    name: str
    title: Text
    value: float | None
    unit: str
    evidence: tuple[str, ...]


def computed(dossier: Dossier) -> Mapping[str, Computed]:
    """The numbers that the records give, each with the addresses of what was counted.

    coverage: Σ weight of needs met / Σ weight of all needs, in %; unknown (None) where the verdict of a need is.
    """
    needs, claims = dossier.needs, dossier.capabilities
    met = [need for need in needs if need.met]
    firms = {need.organisation: need.address for need in needs if need.organisation}
    valid = [one for one in dossier.staff if one.state == "valid"]
    plan = [line for line in dossier.money if line.kind == "plan"]
    spent = [line for line in dossier.money if line.kind == "actual"]
    total = sum(need.weight for need in needs)
    known = needs and total > 0.0 and all(need.met is not None for need in needs)
    sources = {line.source: line.id for line in dossier.money if line.source}
    supported = [claim for claim in claims if claim.supported]
    found: dict[str, tuple[float | None, Iterable[str]]] = {
        "enterprises": (len(firms), firms.values()),
        "needs": (len(needs), (need.address for need in needs)),
        "needs_met": (len(met), (need.address for need in met)),
        "capabilities": (len(claims), (claim.address for claim in claims)),
        "supported": (len(supported), (claim.address for claim in supported)),
        "coverage": (100.0 * sum(n.weight for n in met) / total if known else None, (need.address for need in needs)),
        "persons": (len(valid), (one.address for one in valid)),
        "standards": (len(dossier.standards), dossier.standards.values()),
        "money_planned": (_total(plan), (line.document or line.id for line in plan)),
        "money_spent": (_total(spent), (line.document or line.id for line in spent)),
        "sources": (len(sources), sources.values()),
    }
    rows = {row["name"]: row for row in load("suyuan.centre", "dossier.numbers")}
    return {
        name: Computed(name, {"zh": rows[name]["zh"], "en": rows[name]["en"]}, value, rows[name]["unit"],
                       tuple(dict.fromkeys(filter(None, evidence))))
        for name, (value, evidence) in found.items()
    }  # fmt: skip


def _total(lines: Iterable[Money]) -> float | None:
    """In units of ten thousand CNY; unknown where there is no line, or one of which the amount is not known."""
    amounts = [line.yuan for line in lines]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) / 1e4 if amounts and len(known) == len(amounts) else None


@dataclass(frozen=True, slots=True)
class Said:
    """A number that a text states. paper: document; name: of the number; value; words: as they stand there."""

    paper: str
    name: str
    value: float
    words: str


@cache
def _phrases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = load("suyuan.centre", "dossier.numbers")
    return tuple((row["name"], re.compile(phrase)) for row in rows for phrase in row["phrases"])


def numbers_said(dossier: Dossier) -> tuple[Said, ...]:
    """The numbers that the documents' own words state and that the records give too."""
    found = []
    for paper in dossier.papers:
        for text in paper.text.values():
            for name, phrase in _phrases():
                for match in phrase.finditer(text):
                    if not (name == "needs" and re.match(r"\s*(?:需求)?能测", text[match.end() :])):
                        found.append(Said(paper.name, name, float(match[1]), match[0]))
    return tuple(dict.fromkeys(found))
