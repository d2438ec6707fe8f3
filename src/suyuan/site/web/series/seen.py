"""One stream as somebody asked for it: a span, a knowledge time, hours or days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.http import Http404, HttpRequest

from suyuan.site.acts.series.asked import Asked, asked, span_of
from suyuan.site.acts.series.held import Held, held, require_sight, streams
from suyuan.site.web.series.ways import asking

NEAR = 3 * 86_400_000_000
"""A span up to so many µs is shown by the hour where nobody asked for days."""


@dataclass(frozen=True)
class Seen:
    """One stream as somebody asked for it."""

    held: Held
    asked: Asked
    first: int
    last: int
    kind: Literal["hour", "day"]

    @property
    def whole(self) -> bool:
        return self.asked.first is None and self.asked.last is None

    def query(self, **other: object) -> str:
        """`?…` of this view with other parts."""
        kept: dict[str, object] = {
            "first": self.asked.texts["from"],
            "last": self.asked.texts["to"],
            "known": self.asked.texts["known"],
            "usable": self.asked.usable,
        }
        return asking({**kept, **other})


def seen(request: HttpRequest, id: str) -> Seen:
    """What a request asks of a stream. Raises Http404 for one that is not there, PermissionDenied."""
    require_sight(request.user)
    if id not in streams():
        raise Http404
    wanted = asked(request.GET)
    one = held(id, wanted.known, wanted.usable)
    first, last = span_of(one, wanted)
    by = request.GET.get("by") or ("hour" if last - first <= NEAR else "day")
    return Seen(one, wanted, first, last, "hour" if by == "hour" else "day")
