"""Badges: the proof reproduces the published vector; what is altered, expired or of another key is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.talent.badge import (
    Achievement,
    Badge,
    base58,
    base58_decoded,
    credential,
    did_key,
    hashed,
    public_multibase,
    sign,
    verify,
)
from suyuan.talent.canonical_json import canonical_json, number_text

SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
"""Key pair of the test vectors of W3C Data Integrity EdDSA Cryptosuites."""
KEY = base58_decoded(SECRET[1:])[2:]
OPEN = base58_decoded(PUBLIC[1:])[2:]
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
VECTOR: dict[str, Any] = {
    "@context": CONTEXT, "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"], "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.", "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}  # fmt: skip
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BADGE = Badge(
    "urn:uuid:5b0f8c8e-0f1c-4b63-9d0e-4f2f5d2f0c11", (did_key(OPEN), "演示计量院"),
    Achievement("urn:suyuan:achievement:mass", "砝码校准", "ABBA 循环与不确定度", "数据题 |E_n| ≤ 1 且 U ≤ U_max"),
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), identifier="p-007",
    results={"总分": "86.5"}, evidence=[("urn:sha256:00", "成绩单")],
)  # fmt: skip


def test_the_published_vector_of_the_suite() -> None:
    """Hashes and proofValue of W3C vc-di-eddsa, appendix B.3 (examples 32 to 38), as others' test suites quote them."""
    assert public_multibase(OPEN) == PUBLIC
    method = f"did:key:{PUBLIC}#{PUBLIC}"
    signed = sign(VECTOR, KEY, CREATED, method)
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    both = hashed(VECTOR, options).hex()
    assert both[:64] == "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    assert both[64:] == "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    value = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    assert signed["proof"]["proofValue"] == value
    assert signed == sign(VECTOR, KEY, CREATED)  # the did:key of the key is the default method


def test_an_earlier_vector_with_another_verification_method() -> None:
    """The proofValue of an earlier draft, known from memory only: no source at hand shows it."""
    signed = sign(VECTOR, KEY, CREATED, f"https://vc.example/issuers/5678#{PUBLIC}")
    value = "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"
    assert signed["proof"]["proofValue"] == value


def test_canonical_json_of_rfc_8785() -> None:
    """The example of clause 3.2.2 and the order of names of 3.2.3."""
    given = json.loads(
        '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    )
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json(given).decode() == expected
    names = json.loads('{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}')
    assert list(json.loads(canonical_json(names)).values()) == [2, 4, 6, 7, 1, 5, 3]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(x: float) -> None:
    assert float(number_text(x)) == x


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1, 2}, "\ud800"])
def test_what_json_has_not_is_refused(value: object) -> None:
    with pytest.raises(Refused):
        canonical_json(value)


@given(st.binary(max_size=40))
def test_base_58_there_and_back(data: bytes) -> None:
    assert base58_decoded(base58(data)) == data


def test_a_signed_badge_is_valid_and_has_the_required_fields() -> None:
    signed = sign(credential(BADGE), KEY, NOW)
    assert not verify(signed, OPEN, NOW)
    again = json.loads(json.dumps(signed, ensure_ascii=False))
    assert not verify(again, OPEN, NOW)
    assert signed["@context"][0] == "https://www.w3.org/ns/credentials/v2" and "validUntil" in signed
    done = signed["credentialSubject"]["achievement"]
    assert {"id", "type", "name", "description", "criteria"} <= set(done)
    assert signed["credentialSubject"]["result"][0]["resultDescription"] == done["resultDescription"][0]["id"]


def test_whatever_is_altered_breaks_the_signature() -> None:
    signed = sign(credential(BADGE), KEY, NOW)
    for change in (
        {"name": "另一项"}, {"validUntil": "2049-01-01T00:00:00Z"}, {"evidence": []},
        {"@context": [*signed["@context"], "https://other.example"]},
        {"proof": signed["proof"] | {"created": "2020-01-01T00:00:00Z"}},
        {"proof": signed["proof"] | {"proofValue": "z" + base58(hashlib.sha512(b"").digest())}},
        {"proof": signed["proof"] | {"proofValue": "zIl0O"}},
    ):  # fmt: skip
        codes = {f.code for f in verify(signed | change, OPEN, NOW)}
        if "@context" in change:  # more contexts behind those of the proof are allowed by the suite
            assert codes == set()
        else:
            assert "contest.badge.signature" in codes, change


def test_another_key_and_another_time() -> None:
    signed = sign(credential(BADGE), KEY, NOW)
    other = hashlib.sha256(b"other").digest()
    assert {f.code for f in verify(signed, other, NOW)} >= {"contest.badge.key", "contest.badge.signature"}
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    assert [f.code for f in verify(signed, OPEN, early)] == ["contest.badge.not_yet"]
    assert [f.code for f in verify(signed, OPEN, late)] == ["contest.badge.expired"]
    assert [f.code for f in verify(credential(BADGE), OPEN, NOW)] == ["contest.badge.proof"]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no iri"}, {"issuer": ("x", "name")}, {"issuer": (did_key(OPEN), " ")}, {"identifier": ""},
        {"valid_from": datetime(2026, 1, 1)}, {"valid_until": datetime(2026, 1, 1, tzinfo=UTC) - timedelta(1)},
        {"evidence": [("nothing", "x")]}, {"status": {"id": "x"}},
        {"achievement": replace(BADGE.achievement, criteria="")},
    ],
)  # fmt: skip
def test_a_badge_without_what_the_specification_asks_for_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        credential(replace(BADGE, **change))
    assert {f.code for f in refused.value.findings} == {"contest.badge.field"}
    with pytest.raises(Refused):
        sign(credential(BADGE), b"short", NOW)


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=12), x),
        max_leaves=8,
    )
)
def test_no_document_brings_the_verification_down(given: object) -> None:
    if isinstance(given, dict):
        proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
        assert verify(given, OPEN, NOW)
        assert verify(given | {"proof": proof | {"proofValue": "z1"}}, OPEN, NOW)
