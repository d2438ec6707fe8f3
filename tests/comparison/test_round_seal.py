"""Seals: nothing is readable without the key, nothing can be exchanged, and a failed opening loses nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.comparison.round.seal import (
    commit,
    envelope_document,
    house_key,
    open_envelope,
    opening_code,
    read_envelope,
    read_opening_code,
    seal,
)
from suyuan.quantity.finding import Refused

KEY, NONCE, HOUSE, BOUND = bytes(range(32)), b"n" * 32, b"h" * 32, ("d" * 64, "A")


@given(st.binary(max_size=300))
def test_sealed_and_opened_by_the_member_or_the_house(content: bytes) -> None:
    envelope = seal(content, KEY, NONCE, BOUND, HOUSE)
    assert envelope.commitment == commit(content, NONCE)
    read, found = read_envelope(envelope_document(envelope))
    assert read == envelope and not found
    assert open_envelope(envelope, KEY, envelope.commitment).content == content
    assert house_key(envelope, HOUSE) == KEY
    if len(content) > 8:
        assert content not in envelope_document(envelope)


def test_the_commitment_is_a_hash_that_anybody_can_make() -> None:
    domain, content = b"suyuan-comparison-commitment-1", b"1.00002"
    parts = b"".join(len(p).to_bytes(8, "big") + p for p in (domain, NONCE, content))
    assert commit(content, NONCE) == hashlib.sha256(parts).hexdigest()


def refused(code: str, envelope: object, key: bytes = KEY, commitment: str = "") -> None:
    with pytest.raises(Refused) as told:
        open_envelope(envelope, key, commitment)  # type: ignore[arg-type]
    assert told.value.findings[0].code == code


def test_what_does_not_fit_is_refused_by_its_own_name() -> None:
    envelope = seal(b"value", KEY, NONCE, BOUND)
    refused("comparison.seal.key", envelope, b"x" * 32)
    flipped = bytes([envelope.ciphertext[0] ^ 1]) + envelope.ciphertext[1:]
    refused("comparison.seal.changed", replace(envelope, ciphertext=flipped))
    refused("comparison.seal.changed", replace(envelope, member="B"))
    refused("comparison.seal.changed", replace(envelope, protocol="e" * 64))
    refused("comparison.seal.other", envelope, commitment="f" * 64)
    refused("comparison.seal.key_length", envelope, b"short")
    assert open_envelope(envelope, KEY).content == b"value"


def test_a_commitment_to_something_else_is_found() -> None:
    """A cheat that encrypts one content and commits to another, with everything else consistent."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from suyuan.comparison.round import seal as room

    honest = seal(b"value", KEY, NONCE, BOUND)
    data = room._bound(*BOUND, honest.commitment)
    other = AESGCM(KEY).encrypt(honest.iv, room._joined(NONCE) + b"better", data)
    refused("comparison.seal.commitment", replace(honest, ciphertext=other))


def test_without_the_house_only_the_member_opens() -> None:
    envelope = seal(b"value", KEY, NONCE, BOUND)
    with pytest.raises(Refused) as told:
        house_key(envelope, HOUSE)
    assert told.value.findings[0].code == "comparison.seal.members_key"
    with pytest.raises(Refused) as told:
        house_key(seal(b"value", KEY, NONCE, BOUND, HOUSE), b"g" * 32)
    assert told.value.findings[0].code == "comparison.seal.house"


def test_a_nonce_must_hide() -> None:
    with pytest.raises(Refused):
        commit(b"1.0", b"short")


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55))
def test_the_opening_code_finds_a_slip(key: bytes, at: int) -> None:
    code = opening_code(key)
    assert read_opening_code(f"  {code.lower()} ") == key
    bare = code.replace("-", "")
    slipped = bare[:at] + ("A" if bare[at] != "A" else "C") + bare[at + 1 :]
    with pytest.raises(Refused):
        read_opening_code(slipped)


def test_a_damaged_envelope_says_so() -> None:
    document = envelope_document(seal(b"value", KEY, NONCE, BOUND)).replace(b'"iv":"', b'"iv":"?')
    read, found = read_envelope(document)
    assert read is None and found[0].code == "comparison.seal.document"
