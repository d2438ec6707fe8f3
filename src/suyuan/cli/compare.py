"""`suyuan compare CASE` and its sub-commands: comparison cases, published key comparisons.

A first word that is no sub-command is the case, so that `suyuan compare CASE.json` needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.command import Group
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.template import print_template
from suyuan.quantity.finding import Refused, finding, from_json

if TYPE_CHECKING:
    from suyuan.verbs.comparison.bipm import ComparisonFile
    from suyuan.verbs.comparison.bipm_recompute import Recomputed, Row

WITH_METHODS = ("key_comparison", "proficiency")


class Either(Group):
    """A group whose first word may also be a case."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["case", *args]
        return list(super().parse_args(ctx, args))


@dataclass(frozen=True)
class Case:
    """What is asked of a case."""

    case: Annotated[Path, typer.Argument(metavar="CASE", help=term("help.compare.argument"))]
    methods: Annotated[str, typer.Option("--methods", metavar="A,B", help=term("help.compare.methods"))] = ""
    figures: Annotated[Path | None, typer.Option("--figures", metavar="FOLDER", help=term("help.compare.figures"))] = (
        None
    )
    template: Annotated[
        str, typer.Option("--template", metavar="KIND", is_eager=True, callback=print_template,
                          help=term("help.template"))
    ] = ""  # fmt: skip


