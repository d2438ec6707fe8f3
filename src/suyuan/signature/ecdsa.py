"""ECDSA over the curves of charging meters: was this message signed with this key?

A library may lack a curve, and a key may be missing: then nothing is known, and nothing is called forged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from suyuan.signature.key import CURVES, PublicKey, curve_named
from suyuan.signature.verdict import Verdict, cannot_verify, failed, verified

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256, "SHA384": hashes.SHA384, "SHA512": hashes.SHA512,
}  # fmt: skip
_DER = 0x30
"""First byte of a wrapped key and of a wrapped signature (ASN.1 SEQUENCE)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message, exactly the bytes that were signed, and its signature.

    signature: DER (r, s), or r and s one after the other where `bare`; algorithm: «ECDSA-curve-hash»; where: place in
    the file; time: µs, when it was signed, None where not known.
    """

    message: bytes
    signature: bytes | None
    algorithm: str = "ECDSA-secp256r1-SHA256"
    bare: bool = False
    where: str = ""
    time: int | None = None


def verify(signed: Signed, key: PublicKey | None) -> Verdict:
    """The verdict on one signature.

    key: None where nobody has given one. A bare point without a curve is taken on the curve of the algorithm. A key
    that says another curve than the algorithm is asked as it is.

    >>> verify(Signed(b"reading", None), None).state
    'cannot_verify'
    """
    where, algorithm = signed.where, signed.algorithm
    kind, _, rest = algorithm.partition("-")
    curve, _, digest = rest.rpartition("-")
    if kind.upper() != "ECDSA" or digest.upper() not in _HASHES or not curve:
        return cannot_verify(where, algorithm, "signature.algorithm.unknown", named=algorithm[:60])
    if not signed.signature:
        return cannot_verify(where, algorithm, "signature.bytes.missing")
    if key is None or not key.content:
        return cannot_verify(where, algorithm, "signature.key.missing")
    if not key.holds_at(signed.time):
        return cannot_verify(where, algorithm, "signature.key.expired", fingerprint=key.fingerprint[:16])
    opened = _opened(key, curve_named(key.curve or curve), signed)
    if isinstance(opened, Verdict):
        return opened
    wrapped = _wrapped(signed.signature, opened.key_size) if signed.bare else signed.signature
    if wrapped is None or wrapped[0] != _DER:
        return failed(where, algorithm, "signature.bytes.unreadable", size=len(signed.signature))
    try:
        opened.verify(wrapped, signed.message, ec.ECDSA(_HASHES[digest.upper()]()))
    except InvalidSignature:
        return failed(where, algorithm, fingerprint=key.fingerprint[:16])
    except (UnsupportedAlgorithm, ValueError):  # what the library cannot do is no fault of the bytes
        return cannot_verify(where, algorithm, "signature.curve.unsupported", curve=opened.curve.name)
    return verified(where, algorithm, not key.own)


def _opened(key: PublicKey, curve: str, signed: Signed) -> ec.EllipticCurvePublicKey | Verdict:
    """The key as the library has it, or why not."""
    size = CURVES.get(curve, 0) // 8
    point = _point(key.content, size)
    if point is not None:
        known = _curves().get(curve)
        if known is None:
            return cannot_verify(signed.where, signed.algorithm, "signature.curve.unsupported", curve=curve[:40])
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(known, point)
        except UnsupportedAlgorithm:
            return cannot_verify(signed.where, signed.algorithm, "signature.curve.unsupported", curve=curve[:40])
        except ValueError:
            return cannot_verify(signed.where, signed.algorithm, "signature.key.unreadable", size=len(key.content))
    try:
        opened = serialization.load_der_public_key(key.content)
    except UnsupportedAlgorithm:
        return cannot_verify(signed.where, signed.algorithm, "signature.curve.unsupported", curve=curve[:40])
    except (ValueError, TypeError):
        if curve not in _curves():  # a curve that the library lacks is a value that it cannot read
            return cannot_verify(signed.where, signed.algorithm, "signature.curve.unsupported", curve=curve[:40])
        return cannot_verify(signed.where, signed.algorithm, "signature.key.unreadable", size=len(key.content))
    if not isinstance(opened, ec.EllipticCurvePublicKey):
        return cannot_verify(signed.where, signed.algorithm, "signature.key.unreadable", size=len(key.content))
    return opened


def _point(content: bytes, size: int) -> bytes | None:
    """A bare point with its leading byte; None for a wrapped key."""
    if size and len(content) == 2 * size:
        return b"\x04" + content
    bare = (size and len(content) == 2 * size + 1 and content[0] == 4) or (
        size and len(content) == size + 1 and content[0] in (2, 3)
    )
    return content if bare else None


def _wrapped(signature: bytes, bits: int) -> bytes | None:
    """r and s one after the other as DER."""
    half = (bits + 7) // 8
    if len(signature) != 2 * half:
        return None
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    return utils.encode_dss_signature(r, s)


@cache
def _curves() -> dict[str, Any]:
    """The curves that this library has, by our names."""
    found: dict[str, Any] = {
        "secp192r1": ec.SECP192R1(), "secp256r1": ec.SECP256R1(), "secp256k1": ec.SECP256K1(),
        "secp384r1": ec.SECP384R1(), "brainpoolP256r1": ec.BrainpoolP256R1(), "brainpoolP384r1": ec.BrainpoolP384R1(),
    }  # fmt: skip
    return found
