"""Whatever stands in a guideline, a row or a matter: a finding or an unknown, never a traceback, nothing lost."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.centre.columns import columns
from suyuan.centre.read import guideline_document, read_guideline
from suyuan.centre.scorecard import score
from suyuan.centre.shipped import guideline
from suyuan.procedure.matter import Matter
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.centre.commitments import commitments
from suyuan.verbs.centre.facts import all_facts
from suyuan.verbs.centre.register_of_centres import register_of_centres
from suyuan.verbs.matter.centre_guards import GUARDS, PROCEDURES, Asked, guards
from suyuan.verbs.register.registers import read
from suyuan.verbs.snapshot import Documents, snapshot
from tests.centre.test_read import CENTRE, CLAUSE, RECORD
from tests.verbs.test_centres import event

DRAFT = guideline("DRAFT-CENTRE", "1")
assert DRAFT is not None
PLAIN: dict[str, Any] = json.loads(guideline_document(DRAFT))
DAY = date(2026, 6, 1)
odd = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.just("1e999"), st.just("−1"),
    st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.just([["0", "0"], ["0", "1"]]), st.just({"zh": {}}), st.just("2026-13-01"),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, part in inner:
        found += places(part, (*path, key))
    return found


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    made = copy.deepcopy(value)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return made


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(places(PLAIN)), odd)
def test_any_place_of_a_guideline(path: tuple[Any, ...], new: Any) -> None:
    made, found = read_guideline(json.dumps(changed(PLAIN, path, new)).encode())
    assert made is not None or found
    if made is not None:
        cards = score(columns([], ["a"]), made, DAY)
        assert 0.0 <= cards.total[0][0] <= cards.total[1][0]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["centre", "centre_record", "commitment"]), st.data())
def test_any_place_of_a_row(kind: str, data: Any) -> None:
    rows: dict[str, dict[str, Any]] = {
           "centre": CENTRE | {"host_independent": True, "demand": ["N"], "region": "x"},
           "centre_record": RECORD | {"kind": "environment", "value": "1", "low": "0", "year": "2026",
                                      "detail": {"a": "b"}},
           "commitment": CLAUSE | {"evidence": ["fact:*/need"], "due": "2026-01-01"}}  # fmt: skip
    row = rows[kind]
    made = changed(row, data.draw(st.sampled_from(places(row))), data.draw(odd))
    head = {"suyuan": "register", "organisation": {"zh": "演示局"}, "number": "1", "day": "2026-01-01"}
    register, found = read(json.dumps(head | {"rows": {kind: [made, row | {"id": "other"}]}}).encode())
    assert register is not None, "the good row goes in"
    assert len(register.rows[kind]) == 2 or found
    at = snapshot(Evidence(), Documents((register,)), DAY)
    all_facts(at)
    register_of_centres(at)
    commitments(at)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PROCEDURES), st.sampled_from(["centre", "guideline_version", "links"]), odd, st.lists(
    st.tuples(st.sampled_from(["opened", "submitted", "findings_raised", "taken_up", "applied", "nonsense"]),
              st.sampled_from(["findings", "closures", "documents", "roles", "verdict_after"]), odd),
    max_size=3))  # fmt: skip
def test_any_content_of_a_matter(name: str, key: str, value: Any, acts: list[tuple[str, str, Any]]) -> None:
    events = tuple(event(act, f"2026-03-0{n + 1}", {field: content}) for n, (act, field, content) in enumerate(acts))
    matter = Matter(name, "1", {"zh": "演示"}, {"zh": "演示"}, {"centre": "c", key: value}, {}, events)
    head = {"suyuan": "register", "organisation": {"zh": "演示局"}, "number": "1", "day": "2026-01-01"}
    register, _ = read(json.dumps(head | {"rows": {"centre": [CENTRE]}}).encode())
    assert register is not None
    at = snapshot(Evidence(), Documents((register,), (matter,)), DAY)
    guards(at, matter)
    for check in GUARDS.values():
        check(Asked(at, matter))
    all_facts(at)
    register_of_centres(at)
