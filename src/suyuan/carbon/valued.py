"""The value of a rule row in words, in both languages: a number with its unit, a range, a word, what replaces hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.carbon.words import word
from suyuan.quantity.finding import LANGUAGES
from suyuan.quantity.table import Row

Text = dict[str, str]
ENDS = "plausible."
"""Rows whose value is the lowest and the highest plausible number."""


def value_said(row: Row) -> Text:
    """The value of a row by language.

    >>> value_said({"id": "x", "value": 45, "unit": "min"})["zh"]
    '45 min'
    >>> value_said({"id": "x", "value": {"from": 75, "hours": 24, "within": {"take": "largest", "hours": 180},
    ...                                  "beyond": {"take": "largest", "hours": 720}}, "unit": "%"})["en"]
    'capture from 75 %: up to 24 h, the largest of the 180 h before; longer, the largest of the 720 h before'
    """
    value, unit = row.get("value"), str(row.get("unit") or "")
    unit = "" if unit == "1" else unit
    if isinstance(value, list) and len(value) == 2 and str(row["id"]).startswith(ENDS) and all(map(_number, value)):
        return _with_unit(_filled("range", low=f"{value[0]:.10g}", high=f"{value[1]:.10g}"), unit)
    if isinstance(value, Mapping) and {"within", "beyond"} <= set(value):
        return _replacement(value)
    return _with_unit(_said(value), unit if _number(value) or _numbers(value) else "")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: Any) -> bool:
    given = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return bool(given) and all(_number(one) for one in given)


def _with_unit(text: Text, unit: str) -> Text:
    return {language: f"{text[language]} {said}".strip() for language, said in word("unit", unit).items()}


def _filled(name: str, **parameters: Any) -> Text:
    """A sentence of the words; a parameter that is a text is taken in its language."""
    return {language: text.format(**{key: one[language] if isinstance(one, dict) else one
                                     for key, one in parameters.items()})
            for language, text in word("value", name).items()}  # fmt: skip


def _said(value: Any) -> Text:
    """A value in words; what has none is itself."""
    if value is None:
        return word("value", "none")
    if isinstance(value, Mapping):
        pairs = [(word("value", str(key)), _said(one)) for key, one in value.items()]
        return _joined([{one: f"{key[one]} {said[one]}" for one in LANGUAGES} for key, said in pairs], "；", "; ")
    if isinstance(value, list):
        return _joined([_said(one) for one in value], "、", ", ")
    return word("value", f"{value:.10g}" if _number(value) else str(value))


def _joined(texts: list[Text], zh: str, en: str) -> Text:
    return {"zh": zh.join(one["zh"] for one in texts), "en": en.join(one["en"] for one in texts)}


def _replacement(value: Mapping[str, Any]) -> Text:
    """What replaces lost hours, from a share of capture on: shorter ones and longer ones."""
    within, beyond = _taken(value["within"]), _taken(value["beyond"])
    said = within if within == beyond or not value.get("hours") else _filled(
        "lengths", hours=value["hours"], within=within, beyond=beyond)  # fmt: skip
    return _filled("from_share", share=value["from"], said=said) if value.get("from") else said


def _taken(side: Mapping[str, Any]) -> Text:
    """How a lost hour is replaced."""
    return _filled(f"take {side['take']}", **{key: side.get(key, "") for key in ("hours", "factor", "percentile")})
