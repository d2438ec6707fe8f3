"""Guards of challenges, bids, research, conversion, panels: each asks a snapshot about a matter and event.

() holds, findings say what stands against it, None: nobody can say, and that does not pass. What is judged stands in
the rooms `capability.challenges` and `capability.sharing`; here it is only handed what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from suyuan.capability.challenges import challenge, conversion, research
from suyuan.capability.challenges.challenge import CHALLENGE, Verdicts, needs_of
from suyuan.capability.challenges.research import linked
from suyuan.capability.need import Need
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.standing import Standing, documents_of
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.evaluate import evaluate, unusable
from suyuan.verbs.matching.match import match_all
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.matter.panels import criteria_for, freedom, review_of, reviewer_of, reviewers_of, subjects_of
from suyuan.verbs.snapshot import Snapshot, snapshot

Answer = Sequence[Finding] | None
LEAST = 3
"""Reviewers of a panel, and full scores of a subject, at least: our own proposal."""
PUBLISHED = ("published", "reviewing", "matched", "contracted", "under_way", "resulted", "follow_up", "closed")
_WORST = ("cannot", "partly", "not_accurate", "unknown")


def _linked(known: Snapshot, matter: Matter, kind: str) -> Matter | None:
    """The one matter that another is linked to."""
    numbers = linked(matter, kind)
    return next((m for m in known.matters_of(kind) if m.number in numbers), None)


# ---------------------------------------------------------------- needs


def need_formed(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The needs of a challenge state measurand, interval, target and unit."""
    if not linked(matter, "need"):
        return (finding("challenge.need.none", "fields/links", number=matter.number),)
    needs = needs_of(matter, known.needs)
    if needs is None:
        names = ", ".join(linked(matter, "need"))
        return (finding("challenge.need.unregistered", "fields/links", names=names, day=known.day),)
    return [item for need in needs for item in challenge.well_formed(need)]


def verdicts(known: Snapshot, needs: Sequence[Need]) -> Mapping[str, str]:
    """Name of a need → verdict on the day of a snapshot."""
    found = match_all(known, needs)
    return {challenge.named(m.need): m.verdict for m in found}


