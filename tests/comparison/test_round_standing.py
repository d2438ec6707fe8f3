"""Events of a round: admitted or refused, chained, folded; nothing revealed before the closing."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.round.admission import admit, admitted
from suyuan.comparison.round.events import KINDS, Event, verify
from suyuan.comparison.round.seal import commit
from suyuan.comparison.round.standing import after, standing, submissions
from suyuan.comparison.round.write import submission_document
from suyuan.quantity.finding import Refused
from tests.comparison.rounds import CLOSES, event, nonce, played, protocol, revealed, submission, until_closed

MADE = protocol()
DOCUMENTS = {c: submission_document(submission(MADE, c, 0.001 * i)) for i, c in enumerate("PABC")}
DRAFT, OTHER = "d" * 64, "e" * 64
OPENED = admitted(MADE, [*until_closed(MADE, DOCUMENTS), *(revealed(c, d) for c, d in DOCUMENTS.items())])


def refused(code: str, events: Any, one: Event, made: Any = MADE) -> None:
    where = standing(made, admitted(made, events))
    with pytest.raises(Refused) as told:
        admit(where, one)
    assert told.value.findings[0].code == code


def test_a_round_from_invitation_to_release() -> None:
    remarks = [event("remarked", 3, c, draft=DRAFT, agrees=True) for c in "PABC"]
    end = [event("draft_a", 2, draft=DRAFT), *remarks, event("draft_b", 4, draft=OTHER), event("final", 5, draft=OTHER)]
    where = standing(MADE, admitted(MADE, [*OPENED, *end]))
    assert where.phase == "final" and [d.state for d in where.drafts] == ["draft_a", "draft_b", "final"]
    assert {m.state for m in where.members.values()} == {"revealed"} and not where.waiting


def test_nothing_of_a_submission_is_in_the_events_before_it_is_revealed() -> None:
    before = OPENED[: -len(DOCUMENTS)]
    written = repr(before)
    for document in DOCUMENTS.values():
        assert base64.b64encode(document).decode()[8:40] not in written
        assert "100.00" not in written
    assert not submissions(standing(MADE, before))


def test_who_comes_too_late_too_early_or_not_at_all() -> None:
    before = until_closed(MADE, {})[:-1]
    sealed = event("sealed", -1, "A", commitment="a" * 64)
    refused("comparison.event.late", before, event("sealed", 0.5, "A", commitment="a" * 64))
    refused("comparison.event.late", OPENED, event("sealed", 0.5, "A", commitment="a" * 64))
    refused("comparison.event.member", before, replace(sealed, member="Z"))
    refused("comparison.event.answer", [e for e in before if (e.kind, e.member) != ("accepted", "A")], sealed)
    refused("comparison.event.early", [*before, sealed], revealed("A", DOCUMENTS["A"], -0.5))
    refused("comparison.event.not_yet", before, event("closed", -0.1))
    refused("comparison.event.commitment", before, event("sealed", -1, "A", commitment="42"))
    refused("comparison.event.tells", before, event("sealed", -1, "A", commitment="a" * 64, value="100.0"))
    refused("comparison.event.earlier", before, event("sealed", -900, "A", commitment="a" * 64))
    refused("comparison.protocol.zone", before, replace(sealed, time=sealed.time.replace(tzinfo=None)))


def test_the_protocol_is_frozen_by_its_digest() -> None:
    before = until_closed(MADE, {})[:6]
    refused("comparison.event.protocol", before, event("opened", -178, protocol="0" * 64))
    refused("comparison.event.alone", [], event("opened", -178, protocol=MADE.digest))
    refused(
        "comparison.event.phase", [*before, event("opened", -178, protocol=MADE.digest)], event("invited", -177, "A")
    )


def test_a_second_seal_replaces_the_first_and_both_stay_visible() -> None:
    before = until_closed(MADE, {"A": b"first"})[:-1]
    again = event("sealed", -5, "A", commitment=commit(DOCUMENTS["A"], nonce("A")))
    events = [*before, again, event("closed", 0), revealed("A", DOCUMENTS["A"])]
    where = standing(MADE, admitted(MADE, events))
    first, second = where.members["A"].commitments
    assert first.replaced == again.time and second.replaced is None and where.members["A"].document == DOCUMENTS["A"]
    refused("comparison.seal.other", [*before, again, event("closed", 0)], revealed("A", b"first"))
    taken = [*before, event("retracted", -5, "A", reason="wrong block"), event("closed", 0)]
    refused("comparison.event.not_sealed", taken, revealed("A", b"first"))


def test_a_correction_is_an_event_and_both_numbers_stay() -> None:
    right = event("corrected", 1, "A", measurand="L1", field="value", old="100.0010", new="100.0100", reason="typing")
    where = standing(MADE, admitted(MADE, [*OPENED, right]))
    found, _ = submissions(where)["A"]
    assert found is not None and [r.value for r in found.results] == [100.01, 100.001]
    assert found.digest != submissions(standing(MADE, OPENED))["B"][0].digest  # type: ignore[union-attr]
    assert found.digest == submissions(standing(MADE, OPENED))["A"][0].digest  # type: ignore[union-attr]
    assert b"100.0010" in where.members["A"].document  # type: ignore[operator]
    refused("comparison.event.old", OPENED, replace(right, content={**right.content, "old": "99"}))
    refused("comparison.event.reason", OPENED, replace(right, content={**right.content, "reason": " "}))
    refused("typed.number.syntax", OPENED, replace(right, content={**right.content, "new": "much"}))
    refused("comparison.event.field", OPENED, replace(right, content={**right.content, "field": "budget"}))
    refused("comparison.event.which", OPENED, replace(right, content={**right.content, "measurand": "L9"}))
    done = [event("draft_a", 2, draft=DRAFT), event("draft_b", 40, draft=DRAFT)]
    refused("comparison.event.phase", [*OPENED, *done], replace(right, time=CLOSES + timedelta(days=41)))


def test_decisions_have_a_person_and_a_reason() -> None:
    out = event("decided", 1, "B", measurand="L1", decision="out", reason="damaged on the way")
    where = standing(MADE, admitted(MADE, [*OPENED, out]))
    assert where.contributes("B", "L1") == (False, "damaged on the way") and where.contributes("B", "L2")[0]
    back = replace(out, content={**out.content, "decision": "in"})
    assert standing(MADE, admitted(MADE, [*OPENED, out, back])).contributes("B", "L1") == (True, "")
    refused("comparison.event.person", OPENED, replace(out, person=""))
    refused("comparison.event.reason", OPENED, replace(out, content={"decision": "out"}))
    refused("comparison.event.choice", OPENED, replace(out, content={"decision": "gone", "reason": "r"}))
    refused("comparison.submission.measurand", OPENED, replace(out, content={**out.content, "measurand": "X"}))


def test_draft_b_waits_for_remarks_or_for_the_period() -> None:
    draft = [*OPENED, event("draft_a", 2, draft=DRAFT)]
    refused("comparison.event.remarks", draft, event("draft_b", 10, draft=OTHER))
    refused("comparison.event.draft", draft, event("remarked", 3, "A", draft=OTHER, agrees=True))
    refused("comparison.event.says_nothing", draft, event("remarked", 3, "A", draft=DRAFT, agrees=False))
    refused("comparison.event.phase", draft, event("final", 3, draft=DRAFT))
    assert standing(MADE, admitted(MADE, [*draft, event("draft_b", 32, draft=OTHER)])).phase == "draft_b"
    sealed = until_closed(MADE, DOCUMENTS)
    refused("comparison.event.still_sealed", sealed, event("draft_a", 1, draft=DRAFT))
    opened = [*sealed, *(revealed(c, DOCUMENTS[c]) for c in "PAB"), event("unopened", 0.2, "C", reason="key lost")]
    assert standing(MADE, admitted(MADE, [*opened, event("draft_a", 1, draft=DRAFT)])).members["C"].state == "unopened"


def test_a_change_behind_draft_a_needs_a_new_draft_a_and_new_remarks() -> None:
    remarks = [event("remarked", 3, c, draft=DRAFT, agrees=True) for c in "PABC"]
    draft = [*OPENED, event("draft_a", 2, draft=DRAFT), *remarks]
    right = event("corrected", 4, "A", measurand="L1", field="value", old="100.0010", new="100.0100", reason="typing")
    out = event("decided", 4, "B", measurand="L1", decision="out", reason="damaged on the way")
    for change in (right, out):
        refused("comparison.event.changed", [*draft, change], event("draft_b", 5, draft=OTHER))
        refused("comparison.event.changed", [*draft, change], event("draft_b", 90, draft=OTHER))
        refused("comparison.event.same_draft", [*draft, change], event("draft_a", 5, draft=DRAFT))
        again = [*draft, change, event("draft_a", 5, draft="f" * 64)]
        refused("comparison.event.remarks", again, event("draft_b", 6, draft=OTHER))
        said = [event("remarked", 6, c, draft="f" * 64, agrees=True) for c in "PABC"]
        where = standing(MADE, admitted(MADE, [*again, *said, event("draft_b", 7, draft=OTHER)]))
        assert where.phase == "draft_b" and not where.changed
    same_moment = replace(right, time=CLOSES + timedelta(days=2))
    held = [*OPENED, event("draft_a", 2, draft=DRAFT), same_moment]
    refused("comparison.event.changed", held, event("draft_b", 40, draft=OTHER))
    before = [*OPENED, replace(right, time=CLOSES + timedelta(days=1)), event("draft_a", 2, draft=DRAFT)]
    assert standing(MADE, admitted(MADE, [*before, event("draft_b", 40, draft=OTHER)])).phase == "draft_b"
    opened = [*until_closed(MADE, DOCUMENTS), *(revealed(c, DOCUMENTS[c]) for c in "PAB"),
              event("unopened", 0.2, "C", reason="key lost"), event("draft_a", 1, draft=DRAFT)]  # fmt: skip
    late = [*opened, revealed("C", DOCUMENTS["C"], 2)]
    refused("comparison.event.changed", late, event("draft_b", 40, draft=OTHER))


def test_the_standard_is_at_one_place() -> None:
    before = until_closed(MADE, {})[:-1]
    sent = event("sent", -100, "P", standard="TS-1", to="A")
    came = event("arrived", -98, "A", standard="TS-1", condition="good")
    where = standing(MADE, admitted(MADE, [*before, sent, came]))
    assert (where.holders["TS-1"].member, where.holders["TS-1"].condition) == ("A", "good")
    refused("comparison.event.on_its_way", [*before, sent], event("sent", -99, "P", standard="TS-1", to="B"))
    refused("comparison.event.holder", [*before, sent], event("arrived", -99, "B", standard="TS-1", condition="good"))
    refused("comparison.event.holder", [*before, sent, came], event("sent", -90, "P", standard="TS-1", to="B"))
    refused("comparison.event.condition", [*before, sent], event("arrived", -99, "A", standard="TS-1"))
    refused("comparison.event.standard", before, event("sent", -99, "P", standard="TS-7", to="B"))


def test_accounts_act_for_their_own_member() -> None:
    members = tuple(replace(m, account=f"user-{m.code}") for m in MADE.members)
    made = protocol(members=members)
    refused("comparison.event.not_his", [], event("invited", -180, "A", "user-B"), made)
    invited = [event("invited", -180, "A", "user-P")]
    refused("comparison.event.not_his", invited, event("accepted", -179, "A", "user-B"), made)
    assert admitted(made, [*invited, event("accepted", -179, "A", "user-A")])


HELP = {"measurand": "L1"}


def test_a_help_plan_closes_by_a_remeasurement_that_agrees() -> None:
    numbers: dict[str, Any] = {
        "value": 100.1,
        "U": 0.02,
        "k": 2,
        "reference_value": 100.0,
        "reference_U": 0.02,
        "reference_k": 2,
    }
    start = [
        *OPENED, event("draft_a", 2, draft=DRAFT), event("help_opened", 3, "B", expert="expert", **HELP),
        event("cause", 4, "B", text="thermometer", **HELP),
    ]  # fmt: skip
    refused("comparison.event.no_action", start, event("remeasured", 6, "B", **HELP, **numbers))
    acted = [*start, event("action", 5, "B", text="recalibrated", **HELP)]
    refused("comparison.event.not_remeasured", acted, event("help_closed", 7, "B", closed=True, **HELP))
    bad = [*acted, event("remeasured", 6, "B", **HELP, **numbers)]
    refused("comparison.event.still_failed", bad, event("help_closed", 7, "B", closed=True, **HELP))
    good = [*bad, event("remeasured", 8, "B", measured="2026-07-07", **HELP, **{**numbers, "value": 100.01})]
    unexplained = [e for e in good if e.kind != "cause"]
    refused("comparison.event.no_cause", unexplained, event("help_closed", 9, "B", closed=True, **HELP))
    where = standing(MADE, admitted(MADE, [*good, event("help_closed", 9, "B", closed=True, **HELP)]))
    plan = where.plan("B", "L1")
    assert plan is not None and str(plan.closed) == "2026-07-07" and len(plan.remeasured) == 2
    assert plan.remeasured[-1].En == pytest.approx(0.01 / (0.02 * 2**0.5))
    refused("comparison.event.help_open", start, event("help_opened", 6, "B", expert="x", **HELP))
    refused("comparison.event.no_help", [*OPENED, event("draft_a", 2, draft=DRAFT)],
            event("cause", 4, "C", text="?", **HELP))  # fmt: skip
    refused("comparison.event.remeasured", acted, event("remeasured", 6, "B", **HELP, value="x"))


def test_an_altered_chain_is_found() -> None:
    assert not verify(OPENED)
    for i in (0, 5, len(OPENED) - 1):
        other = replace(OPENED[i], person="somebody else")
        assert verify((*OPENED[:i], other, *OPENED[i + 1 :]))[0].code == "comparison.event.altered"
    assert verify(OPENED[1:])[0].code == "comparison.event.chain"
    assert verify((*OPENED[:3], *OPENED[4:]))[0].code == "comparison.event.chain"
    assert verify((OPENED[1], OPENED[0], *OPENED[2:]))


TEXT = st.sampled_from(["", "A", "B", "L1", "TS-1", DRAFT, "in", "out", "value", "100.0000", "reason", MADE.digest])
KEYS = ("standard", "to", "condition", "reason", "commitment", "protocol", "draft", "decision", "measurand", "field",
        "old", "new", "expert", "text", "document", "nonce")  # fmt: skip
CONTENT = st.dictionaries(st.sampled_from(KEYS), TEXT, max_size=5) | st.just({"agrees": True, "draft": DRAFT})
ANY = st.builds(
    lambda kind, hours, person, member, content: Event(
        kind, CLOSES + timedelta(hours=hours), person, member, content
    ),
    st.sampled_from(KINDS), st.integers(-5000, 5000), st.sampled_from(["", "x"]),
    st.sampled_from(["", "P", "A", "B", "C", "Z"]), CONTENT,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(OPENED)), st.lists(ANY, max_size=30))
def test_any_row_of_events_is_admitted_or_refused(start: int, events: list[Event]) -> None:
    """However events come, the fold never fails, the chain verifies, and nothing is open before the closing."""
    listed = list(OPENED[:start])
    where = standing(MADE, listed)
    for one in sorted(events, key=lambda e: e.time):
        try:
            placed = admit(where, one)
        except Refused as told:
            assert told.findings[0].to_json()["zh"]["what"]
            continue
        where = after(where, placed)
        listed.append(placed)
        if where.phase in ("prepared", "invited", "open"):
            assert all(m.document is None for m in where.members.values())
    assert not verify(listed) and standing(MADE, listed) == where
    for state in where.members.values():
        assert sum(c.replaced is None for c in state.commitments) <= 1


def test_whole_round_helper_is_a_round() -> None:
    assert standing(MADE, played(MADE, {"P": 0.0, "A": 0.1})).phase == "closed"


def test_half_a_character_is_refused_in_an_event() -> None:
    refused("typed.json.encoding", [], replace(event("invited", -9, "A"), person="\ud800"))
    refused("typed.json.encoding", [], event("invited", -9, "A", text="\ud800"))
