"""`suyuan lake withdraw`: a block that should not have come in is taken out, with who and why; nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page

if TYPE_CHECKING:
    from suyuan.lake.table import Lake


@dataclass(frozen=True, kw_only=True)
class Withdraw:
    """A block, and why it is taken out or brought back."""

    block: Annotated[str, typer.Argument(metavar="BLOCK", help=term("help.lake.withdraw_block"))]
    data: DataNeeded
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.lake.withdraw_reason"))]
    who: Annotated[str, typer.Option("--who", metavar="NAME", help=term("help.data.flag_who"))] = ""
    undo: Annotated[bool, typer.Option("--undo", help=term("help.lake.withdraw_undo"))] = False


def run(asked: Withdraw) -> Answer:
    """Take the block out, or bring it back; its readings stay where they are."""
    from suyuan.cli.data_quality import login
    from suyuan.lake.beside import lake_of
    from suyuan.lake.withdrawn import restore, withdraw

    act = restore if asked.undo else withdraw
    row = act(lake_of(asked.data), asked.block, asked.who or login(), asked.reason)
    values = {name: row[name] for name in ("digest", "stream", "withdrawn", "who", "reason", "version")}
    values["readings"] = row["n"]
    done = term("lake.restored" if asked.undo else "lake.withdrawn", digest=row["digest"][:12], stream=row["stream"],
                readings=row["n"], version=row["version"])  # fmt: skip
    return Answer(values, lambda page: page.text("✓ " + done, "green"))


def listed(lake: Lake, stream: str | None = None) -> list[dict[str, Any]]:
    """The blocks that are out, for programs: last taken out first."""
    from suyuan.lake.withdrawn import withdrawn

    return [
        {
            "digest": row["digest"], "stream": row["stream"], "readings": row["n"], "first": measured.iso(row["first"]),
            "last": measured.iso(row["last"]), "source": row["source"], "who": row["who"], "reason": row["reason"],
            "at": measured.iso(row["at"]),
        }
        for row in withdrawn(lake, stream)
    ]  # fmt: skip


def show(page: Page, out: list[dict[str, Any]]) -> None:
    """A table of what is out; nothing where nothing is."""
    if not out:
        return
    page.title(term("lake.out"))
    heads = measured.columns("digest", "stream", "readings", "begins", "ends", "who", "reason")
    page.table(heads, [
        [r["digest"][:12], r["stream"], r["readings"],
         *(measured.shown_time(measured.moment(r[k] or "", k)) for k in ("first", "last")), r["who"], r["reason"]]
        for r in out[: measured.MOST]
    ], (2,))  # fmt: skip
    page.text(measured.rest(measured.MOST, len(out)), "dim")
