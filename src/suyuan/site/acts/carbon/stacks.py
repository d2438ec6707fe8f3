"""The stacks of a plant on this site: rows from the tables of its enterprise and from streams, certificates as known.

A table is looked for among those that the enterprise of the document put in, and nowhere else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.minutes import Minutes
from suyuan.carbon.plant import Plant
from suyuan.lake.corrected import Span, counting
from suyuan.lake.formats.plain import plainly
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.block import Block
from suyuan.site.acts import store
from suyuan.site.acts.series import held as readings
from suyuan.store.carbon_tables import own_folder
from suyuan.store.case_files import Files, case_files, case_path
from suyuan.store.zone import house_zone
from suyuan.verbs.carbon.monitored import Known, Rows, Stacked, stack_years
from suyuan.verbs.carbon.shared import files_named
from suyuan.verbs.carbon.stack_rows import of_blocks, of_table

REMEMBERED = 8
READ = 2
"""Tables whose rows are kept, so that a new certificate does not have them read again."""
_lock = Lock()
_made: OrderedDict[tuple[Any, ...], tuple[Any, tuple[Stacked, ...]]] = OrderedDict()
"""What a year was made of → the evidence it was made with, and the years."""
_read: OrderedDict[tuple[Any, ...], tuple[Minutes, tuple[Finding, ...]]] = OrderedDict()
"""State of a table, and how it was read → its rows."""


def has_stacks(plant: Plant) -> bool:
    """Whether a plant's year names monitored stacks."""
    return bool(plant.content.get("stacks"))


def years(plant: Plant, key: str, at: int | None) -> tuple[Stacked, ...]:
    """The years of a plant's stacks by what was known at a moment; made once for each state of documents and readings,
    and from the sums of a year that is remembered where only certificates count otherwise.

    at: µs, of the claim that is shown (`held.known_at`), so that pages, papers and terminal say the same of it; None
    where it is asked what would change today. key: digest of the plant's document. Raises Refused with every fault
    of the document or of its rows.
    """
    if not has_stacks(plant):
        return ()
    evidence = store.evidence()
    state = state_of(plant)
    mark = (key, at, state)
    with _lock:
        if mark in _made and _made[mark][0] is evidence:
            return _made[mark][1]
        alike = [years for (document, _, rows), (_, years) in _made.items() if (document, rows) == (key, state)]
    found = made(plant, at, alike[-1] if alike else ())
    with _lock:
        _made[mark] = evidence, found
        while len(_made) > REMEMBERED:
            _made.popitem(last=False)
    return found


def made(plant: Plant, at: int | None, former: Sequence[Stacked] = ()) -> tuple[Stacked, ...]:
    """The years of a plant's stacks, made now whatever is remembered. former: of the same document and rows."""
    known = now() if at is None else at
    return stack_years(plant, Known(readings.join().corrections, known, zone_of, rows_of(plant.enterprise),
                                    files(plant.enterprise)), former)  # fmt: skip


def state_of(plant: Plant) -> tuple[object, ...]:
    """What tells one state of the readings of this site, and of the tables that a plant names, from another."""
    folder = own_folder(store.store().folder, plant.enterprise)
    return (*readings_mark(), tuple((name, *_state(folder / name)) for name in files_named(plant)))


def readings_mark() -> tuple[str, ...]:
    """What tells one state of the readings of this site from another."""
    lake = readings.lake()
    return (str(settings.DATA), *(readings.state_of(lake) if lake is not None else ()))


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_size


def lake_streams(plant: Plant) -> tuple[str, ...]:
    """The streams of the lake that the stacks of a plant's year name."""
    stacks = plant.content.get("stacks") or ()
    channels = [one for stack in stacks if isinstance(stack, Mapping) for one in stack.get("channels") or ()]
    return tuple(str(one["stream"]) for one in channels if isinstance(one, Mapping) and one.get("stream"))


def zone_of(name: str) -> tzinfo:
    """A zone by its name, that of the house for «». Raises Refused for a name that nobody knows."""
    if not name:
        return house_zone()
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise Refused(finding("site.carbon.zone", "/stacks", given=name[:60])) from None


def rows_of(enterprise: str) -> Rows:
    """A reader of the rows of an enterprise's stacks; those of a table are read once for each state of its file."""

    def rows(filed: Filed, hours: Calendar) -> tuple[Minutes, Sequence[Finding]]:
        if filed.table:
            return _of_table(enterprise, filed, hours)
        return of_blocks(filed, lambda stream: _blocks(stream, hours)), ()

    return rows


def _of_table(enterprise: str, filed: Filed, hours: Calendar) -> tuple[Minutes, tuple[Finding, ...]]:
    path = _looked_for(enterprise, filed.table, case_path)
    columns = (*(one.column for one in filed.stack.channels), filed.stack.load)
    classes = tuple(sorted(filed.classes().items()))
    mark = (str(path), filed.pointer, *_state(path), hours.year, str(hours.zone), filed.time, filed.status, classes,
            columns)  # fmt: skip
    with _lock:
        if mark in _read:
            _read.move_to_end(mark)
            return _read[mark]
    found = of_table(filed, files(enterprise), hours)
    with _lock:
        _read[mark] = found
        while len(_read) > READ:
            _read.popitem(last=False)
    return found


def files(enterprise: str) -> Files:
    """A reader of the tables of an enterprise."""
    return plainly(lambda name: _looked_for(enterprise, name, lambda name, folder: case_files(folder, folder)(name)))


def _looked_for(enterprise: str, name: str, look: Callable[[str, Path], Any]) -> Any:
    """What is found of a name in the folder of an enterprise. Raises Refused; where there is none, without the path."""
    try:
        return look(name, own_folder(store.store().folder, enterprise))
    except Refused as refused:
        if all(item.code != "store.case_file.missing" for item in refused.findings):
            raise
        raise Refused(finding("site.carbon.table", "/stacks", name=name[:120], enterprise=enterprise[:120])) from None


def _blocks(stream: str, hours: Calendar) -> tuple[str, Sequence[Block]]:
    lake = readings.lake()
    if lake is None or stream not in readings.streams():
        raise Refused(finding("site.carbon.stream", "/stacks", stream=stream[:120]))
    found = counting(lake, Span(stream, int(hours.begin[0]), hours.end))
    return found.stream.unit, found.blocks
