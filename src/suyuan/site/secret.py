"""The keys of a data folder, drawn once and readable by their owner only: for sessions, sealed submissions, badges."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key(data: Path | None) -> str:
    """The key of a data folder, drawn at its first use; without a folder, one for this process."""
    if data is None:
        return secrets.token_urlsafe(48)
    path = data / "site.key"
    key = _drawn(path, secrets.token_urlsafe(48))
    if len(key) < 40:
        raise ValueError(f"the key in {path} is damaged: delete the file, a new one is drawn and people sign in again")
    return key


def sealing_key(data: Path | None) -> bytes:
    """The 32 bytes that wrap the keys of sealed submissions until closing. It is not the key of the sessions: that one
    may be drawn again, without this one sealed submissions never open. Raises ValueError for a damaged file."""
    if data is None:
        raise ValueError("submissions are sealed in a data folder: set SUYUAN_DATA")
    path = data / "seal.key"
    text = _drawn(path, secrets.token_hex(32))
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError(f"the key in {path} is damaged: restore it from a backup, sealed submissions need it")
    return key


def badge_key(data: Path | None) -> tuple[bytes, bytes]:
    """The Ed25519 key, private and public, that signs badges. A new one would make every badge that was given
    unverifiable, so a damaged file is not replaced: raises ValueError."""
    if data is None:
        raise ValueError("badges are signed with a key of a data folder: set SUYUAN_DATA")
    path = data / "badge.key"
    text = _drawn(path, secrets.token_hex(32))
    try:
        private = bytes.fromhex(text)
    except ValueError:
        private = b""
    if len(private) != 32:
        raise ValueError(f"the key in {path} is damaged: restore it from a backup, badges are verified by it")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return private, Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _drawn(path: Path, fresh: str) -> str:
    """The text of a key's file, which is made with fresh text where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # O_EXCL: of two processes that start together one draws, the other reads.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(fresh)
    return path.read_text("ascii").strip()
