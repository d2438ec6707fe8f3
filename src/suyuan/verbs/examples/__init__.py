"""Published examples of uncertainty evaluation, and how this program's answers compare with what was printed.

The cases are facts from published documents, each with its source. A number is written at the digits to which its
source states it, so that a person sees the two side by side as they would be printed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from suyuan.quantity.notation import rounded
from suyuan.verbs.cases import answer

FINER = 2
"""Zeros at the end of a printed number that a case cannot hold are put back, so many at most."""


@dataclass(frozen=True, slots=True)
class Example:
    """One published case. status: published (printed in the source), recomputed, constructed, from memory; trials: of
    its Monte Carlo evaluation, 0 where it has none."""

    id: str
    source: str
    status: str
    note: str
    kind: str
    input: Mapping[str, Any]
    expected: Mapping[str, Any]
    tolerance: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The case as the command line takes it."""
        return {"kind": self.kind, "input": dict(self.input)}

    @property
    def trials(self) -> int:
        if "monte_carlo" not in self.input.get("want", ()):
            return 0
        return max(1_000_000, int(self.input.get("trials") or 0))


@dataclass(frozen=True, slots=True)
class Compared:
    """One number (or word) of an example. path: keys that lead to it; printed, computed: as text to the same place,
    computed is «» where there is no such number; agrees: within the tolerance of the case."""

    path: tuple[str, ...]
    printed: str
    computed: str
    agrees: bool


@cache
def examples() -> tuple[Example, ...]:
    """All published examples of the package, in the order of their documents."""
    text = resources.files(__package__).joinpath("uncertainty.json").read_text("utf-8")
    fields = ("id", "source", "status", "note", "kind", "input", "expected", "tolerance")
    return tuple(Example(*(case.get(f, "" if f == "note" else {}) for f in fields)) for case in json.loads(text))


def example(id: str) -> Example | None:
    """The example of a name, None where there is none."""
    return next((e for e in examples() if e.id == id), None)


@cache
def computed(id: str) -> tuple[Compared, ...]:
    """The numbers of an example computed by this program; kept for the life of the process, since neither case nor
    program changes. Raises Refused as `answer` does, KeyError for a name that is not known."""
    found = example(id)
    if found is None:
        raise KeyError(id)
    return tuple(compared(found.expected, answer(found.document), found.tolerance))


def compared(expected: Any, got: Any, tolerance: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Compared]:
    """Every number of an expectation beside the one that was computed.

    Positions in lists count in the path, not in the names of tolerances (the case form).
    """
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            yield from compared(value, got.get(key) if isinstance(got, Mapping) else None, tolerance, (*path, key))
    elif isinstance(expected, list):
        for n, value in enumerate(expected):
            other = got[n] if isinstance(got, list) and n < len(got) else None
            yield from compared(value, other, tolerance, (*path, str(n)))
    else:
        yield _one(expected, got, tolerance, path)


def _one(expected: Any, got: Any, tolerance: Mapping[str, Any], path: tuple[str, ...]) -> Compared:
    number = isinstance(expected, int | float) and not isinstance(expected, bool)
    if not number:
        return Compared(path, str(expected), "" if got is None else str(got), bool(expected == got))
    allowed = allowance(expected, path, tolerance)
    place = _place(expected, allowed)
    if isinstance(got, bool) or not isinstance(got, int | float) or not math.isfinite(got):
        return Compared(path, _text(expected, place), "", False)
    return Compared(path, _text(expected, place), _text(got, place), abs(got - expected) <= allowed)


def allowance(expected: float, path: tuple[str, ...], tolerance: Mapping[str, Any]) -> float:
    """The tolerance of the longest name that leads to a number; nil where none does.

    >>> allowance(2.0, ("predict", "0", "y"), {"*": {"abs": 1.0}, "predict.y": {"rel": 0.01}})
    0.02
    """
    name = ".".join(key for key in path if not key.isdecimal())
    leading = [key for key in tolerance if name == key or name.startswith(key + ".")]
    row: Mapping[str, float] = tolerance[max(leading, key=len)] if leading else tolerance.get("*", {})
    if "abs" in row:
        return float(row["abs"])
    if "rel" in row:
        return float(row["rel"]) * abs(expected) if expected else float(row["rel"])
    return 0.0


def _place(expected: float, allowed: float) -> int:
    """The decimal place to which a number is stated: as written in the case; where the tolerance is half a unit or one
    unit of a finer place, that place (0.8 within 0.005 was printed as 0.80)."""
    written = -_decimals(expected)
    if not 0.0 < allowed < 0.5:
        return written
    meant = math.floor(math.log10(allowed * 2.0) + 1e-9)
    return meant if written - FINER <= meant < written else written


def _decimals(number: float) -> int:
    """Decimals of the shortest text of a number: 1.5e-06 has seven."""
    text = repr(float(number))
    digits, _, exponent = text.partition("e")
    after = digits.partition(".")[2].rstrip("0")
    return max(0, len(after) - int(exponent or 0))


def _text(number: float, place: int) -> str:
    return format(rounded(repr(float(number)), min(place, 0)), "f")
