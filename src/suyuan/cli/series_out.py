"""`--out` of corrected series: a table, or a format of other people in which the uncertainty survives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading
from suyuan.cli.language import term
from suyuan.quantity.finding import Finding

if TYPE_CHECKING:
    from suyuan.series.stream import Stream
    from suyuan.series.summary import Resampled
    from suyuan.series.view import View

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help=term("help.series.out"))]


def check(out: Path | None) -> None:
    """Refuse a place or an ending that cannot be written, before any work is done."""
    if out is None:
        return
    from suyuan.lake.written.files import ENDINGS

    measured.check_out(out, ENDINGS)


def write(
    out: Path, table: Callable[[], dict[str, Any]], stream: Stream, given: Sequence[View] | Resampled
) -> tuple[Finding, ...]:
    """Write a new file by its ending, and what is doubtful of it; table: the columns of a table."""
    from suyuan.lake.written.files import one_file

    ending = out.suffix.lower()
    if ending in measured.TABLES:
        measured.write_table(out, table())
        return ()
    content, told = one_file(stream, given, ending)
    reading.write_new(out, content)
    return told
