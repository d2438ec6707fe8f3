"""The words of carbon in both languages, by their key: carriers, levels, factors, methods, statuses, states, channels.

Documents and rule rows name them by keys; whatever speaks to people (findings, terminal, pages, papers) takes the words
from this one table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from suyuan.quantity.finding import in_both


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))


def word(group: str, name: str) -> dict[str, str]:
    """A word by language; a name without a word (a channel of one's own) is itself.

    >>> word("level", "equipment")
    {'zh': '主要用能设备', 'en': 'main equipment'}
    """
    return dict(_table()[group].get(name, {"zh": name, "en": name}))


def named(parameter: str, group: str, name: str) -> dict[str, Any]:
    """A word as parameters of a finding, one for each language.

    >>> named("factor", "factor", "heat_value")
    {'factor_zh': '热值', 'factor_en': 'heat value'}
    """
    return in_both(parameter, word(group, name))


def used_for(part: str, role: str) -> dict[str, str]:
    """What a certificate of a claim is used for, as the parameter «role»: a channel of a stack by its word.

    >>> used_for("S1", "S1 flow")["role_en"], used_for("coal", "belt scale")["role_zh"]
    ('S1 flow', 'belt scale')
    """
    channel = role.removeprefix(f"{part} ")
    if channel == role or channel not in _table()["channel"]:
        return in_both("role", {"": role})
    return in_both("role", {language: f"{part} {text}" for language, text in word("channel", channel).items()})
