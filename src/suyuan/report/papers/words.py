"""Words of documents in both languages, from one table a document (`comparison.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from suyuan.quantity.finding import LANGUAGES
from suyuan.report.figures.dress import italic
from suyuan.report.papers.document import Text


@cache
def table(name: str) -> Mapping[str, Text]:
    """Key → language → text, from `NAME.toml` beside this module.

    >>> table("comparison")["verdict.satisfactory"]["en"]
    'satisfactory'
    """
    rows: Mapping[str, Text] = tomllib.loads(
        resources.files("suyuan.report").joinpath(f"{name}.toml").read_text("utf-8")
    )
    return {key: {language: _sloped(text) for language, text in row.items()} for key, row in rows.items()}


def _sloped(text: str) -> str:
    """«*U*» in the table is the symbol U: a sloped letter."""
    parts = text.split("*")
    return "".join(italic(part) if n % 2 else part for n, part in enumerate(parts))


def said_of(name: str, key: str, /, **parameters: object) -> Text:
    """A text of a table with its parameters; a parameter that is a text itself is taken in the same language.

    Raises KeyError for a key that the table does not have: a text that is missing is a fault of the program.
    """
    row = table(name)[key]
    if not parameters:
        return row
    return {one: row[one].format(**{k: _own(v, one) for k, v in parameters.items()}) for one in LANGUAGES}


def _own(value: object, language: str) -> object:
    if isinstance(value, Mapping):
        return value.get(language) or next((v for v in value.values() if v), "")
    return value
