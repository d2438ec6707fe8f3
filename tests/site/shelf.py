"""Stores for the site's tests: the demonstration's documents, or an empty folder, under the same records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tests.demonstration import TODAY, demonstration_in


@contextmanager
def on(folder: Path) -> Iterator[Path]:
    """The site on another folder of documents; its rows follow, because they can be made again."""
    from django.test import override_settings

    with override_settings(DATA=folder):
        yield folder


def filled(folder: Path, today: date | None = None) -> Path:
    """The demonstration's documents."""
    return demonstration_in(folder, today or TODAY)


def documents(folder: Path) -> int:
    """How many documents a folder holds, counted by their files."""
    return sum(1 for _ in (folder / "documents").glob("*/*"))


def client(role: str = "metrologist", language: str = "zh") -> Any:
    """A browser without pictures, signed in."""
    from django.contrib.auth.models import User
    from django.test import Client

    made = Client(HTTP_HOST="127.0.0.1")
    made.force_login(User.objects.get(username=role))
    made.cookies["suyuan_lang"] = language
    return made


def typed(number: str, **change: Any) -> dict[str, Any]:
    """The fields of a plain typed certificate."""
    return {
        "suyuan": "typed-certificate",
        "issuer": "演示计量院",
        "number": number,
        "act": "calibration",
        "ended": "2026-03-06",
        "issued": "2026-03-09",
        "valid_until": "2027-03-08",
        "item": {"name": {"zh": "量块（演示）", "en": "gauge block (demo)"}, "serial": "GB-1"},
        "results": [
            {"name": {"zh": "长度", "en": "length"}, "value": "50.000620", "unit": "mm", "U": "0.000075", "k": "2"}
        ],
    } | change
