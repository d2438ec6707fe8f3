"""The protocol of a round: every field checked, canonical, its route as its kind demands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.comparison.round.protocol import Leg, Member, Route
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.route import check_route, route_suggestion
from suyuan.comparison.round.write import protocol_document, protocol_fields, with_digest
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused
from tests.comparison.rounds import protocol


def codes(fields: dict[str, Any]) -> set[str]:
    read, found = read_protocol(canonical(fields))
    assert (read is None) == any(f.severity == "error" for f in found)
    return {f.code for f in found}


def test_reads_back_what_it_wrote_with_the_same_digest() -> None:
    made = protocol()
    read, found = read_protocol(protocol_document(made))
    assert read == made and not found
    spaced = json.dumps(json.loads(protocol_document(made)), indent=2, sort_keys=False).encode()
    again, _ = read_protocol(spaced)
    assert again is not None and again.digest == made.digest
    assert with_digest(replace(made, version=2)).digest != made.digest


def test_a_text_without_a_language_reads_back() -> None:
    made = protocol()
    plain = {**protocol_fields(made), "title": "one language", "standards": [{"id": "TS-1", "name": "block"}]}
    read, found = read_protocol(canonical(plain))
    assert read is not None and not found and read.title == {"": "one language"}
    assert read_protocol(protocol_document(read))[0] == read


FAULTS: list[tuple[str, Any, str]] = [
    ("version", "0", "comparison.protocol.version"),
    ("closes", "2026-06-30T17:00:00", "comparison.protocol.zone"),
    ("closes", "soon", "comparison.protocol.moment"),
    ("remark_days", "-1", "comparison.protocol.remark_days"),
    ("reference", {"method": "weigthed_mean"}, "typed.field.choice"),
    ("reference", {"method": "given"}, "comparison.protocol.given"),
    ("reference", {"method": "pilot", "beside": ["nothing"]}, "comparison.protocol.unknown"),
    ("reference", {"method": "pilot", "contributors": ["Z"]}, "comparison.protocol.unknown"),
    ("reference", {"method": "pilot", "draws": "10"}, "comparison.protocol.draws"),
    ("decision", {"score": "z"}, "comparison.protocol.sigma_pt"),
    ("decision", {"score": "En", "limit": "1", "questionable": "2"}, "comparison.protocol.questionable"),
    ("decision", {"coverage": "0"}, "comparison.protocol.positive"),
    ("drift", {"model": "polynomial", "degree": "9"}, "comparison.protocol.degree"),
    ("blind", "perhaps", "typed.field.type"),
    ("colour", "blue", "typed.field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), FAULTS)
def test_a_wrong_field_is_a_finding(field: str, value: object, code: str) -> None:
    assert code in codes({**protocol_fields(protocol()), field: value})


def test_names_and_pilots() -> None:
    fields = protocol_fields(protocol())
    doubled = {**fields, "members": [*fields["members"], fields["members"][1]]}
    assert "comparison.protocol.twice" in codes(doubled)
    none = {**fields, "members": [{**m, "pilot": False} for m in fields["members"]]}
    assert "comparison.protocol.pilot" in codes(none)
    alone = {**fields, "members": fields["members"][:1]}
    assert "comparison.protocol.alone" in codes(alone)
    measurand = {**fields["measurands"][0], "unit": "furlongish", "low": "2", "high": "1", "standard": "TS-9"}
    assert {"comparison.protocol.unit", "comparison.protocol.range", "comparison.protocol.unknown"} <= codes(
        {**fields, "measurands": [measurand]}
    )


@given(st.sampled_from(["ring", "star", "petal"]), st.integers(2, 9), st.integers(1, 30), st.integers(1, 4))
def test_a_suggested_route_fits_its_kind(kind: Any, members: int, days: int, petal: int) -> None:
    listed = [chr(65 + i) for i in range(members)]
    legs = route_suggestion(kind, listed, date(2026, 1, 5), days, petal=petal)
    made = protocol(
        members=tuple(Member(c, {"en": c}, pilot=i == 0) for i, c in enumerate(listed)), route=Route(kind, legs)
    )
    made = replace(made, closes=made.closes + timedelta(days=10_000))
    faults = {f.code for f in check_route(made)}
    assert faults <= ({"comparison.route.petal"} if kind == "petal" and members - 1 <= petal else set())


def leg(member: str, first: int, last: int) -> Leg:
    return Leg("TS-1", member, date(2026, 1, first), date(2026, 1, last))


ROUTES: list[tuple[str, list[Leg], str]] = [
    ("ring", [leg("P", 1, 2), leg("A", 3, 4), leg("A", 5, 6), leg("P", 7, 8)], "comparison.route.twice"),
    ("ring", [leg("P", 1, 2), leg("A", 3, 4)], "comparison.route.pilot_ends"),
    ("ring", [leg("P", 1, 2), leg("A", 3, 4), leg("P", 5, 6), leg("B", 7, 8), leg("P", 9, 9)], "comparison.route.ring"),
    ("star", [leg("P", 1, 2), leg("A", 3, 4), leg("B", 5, 6), leg("P", 7, 8)], "comparison.route.star"),
    ("petal", [leg("P", 1, 2), leg("A", 3, 4), leg("P", 7, 8)], "comparison.route.petal"),
    ("ring", [leg("P", 1, 5), leg("A", 3, 6), leg("P", 7, 8)], "comparison.route.overlap"),
    ("ring", [leg("P", 1, 2), leg("A", 6, 3), leg("P", 7, 8)], "comparison.route.order"),
    ("ring", [leg("P", 1, 2), leg("Z", 3, 4), leg("P", 7, 8)], "comparison.protocol.unknown"),
    ("ring", [], "comparison.route.stays"),
]


@pytest.mark.parametrize(("kind", "legs", "code"), ROUTES)
def test_a_route_that_is_none(kind: Any, legs: list[Leg], code: str) -> None:
    assert code in {f.code for f in check_route(protocol(route=Route(kind, tuple(legs))))}


def test_a_route_has_somebody_to_go_to() -> None:
    with pytest.raises(Refused):
        route_suggestion("ring", ["P"], date(2026, 1, 1), 5)
    late = replace(protocol(), closes=protocol().closes - timedelta(days=170))
    assert "comparison.route.closes" in {f.code for f in check_route(late)}
