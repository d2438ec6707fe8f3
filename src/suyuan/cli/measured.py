"""What commands about measurement data share: the data folder with its lake, spans, moments, numbers, progress."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.corrected import Span
    from suyuan.lake.table import Lake
    from suyuan.store.folder import Store
    from suyuan.verbs.series.corrections import Join

StreamName = Annotated[str, typer.Argument(metavar="STREAM", help=term("help.stream"))]
Since = Annotated[str, typer.Option("--from", metavar="TIME", help=term("help.from_time"))]
Until = Annotated[str, typer.Option("--to", metavar="TIME", help=term("help.to_time"))]
Known = Annotated[str, typer.Option("--known", metavar="TIME", help=term("help.known"))]
Own = Annotated[str, typer.Option("--u", metavar="U", help=term("help.own_u"))]
Counting = Annotated[str, typer.Option("--counting", metavar="RULE", help=term("help.counting"))]
Usable = Annotated[str, typer.Option("--usable", metavar="RULE", help=term("help.usable"))]
Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help=term("help.zone"))]
MOST = 60
"""Rows of a table for people; `--json` and `--out` have all."""
TABLES = (".parquet", ".csv")
"""Endings of files with columns."""
TIMES = ("time", "begins", "ends", "since", "until", "received")
"""Columns with times."""


@dataclass(frozen=True, kw_only=True)
class OfStream:
    """Readings of one stream, as known at a time."""

    stream: StreamName
    data: DataNeeded
    since: Since = ""
    until: Until = ""
    known: Known = ""
    own_u: Own = ""
    counting: Counting = ""
    usable: Usable = ""


@dataclass(frozen=True)
class Opened:
    """A data folder: its documents, its lake, and what certificates make of readings."""

    store: Store
    lake: Lake

    def join(self) -> Join:
        """The corrections that the documents make."""
        from suyuan.store.correcting import joined

        return joined(self.store)


def opened(data: Path) -> Opened:
    """The documents and the lake of a data folder. Raises Refused where either is not there."""
    from suyuan.lake.beside import lake_of

    return Opened(reading.open_store(data), lake_of(data))


def span_of(asked: OfStream, lake: Lake) -> Span:
    """The readings that are asked for."""
    from suyuan.lake.corrected import Span, stream_of
    from suyuan.series.resolution import ratio

    stream = stream_of(lake, asked.stream)
    u: float | None = None
    if asked.own_u == "resolution":
        over, under = ratio(stream.resolution)
        u = over / under / math.sqrt(12.0)
    elif asked.own_u:
        u = number_of(asked.own_u, "--u")
    first, last = moment(asked.since, "--from"), moment(asked.until, "--to", over=True)
    if first is not None and last is not None and first >= last:
        raise Refused(finding("cli.series.span", "--to", first=asked.since, last=asked.until))
    return Span(asked.stream, first, last, rule=asked.counting or None, u=u, usable=asked.usable or None)


def number_of(text: str, option: str) -> float:
    """A number that is not below zero. Raises Refused."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise Refused(finding("cli.series.number", option, given=text[:40]))
    return value


def moment(text: str, option: str, over: bool = False) -> int | None:
    """A day or moment as µs; None for «». over: a day means its end. Days are those of the house."""
    from suyuan.store.zone import house_zone
    from suyuan.verbs.series.declared import moment_of, read_moment

    if not text:
        return None
    try:
        return moment_of(read_moment(text), house_zone(), over)
    except (ValueError, OverflowError):
        raise Refused(finding("cli.series.time", option, given=text[:40])) from None


def known_at(text: str, option: str = "--known") -> int:
    """A knowledge time in µs: the end of a day, a moment, or now."""
    from suyuan.lake.table import now

    end = moment(text, option, over=True)
    if end is None:
        return now()
    return end - 1 if moment(text, option) != end else end


def zone_of(text: str) -> tzinfo:
    """A time zone by name; that of the house for «». Raises Refused."""
    from zoneinfo import ZoneInfo

    from suyuan.store.zone import house_zone

    if not text:
        return house_zone()
    if text.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        raise Refused(finding("cli.series.zone", "--zone", given=text[:60])) from None