def not_solvable(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """No capability meets the needs already."""
    needs = needs_of(matter, known.needs)
    return challenge.not_solvable(verdicts(known, needs)) if needs else None


def solvable(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """A capability meets the needs already."""
    needs = needs_of(matter, known.needs)
    return challenge.solvable(verdicts(known, needs)) if needs else None


def not_duplicate(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """No other challenge published the same need and still runs, or solved it."""
    needs = needs_of(matter, known.needs)
    if needs is None:
        return None
    others = [
        (m.number, needs_of(m, known.needs) or ())
        for m in known.matters_of(CHALLENGE)
        if m.number != matter.number and stands(m, event.time).state.name in PUBLISHED
    ]
    return challenge.repeats(needs, others)


def other_need(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The challenge that this one is merged into exists and is another one."""
    into = str(event.content.get("into", ""))
    numbers = [m.number for m in known.matters_of(CHALLENGE) if m.number != matter.number]
    return () if into in numbers else (finding("challenge.need.lost", "content/into", number=into or "—"),)


# ---------------------------------------------------------------- bids


def _bids(known: Snapshot, matter: Matter, event: Event) -> tuple[Matter, ...]:
    return challenge.bids_of(matter, known.matters, event.time.date())


def bids_there(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """At least one bid came."""
    return () if _bids(known, matter, event) else (finding("challenge.bid.none", "links", number=matter.number),)


def no_bids(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """No bid came though its time is over."""
    bids = _bids(known, matter, event)
    if bids:
        return (finding("challenge.bid.some", "links", number=matter.number, count=len(bids)),)
    return bids_ended(known, matter, event)


def bids_ended(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The time for bids is over."""
    return challenge.bids_ended(stands(matter, event.time), event.time)


def bid_linked(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The chosen bid is one of this challenge."""
    return challenge.bid_linked(str(event.content.get("bid", "")), _bids(known, matter, event))


def bids_open(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The need that a bid is for takes bids."""
    of = _linked(known, matter, CHALLENGE)
    if of is None:
        names = ", ".join(linked(matter, CHALLENGE)) or "—"
        return (finding("challenge.bid.no_challenge", "fields/links", number=matter.number, names=names),)
    return challenge.bids_open(stands(of, event.time), event.time)


def bidder_is_other(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Nobody bids for their own need."""
    of = _linked(known, matter, CHALLENGE)
    return None if of is None else challenge.bidder_is_other(matter, of)


def one_bid(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """An organisation bids once for a need."""
    of = _linked(known, matter, CHALLENGE)
    return None if of is None else challenge.one_bid(matter, _bids(known, of, event))


def bid_was_chosen(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The challenge chose this bid."""
    of = _linked(known, matter, CHALLENGE)
    chosen = None if of is None else _chosen(of, event)
    if chosen is None:
        return None
    if chosen == matter.number:
        return ()
    return (finding("challenge.bid.other", "links", number=matter.number, chosen=chosen or "—"),)


def other_was_chosen(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The challenge came to an end without this bid."""
    of = _linked(known, matter, CHALLENGE)
    chosen = None if of is None else _chosen(of, event)
    if chosen is None:
        return None
    return (finding("challenge.bid.is_chosen", "links", number=chosen),) if chosen == matter.number else ()


def _chosen(of: Matter, event: Event) -> str | None:
    """The number of the chosen bid, «» where the challenge ended with none, None where it is still open."""
    where = stands(of, event.time)
    taken = where.took("chosen")
    if taken is not None:
        return str(taken.content.get("bid", ""))
    return "" if where.ended else None


# ---------------------------------------------------------------- review


def reviewers_free(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Somebody reviews, and no reviewer has a conflict with what is reviewed."""
    reviewers = reviewers_of(known, matter, event)
    if not reviewers:
        return (finding("challenge.panel.nobody", "roles", number=matter.number),)
    return [item for one in reviewers for item in freedom(known, one, matter, event.time.date())]


def reviewer_free(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Who gives scores has no conflict."""
    return freedom(known, reviewer_of(known, matter, event.person, event), matter, event.time.date())


def panel_large_enough(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """At least three reviewers."""
    count = len(reviewers_of(known, matter, event))
    return () if count >= LEAST else (finding("challenge.panel.small", "content/roles", count=count, least=LEAST),)


def declaration_formed(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """A declaration is a list of ties, each with kind and other party, or the word «none»."""
    given = event.content.get("declaration")
    rows = research.rows_of(given)
    whole = isinstance(given, list | tuple) and len(rows) == len(given)
    if given == "none" or (rows and whole and all(row.get("kind") and row.get("other") for row in rows)):
        return ()
    return (finding("challenge.panel.declaration", "content/declaration"),)


def scores_formed(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Scores name subjects and criteria and lie on their scale."""
    subjects = subjects_of(known, matter, event.time.date())
    return challenge.scores_formed(event.content.get("scores"), subjects, criteria_for(matter))


def scores_there(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The chosen bid, or every subject, was scored in full by three reviewers without conflict."""
    found = review_of(known, matter, event.time.date())
    wanted = [str(event.content["bid"])] if event.content.get("bid") else list(found.subjects)
    counts = dict(zip(found.subjects, (int(c) for c in found.count), strict=True))
    return [
        finding("challenge.score.few", "scores", subject=subject, count=counts.get(subject, 0), least=LEAST)
        for subject in wanted
        if counts.get(subject, 0) < LEAST
    ]


def first_or_reason(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The chosen bid is placed first by the review, or the choice states its reason; several may share the place."""
    found = review_of(known, matter, event.time.date())
    places = {name: float(place) for name, place in zip(found.subjects, found.ranking.place, strict=True)}
    chosen, best = str(event.content.get("bid", "")), min((p for p in places.values() if p == p), default=None)
    if best is None or places.get(chosen) == best or str(event.content.get("reason") or "").strip():
        return ()
    first = ", ".join(name for name, place in places.items() if place == best)
    return (finding("challenge.score.not_first", "content/reason", number=chosen or "—", first=first),)


# ---------------------------------------------------------------- results and closing


def result_kind_known(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The kind of result is known."""
    return research.result_kind_known(event)


def gap_closed(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The gap was open when the work began and is closed now: stated, documented, and computed again on both days."""
    needs = needs_behind(known, matter)
    began = open_on(stands(matter, event.time))
    if not needs or began is None:
        return None
    then = snapshot(known.evidence, known.documents, began)
    stated = (str(event.content.get(name, "")) for name in ("verdict_before", "verdict_after"))
    computed = (worst(verdicts(at, needs)) for at in (then, known))
    return challenge.gap_closed(Verdicts(*stated, *computed), documents_of(event))


def needs_behind(known: Snapshot, matter: Matter) -> tuple[Need, ...] | None:
    """The needs of a matter, or of the challenge that it is linked to."""
    if linked(matter, "need"):
        return needs_of(matter, known.needs)
    of = _linked(known, matter, CHALLENGE)
    return None if of is None else needs_of(of, known.needs)


def open_on(where: Standing) -> date | None:
    """The day on which a gap has to have been open: that of a challenge's publication; of a project the day before its
    first event, so that nothing its own people deliver counts as what was there before; None where neither is."""
    published = where.took("published")
    if published is not None:
        return published.time.date()
    if where.took("approved") is None or not where.matter.events:
        return None
    return where.matter.events[0].time.date() - timedelta(days=1)


def worst(found: Mapping[str, str]) -> str:
    """One verdict for several needs: the worst.

    >>> worst({"a": "can", "b": "partly"}), worst({"a": "can"}), worst({})
    ('partly', 'can', '')
    """
    return next((v for v in _WORST if v in found.values()), "can" if found else "")


def gap_shown(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The evidence of closing was brought."""
    return challenge.gap_shown(stands(matter, event.time))


def followed_two_years(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The follow-up lasted two years."""
    return challenge.followed_two_years(stands(matter, event.time), event.time)


# ---------------------------------------------------------------- calls


def _of_call(known: Snapshot, matter: Matter) -> tuple[Matter, ...]:
    return tuple(m for m in known.matters_of(CHALLENGE) if matter.number in linked(m, "call"))


def needs_collected(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """At least one need was submitted to the call."""
    if any(stands(m, event.time).took("submitted") for m in _of_call(known, matter)):
        return ()
    return (finding("challenge.call.empty", "links", number=matter.number),)


def triage_done(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """No need of the call still waits for its triage."""
    return _none_of_call(known, matter, event, lambda where: where.state.name == "collected")


def needs_ended(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Every need of the call has come to an end."""
    return _none_of_call(known, matter, event, lambda where: not where.ended)


def _none_of_call(known: Snapshot, matter: Matter, event: Event, open_there: Callable[[Standing], bool]) -> Answer:
    open_ = [m.number for m in _of_call(known, matter) if open_there(stands(m, event.time))]
    return [finding("challenge.call.open", "links", numbers=", ".join(open_))] if open_ else ()


# ---------------------------------------------------------------- research and conversion


def gap_named(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The gap that a project is to close is named and exists."""
    ids = [name for need in known.needs for name in (need.id, challenge.named(need))]
    return research.gap_named(matter, (*ids, *(m.number for m in known.matters_of(CHALLENGE))))


def milestone_known(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The milestone stands in the plan."""
    return research.milestone_known(matter, event)


def result_there(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """A project that is delivered has a result."""
    return research.result_there(matter, event.time.date())


def result_accepted(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """The project that a conversion rests on was accepted."""
    return conversion.result_accepted(matter, known.matters_of("research"))


def examples_recompute(known: Snapshot, matter: Matter, event: Event) -> Answer:
    """Every example is a saved result and recomputes to its printed numbers."""
    cases = {result.digest: result.case for result in known.evidence.results}

    def recompute(digest: str) -> Mapping[str, float] | None:
        if digest not in cases:
            return None
        found = evaluate(cases[digest], known.evidence)
        if unusable(found):
            raise Refused(*unusable(found))
        numbers: dict[str, float] = {}
        for name, output in found.outputs.items():
            U = float(output.expanded.U)
            numbers |= {name: output.value, f"u({name})": output.u, f"U({name})": U}
            if len(found.outputs) == 1:
                numbers |= {"value": output.value, "u": output.u, "U": U}
        return numbers

    return conversion.examples_recompute(conversion.examples_of(event), recompute)
