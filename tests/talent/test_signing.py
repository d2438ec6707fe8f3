"""Who may sign: quantity, item, method and edition, interval in any unit, site, laboratory, day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.capability.capability import Capability
from suyuan.certificate.certificate import Certificate, Item, Method, Result, StatedQuantity
from suyuan.quantity.finding import LANGUAGES, Finding, sentences
from suyuan.talent.asked import strange
from suyuan.talent.signing import (
    Subject,
    check_certificate,
    check_signatory,
    covers,
    may,
    subject_of_capability,
    subjects_of,
)
from tests.talent.made import DAY, LAB, OTHER, event, granted, interval, person, records, unit

BLOCK = Subject("length", "量块", "JJG 146", "2011", interval(1.0, 100.0, "mm"), "", LAB)


def spoken(found: tuple[Finding, ...]) -> list[str]:
    for told in found:
        for language in LANGUAGES:
            assert "?" not in "".join(sentences(told, language).values())
    return [told.code for told in found]


@pytest.mark.parametrize(
    ("change", "cover", "field"),
    [
        ({}, "covered", ""),
        ({"interval": interval(0.0005, 0.1, "m")}, "covered", ""),
        ({"interval": interval(0.5, 100.0001, "mm")}, "outside", "interval"),
        ({"interval": interval(1.0, 2.0, "kg")}, "outside", "interval"),
        ({"interval": None}, "unknown", "interval"),
        ({"quantity": "长度"}, "covered", ""),
        ({"quantity": "diameter"}, "covered", ""),
        ({"quantity": "mass"}, "other", ""),
        ({"quantity": ""}, "unknown", "quantity"),
        ({"item": "caliper"}, "other", ""),
        ({"item": ""}, "unknown", "item"),
        ({"method": "JJG 146", "edition": "1994"}, "outside", "edition"),
        ({"edition": ""}, "unknown", "edition"),
        ({"method": ""}, "unknown", "method"),
        ({"method": "JJG146"}, "covered", ""),
        ({"method": "jjg—146"}, "covered", ""),
        ({"method": "JJF 9999"}, "other", ""),
        ({"method": "ISO 3650", "edition": "1998", "methods": (("jjg 146", "2011"),)}, "covered", ""),
    ],
)
def test_what_a_unit_covers(change: dict[str, Any], cover: str, field: str) -> None:
    found, told = covers(unit(), replace(BLOCK, **change))
    assert (found, [f.where for f in told]) == (cover, [field] if field else [])
    spoken(told)


def test_points_of_temperature_are_converted_with_their_zero() -> None:
    kelvin = unit(quantity="temperature", item="", method="", edition="", interval=interval(273.15, 573.15, "K"))
    assert covers(kelvin, Subject("temperature", interval=interval(0.0, 300.0, "°C")))[0] == "covered"
    assert covers(kelvin, Subject("temperature", interval=interval(-1.0, 300.0, "°C")))[0] == "outside"


def test_a_site_is_compared_by_what_it_means() -> None:
    there = unit(site="现场")
    assert covers(there, replace(BLOCK, site="on-site"))[0] == "covered"
    assert covers(there, replace(BLOCK, site="lab"))[0] == "outside"
    assert covers(there, BLOCK)[0] == "unknown"


def test_who_may_first_then_why_the_others_may_not() -> None:
    known = records(
        person(), person("P-2", "演示乙"), person("P-3", "演示丙"), person("P-4", "演示丁"),
        unit(), unit("U-2", interval=interval(0.5, 50.0, "mm")), unit("U-3", activity="perform"),
        granted(), granted("A-2", "P-2", "U-2"), granted("A-3", "P-3"), granted("A-4", "P-4", "U-3"),
        event("suspended", date(2026, 5, 1), authorisation="A-3"),
    )  # fmt: skip
    found = may(known, "sign", BLOCK, DAY)
    assert [(p.person, p.state) for p in found] == [
        ("P-1", "authorised"), ("P-3", "suspended"), ("P-2", "not_authorised")]  # fmt: skip
    assert spoken(found[2].reasons) == ["talent.sign.outside"]
    assert [p.person for p in may(known, "perform", BLOCK, DAY)] == ["P-4"]
    assert may(known, "sign", replace(BLOCK, laboratory=OTHER), DAY) == ()


def test_the_edition_of_the_authorisation_counts() -> None:
    known = records(person(), unit(edition=""), granted(edition="1994"))
    assert may(known, "sign", BLOCK, DAY)[0].state == "not_authorised"
    assert may(known, "sign", replace(BLOCK, edition="1994"), DAY)[0].state == "authorised"


def test_a_failure_blocks_or_goes_on_record() -> None:
    known = records(person(), person("P-2", "演示乙"), unit(), granted(), event("withdrawn", date(2026, 5, 1)))
    assert check_signatory(known, "P-1", BLOCK, date(2026, 4, 30)) == ()
    blocked = check_signatory(known, "演示甲", BLOCK, DAY)
    assert spoken(blocked) == ["talent.sign.refused", "talent.standing.withdrawn"]
    assert {f.severity for f in blocked} == {"error"}
    recorded = check_signatory(known, "演示甲", BLOCK, DAY, deviation="唯一签字人出差，事后复核")
    assert spoken(recorded)[0] == "talent.sign.deviation" and {f.severity for f in recorded} == {"warning"}
    assert spoken(check_signatory(known, "P-2", BLOCK, DAY)) == ["talent.sign.none"]
    assert spoken(check_signatory(known, "P-7", BLOCK, DAY)) == ["talent.sign.person"]
    assert spoken(check_signatory(known, "P-1", BLOCK, DAY, deviation="  ")) == spoken(blocked)


def test_what_is_not_known_is_neither_right_nor_wrong() -> None:
    known = records(person(), unit(), granted())
    silent = check_signatory(known, "P-1", replace(BLOCK, edition=""), DAY)
    assert spoken(silent) == ["talent.sign.unknown", "talent.sign.unstated"]
    assert {f.severity for f in silent} == {"warning"}
    elsewhere = check_signatory(known, "P-1", replace(BLOCK, laboratory=OTHER), DAY)
    assert spoken(elsewhere) == ["talent.sign.no_register"] and elsewhere[0].severity == "warning"


def certificate(**more: Any) -> Certificate:
    measured = StatedQuantity(
        "0/0", np.array([0.5, 100.0]), "\\milli\\metre", {"zh": "长度"}, ref_types=("basic_measuredValue",)
    )
    error = StatedQuantity(
        "0/1", np.array([0.1, 0.2]), "\\micro\\metre", {"zh": "长度"}, ref_types=("basic_measurementError",)
    )
    given: dict[str, Any] = {
        "items": (Item({"zh": "量块", "en": "gauge block"}),), "methods": (Method({}, ("JJG 146-2011",)),),
        "results": (Result({}, (measured, error)),), "persons": (("演示甲", "批准"),),
    }  # fmt: skip
    return Certificate("dcc", "演示甲所", "C-1", "d" * 64, "3.3.0", **{**given, **more})


def test_what_a_certificate_is_about() -> None:
    (found,) = subjects_of(certificate())
    assert (found.quantity, found.item, found.method, found.edition) == ("length", "量块", "JJG 146", "2011")
    assert found.interval is not None and (found.interval.low, found.interval.high) == (0.5, 100.0)
    unnamed = StatedQuantity("0/0", np.array([50.0]), "\\milli\\metre", {"zh": "校准值"})
    assert subjects_of(certificate(results=(Result({}, (unnamed,)),)))[0].quantity == "length"
    assert subjects_of(certificate(place_of_performance="customer"))[0].site == "on-site"
    assert subjects_of(certificate(results=(), methods=()))[0].quantity == ""


def test_a_certificate_is_checked_against_those_who_sign_it() -> None:
    known = records(person(), person("P-2", "演示乙"), unit(), granted())
    assert list(check_certificate(known, certificate(), DAY)) == []
    assert spoken(tuple(check_certificate(known, certificate(), DAY, ["演示乙"]))) == ["talent.sign.none"]
    assert spoken(tuple(check_certificate(known, certificate(persons=()), DAY))) == ["talent.sign.nobody"]
    both = certificate(persons=(("演示甲", "approved"), ("演示乙", "calibrated")))
    assert spoken(tuple(check_certificate(known, both, DAY))) == ["talent.sign.none"]
    done = records(person(), person("P-2", "演示乙"), unit(), unit("U-2", activity="perform"), granted(),
                   granted("A-2", "P-2", "U-2"))  # fmt: skip
    assert list(check_certificate(done, both, DAY)) == []
    wide = StatedQuantity("0/0", np.array([500.0]), "\\milli\\metre", {"zh": "长度"})
    found = tuple(check_certificate(known, certificate(results=(Result({}, (wide,)),)), DAY))
    assert spoken(found) == ["talent.sign.refused", "talent.sign.outside"]


def test_a_capability_as_a_subject() -> None:
    offered = Capability("C-1", LAB, "length", interval(0.5, 100.0, "mm"), item="gauge block", method="JJG 146-2011",
                         conditions={"site": ("lab",)})  # fmt: skip
    found = subject_of_capability(offered)
    assert (found.method, found.edition, found.site) == ("JJG 146", "2011", "lab")
    assert covers(unit(), found)[0] == "covered"


@pytest.mark.parametrize(
    ("asked", "field", "near"),
    [
        (("lenght", "量块", ""), "quantity", "length"),
        (("length", "量快", ""), "item", "量块"),
        (("length", "量块", "moon"), "site", "lab, on-site"),
        (("长度", "gauge blocks", "laboratory"), "", ""),
        (("", "", ""), "", ""),
    ],
)
def test_a_misspelt_word_is_told_with_the_nearest(asked: tuple[str, str, str], field: str, near: str) -> None:
    found = strange(records(unit()), *asked)
    assert [f.where for f in found] == ([field] if field else [])
    assert all(near in dict(f.parameters)["near"] for f in found)
