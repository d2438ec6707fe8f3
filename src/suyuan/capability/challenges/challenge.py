"""The innovation challenge (创新挑战赛): a gap becomes a need in a call, bids come, one is chosen, the gap is closed.

Needs, bids and calls are matters; what is said of them here is computed from their events. Each guard returns findings,
() where it holds, None where nobody can say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from suyuan.capability.challenges.research import linked
from suyuan.capability.gaps.cluster import merged
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.procedure.read import procedure
from suyuan.procedure.review import Criterion, Score
from suyuan.procedure.standing import Standing, documents_of, standing
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.quantity.table import load

PACKAGE = "suyuan.capability"
CHALLENGE, BID, CALL = "challenge", "bid", "call"
FOLLOWED_YEARS = 2
"""Years of follow-up after acceptance; public reports of the challenge speak of two."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
Answer = tuple[Finding, ...] | None


# ---------------------------------------------------------------- the need sheet


def sheet(needs: Sequence[Need], call: str = "", gap: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields of a challenge matter: which needs it is about, in which call, and the gap as it was found.

    gap: what the gap engine says (kind, factor, missing …) as plain values; kept as it was, never counted again.
    """
    links: dict[str, Any] = {"need": [named(need) for need in needs]}
    if call:
        links["call"] = call
    return {"links": links, **({"gap": dict(gap)} if gap else {})}


def named(need: Need) -> str:
    """What names a need among all: first name of its organisation and id.

    >>> from suyuan.capability.interval import Interval
    >>> from suyuan.quantity.unit import parse_unit
    >>> named(Need("N1", {"zh": "演示厂"}, "length", Interval(0, 1, parse_unit("m"))))
    '演示厂 N1'
    """
    return f"{need.organisation.get('zh') or next(iter(need.organisation.values()), '')} {need.id}".strip()


def needs_of(matter: Matter, needs: Iterable[Need]) -> tuple[Need, ...] | None:
    """The needs that a challenge is about, by name or by an id that only one has; None where one cannot be found."""
    known = list(needs)
    found = []
    for name in linked(matter, "need"):
        same = [n for n in known if named(n) == name] or [n for n in known if n.id == name]
        if len(same) != 1:
            return None
        found.append(same[0])
    return tuple(found)


def well_formed(need: Need) -> tuple[Finding, ...]:
    """What a need lacks before anybody can bid for it: a measurand, an interval with ends, a target uncertainty."""
    where, found = f"need {need.id}", []
    if not need.quantity:
        found.append(finding("challenge.need.measurand", where, id=need.id))
    if not (math.isfinite(need.interval.low) and math.isfinite(need.interval.high)):
        found.append(finding("challenge.need.open", where, id=need.id))
    elif need.interval.low > need.interval.high:
        found.append(finding("challenge.need.backwards", where, id=need.id, low=need.interval.low,
                             high=need.interval.high))  # fmt: skip
    if need.target is None:
        found.append(finding("challenge.need.target", where, id=need.id))
    elif not (math.isfinite(need.target.U) and need.target.U > 0):
        found.append(finding("challenge.need.positive", where, id=need.id, U=need.target.U))
    if not need.conditions and not need.item:
        found.append(finding("challenge.need.vague", where, "warning", id=need.id))
    return tuple(found)


def repeats(needs: Iterable[Need], others: Iterable[tuple[str, tuple[Need, ...]]]) -> tuple[Finding, ...]:
    """Whether needs were published already. others: number of a challenge → its needs."""
    mine = tuple(needs)
    return tuple(
        finding("challenge.need.repeated", f"need {need.id}", id=need.id, number=number)
        for number, listed in others
        for need in mine
        if any(named(need) == named(other) or len(merged((need, other))) == 1 for other in listed)
    )


def not_solvable(verdicts: Mapping[str, str]) -> Answer:
    """At least one of the needs cannot be met. verdicts: need → cannot, partly, not_accurate, can, unknown."""
    if not verdicts:
        return None
    if any(v in ("cannot", "partly", "not_accurate") for v in verdicts.values()):
        return ()
    if any(v == "unknown" for v in verdicts.values()):
        return None
    return tuple(finding("challenge.need.solvable", f"need {name}", id=name) for name in verdicts)


def solvable(verdicts: Mapping[str, str]) -> Answer:
    """All needs can be met by a capability that proves it."""
    if not verdicts or any(v == "unknown" for v in verdicts.values()):
        return None
    return tuple(
        finding("challenge.need.unsolved", f"need {name}", id=name, verdict=v)
        for name, v in verdicts.items()
        if v != "can"
    )


# ---------------------------------------------------------------- bids


def bids_of(challenge: Matter, matters: Iterable[Matter], day: date) -> tuple[Matter, ...]:
    """The bids for a need that were submitted until a day and not withdrawn, in the order of their submission."""
    mine = (m for m in matters if m.procedure == BID and challenge.number in linked(m, CHALLENGE))
    return bids_by_challenge(mine, day).get(challenge.number, ())


def bids_by_challenge(matters: Iterable[Matter], day: date) -> dict[str, tuple[Matter, ...]]:
    """Number of a challenge → the bids for it that were submitted until a day and not withdrawn, the earliest first."""
    rules = procedure(PACKAGE, BID)
    found: dict[str, list[tuple[datetime, Matter]]] = {}
    for matter in matters:
        if matter.procedure == BID:
            where = standing(rules, matter, day)
            submitted = where.took("submitted")
            if submitted is not None and where.state.name != "withdrawn":
                for number in linked(matter, CHALLENGE):
                    found.setdefault(number, []).append((submitted.time, matter))
    return {number: tuple(m for _, m in sorted(rows, key=lambda row: row[0])) for number, rows in found.items()}


def bids_open(where: Standing, time: datetime) -> tuple[Finding, ...]:
    """A need takes bids while it is published and until its due day."""
    if where.state.name != "published":
        state = in_both("state", where.state.title, where.state.name)
        number = where.matter.number
        return (finding("challenge.bid.not_open", "links/challenge", "error", "", number=number, **state),)
    if where.due is not None and time.date() > where.due:
        return (finding("challenge.bid.late", "time", number=where.matter.number, due=where.due, given=time.date()),)
    return ()


def bids_ended(where: Standing, time: datetime) -> tuple[Finding, ...]:
    """The due day for bids has passed."""
    if where.due is not None and time.date() <= where.due:
        return (finding("challenge.bid.too_early", "time", number=where.matter.number, due=where.due),)
    return ()


def bidder_is_other(bid: Matter, challenge: Matter) -> tuple[Finding, ...]:
    """Nobody bids for their own need."""
    same = set(bid.organisation.values()) & set(challenge.organisation.values())
    return tuple(finding("challenge.bid.own", "organisation", organisation=name) for name in sorted(same)[:1])


def one_bid(bid: Matter, bids: Iterable[Matter]) -> tuple[Finding, ...]:
    """An organisation bids once for a need."""
    names = set(bid.organisation.values())
    return tuple(
        finding("challenge.bid.second", "organisation", number=other.number)
        for other in bids
        if other.number != bid.number and names & set(other.organisation.values())
    )


def bid_linked(number: str, bids: Iterable[Matter]) -> tuple[Finding, ...]:
    """The chosen bid is one of those for the need."""
    known = [bid.number for bid in bids]
    if number in known:
        return ()
    return (finding("challenge.bid.unknown", "content/bid", number=number or "—", known=", ".join(known) or "—"),)


# ---------------------------------------------------------------- review


@cache
def criteria() -> tuple[Criterion, ...]:
    """The criteria of the house for bids; all proposed.

    >>> sum(c.weight for c in criteria())
    100.0
    """
    return criteria_of(load(PACKAGE, "challenge-criteria"))


def criteria_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Criteria from rows id, title, weight, low, high; what is no number is NaN, which `reviewed` refuses."""
    return tuple(
        Criterion(str(r.get("id", "")), dict(r.get("title") or {}) if isinstance(r.get("title"), Mapping) else {},
                  number(r.get("weight", 1)), number(r.get("low", 0)), number(r.get("high", 100)),
                  str(r.get("source", "")), str(r.get("status", "proposed")))
        for r in rows
    )  # fmt: skip


def number(given: Any) -> float:
    """A number that somebody wrote, NaN where it is none."""
    try:
        return float(given)
    except (TypeError, ValueError):
        return math.nan


def scores_of(where: Standing) -> tuple[Score, ...]:
    """The scores that reviewers gave in a matter: `{"scores": {subject: {criterion: value}}}`, later ones behind."""
    return tuple(
        Score(event.person, str(subject), str(criterion), number(value))
        for event in where.taken
        if event.act == "scored" and isinstance(event.content.get("scores"), Mapping)
        for subject, row in event.content["scores"].items()
        if isinstance(row, Mapping)
        for criterion, value in row.items()
    )


def scores_formed(given: Any, subjects: Iterable[str], by: Iterable[Criterion]) -> tuple[Finding, ...]:
    """Scores name subjects and criteria of the review and lie on their scale."""
    known, scale = set(subjects), {c.id: c for c in by}
    if not isinstance(given, Mapping) or not given:
        return (finding("challenge.score.form", "content/scores"),)
    found = []
    for subject, row in given.items():
        if subject not in known or not isinstance(row, Mapping):
            listed = ", ".join(sorted(known)) or "—"
            found.append(finding("challenge.score.subject", "content/scores", given=str(subject)[:60], known=listed))
            continue
        for name, value in row.items():
            c, x = scale.get(str(name)), number(value)
            if c is None:
                listed = ", ".join(scale)
                found.append(finding("challenge.score.criterion", "content/scores", given=str(name)[:60], known=listed))
                continue
            words = {**in_both("criterion", c.title, c.id), "subject": str(subject)[:60], "given": str(value)[:20]}
            scale_of = {"low": f"{c.low:g}", "high": f"{c.high:g}"}
            if math.isnan(x):
                found.append(
                    finding("challenge.score.number", "content/scores", "error", c.source, **words, **scale_of)
                )
            elif not c.low <= x <= c.high:
                found.append(finding("challenge.score.scale", "content/scores", "error", c.source, **words, **scale_of))
    return tuple(found)


# ---------------------------------------------------------------- closing


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts of a gap before and after, as stated in the event, and as computed again from what was known; «» where
    they were not."""

    before: str
    after: str
    before_again: str = ""
    after_again: str = ""


def gap_closed(verdicts: Verdicts, documents: Mapping[str, str]) -> tuple[Finding, ...]:
    """A gap is closed where it was known to be open before, is met after, with a document for either side, and what is
    stated is what is computed."""
    found = []
    if verdicts.before not in ("cannot", "partly", "not_accurate"):
        found.append(finding("challenge.gap.never_open", "content/verdict_before", verdict=verdicts.before or "—"))
    if verdicts.after != "can":
        found.append(finding("challenge.gap.still_open", "content/verdict_after", verdict=verdicts.after or "—"))
    for name, stated, again in (
        ("verdict_before", verdicts.before, verdicts.before_again),
        ("verdict_after", verdicts.after, verdicts.after_again),
    ):
        if again and again != stated:
            found.append(finding("challenge.gap.differs", f"content/{name}", stated=stated or "—", again=again))
    sides = [documents.get("evidence_before", ""), documents.get("evidence_after", "")]
    if not all(_SHA256.fullmatch(digest) for digest in sides):
        found.append(finding("challenge.gap.evidence", "content/documents"))
    elif sides[0] == sides[1]:
        found.append(finding("challenge.gap.same_evidence", "content/documents"))
    return tuple(found)


def gap_shown(where: Standing) -> tuple[Finding, ...]:
    """The evidence of closing was brought."""
    if where.took("gap_shown") is not None:
        return ()
    return (finding("challenge.gap.not_shown", "events", number=where.matter.number),)


def followed_two_years(where: Standing, time: datetime) -> tuple[Finding, ...]:
    """The follow-up lasted two years from acceptance, and somebody visited at least once."""
    accepted = where.took("accepted")
    if accepted is None or (time - accepted.time).days < FOLLOWED_YEARS * 365:
        since = "—" if accepted is None else accepted.time.date()
        return (finding("challenge.follow.short", "time", since=since, years=FOLLOWED_YEARS),)
    if where.took("followed") is None:
        return (finding("challenge.follow.never", "events", number=where.matter.number),)
    return ()


# ---------------------------------------------------------------- outcomes


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a call (or of all): kind → numbers of the matters behind it; amount: sum of the contracts whose
    amount is stated, of currency CNY; unstated: contracts without one."""

    numbers: Mapping[str, tuple[str, ...]]
    amount: float
    unstated: int

    def count(self, kind: str) -> int:
        """How many."""
        return len(self.numbers.get(kind, ()))


_COUNTED = {
    "needs": "submitted", "returned": "returned", "merged": "merged", "solvable": "matched_directly",
    "published": "published", "matched": "chosen", "contracted": "contracted", "started": "started",
    "resulted": "resulted", "accepted": "accepted", "gap_shown": "gap_shown", "closed": "closed",
}  # fmt: skip
_UNSOLVED = ("no_bid", "none_chosen", "fell_through", "left_unsolved")


def outcomes(matters: Iterable[Matter], day: date, call: str = "") -> Outcomes:
    """What came of challenges until a day. Only events that were allowed count; nothing is counted without one.

    call: number of one call, «» for all.
    """
    known = tuple(matters)
    rules = procedure(PACKAGE, CHALLENGE)
    numbers: dict[str, list[str]] = {kind: [] for kind in (*_COUNTED, "bids", "with_bids", "unsolved", "withdrawn")}
    amount, unstated, bidden = 0.0, 0, bids_by_challenge(known, day)
    for matter in known:
        if matter.procedure != CHALLENGE or (call and call not in linked(matter, "call")):
            continue
        where = standing(rules, matter, day)
        for kind, act in _COUNTED.items():
            if where.took(act) is not None:
                numbers[kind].append(matter.number)
        if any(where.took(act) is not None for act in _UNSOLVED):
            numbers["unsolved"].append(matter.number)
        if where.took("withdrawn") is not None:
            numbers["withdrawn"].append(matter.number)
        bids = bidden.get(matter.number, ())
        numbers["bids"] += [bid.number for bid in bids]
        numbers["with_bids"] += [matter.number] if bids else []
        signed = where.took("contracted")
        if signed is not None:
            stated = number(signed.content.get("amount"))
            amount, unstated = (amount, unstated + 1) if math.isnan(stated) else (amount + stated, unstated)
    return Outcomes({kind: tuple(listed) for kind, listed in numbers.items()}, amount, unstated)


def closings(matters: Iterable[Matter], day: date) -> tuple[tuple[str, str, date, Mapping[str, str]], ...]:
    """Gaps shown to be closed until a day: procedure, number, day, documents of both sides."""
    found = []
    for matter in matters:
        if matter.procedure in (CHALLENGE, "research"):
            event = standing(procedure(PACKAGE, matter.procedure), matter, day).took("gap_shown")
            if event is not None:
                found.append((matter.procedure, matter.number, event.time.date(), documents_of(event)))
    return tuple(found)
