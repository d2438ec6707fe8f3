"""The terminal's language and its one table of words (`terms.toml`).

Chosen once a process: `--lang` on the command line, else SUYUAN_LANG, else the system's language; Chinese where none of
them says English. The help texts need it before the command line is parsed, so it is looked up in `sys.argv`.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import pairwise

from suyuan.quantity.finding import spoken


class Language(StrEnum):
    """Chinese or English."""

    zh = "zh"
    en = "en"


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language that the command line or the environment asks for.

    >>> choose(["evaluate", "--lang", "en"], {}).value, choose([], {"LANG": "en_GB.UTF-8"}).value, choose([], {}).value
    ('en', 'en', 'zh')
    >>> choose([], {"SUYUAN_LANG": "zh", "LANG": "en_GB.UTF-8"}).value
    'zh'
    """
    asked = [b for a, b in pairwise(arguments) if a == "--lang"]
    asked += [a.removeprefix("--lang=") for a in arguments if a.startswith("--lang=")]
    for wish in asked:
        for language in Language:
            if wish.lower().startswith(language.value):
                return language
    return Language(spoken(environment))


@cache
def language() -> Language:
    """The language of this process."""
    return choose(sys.argv[1:], os.environ)


@cache
def _terms() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("terms.toml").read_text("utf-8"))


def term(key: str, into: Language | None = None, **parameters: object) -> str:
    """The text of a key in the language of this process (or another); an unknown key is shown as itself."""
    row = _terms().get(key)
    if row is None:
        return key
    text = row[(into or language()).value]
    return text.format(**parameters) if parameters else text


def one_of(text: Mapping[str, str]) -> str:
    """The best of a text's languages for this process: its own, the unnamed one, then any."""
    for key in (language().value, "", "en", "zh"):
        if text.get(key):
            return text[key]
    return next((value for value in text.values() if value), "")
