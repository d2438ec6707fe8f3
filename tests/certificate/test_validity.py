"""The state of a certificate is judged on the day of use, with what is known about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.validity import state
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.traceability.evidence import Statement

PLAIN = Certificate(
    form="typed",
    issuer="省计量院",
    number="C-1",
    digest="",
    version="1",
    began=date(2026, 3, 1),
    ended=date(2026, 3, 2),
    issued=date(2026, 3, 5),
    valid_until=date(2027, 3, 1),
)
WITHDRAWN = Statement("withdrawn", "省计量院", "C-1", date(2026, 9, 1), date(2026, 10, 1), {"zh": "标准器超差"})
SUPERSEDED = Statement(
    "superseded", "省计量院", "C-1", date(2026, 8, 1), date(2026, 8, 1), replaced_by=("省计量院", "C-2")
)


@pytest.mark.parametrize(
    ("day", "expected", "codes"),
    [
        (date(2026, 3, 1), "not_yet", ["validity.not_yet"]),
        (date(2026, 3, 2), "valid", ["validity.before_issue"]),
        (date(2026, 3, 5), "valid", []),
        (date(2027, 3, 1), "valid", []),  # the last day counts
        (date(2027, 3, 2), "expired", ["validity.expired"]),
    ],
)
def test_by_its_own_dates(day: date, expected: str, codes: list[str]) -> None:
    found, findings = state(PLAIN, day)
    assert (found, [f.code for f in findings]) == (expected, codes)


def test_an_unstated_end_is_unknown_not_for_ever() -> None:
    found, findings = state(replace(PLAIN, valid_until=None), date(2026, 6, 1))
    assert found == "unknown"
    assert [(f.code, f.severity) for f in findings] == [("validity.unknown", "warning")]
    assert state(replace(PLAIN, valid_until=None), date(2026, 1, 1))[0] == "not_yet"


def test_withdrawn_from_its_day_on() -> None:
    for day in (date(2026, 9, 1), date(2026, 12, 1)):
        found, findings = state(PLAIN, day, [WITHDRAWN])
        assert found == "withdrawn"
        assert [(f.code, f.severity) for f in findings] == [("validity.withdrawn", "error")]


def test_a_withdrawal_reaches_back_as_a_warning() -> None:
    found, findings = state(PLAIN, date(2026, 8, 31), [WITHDRAWN])
    assert found == "valid"
    assert [(f.code, f.severity) for f in findings] == [("validity.withdrawn_later", "warning")]


def test_what_was_not_yet_known_is_left_out() -> None:
    """In effect since September, learned of in October: asked as of September it was valid."""
    assert state(PLAIN, date(2026, 9, 15), [WITHDRAWN], known_by=date(2026, 9, 15)) == ("valid", ())
    assert state(PLAIN, date(2026, 9, 15), [WITHDRAWN], known_by=date(2026, 10, 1))[0] == "withdrawn"


def test_withdrawn_weighs_more_than_superseded_and_both_are_told() -> None:
    found, findings = state(PLAIN, date(2026, 12, 1), [SUPERSEDED, WITHDRAWN])
    assert found == "withdrawn"
    assert {f.code for f in findings} == {"validity.withdrawn", "validity.superseded"}
    found, findings = state(PLAIN, date(2026, 8, 15), [SUPERSEDED, WITHDRAWN])
    assert found == "superseded"
    assert {f.code for f in findings} == {"validity.withdrawn_later", "validity.superseded"}
    assert state(PLAIN, date(2026, 7, 31), [SUPERSEDED]) == ("valid", ())


def test_expired_is_still_told_beside_a_withdrawal() -> None:
    found, findings = state(PLAIN, date(2027, 6, 1), [WITHDRAWN])
    assert found == "withdrawn"
    assert {f.code for f in findings} == {"validity.withdrawn", "validity.expired"}


@pytest.mark.parametrize("other", [replace(WITHDRAWN, number="C-10"), replace(WITHDRAWN, issuer="市计量所")])
def test_statements_about_others_do_not_count(other: Statement) -> None:
    assert state(PLAIN, date(2026, 12, 1), [other]) == ("valid", ())


def test_every_sentence_is_whole() -> None:
    days = [date(2026, 1, 1), date(2026, 3, 3), date(2026, 8, 15), date(2026, 12, 1), date(2028, 1, 1)]
    cases = [PLAIN, replace(PLAIN, valid_until=None)]
    for item in {f for c in cases for d in days for f in state(c, d, [WITHDRAWN, SUPERSEDED])[1]}:
        for language in LANGUAGES:
            assert not any("?" in text for text in sentences(item, language).values()), item
