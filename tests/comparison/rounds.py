"""A small round with invented laboratories, for the tests of rounds; every number in it is made up."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.events import Event, EventKind
from suyuan.comparison.round.protocol import (
    Measurand,
    Member,
    Protocol,
    ReferenceRule,
    Route,
    TravellingStandard,
)
from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.seal import commit
from suyuan.comparison.round.submission import BudgetLine, Reported, Submission
from suyuan.comparison.round.write import submission_document, with_digest

CLOSES = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
CODES = ("P", "A", "B", "C")


def protocol(method: str = "weighted_mean", **changes: object) -> Protocol:
    """A ring of a pilot and three members, two measurands."""
    measurands = (
        Measurand("L1", {"zh": "长度 1", "en": "length 1"}, "length", "mm", "TS-1", low=99.0, high=101.0),
        Measurand("L2", {"zh": "长度 2", "en": "length 2"}, "length", "mm", "TS-1"),
    )
    made = Protocol(
        number="DEMO-1", version=1, title={"zh": "演示", "en": "demo"}, purpose={"en": "to test"},
        organiser={"en": "Demo organiser"}, standards=(TravellingStandard("TS-1", {"en": "gauge block"}),),
        measurands=measurands,
        members=tuple(Member(c, {"en": f"Demo laboratory {c}"}, pilot=c == "P") for c in CODES),
        route=Route("ring", route_suggestion("ring", CODES, date(2026, 1, 5), 14)), opens=date(2026, 1, 1),
        closes=CLOSES, reference=ReferenceRule(method), demo=True,
    )  # fmt: skip
    return with_digest(replace(made, **changes))  # type: ignore[arg-type]


def submission(made: Protocol, code: str, shift: float = 0.0, budget: tuple[BudgetLine, ...] = ()) -> Submission:
    """What one member reports: digits as text."""
    results = tuple(
        Reported(
            m.id, round(100.0 + shift, 6), U=0.02, k=2.0, measured=made.legs_of(code)[0].arrives, budget=budget,
            text={"value": f"{100.0 + shift:.4f}", "U": "0.020", "k": "2"},
        )
        for m in made.measurands
    )  # fmt: skip
    return Submission(made.digest, code, results, measured_by=f"person {code}", standards=((f"NMI {code}", "1"),))


def event(kind: EventKind, days: float, member: str = "", person: str = "somebody", **content: object) -> Event:
    """An event so many days after the closing (negative: before)."""
    return Event(kind, CLOSES + timedelta(days=days), person, member, content)


def nonce(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def until_closed(made: Protocol, documents: dict[str, bytes]) -> list[Event]:
    """The events of a round up to its closing, one document a member."""
    others = [m.code for m in made.members if not m.pilot]
    events = [event("invited", -180, c) for c in others]
    events += [event("accepted", -179, c) for c in others]
    events.append(event("opened", -178, protocol=made.digest))
    for code, document in documents.items():
        events.append(event("sealed", -10, code, commitment=commit(document, nonce(code)), size=len(document)))
    return [*events, event("closed", 0, person="")]


def revealed(code: str, document: bytes, days: float = 0.1) -> Event:
    coded = base64.b64encode(document).decode()
    return event("revealed", days, code, person="", nonce=nonce(code).hex(), document=coded)


def played(made: Protocol, shifts: dict[str, float], further: tuple[Event, ...] = ()) -> tuple[Event, ...]:
    """A whole round up to its opened results, and further events."""
    documents = {code: submission_document(submission(made, code, shift)) for code, shift in shifts.items()}
    opened = [revealed(code, document) for code, document in documents.items()]
    return admitted(made, (*until_closed(made, documents), *opened, *further))
