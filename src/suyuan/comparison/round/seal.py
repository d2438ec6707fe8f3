"""Sealed submissions: committed first, encrypted, opened at closing, and never before.

A commitment is SHA-256 over the length-prefixed domain, nonce and content: it tells nothing of a result with few
possible values, because nobody knows the nonce, and no other content fits it. The envelope is AES-256-GCM whose
associated data bind the protocol and the member. Keys and nonces are arguments; whoever asks draws them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from suyuan.quantity.fields import canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding

ENVELOPE = "comparison-envelope"
_COMMIT, _BIND, _CHECK, _WRAP, _CODE = (
    f"suyuan-comparison-{word}-1".encode() for word in ("commitment", "envelope", "key-check", "wrap", "code")
)
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed submission. protocol: digest; member: code; commitment: of nonce and content; iv, ciphertext: AES-GCM
    over nonce and content; check: by which a wrong key is told from changed bytes; wrapped: the key under a key of the
    house, empty where the member alone keeps the opening code."""

    protocol: str
    member: str
    commitment: str
    iv: bytes
    ciphertext: bytes
    check: bytes
    wrapped: bytes = b""

    @property
    def size(self) -> int:
        return len(self.ciphertext)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held: the nonce and the content, whose commitment is that of the envelope."""

    nonce: bytes
    content: bytes


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def commit(content: bytes, nonce: bytes) -> str:
    """SHA-256 over length-prefixed domain, nonce and content, as hexadecimal digits.

    nonce: at least 16 random bytes that are kept secret until the content is revealed, else Refused.

    >>> commit(b"1.000 02", bytes(32)) == commit(b"1.000 03", bytes(32))
    False
    """
    if len(nonce) < 16:
        raise Refused(finding("comparison.seal.nonce", "nonce", n=len(nonce)))
    return hashlib.sha256(_joined(_COMMIT, nonce, content)).hexdigest()


def seal(content: bytes, key: bytes, nonce: bytes, bound: tuple[str, str], house: bytes | None = None) -> Envelope:
    """An envelope with the content, which opens with the key alone, or with the key of the house that wraps it.

    key, nonce: 32 fresh random bytes each; bound: digest of the protocol and code of the member; house: 32 bytes of the
    site that opens at closing, None where the member hands over its opening code then. Raises Refused for others.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    _check_lengths(key=key, house=house)
    protocol, member = bound
    commitment = commit(content, nonce)
    iv = hashlib.sha256(_joined(_BIND, nonce)).digest()[:12]
    ciphertext = AESGCM(key).encrypt(iv, _joined(nonce) + content, _bound(protocol, member, commitment))
    wrapped = b"" if house is None else aes_key_wrap(_wrapping(house, protocol, member, commitment), key)
    return Envelope(protocol, member, commitment, iv, ciphertext, _key_check(key), wrapped)


