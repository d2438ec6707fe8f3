"""DCC 3.1: lists as white-space separated values, U given once or n times."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.formats.conftest import Build

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas

LIST = """<dcc:quantity refType="basic_measuredValue  gp_Other"><si:realListXMLList>
<si:valueXMLList>{values}</si:valueXMLList><si:unitXMLList>{units}</si:unitXMLList>
<si:expandedUncXMLList><si:uncertaintyXMLList>{U}</si:uncertaintyXMLList>
<si:coverageFactorXMLList>{k}</si:coverageFactorXMLList>
<si:coverageProbabilityXMLList>{p}</si:coverageProbabilityXMLList></si:expandedUncXMLList>
</si:realListXMLList></dcc:quantity>"""


def a_list(values: str = "1.0 2.0 3.0", units: str = "\\metre", U: str = "0.1", k: str = "2", p: str = "0.95") -> str:
    return LIST.format(values=values, units=units, U=U, k=k, p=p)


@pytest.mark.parametrize("version", ["3.1.0", "3.1.1", "3.1.2", "3.2.0", "3.2.1", "3.3.0"])
@pytest.mark.parametrize("U", ["0.1", "0.1 0.2 0.3"])
def test_one_or_n_uncertainties(build: Build, schemas: Schemas, version: str, U: str) -> None:
    ladder = climb(build(a_list(U=U), version=version), schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    (q,) = ladder.certificate.quantities()
    assert q.printed == ("1.0", "2.0", "3.0") and q.unit == "\\metre"
    assert q.ref_types == ("basic_measuredValue", "gp_Other"), "split at white space, case kept"
    assert q.uncertainty is not None
    assert q.uncertainty.printed == tuple(U.split()) and (q.uncertainty.k, q.uncertainty.p) == (2.0, 0.95)
    assert ladder.usable


def test_n_equal_units_are_one_quantity(build: Build) -> None:
    certificate, _ = read(build(a_list(units="\\metre \\metre \\metre"), version="3.1.1"))
    assert certificate is not None and len(certificate.quantities()) == 1


def test_n_different_units_are_n_quantities(build: Build) -> None:
    certificate, _ = read(build(a_list(units="\\metre \\second \\ampere", U="0.1 0.2 0.3"), version="3.1.1"))
    assert certificate is not None
    parts = [(q.place, q.unit, q.uncertainty and q.uncertainty.printed) for q in certificate.quantities()]
    assert parts == [
        ("0/0/0", "\\metre", ("0.1",)),
        ("0/0/1", "\\second", ("0.2",)),
        ("0/0/2", "\\ampere", ("0.3",)),
    ]


def test_different_factors_become_standard_uncertainties(build: Build) -> None:
    certificate, found = read(build(a_list(U="0.2 0.3 0.4", k="2 3 2"), version="3.1.1"))
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.uncertainty is not None and q.uncertainty.kind == "standard"
    assert q.uncertainty.value.tolist() == pytest.approx([0.1, 0.1, 0.2])
    assert [f.code for f in found] == ["certificate.dsi.k_differs"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"U": "0.1 0.2"}, "certificate.dsi.lengths"),
        ({"U": "-0.1"}, "certificate.dsi.uncertainty_negative"),
        ({"U": ""}, "certificate.dsi.uncertainty_missing"),
        ({"U": "0,1"}, "certificate.dsi.number"),
        ({"U": "inf"}, "certificate.dsi.number"),
        ({"k": "0"}, "certificate.dsi.k_unusable"),
        ({"k": "2 2"}, "certificate.dsi.lengths"),
    ],
)
def test_an_unusable_uncertainty_is_unknown_and_told(build: Build, change: dict[str, str], code: str) -> None:
    certificate, found = read(build(a_list(**change), version="3.1.1"))
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.value.tolist() == [1.0, 2.0, 3.0] and q.uncertainty is None
    assert [(f.code, f.severity) for f in found] == [(code, "error")]
    assert found[0].where.startswith("line ") and "/dcc:digitalCalibrationCertificate" in found[0].where


@pytest.mark.parametrize(
    ("change", "k", "p", "code"),
    [
        ({"k": ""}, None, 0.95, "certificate.dsi.k_missing"),
        ({"k": "NaN"}, None, 0.95, "certificate.dsi.nan"),
        ({"p": "95"}, 2.0, None, "certificate.dsi.p"),
    ],
)
def test_a_missing_factor_or_probability_is_none(
    build: Build, change: dict[str, str], k: float | None, p: float | None, code: str
) -> None:
    certificate, found = read(build(a_list(**change), version="3.1.1"))
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.uncertainty is not None and (q.uncertainty.k, q.uncertainty.p) == (k, p)
    assert [f.code for f in found] == [code]


@pytest.mark.parametrize(
    ("values", "units", "code"),
    [
        ("1.0 2,0 3.0", "\\metre", "certificate.dsi.number"),
        ("1.0 1_0 3.0", "\\metre", "certificate.dsi.number"),
        ("1.0 ２ 3.0", "\\metre", "certificate.dsi.number"),
        ("1.0 1e999 3.0", "\\metre", "certificate.dsi.number"),
        ("1.0 0x10 3.0", "\\metre", "certificate.dsi.number"),
        ("1.0\u00a02.0 3.0", "\\metre", "certificate.dsi.number"),
        ("", "\\metre", "certificate.dsi.number_missing"),
        ("1.0 2.0 3.0", "", "certificate.dsi.unit_missing"),
        ("1.0 2.0 3.0", "\\metre \\second", "certificate.dsi.lengths"),
    ],
)
def test_values_that_are_not_numbers_give_no_quantity(build: Build, values: str, units: str, code: str) -> None:
    certificate, found = read(build(a_list(values=values, units=units), version="3.1.1"))
    assert certificate is not None and certificate.quantities() == ()
    assert code in [f.code for f in found if f.severity == "error"]


def test_nan_is_a_point_left_open(build: Build) -> None:
    certificate, found = read(build(a_list(values="1.0 NaN 3.0", U="0.1"), version="3.3.0"))
    assert certificate is not None
    (q,) = certificate.quantities()
    assert str(q.value.tolist()) == "[1.0, nan, 3.0]" and q.printed[1] == "NaN"
    assert [(f.code, f.severity) for f in found] == [("certificate.dsi.nan", "warning")]


def test_a_blank_inside_a_single_value_is_not_two_values(build: Build) -> None:
    for value in ("1 000.5", "1\u2009000", "1'000"):
        certificate, found = read(
            build(
                f"<dcc:quantity><si:real><si:value>{value}</si:value><si:unit>\\metre</si:unit></si:real></dcc:quantity>"
            )
        )
        assert certificate is not None and certificate.quantities() == ()
        assert [f.code for f in found] == ["certificate.dsi.number"]


def test_a_comment_does_not_cut_a_number(build: Build) -> None:
    certificate, _ = read(
        build(
            "<dcc:quantity><si:real><si:value>1.<!-- x -->5</si:value><si:unit>\\metre</si:unit></si:real>"
            "</dcc:quantity>"
        )
    )
    assert certificate is not None and certificate.quantities()[0].printed == ("1.5",)


def test_equipment_with_a_placeholder_reference(reference: Path) -> None:
    path = reference / "dcc" / "certificates" / "pydcc_dcc_gp_temperatur_resistance_v12.xml"
    certificate, found = read(path.read_bytes())
    assert certificate is not None
    parent = certificate.equipment[0].certificate
    assert parent is not None
    assert (parent.issuer, parent.number, parent.algorithm, parent.digest) == ("", "GP-mE-Certificate", "", "")
    assert [(f.code, f.severity) for f in found] == [("certificate.dcc.hash_procedure", "warning")]


def test_as_found_stands_in_a_condition(reference: Path) -> None:
    path = reference / "dcc" / "certificates" / "pydcc_dcc_gp_temperature_typical_adjustment_v12.xml"
    certificate, _ = read(path.read_bytes())
    assert certificate is not None
    found = next(c for c in certificate.conditions if c.state == "beforeAdjustment")
    assert [q.ref_types[0] for q in found.quantities] == [
        "basic_referenceValue",
        "basic_measuredValue",
        "basic_measurementError",
    ]
    assert found.quantities[2].printed == ("0.105", "0.323", "-0.199", "-0.271", "0.199")
    place = found.quantities[2].place
    limits = next(s for s in certificate.statements if s.about == place and s.conformity == "pass")
    assert limits.quantities[0].printed == ("-0.75", "-0.75", "-0.75", "-0.90", "-0.90")