def shown_time(at: int | None, zone: tzinfo | None = None) -> str:
    """A moment for people, in the zone of the house; «» for none, and for the ends of time."""
    from suyuan.store.zone import house_zone

    if at is None or not -(10**17) < at < 10**17:
        return ""
    when = datetime.fromtimestamp(at / 1e6, zone or house_zone())
    return when.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def columns(*names: str, zone: tzinfo | None = None) -> list[str]:
    """Heads of columns; the first with times names their zone, that of the house where None."""
    from suyuan.store.zone import house_zone

    heads = service.columns(*names)
    place = next((i for i, name in enumerate(names) if name in TIMES), None)
    if place is not None:
        heads[place] += f" ({zone or house_zone()})"
    return heads


def iso(at: int | None) -> str | None:
    """A moment for programs: ISO 8601 in UTC."""
    if at is None or not -(10**17) < at < 10**17:
        return None
    return datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000).isoformat()


def pair(value: float | None, U: float | None) -> tuple[str, str]:
    """A value and its uncertainty as written; «» where not known."""
    from suyuan.quantity.notation import notate

    if value is None or not math.isfinite(value):
        return "", ""
    note = notate(value, U if U is not None and math.isfinite(U) and U > 0.0 else None)
    return note.value_text or "", note.uncertainty_text or ""


def printed(reading: float, resolution: Decimal) -> str:
    """A reading with the places of its stream's resolution, as it was printed; with its own digits where it has more.

    >>> printed(20.1, Decimal("0.01")), printed(20.125, Decimal("0.01"))
    ('20.10', '20.125')
    """
    exponent = resolution.as_tuple().exponent
    text = f"{reading:.{max(0, -exponent) if isinstance(exponent, int) else 0}f}"
    return text if float(text) == reading else repr(reading)


def worth(number: float) -> float | None:
    """A number for programs: what is not finite is nothing."""
    return float(number) if math.isfinite(number) else None


def rest(shown: int, total: int) -> str:
    """How many rows are left out of a table; «» for none."""
    return term("series.more", count=total - shown) if total > shown else ""


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr once the work takes over a second and somebody looks; called with done and total (0: unknown)."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
    began, task = time.monotonic(), bar.add_task(what, total=None)
    running = False

    def told(done: int, total: int) -> None:
        nonlocal running
        if not running and time.monotonic() - began > 1.0:
            running = True
            bar.start()
        bar.update(task, completed=done, total=total or None)

    try:
        yield told
    finally:
        if running:
            bar.stop()


def write_table(out: Path, columns: dict[str, Any]) -> None:
    """Columns as a new file, Parquet or CSV by its name. Raises Refused for another name and a file that is there."""
    import io

    import pyarrow as pa

    table, kind = pa.table(columns), out.suffix.lower()
    room = io.BytesIO()
    if kind == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, room, compression="zstd")
    elif kind == ".csv":
        import pyarrow.csv as csv

        csv.write_csv(table, room)
    else:
        raise Refused(finding("cli.series.out", str(out), given=kind or "—", known=", ".join(TABLES)))
    reading.write_new(out, room.getvalue())


def check_out(out: Path | None, more: Iterable[str] = ()) -> None:
    """Refuse a place or a kind of file before any work is done; more: endings besides those of tables."""
    if out is None:
        return
    known = (*TABLES, *more)
    if out.suffix.lower() not in known:
        raise Refused(finding("cli.series.out", str(out), given=out.suffix or "—", known=", ".join(known)))
    reading.free(out)


def once(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats."""
    return tuple(dict.fromkeys(found))


def about(told: Sequence[Finding], of_join: Sequence[Finding], instrument: str) -> list[Finding]:
    """Findings without what the join says of other instruments."""

    def other(item: Finding) -> bool:
        named = dict(item.parameters).get("instrument")
        return item in of_join and named is not None and named != instrument

    return [item for item in told if not other(item)]


def status(word: str) -> str:
    """The word for why a reading has a value or none."""
    return term(f"status.{word}")
