"""Renewal: what a laboratory grants again to the same person for the same unit takes the place of the older.

The newest decision counts: the older one ends on the day before the newer begins, so that it warns of no end any more,
and a renewal that is suspended or withdrawn leaves no older one to stand in for it. One for another edition of the
method is another authorisation, and so is one that begins only after the older has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from suyuan.certificate.certificate import one_line
from suyuan.talent.records import Authorisation


def renewed(authorisations: Iterable[Authorisation]) -> tuple[tuple[Authorisation, ...], Mapping[str, str]]:
    """The authorisations in their order, those that were renewed with an earlier end; id → id of the one that follows.

    >>> from suyuan.talent.records import Authorisation as A
    >>> old = A("A-1", "P", "U", {"zh": "所"}, date(2024, 1, 8), date(2024, 1, 8), date(2026, 1, 7), "Q")
    >>> new = replace(old, id="A-2", granted=date(2025, 12, 1), valid_from=date(2025, 12, 1), valid_until=date(2027, 11, 30))
    >>> kept, follows = renewed([old, new])
    >>> kept[0].valid_until, dict(follows)
    (datetime.date(2025, 11, 30), {'A-1': 'A-2'})
    """  # noqa: E501
    given = tuple(authorisations)
    groups: dict[tuple[str, str], list[Authorisation]] = {}
    for granted in given:
        groups.setdefault((granted.person, granted.unit), []).append(granted)
    ends: dict[str, date] = {}
    follows: dict[str, str] = {}
    for held in groups.values():
        if len(held) > 1:
            _follow(sorted(held, key=lambda a: (a.granted, a.valid_from)), ends, follows)
    kept = tuple(replace(a, valid_until=ends[a.id]) if a.id in ends else a for a in given)
    return kept, follows


def _follow(held: list[Authorisation], ends: dict[str, date], follows: dict[str, str]) -> None:
    """For each of a person's authorisations for a unit the next that renews it; in order of their days of granting."""
    for place, older in enumerate(held):
        newer = next((a for a in held[place + 1 :] if _renews(a, older)), None)
        if newer is not None:
            before = newer.valid_from - timedelta(days=1) if newer.valid_from > date.min else date.min
            ends[older.id] = min(older.valid_until or date.max, before)
            follows[older.id] = newer.id


def _renews(newer: Authorisation, older: Authorisation) -> bool:
    names = ({one_line(name) for name in a.laboratory.values()} for a in (newer, older))
    if not set.intersection(*names) or (newer.edition and older.edition and newer.edition != older.edition):
        return False
    return older.valid_until is None or (newer.valid_from - older.valid_until).days <= 1
