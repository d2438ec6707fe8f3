"""Flags in a lake: a Delta table to which runs of the rules and words of people are appended, beside the readings.

Nothing there is changed or taken away; readings are not touched. The table appears with the first flag.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.lake.delta import DeltaFiles, delta, opened
from suyuan.lake.marks import Marked
from suyuan.lake.readings import blocks_between, read
from suyuan.lake.running import first_line
from suyuan.lake.table import KEEP_LOG, RETRIES, Lake, scanned
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.series.quality.examined import Circumstances, Examined, examined
from suyuan.series.quality.flags import Flagged, Human, Readings, Run, flagged
from suyuan.series.stream import Stream

if TYPE_CHECKING:
    import pyarrow

NAME = "flags"


@cache
def flags_schema() -> pyarrow.Schema:
    """kind («run»: a block that was examined, «computed», «human»); run (identity); stream; block (digest); asked
    (JSON: rule → version); rule; severity (rank); begin, end (rows); first, last (µs); verdict; who; reason; made,
    known (µs)."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    return pa.schema(
        [
            pa.field("kind", text, nullable=False), ("run", whole), pa.field("stream", text, nullable=False),
            ("block", text), ("asked", text), ("rule", text), ("severity", pa.int32()), ("begin", whole),
            ("end", whole), ("first", whole), ("last", whole), ("verdict", text), ("who", text), ("reason", text),
            ("made", whole), ("known", whole),
        ]
    )  # fmt: skip


def keep(lake: Lake, run: Run) -> int:
    """Keep what a run of the rules flagged; the version of the table. Raises Refused where the disk is full."""
    identity = secrets.randbits(62)
    shared = {"run": identity, "stream": run.stream, "made": run.when, "known": run.known}
    digests, names = np.array(run.blocks, object), np.array([*run.asked, ""], object)
    asked = json.dumps(dict(run.asked), sort_keys=True)
    heads = {"kind": "run", "block": list(run.blocks), "asked": asked, **shared}
    rows = {
        "kind": "computed", "block": digests[run.block] if len(run) else [], "rule": names[run.rule],
        "severity": run.severity, "begin": run.first, "end": run.last, **shared,
    }  # fmt: skip
    import pyarrow as pa

    return _append(lake, pa.concat_tables([_table(heads, len(run.blocks)), _table(rows, len(run))]))


def say(lake: Lake, human: Human) -> int:
    """Keep what a person said; the version of the table. Raises Refused for a block that the lake does not have, and
    where no reading lies in what is meant: then nothing is kept."""
    if human.block and human.block not in set(lake.blocks(human.stream)["digest"].to_pylist()):
        raise Refused(finding("lake.block.unknown", human.block, lake=lake.folder))
    if not meant(lake, human):
        raise Refused(finding("series_quality.flag.empty", human.stream))
    row = {
        "kind": "human", "stream": human.stream, "block": human.block, "first": human.first, "last": human.last,
        "verdict": human.verdict, "who": human.who, "reason": human.reason, "made": human.when,
    }  # fmt: skip
    return _append(lake, _table(row, 1))


def meant(lake: Lake, human: Human) -> int:
    """How many readings of a lake a person's word is about, repeated deliveries included."""
    import pyarrow.compute as pc

    table = read(lake, human.stream, human.first, human.last)
    if human.block:
        blocks = lake.blocks(human.stream)
        table = table.filter(pc.is_in(table["block"], blocks.filter(pc.equal(blocks["digest"], human.block))["block"]))
    return int(table.num_rows)


def _table(columns: dict[str, Any], size: int) -> pyarrow.Table:
    """Columns of one size as rows of the table; what is one value stands in each, what is not named is empty."""
    import pyarrow as pa

    made = []
    for field in flags_schema():
        given = columns.get(field.name)
        whole = isinstance(given, list | np.ndarray)
        made.append(pa.array(given, field.type) if whole else pa.array([given] * size, field.type))
    return pa.Table.from_arrays(made, schema=flags_schema())


