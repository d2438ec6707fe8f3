"""What a contest keeps secret until its seed is revealed: the seed itself, answers, and sheets of assessors.

The seed is no file: it is drawn from the sealing key of the data folder and the head of the contest, which holds salt.
Answers and sheets are encrypted where they lie, and hidden in every view of the matter; both end with the revealing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings

from suyuan.procedure.matter import Event, Matter, head_digest
from suyuan.quantity.finding import Finding, finding
from suyuan.site.secret import sealing_key

PROCEDURE = "contest"
SECRET_ACTS = ("answered", "watched")
SEALED = b"suyuan-sealed-1\n"
NONCE = 12
LOST = "sealed, does not open"
"""What stands in place of the content of an event that does not open."""


def salt() -> str:
    """Random digits, so that a short content cannot be guessed from its digest."""
    return secrets.token_hex(16)


def seed_of(matter: Matter) -> bytes:
    """The seed of a contest, 32 bytes: the same as long as the data folder and the head of the matter are the same."""
    return _derived(b"contest-seed", head_digest(matter).encode())


def _derived(purpose: bytes, text: bytes) -> bytes:
    return hmac.new(sealing_key(settings.DATA), purpose + b"\0" + text, hashlib.sha256).digest()


# ---------------------------------------------------------------- as it is shown


def visible(matter: Matter, name: str) -> Matter:
    """A matter as somebody may see it: of a contest without others' answers and sheets while the seed is secret.

    name: the account, «» for nobody. The digests stay, so that the chain can be checked after the revealing.
    """
    if matter.procedure != PROCEDURE or matter.last("revealed") is not None:
        return matter
    return replace(matter, events=tuple(_shown(event, name) for event in matter.events))


def _shown(event: Event, name: str) -> Event:
    own = bool(name) and event.person == name
    if event.act not in SECRET_ACTS or own or event.content.get("hidden") == LOST:
        return event
    return replace(event, content={"hidden": "until the seed is revealed"})


# ---------------------------------------------------------------- as it lies


def is_secret(procedure: str, act: str) -> bool:
    """Whether events of an act are encrypted where they lie."""
    return procedure == PROCEDURE and act in SECRET_ACTS


def sealed(document: bytes, bound: Mapping[str, object]) -> bytes:
    """The document of an event, AES-256-GCM. bound: what it belongs to; under another place it does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE)
    return SEALED + nonce + AESGCM(_derived(b"contest-events", b"")).encrypt(nonce, document, _bound(bound))


def opened(kept: bytes, bound: Mapping[str, object]) -> bytes | None:
    """The document that was sealed; one that was not is returned as it is. None for changed bytes and another key: the
    matter is shown all the same."""
    if not kept.startswith(SEALED):
        return kept
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, text = kept[len(SEALED) : len(SEALED) + NONCE], kept[len(SEALED) + NONCE :]
    try:
        return AESGCM(_derived(b"contest-events", b"")).decrypt(nonce, text, _bound(bound))
    except InvalidTag:
        return None


def lost(matter: Matter) -> tuple[Finding, ...]:
    """Whether sealed answers of a matter do not open."""
    gone = sum(event.content.get("hidden") == LOST for event in matter.events)
    return (finding("site.contest.sealed", matter.number, n=gone),) if gone else ()


def _bound(bound: Mapping[str, object]) -> bytes:
    return "\0".join(f"{name}={bound[name]}" for name in sorted(bound)).encode()
