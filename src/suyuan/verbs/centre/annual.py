"""The year of a centre from two days: what was counted at its beginning and at its end, and what happened between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from suyuan.centre.dossier import Dossier
from suyuan.centre.facts import Fact
from suyuan.certificate.certificate import Text
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.centre.facts import facts
from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Served:
    """One order of the year. outside: for a customer outside the host, None where nobody says; days: to the result,
    None while it is open; region; address."""

    number: str
    outside: bool | None
    days: float | None
    region: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A gap that was closed. before, after: verdicts; day; evidence: addresses before and after."""

    id: str
    title: Text
    before: str
    after: str
    day: date
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """Anything else of the year (comparison, training, project, specification, status). kind: in words; good: None
    where it has no verdict; address; claimed: without a document, so that it counts nowhere."""

    kind: Text
    title: Text
    day: date
    good: bool | None = None
    address: str = ""
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Year:
    """What an annual report is made of: the dossier at the end of the year before and at the end of this one."""

    year: int
    before: Dossier | None
    now: Dossier
    orders: tuple[Served, ...] = ()
    closed: tuple[Closed, ...] = ()
    happened: tuple[Happened, ...] = ()
    remarks: Text = field(default_factory=dict)


HAPPENED: dict[str, Text] = {
    "comparison": {"zh": "比对", "en": "comparison"}, "training": {"zh": "培训与比武", "en": "training, contest"},
    "specification": {"zh": "技术规范", "en": "specification"}, "novelty": {"zh": "新成果", "en": "new result"},
    "agreement": {"zh": "合作协议", "en": "agreement"}, "mechanism": {"zh": "机制", "en": "mechanism"},
}  # fmt: skip
"""Kinds of facts that an annual report tells as events."""


def year_on(before: Snapshot | None, now: Snapshot, centre: str, year: int) -> Year | None:
    """The year of a centre. before: a snapshot of the last day of the year before, None where nothing was known then;
    now: of the last day of the year, or of today. None for a centre that no register names."""
    dossier = dossier_on(now, centre, "run")
    if dossier is None:
        return None
    own = [f for f in facts(now, centre) if f.valid_from is not None and f.valid_from.year == year]
    return Year(
        year, None if before is None else dossier_on(before, centre, "run"), dossier,
        tuple(_served(f) for f in own if f.kind == "order"),
        tuple(_closed(own)), tuple(_happened(own)),
    )  # fmt: skip


def _served(fact: Fact) -> Served:
    return Served(fact.subject, fact.good, fact.value, fact.detail.get("region", ""), fact.evidence)


def _closed(own: list[Fact]) -> Iterator[Closed]:
    for f in own:
        if f.kind == "gap_closed" and f.good and f.valid_from is not None:
            before, after = f.detail.get("before", "unknown"), f.detail.get("after", "can")
            yield Closed(f.subject, f.title, before, after, f.valid_from, (f.evidence,) if f.evidence else ())


def _happened(own: list[Fact]) -> Iterator[Happened]:
    for f in own:
        if f.kind in HAPPENED and f.valid_from is not None:
            title = f.title or {"": f.subject}
            yield Happened(HAPPENED[f.kind], title, f.valid_from, f.good, f.evidence, f.origin == "declared")
