"""What of a store corrects readings: declared corrections, and since when each document has been known here."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from suyuan.quantity.finding import Finding
from suyuan.store.folder import Store
from suyuan.store.zone import house_zone
from suyuan.verbs.series.corrections import Join, Learned, corrections
from suyuan.verbs.series.declared import Declared, moment_of, moment_on
from suyuan.verbs.series.what_if import Known


def declared(store: Store) -> tuple[Declared, ...]:
    """The declared corrections, in the order of adding."""
    values = (store.value(entry.digest) for entry in store.documents() if entry.kind == "correction")
    return tuple(value for value in values if isinstance(value, Declared))


def since(store: Store) -> dict[str, int]:
    """Digest of a document → µs when the store first had it."""
    return {entry.digest: _moment(entry.added) for entry in store.documents()}


def learned(store: Store) -> Learned:
    """Since when a store knows its documents."""
    return Learned(house_zone(), since(store))


def made_at(store: Store, digest: str, day: date) -> int:
    """µs of the last knowledge of what was made on a day: when the store kept it, where that is on the day, else its
    end, as for what the store does not hold."""
    kept = next((entry.added for entry in store.documents() if entry.digest == digest), None) if digest else None
    return moment_on(day, _moment(kept) if kept is not None else None, house_zone(), over=True)


@lru_cache(maxsize=4096)
def _moment(text: str) -> int:
    return moment_of(datetime.fromisoformat(text), house_zone())


def known_of(store: Store, today: date) -> tuple[Known, tuple[Finding, ...]]:
    """All that a store knows of corrections, as questions about what would be want it; and what of it is damaged."""
    evidence, found = store.load()
    return Known(evidence, declared(store), since(store), house_zone(), today, store.bounds() or ""), found


def joined(store: Store) -> Join:
    """The corrections that the documents of a store make."""
    evidence, found = store.load()
    made = corrections(evidence, declared(store), since(store), house_zone(), store.bounds() or "")
    return Join(made.corrections, (*found, *made.findings), made.used)
