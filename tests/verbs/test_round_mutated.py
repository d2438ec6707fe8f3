"""Documents of rounds with any part replaced by something else: read, or refused with findings, never a traceback."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.round.protocol import DriftRule, ReferenceRule
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.report import Issue
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.seal import envelope_document, read_envelope, seal
from suyuan.comparison.round.submission import BudgetLine
from suyuan.comparison.round.write import protocol_document, submission_document, submission_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused
from suyuan.verbs.comparison.rerun import rerun
from suyuan.verbs.comparison.round import Round, read_round, report_of
from tests.comparison.rounds import event, played, protocol, submission

ISSUE = Issue("draft_a", date(2026, 7, 1), "suyuan")
MADE = protocol(
    drift=DriftRule("linear", repeats=2), reference=ReferenceRule("weighted_mean", given={"L1": (1.0, 0.1)})
)
BUDGET = (BudgetLine("x", 0.01, issuer="NMI", certificate="7"),)
OUT = event("decided", 1, "B", measurand="L1", decision="out", reason="damaged")
EVENTS = played(MADE, {"P": 0.0, "A": 0.01, "B": 0.02}, (OUT,))
JUNK = st.sampled_from(
    [
        "", "x", "nan", "-1", "0", "1e400", "é", None, True, [], {}, ["x"], [None], {"zh": "x"}, 3, [[]], "2026-02-30",
        "\u0000", "9" * 50,
    ]
)  # fmt: skip


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(p for key, value in inner for p in places(value, (*path, key)))]


def mutated(tree: Any, path: tuple[Any, ...], junk: Any) -> bytes:
    other = json.loads(json.dumps(tree))
    here = other
    for key in path[:-1]:
        here = here[key]
    if path:
        here[path[-1]] = junk
    return json.dumps(other).encode()


ROUND = {
    "suyuan": "comparison-round", "protocol": json.loads(protocol_document(MADE)),
    "submissions": [submission_fields(submission(MADE, c, 0.0, BUDGET)) for c in "PAB"],
    "decisions": [{"member": "B", "measurand": "L1", "decision": "out", "reason": "r", "person": "p"}],
    "corrections": [{"member": "B", "measurand": "L1", "field": "value", "old": "100.0000", "new": "100.1",
                     "reason": "r", "person": "p"}],
}  # fmt: skip
TREES: dict[str, tuple[bytes, Any]] = {
    "protocol": (protocol_document(MADE), read_protocol),
    "submission": (submission_document(submission(MADE, "A", 0.0, BUDGET)), lambda d: read_submission(d, MADE)),
    "envelope": (envelope_document(seal(b"x", b"k" * 32, b"n" * 32, ("d", "A"), b"h" * 32)), read_envelope),
    "round": (canonical(ROUND), lambda d: report_of(read_round(d)[0], ISSUE)),
    "report": (report_document(report_of(Round(MADE, EVENTS), ISSUE)), rerun),
}


@pytest.mark.parametrize("kind", TREES)
def test_any_part_replaced(kind: str) -> None:
    document, read = TREES[kind]
    tree = json.loads(document)
    everywhere = places(tree)

    @settings(max_examples=50, deadline=None, database=None)
    @given(st.sampled_from(everywhere), JUNK)
    def one(path: tuple[Any, ...], junk: Any) -> None:
        try:
            read(mutated(tree, path, junk))
        except Refused as told:
            assert told.findings and all(f.to_json()["zh"]["what"] for f in told.findings)

    one()
