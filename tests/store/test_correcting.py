"""Since when a folder knows something: the events of one day have the order in which they were kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from suyuan.store.correcting import learned, made_at
from suyuan.store.folder import Store
from suyuan.store.zone import house_zone
from suyuan.traceability.anchor import statement_document
from suyuan.verbs.series.declared import moment_of


def statement(day: str, known: str) -> bytes:
    return statement_document({"kind": "withdrawn", "issuer": "NIM", "number": "N-1", "day": day, "known": known,
                               "reason": {"zh": "试验"}, "source": "demo"})  # fmt: skip


def test_a_statement_counts_for_what_was_kept_after_it_on_the_same_day(tmp_path: Path, typed: Any) -> None:
    store, day = Store(tmp_path), datetime.now(house_zone()).date()
    earlier = store.add(statement("2024-03-01", day.isoformat()), "earlier")
    made = store.add(typed("N-1"), "made")
    later = store.add(statement("2024-02-01", day.isoformat()), "later")
    assert earlier.stored and made.stored and later.stored
    said, known = store.load()[0].statements, learned(store)
    at = made_at(store, made.digest, day)
    assert [one.day.isoformat() for one in known.by(said, at)] == ["2024-03-01"]
    assert len(known.by(said, made_at(store, "", day))) == 2  # by the end of the day


def test_a_day_that_is_not_that_of_keeping_counts_whole(tmp_path: Path, typed: Any) -> None:
    """What is typed as of another day has no order within it: a statement begins with it, what is made knows it all."""
    store, zone = Store(tmp_path), house_zone()
    day = datetime.now(zone).date() - timedelta(days=40)
    made = store.add(typed("N-1"), "made")
    store.add(statement("2024-02-01", day.isoformat()), "said")
    assert made_at(store, made.digest, day) == moment_of(day, zone, over=True) - 1
    (said,) = store.load()[0].statements
    assert learned(store).of(said) == moment_of(day, zone)