def _append(lake: Lake, table: pyarrow.Table) -> int:
    module, place = delta(), str(lake.folder / NAME)
    try:
        module.DeltaTable.create(place, flags_schema(), mode="ignore", configuration=KEEP_LOG)
        target = opened(place)
        module.write_deltalake(target, table, mode="append",
                               commit_properties=module.CommitProperties(max_commit_retries=RETRIES))  # fmt: skip
    except (module.exceptions.DeltaError, OSError) as error:
        raise Refused(finding("lake.append.failed", place, reason=first_line(error))) from None
    return int(target.version())


def kept(lake: Lake, stream: str) -> tuple[tuple[Run, ...], tuple[Human, ...]]:
    """All runs of the rules over a stream, and all words of people, in the order of time."""
    import pyarrow.compute as pc

    place = lake.folder / NAME
    if not place.is_dir():
        return (), ()
    table = scanned(DeltaFiles.of(opened(place), place), stream=stream)
    people = [
        Human(r["stream"], r["first"], r["last"], r["verdict"], r["who"], r["reason"], r["made"], r["block"] or "")
        for r in table.filter(pc.equal(table["kind"], "human")).to_pylist()
    ]
    heads = table.filter(pc.equal(table["kind"], "run")).select(["run", "block", "asked", "made", "known"]).to_pylist()
    flags = table.filter(pc.equal(table["kind"], "computed"))
    owner = flags["run"].to_numpy()
    by_run: dict[int, list[dict[str, Any]]] = {}
    for head in heads:
        by_run.setdefault(head["run"], []).append(head)
    runs = [_run(stream, own, flags.filter(owner == identity)) for identity, own in by_run.items()]
    return tuple(sorted(runs, key=lambda r: r.when)), tuple(sorted(people, key=lambda p: p.when))


def _run(stream: str, heads: list[dict[str, Any]], flags: pyarrow.Table) -> Run:
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = json.loads(heads[0]["asked"])
    blocks = tuple(head["block"] for head in heads)
    rule = pc.index_in(flags["rule"], pa.array(list(asked), pa.string())).to_numpy().astype(np.int64)
    block = pc.index_in(flags["block"], pa.array(blocks, pa.string())).to_numpy().astype(np.int64)
    severity, begin, end = (flags[name].to_numpy().astype(np.int64) for name in ("severity", "begin", "end"))
    return Run(stream, heads[0]["made"], heads[0]["known"], blocks, asked, rule, severity, block, begin, end)


# ---------------------------------------------------------------- of readings


def subject(
    lake: Lake,
    stream: Stream,
    corrections: Iterable[Correction],
    known: int,
    around: Circumstances,
    span: tuple[int | None, int | None, float | None] = (None, None, None),
) -> Examined:
    """What the rules look at: the blocks of a stream that have a reading in a span, whole and as they came.

    span: first ≤ time < last in µs, None for open, and the u that each reading has of its own where its block states
    none. Raises Refused for a block whose digest is another now.
    """
    first, last, u = span
    return examined(stream, tuple(blocks_between(lake, stream.id, first, last)), corrections, known, around, u)


def flags_of(lake: Lake, found: Marked) -> Flagged:
    """The flags of readings as a lake gives them."""
    return flagged(readings_of(found), *kept(lake, found.stream))


def readings_of(found: Marked) -> Readings:
    """Readings of a lake as those whose flags are wanted."""
    texts: dict[str, int] = {"": 0}
    code = np.zeros(len(found), np.int64)
    for number in range(len(found.blocks)):
        words = np.array([texts.setdefault(text, len(texts)) for text in (*found.legend(number), "")], np.int64)
        mine = found.block == number
        code[mine] = words[found.flag[mine]]  # −1: no mark, the «» at the end
    digests = tuple(str(row["digest"]) for row in found.blocks)
    return Readings(found.stream, found.time, found.block, found.row, digests, (tuple(texts), code))
