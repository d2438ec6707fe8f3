"""Where the stacks of a plant's document get their rows and certificates from: beside the file, and from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from suyuan.carbon.monitoring.calendar import Calendar
    from suyuan.carbon.monitoring.filed import Filed
    from suyuan.carbon.monitoring.minutes import Minutes
    from suyuan.carbon.plant import Plant
    from suyuan.series.block import Block
    from suyuan.store.case_files import Files
    from suyuan.verbs.carbon.monitored import Stacked

FOLDER = "carbon"
"""The folder of a data folder in which tables of plants lie; first it is looked beside the document."""


def files_of(file: Path, data: Path | None) -> Files:
    """A reader of the tables that a plant's document names."""
    from suyuan.store.case_files import case_files

    return case_files(file.absolute().parent, data / FOLDER if data is not None else None)


def stacks_of(
    plant: Plant, file: Path, data: Path | None, day: date
) -> tuple[tuple[Stacked, ...], tuple[Finding, ...]]:
    """The years of a plant's stacks by what the folder knew at the end of a day, and what the folder tells of its
    corrections. Raises Refused where there is no folder, or no row."""
    from suyuan.cli import measured, reading
    from suyuan.store.correcting import joined
    from suyuan.verbs.carbon.monitored import Known, stack_years

    if data is None:
        raise Refused(finding("carbon.stack.corrections", "--data", stack=plant.unit))
    join = joined(reading.open_store(data))
    at = measured.moment(day.isoformat(), "--day", over=True)
    assert at is not None  # a day has an end
    files = files_of(file, data)

    def rows(filed: Filed, hours: Calendar) -> tuple[Minutes, Sequence[Finding]]:
        from suyuan.verbs.carbon.stack_rows import of_blocks, of_table

        if filed.table:
            return of_table(filed, files, hours)
        return of_blocks(filed, lambda stream: _blocks(data, stream, hours)), ()

    with reading.about(file):
        years = stack_years(plant, Known(join.corrections, at - 1, measured.zone_of, rows, files))
    named = {one.instrument for year in years for one in year.filed.stack.channels}
    told = tuple(item for item in join.findings if any(name in item.where for name in named))
    return years, told


def _blocks(data: Path, stream: str, hours: Calendar) -> tuple[str, Sequence[Block]]:
    """The unit of a stream and its blocks that count over the year."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import Span, counting

    found = counting(lake_of(data), Span(stream, int(hours.begin[0]), hours.end))
    return found.stream.unit, found.blocks
