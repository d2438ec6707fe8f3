"""A verification statement as a document: written, read, altered, superseded; what became of its claim."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Claim, Part
from suyuan.carbon.claim.claim import document as claim_document
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.management.statement import document, read_statement
from suyuan.carbon.management.verification import Engagement, Misstatement, Statement, sample
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source
from suyuan.store.recognise import recognise
from suyuan.verbs.carbon.engagement import in_order, standing, statement_on, superseding, told

CONFIRMED = {"id": "a", "name": "a", "value": 44 / 12, "unit": "1", "source": "some text", "status": "confirmed"}


def claim(level: float = 1000.0, **changed: Any) -> Claim:
    months = with_components(np.full(12, level), [Component("flow", 0.02, source=Source("Demo", "F-1", "q"))], "t")
    part = Part("stack 1", "monitoring", months, (level,) * 12, {"measured": 12 * level})
    one = Claim("Demo works", "unit 1", 2025, "s", (part,), (CONFIRMED,), made=date(2026, 3, 1), **changed)
    return replace(one, digest=hashlib.sha256(claim_document(one)).hexdigest())


def made(one: Claim, **changed: Any) -> Statement:
    first = sample(one, 4, 1)[0]
    wrong = Misstatement(first.part, first.month, first.tonnes - 10.25, "moisture basis")
    given = {"claim": one.digest[:12], "verifier": "Verifier", "day": date(2026, 4, 1), "scheme": "EU", "size": 4,
             "seed": 1, "misstatements": (wrong,), "rest_checked": True, **changed}  # fmt: skip
    return statement_on(one, Engagement(**given))


def kept(one: Statement) -> Statement:
    found, why = read_statement(document(one))
    assert found is not None and not why, why
    return found


def test_written_and_read_back() -> None:
    one = made(claim())
    read = kept(one)
    assert read.engagement == one.engagement and read.engagement.claim == claim().digest
    assert (read.sample, read.opined, read.legal) == (one.sample, one.opined, 12000.0)
    assert read.opined.stated == 10.25 and read.row["status"] == one.row["status"]
    assert document(replace(read, digest="")) == document(one)
    known = recognise(document(one))
    assert (known.kind, known.issuer, known.number, known.day) == (
        "verification", "Verifier", "unit 1 2025", date(2026, 4, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"stated":"10.25"', b'"stated":"0.25"', "carbon.statement.altered"),
        (b'"opinion":"qualified"', b'"opinion":"reasonable"', "carbon.statement.altered"),
        (b'"989.75"', b'"1.0"', "carbon.statement.altered"),
        (b'"seed":"1"', b'"seed":"x"', "typed.number.syntax"),
        (b'"size":"4"', b'"size":"0"', "carbon.verify.size"),
        (b'"part":"stack 1","tonnes":"989.75"', b'"part":"stack 2","tonnes":"989.75"', "carbon.verify.not_sampled"),
    ],
)
def test_an_altered_statement_is_refused(old: bytes, new: bytes, code: str) -> None:
    data = document(made(claim()))
    assert old in data
    found, why = read_statement(data.replace(old, new, 1))
    assert found is None and code in [item.code for item in why]


def test_a_sample_of_nothing_is_refused() -> None:
    content = json.loads(document(made(claim())))
    content["sample"][0]["tonnes"] = "0"
    found, why = read_statement(json.dumps(content).encode())
    assert found is None and [item.code for item in why] == ["carbon.verify.size"]


def test_nobody_states_on_a_claim_that_is_superseded_or_not_made_yet() -> None:
    one = claim()
    after = claim(1001.0, supersedes=one.digest, reason="mended")
    with pytest.raises(Refused) as refused:
        in_order(made(one), [], [one, after])
    assert [item.code for item in refused.value.findings] == ["carbon.statement.claim_superseded"]
    with pytest.raises(Refused) as refused:
        made(one, day=date(2026, 2, 28))
    assert [item.code for item in refused.value.findings] == ["carbon.verify.day"]


def test_a_statement_is_superseded_by_its_own_verifier_with_a_reason() -> None:
    first = kept(made(claim()))
    in_order(first, [], [])
    with pytest.raises(Refused):
        in_order(made(claim(), note="again"), [first], [])
    in_order(made(claim(), verifier="Another"), [first], [])
    second = kept(made(claim(), misstatements=(), supersedes=first.digest, reason="mended"))
    in_order(second, [first], [])
    assert standing([first, second]) == (second,) and superseding(first, [first, second]) is second
    with pytest.raises(Refused):
        in_order(made(claim(), supersedes=first.digest, reason="once more"), [first, second], [])
    assert [item.code for item in told(first, [claim()], [first, second])] == ["carbon.statement.superseded"]


def test_a_statement_on_a_claim_that_was_superseded_says_so() -> None:
    one, held = claim(), kept(made(claim()))
    later = claim(990.0, supersedes=one.digest, reason="a certificate was withdrawn")
    assert not told(held, [one], [held])
    (found,) = told(held, [one, later], [held])
    assert found.code == "carbon.statement.claim_superseded" and dict(found.parameters)["later"] == later.digest[:12]
    assert [item.code for item in told(held, [], [held])] == ["carbon.statement.claim_absent"]


def test_a_sample_that_was_not_drawn_from_the_claim_is_told() -> None:
    one, held = claim(), kept(made(claim()))
    chosen = replace(held, sample=held.sample[1:], engagement=replace(held.engagement, misstatements=()))
    assert [item.code for item in told(chosen, [one], [chosen])] == ["carbon.statement.other_sample"]
