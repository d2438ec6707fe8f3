"""Flags of readings, three kinds kept apart: what the device reported, what rules computed, what people said.

The device's marks stand in the blocks. A run of the rules flags rows of blocks; for a rule and a block the newest run
that asked it counts. A person flags a span of time with a verdict, a name and a reason; the newest word counts, and
earlier ones stay. No flag alters a reading. Which combination makes a reading usable is said in `use`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.series.block import NO_TIME
from suyuan.series.quality.check import Checked
from suyuan.series.quality.examined import Bools, Examined, Ints
from suyuan.series.quality.rows import of_chain

VERDICTS = ("good", "bad", "look")
SEVERITIES = ("", "note", "warning", "error")
"""Severities by rank; 0 is no flag."""
CHAIN = "chain"
"""What a rule of use calls a flag about the chain of the certificate, of whatever severity."""
SPOKEN = (*SEVERITIES, CHAIN)
"""Words that a rule of use can name, by rank: a broken chain is no word about the reading itself."""


@dataclass(frozen=True, slots=True)
class Human:
    """What a person says of the readings of a stream.

    first, last: first ≤ time < last in µs, None for open; block: digest of the one block meant, «» for all; verdict:
    one of `VERDICTS`; who, reason: in words; when: µs. Raises Refused without name or reason, for another verdict, and
    a span that ends before it begins.
    """

    stream: str
    first: int | None
    last: int | None
    verdict: str
    who: str
    reason: str
    when: int
    block: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            known = ", ".join(VERDICTS)
            raise Refused(finding("series_quality.flag.verdict", self.stream, given=self.verdict[:40], known=known))
        if not self.who.strip() or not self.reason.strip():
            raise Refused(finding("series_quality.flag.reason", self.stream))
        if self.first is not None and self.last is not None and self.first >= self.last:
            raise Refused(finding("series_quality.flag.span", self.stream))


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What one run of the rules flagged.

    stream; when, known: moment of the check and its knowledge time, µs; blocks: digests of those examined; asked: rule
    → version; rule, severity (f,): index into the rules asked, rank in `SEVERITIES`; block (f,): index into `blocks`;
    first, last (f,): rows, first ≤ row < last.
    """

    stream: str
    when: int
    known: int
    blocks: tuple[str, ...]
    asked: Mapping[str, int]
    rule: NDArray[np.int64]
    severity: NDArray[np.int64]
    block: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rule)


def run_of(found: Checked) -> Run:
    """What a check flags, row by row, as it is kept."""
    names = list(found.asked)
    parts: list[Any] = [np.zeros((5, 0), np.int64)]
    for one in found.observations:
        size, runs = len(one.runs), one.runs
        head = np.full((2, size), [[names.index(one.rule)], [SEVERITIES.index(one.finding.severity)]], np.int64)
        parts.append(np.concatenate([head, np.stack([runs.block, runs.first, runs.last])]))
    columns = np.concatenate(parts, axis=1)
    digests = tuple(block.digest for block in found.subject.blocks)
    when = found.subject.around.now
    return Run(found.subject.stream.id, when, found.subject.known, digests, dict(found.asked), *columns)


# ---------------------------------------------------------------- of readings


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Which readings flags are wanted of. time (n,): µs; block (n,): index into `digests`; row (n,): in the block;
    marks: the device's different marks, and which one each reading has (n,)."""

    stream: str
    time: Ints
    block: NDArray[np.int64]
    row: NDArray[Any]
    digests: tuple[str, ...]
    marks: tuple[Sequence[str], NDArray[Any]]

    def __len__(self) -> int:
        return len(self.time)


def readings_of(subject: Examined) -> Readings:
    """The readings of a check, one block after another."""
    sizes = np.diff(subject.starts)
    block = np.repeat(np.arange(len(sizes)), sizes)
    row = np.arange(len(subject)) - np.repeat(subject.starts[:-1], sizes)
    digests = tuple(b.digest for b in subject.blocks)
    return Readings(subject.stream.id, subject.time, block, row, digests, subject.marks)


@dataclass(frozen=True, slots=True, eq=False)
class Flagged:
    """The flags of some readings. reported: the device's marks; computed: rule → rank of its severity (n,), 0 for none,
    of the rules that were ever asked; versions: rule → those that counted; unasked (n,): readings that no run examined;
    human (n,): index into `people`, −1 for nobody."""

    readings: Readings
    computed: Mapping[str, NDArray[np.int8]]
    versions: Mapping[str, tuple[int, ...]]
    unasked: Bools
    human: NDArray[np.int64]
    people: tuple[Human, ...]

    @property
    def worst(self) -> NDArray[np.int8]:
        """The rank of the most severe computed flag (n,)."""
        found = np.zeros(len(self.readings), np.int8)
        for one in self.computed.values():
            np.maximum(found, one, out=found)
        return found


