"""DCC 3.0: si:real, si:realList, no XML lists, texts beside numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.formats.conftest import Build

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas


def test_silicon_sphere_of_ptb(reference: Path) -> None:
    """Mass 1.000 078 41 kg, U = 0.000 000 05 kg; volume 431.055 119 cm³, U = 0.000 018 cm³ (k = 2)."""
    data = (reference / "dcc" / "certificates" / "xsd-dcc_v3.0.0_siliziumkugel.xml").read_bytes()
    certificate, found = read(data)
    assert certificate is not None
    assert certificate.version == "3.0.0" and certificate.number == "PTB - 11129 18"
    mass, volume = certificate.quantities()
    assert (mass.place, mass.printed, mass.unit) == ("0/0/2", ("1.00007841",), "\\kilogram")
    assert mass.uncertainty is not None and mass.uncertainty.printed == ("0.00000005",)
    assert (volume.place, volume.unit) == ("1/0/2", "\\centi\\metre\\tothe{3}")
    assert volume.name == {"de": "Volumen bei t = 20 °C", "en": "volume at t = 20 °C"}
    assert [f.code for f in found] == ["certificate.dcc.number_as_text"] * 2, "«1 kg» as text is told, not used"


def test_real_list_with_one_uncertainty_for_all(build: Build, schemas: Schemas) -> None:
    data = build(
        """<dcc:quantity><si:list><si:realList><si:listUnit>\\volt</si:listUnit>
        <si:listUnivariateUnc><si:expandedUnc><si:uncertainty>0.2</si:uncertainty><si:coverageFactor>2</si:coverageFactor>
        <si:coverageProbability>0.95</si:coverageProbability></si:expandedUnc></si:listUnivariateUnc>
        <si:real><si:value>1.0</si:value></si:real><si:real><si:value>2.0</si:value></si:real></si:realList></si:list>
        </dcc:quantity>""",
        version="3.0.0",
    )
    ladder = climb(data, schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    assert ladder.certificate is not None
    (q,) = ladder.certificate.quantities()
    assert q.place == "0/0/0" and q.value.tolist() == [1.0, 2.0] and q.printed == ("1.0", "2.0")
    assert q.uncertainty is not None and q.uncertainty.value.tolist() == [0.2] and q.uncertainty.k == 2.0


def test_real_list_with_mixed_units_becomes_single_quantities(build: Build, schemas: Schemas) -> None:
    data = build(
        """<dcc:quantity><si:list><si:realList>
        <si:real><si:value>1.5</si:value><si:unit>\\volt</si:unit></si:real>
        <si:real><si:value>2</si:value><si:unit>\\ampere</si:unit></si:real></si:realList></si:list></dcc:quantity>""",
        version="3.0.0",
    )
    ladder = climb(data, schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None
    assert [(q.place, q.printed, q.unit) for q in ladder.certificate.quantities()] == [
        ("0/0/0/0", ("1.5",), "\\volt"),
        ("0/0/0/1", ("2",), "\\ampere"),
    ]


def test_uncertainty_of_some_members_leaves_the_others_unknown(build: Build) -> None:
    certificate, found = read(
        build(
            """<dcc:quantity><si:list><si:realList><si:listUnit>\\volt</si:listUnit>
            <si:real><si:value>1</si:value><si:expandedUnc><si:uncertainty>0.2</si:uncertainty>
            <si:coverageFactor>2</si:coverageFactor><si:coverageProbability>0.95</si:coverageProbability></si:expandedUnc>
            </si:real><si:real><si:value>2</si:value></si:real></si:realList></si:list></dcc:quantity>""",
            version="3.0.0",
        )
    )
    assert certificate is not None
    (q,) = certificate.quantities()
    assert q.uncertainty is not None and q.uncertainty.kind == "standard"
    assert q.uncertainty.value[0] == 0.1 and str(q.uncertainty.value[1]) == "nan"
    assert [f.code for f in found] == ["certificate.dsi.uncertainty_partial"]


def test_hybrid_is_one_quantity(build: Build, schemas: Schemas) -> None:
    data = build(
        """<dcc:quantity><si:hybrid><si:real><si:value>293.15</si:value><si:unit>\\kelvin</si:unit></si:real>
        <si:real><si:value>20.00</si:value><si:unit>\\degreecelsius</si:unit></si:real></si:hybrid></dcc:quantity>""",
        version="3.0.0",
    )
    ladder = climb(data, schemas)
    assert ladder.at("schema").state == "passed" and ladder.at("units").state == "passed"
    assert ladder.certificate is not None
    (q,) = ladder.certificate.quantities()
    assert q.unit == "\\kelvin" and [a.unit for a in q.alternatives] == ["\\degreecelsius"]


def test_hybrid_whose_forms_disagree_fails_the_units(build: Build, schemas: Schemas) -> None:
    data = build(
        """<dcc:quantity><si:hybrid><si:real><si:value>293.15</si:value><si:unit>\\kelvin</si:unit></si:real>
        <si:real><si:value>21.00</si:value><si:unit>\\degreecelsius</si:unit></si:real></si:hybrid></dcc:quantity>"""
    )
    assert [f.code for f in climb(data, schemas).at("units").findings] == ["certificate.units.hybrid"]


@pytest.mark.parametrize("element", ["si:complex", "si:complexList"])
def test_complex_is_named_and_gives_no_number(build: Build, element: str) -> None:
    certificate, found = read(
        build(f"<dcc:quantity><{element}><si:valueReal>1</si:valueReal></{element}></dcc:quantity>")
    )
    assert certificate is not None and certificate.quantities() == ()
    assert [f.code for f in found] == ["certificate.dsi.construct"]
    assert dict(found[0].parameters)["construct"] == element[3:] and found[0].where.startswith("line ")
