"""The one term table of the site: key → Chinese and English.

The rows stand in the TOML files beside this module: `words` (the vocabulary and the states of things), `shell` (what
stands around every page), and one file a page. A key is written once. `{name}` in a sentence is a parameter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from suyuan.site.language import Language, current


@cache
def term_table() -> Mapping[str, Mapping[str, str]]:
    """Key → language → text, from all TOML files of the table."""
    table: dict[str, Mapping[str, str]] = {}
    for entry in sorted(resources.files(__package__).iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".toml"):
            continue
        for key, row in tomllib.loads(entry.read_text("utf-8")).items():
            if key in table:
                raise ValueError(f"term {key} stands twice in the table")
            table[key] = row
    return table


def term(key: str, language: Language | None = None, **parameters: object) -> str:
    """The text of a key in a language (the request's own unless named); an unknown key is shown as itself. Where `n` is
    one and the table has the key with «.one» behind it, that stands instead: 1 day, 2 days."""
    row = (term_table().get(f"{key}.one") if parameters.get("n") == 1 else None) or term_table().get(key)
    if row is None:
        return key
    text = row[language or current()]
    return text.format(**parameters) if parameters else text
