"""`suyuan carbon template`: a unit's year as a workbook to fill in; and workbooks read where a document is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.language import term
from suyuan.cli.output import Answer
from suyuan.cli.register_files import is_table
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.verbs.carbon.book import Book

KINDS = ("power", "steel", "forest")


@dataclass(frozen=True, kw_only=True)
class AskTemplate:
    """A workbook of a unit's year."""

    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=term("help.carbon.template_out"))]
    kind: Annotated[str, typer.Option("--kind", help=term("help.carbon.template_kind"))] = "power"


def template(asked: AskTemplate) -> Answer:
    """A workbook of a unit's year with every column explained, filled with constructed numbers to begin with; hand it
    in with `suyuan carbon claim`. That of a forest brings its table of trees, beside it."""
    from suyuan.report.papers.sheet import Page, workbook
    from suyuan.verbs.carbon.book_examples import example
    from suyuan.verbs.carbon.book_trees import FILE, example_trees
    from suyuan.verbs.carbon.book_written import sheets_of

    if asked.kind not in KINDS:
        raise Refused(finding("carbon.book.kind", "--kind", given=asked.kind[:40], known=", ".join(KINDS)))
    if asked.out.suffix.lower() != ".xlsx":
        given = asked.out.suffix.removeprefix(".") or "—"
        raise Refused(finding("cli.service.format", str(asked.out), given=given, known="xlsx"))
    data = workbook([Page(*one) for one in sheets_of(example(asked.kind))])
    beside = {asked.out.absolute().parent / FILE: example_trees()} if asked.kind == "forest" else {}
    for path in (asked.out, *beside):
        reading.free(path)
    for path, content in {**beside, asked.out: data}.items():
        reading.write_new(path, content)
    values = {"out": str(asked.out), "kind": asked.kind, "tables": [str(path) for path in beside]}
    return Answer(values, lambda page: _template(page, asked.out, beside))


def _template(page: Any, out: Path, beside: Iterable[Path]) -> None:
    page.text(term("carbon.template_written", out=out))
    for path in beside:
        page.text(term("carbon.template_trees", table=path))


def book_of(file: Path) -> Book:
    """A workbook as a document. Raises Refused where the file is no workbook, or a cell cannot be read."""
    from suyuan.report.papers.read_sheet import read_sheets
    from suyuan.verbs.carbon.book import from_tables

    tables, told = read_sheets(reading.read_bytes(file), file.name)
    if not tables:
        raise Refused(*(reading.in_file(item, file) for item in told))
    book = from_tables(tables, told)
    if errors(book.findings):
        raise Refused(*(reading.in_file(item, file) for item in book.findings))
    return book


def document_bytes(file: Path) -> bytes:
    """The document of a unit's year that a file holds: as it is, or as its workbook says."""
    return book_of(file).data if is_table(file) else reading.read_bytes(file)


def placer(file: Path) -> Callable[[Iterable[Finding]], tuple[Finding, ...]]:
    """What names the place of findings in a file: the cell of a workbook, the pointer of a document."""
    if not is_table(file):
        return lambda found: tuple(reading.in_file(item, file) for item in found)
    book = book_of(file)
    return lambda found: tuple(reading.in_file(item, file) for item in (*book.findings, *book.placed(found)))


@contextmanager
def about(file: Path) -> Iterator[None]:
    """Findings raised inside speak of this file, and of the cell where it is a workbook."""
    try:
        yield
    except Refused as refused:
        raise Refused(*placer(file)(refused.findings)) from None


COMMANDS = (("template", AskTemplate, template),)
