"""Where the stacks of a plant's document get their rows and certificates from: beside the file, and from a folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from suyuan.carbon.monitoring.filed import Filed
    from suyuan.carbon.monitoring.hours.calendar import Calendar
    from suyuan.carbon.monitoring.hours.engine_rows import Shelf, Told
    from suyuan.carbon.monitoring.hours.minutes import Minutes
    from suyuan.carbon.monitoring.hours.month import Course
    from suyuan.carbon.plant import Plant
    from suyuan.series.block import Block
    from suyuan.store.case_files import Files
    from suyuan.verbs.carbon.monitored import Stacked


def files_of(file: Path, data: Path | None, enterprise: str) -> Files:
    """A reader of the tables that a plant's document names: beside it, then in the folder of its enterprise."""
    from suyuan.lake.formats.plain import plainly
    from suyuan.store.carbon_tables import own_folder
    from suyuan.store.case_files import case_files

    return plainly(case_files(file.absolute().parent, own_folder(data, enterprise) if data is not None else None))


def stacks_of(
    plant: Plant, file: Path, data: Path | None, day: date, engine: str = "", claim: str = ""
) -> tuple[tuple[Stacked, ...], tuple[Finding, ...]]:
    """The years of a plant's stacks by what the folder knew at the end of a day, and what the folder tells of its
    corrections. engine: address of one that adds rows where they lie, «» for this process; claim: digest of one made on
    the day, where it is asked what was known when the folder kept it.

    Raises Refused where there is no folder, or no row.
    """
    from suyuan.cli import measured, reading
    from suyuan.cli.carbon_template import about
    from suyuan.store.carbon_tables import own_folder
    from suyuan.store.correcting import joined, made_at
    from suyuan.verbs.carbon.monitored import Known, stack_years

    if data is None:
        raise Refused(finding("carbon.stack.corrections", "--data", stack=plant.unit))
    store = reading.open_store(data)
    join, at = joined(store), made_at(store, claim, day)
    files = files_of(file, data, plant.enterprise)

    def rows(filed: Filed, hours: Calendar) -> tuple[Minutes, Sequence[Finding]]:
        from suyuan.verbs.carbon.stack_rows import of_blocks, of_table

        if filed.table:
            return of_table(filed, files, hours)
        return of_blocks(filed, lambda stream: _blocks(data, stream, hours)), ()

    with about(file), ExitStack() as engines:
        told = _telling(engines, engine, file, own_folder(data, plant.enterprise)) if engine else None
        years = stack_years(plant, Known(join.corrections, at, measured.zone_of, rows, files, told))
    named = {one.instrument for year in years for one in year.filed.stack.channels}
    return years, tuple(item for item in join.findings if any(name in item.where for name in named))


def _telling(engines: ExitStack, address: str, file: Path, own: Path) -> Callable[[Filed, Course], Told]:
    """What an engine says of a stack's rows, which lie in a Parquet file. own: folder of the enterprise's tables."""
    from suyuan.lake.engine import open_engine
    from suyuan.store.case_files import case_path
    from suyuan.verbs.carbon.stack_engine import told_by

    engine = engines.enter_context(open_engine(address))

    def told(filed: Filed, course: Course) -> Told:
        if not filed.table.endswith(".parquet"):
            raise Refused(finding("carbon.engine.table", f"{filed.pointer}/table", stack=filed.stack.id))
        path = case_path(filed.table, file.absolute().parent, own)
        shelf = _shelf(f"rows of {filed.stack.id}", filed, path)
        engine.parquet(shelf.name, path)
        return told_by(engine.run, course, shelf, filed.table)

    return told


def _shelf(name: str, filed: Filed, path: Path) -> Shelf:
    """A Parquet file by its own account of its columns."""
    from pyarrow import ArrowInvalid, parquet

    from suyuan.carbon.monitoring.hours.engine_rows import Shelf

    try:
        schema = parquet.read_schema(path)
    except (ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise Refused(finding("carbon.table.unreadable", f"{filed.pointer}/table", name=filed.table[:120],
                              reason=reason)) from None  # fmt: skip
    kinds = {one.name: _kind(one.type) for one in schema}
    counted = kinds.get(filed.status) == "int64"
    classes = {int(mark) if counted and mark.lstrip("-").isdigit() else mark: word
               for mark, word in filed.classes().items()}  # fmt: skip
    return Shelf(name, kinds, filed.time, filed.status, classes)


def _kind(type_: Any) -> str:
    """How an engine reads a column of Arrow's type."""
    from pyarrow import types

    if types.is_timestamp(type_):
        return "timestamp('UTC')" if type_.tz else "timestamp"
    words = ((types.is_integer, "int64"), (types.is_floating, "float64"), (types.is_string, "string"),
             (types.is_large_string, "string"))  # fmt: skip
    return next((word for fits, word in words if fits(type_)), str(type_))


def _blocks(data: Path, stream: str, hours: Calendar) -> tuple[str, Sequence[Block]]:
    """The unit of a stream and its blocks that count over the year."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import Span, counting

    found = counting(lake_of(data), Span(stream, int(hours.begin[0]), hours.end))
    return found.stream.unit, found.blocks
