"""Identities in order: draws are keyed by them, so a test that draws needs the same ones each time it runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def numbered_identities(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fresh identities are 1, 2, 3, … within one test."""
    numbers = itertools.count(1)
    monkeypatch.setattr("secrets.token_hex", lambda size: f"{next(numbers):0{2 * size}x}")
    yield
