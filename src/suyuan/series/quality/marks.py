"""What the marks of readings mean: those that devices report, and those that the readers of formats add."""

from __future__ import annotations

from datetime import date

from suyuan.quantity.table import Row
from suyuan.series.quality.rows import rows_of


def parts_of(mark: str) -> frozenset[str]:
    """The parts of a device's mark.

    >>> sorted(parts_of("D; CRC"))
    ['crc', 'd']
    """
    return frozenset(part.strip().casefold() for part in mark.replace(",", ";").split(";"))


def rows_behind(text: str, day: date) -> tuple[Row, ...]:
    """The rows that know a part of a mark: the one of the very word, else the one that the part begins with.

    >>> [row["mark"] for row in rows_behind("attribute 255; attribute 7", date(2026, 11, 29))]
    ['attribute 255', 'attribute']
    """
    rows = rows_of("marks", day)
    exact = {str(row["mark"]).casefold(): row for row in rows if not row.get("begins")}
    found = []
    for word in sorted(parts_of(text)):
        begun = [row for row in rows if row.get("begins") and word.startswith(f"{str(row['mark']).casefold()} ")]
        found += [exact[word]] if word in exact else begun[:1]
    return tuple(found)


def meanings(text: str, day: date) -> frozenset[str]:
    """What a mark means, by the rows of known marks; empty where no row knows any part of it.

    «invalid»: no valid measurement; «valid»: says nothing against it; «clock»: its time is not reliable; «unknown»: a
    word whose meaning the device or its users keep to themselves.

    >>> sorted(meanings("signature failed; time U", date(2026, 11, 29)))
    ['clock', 'invalid']
    """
    return frozenset(str(row["means"]) for row in rows_behind(text, day))


def broken(text: str, day: date) -> tuple[str, ...]:
    """The parts of a mark by which a reader says that the record of a reading is not as it was sent or signed.

    >>> broken("D; checksum, length", date(2026, 11, 29))
    ('checksum', 'length')
    """
    return tuple(str(row["mark"]) for row in rows_behind(text, day) if row.get("broken"))
