"""Public keys as people hand them on: hexadecimal or base64, wrapped with their curve or as a bare point."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

CURVES = {
    "secp192k1": 192, "secp256k1": 256, "secp192r1": 192, "secp256r1": 256, "brainpoolP256r1": 256, "secp384r1": 384,
    "brainpoolP384r1": 384,
}  # fmt: skip
"""Curves of charging meters with the bits of a coordinate (OCMF 1.0, table 22)."""

_ALIASES = {
    "brainpool256r1": "brainpoolP256r1", "brainpoolp256r1": "brainpoolP256r1", "brainpool384r1": "brainpoolP384r1",
    "brainpoolp384r1": "brainpoolP384r1", "prime256v1": "secp256r1", "p-256": "secp256r1", "prime192v1": "secp192r1",
    "p-384": "secp384r1", "prime384v1": "secp384r1",
}  # fmt: skip
_OPTIONAL_BLANKS = re.compile(r"[\s:]+")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and what is known of it.

    content: DER SubjectPublicKeyInfo, or a bare point (with or without the byte 04 in front); curve: of a bare point,
    «» where the content says it; own: it lies in the file that it signs; valid_from, valid_until: µs since
    1970-01-01T00:00Z, None where not known; owner: who vouches for it.
    """

    content: bytes
    curve: str = ""
    own: bool = False
    valid_from: int | None = None
    valid_until: int | None = None
    owner: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    def holds_at(self, time: int | None) -> bool:
        """Whether it is valid at a time, as far as both are known."""
        if time is None:
            return True
        return (self.valid_from is None or self.valid_from <= time) and (
            self.valid_until is None or time < self.valid_until
        )


def curve_named(name: str) -> str:
    """The curve by its usual name, from any of its spellings; the name as given where it is not one of ours.

    >>> curve_named("brainpool256r1"), curve_named("prime256v1"), curve_named("secp521r1")
    ('brainpoolP256r1', 'secp256r1', 'secp521r1')
    """
    plain = name.strip()
    return _ALIASES.get(plain.lower(), plain)


def unwrapped(text: str, encoding: str = "") -> bytes | None:
    """The bytes of a key or a signature from text; None where it is neither hexadecimal nor base64.

    encoding: «hex» or «base64»; where «» hexadecimal digits are taken for what they are, blanks between them count not.

    >>> unwrapped("0D 4d:Bf"), unwrapped("AQID"), unwrapped("no!")
    (b'\\rM\\xbf', b'\\x01\\x02\\x03', None)
    """
    plain = _OPTIONAL_BLANKS.sub("", text)
    if not plain:
        return None
    if encoding != "base64":
        if re.fullmatch(r"([0-9a-fA-F]{2})+", plain):
            return bytes.fromhex(plain)
        if encoding == "hex":
            return None
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        return None
