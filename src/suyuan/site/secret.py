"""The key that signs sessions: drawn once per data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key(data: Path | None) -> str:
    """The key of a data folder, drawn at its first use; without a folder, one for this process."""
    if data is None:
        return secrets.token_urlsafe(48)
    data.mkdir(parents=True, exist_ok=True)
    path = data / "site.key"
    with suppress(FileExistsError):
        # O_EXCL: of two processes that start together one draws, the other reads.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_text("ascii").strip()
    if len(key) < 40:
        raise ValueError(f"the key in {path} is damaged: delete the file, a new one is drawn and people sign in again")
    return key
