"""A command: a frozen dataclass of what is asked for, and a function from it to an `Answer`.

Every command also takes `--json`, `--lang` and `--debug`, declared here once. The functions know neither typer nor exit
codes.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from suyuan.cli.language import Language, term
from suyuan.cli.output import Answer, deliver

Asked = TypeVar("Asked")
PARSER_WORDS = (
    "parser.usage",
    "parser.options",
    "parser.arguments",
    "parser.commands",
    "parser.help",
    "parser.required",
)

Data = Annotated[
    Path | None, typer.Option("--data", metavar="FOLDER", envvar="SUYUAN_DATA", help=term("help.data"))
]  # fmt: skip
DataNeeded = Annotated[Path, typer.Option("--data", metavar="FOLDER", envvar="SUYUAN_DATA", help=term("help.data"))]
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help=term("help.files"))]
Day = Annotated[str, typer.Option("--day", metavar="YYYY-MM-DD", help=term("help.day"))]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help=term("help.out"))]


@dataclasses.dataclass(frozen=True)
class Everywhere:
    """What every command takes."""

    as_json: Annotated[bool, typer.Option("--json", help=term("help.json"))] = False
    lang: Annotated[Language | None, typer.Option("--lang", help=term("help.lang"))] = None
    debug: Annotated[bool, typer.Option("--debug", help=term("help.debug"))] = False


def in_words(help_text: str) -> str:
    """A help page with the parser's own words in the language of this process."""
    for key in PARSER_WORDS:
        help_text = help_text.replace(term(key, Language.en), term(key))
    return help_text


class Command(TyperCommand):
    """A command whose help speaks one language."""

    def get_help(self, ctx: Any) -> str:
        return in_words(super().get_help(ctx))


class Group(TyperGroup):
    """A group whose help speaks one language."""

    def get_help(self, ctx: Any) -> str:
        return in_words(super().get_help(ctx))


def group(name: str, kind: type[TyperGroup] = Group, words: str = "") -> typer.Typer:
    """A group of commands with its help; words: key of it where it is not the name."""
    return typer.Typer(
        name=name,
        help=term(f"help.{words or name}"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        cls=kind,
    )


def add(app: typer.Typer, name: str, asked: type[Asked], run: Callable[[Asked], Answer], title: str = "") -> None:
    """Make `run` a command whose arguments are the fields of `asked`."""
    title = title or name

    def command(**given: Any) -> None:
        common = {field.name: given.pop(field.name) for field in dataclasses.fields(Everywhere)}
        # the option may also stand before the command
        as_json = common["as_json"] or "--json" in sys.argv[1:]
        raise typer.Exit(deliver(title, run(asked(**given)), as_json))

    parameters = [*_parameters(asked), *_parameters(Everywhere)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    app.command(name, cls=Command, help=term(f"help.{title.replace(' ', '.')}"))(command)


def _parameters(shape: type[Any]) -> list[inspect.Parameter]:
    """The fields of a dataclass as keyword parameters that typer reads."""
    hints = get_type_hints(shape, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(shape)
    ]


def today() -> date:
    """The day of the house, read at the face and handed down."""
    from suyuan.store.zone import house_day

    return house_day()
