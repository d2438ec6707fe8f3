"""Ways between pages of streams, which keep the span and the knowledge time."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse


def stream_way(id: str, **query: object) -> str:
    """The page of a stream."""
    return reverse("series", args=[id]) + asking(query)


def asking(query: Mapping[str, object]) -> str:
    """`?…` of what is not empty."""
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    kept = {("from" if name == "first" else "to" if name == "last" else name): value for name, value in kept.items()}
    return f"?{urlencode(kept)}" if kept else ""
