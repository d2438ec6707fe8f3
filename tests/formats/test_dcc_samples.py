"""Every public sample: quantities, values and U as an independent XPath counts them; rungs as documented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas
from suyuan.quantity.finding import errors

NS = {"d": "https://ptb.de/dcc", "s": "https://ptb.de/si"}

READ = {
    "dcclib_valid.xml": 13,
    "dcclib_valid_signature.xml": 13,
    "dcclib_invalid_signature.xml": 13,
    "pydcc_dcc_gp_temperatur_resistance_v12.xml": 14,
    "pydcc_dcc_gp_temperature_simplified_v12.xml": 9,
    "pydcc_dcc_gp_temperature_typical_adjustment_v12.xml": 19,
    "pydcc_dcc_gp_temperature_typical_v12.xml": 13,
    "pydcc_dcc_gp_temperature_typical_v12_signed.xml": 13,
    "pydcc_dcc_gp_temperature_typical_v12_signed_manipulated.xml": 13,
    "pydcc_dcc_gp_temperature_typical_v12_v3.2.0_signed.xml": 13,
    "pydcc_dcc_gp_temperature_typical_v12_v3.2.0_signed_lt.xml": 13,
    "pydcc_dcc_ngp_temperature_typical_v12_refType2ID.xml": 13,
    "xsd-dcc_v3.0.0_siliziumkugel.xml": 12,
    "xsd-dcc_v3.1.1_dcc-vacuumlab-SRG.xml": 4,
}
"""Sample → all dcc:quantity in it, as its list of sources says."""

FAILS = {
    "dcclib_invalid_syntax.xml": "well_formed",
    "dcclib_invalid_schema.xml": "schema",
    "pydcc_siliziumkugel_wrong_schema.xml": "schema",
    "pydcc_dcc_gp_temperature_typical_v12_signed.xml": "schema",
    "pydcc_dcc_gp_temperature_typical_v12_signed_manipulated.xml": "schema",
    "xsd-dcc_v2.1.0_example.xml": "schema",
    "xsd-dcc_v2.2.0_example.xml": "meaning",
    "xsd-dcc_v2.4.0_example.xml": "meaning",
    "pydcc_siliziumkugel_2_4_0.xml": "meaning",
}
"""Sample → the first rung that fails; a version that is not read fails where its meaning should be taken."""


def sample(reference: Path, name: str) -> bytes:
    return (reference / "dcc" / "certificates" / name).read_bytes()


@pytest.mark.parametrize("name", READ)
def test_quantities_values_and_uncertainties(reference: Path, name: str) -> None:
    data = sample(reference, name)
    certificate, found = read(data)
    assert certificate is not None and not errors(found)
    tree = etree.fromstring(data)
    assert len(tree.xpath("//d:quantity", namespaces=NS)) == READ[name]

    numeric = "[s:real or s:realListXMLList or s:hybrid]"
    outside = "[not(ancestor::d:measurementMetaData)]"
    stated = certificate.quantities()
    expected = tree.xpath(f"//d:result/d:data//d:quantity{numeric}{outside}", namespaces=NS)
    assert len(stated) == len(expected) > 0
    for q, element in zip(stated, expected, strict=True):
        forms = element.xpath("s:hybrid/* | s:real | s:realListXMLList", namespaces=NS)
        for form, own in zip((q, *q.alternatives), forms, strict=True):
            digits = own.xpath("string(s:value | s:valueXMLList)", namespaces=NS).split()
            assert list(form.printed) == digits
            np.testing.assert_array_equal(form.value, [float(d) for d in digits])
            assert form.unit == own.xpath("string(s:unit | s:unitXMLList)", namespaces=NS)
            width = own.xpath("string(.//s:uncertainty | .//s:uncertaintyXMLList)", namespaces=NS).split()
            if width:
                assert form.uncertainty is not None and form.uncertainty.kind == "expanded"
                assert list(form.uncertainty.printed) == width
                np.testing.assert_array_equal(form.uncertainty.value, [float(w) for w in width])
                factor = own.xpath("string(.//s:coverageFactor | .//s:coverageFactorXMLList)", namespaces=NS)
                assert form.uncertainty.k == float(factor)
            else:
                assert form.uncertainty is None

    conditions = [q for c in certificate.conditions for q in c.quantities]
    said = [q for s in certificate.statements for q in s.quantities]
    total = len(stated) + len(conditions) + len(said)
    assert total == len(tree.xpath(f"//d:quantity{numeric}", namespaces=NS)), "none is lost, none is read twice"


@pytest.mark.parametrize("name", READ)
def test_places_do_not_repeat(reference: Path, name: str) -> None:
    certificate, _ = read(sample(reference, name))
    assert certificate is not None
    places = [q.place for q in certificate.quantities()]
    assert len(set(places)) == len(places)
    assert all(certificate.at(place) is not None for place in places)


@pytest.mark.parametrize("name", [*READ, *(n for n in FAILS if n not in READ)])
def test_fails_at_the_documented_rung(reference: Path, schemas: Schemas, name: str) -> None:
    ladder = climb(sample(reference, name), schemas)
    failed = [rung.name for rung in ladder.rungs if rung.state == "failed"]
    assert failed[:1] == ([FAILS[name]] if name in FAILS else [])
    for name_ in ("signature", "revocation", "scope", "chain"):
        assert ladder.at(name_).state == "not_checked"


@pytest.mark.parametrize("name", [name for name in FAILS if name in READ])
def test_values_are_read_though_the_schema_is_broken(reference: Path, schemas: Schemas, name: str) -> None:
    """DCC 3.1.1 has no place for a signature: the schema rung fails, the values are there, use is forbidden."""
    ladder = climb(sample(reference, name), schemas)
    assert ladder.at("schema").findings[0].code == "certificate.schema.unexpected"
    assert "Signature" in ladder.at("schema").findings[0].where
    assert ladder.certificate is not None and len(ladder.certificate.quantities()) == 3
    assert ladder.certificate.signed and not ladder.usable


def test_a_ref_type_moved_to_an_id_is_not_found(reference: Path) -> None:
    certificate, _ = read(sample(reference, "pydcc_dcc_ngp_temperature_typical_v12_refType2ID.xml"))
    usual, _ = read(sample(reference, "pydcc_dcc_gp_temperature_typical_v12.xml"))
    assert certificate is not None and usual is not None
    here = {t for q in certificate.quantities() for t in q.ref_types}
    assert len(here) < len({t for q in usual.quantities() for t in q.ref_types})
