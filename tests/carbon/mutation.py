"""Rule rows with one number, word or truth changed: what the tables of `suyuan.carbon` would be with the other row.

A row that no computation feels is a row that nobody may trust: the tests of every table change each leaf of each row's
value in turn and ask that the computations of the table come out otherwise.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from suyuan.quantity import table
from suyuan.quantity.finding import Refused

LEAVES = ("value", "low", "high", "lower", "upper", "net_calorific_value", "monitoring_counts", "balance_counts",
          "valid_from", "valid_to", "up_to", "above", "sd", "sd_large", "share_large", "powers")  # fmt: skip
"""Fields of a row that compute; the rest is what it is about, and where it comes from."""


OTHER_WORD = {"all": "each", "each": "all", "failed": "passed", "passed": "failed"}
"""Words of which there are two: any third would be read as one of them."""


def others(value: Any) -> Iterator[Any]:
    """A value with each of its leaves changed in turn."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1 if isinstance(value, int) else value * 1.07 + (0.01 if value == 0.0 else 0.0)
    elif isinstance(value, str):
        yield (
            OTHER_WORD[value]
            if value in OTHER_WORD
            else f"{value}-not"
            if not value[:4].isdigit()
            else str(int(value[:4]) + 1) + value[4:]
        )
    elif isinstance(value, list | Mapping):
        for key, inner in list(enumerate(value) if isinstance(value, list) else value.items()):
            for other in others(inner):
                made: Any = copy.copy(value)
                made[key] = other
                yield made


def changed(row: Mapping[str, Any], leaves: tuple[str, ...] = LEAVES) -> Iterator[tuple[str, Any]]:
    """(field, another value) for every leaf of a row."""
    for name in leaves:
        if name in row:
            for other in others(copy.deepcopy(row[name])):
                yield name, other


@contextmanager
def rows_with(patch: pytest.MonkeyPatch, key: str, field: str, value: Any) -> Iterator[None]:
    """The tables with one field of the row `key` changed."""

    def loads(text: str) -> Any:
        content = json.loads(text)
        for row in _rows(content):
            if row.get("id") == key:
                row[field] = value
        return content

    with patch.context() as inner:
        inner.setattr(table, "json", SimpleNamespace(loads=loads))
        _forget()
        try:
            yield
        finally:
            inner.undo()
            _forget()


def outcome(compute: Callable[[], Any]) -> str:
    """What a computation gives as text, its findings where it is refused."""
    try:
        return repr(compute())
    except Refused as refused:
        return repr([item.code for item in refused.findings])
    except Exception as error:  # a row that the code cannot use is felt too
        return repr(error)


def unfelt(
    patch: pytest.MonkeyPatch, rows: list[Mapping[str, Any]], compute: Callable[[Mapping[str, Any]], Any]
) -> list[tuple[str, str, Any]]:
    """(row, field, other value) of each change after which the computation comes out as before."""
    found = []
    for row in rows:
        before = outcome(lambda row=row: compute(row))  # type: ignore[misc]
        for name, other in changed(row):
            with rows_with(patch, str(row["id"]), name, other):
                after = outcome(lambda row=row: compute(row))  # type: ignore[misc]
            if after == before:
                found.append((str(row["id"]), name, other))
    return found


def _rows(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict) and "source" in content:
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from _rows(inner)


def _forget() -> None:
    """Everything of carbon that remembers rows forgets them."""
    table.load.cache_clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("suyuan.carbon") or name.startswith("suyuan.verbs.carbon"):
            for held in list(vars(module).values()):
                if hasattr(held, "cache_clear") and getattr(held, "__module__", "").startswith("suyuan"):
                    held.cache_clear()
