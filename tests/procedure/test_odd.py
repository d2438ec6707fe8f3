"""Whatever a matter holds, an answer is given: no odd content of an event or a field is more than a finding."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.challenges.challenge import closings, outcomes, scores_of
from suyuan.capability.challenges.conversion import examples_of
from suyuan.capability.challenges.research import milestones, results
from suyuan.capability.sharing.order import booked, orders
from suyuan.procedure.admission import admit
from suyuan.procedure.matter import Event, Matter, followed
from suyuan.procedure.read import read_matter, read_procedure
from suyuan.procedure.standing import standing
from suyuan.procedure.write import matter_document
from suyuan.quantity.finding import Refused
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.matter.matters import evaluated, outlook, procedure_named, stands, take, waiting
from suyuan.verbs.matter.panels import review_of
from suyuan.verbs.snapshot import Documents, snapshot
from tests.procedure.matters import asked, licence, matter, rules

WORDS = st.sampled_from(["", "x", "2026-05-01", "9999-12-31", "1e300", "-1", "nan", "device", "reviewer", "B-1", "赵"])
KEYS = ["roles", "due", "documents", "scores", "milestones", "milestone", "result_kind", "examples", "reviewers",
        "declaration", "affiliations", "ties", "satisfaction", "price", "from", "until", "pieces", "resource",
        "subjects", "criteria", "links", "need", "challenge", "name", "bid", "amount", "organisation", "reviewer", "id",
        "weight"]  # fmt: skip
VALUES = st.recursive(
    st.one_of(WORDS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=6,
)
CONTENT = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["challenge", "bid", "order", "research", "conversion", "panel", "call"]),
    st.lists(st.tuples(st.integers(0, 40), CONTENT), min_size=1, max_size=6),
    CONTENT,
    st.data(),
)
def test_odd_contents_are_no_more_than_findings(name: str, rows: list[tuple[int, Any]], fields: Any, data: Any) -> None:
    law = procedure_named(name)
    roles = {role: ("赵",) for role in law.roles}
    made = Matter(name, "1", {"zh": "一"}, {"zh": "单位"}, fields, roles)
    for index, content in rows:
        step = law.steps[index % len(law.steps)]
        made = followed(made, Event(step.act, NOW, "赵", step.actors[0], content))
    back, found = read_matter(matter_document(made))
    assert back is not None and found == ()
    where = standing(law, back, DAY)
    assert stands(back, DAY) == where and all(back.holders(role) is not None for role in law.roles)
    known = snapshot(Evidence(), Documents(matters=(back,)), DAY)
    waiting([back], DAY)
    milestones(back, DAY), results([back], DAY), scores_of(where), orders([back]), booked(back)
    outcomes([back], DAY), closings([back], DAY), [examples_of(event) for event in back.events]
    outlook(known, back, NOW)
    evaluated(known, back, _next(law, data), law.guards)
    for attempt in (lambda: review_of(known, back, DAY), lambda: take(known, back, _next(law, data), now=NOW)):
        try:
            attempt()
        except Refused as refused:
            assert refused.findings


def _next(law: Any, data: Any) -> Event:
    step = data.draw(st.sampled_from(law.steps))
    return Event(step.act, NOW, "赵", step.actors[0], data.draw(CONTENT))


SHORT = st.text(max_size=5)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    SHORT,
    st.lists(SHORT, max_size=2),
    st.dictionaries(SHORT, SHORT, max_size=2),
)


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    keys = (
        list(content) if isinstance(content, dict) else list(range(len(content))) if isinstance(content, list) else []
    )
    return [(content, key) for key in keys] + [place for key in keys for place in places(content[key])]


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.data())
def test_odd_rules_and_matters_are_refused_with_findings(law: bool, data: Any) -> None:
    content = rules() if law else json.loads(matter_document(admit(licence(), matter(), asked())))
    container, key = data.draw(st.sampled_from(places(content)))
    container[key] = data.draw(ODD)
    document = json.dumps(content).encode()
    for read in (read_procedure, read_matter):
        made, found = read(document)
        assert made is not None or any(f.severity == "error" for f in found)