@dataclass(frozen=True)
class Bipm:
    """A key-comparison file."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.compare.bipm.file"))]


COMMANDS_OF = {
    "comparison-round": "suyuan compare report {file} --out FOLDER",
    "comparison-protocol": "suyuan compare seal RESULT --protocol {file} --out ENVELOPE",
    "comparison-result": "suyuan compare seal {file} --protocol PROTOCOL --out ENVELOPE",
    "comparison-report": "suyuan compare rerun {file}",
}
"""Documents of a comparison that are no case, and what takes them."""


def _no_document(document: Mapping[str, Any]) -> None:
    """A document of a round is pointed to the command that takes it."""
    kind = document.get("suyuan")
    if isinstance(kind, str) and kind in COMMANDS_OF and "kind" not in document:
        command = COMMANDS_OF[kind].format(file=kind.removeprefix("comparison-").upper())
        raise Refused(
            finding("comparison.case.a_document", "/suyuan", kind=kind, command_zh=f"用：{command}",
                    command_en=f"use: {command}")
        )  # fmt: skip


def run(asked: Case) -> Answer:
    """Answer a comparison case."""
    if asked.figures is not None:
        reading.free(asked.figures)
    document = reading.read_object(asked.case)
    with reading.about(asked.case):
        _no_document(document)
        case = _with_methods(document, asked.methods)
        answer = answered(case, asked.case)
    return answer if asked.figures is None else _with_figures(answer, case, asked.figures)


def _with_figures(answer: Answer, case: Mapping[str, Any], folder: Path) -> Answer:
    """The answer, with its figures written into a new folder; where the kind has none there is no folder either."""
    from suyuan.cli.language import language
    from suyuan.report.figures.case_figures import case_figures

    drawn = case_figures(case, answer.values, language().value)
    if not drawn:
        none = finding("comparison.case.no_figures", "--figures", "warning", kind=str(case.get("kind")))
        return replace(answer, findings=(*answer.findings, none))
    try:
        folder.mkdir()
    except OSError as fault:
        raise Refused(finding("cli.out.unwritable", str(folder), reason=fault.strerror or str(fault))) from None
    files = [folder / f"{name}.svg" for name in drawn]
    for path, svg in zip(files, drawn.values(), strict=True):
        reading.write_new(path, svg.encode())

    def show(page: Page) -> None:
        answer.show(page)
        page.text(term("compare.written_figures", folder=folder, files=", ".join(path.name for path in files)))

    return replace(answer, values={**answer.values, "figures": [str(path) for path in files]}, show=show)


def answered(document: Mapping[str, Any], path: Path) -> Answer:
    """A comparison case answered, its numbers with the names of the laboratories. Raises Refused for another kind."""
    from suyuan.cli.comparison_answers import SHOWN, show
    from suyuan.verbs.cases import answer

    kind = document.get("kind")
    if kind is not None and kind not in SHOWN:
        raise Refused(finding("comparison.case.other_kind", "/kind", kind=str(kind)[:60], known=", ".join(SHOWN)))
    values = answer(document)
    told = tuple(reading.in_file(from_json(row), path) for row in values.pop("findings", ()))
    return Answer({"kind": kind, **values}, lambda page: show(page, document, values), told)


def _with_methods(document: Mapping[str, Any], methods: str) -> Mapping[str, Any]:
    """The case with the methods of the command line instead of its own."""
    if not methods:
        return document
    body = document.get("input")
    if document.get("kind") not in WITH_METHODS or not isinstance(body, dict):
        kinds = ", ".join(WITH_METHODS)
        raise Refused(finding("comparison.case.without_methods", "--methods", kind=document.get("kind"), kinds=kinds))
    return {**document, "input": {**body, "methods": [m.strip() for m in methods.split(",") if m.strip()]}}


def bipm(asked: Bipm) -> Answer:
    """A published key comparison, and what it gives when it is computed again."""
    from suyuan.verbs.comparison.bipm import read_comparison
    from suyuan.verbs.comparison.bipm_recompute import recompute

    with reading.about(asked.file):
        file = read_comparison(reading.read_bytes(asked.file))
        found = recompute(file)
    values = {
        "comparison": file.code, "pilot": file.pilot, "unit": file.unit.symbol, "submissions": [
            {"lab": e.name, "in_kcrv": e.in_kcrv, "valid": e.valid,
             "results": [dict(zip(("value", "u"), r.stated.to(file.unit), strict=True)) for r in e.results]}
            for e in file.entries
        ],
        "releases": [_release(r) for r in found],
    }  # fmt: skip
    told = tuple(reading.in_file(f, asked.file) for f in (*file.findings, *(f for r in found for f in r.findings)))
    return Answer(values, lambda page: _show(page, file, found), told)


def _release(r: Recomputed) -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(r).items() if name != "findings"}


def _show(page: Page, file: ComparisonFile, found: tuple[Recomputed, ...]) -> None:
    from suyuan.cli.comparison_cells import at, u_text

    page.title(file.code)
    page.facts(((term("bipm.pilot"), file.pilot), (term("compare.unit"), file.unit.symbol),
                (term("bipm.submissions"), len(file.entries))))  # fmt: skip
    for r in found:
        page.title(term("bipm.release", year=r.year))
        printed = "" if r.kcrv is None else f"{r.kcrv[0]}({r.kcrv[1]}) {r.kcrv_unit}"
        computed = "" if r.value is None else f"{at(r.value, r.u)}({u_text(r.u)}) {file.unit.symbol}"
        page.facts(
            (
                ("DOI", r.doi), (term("bipm.kcrv"), printed), (term("bipm.recomputed"), computed),
                (term("bipm.method"), r.method),
                (term("bipm.agrees"), "" if r.off is None else _off(r.off, r.off_u)),
                (term("bipm.contributors"), ", ".join(r.contributors)),
            )
        )  # fmt: skip
        rows = [
            [row.lab, row.entry, " ± ".join(row.published).replace("-", "−"), _at_printed(row), row.unit,
             "" if row.off is None else _off(row.off, row.off_U)]
            for row in r.rows
        ]  # fmt: skip
        if rows:
            columns = ("lab", "submission", "published", "recomputed", "unit", "agrees")
            page.table([term(f"bipm.column.{c}") for c in columns], rows, (2, 3))


def _at_printed(row: Row) -> str:
    """A recomputed degree with as many decimals as the printed one."""
    numbers = ((row.d, row.published[0]), (row.U, row.published[1]))
    texts = [f"{x:.{len(text.partition('.')[2])}f}" for x, text in numbers if x is not None]
    return " ± ".join(texts).replace("-", "−")


def _off(off: int, off_u: int | None) -> str:
    """How far a recomputed pair is from the printed one, in units of the last digit; U «?» where it is not known."""
    if off == 0 and off_u == 0:
        return f"✓ {term('bipm.same')}"
    second = "?" if off_u is None else f"{off_u:+d}".replace("-", "−") if off_u else "0"
    first = f"{off:+d}".replace("-", "−") if off else "0"
    worst = max(abs(off), abs(off_u or 0))
    return f"{'✓' if worst <= 1 else '!'} {term('bipm.off', value=first, u=second)}"


COMMANDS: tuple[tuple[str, type[Any], Any], ...] = (("case", Case, run), ("bipm", Bipm, bipm))
"""Sub-commands: name, what is asked, what answers."""
