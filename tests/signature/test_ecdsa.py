"""Signatures made here with fresh keys on every curve, and what happens when a byte, a key or a curve is another."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import finding_table
from suyuan.signature.ecdsa import Signed, verify
from suyuan.signature.key import CURVES, PublicKey, curve_named, unwrapped
from suyuan.signature.verdict import Verdict

MESSAGE = b'{"RD":[{"RV":"1.50"}]}'
MADE = {
    "secp256k1": ec.SECP256K1(), "secp192r1": ec.SECP192R1(), "secp256r1": ec.SECP256R1(),
    "brainpool256r1": ec.BrainpoolP256R1(), "secp384r1": ec.SECP384R1(), "brainpool384r1": ec.BrainpoolP384R1(),
}  # fmt: skip
K1_192 = bytes.fromhex("3046301006072a8648ce3d020106052b8104001f033200") + b"\x04" + bytes(48)
"""A wrapped key on secp192k1 (OID 1.3.132.0.31), which the library does not have."""


def pair(curve: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    private = ec.generate_private_key(MADE[curve])
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return private, private.public_key().public_bytes(serialization.Encoding.DER, info)


def signed(private: ec.EllipticCurvePrivateKey, curve: str, message: bytes = MESSAGE) -> Signed:
    return Signed(message, private.sign(message, ec.ECDSA(hashes.SHA256())), f"ECDSA-{curve}-SHA256")


def told(verdict: Verdict) -> tuple[str, str]:
    """State and reason; every finding has its sentences."""
    for item in verdict.findings:
        assert item.code in finding_table()
        assert all("?" not in t for t in item.to_json()["en"].values()), item
    return verdict.state, verdict.reason


@pytest.mark.parametrize("curve", MADE)
def test_what_was_signed_is_verified_and_nothing_else(curve: str) -> None:
    private, key = pair(curve)
    one = signed(private, curve)
    found = verify(one, PublicKey(key))
    assert told(found) == ("verified", "") and found.trusted and not found.findings
    assert told(verify(Signed(MESSAGE + b" ", one.signature, one.algorithm), PublicKey(key))) == ("failed", "changed")
    _, other = pair(curve)
    assert told(verify(one, PublicKey(other))) == ("failed", "changed")
    assert told(verify(one, None)) == ("cannot_verify", "missing")


@pytest.mark.parametrize("curve", MADE)
def test_bare_points_and_bare_signatures(curve: str) -> None:
    private, _ = pair(curve)
    one = signed(private, curve)
    assert one.signature is not None
    form = serialization.PublicFormat.UncompressedPoint
    point = private.public_key().public_bytes(serialization.Encoding.X962, form)
    size = CURVES[curve_named(curve)] // 8
    r, s = utils.decode_dss_signature(one.signature)
    bare = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    for key in (point, point[1:]):
        assert verify(one, PublicKey(key)).state == "verified"
        assert verify(Signed(MESSAGE, bare, one.algorithm, bare=True), PublicKey(key)).state == "verified"
    wrong = bytes([bare[0] ^ 1]) + bare[1:]
    assert verify(Signed(MESSAGE, wrong, one.algorithm, bare=True), PublicKey(point)).state == "failed"
    assert told(verify(Signed(MESSAGE, bare[1:], one.algorithm, bare=True), PublicKey(point)))[1] == "unreadable"


def test_a_curve_that_is_lacking_is_no_forgery() -> None:
    algorithm = "ECDSA-secp192k1-SHA256"
    some = b"\x30\x06\x02\x01\x01\x02\x01\x01"
    for key in (PublicKey(K1_192), PublicKey(bytes(48)), PublicKey(b"\x04" + bytes(48))):
        assert told(verify(Signed(MESSAGE, some, algorithm), key)) == ("cannot_verify", "unsupported")


def test_the_key_of_the_file_itself_is_said() -> None:
    private, key = pair("secp256r1")
    found = verify(signed(private, "secp256r1"), PublicKey(key, own=True))
    assert found.state == "verified" and found.trusted is False
    assert [f.code for f in found.findings] == ["signature.key.own"]


def test_a_key_holds_in_its_time() -> None:
    private, key = pair("secp256r1")
    one = signed(private, "secp256r1")
    for time, state in ((None, "verified"), (9, "cannot_verify"), (10, "verified"), (20, "cannot_verify")):
        dated = Signed(one.message, one.signature, one.algorithm, time=time)
        assert verify(dated, PublicKey(key, valid_from=10, valid_until=20)).state == state


@pytest.mark.parametrize("algorithm", ["", "RSA-PSS-SHA256", "ECDSA-secp256r1-MD5", "ECDSA", "SM2-sm2p256v1-SM3"])
def test_an_unknown_algorithm_cannot_be_verified(algorithm: str) -> None:
    assert told(verify(Signed(MESSAGE, b"0", algorithm), PublicKey(b"0"))) == ("cannot_verify", "unknown")


def test_what_is_no_key_cannot_verify() -> None:
    private, _ = pair("secp256r1")
    one = signed(private, "secp256r1")
    wrapped = rsa.generate_private_key(65537, 2048).public_key()
    other = wrapped.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for content in (b"nonsense", bytes(64), b"\x04" + b"\x01" * 64, other):
        assert told(verify(one, PublicKey(content))) == ("cannot_verify", "unreadable")
    for signature in (None, b""):
        assert told(verify(Signed(MESSAGE, signature), PublicKey(b"k"))) == ("cannot_verify", "missing")


PRIVATE, KEY = pair("secp256r1")
ONE = signed(PRIVATE, "secp256r1")


@settings(max_examples=300, deadline=None)
@given(st.booleans(), st.integers(0, 200), st.integers(1, 255))
def test_one_altered_byte_fails(in_message: bool, at: int, change: int) -> None:
    assert ONE.signature is not None
    given = ONE.message if in_message else ONE.signature
    at %= len(given)
    altered = given[:at] + bytes([given[at] ^ change]) + given[at + 1 :]
    message, signature = (altered, ONE.signature) if in_message else (ONE.message, altered)
    assert told(verify(Signed(message, signature), PublicKey(KEY)))[0] == "failed"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=130), st.binary(max_size=130), st.booleans(), st.sampled_from([*CURVES, "x"]))
def test_any_bytes_have_a_verdict(key: bytes, signature: bytes, bare: bool, curve: str) -> None:
    found = verify(Signed(MESSAGE, signature, f"ECDSA-{curve}-SHA256", bare), PublicKey(key))
    assert told(found)[0] in ("failed", "cannot_verify")


def test_keys_as_people_write_them() -> None:
    assert unwrapped(" 0A 0b\n") == b"\n\x0b" and unwrapped("") is None and unwrapped("0A0", "hex") is None
    assert unwrapped("AAEC", "base64") == b"\0\x01\x02" and unwrapped("!", "base64") is None
