"""Grants, versions and certificates as documents; every refusal says why; rounding and its uncertainty."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity
from suyuan.quantity.table import load
from suyuan.series.dataset.attributes import Attribute, dcat, described, missing
from suyuan.series.dataset.certificate_document import (
    agreed,
    as_known,
    content_digest,
    correction_document,
    document_digest,
    read_correction,
)
from suyuan.series.dataset.given import rounded, rounded_quantity, rounding_u, step_below
from suyuan.series.dataset.grant import (
    COLUMNS,
    LADDER,
    Asked,
    Grant,
    Permission,
    Revocation,
    grant_document,
    made,
    permitted,
    read_grant,
    read_revocation,
    revocation_document,
)
from suyuan.series.dataset.moment import moment_of, text_of
from suyuan.series.dataset.version import DatasetVersion, Head, Wanted, dataset_document, read_dataset
from suyuan.series.dataset.version import made as version_made
from suyuan.series.stream import Stream

from .certificates import gained

DAY = 86_400_000_000
ASKED = Asked("university", "research")


def version(**more: Any) -> DatasetVersion:
    """Two streams of one instrument, one block each."""
    head = Head("air", "2", {"zh": "空气", "en": "air"}, {"en": "drawn"}, "CC-BY-4.0", grade="general")
    streams = [Stream(name, "temperature", "K", "PT-01", "roof", owner="plant") for name in ("t1", "t2")]
    blocks = [
        {"stream": s.id, "digest": f"{n:064x}", "instrument": "PT-01", "first": 0, "last": 9 * DAY, "n": 10}
        for n, s in enumerate(streams)
    ]
    wanted = [Wanted("t1", 0, 10 * DAY, 0.1), Wanted("t2")]
    return version_made(
        replace(head, **more), wanted, streams, blocks, (5 * DAY, [gained("c1", 0), gained("c2", 0, 6 * DAY)])
    )


def usual(**more: Any) -> Grant:
    fields: dict[str, Any] = {
        "id": "g1", "dataset": "air", "grantee": "university", "purpose": ("research", "teaching"), "begin": 100,
        "end": 10 * DAY, "ladder": "rounded", "streams": ("t1",), "first": DAY, "last": 5 * DAY,
        "columns": ("value", "u"),
    }  # fmt: skip
    return made(Grant(**{**fields, **more}))


def codes(found: Any) -> list[str]:
    assert isinstance(found, tuple)
    return [f.code for f in found]


# ---------------------------------------------------------------- permission


def test_a_permission_is_what_grant_and_question_have_in_common() -> None:
    found = permitted(usual(), (), version(), replace(ASKED, first=2 * DAY, columns=("value",)), 200)
    assert isinstance(found, Permission)
    assert (found.streams, found.first, found.last) == (("t1",), 2 * DAY, 5 * DAY)
    assert (found.columns, found.ladder) == (("value",), "rounded")
    every = permitted(usual(streams=()), (), version(), ASKED, 200)
    assert isinstance(every, Permission) and every.streams == ("t1", "t2") and every.columns == ("value", "u")


@pytest.mark.parametrize(
    ("change", "asked", "now", "code"),
    [
        ({}, {"purpose": "advertising"}, 200, "purpose"), ({}, {"purpose": ""}, 200, "purpose"),
        ({}, {"grantee": "firm"}, 200, "grantee"), ({}, {}, 99, "early"), ({}, {}, 10 * DAY, "over"),
        ({}, {"columns": ("value", "flag")}, 200, "column"), ({}, {"streams": ("t2",)}, 200, "stream"),
        ({"streams": ()}, {"streams": ("t3",)}, 200, "stream"), ({}, {"first": DAY - 1}, 200, "span"),
        ({}, {"last": 5 * DAY + 1}, 200, "span"), ({}, {"ladder": "rows"}, 200, "ladder"),
        ({}, {"ladder": "gift"}, 200, "word"), ({"dataset": "water"}, {}, 200, "dataset"),
        ({"version": "1"}, {}, 200, "dataset"),
    ],
)  # fmt: skip
def test_each_refusal_says_why(change: dict[str, Any], asked: dict[str, Any], now: int, code: str) -> None:
    assert codes(permitted(usual(**change), (), version(), replace(ASKED, **asked), now)) == [f"sharing.grant.{code}"]


def test_all_reasons_are_told_together_and_a_revocation_first() -> None:
    revoked = (Revocation("other", 0, "x"), Revocation("g1", 150, "misused"))
    assert isinstance(permitted(usual(), revoked, version(), ASKED, 149), Permission)
    wide = replace(ASKED, purpose="sale", columns=COLUMNS)
    found = permitted(usual(), revoked, version(), wide, 11 * DAY)
    names = ["revoked", "over", "purpose", "column", "column"]
    assert codes(found) == [f"sharing.grant.{n}" for n in names]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(LADDER), st.sampled_from(["", *LADDER]), st.sets(st.sampled_from(COLUMNS)),
    st.sets(st.sampled_from(COLUMNS)), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12),
)  # fmt: skip
def test_nothing_is_ever_permitted_beyond_the_grant(
    ladder: str, wish: str, granted: set[str], columns: set[str], a: int, b: int, c: int, d: int
) -> None:
    grant = usual(ladder=ladder, columns=tuple(granted), first=a * DAY, last=b * DAY)
    asked = replace(ASKED, ladder=wish, columns=tuple(columns), first=c * DAY, last=d * DAY)
    found = permitted(grant, (), version(), asked, 200)
    if isinstance(found, Permission):
        assert LADDER.index(found.ladder) <= LADDER.index(ladder) and set(found.columns) <= granted
        assert found.first is not None and found.last is not None
        assert found.first >= a * DAY and found.last <= b * DAY
    else:
        assert columns - granted or c < a or d > b or (wish and LADDER.index(wish) > LADDER.index(ladder))


# ---------------------------------------------------------------- documents


def test_grants_and_revocations_read_back() -> None:
    grant = usual(step=Decimal("0.05"), masks=("time_day", "instrument"), period="hour", disclosure="opaque", by="k",
                  conditions="不得转交", request="R-1", issued=7, end=None, version="2")  # fmt: skip
    assert read_grant(grant_document(grant)) == (grant, ())
    revocation = Revocation("g1", 150, "misused", "owner")
    assert read_revocation(revocation_document(revocation)) == (revocation, ())


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("id", "../../etc", "sharing.dataset.name"), ("purpose", [], "typed.field.missing"),
        ("purpose", "research", "typed.field.type"), ("begin", "yesterday", "sharing.field.moment"),
        ("begin", "2026-01-01T00:00:00", "sharing.field.moment"), ("ladder", "all", "typed.field.choice"),
        ("columns", ["raw"], "sharing.grant.word"), ("masks", ["face"], "sharing.grant.word"),
        ("least", "1", "sharing.grant.least"), ("least", "many", "typed.number.syntax"),
        ("end", "1969-01-01", "sharing.grant.period"), ("step", "-1", "series.resolution.wrong"),
        ("grantee", None, "typed.field.missing"),
    ],
)  # fmt: skip
def test_a_bad_grant_is_refused_with_its_place(key: str, value: Any, code: str) -> None:
    row = json.loads(grant_document(usual()))
    row[key] = value
    grant, found = read_grant(json.dumps(row).encode())
    assert grant is None and code in [f.code for f in found]


def test_versions_read_back_and_bad_ones_are_refused() -> None:
    one = version(attributes=(Attribute("DCAT-AP", "dcat:contactPoint", "steward"),))
    assert read_dataset(dataset_document(one)) == (one, ())
    assert [n.id for n in one.certificates] == ["c1"]  # c2 was not known then
    row = json.loads(dataset_document(one))
    for change in ({"id": "a/b"}, {"grade": "secret"}, {"known": "now"}, {"title": ""}, {"streams": []}):
        found, told = read_dataset(json.dumps({**row, **change}).encode())
        assert found is None and told, change
    row["streams"][0]["blocks"] = ["short"]
    assert read_dataset(json.dumps(row).encode())[0] is None
    with pytest.raises(Refused) as caught:
        version_made(Head("a b", "1", {}), [Wanted("t9"), Wanted("t9")], [], [], (0, []))
    assert {f.code for f in caught.value.findings} == {
        "sharing.dataset.name", "typed.field.missing", "sharing.dataset.stream", "sharing.dataset.twice",
    }  # fmt: skip


def test_moments_are_exact() -> None:
    for time in (0, 1, -1, 1_767_225_600_123_456):
        assert moment_of(text_of(time)) == time
    assert moment_of("2026-01-01T08:00:00+08:00") == moment_of("2026-01-01")


# ---------------------------------------------------------------- certificates


def test_a_certificate_reads_back_with_its_influences() -> None:
    one = gained("c1", 0, range=(1.0, 2.0), valid_until=DAY, supersedes=("c0",), issuer="A", number="1", place="roof")
    again = read_correction(correction_document(one))
    assert document_digest(again) == document_digest(one) and again.model == one.model and again.range == (1.0, 2.0)
    for name, q in one.parameters.items():
        assert q.same_as(again.parameters[name], 0.0)
    assert abs(float((one.parameters["offset"] - again.parameters["offset"]).u)) == 0.0
    with pytest.raises(Refused):
        correction_document(replace(one, model=lambda raw, gain, offset: gain * raw + offset))
    row = json.loads(correction_document(one))
    for bad in ({"valid_from": "?"}, {"range": [1]}, {"parameters": {}}, {"suyuan": "grant"}, {"model": "gain*"}):
        with pytest.raises(Refused):
            read_correction(json.dumps({**row, **bad}).encode())
    with pytest.raises(Refused):
        read_correction(b"{")


def test_what_was_learnt_later_is_not_known_before() -> None:
    one = gained("c1", 0, withdrawn_known=5)
    assert as_known([one], 4)[0].withdrawn_known is None and as_known([one], 5)[0].withdrawn_known == 5
    assert as_known([gained("c1", 0, 7)], 6) == ()
    assert content_digest(one) == content_digest(as_known([one], 4)[0])
    assert document_digest(one) != document_digest(as_known([one], 4)[0])


def test_three_sources_are_one_set_where_they_agree() -> None:
    a, b = gained("c1", 0, 3), gained("c1", 0, 2, withdrawn_known=9)
    found = agreed({"x": [a, gained("c2", 0)], "y": [b], "z": [gained("c2", 1)]})
    assert [c.id for c in found.corrections] == ["c1"] and found.disputed == ("c2",)
    assert (found.corrections[0].known_from, found.corrections[0].withdrawn_known) == (2, 9)
    assert [f.code for f in found.findings] == ["sharing.certificate.news", "sharing.certificate.conflict"]
    assert dict(found.findings[1].parameters)["second"] == "z"


# ---------------------------------------------------------------- rounding


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-9, 1e9))
def test_a_step_lies_below_u_and_is_not_needlessly_fine(u: float) -> None:
    step = float(step_below(u))
    assert step <= u < 2.5 * step * (1 + 1e-12)
    assert np.hypot(u, rounding_u(step_below(u))) <= u * 1.0409  # √(1 + 1/12)


def test_rounding_has_the_uncertainty_that_it_says() -> None:
    rng = np.random.default_rng(1)
    value = rng.normal(20.0, 3.0, 200_000)
    away = rounded(value, Decimal("0.2")) - value
    assert abs(away.std() / rounding_u(Decimal("0.2")) - 1.0) < 0.01 and abs(away.mean()) < 1e-3
    assert np.isnan(rounded(np.array([np.nan, 1.03]), Decimal("0.1"))).tolist() == [True, False]
    assert rounded(np.array([0.30000001]), Decimal("0.1"))[0] == 0.3  # the double of the printed decimal
    q = quantity([1.03, 2.08], 0.05, "K")
    shown = rounded_quantity(q, Decimal("0.1"), "x")
    np.testing.assert_allclose(shown.u, np.hypot(0.05, 0.1 / np.sqrt(12)))
    assert (
        shown.value.tolist() == [1.0, 2.1]
        and rounded_quantity(q, Decimal("0.1"), "x").blocks.keys() == shown.blocks.keys()
    )
    with pytest.raises(Refused):
        step_below(0.0)


# ---------------------------------------------------------------- attributes


def test_attributes_say_what_is_known_of_their_rules() -> None:
    one = version(publisher="plant", attributes=(Attribute("DCAT-AP", "dcat:contactPoint", "steward@example.org"),))
    rows = {(d.rule["scheme"], d.rule["name"]): d.value for d in described(one)}
    assert (
        rows["DCAT-AP", "dct:title"] == "空气 / air" and rows["DCAT-AP", "dcat:contactPoint"] == "steward@example.org"
    )
    assert rows["Suyuan", "units"] == "K" and rows["DCAT-AP", "dct:identifier"] == one.citation
    assert rows["DCAT-AP", "dcat:startDate"] == ""  # one of the streams has no bound: nobody knows
    entry = dcat(one)
    assert entry["dct:title"] == [{"@value": "空气", "@language": "zh"}, {"@value": "air", "@language": "en"}]
    assert missing(one) == ()
    assert [dict(f.parameters)["name"] for f in missing(version(description={}))] == ["dct:description"]
    statuses = {
        row["status"]
        for row in load("suyuan.series.dataset", "attributes.attributes")
        if row["scheme"].startswith("DB52")
    }
    assert statuses == {"from memory"}  # its table was not read: shown as such, never as official
