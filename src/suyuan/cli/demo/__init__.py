"""The demo: two chains from anchors to products, three comparisons, a lake and three carbon years, with the
faults that a laboratory meets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from suyuan.cli.demo import carbon, comparison, lake, length, service, temperature
from suyuan.cli.demo.shelf import Shelf
from suyuan.store.folder import Store


def build(folder: Path, today: date) -> Store:
    """Fill a data folder with the demo's documents; dates follow from `today`. Returns the store."""
    store = Store(folder)
    shelf = Shelf(store, today)
    length.build(shelf)
    temperature.build(shelf)
    comparison.build(shelf)
    service.build(shelf)
    lake.build(shelf)
    carbon.build(shelf)
    return store
