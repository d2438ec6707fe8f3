"""Ways between pages of streams, which keep the span and the knowledge time."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from suyuan.series.quality.rows import rows_of
from suyuan.series.stream import Stream
from suyuan.site.language import current
from suyuan.site.web.matching.match_parts import quantity_word
from suyuan.site.web.parts.text import pick
from suyuan.store.zone import house_day

LONGEST_NAME = 28
"""Characters of a title that is taken for a name; what is longer is a description."""


def split(text: str) -> Mapping[str, str]:
    """A text «中文 / English» by language; any other as it is.

    >>> split("1 号烟囱 / stack 1"), split("CH-2")
    ({'zh': '1 号烟囱', 'en': 'stack 1'}, {'': 'CH-2'})
    """
    first, between, second = text.rpartition(" / ")
    if between and any(c > "\u2e80" for c in first) and not any(c > "\u2e80" for c in second):
        return {"zh": first, "en": second}
    return {"": text} if text else {}


def heading(stream: Stream) -> str:
    """What a stream is called: its title where that is a short name, else its quantity and place, else its id."""
    title = pick(split(stream.title))[0]
    if title and len(title) <= LONGEST_NAME and not any(c in title for c in ":：;；"):
        return title
    place = pick(split(stream.place))[0]
    quantity = quantity_word(stream.quantity) if stream.quantity else ""
    comma = "，" if current() == "zh" else ", "
    return comma.join(p for p in (quantity, place) if p) or title or stream.id


def rules_of_use(chosen: str) -> list[tuple[str, str, bool]]:
    """The rules of use for a choice: id, title up to its colon, whether it is the chosen one (the default for «»)."""
    rows = rows_of("usable", house_day())
    return [
        (str(r["id"]), str(r[f"title_{current()}"]).replace("：", ":").partition(":")[0],
         r["id"] == chosen or (not chosen and bool(r["default"])))
        for r in rows
    ]  # fmt: skip


def stream_way(id: str, **query: object) -> str:
    """The page of a stream."""
    return reverse("series", args=[id]) + asking(query)


def asking(query: Mapping[str, object]) -> str:
    """`?…` of what is not empty."""
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    kept = {("from" if name == "first" else "to" if name == "last" else name): value for name, value in kept.items()}
    return f"?{urlencode(kept)}" if kept else ""
