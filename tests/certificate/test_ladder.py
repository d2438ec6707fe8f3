"""The ladder: nine rungs in one order, each with a state, findings and a sentence in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from suyuan.certificate.ladder import NAMES, Ladder, climb, climb_value, rung
from suyuan.certificate.schema import Schemas
from suyuan.certificate.typed import read_typed
from suyuan.quantity.finding import finding


def complete(ladder: Ladder) -> None:
    assert tuple(one.name for one in ladder.rungs) == NAMES
    for one in ladder.rungs:
        assert set(one.say) == {"zh", "en"} and all(one.say.values())


def test_broken_file() -> None:
    ladder = climb(b"<a>", Schemas())
    complete(ladder)
    assert [one.state for one in ladder.rungs] == ["failed", *["not_checked"] * 8]
    assert ladder.certificate is None and not ladder.usable


def test_without_schemas_the_rung_says_so_and_the_rest_is_climbed(reference: Path) -> None:
    ladder = climb((reference / "dcc" / "certificates" / "dcclib_valid.xml").read_bytes(), Schemas())
    complete(ladder)
    assert ladder.at("schema").state == "not_checked"
    assert [f.code for f in ladder.at("schema").findings] == ["certificate.schema.not_installed"]
    assert ladder.at("meaning").state == "passed" and ladder.usable


def test_a_supplied_rung_takes_its_place() -> None:
    ladder = climb(b"<a>", Schemas()).supplied(rung("chain", [finding("certificate.xml.empty")]))
    complete(ladder)
    assert ladder.at("chain").state == "failed" and ladder.at("scope").state == "not_checked"
    assert ladder.at("chain").findings[0] in ladder.findings
    with pytest.raises(KeyError):
        ladder.at("no such rung")


def test_warnings_do_not_fail_a_rung() -> None:
    assert rung("units", [finding("certificate.units.not_si", severity="warning")]).state == "passed"
    assert rung("units", [finding("certificate.units.hybrid")]).state == "failed"
    assert rung("schema", [finding("certificate.units.hybrid")], "not_checked").state == "not_checked"


def test_a_typed_certificate_climbs_too() -> None:
    certificate, found = read_typed(b"{}")
    ladder = climb_value(certificate, found)
    complete(ladder)
    assert ladder.at("well_formed").state == "failed" and certificate is None
