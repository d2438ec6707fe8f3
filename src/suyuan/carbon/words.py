"""The words of carbon in both languages, by their key: carriers, levels, factors, methods, statuses, states, channels.

Documents and rule rows name them by keys; whatever speaks to people (findings, terminal, pages, papers) takes the words
from this one table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from suyuan.quantity.finding import in_both


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return _read("words.toml")


@cache
def _sources() -> Mapping[str, str]:
    return _read("sources.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


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


def listed(factors: Iterable[str]) -> dict[str, str]:
    """Factors as a list of words.

    >>> listed(("amount", "oxidation"))
    {'zh': '用量、氧化率', 'en': 'amount, oxidation'}
    """
    words = [word("factor", name) for name in factors]
    return {"zh": "、".join(one["zh"] for one in words), "en": ", ".join(one["en"] for one in words)}


def used_for(part: str, role: str) -> dict[str, str]:
    """What a certificate of a claim is used for, as the parameter «role»: a channel of a stack by its word.

    >>> used_for("S1", "S1 flow")["role_en"], used_for("coal", "belt scale")["role_zh"]
    ('S1 flow', 'belt scale')
    """
    channel = role.removeprefix(f"{part} ")
    if channel == role or channel not in _table()["channel"]:
        return in_both("role", {"": role})
    return in_both("role", {language: f"{part} {text}" for language, text in word("channel", channel).items()})


def influence(label: str) -> dict[str, str]:
    """An influence of a claim by its label: what a laboratory's method, a month's report, a sampling or the parameters
    of an equation bring; any other is itself.

    >>> influence("carbon 3")["zh"], influence("LAB: carbon, method")["en"], influence("G-0125")["zh"]
    ('3 月含碳量', 'LAB: method of the carbon assay', 'G-0125')
    """
    known = _table()["influence"]
    (who, _, method), (what, _, month) = label.rpartition(": "), label.rpartition(" ")
    if method in known and who:
        whose = {"zh": who.replace("equation ", "方程 "), "en": who}
        return {language: text.format(who=whose[language]) for language, text in known[method].items()}
    if what in known and month.isdigit():
        return {language: text.format(month=month) for language, text in known[what].items()}
    return word("influence", label)


def source_said(source: str) -> dict[str, str]:
    """What a rule row says of its source by language; names of documents and clauses stay as they are cited.

    >>> source_said("HJ 75-2017; text not read")["zh"]
    'HJ 75-2017；未读原文'
    """
    return {"zh": "；".join(map(_piece, source.split("; "))), "en": source}


def _piece(text: str) -> str:
    """A piece of a source in Chinese; «… recalled» by what is recalled."""
    if (said := _sources().get(text)) is not None or not text.endswith(" recalled"):
        return said or text
    stem = text.removesuffix(" recalled").removesuffix(",")
    return f"{_sources().get(stem, stem)}，凭记忆"
