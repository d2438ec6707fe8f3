"""Moments of documents: ISO 8601 text with its zone, and µs since 1970-01-01T00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from suyuan.quantity.fields import Fields

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def text_of(time: int | None) -> str:
    """A moment in µs as text in UTC, «» for none.

    >>> text_of(0), text_of(1_500_000), text_of(None)
    ('1970-01-01T00:00:00Z', '1970-01-01T00:00:01.500000Z', '')
    """
    if time is None:
        return ""
    return str(np.datetime64(time, "us")).removesuffix(".000000") + "Z"


def moment_of(text: str, zone: tzinfo = UTC) -> int | None:
    """A moment from text: with a zone, or a day alone, which begins at midnight of `zone`; None where it is none.

    Documents that travel are read by UTC, so that they say the same everywhere; what a person types, by the house.

    >>> moment_of("1970-01-01T01:00:00+01:00"), moment_of("1970-01-02"), moment_of("1970-01-01T00:00:00")
    (0, 86400000000, None)
    """
    try:
        if len(text) == 10:
            return (datetime.fromisoformat(text).replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo is None else (found - _EPOCH) // _MICROSECOND


def moment_in(row: Fields, key: str, required: bool = False, zone: tzinfo = UTC) -> int | None:
    """A moment in a field; None where it is absent or wrong (a finding tells which); zone: as in `moment_of`."""
    text = row.text(key, required)
    found = moment_of(text, zone) if text else None
    if text and found is None:
        row.report("sharing.field.moment", key, field=key, given=text[:40])
    return found