def open_envelope(envelope: Envelope, key: bytes, commitment: str = "") -> Opened:
    """What the envelope holds. commitment: the one that was recorded when it was sealed, «» for the envelope's own.

    Raises Refused for a wrong key, changed bytes, or a content that is not what was committed; the envelope itself is
    untouched by that, so that it can be tried again.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    _check_lengths(key=key)
    member = envelope.member
    if commitment and commitment != envelope.commitment:
        given, recorded = envelope.commitment[:12], commitment[:12]
        raise Refused(finding("comparison.seal.other", "envelope", member=member, given=given, recorded=recorded))
    if not hmac.compare_digest(_key_check(key), envelope.check):
        raise Refused(finding("comparison.seal.key", "key", member=member))
    try:
        data = _bound(envelope.protocol, member, envelope.commitment)
        plain = AESGCM(key).decrypt(envelope.iv, envelope.ciphertext, data)
    except (InvalidTag, ValueError):
        raise Refused(finding("comparison.seal.changed", "envelope", member=member)) from None
    length = int.from_bytes(plain[:8], "big")
    opened = Opened(plain[8 : 8 + length], plain[8 + length :])
    if len(opened.nonce) < 16 or commit(opened.content, opened.nonce) != envelope.commitment:
        raise Refused(finding("comparison.seal.commitment", "envelope", member=member))
    return opened


def house_key(envelope: Envelope, house: bytes) -> bytes:
    """The key of an envelope that the house wrapped. Raises Refused where it is not wrapped, or by another house."""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    _check_lengths(house=house)
    if not envelope.wrapped:
        raise Refused(finding("comparison.seal.members_key", "envelope", member=envelope.member))
    try:
        wrapping = _wrapping(house, envelope.protocol, envelope.member, envelope.commitment)
        return aes_key_unwrap(wrapping, envelope.wrapped)
    except (InvalidUnwrap, ValueError):
        raise Refused(finding("comparison.seal.house", "envelope", member=envelope.member)) from None


def opening_code(key: bytes) -> str:
    """The key as text that a person can copy: base32 in groups of four, with a check at its end.

    >>> read_opening_code(opening_code(bytes(range(32)))) == bytes(range(32))
    True
    """
    text = base64.b32encode(key + _code_check(key)).decode("ascii").rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def read_opening_code(text: str) -> bytes:
    """The key of an opening code, however it is spaced. Raises Refused for a slip of the pen."""
    bare = "".join(text.split()).replace("-", "").upper().replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        data = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except ValueError:
        data = b""
    key, check = data[:KEY_BYTES], data[KEY_BYTES:]
    if len(key) != KEY_BYTES or check != _code_check(key):
        raise Refused(finding("comparison.seal.code", "code"))
    return key


def envelope_document(envelope: Envelope) -> bytes:
    """An envelope as its document."""
    fields = {key: getattr(envelope, key) for key in ("protocol", "member", "commitment")}
    coded = {key: base64.b64encode(getattr(envelope, key)).decode("ascii") for key in _BYTES}
    return canonical({"suyuan": ENVELOPE, **fields, **coded})


def read_envelope(document: bytes) -> tuple[Envelope | None, tuple[Finding, ...]]:
    """The envelope of a document, or None if it is none; whether it opens is another question."""
    root, found = open_document(document, ENVELOPE)
    if root is None:
        return None, tuple(found)
    fields = {key: root.text(key, required=True) for key in ("protocol", "member", "commitment")}
    coded: dict[str, bytes] = {}
    for key in _BYTES:
        root.asked.add(key)
        value = root.content.get(key, "")
        try:
            coded[key] = base64.b64decode(value if isinstance(value, str) else "", validate=True)
        except ValueError:
            coded[key] = b""
        if not coded[key] and key != "wrapped":
            root.report("comparison.seal.document", key, field=key)
    root.close()
    return (
        None
        if errors(found)
        else Envelope(fields["protocol"], fields["member"], fields["commitment"], *(coded[k] for k in _BYTES))
    ), tuple(found)


_BYTES = ("iv", "ciphertext", "check", "wrapped")


def _bound(protocol: str, member: str, commitment: str) -> bytes:
    return _joined(_BIND, protocol.encode(), member.encode(), commitment.encode())


def _wrapping(house: bytes, protocol: str, member: str, commitment: str) -> bytes:
    """A key of its own for each envelope, so that no wrapped key can be moved to another."""
    return hmac.new(house, _joined(_WRAP, protocol.encode(), member.encode(), commitment.encode()), "sha256").digest()


def _key_check(key: bytes) -> bytes:
    return hashlib.sha256(_joined(_CHECK, key)).digest()[:16]


def _code_check(key: bytes) -> bytes:
    return hashlib.sha256(_joined(_CODE, key)).digest()[:3]


def _check_lengths(**keys: bytes | None) -> None:
    for name, key in keys.items():
        if key is not None and len(key) != KEY_BYTES:
            raise Refused(finding("comparison.seal.key_length", name, n=len(key), expected=KEY_BYTES))
