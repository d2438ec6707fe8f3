"""DCC 3.2: a signature inside, references with range and traceability, amended and substituted reports."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from tests.formats.conftest import Build

from suyuan.certificate.certificate import CertificateReference
from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import climb
from suyuan.certificate.schema import Schemas

VALUE = "<dcc:quantity><si:real><si:value>1</si:value><si:unit>\\metre</si:unit></si:real></dcc:quantity>"
DIGEST = hashlib.sha256(b"parent").hexdigest()
BASE64 = base64.b64encode(hashlib.sha256(b"parent").digest()).decode()
HASH = """<dcc:referral><dcc:content>{issuer}</dcc:content></dcc:referral><dcc:referralID>{number}</dcc:referralID>
<dcc:procedure>{procedure}</dcc:procedure><dcc:value>{value}</dcc:value>{more}"""


def reference_to(
    number: str, procedure: str = "SHA-256", value: str = DIGEST, more: str = "", issuer: str = "NIM"
) -> str:
    return HASH.format(number=number, procedure=procedure, value=value, more=more, issuer=issuer)


def equipment(reference: str) -> str:
    return f"""<dcc:measuringEquipments><dcc:measuringEquipment><dcc:name><dcc:content>g</dcc:content>
    </dcc:name><dcc:certificate>{reference}</dcc:certificate></dcc:measuringEquipment></dcc:measuringEquipments>"""


def parent(data: bytes) -> CertificateReference:
    certificate, _ = read(data)
    assert certificate is not None and certificate.equipment[0].certificate is not None
    return certificate.equipment[0].certificate


def test_signed_and_valid(reference: Path, schemas: Schemas) -> None:
    path = reference / "dcc" / "certificates" / "pydcc_dcc_gp_temperature_typical_v12_v3.2.0_signed.xml"
    ladder = climb(path.read_bytes(), schemas)
    assert ladder.at("schema").state == "passed"
    assert ladder.certificate is not None and ladder.certificate.signed
    assert ladder.at("signature").state == "not_checked" and "未检查" in ladder.at("signature").say["zh"]


def test_linked_reports_are_followed(build: Build, schemas: Schemas) -> None:
    grand = "<dcc:linkedReport>" + reference_to("GRAND", "sha512", "ab" * 64, issuer="BIPM") + "</dcc:linkedReport>"
    flags = "<dcc:inValidityRange>true</dcc:inValidityRange><dcc:traceable>false</dcc:traceable>"
    data = build(VALUE, version="3.2.1", around=equipment(reference_to("P-1", more=flags + grand)))
    # «ab» repeated is no placeholder: two different digits stand in it
    assert climb(data, schemas).at("schema").state == "passed"
    found = parent(data)
    assert (found.issuer, found.number, found.algorithm, found.digest) == ("NIM", "P-1", "sha256", DIGEST)
    assert found.in_validity_range is True and found.traceable is False
    (linked,) = found.linked
    assert (linked.issuer, linked.number, linked.algorithm, len(linked.digest)) == ("BIPM", "GRAND", "sha512", 128)
    assert linked.traceable is None


@pytest.mark.parametrize(
    ("procedure", "value", "algorithm", "digest"),
    [
        ("sha256", DIGEST.upper(), "sha256", DIGEST),
        ("SHA-256", BASE64, "sha256", DIGEST),
        ("http://www.w3.org/2001/04/xmlenc#sha256", DIGEST, "sha256", DIGEST),
        ("SHA3-256", DIGEST, "sha3-256", DIGEST),
        ("SM3", DIGEST, "sm3", DIGEST),
        ("SHA-512", DIGEST, "sha512", ""),
        ("SHA-256", "0" * 64, "sha256", ""),
        ("SHA-256", hashlib.sha256(b"").hexdigest(), "sha256", ""),
        ("SHA-256", "not a digest", "sha256", ""),
        ("analogue", "analogue", "", ""),
        ("not stated", "not stated", "", ""),
    ],
)  # fmt: skip
def test_digests(build: Build, procedure: str, value: str, algorithm: str, digest: str) -> None:
    data = build(VALUE, version="3.2.0", around=equipment(reference_to("P-1", procedure, value)))
    found = parent(data)
    assert (found.algorithm, found.digest) == (algorithm, digest)
    codes = [f.code for f in read(data)[1]]
    assert bool(digest) == (not codes), "an unusable digest is told, and only that"
    assert all(f.severity == "warning" for f in read(data)[1])


def test_an_address_is_no_issuer(build: Build) -> None:
    data = build(VALUE, around=equipment(reference_to("P-1", issuer="www.example.org/certificates")))
    assert parent(data).issuer == ""


def test_substituted_and_previous(build: Build, schemas: Schemas) -> None:
    core = f"""<dcc:issueDate>2026-03-05</dcc:issueDate><dcc:reportAmendedSubstituted>
    <dcc:typeOfChange>substituted</dcc:typeOfChange><dcc:replacedUniqueIdentifier>N-0</dcc:replacedUniqueIdentifier>
    </dcc:reportAmendedSubstituted><dcc:previousReport>{reference_to("N-2025")}</dcc:previousReport>"""
    ladder = climb(build(VALUE, version="3.2.1", core=core), schemas)
    assert ladder.at("schema").state == "passed", ladder.at("schema").findings
    certificate = ladder.certificate
    assert certificate is not None
    assert [(r.issuer, r.number) for r in certificate.substitutes] == [("Laboratory A", "N-0")]
    assert [(r.number, r.digest) for r in certificate.previous] == [("N-2025", DIGEST)]
    assert certificate.extra["type_of_change"] == "substituted"
    assert str(certificate.issued) == "2026-03-05"
