"""Practice on the site: fresh numbers, and a list of tries that is kept only where the person says so.

The list lies in one file a person in the data folder, readable by its owner only; nobody else is shown it, no log line
tells of it, and the person may empty it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import name_of

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
MOST_KEPT = 200


def new_number() -> str:
    """A number for a fresh exercise: six letters and digits that are not mistaken for one another."""
    return "".join(secrets.choice(ALPHABET) for _ in range(6))


def kept(user: User) -> list[Mapping[str, Any]]:
    """The tries that somebody chose to keep, the newest first; a damaged line is passed over."""
    path = _path(user)
    if path is None or not path.is_file():
        return []
    rows: list[Mapping[str, Any]] = []
    for line in path.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows[::-1]


def keep(user: User, row: Mapping[str, Any]) -> bool:
    """Keep one try in the person's own list; False for a visitor. The oldest go when there are too many."""
    path = _path(user)
    if path is None:
        return False
    rows = [*kept(user)[::-1], {"time": clock.now().isoformat(), **row}][-MOST_KEPT:]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows))
    fresh.replace(path)
    return True


def forget(user: User) -> None:
    """Empty the person's own list."""
    path = _path(user)
    if path is not None:
        path.unlink(missing_ok=True)


def _path(user: User) -> Path | None:
    name = name_of(user)
    if not name or settings.DATA is None:
        return None
    return Path(settings.DATA) / "practice" / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.jsonl"
