"""Facts as columns: what a scorecard counts, for all centres at once.

The rows are kept by kind, then by centre, then by value (unknown ones last): an indicator reads only the rows of its
own kind, and a median needs no sorting on the day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.centre.facts import KINDS, Fact

KIND_CODES: tuple[str, ...] = tuple(KINDS)
FIRST, LAST = date.min.toordinal(), date.max.toordinal()
GOOD, BAD, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of a kind by centre and subject. order: of the rows within the kind; starts: of each group in that order;
    centre: of each group."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    centre: NDArray[np.int32]


@dataclass(frozen=True)
class FactColumns:
    """n facts. centres: names, by code; centre, kind: codes (n,); good: 1, 0, −1 for unknown; value: NaN where unknown;
    weight; subject, group: codes that are equal for equal names; since, until: ordinals of days, both count; year: of
    the thing, 0 where unknown; details: detail name → codes (n,), −1 where absent; words: detail name → its values,
    by code; order: position of each row in what was given."""

    centres: tuple[str, ...]
    centre: NDArray[np.int32]
    kind: NDArray[np.int16]
    good: NDArray[np.int8]
    value: NDArray[np.float64]
    weight: NDArray[np.float64]
    subject: NDArray[np.int32]
    group: NDArray[np.int32]
    since: NDArray[np.int32]
    until: NDArray[np.int32]
    year: NDArray[np.int16]
    order: NDArray[np.int64]
    details: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    """Names of the subjects, by code; empty where they came as codes."""

    def __len__(self) -> int:
        return int(self.centre.size)

    @cached_property
    def bounds(self) -> NDArray[np.int64]:
        """Where the rows of each kind begin; one more for the end."""
        return np.searchsorted(self.kind, np.arange(len(KIND_CODES) + 1)).astype(np.int64)

    def rows(self, kind: str) -> slice:
        """The rows of a kind."""
        code = KIND_CODES.index(kind)
        return slice(int(self.bounds[code]), int(self.bounds[code + 1]))

    @cached_property
    def _named(self) -> dict[str, Groups]:
        return {}

    def named(self, kind: str) -> Groups:
        """The rows of a kind grouped by centre and subject; worked out once, whatever the day and the guideline."""
        if kind not in self._named:
            at = self.rows(kind)
            centre, subject = self.centre[at], self.subject[at]
            order = np.lexsort((subject, centre))
            centre, subject = centre[order], subject[order]
            new = np.ones(centre.size, bool)
            new[1:] = (centre[1:] != centre[:-1]) | (subject[1:] != subject[:-1])
            starts = np.flatnonzero(new)
            self._named[kind] = Groups(order, starts, centre[starts])
        return self._named[kind]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that a score depends on, in the order kept: equal facts give an equal digest."""
        whole = hashlib.sha256("\0".join(self.centres).encode())
        arrays = (self.centre, self.kind, self.good, self.value, self.weight, self.subject, self.group, self.since,
                  self.until, self.year)  # fmt: skip
        for array in arrays:
            whole.update(np.ascontiguousarray(array).tobytes())
        for name in sorted(self.details):
            whole.update(f"\0{name}\0".encode() + "\0".join(self.words.get(name, ())).encode())
            whole.update(np.ascontiguousarray(self.details[name]).tobytes())
        return whole.hexdigest()


def from_arrays(
    centres: Sequence[str], plain: Mapping[str, ArrayLike], details: Mapping[str, tuple[ArrayLike, Sequence[str]]] = {}
) -> FactColumns:
    """Columns from plain arrays of one length n.

    plain: «centre» and «kind» (codes into `centres` and `KINDS`), and what is known of «good», «value», «weight»,
    «subject», «group», «since», «until», «year»; without «subject» every fact has its own. details: name → (codes,
    values). Raises ValueError for arrays of unequal length.
    """
    n = np.asarray(plain["centre"]).size

    def column(name: str, dtype: type[Any], default: object) -> NDArray[Any]:
        given: NDArray[Any] = np.asarray(plain[name], dtype) if name in plain else np.full(n, default, dtype)
        if given.size != n:
            raise ValueError(f"{name}: {given.size} values for {n} facts")
        return given

    subject = column("subject", np.int32, 0) if "subject" in plain else np.arange(n, dtype=np.int32)
    since = column("since", np.int32, FIRST)
    kind, centre = column("kind", np.int16, 0), column("centre", np.int32, 0)
    value = column("value", np.float64, np.nan)
    order = np.lexsort((value, centre, kind))
    return FactColumns(
        tuple(centres), centre[order].astype(np.int32), kind[order].astype(np.int16),
        column("good", np.int8, 1)[order].astype(np.int8), value[order].astype(float),
        column("weight", np.float64, 1.0)[order].astype(float), subject[order].astype(np.int32),
        column("group", np.int32, 0)[order].astype(np.int32), since[order].astype(np.int32),
        column("until", np.int32, LAST)[order].astype(np.int32), column("year", np.int16, 0)[order].astype(np.int16),
        order.astype(np.int64),
        {name: np.asarray(codes, np.int32)[order] for name, (codes, _) in details.items()},
        {name: tuple(values) for name, (_, values) in details.items()},
    )  # fmt: skip


def columns(facts: Sequence[Fact], centres: Sequence[str] = ()) -> FactColumns:
    """Columns from facts. centres: those that are to have a scorecard even without a fact, in this order.

    A fact that nobody but its centre says (`origin` declared) is not counted as good: it is unknown.

    >>> columns([Fact("c", "standard", "s"), Fact("c", "standard", "t", origin="declared")]).good.tolist()
    [1, -1]
    """
    names = tuple(dict.fromkeys((*centres, *sorted({fact.centre for fact in facts}))))
    code = {name: i for i, name in enumerate(names)}
    kinds = {name: i for i, name in enumerate(KIND_CODES)}
    subjects, groups = _codes(fact.subject for fact in facts), _codes(fact.group for fact in facts)
    plain: dict[str, ArrayLike] = {
        "centre": [code[fact.centre] for fact in facts],
        "kind": [kinds[fact.kind] for fact in facts],
        "good": [_good(fact) for fact in facts],
        "value": [np.nan if fact.value is None else fact.value for fact in facts],
        "weight": [fact.weight for fact in facts],
        "subject": [subjects[fact.subject] for fact in facts],
        "group": [groups[fact.group] for fact in facts],
        "since": [FIRST if fact.valid_from is None else fact.valid_from.toordinal() for fact in facts],
        "until": [LAST if fact.valid_until is None else fact.valid_until.toordinal() for fact in facts],
        "year": [_year(fact) for fact in facts],
    }
    details: dict[str, tuple[ArrayLike, Sequence[str]]] = {}
    for name in sorted({name for fact in facts for name in fact.detail}):
        known = _codes(fact.detail[name] for fact in facts if name in fact.detail)
        details[name] = ([known.get(fact.detail.get(name, ""), -1) if name in fact.detail else -1 for fact in facts],
                         tuple(known))  # fmt: skip
    return replace(from_arrays(names, plain, details), subjects=tuple(subjects))


def _codes(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(dict.fromkeys(names))}


def _good(fact: Fact) -> int:
    if fact.good is None or (fact.good and fact.origin == "declared"):
        return -1
    return int(fact.good)


def _year(fact: Fact) -> int:
    given = fact.detail.get("year", "")
    if given.isdigit():
        return int(given)
    return fact.valid_from.year if fact.valid_from is not None else 0
