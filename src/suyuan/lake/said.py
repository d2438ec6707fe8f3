"""Who speaks against readings of a lake: marks made of the flags that were known at a moment, for arrays and engines.

The flags lie beside the readings (`flags`); what they mean together is said by `suyuan.series.quality.use`. On an
engine the marks are one more column: readings stay where they are, only the rows that rules flagged go there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.flags import kept, readings_of
from suyuan.lake.marks import Marked
from suyuan.lake.readings import COLUMNS
from suyuan.lake.running import Running
from suyuan.lake.table import Lake
from suyuan.quantity.table import Row
from suyuan.series.quality import use
from suyuan.series.quality.flags import SPOKEN, VERDICTS, Human, Run, flagged, rows_of_runs
from suyuan.series.quality.marks import meanings

COLUMN = "mark"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said of a stream up to a moment, and the rule of use that is applied. day: whose rows are in force."""

    runs: tuple[Run, ...]
    people: tuple[Human, ...]
    rule: Row
    day: date

    def silent(self, legends: Sequence[Sequence[str]]) -> bool:
        """Whether nobody can speak against any reading of blocks with these legends."""
        if self.runs or self.people or self.rule["examined"]:
            return False
        return not any(meanings(text, self.day) for text in {text for legend in legends for text in legend})

    def until(self, known: int) -> Spoken:
        """What was said up to a moment, µs."""
        runs = tuple(r for r in self.runs if r.when <= known)
        return Spoken(runs, tuple(p for p in self.people if p.when <= known), self.rule, self.day)

    def marks(self, found: Marked) -> NDArray[np.uint8] | None:
        """The marks of readings (n,), sums of bits of `use`; None where nobody speaks against any."""
        if self.silent([found.legend(number) for number in range(len(found.blocks))]):
            return None
        return use.marks(flagged(readings_of(found), self.runs, self.people), self.rule, self.day)


def spoken(lake: Lake, stream: str, usable: str | None = None) -> Spoken:
    """All that was said of a stream. usable: rule of use, the default where None. Raises Refused for an unknown one."""
    day = datetime.now(UTC).date()
    return Spoken(*kept(lake, stream), use.usable_rule(day, usable or ""), day)


# ---------------------------------------------------------------- on an engine


def marked_on(engine: Running, name: str, blocks: Sequence[Mapping[str, Any]], said: Spoken) -> str:
    """Name the readings with their marks in a further column `COLUMN`; the name, «» where nobody speaks against any.

    name: readings of one stream on the engine, with the columns `COLUMNS`; blocks: rows of their blocks.
    """
    import ibis

    legends = [_legend(row) for row in blocks]
    if said.silent(legends):
        return ""
    rows, asked = rows_of_runs(said.runs, [row["digest"] for row in blocks])
    table, identity = ibis.table(COLUMNS, name=name), np.array([row["block"] for row in blocks], np.int64)
    computed: dict[str, Any] = {}
    if rows.shape[1]:
        table, computed = _computed(engine, name, table, identity[rows[0]], rows)
    unasked = table["block"].isin(identity[~asked].tolist()) if not asked.all() else None
    verdict = _verdict(table, said.people, {row["digest"]: row["block"] for row in blocks})
    masks = use.Said(
        _reported(table, identity, legends, said.day), computed, unasked,
        *(None if verdict is None else verdict == VERDICTS.index(word) for word in ("good", "bad")),
    )  # fmt: skip
    mark = use.marked(masks, said.rule, said.day, lambda mask, bit: mask.ifelse(bit, 0))
    if mark is None:
        return ""
    engine.define(f"{name}_marked", table.select(*COLUMNS, **{COLUMN: mark.cast("int64")}))
    return f"{name}_marked"


def _legend(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(json.loads(row["legend"])) if row["legend"] else ()


def _computed(
    engine: Running, name: str, table: Any, identity: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[Any, dict[str, Any]]:
    """The readings beside the rows that rules flagged: (readings, severity → mask)."""
    import ibis
    import pyarrow as pa

    engine.arrow(f"{name}_flagged", pa.table({"of": identity, "at": rows[1], "severities": rows[2]}))
    held = ibis.table({"of": "int64", "at": "int64", "severities": "int64"}, name=f"{name}_flagged")
    met = table.left_join(held, [table["block"] == held["of"], table["row"].cast("int64") == held["at"]])
    found = met["severities"].fill_null(0)
    return met, {word: (found // (1 << rank)) % 2 == 1 for rank, word in enumerate(SPOKEN) if rank}


def _verdict(table: Any, people: Sequence[Human], blocks: Mapping[str, int]) -> Any:
    """The newest word of a person as its number, −1 for nobody; None where no word is about these blocks."""
    import ibis

    cases = []
    for one in reversed(people):
        if one.block and one.block not in blocks:
            continue
        parts = [table["block"] == blocks[one.block]] if one.block else []
        parts += [table["time"] >= one.first] if one.first is not None else []
        parts += [table["time"] < one.last] if one.last is not None else []
        held = ibis.literal(True)
        for part in parts:
            held = held & part
        cases.append((held.fill_null(False), VERDICTS.index(one.verdict)))
    return ibis.cases(*cases, else_=-1) if cases else None


def _reported(table: Any, identity: NDArray[np.int64], legends: Sequence[tuple[str, ...]], day: date) -> dict[str, Any]:
    """Meaning → readings whose mark of the device means it; blocks of one legend are asked together."""
    import ibis

    found: dict[str, Any] = {}
    for legend in dict.fromkeys(legends):
        meant: dict[str, list[int]] = {}
        for code, text in enumerate(legend):
            for meaning in meanings(text, day):
                meant.setdefault(meaning, []).append(code)
        own = identity[[i for i, one in enumerate(legends) if one == legend]].tolist()
        here = ibis.literal(True) if len(own) == len(legends) else table["block"].isin(own)
        for meaning, codes in meant.items():
            mask = table["flag"].isin(codes).fill_null(False) & here
            found[meaning] = found[meaning] | mask if meaning in found else mask
    return found
