"""What is asked of a stream: a span, a knowledge time; days and moments by the clock of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.quality.use import usable_rule
from suyuan.site.acts.day import as_written
from suyuan.site.acts.series.held import Held
from suyuan.store.zone import house_day, house_zone
from suyuan.verbs.series.declared import moment_of, read_moment

LEAST = 1000
"""µs that a span has at least."""
EARLIEST, LATEST = -30_000_000_000_000_000, 95_000_000_000_000_000
"""About the years 1019 and 4980: what lies beyond is a slip."""


@dataclass(frozen=True, slots=True)
class Asked:
    """first ≤ time < last in µs, None where open; known: µs, None: as of now; texts: as typed; findings: what was not
    understood, and is as if it had not been asked; usable: rule of use, «» for the default."""

    first: int | None
    last: int | None
    known: int | None
    texts: Mapping[str, str]
    findings: tuple[Finding, ...]
    usable: str = ""


def asked(given: Mapping[str, str]) -> Asked:
    """What a query asks: `from`, `to`, `known`, each a day or a moment; `usable`, a rule of use."""
    texts = {name: given.get(name, "").replace("\x00", "").strip()[:40] for name in ("from", "to", "known")}
    found: list[Finding] = []
    first, last = _moment(texts["from"], "from", False, found), _moment(texts["to"], "to", True, found)
    known = _moment(texts["known"], "known", True, found)
    if first is not None and last is not None and last - first < LEAST:
        found.append(finding("site.data.span", "to", first=texts["from"], last=texts["to"]))
        first = last = None
    usable = given.get("usable", "").replace("\x00", "").strip()[:40]
    try:
        usable = usable and str(usable_rule(house_day(), usable)["id"])
    except Refused as refused:
        found += refused.findings
        usable = ""
    return Asked(first, last, None if known is None else known - 1, texts, tuple(found), usable)


def _moment(text: str, where: str, over: bool, found: list[Finding]) -> int | None:
    """µs of a day or moment; over: the end of a day. A number of digits is µs already."""
    if not text:
        return None
    made: int | None = None
    if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and 12 <= len(text) <= 18:
        made = int(text)
    else:
        try:
            made = moment_of(read_moment(as_written(text)), house_zone(), over)
        except (ValueError, OverflowError):
            made = None
    if made is None or not EARLIEST <= made <= LATEST:
        found.append(finding("site.data.moment", where, given=text))
        return None
    return made


def span_of(held: Held, wanted: Asked) -> tuple[int, int]:
    """The span that is shown: what is asked as far as it is open, else all readings."""
    first, last = held.course.first, held.course.last + 1
    a = first if wanted.first is None else wanted.first
    b = last if wanted.last is None else wanted.last
    if b - a < LEAST:
        return (first, max(last, first + LEAST))
    return a, b