def flagged(readings: Readings, runs: Iterable[Run], people: Iterable[Human]) -> Flagged:
    """The flags that count for some readings, as known now: of runs and of people the newest word."""
    size = len(readings)
    by_block = np.argsort(readings.block, kind="stable")
    cuts = np.searchsorted(readings.block[by_block], np.arange(len(readings.digests) + 1))
    at = {digest: by_block[cuts[i] : cuts[i + 1]] for i, digest in enumerate(readings.digests)}
    computed: dict[str, NDArray[np.int8]] = {}
    versions: dict[str, set[int]] = {}
    unasked = np.ones(size, np.bool_)
    for run in sorted((r for r in runs if r.stream == readings.stream), key=lambda r: r.when):
        _lay(run, readings, at, computed, unasked)
        for name, version in run.asked.items():
            versions.setdefault(name, set()).add(version)
    human = np.full(size, -1, np.int64)
    said = tuple(sorted((p for p in people if p.stream == readings.stream), key=lambda p: p.when))
    for number, one in enumerate(said):
        human[_meant(one, readings)] = number
    return Flagged(readings, computed, {k: tuple(sorted(v)) for k, v in versions.items()}, unasked, human, said)


def _lay(
    run: Run, readings: Readings, at: Mapping[str, Ints], computed: dict[str, NDArray[np.int8]], unasked: Bools
) -> None:
    """Lay one run over what earlier ones left."""
    order = np.lexsort((run.rule, run.block))
    key = (run.block * len(run.asked) + run.rule)[order]
    columns = [computed.setdefault(name, np.zeros(len(readings), np.int8)) for name in run.asked]
    for number, digest in enumerate(run.blocks):
        if digest not in at:
            continue
        places = at[digest]
        unasked[places] = False
        rows = np.asarray(readings.row)[places]
        cuts = np.searchsorted(key, number * len(columns) + np.arange(len(columns) + 1))
        for code, column in enumerate(columns):
            column[places] = 0
            own = order[cuts[code] : cuts[code + 1]]
            for severity in np.unique(run.severity[own]):
                some = own[run.severity[own] == severity]
                hit = _within(rows, run.first[some], run.last[some])
                column[places[hit]] = np.maximum(column[places[hit]], severity)


def _within(row: Ints, first: Ints, last: Ints) -> Bools:
    """Whether rows lie in one of some runs; runs of one observation do not overlap, those of several may touch."""
    order = np.argsort(first, kind="stable")
    begin, end = first[order], np.maximum.accumulate(last[order])
    place = np.searchsorted(begin, row, side="right") - 1
    return np.asarray((place >= 0) & (row < end[np.maximum(place, 0)]))


def _meant(one: Human, readings: Readings) -> Bools:
    mask = np.ones(len(readings), np.bool_)
    if one.first is not None or one.last is not None:
        mask &= readings.time != NO_TIME
    if one.first is not None:
        mask &= readings.time >= one.first
    if one.last is not None:
        mask &= readings.time < one.last
    if one.block:
        number = readings.digests.index(one.block) if one.block in readings.digests else -1
        mask &= readings.block == number
    return mask


def rows_of_runs(runs: Iterable[Run], digests: Sequence[str]) -> tuple[NDArray[np.int64], Bools]:
    """The rows that runs flag, where nobody has the readings at hand: (3, r) block, row, severities; asked (b,).

    digests: of blocks, which are meant by their position; severities: a sum of 2^rank in `SPOKEN`; asked:
    which blocks some run examined. For a rule and a block the newest run that asked it counts, as in `flagged`.
    """
    some = sorted(runs, key=lambda r: r.when)
    names = {name: k for k, name in enumerate(dict.fromkeys(name for run in some for name in run.asked))}
    place = {digest: i for i, digest in enumerate(digests)}
    owner = np.full((len(digests), len(names)), -1, np.int64)
    blocks = [np.array([place.get(d, -1) for d in run.blocks], np.int64) for run in some]
    rules = [np.array([names[name] for name in run.asked], np.int64) for run in some]
    asked = np.zeros(len(digests), np.bool_)
    for number, (block, rule) in enumerate(zip(blocks, rules, strict=True)):
        here = block[block >= 0]
        owner[np.ix_(here, rule)] = number
        asked[here] = True
    parts = [np.zeros((4, 0), np.int64)]
    for number, run in enumerate(some):
        at, rule = blocks[number][run.block], rules[number][run.rule]
        mine = (at >= 0) & (owner[at, rule] == number)
        size = (run.last - run.first)[mine]
        row = np.arange(size.sum()) + np.repeat(run.first[mine] - (np.cumsum(size) - size), size)
        parts.append(
            np.stack([*(np.repeat(x[mine], size) for x in (at, rule)), row, np.repeat(run.severity[mine], size)])
        )
    columns = np.concatenate(parts, axis=1)
    block, rule, row, severity = columns[:, np.lexsort((columns[1], columns[2], columns[0]))]
    above = np.isin(rule, [k for name, k in names.items() if name in of_chain()])
    severity = np.where(above & (severity > 0), SPOKEN.index(CHAIN), severity)
    one = _edges(block, row, rule)  # of a rule the worst counts, as in `flagged`
    worst = 1 << np.maximum.reduceat(severity, one) if len(one) else severity
    block, row = block[one], row[one]
    first = _edges(block, row)
    whole = np.bitwise_or.reduceat(worst, first) if len(first) else worst
    return np.stack([block[first], row[first], whole]), asked


def _edges(*columns: Ints) -> NDArray[np.int64]:
    """Where rows begin that differ from the one before in some column."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(True, np.any([np.diff(x) != 0 for x in columns], axis=0)))
