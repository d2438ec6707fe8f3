"""What a command answers, and how it is put before a person or a program.

A command returns an `Answer`: values for `--json`, a way to show them, findings. Exit code 0: fine; 1: an error
finding; 2: bad input. With `--json` stdout carries one JSON object and nothing else; bad input is also told on stderr.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

from suyuan.cli.language import language, term
from suyuan.quantity.finding import Finding, errors, sentences

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

FINE, ERROR, BAD_INPUT, STOPPED = 0, 1, 2, 130
WIDTH_OF_A_PIPE = 200  # a table that goes into a file is not folded at the 80 columns of a screen that is not there
MARKS = {"error": ("✗", "bold red"), "warning": ("!", "yellow"), "note": ("·", "dim")}
STATES = {
    "passed": ("✓", "green"), "failed": ("✗", "bold red"), "not_checked": ("–", "dim"), "unknown": ("?", "yellow"),
    "pass": ("✓", "green"), "fail": ("✗", "bold red"), "undecided": ("?", "yellow"),
}  # fmt: skip
Value = TypeVar("Value")


@dataclass(frozen=True)
class Answer:
    """values: what `--json` prints; show: puts it before a person; refused: bad input among what was given; told: the
    findings are part of what `show` puts."""

    values: Mapping[str, Any]
    show: Callable[[Page], None]
    findings: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    told: bool = False

    @property
    def code(self) -> int:
        if self.refused:
            return BAD_INPUT
        return ERROR if errors(self.findings) else FINE


class Page:
    """A stream for people: titles, facts, tables, findings, in one quiet style; colour on a terminal only."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @cached_property
    def console(self) -> Console:
        from rich.console import Console

        if self.stream.isatty():
            return Console(file=self.stream, highlight=False, markup=False, emoji=False)
        width = None if os.environ.get("COLUMNS") else WIDTH_OF_A_PIPE
        trimmed = cast(TextIO, _Trimmed(self.stream))
        return Console(file=trimmed, highlight=False, markup=False, emoji=False, width=width)

    def text(self, content: str, style: str = "") -> None:
        """One paragraph."""
        self.console.print(_text(content, style), soft_wrap=not self.stream.isatty())

    def title(self, content: str) -> None:
        """A heading with an empty line before it."""
        self.console.print()
        self.text(content, "bold")

    def facts(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Name and value, line by line; what is not known is left out."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in pairs:
            if value is not None and value != "":
                grid.add_row(_text("  " + name), _text(str(value)))
        self.console.print(grid)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> None:
        """A table; right: columns that hold numbers. A cell may be (text, style)."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
        for position, name in enumerate(columns):
            number = position in right
            # A number is never folded: half of one would be read as another.
            table.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=number)
        for row in rows:
            table.add_row(*(_text(*cell) if isinstance(cell, tuple) else _text(_shown(cell)) for cell in row))
        self.console.print(table)

    def findings(self, found: Iterable[Finding]) -> None:
        """Each finding: what; then where, why and what to do, indented."""
        for item in found:
            mark, style = MARKS[item.severity]
            parts = sentences(item, language().value)
            self.console.print()
            self.text(f"{mark} {term('severity.' + item.severity)}{term('mark.colon')}{parts['what']}", style)
            self.facts(
                (
                    (term("finding.where"), item.where),
                    (term("finding.why"), parts["why"]),
                    (term("finding.remedy"), parts["remedy"]),
                    (term("finding.rule"), item.rule),
                )
            )


class _Trimmed:
    """A file that leaves out the blanks with which a table fills its lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))

    def flush(self) -> None:
        self._stream.flush()


def state_cell(state: str) -> tuple[str, str]:
    """A state as mark, word and style: never by colour alone."""
    mark, style = STATES.get(state, ("·", ""))
    return f"{mark} {term('state.' + state)}", style


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell)


def _text(content: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(clean(content), style=style)


def clean(content: str) -> str:
    """Text without control and direction characters: a certificate must not steer the reader's terminal.

    >>> clean("a\\x1b[31mb")
    'a�[31mb'
    """
    if content.isprintable():
        return content
    return "".join("\ufffd" if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in content)


def deliver(command: str, answer: Answer, as_json: bool) -> int:
    """Put an answer on stdout, what forbids use on stderr; returns the exit code."""
    if as_json:
        found = (*answer.refused, *answer.findings)
        print_json({**answer.values, "command": command, "exit": answer.code, "findings": found})
    else:
        page = Page(sys.stdout)
        answer.show(page)
        if not answer.told:
            page.findings(answer.findings)
    sys.stdout.flush()
    if answer.refused:
        Page(sys.stderr).findings(answer.refused)
    return answer.code


def print_json(values: Mapping[str, Any]) -> None:
    """One JSON object on stdout."""
    wide = "utf" in (sys.stdout.encoding or "").lower()
    text = json.dumps(plain(values), ensure_ascii=not wide, allow_nan=False, indent=1)
    sys.stdout.write(text.encode("utf-8", "replace").decode("utf-8") + "\n")


def plain(value: Any) -> Any:
    """A value as JSON knows it: dataclasses as objects, arrays as lists, days as text, what is not finite as null,
    the bytes of a file as its size and SHA-256."""
    if isinstance(value, Finding):
        return value.to_json()
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return {"size": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    return [plain(v) for v in value]


@dataclass
class Batch:
    """The files of a batch, one after the other; a bar on stderr for whatever takes over a second."""

    what: str
    wait: float = 1.0
    _began: float = field(default_factory=time.monotonic)

    def over(self, items: Sequence[Value]) -> Iterator[Value]:
        """The items, with progress shown once the wait is over and somebody looks."""
        if len(items) < 2 or not sys.stderr.isatty():
            yield from items
            return
        rest = iter(items)
        done = 0
        for item in rest:
            yield item
            done += 1
            if time.monotonic() - self._began > self.wait:
                break
        if done < len(items):
            yield from self._shown(rest, done, len(items))

    def _shown(self, rest: Iterator[Value], done: int, total: int) -> Iterator[Value]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
            task = progress.add_task(self.what, total=total, completed=done)
            for item in rest:
                yield item
                progress.advance(task)
