"""What is kept of persons: competence units, evidence, authorisations and what happened to them. Only added to.

Competence is earned and goes with the person; an authorisation is granted by one laboratory for an activity, method,
interval and site, and never travels. No status is stored: it follows from these records and a day (`standing`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from suyuan.capability.interval import Interval
from suyuan.certificate.certificate import Text

Level = Literal["observe", "supervised", "independent", "signatory", "assessor"]
LEVELS: tuple[Level, ...] = ("observe", "supervised", "independent", "signatory", "assessor")
Activity = Literal["perform", "check", "sign", "approve_method", "assess", "teach"]
ACTIVITIES: tuple[Activity, ...] = ("perform", "check", "sign", "approve_method", "assess", "teach")
EvidenceKind = Literal[
    "education",  # degree, subject
    "exam",  # theory examination: score, of
    "registration",  # registered metrologist: level 1 or 2, projects
    "training",  # course, hours
    "witnessed",  # witnessed assessment: assessor, checklist, item, result
    "comparison",  # round, measurand, verdict, score
    "contest",  # task, mark
    "supervised",  # supervised practice: count
    "development",  # continuing education: hours
    "project",  # research project led or worked in
    "paper",  # publication, patent, specification
]
EVIDENCE_KINDS: tuple[EvidenceKind, ...] = (
    "education", "exam", "registration", "training", "witnessed", "comparison", "contest", "supervised", "development",
    "project", "paper",
)  # fmt: skip
Happening = Literal["suspended", "resumed", "withdrawn", "method_revised"]
HAPPENINGS: tuple[Happening, ...] = ("suspended", "resumed", "withdrawn", "method_revised")


@dataclass(frozen=True, slots=True)
class Person:
    """A person, with no more personal data than the work needs. id: unique; name; organisation: employer; account: on
    the site; title: post; branch: of metrology; employed_from, employed_until: of this employment."""

    id: str
    name: Text
    organisation: Text
    account: str = ""
    title: Text = field(default_factory=dict)
    branch: Text = field(default_factory=dict)
    leader: bool = False
    employed_from: date | None = None
    employed_until: date | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class CompetenceUnit:
    """What can be mastered: activity × method × quantity × interval × site, asked for at a level.

    id; title; activity; quantity: kind; item: class, «» for any; method, edition: of the specification; interval, None
    for any; site: «» for any; level: that the unit is meant at.
    """

    id: str
    title: Text
    activity: Activity
    quantity: str
    item: str = ""
    method: str = ""
    edition: str = ""
    interval: Interval | None = None
    site: str = ""
    level: Level = "independent"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a unit asks of a person: an evidence kind, at least `least` of it (count, hours, score: by `measure`), not
    older than `months` (0: for ever). sum: over the values; latest: the value of the latest one, which must be good.
    source, status: of the rule."""

    id: str
    unit: str
    kind: EvidenceKind
    measure: Literal["count", "sum", "latest"] = "count"
    least: float = 1.0
    months: int = 0
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One piece of evidence. unit: competence unit that it speaks for, «» for all (of `quantity`, where that is
    given), of a contest for none; value: hours, score, count; good: passed or satisfactory; valid_until: printed, None
    where it does not say; by: assessor or issuer; document: SHA-256 of the stored document; detail: what belongs to the
    kind."""

    id: str
    person: str
    kind: EvidenceKind
    day: date
    unit: str = ""
    value: float | None = None
    good: bool = True
    valid_until: date | None = None
    by: str = ""
    document: str = ""
    title: Text = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Granted by a laboratory to a person for a unit. basis: ids of evidence; valid_from, valid_until: both days count;
    granted: the day of granting (a period that begins before it is a finding); by: who granted it."""

    id: str
    person: str
    unit: str
    laboratory: Text
    granted: date
    valid_from: date
    valid_until: date | None
    by: str
    basis: tuple[str, ...] = ()
    edition: str = ""


@dataclass(frozen=True, slots=True)
class AuthorisationEvent:
    """What happened to an authorisation, or («method_revised») to all of a method. day: from when on; method, edition:
    of a revision, the specification and its new edition; of a resumption, the edition that it is resumed for."""

    id: str
    authorisation: str
    kind: Happening
    day: date
    by: str
    reason: Text = field(default_factory=dict)
    method: str = ""
    edition: str = ""
